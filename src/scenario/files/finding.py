"""Which files of a folder are scenario files, and why the others are not: none is left out without a word."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from scenario.errors import ConfigurationError
from scenario.files.blocks import FILE_NAMES, BareStep
from scenario.files.node import Node
from scenario.files.reading import READERS, read_file, shown_file
from scenario.late_pattern import late_pattern

Kind: TypeAlias = Literal["meant", "nearly", "unreadable", "other"]

# A mapping with one of these is a scenario.
_TELLING: Final = ("agent", "scenarios", "script", "judge", "extends")
# What these are nearly is looked for; `extends` has many other programs' files.
_MEANT: Final = _TELLING[:4]
# Beside a name that is nearly one of ours, these say that it is our file: hardly any other program's has them.
_OURS: Final = frozenset({"user", "limits", "parameters", "set_id", "cache_key", "shared"})
# A job of a pipeline may be called like something of ours.
_JOB_NAMES: Final = frozenset({"agent", "judge", "scenarios"})
_BARE_STEPS: Final = frozenset(get_args(BareStep))
_JOB: Final = frozenset({"image", "stage", "rules", "needs", "artifacts", "cache", "tags", "before_script", "only"})
# What a report has beside its `scenarios` (`scenario run --json`).
_REPORT: Final = frozenset({"version", "invocation", "totals"})
_NEAR: Final = 0.8
_LINE: Final = rb"^(?:\xef\xbb\xbf)?(?:%s)"
_NAMES: Final = "|".join(sorted(_TELLING)).encode()
_BEGINS: Final = {
    ".yaml": late_pattern(_LINE % (rb"[\"']?(?:" + _NAMES + rb")[\"']?[ \t]*:"), re.MULTILINE),
    ".json": late_pattern(_LINE % rb"[ \t]{0,4}\"(?:agent|scenarios|script|judge)\"[ \t]*:", re.MULTILINE),
    ".toml": late_pattern(_LINE % rb"(?:agent|script|judge)[ \t]*=|\[\[?(?:agent|judge|scenarios)\b", re.MULTILINE),
}
# Files of other programs whose names nobody gives to a scenario, though they have names like ours (`scripts`).
_OTHERS: Final = late_pattern(
    r"(package|composer|[tj]sconfig(\..*)?|deno|langgraph|openapi|.*\.schema|.*[.-]lock)\.json"
    r"|((docker-)?compose(\..*)?|.*[.-]lock|pnpm-workspace|mkdocs|openapi)\.ya?ml"
    r"|(pyproject|cargo|pipfile|.*[.-]lock)\.toml",
    re.IGNORECASE,
)


class ScenarioFile(NamedTuple):
    """A scenario file; `root` is what is in it, None where it was not read or cannot be."""

    path: Path
    root: Node | None


class LeftOutFile(NamedTuple):
    """A file of a folder that is none of its scenario files.

    Attributes:
        file: as it is shown.
        why: it is none.
        kind: `meant`, a scenario by several of its names, which must not go missing; `nearly`, by one of them;
            `unreadable`; `other`, another program's.
        line: where the name stands that is nearly ours; 0 where none does.
    """

    file: str
    why: str
    kind: Kind
    line: int = 0


def files_in(path: Path) -> Iterator[ScenarioFile | LeftOutFile]:
    """The file itself, or the YAML, TOML and JSON files of a folder and those below it, in order.

    In folders, names that begin with a dot or an underscore are passed over (`_base.yaml` is one to build on), and so
    is what lies in `node_modules`.

    Raises:
        ConfigurationError: there is no such file or folder.
    """
    if path.is_file():
        yield ScenarioFile(path, None)
        return
    if not path.is_dir():
        raise ConfigurationError(f"{shown_file(path)}: there is no such file or folder.")
    for found in sorted(path.rglob("*")):
        parts = found.relative_to(path).parts
        hidden = any(part.startswith((".", "_")) or part == "node_modules" for part in parts)
        if found.suffix.lower() in READERS and not hidden and found.is_file():
            yield _told(found)


def _told(path: Path) -> ScenarioFile | LeftOutFile:
    shown = shown_file(path)
    try:
        root = read_file(path)
    except ConfigurationError as error:
        # One that begins a line like a scenario is one with a mistake; others have many uses: YAML with tags or several
        # documents, JSON with comments.
        if _looks_like_one(path):
            return ScenarioFile(path, None)
        return LeftOutFile(shown, str(error).removeprefix(f"{shown}:").strip(), "unreadable")
    names = root.mapping.keys()
    if names >= _REPORT:
        return LeftOutFile(shown, "it is a report of what was run", "other")
    if _is_one(names) and not _is_a_pipeline(root.mapping):
        return ScenarioFile(path, root)
    if _OTHERS.fullmatch(path.name):
        return LeftOutFile(shown, "another program's file", "other")
    if any(_TELLING[0] in item.mapping or "script" in item.mapping for item in root.items):
        why = "it is a list of scenarios. Write `scenarios:` above it, and a file of that is read."
        return LeftOutFile(shown, why, "meant", root.line)
    return _nearly(shown, root.mapping)


def _is_one(names: Collection[str]) -> bool:
    """Whether a mapping with these names is a scenario; `extends` alone has to be among names of ours."""
    telling = [name for name in _TELLING if name in names]
    if telling != ["extends"]:
        return bool(telling)
    ours = sum(name in FILE_NAMES for name in names)
    return 2 * ours > len(names)


def _is_a_pipeline(mapping: Mapping[str, Node]) -> bool:
    """Whether `scenarios` or `agent` is a job of GitLab CI, which runs commands, beside nothing of ours."""
    jobs = [node.mapping for name, node in mapping.items() if name in _JOB_NAMES and "script" in node.mapping]
    ours = [name for name in mapping if name in FILE_NAMES and name not in _JOB_NAMES]
    return bool(jobs) and not ours and all(_JOB & job.keys() and _runs_commands(job["script"]) for job in jobs)


def _runs_commands(script: Node) -> bool:
    return all(isinstance(one.value, str) and one.value not in _BARE_STEPS for one in script.items or [script])


def _nearly(shown: str, mapping: Mapping[str, Node]) -> LeftOutFile:
    near = {name: meant for name in mapping if (meant := _meant(name)) is not None}
    if not near:
        return LeftOutFile(shown, f"it has none of {', '.join(_MEANT)}", "other")
    name, meant = next(iter(near.items()))
    beside = [one for one in mapping if one in FILE_NAMES]
    told = f"it has {name!r} and no {meant!r}. Did you mean that?"
    foreign = len(mapping) - len(near) - len(beside)
    is_ours = len(near) > 1 or bool(_OURS & set(beside)) or (bool(beside) and _plain(name) == meant)
    kind: Kind = "meant" if is_ours and foreign <= len(near) + len(beside) else "nearly"
    return LeftOutFile(shown, told, kind, mapping[name].line)


def _meant(name: str) -> str | None:
    """Which of our names is nearly this one; None where it is one of ours, or like none."""
    if name in FILE_NAMES:
        return None
    from difflib import get_close_matches  # for names of others only

    close = get_close_matches(_plain(name), _MEANT, n=1, cutoff=_NEAR)
    return close[0] if close else None


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_")


def _looks_like_one(path: Path) -> bool:
    try:
        content = path.read_bytes()
    except OSError:
        return True  # that it cannot be read is told when it is
    suffix = path.suffix.lower()
    is_yaml = suffix in (".yaml", ".yml")
    if not is_yaml and _OTHERS.fullmatch(path.name):
        return False
    begins = _BEGINS[".yaml" if is_yaml else suffix]
    return begins.search(content) is not None or (is_yaml and b"\0" in content)  # as UTF-16 has it
