"""A path to the text that finds none is told with one that would."""

from __future__ import annotations

import pytest
from aiohttp import web

import scenario
from scenario.dialogue.adapter import AgentInput, SilentObserver
from tests.probe.agents import Agents, events


@pytest.mark.parametrize("path", ["data.answer", "choices[0].text"])
async def test_a_wrong_reply_is_answered_with_the_place_of_the_text(path: str) -> None:
    """Also where the stream has an end of its own."""

    async def agent(request: web.Request) -> web.StreamResponse:
        return await events(request, {"result": {"answer": "It is 18."}})

    async with Agents({"/chat": agent}) as server:
        remote = scenario.RemoteAgent(f"{server.url}/chat", reply=path)
        message = {"role": "user", "content": "Hello"}
        asked = AgentInput(thread_id="t", messages=[message], new_messages=[message], observer=SilentObserver())
        with pytest.raises(scenario.AgentError, match=r"matched nothing; there is a text at result\.answer") as raised:
            await remote.call(asked)
    assert f"reply={path!r}" in str(raised.value)
