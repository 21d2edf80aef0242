"""Servers that stream only, cut their streams, stand below another path, or name parameters beside their complaint."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from scenario.config import ScenarioConfig
from scenario.dialogue.current_run import current_config
from scenario.errors import ConfigurationError, ModelResponseError
from scenario.llm.endpoint import url_of
from scenario.llm.model import Model
from scenario.llm.participant_model import open_model
from scenario.llm.resolve import ModelSettings, resolve_model
from tests.llm.asking import QUESTION, Waits
from tests.llm.odd_server import OddServer, complaint, completion, stream
from tests.llm.test_structured import number

HI = json.dumps({"choices": [{"index": 0, "delta": {"content": "hi"}}]})
STOP = json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 7}})


def model_of(server: OddServer, name: str = "openai/m", *, base: str = "/v1", **told: Any) -> Model:
    """A model at that server, below `base`."""
    target = resolve_model(ModelSettings(model=name, api_base=server.url + base, **told), {})
    return open_model(target, sleep=Waits(), jitter=lambda: 0.5)


@pytest.mark.parametrize(
    "words",
    [
        "Only streaming is supported.",
        "stream must be true",
        "This model only support stream mode, please enable the stream parameter to access the model.",
        "Non-streaming requests are not supported",
    ],
)
async def test_a_server_that_only_streams_is_asked_for_a_stream(words: str) -> None:
    """Its refusal says so; with usage, and from then on at once."""

    def answering(path: str, body: Any) -> web.Response:
        return stream(HI, STOP, "[DONE]") if body.get("stream") else complaint(words)

    async with OddServer(answering) as server:
        model = model_of(server)
        first = await model.complete(QUESTION)
        await model.complete(QUESTION)
    assert (first.reply.text, first.usage.input_tokens) == ("hi", 7)
    assert [body.get("stream") for _, body in server.asked] == [None, True, True]


async def test_a_streaming_server_may_know_no_options_of_streams() -> None:
    """What it refuses of a stream's parameters is left out too."""

    def answering(path: str, body: Any) -> web.Response:
        if not body.get("stream"):
            return complaint("Streaming is required.")
        return complaint("Unknown: stream_options") if "stream_options" in body else stream(HI, STOP, "[DONE]")

    async with OddServer(answering) as server:
        assert (await model_of(server).complete(QUESTION)).reply.text == "hi"


async def test_anthropic_is_asked_for_a_stream_in_its_own_words() -> None:
    """There is no `stream_options` there."""

    def answering(path: str, body: Any) -> web.Response:
        if not body.get("stream"):
            return complaint("Streaming is required for long requests.")
        begun = {"type": "message_start", "message": {"id": "m"}}
        text = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}}
        return stream(*(json.dumps(event) for event in (begun, text, {"type": "message_stop"})))

    async with OddServer(answering) as server:
        assert (await model_of(server, "anthropic/c").complete(QUESTION)).reply.text == "hi"
    assert "stream_options" not in server.asked[-1][1]


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "text/event-stream"])
async def test_a_stream_is_known_by_its_beginning(content_type: str) -> None:
    """Servers that always stream do not all name it so."""
    async with OddServer(lambda path, body: stream(HI, STOP, "[DONE]", content_type=content_type)) as server:
        assert (await model_of(server).complete(QUESTION)).reply.text == "hi"


async def test_a_cut_stream_is_asked_for_again() -> None:
    """Half an answer is none, though its transfer ended well."""
    bodies = [[HI], [HI, STOP]]
    async with OddServer(lambda path, body: stream(*bodies.pop(0))) as server:
        assert (await model_of(server).complete(QUESTION)).reply.text == "hi"


async def test_a_cut_object_is_asked_for_again() -> None:
    """A proxy that closes in the midst of a body without a length leaves no other trace."""
    bodies = ['{"choices": [{"mess', '{"choices": [{"message": {"content": "hi"}}]}']
    async with OddServer(lambda path, body: web.Response(text=bodies.pop(0))) as server:
        assert (await model_of(server).complete(QUESTION)).reply.text == "hi"


async def test_a_stream_that_is_always_cut_is_an_error() -> None:
    """After the usual number of attempts, and half an answer is never handed over."""
    async with OddServer(lambda path, body: stream(HI)) as server:
        with pytest.raises(ModelResponseError, match="ended before the answer was whole"):
            await model_of(server).complete(QUESTION)
    assert len(server.asked) == 3


async def test_a_streamed_answer_is_served_from_disk_too() -> None:
    """An answer is kept however it came."""
    token = current_config.set(ScenarioConfig(cache_key="k"))
    try:
        async with OddServer(lambda path, body: stream(HI, STOP, "[DONE]")) as server:
            await model_of(server).complete(QUESTION)
            second = await model_of(server).complete(QUESTION)
    finally:
        current_config.reset(token)
    assert (second.reply.text, second.cached, len(server.asked)) == ("hi", True, 1)


@pytest.mark.parametrize(("code", "asked"), [(502, 2), ("rate_limit_exceeded", 2), (400, 1), ("invalid", 1)])
async def test_an_error_under_status_200_is_tried_again_where_it_may_pass(code: Any, asked: int) -> None:
    """Gateways tell their upstream's failure in the body."""
    error = web.json_response({"error": {"message": "Provider returned error", "code": code}})
    answers = [error, completion("hi")]
    async with OddServer(lambda path, body: answers.pop(0)) as server:
        if asked == 1:
            with pytest.raises(ModelResponseError, match="Provider returned error"):
                await model_of(server).complete(QUESTION)
        else:
            assert (await model_of(server).complete(QUESTION)).reply.text == "hi"
    assert len(server.asked) == asked


async def test_a_whole_question_is_served_from_disk_where_functions_are_refused() -> None:
    """Another process, which has yet to learn what the server refuses, asks nobody."""

    def answering(path: str, body: Any) -> web.Response:
        for parameter in ("tools", "response_format"):
            if parameter in body:
                return complaint(f"{parameter} is not supported")
        return completion('{"x": 9}')

    token = current_config.set(ScenarioConfig(cache_key="k"))
    try:
        async with OddServer(answering) as server:
            assert await number(model_of(server)) == 9
            asked = len(server.asked)
            assert await number(model_of(server)) == 9
    finally:
        current_config.reset(token)
    assert (asked, len(server.asked)) == (3, 3)


async def test_a_parameter_that_is_named_beside_the_complaint_is_left_out() -> None:
    """OpenAI's errors have a `param`, and some servers name it nowhere else."""

    def answering(path: str, body: Any) -> web.Response:
        return complaint("Unsupported value.", param="temperature") if "temperature" in body else completion("hi")

    async with OddServer(answering) as server:
        assert (await model_of(server).complete(QUESTION)).reply.text == "hi"


async def test_anthropics_limit_of_tokens_keeps_its_name() -> None:
    """It is refused for its value there, and that is what the user is told."""

    def answering(path: str, body: Any) -> web.Response:
        return complaint("max_tokens: 999999 > 8192") if "max_tokens" in body else complaint("max_tokens: required")

    async with OddServer(answering) as server:
        with pytest.raises(ModelResponseError, match="999999 > 8192"):
            await model_of(server, "anthropic/c", max_tokens=999999).complete(QUESTION)
    assert len(server.asked) == 1


@pytest.mark.parametrize("base", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
async def test_a_base_url_may_leave_out_what_is_usual(base: str) -> None:
    """With or without "/v1", a slash, or the whole path; what was found is used from then on."""

    def answering(path: str, body: Any) -> web.Response:
        return completion("hi") if path == "/v1/chat/completions" else web.Response(status=404, text="not found")

    async with OddServer(answering) as server:
        model = model_of(server, base=base)
        assert (await model.complete(QUESTION)).reply.text == "hi"
        asked = len(server.asked)
        await model.complete(QUESTION)
    assert len(server.asked) == asked + 1


async def test_what_is_nowhere_is_told_as_it_was_first() -> None:
    """A model that a server without "/v1" does not have is not looked for in vain under another error."""

    def answering(path: str, body: Any) -> web.Response:
        return complaint("no such model: m", 404) if path == "/chat/completions" else complaint("no such path", 404)

    async with OddServer(answering) as server:
        with pytest.raises(ModelResponseError, match="no such model: m"):
            await model_of(server, base="").complete(QUESTION)


def test_ollamas_usual_address_is_enough() -> None:
    """Its OpenAI-compatible half is below "/v1", and nobody writes that."""
    target = resolve_model(ModelSettings(model="ollama/llama3", api_base="http://127.0.0.1:11434/"), {})
    assert url_of(target) == "http://127.0.0.1:11434/v1/chat/completions"


@pytest.mark.parametrize("base", ["localhost:8000/v1", "ftp://127.0.0.1/v1", "http://", "127.0.0.1:1?api_key=s3cret9"])
def test_a_base_that_is_no_address_is_refused(base: str) -> None:
    """It is told what is missing, and nothing secret in it."""
    with pytest.raises(ConfigurationError, match="begin it with http://") as refused:
        resolve_model(ModelSettings(model="openai/m", api_base=base), {})
    assert "s3cret9" not in str(refused.value)


async def test_a_key_that_ends_with_its_files_line_is_sent_without() -> None:
    """Spaces around a key are nobody's key."""
    target = resolve_model(ModelSettings(model="openai/m", api_key=" k-12345\n"), {})
    assert target.api_key == "k-12345"


async def test_all_participants_ask_once_which_models_there_are() -> None:
    """At once or one after the other, with the same key."""

    def answering(path: str, body: Any) -> web.Response:
        return web.json_response({"data": [{"id": "chatty"}]}) if path == "/v1/models" else completion("hi")

    async with OddServer(answering) as server:
        environ = {"OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_API_KEY": "k"}
        target = resolve_model(ModelSettings(), environ, ollama=lambda: False)
        await asyncio.gather(*(open_model(target).complete(QUESTION) for _ in range(5)))
        await open_model(target).complete(QUESTION)
    paths = [path for path, _ in server.asked]
    assert (paths.count("/v1/models"), paths.count("/v1/chat/completions")) == (1, 6)
    assert {body["model"] for _, body in server.asked if body} == {"chatty"}


TOO_LONG = {"error": {"message": "The prompt is too long: 9 tokens > 8 maximum", "code": "context_length_exceeded"}}


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.json_response(TOO_LONG, status=400),
        lambda: web.json_response(TOO_LONG, status=413),
        lambda: web.json_response(TOO_LONG, status=500),
        lambda: web.json_response(TOO_LONG),
        lambda: stream(json.dumps(TOO_LONG)),
    ],
    ids=["400", "413", "500", "200", "stream"],
)
async def test_what_is_too_long_for_the_model_is_known_as_that(answer: Any) -> None:
    """By those who can ask with less; it is not asked again, and nothing is left out for it."""
    async with OddServer(lambda path, body: answer()) as server:
        with pytest.raises(ModelResponseError, match="too long") as failed:
            await model_of(server).complete(QUESTION)
    assert failed.value.reason == "context_length"
    assert len(server.asked) == 1


async def test_other_failures_have_no_such_reason() -> None:
    """Nor has a server that is busy."""
    async with OddServer(lambda path, body: complaint("Rate limit reached", 429)) as server:
        with pytest.raises(ModelResponseError) as failed:
            await model_of(server).complete(QUESTION)
    assert failed.value.reason == ""


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_what_stands_among_thoughts_alone_is_handed_over(name: str) -> None:
    """Some servers put all that a thinking model writes there."""
    message = {"role": "assistant", "content": None, name: '{"x": 9}'}
    answer = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    async with OddServer(lambda path, body: web.json_response(answer)) as server:
        assert (await model_of(server).complete(QUESTION)).reply.reasoning == '{"x": 9}'
    assert len(server.asked) == 1


@pytest.mark.parametrize("words", ["jinja: roles must alternate", "tools param requires --jinja flag"])
async def test_what_is_refused_for_good_with_500_is_not_waited_for(words: str) -> None:
    """llama.cpp answers so; other failures of a server are tried again."""
    waits = Waits()
    async with OddServer(lambda path, body: complaint(words, 500)) as server:
        target = resolve_model(ModelSettings(model="openai/m", api_base=f"{server.url}/v1"), {})
        with pytest.raises(ModelResponseError):
            await open_model(target, sleep=waits, jitter=lambda: 0.5).complete(QUESTION)
    assert waits.seconds == []
