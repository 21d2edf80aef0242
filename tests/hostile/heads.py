"""Heads of responses that are slow, huge, endless or nonsense."""

from __future__ import annotations

from typing import Final

from tests.hostile.behaviour import MIB, SHORT, SHORT_SILENCE, Kind, holds, repeats, sends, stream
from tests.hostile.events import ANSWER
from tests.remote.raw_server import CHUNKED, LAST, chunk, whole

_BODY: Final = chunk(ANSWER) + LAST
_REST: Final = CHUNKED.partition(b"\r\n")[2] + _BODY
_PLAIN: Final = b"Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nHello"


def _headed(line: bytes) -> bytes:
    """An answer with one more line in its head."""
    return b"HTTP/1.1 200 OK\r\n" + line + b"\r\n" + _REST


heads = Kind("head")

heads.add("never a byte", holds(), "stalled", timeouts=SHORT_SILENCE)
heads.add("half a head, then silence", holds(b"HTTP/1.1 200 OK\r\nContent-"), "stalled", timeouts=SHORT_SILENCE)
heads.add(
    "a byte at a time for ever", repeats(b"HTTP/1.1 200 OK\r\nX: ", b"x", every=0.01), "timed_out", timeouts=SHORT
)
heads.add("headers for ever", repeats(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n" * 64), "error", fault="wire")
heads.add("a header's value for ever", repeats(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 4096), "error", fault="wire")
heads.add(
    "5,000 headers", sends(_headed(b"".join(b"X-%d: 1\r\n" % i for i in range(5000))[:-2])), "error", fault="wire"
)
heads.add("a header of 1 MiB", sends(_headed(b"X-Large: " + b"x" * MIB)), "error", fault="wire")
heads.add("a reason of 1 MiB", sends(b"HTTP/1.1 200 " + b"O" * MIB + b"\r\n" + _REST), "error", fault="wire")
heads.add("a status that is no number", sends(b"HTTP/1.1 abc OK\r\n" + _REST), "error", fault="wire")
heads.add("a status of four digits", sends(b"HTTP/1.1 2000 OK\r\n" + _REST), "error", fault="wire")
heads.add("a negative status", sends(b"HTTP/1.1 -20 OK\r\n" + _REST), "error", fault="wire")
heads.add("status 999", sends(b"HTTP/1.1 999 What\r\n" + _REST), "error", said="status 999")
heads.add("no status line", sends(_REST), "error", fault="wire")
heads.add("a body alone, as in HTTP/0.9", sends(b"Hello\r\n\r\n"), "error", fault="wire")
heads.add("a version that there is not", sends(b"HTTP/9.9 200 OK\r\n" + _REST), "error", fault="wire")
heads.add("another protocol's banner", sends(b"SSH-2.0-OpenSSH_9.7\r\n\r\n"), "error", fault="wire")
heads.add("noise", sends(bytes(range(256)) * 4), "error", fault="wire")
heads.add("a NUL in a header", sends(_headed(b"X: a\x00b")), "error", fault="wire")
heads.add("a header without a colon", sends(_headed(b"nothing here")), "error", fault="wire")
heads.add("a space before a colon", sends(_headed(b"X-Space : 1")), "error", fault="wire")
heads.add("a bare CR in a header", sends(_headed(b"X: a\rSet-Cookie: b=c")), "error", fault="wire")
heads.add(
    "100 Continue for ever", repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n", every=0.01), "timed_out", timeouts=SHORT
)
heads.add(
    "100 Continue as fast as it can", repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), "timed_out", timeouts=SHORT
)
heads.add(
    "1,000 hints before the answer",
    sends(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000 + stream(ANSWER)),
    "complete",
    text="Hello",
)
heads.add(
    "an upgrade that nobody asked for",
    sends(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nHello"),
    "error",
    said="status 101",
)
heads.add("204 with a body", sends(b"HTTP/1.1 204 No Content\r\n" + _PLAIN), "error", said="the body is empty")
heads.add(
    "205 with a body",
    sends(b"HTTP/1.1 205 Reset Content\r\n" + _PLAIN),
    "complete",
    text="Hello",
    agent={"protocol": "auto"},
)
heads.add("304 with a body", sends(b"HTTP/1.1 304 Not Modified\r\n" + _PLAIN), "error", fault="wire", said="status 304")
heads.add("two content types", sends(_headed(b"Content-Type: image/png")), "error", said="image/png")
heads.add(
    "a content type of 16 KiB", sends(whole(ANSWER, "text/event-stream; x=" + "y" * 16384)), "complete", text="Hello"
)
heads.add(
    "commands in its reason", sends(b"HTTP/1.1 500 \x1b]0;owned\x07::error::x\r\nContent-Length: 0\r\n\r\n"), "error"
)
