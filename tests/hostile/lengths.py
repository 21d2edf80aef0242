"""How long a body is said to be, and is not."""

from __future__ import annotations

from typing import Final

from tests.hostile.behaviour import MIB, SHORT, SHORT_SILENCE, Kind, holds, in_turn, repeats, sends, stream
from tests.hostile.events import ANSWER, HELLO, says
from tests.remote.raw_server import CHUNKED, LAST, STREAM, Connection, chunk, whole

_WHOLE: Final = chunk(ANSWER) + LAST


def _long(*lengths: bytes, body: bytes = ANSWER) -> bytes:
    """An answer with these lengths in its head."""
    return STREAM + b"".join(b"Content-Length: %s\r\n" % length for length in lengths) + b"\r\n" + body


async def _two_answers(connection: Connection) -> None:
    """A whole answer, and at once another one that nobody has asked for."""
    connection.keep = True
    await connection.send(whole(ANSWER, "text/event-stream") + whole(says("Stray"), "text/event-stream"))


lengths = Kind("length")

lengths.add("a word", sends(_long(b"many")), "error", fault="wire")
lengths.add("negative", sends(_long(b"-5")), "error", fault="wire")
lengths.add("with a sign", sends(_long(b"+5")), "error", fault="wire")
lengths.add("two that differ", sends(_long(b"%d" % len(ANSWER), b"3")), "error", fault="wire")
lengths.add("a list of two", sends(_long(b"5, 5")), "error", fault="wire")
lengths.add("ten to the thirtieth", holds(_long(b"1" + b"0" * 30, body=HELLO)), "error", fault="wire")
lengths.add("too long, then closed", sends(_long(b"99999")), "truncated", text="Hello")
lengths.add(
    "too long, then silent", holds(_long(b"99999", body=HELLO)), "stalled", timeouts=SHORT_SILENCE, text="Hello"
)
lengths.add("too short", sends(_long(b"%d" % len(HELLO))), "truncated", text="Hello")
lengths.add("none, and a body", sends(_long(b"0")), "error", said="the body is empty")
lengths.add(
    "beside chunks",
    sends(STREAM + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + _WHOLE),
    "error",
    fault="wire",
)
lengths.add(
    "chunked twice", sends(STREAM + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + _WHOLE), "complete", text="Hello"
)
for transfer in (b"chunked, gzip", b"gzip, chunked", b"gzip", b"x-own, chunked", b"GZIP;q=1 , Chunked"):
    lengths.add(
        f"transferred as {transfer.decode()}",
        sends(STREAM + b"Transfer-Encoding: " + transfer + b"\r\nConnection: close\r\n\r\n" + _WHOLE),
        "error",
        text="",
        said=f"transferred as {transfer.decode()}",
    )
lengths.add(
    "transferred as it is",
    sends(STREAM + b"Transfer-Encoding: identity\r\nConnection: close\r\n\r\n" + ANSWER),
    "complete",
    text="Hello",
)
lengths.add("a chunk of negative size", holds(CHUNKED + chunk(HELLO) + b"-5\r\nHello\r\n"), "truncated", text="Hello")
lengths.add("a chunk of a size with 0x", holds(CHUNKED + chunk(HELLO) + b"0x5\r\nHello\r\n"), "truncated", text="Hello")
lengths.add("a chunk of a size that is no number", holds(CHUNKED + chunk(HELLO) + b"zz\r\n"), "truncated", text="Hello")
lengths.add(
    "a chunk of 2**64 bytes", sends(CHUNKED + chunk(HELLO) + b"1" + b"0" * 16 + b"\r\nHello"), "truncated", text="Hello"
)
lengths.add(
    "a chunk of a size without end",
    repeats(CHUNKED + chunk(HELLO), b"0" * 4096),
    "timed_out",
    timeouts=SHORT,
    text="Hello",
)
lengths.add(
    "a chunk that is longer than its size",
    holds(CHUNKED + b"%x\r\n" % len(HELLO) + HELLO + b"and more\r\n"),
    "truncated",
    text="Hello",
)
lengths.add("a chunk that is cut", sends(CHUNKED + b"fff\r\n" + HELLO), "truncated", text="Hello")
lengths.add(
    "an extension of 1 MiB", sends(CHUNKED + b"5;x=" + b"y" * MIB + b"\r\nHello\r\n" + LAST), "truncated", text=""
)
lengths.add(
    "chunks of one byte each",
    sends(CHUNKED + b"".join(chunk(bytes([byte])) for byte in ANSWER) + LAST),
    "complete",
    text="Hello",
)
lengths.add(
    "chunks with extensions",
    sends(CHUNKED + b"%x;a=b;c\r\n" % len(ANSWER) + ANSWER + b"\r\n" + LAST),
    "complete",
    text="Hello",
)
lengths.add(
    "no last chunk",
    sends(CHUNKED + chunk(ANSWER)),
    "truncated",
    text="Hello",
    said="before the last chunk. Seen: status 200, 3 events",
)
lengths.add(
    "trailers", sends(CHUNKED + chunk(ANSWER) + b"0\r\nX-End: 1\r\nX-More: 1\r\n\r\n"), "complete", text="Hello"
)
lengths.add(
    "a length in its trailer",
    sends(CHUNKED + chunk(ANSWER) + b"0\r\nContent-Length: 3\r\n\r\n"),
    "truncated",
    text="Hello",
)
lengths.add(
    "trailers for ever", repeats(CHUNKED + chunk(HELLO) + b"0\r\n", b"X-End: 1\r\n" * 64), "truncated", text="Hello"
)
lengths.add("empty lines for ever", repeats(STREAM + b"\r\n", b"\r\n" * 512), "aborted", said="max_body_bytes")
lengths.add(
    "a second answer behind the first", None, "complete", text="Hello", serve=in_turn(_two_answers), turns=2, reaches=2
)
lengths.add(
    "a text and another answer behind its end",
    sends(whole(b"Hel", "text/plain") + b"lo" + whole(b"Stray", "text/plain")),
    "complete",
    text="Hel",
    turns=2,
    reaches=2,
    agent={"protocol": "text"},
)
lengths.add("the whole answer, again and again", repeats(stream(ANSWER), stream(ANSWER)), "complete", text="Hello")
lengths.add("no length and no end", holds(STREAM + b"\r\n" + HELLO), "timed_out", timeouts=SHORT, text="Hello")
