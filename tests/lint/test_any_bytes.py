"""The lint takes whatever an agent sends."""

from __future__ import annotations

from hypothesis import given, strategies as st

from scenario.exchange import Chunk
from scenario.lint.linting import lint
from scenario.lint.sse_scan import scan
from scenario.protocols.registry import DIALECTS
from scenario.reading import read_exchange
from scenario.wire.sse import EventStreamParser
from tests.lint.streams import ag_ui_events, framed, mcp_events, openai_chat, responses_events, vercel_events

PIECES = [
    *openai_chat(), *framed(ag_ui_events()), *framed(vercel_events()), *framed(responses_events()),
    *framed(mcp_events()), b"data", b"data:", b": x", b"id: 1", b"id: 1-2", b"event: ping", b"retry: 9", b"\n", b"\r",
    b"\r\n", b"\xff", b"\xef\xbb\xbf", b"{", b"[1, 2]", b'{"error": 1}', b'{"choices": [1]}', b'{"type": 3}', b"[DONE]",
]  # fmt: skip
bodies = st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=30)


@given(bodies, st.sampled_from(["auto", *DIALECTS]), st.sampled_from(["", "text/event-stream", "application/json"]))
def test_no_body_makes_it_raise(pieces: list[bytes], protocol: str, content_type: str) -> None:
    """Whatever it is read as; and what it finds points at events that are there."""
    chunks = [Chunk(float(number), piece) for number, piece in enumerate(pieces)]
    exchange = read_exchange(chunks, headers={"content-type": content_type}, protocol=protocol)
    for finding in lint(exchange):
        assert finding.event is None or 0 <= finding.event < len(exchange.events)


@given(bodies)
def test_blocks_and_events_are_those_of_the_parser(pieces: list[bytes]) -> None:
    """The scan of the lines numbers as many events as a reader dispatches."""
    body = b"".join(pieces)
    found = scan(body)
    events = EventStreamParser().feed(body)
    numbers = [block.event for block in found.blocks if block.event is not None]
    assert found.plain or numbers == list(range(len(events)))
