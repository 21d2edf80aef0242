"""Event streams that keep to the letter of the standard, or do not, to wear a reader out."""

from __future__ import annotations

from typing import Final

from tests.hostile.behaviour import MAX_BODY_BYTES, SHORT, Kind, holds, repeats, sends, stream
from tests.hostile.events import ANSWER, DONE, END, HELLO, event, says
from tests.remote.raw_server import CHUNKED, STREAM, chunk

_TINY: Final = b"data:x\n\n"

streams = Kind("stream")

streams.add("comments for ever", repeats(CHUNKED, chunk(b": still here\n\n"), every=0.01), "timed_out", timeouts=SHORT)
streams.add(
    "comments as fast as it can", repeats(CHUNKED, chunk(b": still here\n\n" * 500)), "aborted", said="max_body_bytes"
)
streams.add("blank lines as fast as it can", repeats(CHUNKED, chunk(b"\n" * 8192)), "aborted", said="max_body_bytes")
streams.add(
    "blank lines for ever, after an answer",
    repeats(CHUNKED + chunk(ANSWER), chunk(b"\n"), every=0.01),
    "complete",
    text="Hello",
    agent={"linger": 0.1},
)
streams.add(
    "30,000 tiny events",
    sends(STREAM + b"\r\n" + _TINY * (MAX_BODY_BYTES // len(_TINY) - 8) + DONE),
    "complete",
    agent={"protocol": "sse"},
)
streams.add(
    "tiny events for ever",
    repeats(STREAM + b"\r\n", _TINY * 500),
    "aborted",
    said="max_body_bytes",
    agent={"protocol": "sse"},
)
streams.add("empty data, 20,000 times", sends(stream(b"data\n\n" * 20_000, ANSWER)), "complete", text="Hello")
streams.add("10,000 lines in one event", sends(stream(b"data:\n" * 10_000 + b"\n", ANSWER)), "complete", text="Hello")
streams.add(
    "lines of an event for ever", repeats(STREAM + b"\r\n", b"data: x\n" * 500), "aborted", said="max_event_bytes"
)
streams.add(
    "an event's name of 60 KB", sends(stream(b"event: " + b"n" * 60_000 + b"\n" + HELLO, END)), "complete", text="Hello"
)
streams.add("an event's name of 100 KB", sends(stream(b"event: " + b"n" * 100_000 + b"\n" + HELLO, END)), "aborted")
streams.add(
    "10,000 names of events",
    sends(stream(*(b"event: n%d\ndata: {}\n\n" % i for i in range(10_000)), ANSWER)),
    "complete",
    text="Hello",
)
streams.add(
    "4,000 fields that there are not",
    sends(stream(b"".join(b"x%d: y\n" % i for i in range(4_000)), ANSWER)),
    "complete",
    text="Hello",
)
streams.add("an id with a NUL", sends(stream(b"id: a\x00b\n" + HELLO, END)), "complete", text="Hello")
streams.add("an id with commands", sends(stream(b"id: \x1b]0;owned\x07\n" + HELLO, END)), "complete", text="Hello")
streams.add(
    "a retry of ten to the thirtieth",
    sends(stream(b"retry: 1" + b"0" * 30 + b"\n" + HELLO, END)),
    "complete",
    text="Hello",
)
streams.add(
    "a retry of 10,000 digits", sends(stream(b"retry: " + b"9" * 10_000 + b"\n" + HELLO, END)), "complete", text="Hello"
)
streams.add("a retry below zero", sends(stream(b"retry: -1\n" + HELLO, END)), "complete", text="Hello")
streams.add("line ends of all kinds", sends(stream(ANSWER.replace(b"\n\n", b"\r\n\r"))), "complete", text="Hello")
streams.add("CR alone", sends(stream(ANSWER.replace(b"\n", b"\r"))), "complete", text="Hello")
streams.add("an end that no blank line ends", sends(stream(HELLO, DONE[:-1])), "complete", text="Hello")
streams.add("1,000 ends", sends(stream(HELLO, END * 1000)), "complete", text="Hello")
streams.add("an end in the middle", sends(stream(HELLO, END, says(" and more"))), "truncated")
streams.add(
    "an error after the end",
    sends(stream(ANSWER, event({"error": {"message": "out of memory"}}))),
    "error",
    said="out of memory",
)
streams.add("an error without a word", sends(stream(HELLO, event({"error": {}}))), "truncated", text="Hello")
streams.add(
    "an error of 50 KB",
    sends(stream(HELLO, event({"error": {"message": "\x1b[2J" + "A" * 50_000}}))),
    "error",
    said="\\x1b[2JAAA",
)
streams.add(
    "a page among the events",
    sends(stream(HELLO, b"<html><title>502 Bad Gateway</title></html>\n\n")),
    "error",
    said="502 Bad Gateway",
)
streams.add(
    "a traceback among the events",
    sends(stream(HELLO, b'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: no\n\n')),
    "truncated",
    text="Hello",
)
streams.add("words where JSON is due", sends(stream(HELLO, event(b"{broken"), END)), "error")
streams.add("silence after the end", holds(CHUNKED + chunk(ANSWER)), "complete", text="Hello", agent={"linger": 0.1})
