"""The framer of a response: of its framing, or of a WebSocket's messages, in the charset that it declares.

Event streams are UTF-8 by their standard, whatever is declared.
"""

from __future__ import annotations

import codecs

from scenario.protocols.framing import Framer, MessageFramer, framer
from scenario.protocols.protocol import Framing
from scenario.wire.event import EventRun
from scenario.wire.stray_lines import StrayLines

_UTF8 = ("utf-8", "ascii")


def framer_of(framing: Framing, *, charset: str, is_websocket: bool, max_event_bytes: int, max_events: int) -> Framer:
    """A framer for the body of a response; `charset` is the one that it declares."""
    if is_websocket:
        return MessageFramer(max_event_bytes, max_events)
    cut = framer(framing, max_event_bytes=max_event_bytes, max_events=max_events)
    decoder = None if framing == "sse" or not charset else decoder_of(charset)
    return cut if decoder is None else TranscodedFramer(cut, decoder)


def decoder_of(charset: str) -> codecs.IncrementalDecoder | None:
    """What decodes a charset; None where it is UTF-8 or a part of it, or where nobody knows it."""
    try:
        found = codecs.lookup(charset)
    except (LookupError, ValueError):
        return None
    is_text = getattr(found, "_is_text_encoding", True)
    if found.name in _UTF8 or not is_text:
        return None
    return codecs.getincrementaldecoder(charset)("replace")


class TranscodedFramer:
    """Cuts a body into events that is written in another charset.

    Args:
        inner: cuts the same body in UTF-8.
        decoder: of the charset.
    """

    def __init__(self, inner: Framer, decoder: codecs.IncrementalDecoder) -> None:
        self.half_event = False
        self.left_over = ""
        self._inner = inner
        self._decoder = decoder

    @property
    def error_field(self) -> str | None:
        """None: only event streams have fields."""
        return None

    @property
    def stray_lines(self) -> StrayLines:
        """None: only event streams have lines that are skipped."""
        return self._inner.stray_lines

    @property
    def idle_lines(self) -> int:
        """As the inner framer counts them."""
        return self._inner.idle_lines

    def feed(self, data: bytes) -> list[EventRun]:
        """The events that this piece completes."""
        return self._inner.feed(self._decoder.decode(data).encode())

    def close(self) -> list[EventRun]:
        """The events that the end of the body completes."""
        rest = self._decoder.decode(b"", final=True).encode()
        runs = (self._inner.feed(rest) if rest else []) + self._inner.close()
        self.half_event, self.left_over = self._inner.half_event, self._inner.left_over
        return runs
