"""Which dialect a response is of: each dialect is asked how sure it is, and the surest has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from scenario.protocols.looks import TooMuchJsonError
from scenario.protocols.protocol import CERTAIN, LIKELY, Dialect, Framing, Head, Sample
from scenario.protocols.registry import dialect_named, every_dialect

# What reads a framing when no dialect knows the stream.
_HOME_MADE: Final[Mapping[Framing, str]] = {"sse": "sse", "ndjson": "ndjson", "json": "json", "text": "text"}


class Choice(NamedTuple):
    """The dialect that was chosen, and what it was seen by."""

    dialect: Dialect
    reason: str


def choose(head: Head, framing: Framing, samples: Sequence[Sample], *, last_chance: bool) -> Choice | None:
    """The dialect of a stream that begins with these events; None while more of them may tell."""
    best, best_certainty = None, 0
    for dialect in every_dialect():
        if framing not in dialect.framings:
            continue
        try:
            detection = dialect.detect(head, samples)
        except TooMuchJsonError:  # who reads it says so
            continue
        if detection is None or detection.certainty <= best_certainty:
            continue
        best, best_certainty = Choice(dialect, detection.reason), detection.certainty
        if best_certainty == CERTAIN:
            break
    if best_certainty >= LIKELY:
        return best
    if not last_chance:
        return None
    return best or Choice(dialect_named(_HOME_MADE[framing]), "its events are of no known dialect")
