"""Messages of a WebSocket that are framed once more: as server-sent events, or as Socket.IO has its packets.

Source: https://socket.io/docs/v4/engine-io-protocol and https://socket.io/docs/v4/socket-io-protocol. A packet is the
type's digits, perhaps a namespace and a comma, perhaps an acknowledgement's number, and JSON: 42["token",{"text":"a"}].
"""

from __future__ import annotations

import re
from typing import Any, Final

from scenario.late_pattern import late_pattern
from scenario.protocols.json_text import read_json, write_json
from scenario.wire.event import EventRun
from scenario.wire.sse import EventStreamParser

_FIELDS: Final = (b"data:", b"event:", b"id:", b"retry:")
_OPENING: Final = b'0{"sid":'
_EVENT: Final = late_pattern(r"4[2345]\d*-?(?:/[^,\[]*,)?\d*(\[.*\]|\{.*\})", re.DOTALL)
_REFUSAL: Final = "44"
# No more of a message is cut into events at once.
_SLICE: Final = 64 * 1024
# Opening, closing, pings and pongs, and that a namespace was connected to.
_SILENT: Final = late_pattern(r"[0-36](?:\{.*\}|probe)?|4[01](?:/[^,]*,)?(?:\{.*\})?", re.DOTALL)


class FramedMessages:
    """Takes the second frame off the messages of one connection.

    Args:
        most: where one message holds more events than this, the others are not made.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._is_socket_io = False

    def runs(self, message: bytes) -> list[EventRun] | None:
        """The events in a message; None where it is one by itself."""
        if message.startswith(_FIELDS):
            return self._server_sent(message)
        self._is_socket_io |= message.startswith(_OPENING)
        if not self._is_socket_io and not message.startswith(b"4"):
            return None
        text = message.decode("utf-8", "replace")
        if (packet := _EVENT.fullmatch(text)) is not None:
            return _event(text, read_json(packet[1]))
        return [] if self._is_socket_io and _SILENT.fullmatch(text) is not None else None

    def _server_sent(self, message: bytes) -> list[EventRun]:
        parser = EventStreamParser(max_line_bytes=len(message) + 1, max_event_bytes=len(message) + 1)
        runs: list[EventRun] = []
        left = self._most
        for start in range(0, len(message), _SLICE):
            runs += (found := parser.feed_runs(message[start : start + _SLICE]))
            left -= sum(len(run.data) for run in found)
            if left < 0:
                return runs
        return runs + parser.feed_runs(b"\n\n")


def _event(text: str, value: Any) -> list[EventRun] | None:
    if text.startswith(_REFUSAL) and isinstance(value, dict):
        return [EventRun([write_json(value)], "error")]
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        return None
    payload = value[1] if len(value) == 2 else value[1:]
    return [EventRun([payload if isinstance(payload, str) else write_json(payload)], value[0] or "message")]
