"""What comes in an answer's place: nothing, no choice, a proxy's page. It is asked for again, and then told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aiohttp import web

from scenario.errors import ModelResponseError
from scenario.llm.participant_model import open_model
from scenario.llm.resolve import ModelSettings, resolve_model
from tests.llm.asking import QUESTION, Waits
from tests.llm.odd_server import OddServer, completion, stream
from tests.llm.public_servers import Habit, plain
from tests.llm.test_public_servers import play

PAGE = "<!DOCTYPE html><html><head><title>502 Bad  Gateway</title><style>a{}</style></head><body>nginx</body></html>"
NOTHINGS = {
    "empty": (lambda: web.Response(body=b""), "an empty body"),
    "blank": (lambda: web.Response(body=b" \r\n\0\n"), "an empty body"),
    "null": (lambda: web.json_response({"id": "a", "choices": None}), 'no choice in it ("choices": null)'),
    "no choices": (lambda: web.json_response({"id": "a", "choices": []}), 'no choice in it ("choices": [])'),
    "hollow choice": (lambda: web.json_response({"choices": [{"index": 0}]}), "a choice with nothing in it"),
    "null choice": (lambda: web.json_response({"choices": [None]}), "a choice with nothing in it"),
    "empty object": (lambda: web.json_response({}), "an empty object"),
    "page": (lambda: web.Response(text=PAGE, content_type="text/html"), "an HTML page: 502 Bad Gateway"),
    "bare page": (lambda: web.Response(text="<html><body>Please <b>wait</b>"), "an HTML page: Please wait"),
    "hollow stream": (lambda: stream('{"id": "a", "choices": []}', "[DONE]"), "a stream with no choice in it"),
}
parametrized = pytest.mark.parametrize("kind", NOTHINGS)


def model_of(server: OddServer, waits: Waits, **told: Any) -> Any:
    """A model at that server, whose waits are noted and not waited."""
    target = resolve_model(ModelSettings(model="openai/m", api_base=f"{server.url}/v1", **told), {})
    return open_model(target, sleep=waits, jitter=lambda: 0.5)


@parametrized
async def test_nothing_is_asked_for_again(kind: str) -> None:
    """With the wait of a passing failure; the answer that follows is the answer."""
    nothing, _ = NOTHINGS[kind]
    waits, answers = Waits(), [nothing(), completion("hi")]
    async with OddServer(lambda path, body: answers.pop(0)) as server:
        assert (await model_of(server, waits).complete(QUESTION)).reply.text == "hi"
    assert waits.seconds == [0.5]


@parametrized
async def test_nothing_for_good_is_told_as_what_came(kind: str) -> None:
    """After the usual number of attempts and waits."""
    nothing, told = NOTHINGS[kind]
    waits = Waits()
    async with OddServer(lambda path, body: nothing()) as server:
        with pytest.raises(ModelResponseError) as failed:
            await model_of(server, waits).complete(QUESTION)
    assert f"answered with HTTP 200 and {told}. It was asked 3 times." in str(failed.value)
    assert (len(server.asked), waits.seconds) == (3, [0.5, 1.0])


async def test_who_wants_no_retries_gets_none() -> None:
    """`max_retries=0` holds for these too."""
    async with OddServer(lambda path, body: web.Response(body=b"")) as server:
        with pytest.raises(ModelResponseError, match="an empty body"):
            await model_of(server, Waits(), extra={"max_retries": 0}).complete(QUESTION)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [502, 503])
async def test_a_page_of_an_error_is_told_by_its_title(status: int) -> None:
    """Not by its marks."""
    async with OddServer(lambda path, body: web.Response(text=PAGE, status=status)) as server:
        with pytest.raises(ModelResponseError, match=f"HTTP {status}: an HTML page: 502 Bad Gateway"):
            await model_of(server, Waits()).complete(QUESTION)
    assert len(server.asked) == 3


@pytest.mark.parametrize("content", ["", None])
async def test_an_empty_message_is_an_answer_all_the_same(content: str | None) -> None:
    """The model has said nothing: what that means is for those who asked."""
    answer = {"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}
    async with OddServer(lambda path, body: web.json_response(answer)) as server:
        assert (await model_of(server, Waits()).complete(QUESTION)).reply.text == ""
    assert len(server.asked) == 1


BUSY = {
    "MiniMax": {"choices": None, "base_resp": {"status_code": 1002, "status_msg": "rate limit exceeded(RPM)"}},
    "Cloudflare": {
        "result": None,
        "success": False,
        "errors": [{"code": 3040, "message": "Capacity temporarily exceeded, please try again."}],
    },
    "detail": {"detail": "Model is loading"},
    "message": {"message": "The model is warming up"},
    "error": {"error": {"message": "Model is not ready"}, "choices": []},
}


@pytest.mark.parametrize("kind", BUSY)
async def test_a_busy_servers_word_under_200_is_tried_again_and_then_told(kind: str) -> None:
    """In whichever members it stands; for good, it is the server's error, in its own words."""
    waits, answers = Waits(), [web.json_response(BUSY[kind]), completion("hi")]
    async with OddServer(lambda path, body: answers.pop(0)) as server:
        assert (await model_of(server, waits).complete(QUESTION)).reply.text == "hi"
    assert waits.seconds == [0.5]
    async with OddServer(lambda path, body: web.json_response(BUSY[kind])) as server:
        with pytest.raises(ModelResponseError, match=r"answered with an error: .*It was asked 3 times") as failed:
            await model_of(server, Waits()).complete(QUESTION)
    assert any(word in str(failed.value) for word in ("rate limit", "Capacity", "loading", "warming", "not ready"))
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "answer",
    [
        {"choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}},
        {"success": False, "errors": [{"code": 7003, "message": "insufficient balance"}]},
        {"detail": "insufficient balance"},
    ],
)
async def test_an_error_under_200_that_stays_is_told_at_once(answer: object) -> None:
    """In the server's words, and not as a missing choice."""
    async with OddServer(lambda path, body: web.json_response(answer)) as server:
        with pytest.raises(ModelResponseError, match="answered with an error: insufficient balance"):
            await model_of(server, Waits()).complete(QUESTION)
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", ["pong", '{"output": "pong"}', '{"message": "pong"}', "[1]"])
async def test_what_is_another_apis_answer_is_told_at_once(body: str) -> None:
    """Asked again it would be the same."""
    async with OddServer(lambda path, _: web.Response(text=body)) as server:
        with pytest.raises(ModelResponseError, match=f"no openai-chat response: {re.escape(body)}"):
            await model_of(server, Waits()).complete(QUESTION)
    assert len(server.asked) == 1


@pytest.mark.parametrize("kind", ["empty", "null", "no choices", "page"])
async def test_a_run_goes_on_after_nothing(kind: str) -> None:
    """Simulated and judged, with one request more."""
    nothing, _ = NOTHINGS[kind]
    first = [nothing()]
    habit = Habit(name=kind, answering=lambda body: first.pop() if first else plain(body), first=3, words="")
    async with habit.server() as server:
        assert (await play(server)).success
    assert len(server.asked) == 3
