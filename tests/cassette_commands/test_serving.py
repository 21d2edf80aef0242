"""`scenario serve`: a recorded agent, for who knows nothing of recordings."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given, strategies as st

import scenario
from scenario.cassette.cassette_file import CassetteFile
from scenario.cassette.interaction import Answer, Conversation, End, Identity, Interaction
from scenario.cassette.serving.changed_pieces import changed
from scenario.cassette.serving.server import Asked, CassetteServer
from scenario.config.cassette import Cassette
from scenario.errors import ConfigurationError
from scenario.exchange import Chunk, HttpRequest
from tests.cassette.runs import told
from tests.cli_run.command import ended, started, typed

_SSE = {"content-type": "text/event-stream"}


def call(body: bytes, *pieces: tuple[float, bytes], end: End | None = None, **answer: Any) -> Interaction:
    """A recorded call of an agent."""
    return Interaction(
        participant="agent",
        request=HttpRequest(url="http://agent.example/chat", headers={}, body=body),
        answer=Answer(**{"status": 200, "headers": _SSE, **answer}),
        chunks=tuple(Chunk(at, data) for at, data in pieces),
        end=end or End(at=pieces[-1][0] if pieces else 0.0),
    )


def conversation(
    *calls: Interaction, name: str = "weather", thread_id: str = "thread_0123456789abcdef"
) -> Conversation:
    """A recorded conversation."""
    return Conversation(identity=Identity(scenario=name), thread_id=thread_id, interactions=calls)


@asynccontextmanager
async def served(*held: Conversation, **settings: Any) -> AsyncIterator[tuple[str, aiohttp.ClientSession, list[Asked]]]:
    """Conversations, served: the address, who asks there, and what was asked."""
    asked: list[Asked] = []
    cassette = Cassette("served", **{"speed": "instant", **settings})
    # The server ends first, as it does for a client that waits; what waits for nothing fails soon.
    async with aiohttp.ClientSession() as session, CassetteServer(held, cassette, tell=asked.append) as server:
        async with asyncio.timeout(20):
            yield server.origin, session, asked


async def test_the_pieces_come_at_their_times() -> None:
    """Scaled; `instant` waits for nothing."""
    one = conversation(call(b"{}", (0.0, b"data: a\n\n"), (20.0, b"data: b\n\n"), (40.0, b"data: c\n\n")))
    now = asyncio.get_running_loop().time
    async with served(one, speed=200) as (url, session, _):
        began = now()
        async with session.post(f"{url}/chat", data=b"{}") as response:
            came = [(data, now() - began) async for data in response.content.iter_any()]
    assert [data for data, _ in came] == [b"data: a\n\n", b"data: b\n\n", b"data: c\n\n"]
    assert came[1][1] >= 0.1
    assert came[2][1] >= 0.2
    async with served(one) as (url, session, _), session.post(f"{url}/chat", data=b"{}") as response:
        assert await response.read() == b"data: a\n\ndata: b\n\ndata: c\n\n"


@pytest.mark.parametrize("headers", [_SSE, _SSE | {"content-length": "90"}])
async def test_what_broke_off_breaks_off(headers: dict[str, str]) -> None:
    """Behind the same bytes, as a transfer that HTTP knows to be cut."""
    cut = call(b"{}", (0.0, b"data: a\n\n"), end=End(how="broken", at=0.0, message="cut"), headers=headers)
    async with served(conversation(cut)) as (url, session, _), session.post(f"{url}/chat", data=b"{}") as response:
        assert await response.content.readany() == b"data: a\n\n"
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_a_silence_is_no_end() -> None:
    """Where the recording ends because its reader waited in vain, the client waits, too; ending the server cuts it."""
    silent = call(b"{}", (0.0, b"data: a\n\n"), end=End(how="idle", at=0.1, message="nothing came for 0.1 s"))
    async with served(conversation(silent)) as (url, session, _):
        response = await session.post(f"{url}/chat", data=b"{}")
        assert await response.content.readany() == b"data: a\n\n"
        reading = asyncio.ensure_future(response.read())
        done, _ = await asyncio.wait([reading], timeout=0.2)
        assert not done
    with pytest.raises(aiohttp.ClientError):
        await asyncio.wait_for(reading, 10)


async def test_what_is_not_recorded_is_a_problem_that_says_what_differs() -> None:
    """501 where the path is known, 404 where it is not; with the nearest call."""
    async with served(conversation(call(b'{"city":"Paris"}'))) as (url, session, asked):
        async with session.post(f"{url}/chat", json={"city": "Rome"}) as response:
            told_ = await response.json()
        assert (response.status, response.content_type) == (501, "application/problem+json")
        assert told_["nearest"] == "call 1 of weather"
        assert told_["differences"] == ["city: 'Rome' here, 'Paris' recorded"]
        for method, path in (("GET", "/chat"), ("POST", "/other")):
            async with session.request(method, f"{url}{path}") as response:
                assert response.status == 404
    assert len(asked) == 3


async def test_each_client_has_its_own_conversation() -> None:
    """Known by the id that it sends, which comes back in the answer; what several say alike is played in turn."""

    def one(name: str) -> Conversation:
        thread = f"thread_{name}"
        greeting = (0.0, b'data: {"thread":"thre'), (0.0, f'ad_{name}"}}\n\n'.encode())
        return conversation(
            call(f'{{"thread":"{thread}","text":"Hi"}}'.encode(), *greeting),
            call(f'{{"thread":"{thread}","text":"Go"}}'.encode(), (0.0, f"data: {name}\n\n".encode())),
            name=name,
            thread_id=thread,
        )

    async def said(url: str, session: aiohttp.ClientSession, thread: str, text: str) -> str:
        async with session.post(f"{url}/chat", json={"thread": thread, "text": text}) as response:
            return await response.text()

    async with served(one("aaaaaaaa"), one("bbbbbbbb")) as (url, session, _):
        assert await said(url, session, "of the one", "Hi") == 'data: {"thread":"of the one"}\n\n'
        assert await said(url, session, "of the other", "Hi") == 'data: {"thread":"of the other"}\n\n'
        assert await said(url, session, "of the other", "Go") == "data: bbbbbbbb\n\n"
        assert await said(url, session, "of the one", "Go") == "data: aaaaaaaa\n\n"


async def test_by_order_whatever_is_said() -> None:
    """The next call of the path; behind the last comes the first."""
    one = conversation(call(b'{"n":1}', (0.0, b"data: 1\n\n")), call(b'{"n":2}', (0.0, b"data: 2\n\n")))
    async with served(one, match="order") as (url, session, _):
        texts = [await (await session.post(f"{url}/chat", data=b"anything")).text() for _ in range(3)]
    assert texts == ["data: 1\n\n", "data: 2\n\n", "data: 1\n\n"]


async def test_pages_of_this_machine_may_ask_and_others_may_not() -> None:
    """By the Origin, and by the Host, which another site can have point here."""
    body = {"data": b"{}"}
    recorded = conversation(call(b"{}", (0.0, b"data: a\n\n"), headers=_SSE | {"x-run": "7"}))
    async with served(recorded) as (
        url,
        session,
        _,
    ):
        ours = {"Origin": "http://localhost:3000"}
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        async with session.options(f"{url}/chat", headers=ours | asked) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Headers"] == "content-type"
        async with session.post(f"{url}/chat", headers=ours, **body) as response:
            assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
            assert response.headers["Access-Control-Expose-Headers"] == "x-run"
        foreign = ({"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"})
        for headers in (*foreign, {"Sec-Fetch-Site": "cross-site"}):
            async with session.post(f"{url}/chat", headers=headers, **body) as response:
                assert response.status == 403
                assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_websocket_is_served(tmp_path: Path) -> None:
    """Turn after turn, as a live run has recorded it; a run against it comes to the same."""

    async def agent(request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        async for message in websocket:
            said = message.json()["messages"][-1]["content"]
            await websocket.send_json({"content": f"You said {said}"})
            await websocket.send_str("[DONE]")
        return websocket

    application = web.Application()
    application.add_routes([web.get("/chat", agent)])
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    path = tmp_path / "a.cassette"
    url = f"ws://127.0.0.1:{runner.addresses[0][1]}/chat"
    live, _ = await told(path, "record", [scenario.RemoteAgent(url)], ["Hi", "Bye"])
    await runner.cleanup()
    async with served(*CassetteFile(path).conversations()) as (origin, _, asked):
        agents = [scenario.RemoteAgent(f"{origin.replace('http', 'ws')}/chat")]
        again, _ = await told(tmp_path / "b.cassette", "off", agents, ["Hi", "Bye"])
    assert [one.text for one in again] == [one.text for one in live] == ["You said Hi", "You said Bye"]
    assert [one.outcome for one in again] == [one.outcome for one in live]
    assert [one.method for one in asked] == ["WS", "WS"]


def test_it_listens_to_this_machine_alone() -> None:
    """Any other address is refused, with the way to do it."""
    with pytest.raises(ConfigurationError, match="ssh -L"):
        CassetteServer([], Cassette("a"), host="0.0.0.0")


async def test_the_command_says_whose_fault_it_is(tmp_path: Path) -> None:
    """No such cassette, none called so, a speed that is none, a cassette without an agent's call."""
    path = tmp_path / "a.cassette"
    CassetteFile(path).replace([conversation(call(b"{}"))])
    empty = tmp_path / "b.cassette"
    CassetteFile(empty).replace([conversation()])
    for arguments, words in (
        ([str(tmp_path / "none")], "There is no cassette"),
        ([str(path), "nobody"], "is called so. There are: weather"),
        ([str(path), "--speed", "fast"], "--speed 'fast'"),
        ([str(empty)], "has a call of an agent"),
    ):
        done = await typed("serve", *arguments)
        assert done.code == 2
        assert words in done.err


async def test_ctrl_c_ends_it_in_good_order(tmp_path: Path) -> None:
    """Also while a client waits; each request was told of on a line, in which nothing is obeyed."""
    path = tmp_path / "a.cassette"
    silent = call(b"{}", (0.0, b"data: a\n\n"), end=End(how="idle", at=0.1))
    CassetteFile(path).replace([conversation(silent, name="weather\x1b[2J")])
    async with started(tmp_path, "serve", str(path)) as process, aiohttp.ClientSession() as session:
        assert process.stdout is not None
        lines = [(await process.stdout.readline()).decode() for _ in range(3)]
        url = re.search(r"POST (http://127\.0\.0\.1:\d+/chat)", lines[1])
        assert url is not None, lines
        async with session.post(url[1], data=b"{}") as response:
            assert await response.content.readany() == b"data: a\n\n"
            process.send_signal(signal.SIGINT)
            done = await ended(process)
    assert done.code == 0, done
    assert done.out.endswith("Ended.\n")
    assert "POST /chat  200  call 1 of weather" in done.out
    assert "\x1b[2J" not in done.out


@given(st.lists(st.binary(max_size=6), max_size=5), st.lists(st.integers(0, 60), max_size=6), st.binary(max_size=20))
def test_names_are_put_whatever_the_cuts(texts: list[bytes], cuts: Sequence[int], rest: bytes) -> None:
    """The body is what it would be in one piece, and there are as many pieces at the same times."""
    body = b"thread_1".join([*texts, rest])
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [Chunk(float(n), body[a:b]) for n, (a, b) in enumerate(pairwise(edges))]
    made = changed(pieces, {"thread_1": "a longer name"})
    assert b"".join(piece.data for piece in made) == body.replace(b"thread_1", b"a longer name")
    assert [piece.at for piece in made] == [piece.at for piece in pieces]
