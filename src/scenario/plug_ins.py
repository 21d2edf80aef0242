"""What other installed distributions add to this one, by entry points.

The pure rooms know nothing of the machine; here they learn what is installed on it. Looking costs some milliseconds, so
that whoever asks keeps the answer.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import msgspec

from scenario.late_pattern import late_pattern

if TYPE_CHECKING:
    from importlib.metadata import Distribution

_NAMELESS: Final = "a distribution without a name"
# How distributions' names are written makes no difference: own-dialect is Own_Dialect.
_SEPARATORS: Final = late_pattern(r"[-_.]+")


class PlugIn(msgspec.Struct, frozen=True, kw_only=True):
    """An entry point.

    Attributes:
        group: what it is meant for.
        name: what it is called there.
        value: where the object is: "module:attribute".
        distribution: the name under which what brings it was installed.
        version: of that distribution.
    """

    group: str
    name: str
    value: str
    distribution: str
    version: str = ""

    @property
    def origin(self) -> str:
        """The distribution and its version, as they are shown."""
        return f"{self.distribution} {self.version}".rstrip()

    def load(self) -> Any:
        """Import the object. Whatever its module raises is raised."""
        from importlib.metadata import EntryPoint

        return EntryPoint(name=self.name, value=self.value, group=self.group).load()


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes:
        plug_ins: in the order of their names.
        broken: what is wrong with each distribution whose entry points cannot be read, with the remedy.
    """

    plug_ins: tuple[PlugIn, ...] = ()
    broken: tuple[str, ...] = ()


def installed(group: str) -> Installed:
    """The entry points of a group. Nothing is imported."""
    if not _may_be_named(group):
        return Installed()
    # Among the dearest modules of the standard library, and needed by few runs.
    from importlib.metadata import distributions

    found: dict[str, list[PlugIn]] = {}
    broken: list[str] = []
    for distribution in distributions():
        try:
            # The same line twice says nothing new.
            points = dict.fromkeys((one.name, one.value) for one in distribution.entry_points.select(group=group))
            if not points:
                continue
            name, version = distribution.metadata["Name"] or _NAMELESS, distribution.metadata["Version"] or ""
            plug_ins = [
                PlugIn(group=group, name=point, value=value, distribution=name, version=version)
                for point, value in points
            ]
        except Exception as error:  # noqa: BLE001 - whatever a broken distribution makes of the standard library's reader
            broken.append(_broken(distribution, error))
        else:
            # Of several copies, the first is the one that is imported.
            found.setdefault(_SEPARATORS.sub("-", name).lower(), plug_ins)
    plug_ins = sorted(chain.from_iterable(found.values()), key=lambda one: (one.name, one.distribution, one.value))
    return Installed(plug_ins=tuple(plug_ins), broken=tuple(broken))


def _may_be_named(group: str) -> bool:
    """Whether some distribution may have entry points of a group: what is read as text says no quicker than importing.

    Only what lies in folders can be told so; of archives, and of finders of somebody's own, one has to ask.
    """
    if any(hasattr(finder, "find_distributions") and finder is not PathFinder for finder in sys.meta_path):
        return True
    return any(_may_be_named_below(place or ".", group.encode()) for place in sys.path)


def _may_be_named_below(place: str, group: bytes) -> bool:
    try:
        names = os.listdir(place)  # noqa: PTH208 - as above
        inside = [name for name in names if name.lower().endswith((".dist-info", "egg-info"))]
        files = [os.path.join(place, name, "entry_points.txt") for name in inside]  # noqa: PTH118 - as above
        return any(_names(file, group) for file in files)
    except FileNotFoundError:
        return False
    except OSError:  # an archive, or what may not be read
        return True


def _names(file: str, group: bytes) -> bool:
    try:
        with open(file, "rb", buffering=0) as opened:  # noqa: PTH123 - many, at each start
            return group in opened.read()
    except (FileNotFoundError, NotADirectoryError):
        return False


def _broken(distribution: Distribution, error: Exception) -> str:
    place = getattr(distribution, "_path", None) or "an installed package"
    said = f"{type(error).__name__}: {error}"
    return f"The entry points of {place} cannot be read ({said}): install that package again, or remove the folder."
