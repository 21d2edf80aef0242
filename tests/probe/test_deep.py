"""Rules that need more requests: each is broken by a server of its own, and holds at one like it."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web

from scenario.probe.deep import MOST_REQUESTS, Deepened, deepened
from scenario.probe.shape import Shape
from scenario.probe.target import Target, checked
from tests.probe.agents import HEADERS, Agents, Handler, Memory, body_of, events

SHAPE = Shape(why="known", request={"message": "$message", "thread": "$thread_id"})
STATELESS = Shape(why="known", request={"messages": "$messages"})
AG_UI = Shape(why="known", protocol="ag-ui")


async def looked_at(handler: Handler, shape: Shape = SHAPE, *, get: Handler | None = None) -> Deepened:
    """What more requests show of an agent."""
    async with Agents({"/chat": handler}, {"/chat": get} if get is not None else None) as server:
        found = await deepened(checked(Target(url=f"{server.url}/chat")), shape)
        assert len(server.asked) <= MOST_REQUESTS
    return found


def told(found: Deepened) -> list[tuple[str, str]]:
    """Rules and levels."""
    return [(finding.rule, finding.level) for finding in found.findings]


async def test_sessions_that_are_kept_apart_have_no_finding() -> None:
    """Each conversation recalls its own word; what could not be looked at is told, and nothing else."""
    found = await looked_at(Memory())
    assert told(found) == []
    assert found.unchecked.keys() == {"L54", "L55", "L56"}
    assert all(found.unchecked.values())


async def test_sessions_that_leak_are_found() -> None:
    """A word of one conversation in the answer of another is an error."""
    assert ("L57", "error") in told(await looked_at(Memory(leaky=True)))


async def test_sessions_that_forget_are_found() -> None:
    """Where requests have a conversation's id; without one it may be meant so."""
    assert told(await looked_at(Memory(forgetful=True))) == [("L53", "error")]

    async def forgetful(request: web.Request) -> web.StreamResponse:
        said = (await body_of(request))["messages"][-1]["content"]
        return await events(request, {"content": "OK" if "remember this" in said else "I do not know."})

    assert told(await looked_at(forgetful, STATELESS)) == [("L53", "warning")]


async def test_an_agent_that_does_not_do_as_asked_shows_nothing_of_its_memory() -> None:
    """One that says the same whatever it is asked is not accused of having forgotten."""

    async def weather(request: web.Request) -> web.StreamResponse:
        await request.read()
        return await events(request, {"content": "It is 18 degrees."})

    found = await looked_at(weather)
    assert told(found) == []
    assert "remember" in found.unchecked["L53"]


def compressing(*, whole: bool) -> Handler:
    """An agent that compresses for who takes it: each event at once, or all but the end of it."""

    async def handler(request: web.Request) -> web.StreamResponse:
        await request.read()
        chunks = [
            {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": word}}]}
            for word in ("OK ", "then.")
        ]
        end = {
            "id": "c",
            "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        }
        pieces = [b"data: " + msgspec.json.encode(chunk) + b"\n\n" for chunk in (*chunks, end)] + [b"data: [DONE]\n\n"]
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            response = web.StreamResponse(headers=HEADERS)
            await response.prepare(request)
            await response.write(b"".join(pieces))
            await response.write_eof()
            return response
        response = web.StreamResponse(headers=HEADERS | {"Content-Encoding": "gzip"})
        await response.prepare(request)
        packer = zlib.compressobj(wbits=31)
        for piece in pieces[: None if whole else 1]:
            await response.write(packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH))
        await response.write(packer.flush())
        await response.write_eof()
        return response

    return handler


@pytest.mark.parametrize(("whole", "expected"), [(True, []), (False, [("L11", "warning")])])
async def test_compression_that_loses_the_end_is_found(whole: bool, expected: list[tuple[str, str]]) -> None:
    """A client that takes gzip gets the same events."""
    found = await looked_at(compressing(whole=whole), STATELESS)
    assert [rule for rule in told(found) if rule[0] == "L11"] == expected


async def numbered(request: web.Request, numbers: range) -> web.StreamResponse:
    """Events with these ids."""
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    for number in numbers:
        data = msgspec.json.encode({"content": f"OK {number} "})
        await response.write(b"id: %d\ndata: %s\n\n" % (number, data))
    await response.write_eof()
    return response


async def counting(request: web.Request) -> web.StreamResponse:
    """Four events with ids."""
    await request.read()
    return await numbered(request, range(1, 5))


async def after_the_id(request: web.Request) -> web.StreamResponse:
    """What comes after the id that the client names."""
    return await numbered(request, range(int(request.headers["Last-Event-ID"]) + 1, 5))


@pytest.mark.parametrize(("get", "expected"), [(after_the_id, []), (counting, [("L56", "error")])])
async def test_a_resumption_that_repeats_is_found(get: Handler, expected: list[tuple[str, str]]) -> None:
    """A reconnection at the endpoint itself brings later ids only."""
    found = await looked_at(counting, get=get)
    assert [rule for rule in told(found) if rule[0] == "L56"] == expected
    assert "L56" not in found.unchecked


async def test_a_stream_that_cannot_be_resumed_is_told() -> None:
    """With what the attempt was answered."""
    assert "status 404" in (await looked_at(counting)).unchecked["L56"]


def waiting(accepts: Callable[[Any], bool]) -> Handler:
    """An agent that asks for an approval, and goes on where the answer is accepted."""

    async def handler(request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        run = {"threadId": body["threadId"], "runId": body["runId"]}
        begin = {"type": "RUN_STARTED", **run}
        if not (answers := body.get("resume")):
            asked = {"type": "interrupt", "interrupts": [{"id": f"int-{body['threadId']}", "reason": "confirm"}]}
            return await events(request, begin, {"type": "RUN_FINISHED", "outcome": asked, **run}, end=False)
        if not all(accepts((answer["interruptId"], body["threadId"])) for answer in answers):
            return await events(request, begin, {"type": "RUN_ERROR", "message": "nobody asked that"}, end=False)
        message = [
            {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"},
            {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "Booked."},
            {"type": "TEXT_MESSAGE_END", "messageId": "m"},
        ]
        return await events(request, begin, *message, {"type": "RUN_FINISHED", **run}, end=False)

    return handler


@pytest.mark.parametrize(
    ("accepts", "expected"),
    [(lambda pair: pair[0] == f"int-{pair[1]}", []), (lambda _: True, [("L54", "error")])],
)
async def test_an_answer_to_no_interrupt_that_is_taken_is_found(
    accepts: Callable[[Any], bool], expected: list[tuple[str, str]]
) -> None:
    """An approval with a made-up id is refused, or the approval of one thing is taken for that of another."""
    found = await looked_at(waiting(accepts), AG_UI)
    assert told(found) == expected
    assert "L54" not in found.unchecked


async def test_what_only_the_server_can_know_is_said() -> None:
    """Whether it stops when its client has gone is no finding, and is not passed over in silence."""
    assert "log" in (await looked_at(Memory())).unchecked["L55"]
