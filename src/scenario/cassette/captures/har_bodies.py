"""Bodies in HAR files: what was sent and what came, with the times of its events where a browser noted them. Pure."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from scenario.cassette.captures.har_format import Entry, EventMessage
from scenario.errors import WireError, WireLimitError
from scenario.exchange import Chunk
from scenario.wire.event import ServerSentEvent
from scenario.wire.sse import EventStreamParser
from scenario.wire.sse_writing import encode

_EMPTY: Final = frozenset({204, 205, 304})
_IN_ONE_PIECE: Final = (
    "HAR knows no pieces: an answer is one, at the time when all of it had come (TTFT and gaps are not known). That a "
    "transfer was cut, Chrome alone writes down."
)
_PUT_TOGETHER: Final = "Of event streams HAR has the events and no bytes: comments, ids and retries may be others."


class NoBodyError(Exception):
    """A body is missing or damaged; the message says which, as a part of a sentence."""


def sent_body(entry: Entry, *, is_ours: bool) -> bytes:
    """What was sent.

    Raises:
        NoBodyError: it is not there.
    """
    data = entry.request.post_data
    if data is None:
        return b""
    if data.text is None:
        if data.params is None:
            return b""
        if "form-data" in (data.mime_type or ""):
            raise NoBodyError("the form that was sent is not in the file byte by byte")
        return urlencode([(one.name, one.value or "") for one in data.params]).encode()
    if is_ours and data.encoding == "base64":
        return _decoded(data.text)
    return data.text.encode(errors="replace")


def response_body(entry: Entry, opened: float, total: float, notes: list[str]) -> list[Chunk]:
    """What came.

    Args:
        entry: the call.
        opened: when its head came, in seconds since it began.
        total: when it was over.
        notes: what is not known of it is added.

    Raises:
        NoBodyError: it is not there.
    """
    content = entry.response.content
    body = b""
    if content is not None and content.text:
        is_encoded = (content.encoding or "").lower() == "base64"
        body = _decoded(content.text) if is_encoded else content.text.encode(errors="replace")
    if messages := entry.event_source_messages:
        if not body:
            notes.append(_PUT_TOGETHER)
        return _timed(body, messages, entry, total, notes)
    if not body:
        size = None if content is None else content.size
        if (size and size > 0) or ((content is None or content.text is None) and not _may_be_empty(entry, size)):
            raise NoBodyError("its body is not in the file (export it “with content”)")
        return []
    notes.append(_IN_ONE_PIECE)
    return [Chunk(round(max(opened, total), 6), body)]


def _may_be_empty(entry: Entry, size: float | None) -> bool:
    if entry.response.status in _EMPTY or entry.request.method.upper() == "HEAD":
        return True
    kind = ((entry.response.content and entry.response.content.mime_type) or "").lower()
    return size == 0 and "event-stream" not in kind


def _timed(body: bytes, messages: list[EventMessage], entry: Entry, total: float, notes: list[str]) -> list[Chunk]:
    """The pieces in which events end, where each of them has a time; else all of it at the end."""
    began = _epoch(entry.started_date_time)
    if not body:
        return _put_together(messages, began)
    ends = _ends(body)
    if len(ends) != len(messages) or began is None:
        notes.append(_IN_ONE_PIECE)
        return [Chunk(round(total, 6), body)]
    chunks, start = [], 0
    for end, message in zip([*ends[:-1], len(body)], messages, strict=True):
        chunks.append(Chunk(_since(message, began), body[start:end]))
        start = end
    return chunks


def _put_together(messages: list[EventMessage], began: float | None) -> list[Chunk]:
    chunks, last = [], ""
    for one in messages:
        event = ServerSentEvent(event=one.event_name or "message", data=one.data, id=one.event_id or last)
        try:
            chunks.append(Chunk(_since(one, began), encode(event, last_event_id=last)))
        except WireError as error:
            raise NoBodyError(f"an event in it cannot be written: {error}") from None
        last = event.id
    return chunks


def _ends(body: bytes) -> list[int]:
    """Where the events of a stream end."""
    parser, ends, at = EventStreamParser(), [], 0
    try:
        for line in body.splitlines(keepends=True):
            at += len(line)
            ends += [at] * len(parser.feed(line))
    except WireLimitError:
        return []
    return ends


def _epoch(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _since(message: EventMessage, began: float | None) -> float:
    """Seconds from the call's beginning to an event; Chrome has written its time as a number and as a text."""
    try:
        at = float(message.time)
    except ValueError:
        at = _epoch(str(message.time)) or 0.0
    return round(max(at - began, 0.0), 6) if began is not None and at else 0.0


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoBodyError("its Base64 is damaged") from None
