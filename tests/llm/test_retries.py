"""What is tried again, how often and when: against a server that fails as it is told."""

from __future__ import annotations

import asyncio

import pytest

from scenario.config import Timeouts
from scenario.errors import ModelResponseError, ModelUnreachableError
from scenario.exchange import HttpRequest
from scenario.testing import ModelServer, ScriptedResponse, ScriptedTransport
from scenario.transport.limiting import LimitedTransport
from scenario.transport.retrying import RetryingTransport, retry_after
from scenario.transport.transport import TransportError
from tests.llm.asking import QUESTION, Waits, model_at

REQUEST = HttpRequest(url="http://127.0.0.1:1/")


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 529])
async def test_transient_status_is_tried_again(status: int) -> None:
    """A status that may pass is answered by another try."""
    waits = Waits()
    async with ModelServer(["at last"], statuses=[status, status]) as server:
        completion = await model_at(server, waits=waits).complete(QUESTION)
    assert completion.reply.text == "at last"
    assert waits.seconds == [0.5, 1.0]


async def test_three_attempts_at_the_most() -> None:
    """The third failure is final, and is shown with the server's words."""
    async with ModelServer(statuses=[500] * 10) as server:
        with pytest.raises(ModelResponseError, match=r"HTTP 500.*told to answer") as failed:
            await model_at(server).complete(QUESTION)
        assert len(server.requests) == 3
    assert failed.value.status == 500


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 501])
async def test_final_status_is_tried_once(status: int) -> None:
    """A status that another try cannot change is not tried again."""
    async with ModelServer(statuses=[status]) as server:
        with pytest.raises(ModelResponseError, match=f"HTTP {status}"):
            await model_at(server).complete(QUESTION)
        assert len(server.requests) == 1


async def test_retry_after_is_obeyed() -> None:
    """The server says how long to wait."""
    waits = Waits()
    async with ModelServer(["now"], statuses=[429], retry_after="7") as server:
        await model_at(server, waits=waits).complete(QUESTION)
    assert waits.seconds == [7.0]


def test_a_gateways_name_for_the_header_is_known() -> None:
    """LiteLLM hands on what its upstream asks for under another name; the server's own word goes first."""
    assert retry_after({"llm_provider-retry-after": "2"}, now=0.0) == 2.0
    assert retry_after({"retry-after": "7", "llm_provider-retry-after": "2"}, now=0.0) == 7.0


async def test_a_wait_without_end_is_not_waited() -> None:
    """Who asks for an hour is not asked again."""
    waits = Waits()
    async with ModelServer(statuses=[429], retry_after="3600") as server:
        with pytest.raises(ModelResponseError, match="HTTP 429"):
            await model_at(server, waits=waits).complete(QUESTION)
    assert waits.seconds == []


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        (" 1.5 ", 1.5),
        ("-4", 0.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 40.0),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        ("", None),
    ],
)
def test_retry_after_is_read(header: str, seconds: float | None) -> None:
    """Seconds and dates are understood, everything else is ignored."""
    assert retry_after({"retry-after": header}, now=60.0) == seconds


async def test_a_dead_server_is_unreachable() -> None:
    """No connection, three times: the error says where, and is a model's."""
    waits = Waits()
    async with ModelServer() as server:
        model = model_at(server, waits=waits)
    with pytest.raises(ModelUnreachableError, match=r"127\.0\.0\.1:\d+: no connection could be made"):
        await model.complete(QUESTION)
    assert len(waits.seconds) == 2


async def test_a_broken_body_is_tried_again() -> None:
    """A body that breaks is a failure of the connection, although the status was fine."""
    broken = ScriptedResponse([b"half", TransportError("reset", kind="broken")])
    inner = ScriptedTransport([broken, ScriptedResponse(b"whole")])
    transport = RetryingTransport(inner, sleep=Waits())
    async with transport.open(REQUEST, timeouts=Timeouts()) as response:
        assert [chunk.data async for chunk in response.chunks()] == [b"whole"]


async def test_a_deadline_is_not_tried_again() -> None:
    """What took too long once would take too long again."""
    inner = ScriptedTransport([TransportError("late", kind="total"), ScriptedResponse(b"never")])
    with pytest.raises(TransportError, match="late"):
        async with RetryingTransport(inner, sleep=Waits()).open(REQUEST, timeouts=Timeouts()):
            pass
    assert len(inner.requests) == 1


async def test_an_endless_body_is_given_up() -> None:
    """No more is kept than the limit allows."""
    inner = ScriptedTransport([ScriptedResponse([b"x" * 60, b"x" * 60])])
    with pytest.raises(TransportError, match="longer than 100 bytes"):
        async with RetryingTransport(inner, max_bytes=100).open(REQUEST, timeouts=Timeouts()):
            pass


async def test_no_more_requests_at_once_than_allowed() -> None:
    """With two places, a third request waits until one is free."""
    inner = ScriptedTransport([ScriptedResponse(b"")] * 3)
    transport = LimitedTransport(inner, at_once=2)
    release = asyncio.Event()
    inside = 0

    async def one() -> None:
        nonlocal inside
        async with transport.open(REQUEST, timeouts=Timeouts()):
            inside += 1
            await release.wait()

    tasks = [asyncio.create_task(one()) for _ in range(3)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert inside == 2
    release.set()
    await asyncio.gather(*tasks)
    assert inside == 3


async def test_two_transports_share_the_places_of_a_server() -> None:
    """The limit is the server's, however many participants talk to it; another server has its own."""
    first = LimitedTransport(ScriptedTransport([ScriptedResponse(b"")]), at_once=1)
    second = LimitedTransport(ScriptedTransport([ScriptedResponse(b""), ScriptedResponse(b"")]), at_once=1)
    async with first.open(REQUEST, timeouts=Timeouts()):
        waiting = asyncio.create_task(_opened(second, REQUEST))
        elsewhere = asyncio.create_task(_opened(second, HttpRequest(url="http://127.0.0.1:2/")))
        await elsewhere
        assert not waiting.done()
    await waiting


async def test_cancelling_a_call_ends_it_and_frees_its_place() -> None:
    """A call that waits for a server can be cancelled, and the next one finds the place free."""
    asked, never = asyncio.Event(), asyncio.Event()

    async def hang(body: dict[str, object]) -> str:
        asked.set()
        await never.wait()
        return str(body)

    async with ModelServer(hang) as server:
        call = asyncio.create_task(model_at(server).complete(QUESTION))
        await asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        never.set()
        assert (await model_at(server).complete(QUESTION)).reply.text


async def _opened(transport: LimitedTransport, request: HttpRequest) -> None:
    async with transport.open(request, timeouts=Timeouts()):
        pass
