"""One model at one server: what is sent, what servers refuse, and what comes back."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

import pytest

from scenario.errors import ConfigurationError, ModelResponseError, ModelUnreachableError
from scenario.llm.embedded.manifest import DEFAULT_MODEL
from scenario.llm.endpoint import error_response
from scenario.llm.participant_model import open_model
from scenario.llm.resolve import ModelSettings, ModelTarget, resolve_model
from scenario.testing import ModelReply, ModelServer, ToolUse
from scenario.warning import ScenarioWarning
from tests.llm.asking import QUESTION, model_at

TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "answer",
        "strict": True,
        "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
    },
}


async def test_nothing_empty_is_sent() -> None:
    """Without tools there is no `tools`, without a limit no limit: some servers refuse empty ones."""
    async with ModelServer(["hi"]) as server:
        await model_at(server).complete(QUESTION)
    body = server.requests[0].body
    assert body == {"model": "test-model", "messages": QUESTION, "temperature": 0.0}


async def test_no_key_sends_no_authorization() -> None:
    """A local server needs no key, and gets none."""
    async with ModelServer(["hi"]) as server:
        await model_at(server).complete(QUESTION)
    assert "authorization" not in server.requests[0].headers


async def test_settings_of_the_call_are_used() -> None:
    """Key and headers go into the headers, unknown keys into the body."""
    async with ModelServer(["hi"]) as server:
        extra = {"extra_headers": {"X-Team": "a"}, "top_p": 0.1}
        await model_at(server, api_key="k", max_tokens=5, extra=extra).complete(QUESTION)
    request = server.requests[0]
    assert (request.headers["authorization"], request.headers["x-team"]) == ("Bearer k", "a")
    assert (request.body["max_tokens"], request.body["top_p"]) == (5, 0.1)


async def test_half_an_emoji_can_be_sent() -> None:
    """A text that UTF-8 cannot hold is no failure of the model."""
    async with ModelServer(["hi"]) as server:
        await model_at(server).complete([{"role": "user", "content": "\ud83d"}])
    assert server.requests[0].body["messages"][0]["content"] == "\ufffd"


async def test_usage_is_told() -> None:
    """Tokens and time come with the answer; an unknown price is no cost."""
    async with ModelServer([ModelReply(text="hi", input_tokens=3, output_tokens=4)]) as server:
        completion = await model_at(server).complete(QUESTION)
    assert (completion.usage.input_tokens, completion.usage.output_tokens, completion.cost) == (3, 4, None)
    assert completion.seconds > 0


async def test_a_refusal_of_something_else_is_an_error() -> None:
    """Only what is known to be dispensable is left out."""
    async with ModelServer(refuse=["reasoning_effort"]) as server:
        with pytest.raises(ModelResponseError, match="reasoning_effort"):
            await model_at(server, extra={"reasoning_effort": "low"}).complete(QUESTION)
    assert len(server.requests) == 1


async def test_what_nobody_has_set_is_left_out_without_a_word(recwarn: pytest.WarningsRecorder) -> None:
    """Our own default is no wish of the user's."""
    async with ModelServer(refuse=["temperature"]) as server:
        assert (await model_at(server).complete(QUESTION)).reply.text
    assert "temperature" not in server.requests[-1].body
    assert not recwarn


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"temperature": 0.7}, "temperature=0.7"),
        ({"extra": {"top_p": 0.1}}, "top_p=0.1"),
        ({"extra": {"extra_body": {"seed": 7}}}, "seed=7"),
    ],
)
async def test_what_the_user_has_set_is_left_out_with_a_warning(settings: dict[str, Any], told: str) -> None:
    """Once: the run goes on, and nobody believes that the setting had an effect."""
    name = told.partition("=")[0]
    async with ModelServer(refuse=[name]) as server:
        model = model_at(server, **settings)
        with pytest.warns(ScenarioWarning, match=f"{told} has no effect: openai/test-model at 127"):
            await model.complete(QUESTION)
        with warnings.catch_warnings():
            warnings.simplefilter("error", ScenarioWarning)
            await model.complete(QUESTION)
    assert [name in request.body for request in server.requests] == [True, False, False]


async def test_what_was_refused_is_not_sent_again() -> None:
    """The server is asked to refuse only once."""
    async with ModelServer(refuse=["temperature", "max_tokens"]) as server:
        model = model_at(server, max_tokens=9)
        await model.complete(QUESTION)
        first = len(server.requests)
        await model.complete(QUESTION)
    assert (first, len(server.requests)) == (3, 4)
    assert server.requests[-1].body["max_completion_tokens"] == 9


async def test_a_refused_choice_is_weakened_step_by_step() -> None:
    """A named function, then any, then none demanded."""
    async with ModelServer(
        [ModelReply(tools=(ToolUse(name="answer", arguments={"x": 1}),))], refuse=["tool_choice"]
    ) as s:
        named = {"type": "function", "function": {"name": "answer"}}
        completion = await model_at(s).complete(QUESTION, tools=[TOOL], tool_choice=named)
    assert [request.body.get("tool_choice") for request in s.requests] == [named, "required", "auto", None]
    assert completion.reply.tool_calls[0].arguments == {"x": 1}


async def test_a_refused_strict_is_left_out() -> None:
    """Servers that do not know `strict` get the tool without it."""
    async with ModelServer(refuse=["strict"]) as server:
        await model_at(server).complete(QUESTION, tools=[TOOL], tool_choice="required")
    assert "strict" not in server.requests[-1].body["tools"][0]["function"]


async def test_the_key_is_not_shown_in_an_error() -> None:
    """Servers repeat keys in their complaints; we do not."""
    echo = b'{"error": {"message": "Incorrect API key provided: s3cret"}}'
    async with ModelServer([echo]) as server:
        with pytest.raises(ModelResponseError, match=r"\*\*\*") as failed:
            await model_at(server, api_key="s3cret").complete(QUESTION)
    assert "s3cret" not in str(failed.value)


@pytest.mark.parametrize("body", [b"<html>busy</html>", b"", b"[]", b'"text"'])
async def test_what_is_no_answer_is_an_error(body: bytes) -> None:
    """Whatever a server sends in the place of an answer is a named error of that server."""
    async with ModelServer([body]) as server:
        with pytest.raises(ModelResponseError, match=r"openai/test-model at 127"):
            await model_at(server).complete(QUESTION)


def test_the_key_is_not_shown_in_an_error_response() -> None:
    """Nor where the status is the error."""
    target = resolve_model(ModelSettings(model="openai/a", api_key="s3cret"), {})
    for body in (b'{"error": {"message": "no s3cret"}}', b"no s3cret"):
        assert "HTTP 401: no ***. Check the key: OPENAI_API_KEY" in str(error_response(target, 401, body))


async def test_anthropic_is_asked_natively() -> None:
    """Its path, its tools, its answer."""
    async with ModelServer([ModelReply(tools=(ToolUse(name="answer", arguments={"x": 1}),))]) as server:
        model = model_at(server, "anthropic/claude-test", api_key="k")
        completion = await model.complete(QUESTION, tools=[TOOL], tool_choice="required")
    request = server.requests[0]
    assert (request.path, request.headers["x-api-key"]) == ("/v1/messages", "k")
    assert request.body["tools"][0]["input_schema"]["required"] == ["x"]
    assert completion.reply.tool_calls[0].arguments == {"x": 1}
    assert completion.usage.input_tokens == 10


async def test_a_server_that_names_its_models_is_asked_which() -> None:
    """With a base URL alone, the first model of the list that can chat is used, and the list read once."""
    async with ModelServer(["one", "two"], models=["text-embedding-3", "chatty"]) as server:
        target = resolve_model(ModelSettings(), {"OPENAI_BASE_URL": server.base_url}, ollama=lambda: False)
        model = open_model(target)
        await model.complete(QUESTION)
        await model.complete(QUESTION)
    assert [request.body["model"] for request in server.requests] == ["chatty", "chatty"]
    assert model.name == "openai/chatty"


async def test_a_missing_key_is_told_before_anything_is_sent() -> None:
    """The provider's own server answers nobody without a key, so nobody is asked."""
    model = open_model(resolve_model(ModelSettings(model="openai/gpt-4o-mini"), {}))
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        await model.complete(QUESTION)


async def test_a_timeout_is_a_deadline() -> None:
    """`timeout` ends a call that takes longer, without another try."""
    never = asyncio.Event()

    async def hang(body: dict[str, Any]) -> str:
        await never.wait()
        return ""

    async with ModelServer(hang) as server:
        with pytest.raises(ModelUnreachableError, match="in time"):
            await model_at(server, extra={"timeout": 0.1}).complete(QUESTION)
        assert len(server.requests) == 1
        never.set()


@pytest.mark.parametrize(("embedded", "measured"), [(DEFAULT_MODEL, True), ("smollm2-135m-instruct", False)])
def test_figures_are_claimed_only_of_the_model_that_it_was_measured_with(embedded: str, measured: bool) -> None:
    """Every embedded model judges by log-odds; the measured figures are shown of the default one alone."""
    target = ModelTarget(name=f"embedded/{embedded}", embedded=embedded)
    profile = open_model(target).profile
    assert profile.judge == "log-odds"
    assert (profile.measured is not None) is measured


def test_what_is_secret_in_a_servers_address_is_not_shown_either() -> None:
    """A key in the query is masked where the server repeats it; a stand-in of a letter does not spoil the sentence."""
    settings = ModelSettings(model="openai/a", api_key="x", api_base="http://h/v1?key=a-secret-of-the-query")
    target = resolve_model(settings, {})
    told = str(error_response(target, 401, b"it exceeds a-secret-of-the-query"))
    assert "it exceeds *********************." in told
