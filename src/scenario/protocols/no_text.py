"""Bodies that are no text, although they were read as some: noise, archives, images, another charset than is told."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from scenario.exchange import Chunk
from scenario.late_pattern import late_pattern
from scenario.protocols.body_ends import start_of
from scenario.protocols.protocol import Head
from scenario.protocols.rejection import another_kind
from scenario.types import Reply, ReplyError

_REPLACED: Final = "\ufffd"
# What no text holds; an escape and a backspace are a terminal's.
_CONTROLS: Final = "".join(chr(code) for code in (*range(7), *range(14, 27), *range(28, 32), 127))
_CONTROL: Final = late_pattern(f"[{re.escape(_CONTROLS)}]")
_CONTROL_BYTE: Final = late_pattern(_CONTROL.pattern.encode())
_UTF8: Final = ("", "utf-8", "utf8")
_LOOKED_AT: Final = 4096
# A few odd bytes in a short text are no reason to doubt all of it.
_SHORT: Final = 16
# No text begins so.
_SIGNATURES: Final = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x1f\x8b", "gzip, beyond what its Content-Encoding tells"),
    (b"\x28\xb5\x2f\xfd", "zstd, beyond what its Content-Encoding tells"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\xff\xfe", "text in UTF-16, which no charset tells"),
    (b"\xfe\xff", "text in UTF-16, which no charset tells"),
)
_OTHER_CHARSET: Final = "text in another charset than UTF-8, which its Content-Type does not name"


def error_of_no_text(reply: Reply, head: Head, chunks: Sequence[Chunk]) -> ReplyError | None:
    """The error of a body of which most is no text; None where it is text.

    Args:
        reply: what was read of it: its text is judged, or the body itself where nothing was read.
        head: of the response.
        chunks: the body.
    """
    text, start = reply.text, start_of(chunks)
    if not (text or reply.messages or reply.reasoning or reply.tool_calls) and head.charset.lower() in _UTF8:
        text = start.decode("utf-8", "replace")
    kind = _what_it_is(text.rstrip("\0"), start, head, chunks)
    return another_kind(kind, start) if kind else None


def _what_it_is(text: str, start: bytes, head: Head, chunks: Sequence[Chunk]) -> str:
    """What a body is, in words, of whose text most is none; "" where it is text."""
    least = _SHORT if head.content_type.startswith("text/") or "json" in head.content_type else 4
    if len(text) < least or not _is_odd(text):
        return ""
    replaced = 0 if _is_sound(head, chunks) else text.count(_REPLACED)
    controls = sum(map(text.count, _CONTROLS)) if _CONTROL_BYTE.search(start) else 0
    is_binary = controls > 0 and 10 * (replaced + controls) > 3 * len(text)
    if not is_binary and 2 * replaced <= len(text):
        return ""
    for signature, name in _SIGNATURES:
        if start.startswith(signature):
            return name
    if not is_binary and not head.charset:
        return _OTHER_CHARSET
    return f"{head.content_type or 'of no Content-Type'}, and most of it is no text"


def note_bytes_that_are_no_text(reply: Reply, head: Head, chunks: Sequence[Chunk]) -> None:
    """Say in the reading that bytes of the body, which declares no charset, are no UTF-8, and stand so in the text."""
    if _REPLACED in reply.text and not head.charset and not _is_utf8(chunks):
        told = f"bytes that are no UTF-8 stand as {_REPLACED} in the text"
        reply.reading = msgspec.structs.replace(reply.reading, notes=(*reply.reading.notes, told))


def _is_odd(text: str) -> bool:
    return _REPLACED in text or "\0" in text or _CONTROL.search(text, 0, _LOOKED_AT) is not None


def _is_sound(head: Head, chunks: Sequence[Chunk]) -> bool:
    """Whether what stands in the text for bytes that are none was sent so."""
    return head.charset.lower() in _UTF8 and _is_utf8(chunks)


def _is_utf8(chunks: Sequence[Chunk]) -> bool:
    """Whether the body's bytes are UTF-8; a character that its end cuts is none."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            decoder.decode(chunk.data)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
