"""What a server says while something is wrong with it teaches nothing of what it takes, whichever words are in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from scenario.config import ScenarioConfig
from scenario.dialogue.current_run import current_config
from scenario.errors import ModelResponseError
from scenario.llm.model import Model
from scenario.llm.participant_model import open_model
from scenario.llm.resolve import ModelSettings, resolve_model
from tests.llm.asking import Waits
from tests.llm.odd_server import OddServer, complaint, completion
from tests.llm.public_servers import plain, upstream
from tests.llm.test_public_servers import known_of, play
from tests.llm.test_structured import number

MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello?"},
]
TOOL = {"type": "function", "function": {"name": "give_number", "parameters": {}}}
AMAZON = "The system encountered an unexpected error during processing. Try your request again."
CUDA = "CUDA error: an illegal memory access was encountered in function launch_kernel; unsupported state"
OF_A_500 = [
    AMAZON,
    CUDA,
    "GPU temperature limit exceeded",
    "RuntimeError: CUDA error: unspecified launch failure in function matmul; operation not supported on this stream",
    "Internal Server Error: RuntimeError: the file system is not writable; role of lock invalid",
    "Model is not ready, the system is warming up",
    "prefill worker died: unexpected end of tools",
    "The system is not available at the moment.",
]
OF_A_400 = [
    "upstream tool server restarting",
    AMAZON,
    "Model is not ready, the system is warming up",
    "tools: not available, the engine is loading",
    "CUDA out of memory: temperature not supported",
    "Loading model, must be streamed later",
    "The grammar server is overloaded",
    "temperature: temporarily not supported",
]


def model_of(server: OddServer, waits: Waits | None = None, **told: Any) -> Model:
    """A model at that server."""
    target = resolve_model(ModelSettings(model="openai/m", api_base=f"{server.url}/v1", **told), {})
    return open_model(target, sleep=waits or Waits(), jitter=lambda: 0.5)


def failing(times: int, failure: Callable[[], web.Response]) -> OddServer:
    """A server that fails so often, and then takes everything."""
    left = [times]

    def answering(path: str, body: Any) -> web.Response:
        left[0] -= 1
        return failure() if left[0] >= 0 else plain(body)

    return OddServer(answering)


async def ask_all(server: OddServer) -> None:
    """Ask with all that a request may hold."""
    await model_of(server, Waits()).complete(MESSAGES, tools=[TOOL], tool_choice="auto", temperature=0.0)


@pytest.mark.parametrize("words", OF_A_500)
@pytest.mark.parametrize("times", [1, 2])
async def test_a_500_is_repeated_as_it_is(words: str, times: int) -> None:
    """The same body until it passes, and nothing is learned."""
    async with failing(times, lambda: complaint(words, 500)) as server:
        await ask_all(server)
        assert known_of(server) == ""
    bodies = [body for _, body in server.asked]
    assert bodies == [bodies[0]] * (times + 1)


@pytest.mark.parametrize("words", OF_A_500)
async def test_a_500_that_stays_is_told(words: str) -> None:
    """After the usual attempts, as the server's fault: no other form is tried upon it."""
    async with failing(9, lambda: complaint(words, 500)) as server:
        with pytest.raises(ModelResponseError) as failed:
            await ask_all(server)
    assert (words[:40] in str(failed.value), failed.value.status, len(server.asked)) == (True, 500, 3)


@pytest.mark.parametrize("words", OF_A_400)
@pytest.mark.parametrize("place", ["message", "raw", "detail"])
async def test_a_word_of_the_moment_is_repeated_too(words: str, place: str) -> None:
    """Under the status of a refusal, with the waits of a busy server."""
    failures = {
        "message": lambda: complaint(words),
        "raw": lambda: upstream(words),
        "detail": lambda: web.json_response({"detail": words}, status=422),
    }
    waits = Waits()
    async with failing(2, failures[place]) as server:
        await model_of(server, waits).complete(MESSAGES, tools=[TOOL], temperature=0.0)
        assert known_of(server) == ""
    bodies = [body for _, body in server.asked]
    assert (bodies, waits.seconds) == ([bodies[0]] * 3, [0.5, 1.0])


async def test_a_word_of_the_moment_that_stays_is_told() -> None:
    """In its own words."""
    async with failing(9, lambda: upstream("upstream tool server restarting")) as server:
        with pytest.raises(ModelResponseError, match="tool server restarting"):
            await ask_all(server)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("words", "learned"),
    [
        ("#/tools/0: extraneous key [strict] is not permitted, please reformat your input and try again.", "strict"),
        ("This model doesn't support system messages. Try again without a system message.", "no system role"),
        ("Unsupported parameter: temperature. Remove it and try again.", "temperature"),
    ],
)
async def test_who_is_told_to_ask_otherwise_does_not_ask_alike(words: str, learned: str) -> None:
    """The words to try again are said of another request there."""
    waits = Waits()
    strict = {**TOOL, "function": {**TOOL["function"], "strict": True}}  # type: ignore[dict-item]
    async with failing(1, lambda: complaint(words)) as server:
        await model_of(server, waits).complete(MESSAGES, tools=[strict], temperature=0.0)
        assert learned in known_of(server)
    assert (len(server.asked), waits.seconds) == (2, [])


def refusing(name: str, words: str, status: int) -> Callable[[str, Any], web.Response]:
    """A server that takes everything but one parameter, or the system role."""

    def answering(path: str, body: Any) -> web.Response:
        holds = name in body or any(message["role"] == name for message in body["messages"])
        return complaint(words, status) if holds else completion('{"x": 9}')

    return answering


@pytest.mark.parametrize(
    ("name", "words", "learned"),
    [
        ("temperature", "temperature is not supported", "temperature left out"),
        ("system", "System role not supported", "no system role"),
        ("system", "Jinja Exception: something is wrong", "no system role"),
    ],
)
async def test_what_a_500_refuses_for_good_is_learned_with_one_request_more(
    name: str, words: str, learned: str
) -> None:
    """It is put once more after another form was taken, and refused again; later calls send one request."""
    async with OddServer(refusing(name, words, 500)) as server:
        await model_of(server).complete(MESSAGES, temperature=0.0)
        assert (len(server.asked), known_of(server)) == (3, learned)
        assert server.asked[2] == server.asked[0]
        await model_of(server).complete(MESSAGES, temperature=0.0)
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("name", "words", "asked"),
    [
        ("temperature", "temperature is not supported", 2),
        ("system", "System role not supported", 2),
        ("system", "system: nope, not here", 3),
        ("temperature", "Wrong: temperature", 3),
    ],
)
async def test_a_plain_refusal_needs_no_proof(name: str, words: str, asked: int) -> None:
    """Nor one more request: that is for words that name something, and do not say plainly that it is refused."""
    async with OddServer(refusing(name, words, 400)) as server:
        await model_of(server).complete(MESSAGES, temperature=0.0)
        assert known_of(server) != ""
        assert len(server.asked) == asked
        await model_of(server).complete(MESSAGES, temperature=0.0)
    assert len(server.asked) == asked + 1


@pytest.mark.parametrize(("words", "status"), [("temperature is not supported", 500), ("Wrong: temperature", 400)])
async def test_what_is_taken_after_all_is_not_learned(words: str, status: int) -> None:
    """The answer is the one to the whole request."""
    async with failing(1, lambda: complaint(words, status)) as server:
        await model_of(server).complete(MESSAGES, temperature=0.25)
        assert known_of(server) == ""
    assert [body.get("temperature") for _, body in server.asked] == [0.25, None, 0.25]


async def test_what_was_asked_for_a_proof_is_counted_too() -> None:
    """Both answers have used tokens."""
    async with failing(0, lambda: complaint("")) as server:
        once = (await model_of(server).complete(MESSAGES, temperature=0.25)).usage
    async with failing(1, lambda: complaint("Wrong: temperature")) as server:
        twice = (await model_of(server).complete(MESSAGES, temperature=0.25)).usage
    assert twice == once + once != once


async def test_what_cannot_be_proven_is_not_learned() -> None:
    """Where the server fails otherwise now, the answer in the other form stands, for this once."""
    answers = [complaint("temperature is not supported", 500), completion("hi"), complaint("no such key", 401)]
    async with OddServer(lambda path, body: answers.pop(0)) as server:
        assert (await model_of(server).complete(MESSAGES, temperature=0.0)).reply.text == "hi"
        assert known_of(server) == ""


async def test_a_way_of_asking_is_given_up_for_an_outage_only_where_it_is_refused_twice() -> None:
    """Tools, which a server has refused with 500: they are put once more, and their answer is the one that counts."""
    words = "tools are not supported"
    for times, learned, asked in ((1, "asks by tools", 3), (9, "asks for JSON of a schema", 3)):
        left = [times]

        def answering(path: str, body: Any, left: list[int] = left) -> web.Response:
            if "tools" not in body:
                return completion('{"x": 1}')
            left[0] -= 1
            return complaint(words, 500) if left[0] >= 0 else _called(2)

        async with OddServer(answering) as server:
            assert await number(model_of(server)) == (2 if times == 1 else 1)
            assert (known_of(server), len(server.asked)) == (learned, asked)
            await number(model_of(server))
        assert len(server.asked) == asked + 1


async def test_a_refusal_that_may_have_passed_is_not_kept_on_disk() -> None:
    """It is put to the server once more; what is proven is kept, so that the same run asks nobody."""
    for times, expected in ((1, 2), (9, 1)):
        left = [times]

        def answering(path: str, body: Any, left: list[int] = left) -> web.Response:
            if "tools" not in body:
                return completion('{"x": 1}')
            left[0] -= 1
            return complaint("tools are not supported", 500) if left[0] >= 0 else _called(2)

        token = current_config.set(ScenarioConfig(cache_key=f"k{times}"))
        try:
            async with OddServer(answering) as server:
                assert await number(model_of(server)) == expected
                assert await number(model_of(server)) == expected
        finally:
            current_config.reset(token)
        assert len(server.asked) == 3


async def test_what_is_known_is_not_forgotten_for_an_outage() -> None:
    """Nor is the server asked in another form because of it."""
    words = ["temperature is not supported"]

    def answering(path: str, body: Any) -> web.Response:
        if words[0] == CUDA:
            return complaint(CUDA, 500)
        return complaint(words[0]) if "temperature" in body else completion("hi")

    async with OddServer(answering) as server:
        await model_of(server).complete(MESSAGES, temperature=0.0)
        words[0] = CUDA
        with pytest.raises(ModelResponseError, match="CUDA error"):
            await model_of(server).complete(MESSAGES, temperature=0.0)
        assert (known_of(server), len(server.asked)) == ("temperature left out", 5)


@pytest.mark.parametrize("words", [*OF_A_400, "Wrong: temperature"])
async def test_a_run_over_an_outage_is_as_any_other(words: str) -> None:
    """It succeeds, and the next one sends the usual requests."""
    async with failing(1, lambda: upstream(words)) as server:
        assert (await play(server)).success
        assert known_of(server) == "asks by tools"
        first = len(server.asked)
        assert (await play(server)).success
    assert len(server.asked) - first == 2


def _called(number_: int) -> web.Response:
    call = {"id": "c", "type": "function", "function": {"name": "give_number", "arguments": json.dumps({"x": number_})}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    return web.json_response({"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]})
