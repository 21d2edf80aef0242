"""The real runtime with the smallest model: it answers, is shared, and ends with its process however that ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from scenario.agents.judge.agent import JudgeAgent
from scenario.dialogue.adapter import AgentInput
from scenario.errors import ConfigurationError, ScenarioError
from scenario.llm.embedded.chat_log import next_user_line
from scenario.llm.embedded.log_odds import judge_criteria
from scenario.llm.embedded.machine import demand_runtime
from scenario.llm.embedded.manifest import SMOKE_TEST_MODEL
from scenario.llm.embedded.pull import pull
from scenario.llm.embedded.runtime import EmbeddedServer, base_url
from scenario.llm.participant_model import open_model
from scenario.llm.resolve import ModelSettings, resolve_model
from scenario.types import Message

pytestmark = pytest.mark.slow

PARENT = """
import asyncio, sys
from scenario.llm.embedded.runtime import base_url
print(asyncio.run(base_url(sys.argv[1])), flush=True)
if sys.argv[2] == "wait":
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def model() -> Path:
    """The smallest model, in the user's own cache folder; 98 MB are fetched once."""
    try:
        demand_runtime()
        return asyncio.run(pull(SMOKE_TEST_MODEL, environ=os.environ))
    except ScenarioError as error:
        pytest.skip(f"{SMOKE_TEST_MODEL} cannot be had: {error}")


async def post(url: str, path: str, body: dict[str, object]) -> dict[str, Any]:
    """One request as agents make it."""
    async with aiohttp.ClientSession() as session, session.post(url + path, json=body) as response:
        assert response.status == 200, await response.text()
        answer: dict[str, Any] = await response.json()
        return answer


def parent_process(script: str, model: Path, wait: str) -> subprocess.Popen[str]:
    """A process of its own that starts a server and prints its address."""
    command = [sys.executable, "-c", script, str(model), wait]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


async def answers(url: str) -> bool:
    """Whether something listens there."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url + "/health") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def silent_within(url: str, seconds: float) -> bool:
    """Whether the server is gone soon."""
    for _ in range(int(seconds / 0.1)):
        if not await answers(url):
            return True
        await asyncio.sleep(0.1)
    return False


async def test_it_answers_completions_and_is_shared_until_its_last_user_leaves(model: Path) -> None:
    """It answers completions and is shared until its last user leaves."""
    async with EmbeddedServer(model) as one:
        async with EmbeddedServer(str(model)) as other:
            assert other.base_url == one.base_url
        url = one.base_url
        assert url.startswith("http://127.0.0.1:")
        answer = await post(url, "/v1/completions", {"prompt": "The capital of France is", "max_tokens": 3})
        assert answer["choices"][0]["text"]
        assert str(model.parent) not in str(answer)
    assert await silent_within(url, 10)


async def test_judge_and_user_speak_to_it(model: Path) -> None:
    """Judge and user speak to it."""
    messages = [{"role": "user", "content": "Hi. " * 3000}, {"role": "assistant", "content": "It is 18°C."}]
    async with EmbeddedServer(model) as server:

        async def send(path: str, body: dict[str, object]) -> dict[str, Any]:
            return await post(server.base_url, path, body)

        (verdict,) = await judge_criteria(send, messages=messages, criteria=["It rains."], description="")
        assert "score" in verdict.reasoning
        assert "did not fit" in verdict.reasoning
        line = await next_user_line(send, messages=[], description="The user wants to book a table.", seed=1)
        assert line


async def test_it_offers_no_page_and_no_slots_and_lets_no_page_read_it(model: Path) -> None:
    """It offers no page and no slots and lets no page read it."""
    async with EmbeddedServer(model) as server, aiohttp.ClientSession() as session:
        async with session.get(server.base_url + "/") as response:
            assert response.status == 404
        async with session.get(server.base_url + "/slots") as response:
            assert response.status != 200
        async with session.get(server.base_url + "/health", headers={"Origin": "http://evil.example"}) as response:
            assert response.headers.get("Access-Control-Allow-Origin") not in ("*", "http://evil.example")


async def test_a_file_that_only_begins_like_a_model_is_refused_with_what_the_runtime_says(tmp_path: Path) -> None:
    """A file that only begins like a model is refused with what the runtime says."""
    demand_runtime()
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(ConfigurationError, match="could not be loaded"):
        async with EmbeddedServer(tmp_path / "broken.gguf"):
            pass


async def test_entering_can_be_cancelled_and_leaves_no_server(model: Path) -> None:
    """Entering can be cancelled and leaves no server."""
    entering = asyncio.create_task(EmbeddedServer(model).__aenter__())
    await asyncio.sleep(0.05)
    entering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await entering
    async with EmbeddedServer(model) as server:
        url = server.base_url
    assert await silent_within(url, 10)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("ending", ["killed", "interrupted", "over"])
async def test_it_ends_with_its_parent(model: Path, ending: str) -> None:
    """It ends with its parent."""
    wait = "go" if ending == "over" else "wait"
    with parent_process(PARENT, model, wait) as parent:
        assert parent.stdout is not None
        url = (await asyncio.to_thread(parent.stdout.readline)).strip()
        if ending == "killed":
            assert await answers(url)
            parent.send_signal(signal.SIGKILL)
        elif ending == "interrupted":
            parent.send_signal(signal.SIGTERM)
        await asyncio.to_thread(parent.wait, 10)
    assert await silent_within(url, 10)


@pytest.mark.skipif(sys.platform == "win32", reason="fork")
async def test_a_fork_that_lives_on_does_not_keep_it_alive(model: Path) -> None:
    """The fork holds the other end of the pipe; the server looks at its parent's number too."""
    script = PARENT.replace(
        "if sys",
        "import os\nif os.fork() == 0:\n    print('forked', flush=True); sys.stdin.read(); os._exit(0)\nif sys",
    )
    with parent_process(script, model, "wait") as parent:
        assert parent.stdout is not None
        url = (await asyncio.to_thread(parent.stdout.readline)).strip()
        assert await asyncio.to_thread(parent.stdout.readline) == "forked\n"
        parent.kill()
        await asyncio.to_thread(parent.wait, 10)
        assert await silent_within(url, 10)


async def test_the_address_of_this_process_stays_the_same(model: Path) -> None:
    """The address of this process stays the same."""
    first, second = await asyncio.gather(base_url(model), base_url(model))
    assert first == second
    assert await answers(first)


async def test_scores_are_the_same_bit_by_bit_in_any_order_and_beside_anything_else(model: Path) -> None:
    """What the server has read before, or computes for somebody else, does not show in a score."""
    del model  # found by its name
    judge = JudgeAgent(model=f"embedded/{SMOKE_TEST_MODEL}", criteria=["It rains."])
    settings = ModelSettings(model=f"embedded/{SMOKE_TEST_MODEL}", max_tokens=20)
    talker = open_model(resolve_model(settings, os.environ, who="somebody else"))
    criteria = ["The agent names a temperature.", "The agent apologises.", "The agent does not greet."]
    paris = [{"role": "user", "content": "Is it warm in Paris?"}, {"role": "assistant", "content": "It is 18°C."}]
    walk = [*paris, {"role": "user", "content": "And for a walk?"}, {"role": "assistant", "content": "Sure. " * 10}]

    async def scores(messages: Sequence[Message], asked: Sequence[str]) -> dict[str, float | None]:
        told = await judge.scores(AgentInput(thread_id="t", messages=messages), asked)
        return {one.criterion: one.answer.probability for one in told.items}

    first = [await scores(paris, criteria), await scores(walk, criteria)]
    alone = [{name: (await scores(told, [name]))[name] for name in reversed(criteria)} for told in (walk, paris)]
    at_once = await asyncio.gather(
        scores(paris, criteria[::-1]),
        talker.complete(walk[:1]),
        scores(walk, criteria[1:]),
        scores(paris, criteria[:1]),
        scores(walk, criteria[:1]),
    )
    assert alone == first[::-1]
    assert [at_once[0], {**at_once[4], **at_once[2]}, at_once[3][criteria[0]]] == [*first, first[0][criteria[0]]]
