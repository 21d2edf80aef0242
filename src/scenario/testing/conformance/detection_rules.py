"""Rules of detection: a dialect knows its own answers, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from scenario.protocols.protocol import LIKELY, Detection, Dialect, Framing, Sample
from scenario.protocols.registry import DIALECTS, HOME_MADE, dialect_named
from scenario.protocols.sniffing import framing_of
from scenario.testing.conformance.rule import Breach
from scenario.testing.conformance.subject import Subject


def is_found_out(subject: Subject) -> Iterator[Breach]:
    """An answer without a name is found out by its first events, and no dialect of Scenario's own is as sure of it."""
    samples = subject.samples()
    for count in range(1, len(samples) + 1):
        mine = subject.detect(samples[:count])
        if mine is None or mine.certainty < LIKELY:
            continue
        for name in _before(subject.dialect):
            other = _detected(dialect_named(name), subject, samples[:count])
            if other is not None and other.certainty >= mine.certainty:
                came = f"{name!r} has it, because {other.reason}"
                yield Breach(f"detection, by {count} of the first events", f"{subject.dialect.name!r}", came)
        return
    expected = "a Detection that is LIKELY or CERTAIN"
    yield Breach(f"detection, by the first {len(samples)} events", expected, "no dialect is known by them")


def _before(dialect: Dialect) -> list[str]:
    """The dialects that have an answer where they are as sure of it."""
    standard = [name for name in DIALECTS if name not in HOME_MADE]
    return standard[: standard.index(dialect.name)] if dialect.name in standard else standard


def _detected(dialect: Dialect, subject: Subject, samples: Sequence[Sample]) -> Detection | None:
    return dialect.detect(subject.head, samples) if subject.framing in dialect.framings else None


def is_taken_for(subject: Subject) -> Iterator[Breach]:
    """An answer of another dialect is not taken for one's own."""
    head, body = subject.head, subject.transcript.body
    framed = framing_of(head, body, get_args(Framing), ended=True)
    if framed is None or framed.framing not in subject.dialect.framings:
        return  # the dialect is not asked
    samples = subject.samples()
    for count in range(1, len(samples) + 1):
        found = subject.detect(samples[:count])
        if found is not None and found.certainty >= LIKELY:
            came = f"it is taken for one's own, because {found.reason}"
            yield Breach(f"detection, by {count} of the first events", "None, or a Detection that is POSSIBLE", came)
            return
