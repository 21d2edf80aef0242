"""Models' servers that redirect: the conversation and the key go to the host that was named, and nowhere else."""

from __future__ import annotations

import pytest
from aiohttp import web

from scenario.errors import ModelResponseError
from scenario.llm.participant_model import open_model
from scenario.llm.resolve import ModelSettings, resolve_model
from tests.llm.asking import QUESTION, Waits
from tests.llm.odd_server import OddServer, completion


async def asked(server: OddServer) -> str:
    """What a model at that server answers."""
    target = resolve_model(ModelSettings(model="openai/m", api_base=f"{server.url}/v1", api_key="s3cret-key"), {})
    completed = await open_model(target, sleep=Waits()).complete(QUESTION)
    return completed.reply.text


def leading(location: str, status: int) -> OddServer:
    """A server that sends everybody elsewhere, with a body that looks like an answer."""

    def answer(path: str, _body: object) -> web.Response:
        if path == "/new":
            return completion("moved")
        response = completion("no answer")
        response.set_status(status)
        response.headers["Location"] = location
        return response

    return OddServer(answer)


async def test_the_same_host_is_followed() -> None:
    """As it is for agents."""
    async with leading("/new", 308) as server:
        assert await asked(server) == "moved"


@pytest.mark.parametrize("status", [307, 308])
async def test_another_host_is_not(status: int) -> None:
    """Nothing comes there; the error says where it led, why it was not followed, and what to do."""
    async with OddServer(lambda *_: completion("elsewhere")) as other:
        address = other.url.replace("127.0.0.1", "localhost")
        async with leading(f"{address}/?key=s3cret-in-it", status) as server:
            with pytest.raises(ModelResponseError) as caught:
                await asked(server)
        said = str(caught.value)
        assert f"HTTP {status}, a redirect to {address}/?key=%5Bredacted%5D, which is not followed" in said
        assert "another host, localhost" in said
        assert "api_base=" in said
        assert "redirects=" not in said
        assert "s3cret" not in said
        assert caught.value.fault == "model"
        assert other.asked == []


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304])
async def test_the_body_of_what_is_no_answer_is_none(status: int) -> None:
    """A redirect that would drop the conversation, and other such statuses: what looks like an answer is not taken."""
    async with leading("/new", status) as server:
        with pytest.raises(ModelResponseError, match=f"HTTP {status}"):
            await asked(server)
