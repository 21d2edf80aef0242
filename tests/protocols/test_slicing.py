"""How a body is cut makes no difference to the reply, whatever its dialect."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from scenario.exchange import Chunk
from scenario.protocols.protocol import Head
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.received_events import as_list
from scenario.types import Reply


def events(*values: Any) -> bytes:
    """An event stream of these JSON values; bytes are data as it is."""
    return b"".join(
        b"data: " + (one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n\n" for one in values
    )


def delta(**fields: Any) -> dict[str, Any]:
    """A chunk whose choice 0 has this delta."""
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": fields}]}


LINES = b'{"type":"token","content":"It is "}\n{"type":"token","content":"18 \xc2\xb0C."}\n{"type":"end"}\n'
BODIES = {
    "openai-chat": (
        "text/event-stream",
        events(
            delta(role="assistant", content=""),
            delta(content="Grüße 🌦"),
            delta(reasoning_content="hm"),
            delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x"'}}]),
            b'{"choices": [',
            delta(tool_calls=[{"index": 0, "function": {"arguments": ": 1}"}}]),
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            b"[DONE]",
        ),
    ),
    "openai-chat, truncated": ("text/event-stream", events(delta(content="Hi")) + b'data: {"cho'),
    "a whole completion": (
        "application/json",
        b'{"object":"chat.completion","choices":[{"message":{"content":"\xf0\x9f\x8c\xa6"},"finish_reason":"stop"}]}',
    ),
    "anthropic": (
        "text/event-stream",
        events(
            {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 3}}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hé"}},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
            {"type": "message_stop"},
        ),
    ),
    "home-made events": (
        "text/event-stream",
        events({"status": 1}, {"content": "It is "}, {"content": "18 °C."}, b"[DONE]"),
    ),
    "home-made, unknown at first": (
        "text/event-stream",
        events({"a": 1}, {"a": 2}, {"a": 3}, {"text": "x"}, {"text": "y"}),
    ),
    "pings, and then anything": (
        "text/event-stream",
        b'data: {"type": "ping"}\n\n' * 6 + events({"a": 1}, {"type": "ping"}, {"a": 2}, {"text": "x"}, {"a": 3}),
    ),
    "raw text events": ("text/event-stream", b"data: It\n\ndata:  is\n\ndata: {\n\ndata: 18\n\n"),
    "no content type": (
        "",
        b'\xef\xbb\xbf: ping\r\n\r\nevent: token\r\ndata: "Hi"\r\n\r\nevent: done\r\ndata: {}\r\n\r\n',
    ),
    "lines": ("application/x-ndjson", LINES),
    "lines without a content type": ("", LINES),
    "lines that call themselves JSON": ("application/json", LINES),
    "json": ("application/json", b'{\n "answer": "18 \xc2\xb0C"\n}'),
    "JSON that calls itself events": ("text/event-stream", b'\xef\xbb\xbf{\n "answer": "18 \xc2\xb0C"\n}'),
    "lines that call themselves events": ("text/event-stream", LINES),
    "events that call themselves lines": ("application/x-ndjson", events({"content": "It is "}, {"content": "18."})),
    "JSON that is cut": ("", b'{\n "answer": "18 \xc2'),
    "text": ("text/plain; charset=utf-8", "Grüße: 18 °C 🌦".encode()),
    "text that begins as data does": ("text/plain", b"database: fine"),
    "a page": ("text/html", b"<!DOCTYPE html><html><body>no</body></html>"),
    "a page that says it is text": ("text/plain", b"  <html><body>no</body></html>"),
    "nothing": ("text/event-stream", b""),
}


def read(content_type: str, pieces: list[bytes], protocol: str = "auto") -> tuple[Reply, str, str]:
    """The reply of these pieces, its dialect, and all text that was told of on the way."""
    headers = {"content-type": content_type} if content_type else {}
    reception = Reception(Head(headers=headers), ReceptionOptions(protocol=protocol))
    told = "".join([reception.feed(Chunk(0.0, one)) for one in pieces])
    reply = reception.finish(clean=True)
    return reply, reception.reason, told + reception.late_text


@pytest.mark.parametrize("name", BODIES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_slices_make_no_difference(name: str, data: st.DataObject) -> None:
    """Any cuts give the reply of the body in one piece, decided for the same reason."""
    content_type, body = BODIES[name]
    cuts = sorted(data.draw(st.sets(st.integers(0, len(body)), max_size=12)))
    bounds = [0, *cuts, len(body)]
    pieces = [body[start:end] for start, end in pairwise(bounds)]
    one, why, told = read(content_type, [body])
    sliced, sliced_why, sliced_told = read(content_type, pieces)
    # Text has no events of its own: its pieces are.
    one.events = sliced.events if one.protocol == "text" else one.events
    assert (sliced, sliced_why, sliced_told) == (one, why, told)


@pytest.mark.parametrize("name", BODIES)
def test_one_byte_at_a_time(name: str) -> None:
    """The finest cut of all."""
    content_type, body = BODIES[name]
    one, why, told = read(content_type, [body])
    bytewise, bytewise_why, bytewise_told = read(content_type, [body[at : at + 1] for at in range(len(body))])
    one.events = bytewise.events if one.protocol == "text" else one.events
    assert (bytewise, bytewise_why, bytewise_told) == (one, why, told)


@pytest.mark.parametrize("name", BODIES)
def test_what_is_told_on_the_way_is_the_text(name: str) -> None:
    """The pieces that an observer is told of add up to the reply's text."""
    content_type, body = BODIES[name]
    reply, _, told = read(content_type, [body])
    assert told == reply.text


@settings(max_examples=300, deadline=None)
@given(
    body=st.binary(max_size=300),
    content_type=st.sampled_from(["", "text/event-stream", "application/json", "text/plain"]),
)
def test_no_bytes_can_break_the_reading(body: bytes, content_type: str) -> None:
    """Whatever an agent sends, there is a reply, and it says whether it is whole."""
    reply, _, told = read(content_type, [body])
    assert reply.complete == (reply.outcome == "complete")
    assert told == reply.text or reply.outcome == "error"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "choices",
                    "delta",
                    "content",
                    "text",
                    "type",
                    "error",
                    "message",
                    "tool_calls",
                    "index",
                    "function",
                    "name",
                    "arguments",
                    "id",
                    "usage",
                    "data",
                    "done",
                    "finish_reason",
                    "content_block",
                    "role",
                    "messages",
                    "input",
                    "event",
                    "output",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("protocol", ["auto", "sse", "openai-chat", "anthropic", "ndjson", "json", "text"])
@settings(max_examples=150, deadline=None)
@given(values=st.lists(_JSON, max_size=5))
def test_no_json_can_break_a_dialect(protocol: str, values: list[Any]) -> None:
    """Values of any shape at any place give a reply that can be written down."""
    reply, _, _ = read("text/event-stream", [events(*values)], protocol)
    msgspec.json.encode(reply, enc_hook=as_list)
