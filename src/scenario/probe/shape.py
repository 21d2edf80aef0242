"""A way to ask an agent: settings of a `RemoteAgent`, and why they are tried."""

from __future__ import annotations

from typing import Any

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """One way to ask.

    Attributes:
        why: in words that end the sentence "tried because …".
        url: where; the target's own where it is empty.
        protocol: the dialect, or "auto".
        request: the body as a template; None for the protocol's own.
        reply: the path to the text, where it stands at no usual place.
        session: the path to the conversation's id in an answer, where it goes back on the next turn.
        done: True where the endpoint was seen to end its answers itself.
    """

    why: str
    url: str = ""
    protocol: str = "auto"
    method: str = "POST"
    request: Any = None
    reply: str | None = None
    session: str | None = None
    done: bool | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is what an agent is asked with of which nothing is known."""
        return (self.url, self.protocol, self.method, self.request) == ("", "auto", "POST", None)
