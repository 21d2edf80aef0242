"""Bodies that never end, are cut, or hold what is no text."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Final

from tests.hostile.behaviour import MIB, SHORT, SHORT_SILENCE, Kind, holds, repeats, sends, stream
from tests.hostile.events import ANSWER, END, HELLO, event, says
from tests.remote.raw_server import CHUNKED, LAST, STREAM, Connection, chunk, whole

_TEXT: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
_JSON: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
_AUTO: Final = {"protocol": "auto"}
_NOISE: Final = bytes(range(256)) * 64
_LINE: Final = bytes(set(range(256)) - set(b"\r\n"))


def _cuts() -> Iterator[int]:
    """Places to cut an answer's bytes: in a name, in JSON, in an escape, before its end, and in its end."""
    for mark in (b"ata", b"choices", b'lo"', b"\n\n", b"finish_reason", b"[DON"):
        yield ANSWER.index(mark) + 1


async def _byte_by_byte(connection: Connection) -> None:
    """A whole answer, each byte by itself."""
    await connection.send(CHUNKED)
    for byte in ANSWER:
        await connection.send(chunk(bytes([byte])))
    await connection.send(LAST)


bodies = Kind("body")

bodies.add(
    "text for ever", repeats(_TEXT, b"never " * 1000), "aborted", said="max_body_bytes", agent={"protocol": "text"}
)
bodies.add("events for ever", repeats(CHUNKED, chunk(says("never ") * 100)), "aborted", said="max_body_bytes")
bodies.add("JSON for ever", repeats(_JSON + b'{"a": [', b"1," * 2000), "aborted", agent=_AUTO)
bodies.add("white space for ever", repeats(_JSON, b" " * 4096), "aborted", said="max_body_bytes", agent=_AUTO)
bodies.add("zeros for ever", repeats(_TEXT, bytes(4096)), "aborted", said="max_body_bytes", agent=_AUTO)
bodies.add(
    "a line without end", repeats(CHUNKED + chunk(b"data: "), chunk(b"x" * 8192)), "aborted", said="max_event_bytes"
)
bodies.add(
    "a byte now and then, for ever",
    repeats(CHUNKED + chunk(HELLO), chunk(b":"), every=0.02),
    "timed_out",
    timeouts=SHORT,
    text="Hello",
)
bodies.add(
    "a word now and then, for ever", repeats(CHUNKED, chunk(says("on ")), every=0.02), "timed_out", timeouts=SHORT
)
bodies.add("byte by byte", _byte_by_byte, "complete", text="Hello")
bodies.add("silence after its first byte", holds(CHUNKED + chunk(b"d")), "stalled", timeouts=SHORT_SILENCE)
bodies.add("silence after its head", holds(CHUNKED), "stalled", timeouts=SHORT_SILENCE)
bodies.add("nothing", sends(stream(b"")), "error", said="the body is empty")
for protocol in ("auto", "openai-chat", "vercel-data", "text", "sse"):
    for kind in ("text/html", "text/event-stream"):
        bodies.add(
            f"a page for {protocol}, as {kind}",
            sends(whole(b"<!doctype html><title>\x1b[31mSign in</title>", kind)),
            "error",
            fault="wire",
            said="a web page",
            agent={"protocol": protocol},
        )
bodies.add(
    "a page in pieces",
    sends(CHUNKED, chunk(b" <"), chunk(b"!doc"), chunk(b"type html><title>Sign in</title>"), LAST),
    "error",
    fault="wire",
    said="a web page",
)
bodies.add("a tag in a text", sends(_TEXT + b"<b>"), "complete", agent=_AUTO, text="<b>")
bodies.add("a picture", sends(whole(b"\x89PNG\r\n\x1a\n" + bytes(2000), "image/png")), "error", said="image/png")
for kind in ("application/octet-stream", "text/plain", "text/plain; charset=utf-8", "text/event-stream", ""):
    for protocol in ("auto", "openai-chat"):
        bodies.add(
            f"noise for {protocol}, as {kind or 'nothing'}",
            sends(whole(_NOISE, kind)),
            "error",
            text="",
            said=f"the answer is {kind.partition(';')[0] or 'of no Content-Type'}, and most of it is no text",
            agent={"protocol": protocol},
        )
for name, body in (("gzip", gzip.compress(_NOISE)), ("ZIP", b"PK\x03\x04" + _NOISE), ("PNG", b"\x89PNG\r\n" + _NOISE)):
    for protocol in ("auto", "text"):
        bodies.add(
            f"{name} for {protocol}, in silence",
            sends(whole(body, "text/plain")),
            "error",
            text="",
            said=name,
            agent={"protocol": protocol},
        )
bodies.add("sound", sends(whole(_NOISE, "audio/mpeg")), "error", text="", said="the answer is audio/mpeg", agent=_AUTO)
bodies.add(
    "noise in events", sends(stream(*[b"data: " + _LINE + b"\n\n"] * 9)), "error", text="", said="no text", agent=_AUTO
)
bodies.add(
    "UTF-16 as a text", sends(whole("Hello, world".encode("utf-16"), "text/plain")), "error", said="UTF-16", agent=_AUTO
)
bodies.add(
    "UTF-16 that is declared",
    sends(whole("Hello, wörld".encode("utf-16"), "text/plain; charset=utf-16")),
    "complete",
    text="Hello, wörld",
    agent=_AUTO,
)
bodies.add(
    "Cyrillic in a charset that is not told",
    sends(whole("Привет, как дела? Всё хорошо.".encode("cp1251"), "text/plain")),
    "error",
    text="",
    said="another charset",
    agent=_AUTO,
)
bodies.add(
    "Cyrillic in a charset that is told",
    sends(whole("Привет, как дела?".encode("cp1251"), "text/plain; charset=windows-1251")),
    "complete",
    text="Привет, как дела?",
    agent=_AUTO,
)
bodies.add(
    "Latin-1",
    sends(whole("Où est le café ? Là-bas, à côté.".encode("latin-1"), "text/plain")),
    "complete",
    text="O\ufffd est le caf\ufffd ? L\ufffd-bas, \ufffd c\ufffdt\ufffd.",
    agent=_AUTO,
)
bodies.add(
    "a text as bytes",
    sends(whole("Grüße, \x1b[1mAda\x1b[0m\n".encode(), "application/octet-stream")),
    "complete",
    text="Grüße, \x1b[1mAda\x1b[0m\n",
    agent=_AUTO,
)
bodies.add(
    "a text of characters that stand for bytes that are none",
    sends(whole("\ufffd".encode() * 40, "text/plain")),
    "complete",
    text="\ufffd" * 40,
    agent=_AUTO,
)
bodies.add(
    "bytes that are no UTF-8 in a text",
    sends(_TEXT + b"Hello \xff\xfe\xc3("),
    "complete",
    agent={"protocol": "text"},
    text="Hello \ufffd\ufffd\ufffd(",
)
bodies.add(
    "bytes that are no UTF-8 in JSON",
    sends(stream(event(b'{"choices":[{"index":0,"delta":{"content":"He\xffllo"}}]}'), END)),
    "complete",
    text="He\ufffdllo",
)
bodies.add("NULs in a text", sends(_TEXT + b"a\x00b\x00"), "complete", agent={"protocol": "text"}, text="a\x00b\x00")
bodies.add("a BOM before its events", sends(stream(b"\xef\xbb\xbf" + ANSWER)), "complete", text="Hello")
bodies.add(
    "a BOM before each event", sends(stream(b"\xef\xbb\xbf" + HELLO, b"\xef\xbb\xbf" + END)), "error", text="Hello"
)
bodies.add(
    "UTF-16", sends(whole(ANSWER.decode().encode("utf-16"), "text/event-stream")), "error", text="", said="UTF-16"
)
bodies.add(
    "a lone surrogate",
    sends(stream(event(b'{"choices":[{"index":0,"delta":{"content":"a\\ud83d"}}]}'), END)),
    "complete",
    text="a\ufffd",
)
bodies.add("a line of 60 KB", sends(stream(says("x" * 60_000), END)), "complete", text="x" * 60_000)
bodies.add("a line of 2 MiB", sends(whole(says("x" * 2 * MIB) + END, "text/event-stream")), "aborted")
for place in _cuts():
    before = "" if place < len(HELLO) else "Hello"
    bodies.add(f"cut after {place} bytes", sends(CHUNKED + chunk(ANSWER[:place])), "truncated", text=before)
    bodies.add(f"ended after {place} bytes", sends(STREAM + b"\r\n" + ANSWER[:place]), "truncated", text=before)
