"""What a capture gives."""

from __future__ import annotations

from typing import NamedTuple

from scenario.cassette.interaction import Conversation


class Capture(NamedTuple):
    """Calls that another tool has captured.

    Attributes:
        conversations: those that have calls.
        notes: what the capture does not hold, and what was left out, in words for who wants to play it.
    """

    conversations: list[Conversation]
    notes: list[str]
