"""A call that is played is what it was when it was recorded: events, reply, timing, outcome and lint."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings, strategies as st

import scenario
from scenario.testing import ScriptedResponse, ScriptedTransport
from scenario.transport.transport import TransportError
from tests.cassette.runs import differences, told

_KINDS = ("connect", "first_byte", "idle", "total", "broken", "protocol", "coding", "closed", "doubled")
_WORDS = st.text(st.characters(codec="utf-8"), max_size=12)


def _event(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


_EVENTS = st.one_of(
    _WORDS.map(lambda text: _event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})),
    _WORDS.map(lambda text: _event({"content": text})),
    st.sampled_from(
        [
            b"data: [DONE]\n\n",
            b": keep-alive\n\n",
            b'event: error\ndata: {"error": "overloaded"}\n\n',
            b'data: {"content":\n\n',
            b"id: 7\nevent: message\ndata: plain text\n\n",
            _event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
            _event({"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}),
            "data: żółć 🌦\r\n\r\n".encode(),
        ]
    ),
    st.binary(max_size=8),
)


@st.composite
def _responses(draw: st.DrawFn) -> ScriptedResponse | TransportError:
    if draw(st.integers(0, 9)) == 0:
        return TransportError("no connection", kind=draw(st.sampled_from(_KINDS)), at=draw(st.sampled_from([0.0, 2.5])))
    body = b"".join(draw(st.lists(_EVENTS, max_size=8)))
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=6)))
    pieces: list[bytes | TransportError] = [
        body[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(body)], strict=True) if begin < end
    ]
    if draw(st.integers(0, 3)) == 0:
        pieces.append(TransportError("it broke", kind=draw(st.sampled_from(_KINDS)), at=9.0))
    return ScriptedResponse(
        pieces,
        status=draw(st.sampled_from([200, 200, 200, 201, 429, 500])),
        headers={"content-type": draw(st.sampled_from(["text/event-stream", "application/json", "text/plain", ""]))},
        # What waits for more behind an end waits by the loop's clock, which this transport does not move.
        seconds=draw(st.sampled_from([0.0, 0.013, 0.1])),
    )


@settings(max_examples=60)
@given(
    script=st.lists(_responses(), min_size=1, max_size=3),
    options=st.fixed_dictionaries(
        {
            "on_incomplete": st.sampled_from(["raise", "return"]),
            "malformed": st.sampled_from(["error", "skip"]),
            "done": st.sampled_from([None, True, False]),
            "max_body_bytes": st.sampled_from([1024 * 1024, 150]),
            "protocol": st.sampled_from(["auto", "openai-chat", "sse"]),
        }
    ),
)
def test_whatever_came_in_whatever_pieces(script: list[Any], options: dict[str, Any]) -> None:
    """Random bodies, cuts, times, statuses and breaks, read in random ways."""

    async def both() -> None:
        with tempfile.TemporaryDirectory() as folder:
            path, lines = Path(folder) / "a.cassette", [f"line {number}" for number in range(len(script))]

            def agent(transport: Any) -> scenario.RemoteAgent:
                made = scenario.RemoteAgent("http://agent.test/chat", transport=transport, **options)
                made.learns = False
                return made

            live, live_end = await told(path, "record", [agent(ScriptedTransport(script))], lines)
            played, played_end = await told(path, "replay", [agent(ScriptedTransport([]))], lines)
            again, again_end = await told(path, "replay", [agent(ScriptedTransport([]))], lines)
        assert not differences(live, played)
        assert not differences(live, again)
        assert again_end == played_end
        if not live_end.startswith("{"):
            assert played_end == live_end

    asyncio.run(both())
