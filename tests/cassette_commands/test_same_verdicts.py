"""What is served is read as what was recorded, whatever it was."""

from __future__ import annotations

import asyncio
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given, settings, strategies as st

import scenario
from scenario.cassette.cassette_file import CassetteFile
from scenario.cassette.serving.server import CassetteServer
from scenario.config.cassette import Cassette
from scenario.exchange import Exchange
from scenario.testing import ScriptedResponse, ScriptedTransport
from scenario.transport.transport import TransportError
from tests.cassette.runs import told
from tests.cassette.test_a_played_call_is_the_live_one import _EVENTS


def facts(exchange: Exchange) -> dict[str, Any]:
    """What a verdict can go by, but for times and words about the wire."""
    return {
        "status": exchange.status,
        "body": exchange.body,
        # Of plain text each piece is an event, and a connection puts pieces together as it likes.
        "events": [] if exchange.protocol == "text" else [(event.event, event.data) for event in exchange.events],
        "text": exchange.reply.text,
        "outcome": exchange.outcome,
        "broke": exchange.broke,
        "malformed": exchange.malformed,
        "protocol": exchange.protocol,
        "finish": exchange.reply.finish_reason,
    }


@settings(max_examples=25)
@given(
    events=st.lists(_EVENTS, max_size=8),
    cuts=st.lists(st.integers(0, 200), max_size=5),
    is_cut=st.booleans(),
    status=st.sampled_from([200, 200, 201, 429, 500]),
    kind=st.sampled_from(["text/event-stream", "application/json", "text/plain"]),
)
def test_a_run_against_it_is_the_run_that_was_recorded(
    events: list[bytes], cuts: list[int], is_cut: bool, status: int, kind: str
) -> None:
    """Random bodies, cuts and statuses over a real connection: the same bytes, reading and outcome."""
    body = b"".join(events)
    edges = sorted({0, len(body), *(min(cut, len(body)) for cut in cuts)})
    pieces: list[bytes | TransportError] = [body[a:b] for a, b in pairwise(edges)]
    pieces += [TransportError("it broke", kind="broken", at=1.0)] if is_cut else []
    answer = ScriptedResponse(pieces, status=status, headers={"content-type": kind})

    async def both() -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.cassette"

            def agent(url: str, **settings: Any) -> scenario.RemoteAgent:
                made = scenario.RemoteAgent(url, on_incomplete="return", timeout=5, **settings)
                made.learns = False
                return made

            recorded = agent("http://127.0.0.1:9/chat", transport=ScriptedTransport([answer]))
            live, _ = await told(path, "record", [recorded])
            held = CassetteFile(path).conversations()
            async with CassetteServer(held, Cassette("served", speed="instant")) as server:
                again, _ = await told(path, "off", [agent(f"{server.origin}/chat")])
        assert len(live) == 1
        assert [facts(one) for one in again] == [facts(one) for one in live]

    asyncio.run(both())
