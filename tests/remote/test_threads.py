"""What is remembered of conversations, and of which ones."""

from __future__ import annotations

import asyncio

from scenario.agents.remote.agent import RemoteAgent
from scenario.agents.remote.thread import MOST_THREADS, Thread, Threads, Waiting
from scenario.types import Reply
from tests.remote.conftest import Observer, Serve, given
from tests.remote.raw_server import CHUNKED, LAST, Connection, chunk, whole

RUN = (
    b'data: {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}\n\n'
    b'data: {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"}\n\n'
    b'data: {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "Warm."}\n\n'
    b'data: {"type": "TEXT_MESSAGE_END", "messageId": "m"}\n\n'
    b'data: {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}\n\n'
)


def test_the_conversation_that_was_used_longest_ago_is_forgotten_first() -> None:
    """A look at a conversation is a use of it, as every turn is one."""
    threads = Threads(most=2)
    for name in ("one", "two"):
        threads.prepared(name, {"id": name})
    threads.of("one")
    threads.prepared("three", {"id": "three"})
    assert [dict(threads.of(name).session) for name in ("one", "two", "three")] == [{"id": "one"}, {}, {"id": "three"}]


def test_no_more_conversations_are_remembered_than_have_a_place() -> None:
    """Whatever each of them leaves: a value that goes back, or a question that waits for its answer."""
    threads = Threads()
    for number in range(MOST_THREADS + 5):
        threads.prepared(f"thread-{number}", {"id": number})
        threads.replied(f"asks-{number}", Reply(protocol="ag-ui", interrupt={"kind": "input-required"}))
    assert len(threads) == MOST_THREADS


def test_a_conversation_that_leaves_nothing_takes_no_place() -> None:
    """It would push out one that is remembered."""
    threads = Threads(most=1)
    threads.prepared("one", {"id": 1})
    threads.replied("two", Reply(protocol="sse"))
    assert (threads.of("one").session, len(threads)) == ({"id": 1}, 1)


def test_a_reply_that_ends_by_itself_waits_for_nothing() -> None:
    """What it waited for is forgotten, and the values that go back are kept, the newest of each name."""
    threads = Threads()
    threads.replied("one", Reply(protocol="adk", session={"a": 1}, carried={"b": 1}, interrupt="Which town?"))
    assert threads.of("one").waiting == Waiting("adk", "Which town?")
    threads.replied("one", Reply(protocol="adk", session={"a": 2}))
    assert threads.of("one") == Thread(session={"a": 2, "b": 1}, waiting=None)


async def test_a_turn_is_told_as_it_was_put_whatever_another_conversation_has_learnt(serve: Serve) -> None:
    """Of two conversations at once, one is refused and asked in another dialect; the other is not."""
    slow_is_here, other_is_done = asyncio.Event(), asyncio.Event()

    async def behave(connection: Connection) -> None:
        body = connection.request.body
        if b"runId" in body:
            await connection.send(CHUNKED + chunk(RUN) + LAST)
        elif b"slow" in body:
            slow_is_here.set()
            await other_is_done.wait()
            await connection.send(CHUNKED + chunk(b'data: {"text": "Cold."}\n\ndata: [DONE]\n\n') + LAST)
        else:
            refusal = b'{"detail": [{"loc": ["body", "runId"], "msg": "Field required"}]}'
            await connection.send(whole(refusal, "application/json", status="422 Unprocessable Content"))

    server = await serve(behave)
    agent = RemoteAgent(server.url)
    slow, quick = Observer(), Observer()
    waiting = asyncio.create_task(agent.call(given(slow, "slow", thread_id="slow")))
    await slow_is_here.wait()
    assert await agent.call(given(quick, "quick", thread_id="quick")) == "Warm."
    other_is_done.set()
    assert await waiting == "Cold."
    assert "; asked as ag-ui, because its refusal asks for runId" in quick.exchange.protocol_reason
    assert "asked as" not in slow.exchange.protocol_reason
