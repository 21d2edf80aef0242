"""The live page's server: whom it answers, and what."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from scenario.errors import ConfigurationError
from scenario.store.writer import StoreWriter
from scenario.viewer.server import ViewerServer
from scenario.wire.sse import EventStreamParser
from tests.report.run_events import weather_run
from tests.viewer.conftest import Recorded

TOKEN = "a-token-of-the-test"  # noqa: S105 - it opens nothing but this test's server
KNOWN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def server(recorded: Recorded) -> AsyncIterator[ViewerServer]:
    """The server of the recorded store."""
    async with ViewerServer(recorded.store, token=TOKEN) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that nobody steers."""
    async with aiohttp.ClientSession() as http:
        yield http


async def _json(http: aiohttp.ClientSession, server: ViewerServer, path: str) -> Any:
    async with http.get(f"{server.origin}/api/{path}", headers=KNOWN) as response:
        assert response.status == 200, await response.text()
        return await response.json()


@pytest.mark.parametrize(
    "path", ["invocations", "scenarios", "scenarios/x", "overview", "compare?before=a&after=b", "events"]
)
@pytest.mark.parametrize("given", [None, "Bearer ", "Bearer wrong", f"Basic {TOKEN}", f"Bearer  {TOKEN}", TOKEN, "é"])
async def test_data_needs_the_token(
    server: ViewerServer, http: aiohttp.ClientSession, path: str, given: str | None
) -> None:
    """Without the token, or with another one, nothing that is stored is told."""
    headers = {} if given is None else {"Authorization": given}
    async with http.get(f"{server.origin}/api/{path}", headers=headers) as response:
        assert response.status == 401
        assert set(await response.json()) == {"error"}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", ""])
async def test_a_foreign_host_is_refused(server: ViewerServer, http: aiohttp.ClientSession, host: str) -> None:
    """A name that was made to resolve to this machine is not answered, token or not: neither the page nor data."""
    port = server.origin.rpartition(":")[2]
    for path in ("/", "/api/scenarios"):
        async with http.get(server.origin + path, headers={**KNOWN, "Host": host.format(port=port)}) as response:
            assert response.status in (400, 403)
            assert "Scenario</title>" not in await response.text()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", ""])
async def test_a_foreign_origin_is_refused(server: ViewerServer, http: aiohttp.ClientSession, origin: str) -> None:
    """A page of another site gets no answer, even where it knew the token."""
    async with http.get(f"{server.origin}/api/scenarios", headers={**KNOWN, "Origin": origin}) as response:
        assert response.status == 403


async def test_requests_that_another_site_caused_are_refused(server: ViewerServer, http: aiohttp.ClientSession) -> None:
    """What the browser says was caused by another site is not answered."""
    for path in ("/", "/api/scenarios"):
        async with http.get(server.origin + path, headers={**KNOWN, "Sec-Fetch-Site": "cross-site"}) as response:
            assert response.status == 403


async def test_its_own_origin_is_answered(server: ViewerServer, http: aiohttp.ClientSession) -> None:
    """The page itself, under either name of loopback, is answered."""
    port = server.origin.rpartition(":")[2]
    for name in ("127.0.0.1", "localhost"):
        own = {"Host": f"{name}:{port}", "Origin": f"http://{name}:{port}", "Sec-Fetch-Site": "same-origin"}
        async with http.get(f"{server.origin}/api/overview", headers={**KNOWN, **own}) as response:
            assert response.status == 200


async def test_it_listens_on_loopback_alone(server: ViewerServer) -> None:
    """Other machines cannot even connect."""
    assert server.address.startswith("http://127.0.0.1:")
    port = int(server.origin.rpartition(":")[2])
    with pytest.raises(OSError):
        await asyncio.wait_for(asyncio.open_connection("127.0.0.2", port), 2)


async def test_every_answer_carries_the_policy(server: ViewerServer, http: aiohttp.ClientSession) -> None:
    """The policy, and that types are not guessed, stands on every answer, refusals too."""
    for path in ("/", "/api/overview", "/nothing", "/api/scenarios/none"):
        async with http.get(server.origin + path, headers=KNOWN) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/assets/app.js", "/favicon.ico"])
async def test_no_file_is_served(server: ViewerServer, http: aiohttp.ClientSession, path: str) -> None:
    """There is one page, and no way to a file."""
    async with http.get(f"{server.origin}{path}") as response:
        assert response.status == 404


async def test_only_reading_is_possible(server: ViewerServer, http: aiohttp.ClientSession) -> None:
    """No method changes anything."""
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        async with http.request(method, f"{server.origin}/api/scenarios", headers=KNOWN) as response:
            assert response.status == 405


async def test_the_token_is_in_the_fragment_which_is_never_sent(server: ViewerServer) -> None:
    """What the browser is opened with has the token where no request and no log shows it."""
    assert server.address == f"{server.origin}/#token={TOKEN}"


@pytest.mark.parametrize(
    "path", ["scenarios?status=fine", "scenarios?before=x", "invocations?before=-1", "scenarios/none", "events?after=²"]
)
async def test_odd_questions_get_an_answer_that_says_so(
    server: ViewerServer, http: aiohttp.ClientSession, path: str
) -> None:
    """A question that makes no sense, or asks for what is not there, is told what is wrong."""
    async with http.get(f"{server.origin}/api/{path}", headers=KNOWN) as response:
        assert response.status == 404
        assert (await response.json())["error"]


async def test_rows_are_paged_filtered_and_searched(server: ViewerServer, http: aiohttp.ClientSession) -> None:
    """Pages meet without a gap; a status, a text, a criterion and words of a conversation each narrow them."""
    names, cursor = [], ""
    while cursor is not None:
        page = await _json(http, server, f"scenarios?limit=3&before={cursor}")
        names += [row["name"] for row in page["rows"]]
        cursor = page["next"]
    assert len(names) == len(set(names)) == 12

    async def found(query: str) -> list[str]:
        return [row["name"] for row in (await _json(http, server, f"scenarios?{query}"))["rows"]]

    assert [len(await found(f"status={one}")) for one in ("failed", "undecided", "invalid")] == [5, 1, 1]
    assert await found("text=hiccup") == ["A stream with a hiccup"]
    assert await found("criterion=The agent asks which unit is wanted") == ["Weather in Paris, unit not given"]
    assert await found("search=miradouro") == ["Two days in Lisbon"]
    assert await found("search=miradouro&status=failed") == []


async def test_a_search_goes_on_to_its_end_whatever_else_is_filtered(
    server: ViewerServer, http: aiohttp.ClientSession, recorded: Recorded
) -> None:
    """Page by page, a search finds the runs that hold the words and pass the filters, and no other."""
    wanted = {one.row.name for one in recorded.accounts if any("Paris" in said.text for said in one.messages)}

    async def found(filters: str) -> set[str]:
        names, cursor = set(), ""
        while cursor is not None:
            page = await _json(http, server, f"scenarios?search=paris&limit=1{filters}&before={cursor}")
            names |= {row["name"] for row in page["rows"]}
            cursor = page["next"]
        return names

    assert len(wanted) > 2
    assert await found("") == wanted
    assert await found("&text=unit") == {"Weather in Paris, unit not given"}
    assert await found("&status=failed&text=two") == set()
    assert await found("&criterion=The agent asks which unit is wanted") == {"Weather in Paris, unit not given"}


async def test_the_overview_counts_what_the_rows_show(server: ViewerServer, http: aiohttp.ClientSession) -> None:
    """The figures of the store are those of its runs."""
    figures = await _json(http, server, "overview")
    counted = [figures[one] for one in ("runs", "passed", "failed", "undecided", "invalid")]
    assert counted == [12, 5, 5, 1, 1]
    assert figures["faults"] == {"judge": 1}
    assert figures["ttft"]["count"] > 0
    assert {"criterion": "The agent asks which unit is wanted", "passed": 0, "failed": 1, "inconclusive": 0} in figures[
        "criteria"
    ]


async def test_a_run_is_told_in_full(server: ViewerServer, http: aiohttp.ClientSession, recorded: Recorded) -> None:
    """The stored account says what the run's own account says, streams and deadlines included."""
    run = next(one for one in recorded.accounts if "falls silent" in one.row.name)
    told = await _json(http, server, f"scenarios/{run.row.id}")
    assert told["streams"][0]["outcome"] == "stalled"
    assert told["streams"][0]["deadlines"]["idle"] == 0.25
    assert len(told["streams"][0]["events"]) == len(run.streams[0].events)
    assert "sk-1234" not in json.dumps(told)


async def test_what_happens_in_the_store_is_streamed(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    """A run that is recorded while a page listens is told to it, in events that its own parser reads."""
    with StoreWriter(tmp_path) as writer:
        writer.prepare()
        async with (
            ViewerServer(tmp_path, token=TOKEN) as server,
            http.get(f"{server.origin}/api/events", headers=KNOWN) as response,
        ):
            assert response.content_type == "text/event-stream"
            parser = EventStreamParser()
            heard: list[Any] = []
            for event in weather_run():
                writer(event)
            async with asyncio.timeout(10):
                while not any(row["status"] == "failed" for row in heard):
                    for event in parser.feed(await response.content.readany()):
                        heard += json.loads(event.data) if event.event == "changed" else []
            assert heard[-1]["name"] == "weather"
            assert heard[-1]["unmet"]


async def test_stopping_ends_open_streams(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    """The server does not wait for those who listen: their streams end when it does."""
    with StoreWriter(tmp_path) as writer:
        writer.prepare()
        server = ViewerServer(tmp_path, token=TOKEN)
        await server.__aenter__()
        async with http.get(f"{server.origin}/api/events", headers=KNOWN) as response:
            await response.content.readany()
            async with asyncio.timeout(5):
                await server.__aexit__(None, None, None)
                assert await response.content.read() == b""


async def test_a_port_that_is_taken_is_named(recorded: Recorded, server: ViewerServer) -> None:
    """The error says which port, and what to do."""
    port = int(server.origin.rpartition(":")[2])
    with pytest.raises(ConfigurationError, match=f"Port {port} .* --port"):
        await ViewerServer(recorded.store, port=port).__aenter__()


async def test_a_store_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The error says where it was looked for."""
    with pytest.raises(ConfigurationError, match="There is no store at"):
        await ViewerServer(tmp_path / "nowhere").__aenter__()
