"""The stateful pattern: an agent that keeps the conversation itself, under a thread id."""

from __future__ import annotations

from aiohttp import web

import scenario
from tests.patterns.conftest import Serve


async def test_a_stateful_agent_gets_the_new_message_and_one_thread_id(serve: Serve) -> None:
    """With `history="last"` each turn sends the new message only, and the same thread id throughout the run."""
    threads: dict[str, list[str]] = {}

    async def stateful(request: web.Request) -> web.Response:
        body = await request.json()
        said = threads.setdefault(body["thread"], [])
        said.append(body["question"])
        return web.json_response({"answer": f"That was message {len(said)} of this thread."})

    url = await serve("/ask", stateful)
    agent = scenario.RemoteAgent(
        f"{url}/ask", request={"question": "$message", "thread": "$thread_id"}, history="last", reply="answer"
    )
    script = [scenario.user("One"), scenario.agent(), scenario.user("Two"), scenario.agent(), scenario.succeed()]
    first = await scenario.run(name="thread", description="", agents=[agent], script=script)
    await scenario.run(name="another thread", description="", agents=[agent], script=script)
    assert first.messages[-1]["content"] == "That was message 2 of this thread."
    assert list(threads.values()) == [["One", "Two"], ["One", "Two"]]


async def test_a_session_that_the_agent_names_comes_back(serve: Serve) -> None:
    """`session=` takes a value out of a response and sends it on the next turn."""
    seen: list[object] = []

    async def with_session(request: web.Request) -> web.Response:
        body = await request.json()
        seen.append(body.get("session"))
        return web.json_response({"text": "ok", "meta": {"session": "s-1"}})

    url = await serve("/ask", with_session)
    agent = scenario.RemoteAgent(
        f"{url}/ask", request={"text": "$message", "session": "$session"}, session="meta.session"
    )
    script = [scenario.user("One"), scenario.agent(), scenario.user("Two"), scenario.agent(), scenario.succeed()]
    await scenario.run(name="session", description="", agents=[agent], script=script)
    assert seen == [None, "s-1"]
