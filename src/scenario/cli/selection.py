"""Which scenarios of the files are run: by words, by tags, by what failed last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scenario.errors import ConfigurationError
from scenario.files.case import ScenarioCase
from scenario.files.node import nearest
from scenario.report.terminal.lines import counted
from scenario.store.origin import Origin
from scenario.store.reader import StoreReader

SOURCE = "run"


def origin_of(case: ScenarioCase, repeat: int | None = None) -> Origin:
    """Where a case comes from, as the store tells it apart."""
    return Origin(file=case.file, parameters=case.parameters, tags=case.tags, repeat=repeat)


def key_of(case: ScenarioCase) -> str:
    """Under which key the store finds a case, whatever its repetition."""
    return origin_of(case).key_of(case.name, case.block.set_id)


def chosen(cases: Sequence[ScenarioCase], words: Sequence[str], tags: Sequence[str]) -> list[ScenarioCase]:
    """The cases whose file and name have any of the words, and that have any of the tags.

    Args:
        cases: all there are.
        words: texts, whatever their case; all cases where there is none.
        tags: tags; with an exclamation mark before it, one that a case must not have.

    Raises:
        ConfigurationError: none is left.
    """
    wanted = {tag for tag in tags if not tag.startswith("!")}
    unwanted = {tag[1:] for tag in tags if tag.startswith("!")}
    left = [
        case
        for case in cases
        if (not words or any(word.casefold() in str(case).casefold() for word in words))
        and (not wanted or wanted & set(case.tags))
        and not unwanted & set(case.tags)
    ]
    if not left:
        known = sorted({tag for case in cases for tag in case.tags})
        missing = sorted(wanted - set(known))
        hint = f" There is no tag {missing[0]!r}. {nearest(missing[0], known)}" if missing else ""
        raise ConfigurationError(f"None of {counted(len(cases), 'scenario')} is chosen by -k and --tag.{hint}")
    return left


def failed_before(cases: Sequence[ScenarioCase], store: Path) -> list[ScenarioCase]:
    """The cases whose newest run failed.

    Raises:
        ConfigurationError: there is no store, or none of them failed.
    """
    with StoreReader(store) as reader:
        keys = {row.key for row in reader.last_failures()}
    return [case for case in cases if key_of(case) in keys]
