"""How a body is framed: what its Content-Type says, and what its first bytes show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from scenario.late_pattern import late_pattern
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.protocol import Framing, Head
from scenario.protocols.values_in_a_row import bare, begins_in_a_row

# More of a first line than this is not waited for.
MAX_SNIFFED: Final = 64 * 1024

# What a web page can be recognised by.
_PAGE_BYTES: Final = 32
# A body of lines, each with JSON in it, which is plain text by its Content-Type.
_LINES_HEADER: Final = "x-vercel-ai-data-stream"
_BOM: Final = b"\xef\xbb\xbf"
_SSE_FIELD: Final = late_pattern(rb"(?:data|event|id|retry):|:[^\n\r]*[\n\r]")
_SSE_PREFIXES: Final = (b"data:", b"event:", b"id:", b"retry:")
# What is hardly text, even if it is cut before its end.
_JSON_START: Final = late_pattern(rb"\{\s*(?:\"|\Z)|\[\s*(?:[\"{]|\Z)")
_NDJSON_TYPES: Final = frozenset(
    {
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonl",
        "application/jsonlines",
        "application/x-jsonlines",
        "application/json-lines",
        "application/json-seq",
        "application/stream+json",
        "text/x-ndjson",
    }
)


class Framed(NamedTuple):
    """A decision about framing, and what it was made by."""

    framing: Framing
    reason: str


def framing_of(head: Head, start: bytes, allowed: Sequence[Framing], *, ended: bool) -> Framed | None:
    """How the body is framed; None while more of it is needed to tell.

    Args:
        head: the response's status and headers.
        start: all of the body that has come.
        allowed: the framings that the dialect knows; the first one is its usual one.
        ended: nothing more will come.
    """
    declared = declared_framing(head.content_type)
    patient = not ended and len(start) < MAX_SNIFFED
    start = start.removeprefix(_BOM).lstrip()
    if _LINES_HEADER in head.headers and "ndjson" in allowed:
        return Framed("ndjson", f"the response has the header {_LINES_HEADER}")
    if patient and _BOM.startswith(start):
        return None
    if patient and start.startswith(b"<") and len(start) < _PAGE_BYTES:
        return None
    if declared in ("sse", "ndjson") and declared in allowed:
        belies = _belies(declared, start, patient=patient)
        if not belies:
            return None if belies is None else Framed(declared, f"the Content-Type is {head.content_type}")
    seen = _seen(start, declared, patient=patient)
    if seen is None:
        return None
    said = f"the Content-Type is {head.content_type or 'missing'}"
    if seen == declared:
        seen_by = said
    elif declared is None:
        seen_by = f"{said}, and the body begins as {_NAMES[seen]} does"
    else:
        seen_by = f"the body begins as {_NAMES[seen]} does, although {said}"
    if seen in allowed:
        return Framed(seen, seen_by)
    return Framed(allowed[0], f"{said}, which the protocol does not know")


def _belies(declared: Framing, start: bytes, *, patient: bool) -> bool | None:
    """Whether a body begins as one of its Content-Type cannot: no event begins as JSON does, nor JSON as an event.

    None while more of it is needed to tell.
    """
    if declared == "sse":
        return start[:1] in (b"{", b"[")
    if patient and any(prefix.startswith(start) for prefix in _SSE_PREFIXES):
        return None
    return start.startswith(_SSE_PREFIXES)


def declared_framing(content_type: str) -> Framing | None:
    """The framing that a Content-Type stands for; None where it says nothing about it."""
    if content_type == "text/event-stream":
        return "sse"
    if content_type in _NDJSON_TYPES:
        return "ndjson"
    if content_type == "application/json" or content_type.endswith("+json"):
        return "json"
    return "text" if content_type == "text/plain" else None


_NAMES: Final[dict[Framing, str]] = {
    "sse": "an event stream",
    "ndjson": "lines of JSON",
    "json": "JSON",
    "text": "plain text",
}


def _seen(start: bytes, declared: Framing | None, *, patient: bool) -> Framing | None:
    """The framing that the first bytes show."""
    if patient and any(prefix.startswith(start) for prefix in _SSE_PREFIXES):
        return None
    field = _SSE_FIELD.match(start)
    # A comment is a sign of an event stream only where nothing says that it is text: ":)" is an answer.
    if field is not None and (declared is None or not start.startswith(b":")):
        return "sse"
    if declared is None and start.startswith(b":") and patient:
        return None
    if start.startswith(b"\x1e"):
        return "ndjson"
    if start[:1] in (b"{", b"[", b'"') or declared == "json":
        return _json_or_lines(start, declared, patient=patient)
    return "text"


def _json_or_lines(start: bytes, declared: Framing | None, *, patient: bool) -> Framing | None:
    """One JSON value or one to a line: told apart by what follows the first line that is a value by itself."""
    line, newline, rest = start.partition(b"\n")
    if newline and read_json(line) is not NOT_JSON:
        if rest.strip():
            return "ndjson"
        return None if patient else "json"
    if newline and (value := bare(line)) != line.strip() and value[:1] == b"{" and read_json(value) is not NOT_JSON:
        # A comma or a record separator after the value.
        if rest.strip():
            return "ndjson" if bare(rest)[:1] in (b"{", b"") else "json"
        return None if patient else "ndjson"
    if begins_in_a_row(start.decode("utf-8", "replace")):
        return "ndjson"
    if newline and declared == "json" and line.strip() not in (b"{", b"["):
        # Neither a value nor the first line of an indented one.
        return "json"
    if patient:
        return None
    cut = declared != "text" and _JSON_START.match(start) is not None
    return "json" if cut or declared == "json" or read_json(start) is not NOT_JSON else "text"
