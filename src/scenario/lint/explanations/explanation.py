"""What is told of a rule."""

from __future__ import annotations

from typing import Final

import msgspec


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, explained.

    Attributes:
        what: what it looks at, and when it speaks.
        why: what goes wrong otherwise, and for whom.
        example: of what breaks it, as it stands on the wire or in short.
        remedy: what to do.
        source: where it is written, or whose experience it is.
    """

    what: str
    why: str
    example: str
    remedy: str
    source: str


EVENT_STREAMS: Final = (
    "HTML Standard, 9.2 Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html"
)
