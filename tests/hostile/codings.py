"""Compressed bodies that are cut, are not what they say, or are much larger than they look."""

from __future__ import annotations

import gzip
import zlib
from typing import Final

from tests.hostile.behaviour import MIB, SHORT, Kind, repeats, sends
from tests.hostile.events import ANSWER, HELLO
from tests.remote.raw_server import whole

_PACKED: Final = gzip.compress(ANSWER, mtime=0)
_EMPTY: Final = gzip.compress(b"", mtime=0)
_LARGE: Final = gzip.compress(HELLO * (32 * MIB // len(HELLO)), 1, mtime=0)


def _coded(body: bytes, coding: str) -> bytes:
    return whole(body, "text/event-stream", more=f"Content-Encoding: {coding}\r\nConnection: close\r\n")


def _open(coding: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: " + coding + b"\r\n\r\n"


codings = Kind("coding")

codings.add("gzip", sends(_coded(_PACKED, "gzip")), "complete", text="Hello")
codings.add("gzip that is cut", sends(_coded(_PACKED[:-6], "gzip")), "truncated", text="Hello", said="gzip")
codings.add("gzip that is cut in its first bytes", sends(_coded(_PACKED[:5], "gzip")), "truncated", text="")
codings.add("gzip with a wrong sum", sends(_coded(_PACKED[:-8] + bytes(8), "gzip")), "truncated")
codings.add("what is no gzip", sends(_coded(ANSWER, "gzip")), "truncated", text="", said="no gzip")
codings.add("gzip, and more behind it", sends(_coded(_PACKED + b"more", "gzip")), "truncated")
codings.add("10,000 empty gzips", sends(_coded(_EMPTY * 10_000 + _PACKED, "gzip")), "complete", text="Hello")
codings.add("empty gzips for ever", repeats(_open(b"gzip"), _EMPTY * 100), "timed_out", timeouts=SHORT)
codings.add("gzip of 32 MiB", sends(_coded(_LARGE, "gzip")), "aborted", said="max_body_bytes")
codings.add("deflate of 32 MiB", sends(_coded(zlib.compress(bytes(32 * MIB)), "deflate")), "aborted")
codings.add(
    "deflate without its wrapper", sends(_coded(zlib.compress(ANSWER, wbits=-15), "deflate")), "complete", text="Hello"
)
codings.add("gzip within gzip", sends(_coded(gzip.compress(_LARGE), "gzip, gzip")), "error", said="is not read")
codings.add(
    "gzip within gzip, said once",
    sends(_coded(gzip.compress(_PACKED), "gzip")),
    "error",
    text="",
    said="gzip, beyond what its Content-Encoding tells",
)
codings.add("Brotli", sends(_coded(b"\x0b\x02\x80Hello\x03", "br")), "error", said="is not read")
codings.add("a coding that there is not", sends(_coded(ANSWER, "x-nothing")), "complete", text="Hello")
codings.add("1,000 codings", sends(_coded(_PACKED, ", ".join(["gzip"] * 1000))), "error", said="compressed as")
codings.add(
    "compressed, and silent of it",
    sends(whole(_PACKED, "text/event-stream")),
    "error",
    text="",
    said="gzip, beyond what its Content-Encoding tells",
)
