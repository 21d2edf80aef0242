"""Responses that are no answer, whatever their dialect: error statuses, redirects, web pages."""

from __future__ import annotations

import re
from typing import Final

from scenario.errors import WireLimitError
from scenario.late_pattern import late_pattern
from scenario.protocols.errors_in_json import error_in, error_of
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.protocol import Framing, Head
from scenario.redaction import redacted_url
from scenario.types import ReplyError
from scenario.wire.sse import EventStreamParser

# How much of a body that could not be used is shown.
SHOWN_BYTES: Final = 300

_BOM: Final = b"\xef\xbb\xbf"
# What Envoy writes by itself, at the end of what it had passed on. An answer that quotes one goes on after it.
_PROXY_SENTENCES: Final = late_pattern(
    r"(?:upstream connect error or disconnect/reset before headers[^\n]{0,200}|no healthy upstream|"
    r"upstream request timeout)\Z"
)
# An object that begins as those do that report errors, and Python's account of an exception, to the end.
_OBJECTS: Final = late_pattern(r"\{\s*\"(?:error|errors|detail|message|code|type|status|success|err|exception)\"\s*:")
_TRACEBACK: Final = late_pattern(
    r"Traceback \(most recent call last\):\n(?:[ \t]+[^\n]*\n|\n)+(?P<said>[A-Za-z_][\w.]*(?::[^\n]*)?)\Z"
)
_QUOTING: Final = (":", "`", '"', "'", "(", "[", "{", ",", "“", "„", "«", "=", ">")
# A page among the lines of an event stream: what a proxy wrote behind what it had passed on.
_STRAY: Final = late_pattern(
    r"^[ \t]*(?:<!doctype html|<html\b|upstream connect error|no healthy upstream|internal server error[ \t]*$)[^\n]*",
    re.IGNORECASE | re.MULTILINE | re.ASCII,
)
# Without one of these nothing of the kind is there, which most bodies show at once.
_STRAY_SIGNS: Final = (b"<!doctype html", b"<html", b"upstream", b"internal server error")
_PAGE_STARTS: Final = (b"<!doctype html", b"<html")
_UNREADABLE: Final = ("image/", "audio/", "video/", "font/", "application/pdf", "application/zip", "application/gzip")


def is_refusal(head: Head) -> bool:
    """Whether the status says that no answer follows."""
    return not 200 <= head.status < 300 and not head.is_websocket


def refusal(head: Head, body: bytes) -> ReplyError:
    """The error of a response whose status is one; the body is what was read of it."""
    value = _said(head, body)
    if 300 <= head.status < 400:
        where = redacted_url(head.headers.get("location", ""))
        said = f"a redirect{f' to {where}' if where else ''}, which is not followed for this request"
        return ReplyError(message=f"status {head.status}: {said}", code=str(head.status))
    if isinstance(value, dict | str) and value:
        error = error_of(value)
        return ReplyError(message=f"status {head.status}: {error.message}", code=error.code or str(head.status))
    return ReplyError(message=f"status {head.status}: {shown(body)}", code=str(head.status))


def _said(head: Head, body: bytes) -> object:
    """The body's JSON; that of its first event where a server tells the error as it would tell the answer."""
    value = read_json(body)
    if value is NOT_JSON and head.content_type == "text/event-stream":
        try:
            events = EventStreamParser().feed(body)
        except WireLimitError:
            return value
        return next((read_json(event.data) for event in events if event.data), value)
    return value


def stray_error(end: bytes) -> ReplyError | None:
    """The error that a server wrote as plain JSON after its events: to readers of events a line that means nothing."""
    end = end.replace(b"\r", b"\n")
    start = end.rfind(b"\n{")
    value = read_json(end[start:]) if start >= 0 else NOT_JSON
    if isinstance(value, dict) and value.keys() == {"detail"}:
        return error_of(value)
    return error_in(value)


def told_in_field(text: str) -> ReplyError:
    """The error that stands in a field of its own among an event stream's, as llama.cpp's server writes it."""
    value = read_json(text)
    return error_of(text if value is NOT_JSON else value)


def error_in_text(end: bytes) -> ReplyError | None:
    """The error that stands at the end of a body of plain text, in the words of whoever wrote it in the agent's place.

    A whole body that is `error: ` and an object is Genkit's; the sentences are those that Envoy and its kin write.
    """
    text = end.decode("utf-8", "replace").strip()
    label, _, rest = text.partition(":")
    if label == "error" and isinstance(value := read_json(rest), dict):
        return error_of(value)
    if (sentence := _PROXY_SENTENCES.search(text)) is not None:
        return ReplyError(message=sentence[0], code="proxy")
    return _object_at_the_end(text) or _traceback_at_the_end(text)


def _object_at_the_end(text: str) -> ReplyError | None:
    """The error that an agent's server wrote as JSON behind the text that it had sent."""
    if not text.endswith("}"):
        return None
    for start in _OBJECTS.finditer(text):
        value = read_json(text[start.start() :])
        if isinstance(value, dict):
            return None if start.start() and _is_quoted(text[: start.start()]) else error_in(value)
    return None


def _traceback_at_the_end(text: str) -> ReplyError | None:
    """Python's own words for what its code did not survive; an answer that explains one goes on after it."""
    found = _TRACEBACK.search(text)
    if found is None or _is_quoted(text[: found.start()]):
        return None
    return ReplyError(message=found["said"], code="traceback")


def _is_quoted(before: str) -> bool:
    """Whether what stands before a piece of text says that it is shown: a colon, a quote, or a block of code."""
    return before.rstrip()[-1:] in _QUOTING or before.count("```") % 2 == 1


def beside_events(framing: Framing | None, field: str | None, end: bytes, *, over: bool) -> ReplyError | None:
    """The error that stands beside what a dialect reads: in a field of its own, after the events, or behind the text.

    Args:
        framing: how the body is cut into events.
        field: what the stream says in a field named `error`.
        end: the last bytes of the body.
        over: whether the answer has reached its end: what stands after it is none of its own.
    """
    if framing == "text":
        return error_in_text(end)
    if framing != "sse":
        return None
    if field:
        return told_in_field(field)
    return stray_words(end) or (None if over else stray_error(end))


def stray_words(end: bytes) -> ReplyError | None:
    """What a proxy wrote among the lines of an event stream: a page, or a sentence of its own."""
    lowered = end.lower()
    if not any(sign in lowered for sign in _STRAY_SIGNS):
        return None
    found = _STRAY.search(end.replace(b"\r", b"\n").decode("utf-8", "replace"))
    return None if found is None else ReplyError(message=found[0].strip()[:SHOWN_BYTES], code="content")


def is_page(head: Head, body: bytes) -> bool:
    """Whether the body is a web page: what proxies and web servers answer in an agent's place."""
    start = body.removeprefix(_BOM).lstrip()[:32].lower()
    return start.startswith(_PAGE_STARTS) or (head.content_type == "text/html" and start.startswith(b"<"))


def is_unreadable(head: Head) -> bool:
    """Whether the body is of a kind that holds no text."""
    return head.content_type.startswith(_UNREADABLE)


def another_kind(kind: str, body: bytes) -> ReplyError:
    """The error of a body that is another kind of thing than an answer."""
    return ReplyError(message=f"the answer is {kind}: {shown(body)}", code="content")


def shown(body: bytes | None, size: int = 0) -> str:
    """The beginning of a body, for an error's text; its size, where this is not all of it."""
    if not body:
        return "the body is empty"
    text = body[:SHOWN_BYTES].decode("utf-8", "replace")
    return f"the body begins with {text!r}" + (f" (of {size or len(body)} bytes)" if len(body) > SHOWN_BYTES else "")
