"""The lint takes whatever an agent sends."""

from __future__ import annotations

import pytest
from hypothesis import example, given, strategies as st

import scenario
from scenario.errors import AbortedReplyError
from scenario.exchange import Chunk
from scenario.lint.linting import lint
from scenario.lint.sse_scan import scan
from scenario.protocols.registry import DIALECTS
from scenario.reading import read_exchange
from scenario.wire.sse import EventStreamParser
from tests.lint.playing import played
from tests.lint.streams import ag_ui_events, framed, mcp_events, openai_chat, responses_events, vercel_events
from tests.remote.raw_server import CHUNKED, LAST, Connection, RawServer, chunk

PIECES = [
    *openai_chat(), *framed(ag_ui_events()), *framed(vercel_events()), *framed(responses_events()),
    *framed(mcp_events()), b"data", b"data:", b": x", b"id: 1", b"id: 1-2", b"event: ping", b"retry: 9", b"\n", b"\r",
    b"\r\n", b"\xff", b"\xef\xbb\xbf", b"{", b"[1, 2]", b'{"error": 1}', b'{"choices": [1]}', b'{"type": 3}', b"[DONE]",
]  # fmt: skip
NAMES = (b"event", b"id", b"method", b"object", b"error", b"errorCode", b"choices", b"status", b"kind", b"delta")
DOUBLE_ID = b"id: 1\nid: 2\n"
bodies = st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=30)


@example([PIECES[0], DOUBLE_ID, PIECES[1]], "json", "")
@example([PIECES[0], DOUBLE_ID, PIECES[1]], "text", "text/event-stream")
@given(bodies, st.sampled_from(["auto", *DIALECTS]), st.sampled_from(["", "text/event-stream", "application/json"]))
def test_no_body_makes_it_raise(pieces: list[bytes], protocol: str, content_type: str) -> None:
    """Whatever it is read as; and what it finds points at events that are there."""
    chunks = [Chunk(float(number), piece) for number, piece in enumerate(pieces)]
    exchange = read_exchange(chunks, headers={"content-type": content_type}, protocol=protocol)
    for finding in lint(exchange):
        assert finding.event is None or 0 <= finding.event < len(exchange.events)


@pytest.mark.parametrize("kind", ['["error"]', '{"error": 1}', "3", "null", "true"])
@pytest.mark.parametrize("protocol", ["auto", *DIALECTS])
def test_a_type_that_is_no_text_does_not_make_it_raise(protocol: str, kind: str) -> None:
    """Nor a name of another kind: a run's record is made of what the lint finds."""
    body = b"".join(b'data: {"type": %s, "%s": %s}\n\n' % (kind.encode(), name, kind.encode()) for name in NAMES)
    exchange = read_exchange([Chunk(0.1, body)], headers={"content-type": "text/event-stream"}, protocol=protocol)
    for finding in lint(exchange):
        assert finding.event is None or 0 <= finding.event < len(exchange.events)


async def test_where_a_limit_ended_the_reading_no_event_is_named_that_was_not_read() -> None:
    """The fault is told all the same: its bytes have come."""
    large = b'data: {"content": "' + b"x" * 5000 + b'"}\n\n'

    async def sends_too_much(connection: Connection) -> None:
        await connection.send(CHUNKED + chunk(b'data: {"content": "Hi"}\n\n' + DOUBLE_ID + large) + LAST)

    async with RawServer(sends_too_much) as server:
        with pytest.raises(AbortedReplyError) as caught:
            await played(scenario.RemoteAgent(server.url, max_event_bytes=2000))
    exchange = caught.value.exchange
    assert exchange is not None
    found = [finding.event for finding in lint(exchange) if finding.rule == "L28"]
    assert (len(exchange.events), found) == (1, [None])


@given(bodies)
def test_blocks_and_events_are_those_of_the_parser(pieces: list[bytes]) -> None:
    """The scan of the lines numbers as many events as a reader dispatches."""
    body = b"".join(pieces)
    found = scan(body)
    events = EventStreamParser().feed(body)
    numbers = [block.event for block in found.blocks if block.event is not None]
    assert found.plain or numbers == list(range(len(events)))
