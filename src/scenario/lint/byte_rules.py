"""L20 to L22, L26 to L28, L30: bytes that readers trip over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scenario.late_pattern import late_pattern
from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen
from scenario.lint.secret_values import may_hold_secrets, secrets_in

_BOM: Final = b"\xef\xbb\xbf"
_ODD_BREAKS: Final = late_pattern("[\u2028\u2029\u0085\x0b\x0c\x1c\x1d\x1e]")
_LINE_END: Final = late_pattern(rb"[\r\n]")
_LONGEST_UTF8: Final = 4
_SHORTEST_RETRY: Final = 100
_LONGEST_RETRY: Final = 60_000


def is_utf8(evidence: Evidence) -> Iterator[Seen]:
    """L20: UTF-8, from the first byte to the last, without a mark before it."""
    body = evidence.body
    if not evidence.was_answered:
        return
    if body.startswith(_BOM):
        yield Seen(
            "the body begins with a byte-order mark",
            "Write it as UTF-8 without one: many readers lose the first event to it.",
            at=evidence.time_of(0),
            level="warning",
        )
    try:
        body.decode()
    except UnicodeDecodeError as error:
        if evidence.is_cut and error.start > len(body) - _LONGEST_UTF8:
            return
        yield Seen(
            f"byte {error.start:,} of the body ({body[error.start : error.start + 4].hex(' ')}) is no UTF-8",
            "Encode the whole text as UTF-8 before it is cut into pieces; do not decode and encode single pieces.",
            event=_event_with_replacement(evidence),
            at=evidence.time_of(error.start),
        )


def _event_with_replacement(evidence: Evidence) -> int | None:
    return next((data.index for data in evidence.data if "\ufffd" in data.event.data), None)


def ends_each_event(evidence: Evidence) -> Iterator[Seen]:
    """L21: an empty line ends the last event too, or no reader sees it."""
    if evidence.is_cut or evidence.framing != "sse" or not evidence.has_lost_tail or evidence.is_misdeclared:
        return
    scan = evidence.scan
    size = len(evidence.body) - scan.tail_start
    start = evidence.body[scan.tail_start : scan.tail_start + 80].decode("utf-8", "replace")
    yield Seen(
        f"the last {size:,} bytes are an event that no empty line ends, so that readers discard it: {start!r}",
        "End every event with an empty line, the last one too.",
        at=evidence.time_of(scan.tail_start),
    )


def has_one_line_end(evidence: Evidence) -> Iterator[Seen]:
    """L22: one kind of line end, and not the bare CR that many readers do not know."""
    if evidence.framing != "sse" or evidence.is_misdeclared:
        return
    found = {_LINE_ENDS[line_end]: number for line_end, number in evidence.scan.line_ends.items() if number}
    remedy = "End every line with LF; CRLF is fine where all of them have it."
    if "CR" in found:
        yield Seen(f"{found['CR']:,} lines end with a bare CR", remedy)
    elif len(found) > 1:
        counted = " and ".join(f"{number:,} with {name}" for name, number in found.items())
        yield Seen(f"line ends are mixed: {counted}", remedy)


_LINE_ENDS: Final = {b"\n": "LF", b"\r\n": "CRLF", b"\r": "CR"}


def has_short_lines(evidence: Evidence) -> Iterator[Seen]:
    """L26: no line that clients in use refuse."""
    limits = evidence.thresholds
    if evidence.framing not in ("sse", "ndjson") or len(evidence.body) <= limits.long_line:
        return
    start = 0
    line_end = _LINE_END if b"\r" in evidence.body and evidence.framing == "sse" else None
    for line in evidence.body.split(b"\n") if line_end is None else line_end.split(evidence.body):
        size = len(line)
        if size > limits.long_line:
            huge = size > limits.huge_line
            yield Seen(
                f"a line has {size:,} bytes",
                "Send it in parts: " + ("clients in use refuse lines above 1 MiB." if huge else "some stop at 64 KiB."),
                at=evidence.time_of(start),
                level="error" if huge else None,
            )
        start += size + 1


def has_plain_line_breaks(evidence: Evidence) -> Iterator[Seen]:
    """L27: no character in the data that some readers take for a line end."""
    if evidence.framing not in ("sse", "ndjson") or (evidence.body.isascii() and not _has_odd_ascii(evidence.body)):
        return
    for index, event in enumerate(evidence.exchange.events):
        if (match := _ODD_BREAKS.search(event.data)) is not None:
            yield Seen(
                f"the data holds a raw U+{ord(match[0]):04X}, which readers that use their language's line splitting "
                "take for a line end",
                rf"Escape it in the JSON (\u{ord(match[0]):04x}), as JSON encoders do on demand.",
                event=index,
            )


def _has_odd_ascii(body: bytes) -> bool:
    return any(byte in body for byte in (b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e"))


def has_sound_fields(evidence: Evidence) -> Iterator[Seen]:
    """L28: ids without NUL, one name and one id to an event, reconnection times that are sensible numbers."""
    if evidence.framing != "sse" or evidence.scan.plain:
        return
    for block in evidence.scan.blocks:
        at = evidence.time_of(block.start)
        if any(0 in value for value in block.values(b"id")):
            yield Seen("an id holds a NUL: readers ignore it", "Leave NUL out of ids.", block.event, at)
        # What stands in one event because the empty line between two is missing is no forged field.
        for field in () if block.event in evidence.broken else (b"event", b"id"):
            if len(values := block.values(field)) > 1:
                yield Seen(
                    f"an event has {len(values)} {field.decode()} lines, as where a value with a line end was written",
                    f"Refuse CR and LF in what goes into {field.decode()} lines: they let content forge fields.",
                    block.event,
                    at,
                )
        for value in block.values(b"retry"):
            if (said := _odd_retry(value)) is not None:
                yield Seen(said, "Send whole milliseconds, between 100 and 60000.", block.event, at, "warning")


def _odd_retry(value: bytes) -> str | None:
    if not value.isdigit():
        return f"retry is {value[:40].decode('utf-8', 'replace')!r}, which is no number: readers ignore it"
    milliseconds = int(value[:20])
    if not _SHORTEST_RETRY <= milliseconds <= _LONGEST_RETRY:
        return f"retry is {milliseconds} ms"
    return None


def holds_no_secrets(evidence: Evidence) -> Iterator[Seen]:
    """L30: nothing in the stream that looks like a key, a token or a password."""
    masked = evidence.exchange.leaked
    if not evidence.was_answered or not (masked or may_hold_secrets(evidence.body)):
        return
    for index, event in enumerate(evidence.exchange.events):
        for kind in dict.fromkeys((*secrets_in(event.data), *(kind for at, kind in masked if at == index))):
            yield Seen(
                f"the event holds what looks like {kind} (not shown here)",
                "Take it out of what is streamed: debug modes that dump requests and settings are the usual source.",
                event=index,
            )
