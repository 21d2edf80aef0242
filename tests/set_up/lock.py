"""What a lock leaves open: whatever an installer would have to look for at an index, said line by line.

Everything here takes texts and returns sentences; none of them reads a file or knows what is installed.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = {
    "linux": ("posix", "Linux", "x86_64"),
    "darwin": ("posix", "Darwin", "arm64"),
    "win32": ("nt", "Windows", "AMD64"),
}
BUILD_HOOKS = ("hatchling", "editables")
"""The build back end, and what it asks for by itself where the installation is editable."""


class Locked(NamedTuple):
    """One entry of the lock."""

    requirement: Requirement
    hashes: int

    @property
    def name(self) -> NormalizedName:
        """The project, as every spelling of it is compared."""
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str | None:
        """The one version that it allows; None where it allows several."""
        specifiers = [*self.requirement.specifier]
        if len(specifiers) != 1 or specifiers[0].operator != "==" or "*" in specifiers[0].version:
            return None
        return specifiers[0].version


def environments() -> list[dict[str, str]]:
    """What markers are asked about: each Python that is supported, on each system that is."""
    found = []
    for python, (system, (os_name, platform_system, machine)) in product(PYTHONS, SYSTEMS.items()):
        found.append(
            {
                "python_version": python,
                "python_full_version": f"{python}.1",
                "implementation_version": f"{python}.1",
                "implementation_name": "cpython",
                "platform_python_implementation": "CPython",
                "sys_platform": system,
                "os_name": os_name,
                "platform_system": platform_system,
                "platform_machine": machine,
                "platform_release": "",
                "platform_version": "",
            }
        )
    return found


def applies(requirement: Requirement, environment: Mapping[str, str], extras: Iterable[str] = ()) -> bool:
    """Whether it is asked for there, by a distribution of which these extras are wanted."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras))


def entries(lock: str) -> Iterator[str]:
    """Each entry of a requirements file in one line, without comments."""
    text = re.sub(r"\\\n", " ", lock)
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return (line for line in lines if line)


def locked(lock: str) -> tuple[list[Locked], list[str]]:
    """The entries of a lock, and what in it is no pin."""
    found, faults = [], []
    for entry in entries(lock):
        text, *hashes = re.split(r"\s--hash=", entry)
        try:
            one = Locked(Requirement(text), len(hashes))
        except InvalidRequirement:
            faults.append(f"{entry!r} is no pinned requirement: an installer would follow it somewhere else.")
            continue
        if one.requirement.url or one.version is None:
            faults.append(f"{text!r} is no exact pin: which version it is, an index would say.")
        if not hashes:
            faults.append(f"{text!r} has no hash: another archive of that name would be taken.")
        found.append(one)
    return found, faults


def lock_faults(
    lock: str,
    wanted: Sequence[str],
    requires: Mapping[str, Sequence[str]],
    here: Mapping[str, str],
    elsewhere: Sequence[Mapping[str, str]] = (),
) -> list[str]:
    """What would be resolved outside of a lock; nothing where it is whole.

    Args:
        lock: the text of the requirements file.
        wanted: the requirements that it was made for.
        requires: what each distribution that is installed says that it requires (`Requires-Dist`), by its name.
        here: the values of this environment's markers; whatever is locked for it must be known to `requires`.
        elsewhere: other environments, in which what is known is looked at as well.
    """
    pins, faults = locked(lock)
    known = {canonicalize_name(name): [Requirement(each) for each in listed] for name, listed in requires.items()}
    faults += [
        f"{pin.name} is locked, and not installed: what it requires is not known."
        for pin in pins
        if pin.name not in known and applies(pin.requirement, here)
    ]
    for environment in (here, *elsewhere):
        there = {pin.name: pin for pin in pins if applies(pin.requirement, environment)}
        where = f"Python {environment['python_version']} on {environment['sys_platform']}"
        for text in wanted:
            faults += _unmet("the project", Requirement(text), (), there, environment, where)
        for pin in there.values():
            for requirement in known.get(pin.name, ()):
                faults += _unmet(pin.name, requirement, pin.requirement.extras, there, environment, where)
    return list(dict.fromkeys(faults))


def _unmet(
    by: str,
    requirement: Requirement,
    extras: Iterable[str],
    there: Mapping[NormalizedName, Locked],
    environment: Mapping[str, str],
    where: str,
) -> Iterator[str]:
    if not applies(requirement, environment, extras):
        return
    pin = there.get(canonicalize_name(requirement.name))
    if pin is None:
        yield f"{by} requires {requirement}, which is not locked for {where}."
        return
    if pin.version is not None and not requirement.specifier.contains(pin.version, prereleases=True):
        yield f"{by} requires {requirement}, and {pin.version} is locked."
    if missing := requirement.extras - pin.requirement.extras:
        yield (
            f"{by} requires {requirement}, and the lock pins {pin.requirement} without [{','.join(sorted(missing))}]: "
            "some installers read the two apart, and look for the first at an index."
        )


def build_faults(
    build_requires: Sequence[str], lock: str, requires: Mapping[str, Sequence[str]], here: Mapping[str, str]
) -> list[str]:
    """What an isolated build would resolve: what the back end needs and `[build-system]` does not pin as the lock does.

    Args:
        build_requires: `build-system.requires`.
        lock: the text of the requirements file.
        requires: what each distribution that is installed requires, by its name.
        here: the values of this environment's markers.
    """
    pins = {pin.name: pin for pin in locked(lock)[0]}
    built = {canonicalize_name(Requirement(each).name): Locked(Requirement(each), 0) for each in build_requires}
    faults = []
    for name, each in built.items():
        pin = pins.get(name)
        if each.version is None or pin is None or each.version != pin.version:
            at = f"locked is {pin.version}" if pin else "it is not locked"
            faults.append(f"build-system.requires has {str(each.requirement)!r}, and {at}: write the same exact pin.")
    faults += [
        f"the build needs {name}, which build-system.requires does not pin."
        for name in map(canonicalize_name, BUILD_HOOKS)
        if name not in built
    ]
    for name in built:
        for requirement in map(Requirement, requires.get(name, ())):
            for fault in _unmet(name, requirement, (), built, here, "the isolated build"):
                faults.append(f"{fault} Pin it in build-system.requires.")
    return faults


def recipe_faults(makefile: str, recipe: str) -> list[str]:
    """What the installations of a Makefile's rule leave to the installer to find out.

    Args:
        makefile: its text.
        recipe: the rule's target, as it stands before the colon.
    """
    installations = [*pip_installations(makefile, recipe)]
    if not installations:
        return [f"{recipe} installs nothing with pip: this check looks at the wrong rule."]
    faults = []
    for words in installations:
        command, needed = " ".join(words), {"--no-deps"}
        needed |= {"--require-hashes", "--only-binary"} if "-r" in words else {"--no-build-isolation"}
        faults += [f"{command!r} has no {option}." for option in sorted(needed.difference(words))]
        if "--only-binary" in words and words[words.index("--only-binary") + 1] != ":all:":
            faults.append(f"{command!r} takes source archives of some projects.")
        faults += [f"{command!r} asks for newer versions." for word in words if word in {"-U", "--upgrade", "--pre"}]
    return faults


def pip_installations(makefile: str, recipe: str) -> Iterator[list[str]]:
    """The arguments of each `pip install` of a rule, from `install` on."""
    rule = re.search(rf"^{re.escape(recipe)}:.*\n((?:\t.*\n)*)", makefile, re.MULTILINE)
    for line in rule[1].splitlines() if rule else ():
        if "-m pip install" in line:
            words = shlex.split(line.replace("$", ""))
            yield words[words.index("install") :]


def requirements_of(project: Mapping[str, Any], extras: Iterable[str], groups: Iterable[str]) -> list[str]:
    """What a parsed pyproject.toml asks for, with these extras and dependency groups."""
    found = list(project["project"]["dependencies"])
    for extra in extras:
        found += project["project"]["optional-dependencies"][extra]
    for group in groups:
        found += project["dependency-groups"][group]
    return found
