"""An event with its data as JSON, read once for all rules."""

from __future__ import annotations

from typing import Any

import msgspec

from scenario.exchange import ReceivedEvent


class Data(msgspec.Struct, frozen=True, gc=False):
    """An event with its data as JSON.

    Attributes:
        index: in `Exchange.events`.
        value: the JSON value; `NOT_JSON` where it is none.
    """

    index: int
    event: ReceivedEvent
    value: Any

    def get(self, key: str) -> Any:
        """What the event's object has under a key; None where it has nothing there, or is no object."""
        return self.value.get(key) if type(self.value) is dict else None

    def word(self, key: str) -> str:
        """The text under a key; empty where there is none."""
        value = self.get(key)
        return value if type(value) is str else ""
