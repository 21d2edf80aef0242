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
    """

    why: str
    url: str = ""
    protocol: str = "auto"
    method: str = "POST"
    request: Any = None
