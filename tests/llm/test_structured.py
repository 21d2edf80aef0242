"""Structured output: by a function call, by a demanded shape, or by JSON in text, whichever the server can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from scenario.errors import ModelResponseError
from scenario.llm.functions import Call, Function, Unreadable, only_call
from scenario.llm.model import Completion, Model
from scenario.llm.structured import ask
from scenario.testing import ModelReply, ModelServer, ToolUse
from tests.llm.asking import QUESTION, model_at

NUMBER = Function(
    name="give_number",
    description="Give a number.",
    parameters={"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
)
NOTHING = Function(
    name="give_up",
    description="Give up.",
    parameters={"type": "object", "properties": {"why": {"type": "string"}}, "required": ["why"]},
)


def read_number(calls: Sequence[Call]) -> int | None:
    """The number on which calls agree; None where the model gave up."""
    call = only_call(calls)
    if call.name == "give_up":
        return None
    if isinstance(call.arguments, dict) and isinstance(call.arguments.get("x"), int):
        return int(call.arguments["x"])
    raise Unreadable("x must be a whole number.")


async def number(model: Model, *functions: Function) -> int | None:
    """Ask for a number."""
    completions: list[Completion] = []
    answer = await ask(model, QUESTION, functions or (NUMBER,), read_number, answered=completions.append)
    assert completions
    return answer


def calls(name: str, arguments: Any) -> ModelReply:
    """A reply that calls a function."""
    return ModelReply(tools=(ToolUse(name=name, arguments=arguments),))


async def test_a_function_is_demanded_first() -> None:
    """One function is demanded by name, of several any."""
    async with ModelServer([calls("give_number", {"x": 4}), calls("give_up", {"why": "?"})]) as server:
        model = model_at(server)
        assert await number(model) == 4
        assert await number(model, NUMBER, NOTHING) is None
    assert server.requests[0].body["tool_choice"] == {"type": "function", "function": {"name": "give_number"}}
    assert server.requests[1].body["tool_choice"] == "required"


async def test_a_server_without_tools_is_asked_for_a_shape_and_that_is_remembered() -> None:
    """The refusal costs one request, once for a model."""
    async with ModelServer(['{"x": 5}', '{"x": 6}'], refuse=["tools"]) as server:
        model = model_at(server)
        assert (await number(model), await number(model)) == (5, 6)
    asked = [("tools" in r.body, "response_format" in r.body) for r in server.requests]
    assert asked == [(True, False), (False, True), (False, True)]


async def test_a_server_with_neither_is_asked_for_json_in_text() -> None:
    """The last resort works with any model that writes JSON."""
    fenced = 'Sure!\n```json\n{"x": 7}\n```'
    async with ModelServer([fenced, '{"x": 8}'], refuse=["tools", "response_format"]) as server:
        model = model_at(server)
        assert (await number(model), await number(model)) == (7, 8)
    assert len(server.requests) == 4
    assert "JSON Schema" in server.requests[-1].body["messages"][-1]["content"]


async def test_a_server_that_ignores_tools_is_asked_for_a_shape_and_that_is_remembered() -> None:
    """It answers as if no function had been offered, and its model has not seen what shape is wanted."""

    def replies(body: dict[str, Any]) -> str:
        return '{"x": 9}' if "response_format" in body else "Nine, I believe."

    async with ModelServer(replies) as server:
        model = model_at(server)
        assert (await number(model), await number(model)) == (9, 9)
    asked = [("tools" in r.body, "response_format" in r.body) for r in server.requests]
    assert asked == [(True, False), (False, True), (False, True)]


async def test_several_functions_are_one_shape_without_tools() -> None:
    """Which of them is meant stands in the object."""
    async with ModelServer(['{"function": "give_up", "why": "tired", "x": 0}'], refuse=["tools"]) as server:
        assert await number(model_at(server), NUMBER, NOTHING) is None


async def test_each_kind_of_fault_is_asked_about_once() -> None:
    """An unreadable answer does not use up the second chance of the evidence; three requests are the most."""

    def read(calls: Sequence[Call]) -> int:
        x = read_number(calls)
        if x == 1:
            raise Unreadable("One is wrong.", partial=0, fault="evidence")
        return x or 0

    async with ModelServer(["what?", '{"x": 1}', '{"x": 9}']) as server:
        assert await ask(model_at(server), QUESTION, [NUMBER], read, answered=lambda _: None) == 9
    async with ModelServer(['{"x": 1}', "what?", '{"x": 1}']) as server:
        assert await ask(model_at(server), QUESTION, [NUMBER], read, answered=lambda _: None) == 0
    async with ModelServer(['{"x": 1}', '{"x": 1}']) as server:
        assert await ask(model_at(server), QUESTION, [NUMBER], read, answered=lambda _: None) == 0


async def test_an_unreadable_answer_is_asked_for_again_with_what_was_wrong() -> None:
    """The repair names the problem and quotes the answer."""
    async with ModelServer([calls("give_number", {"x": "nine"}), calls("give_number", {"x": 9})]) as server:
        assert await number(model_at(server)) == 9
    *_, said, told = server.requests[1].body["messages"]
    assert "nine" in said["content"]
    assert "x must be a whole number" in told["content"]


async def test_two_unreadable_answers_are_an_error() -> None:
    """There is one repair, not a loop."""
    async with ModelServer(["what?", calls("give_number", "{broken")]) as server:
        with pytest.raises(ModelResponseError, match="no answer that can be read, twice"):
            await number(model_at(server))
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("I would say nine.", "It answered: I would say nine."),
        ("", "Its answer was empty."),
        (
            {"choices": [{"message": {"content": "Well"}, "finish_reason": "content_filter"}]},
            "It answered (a filter ended the answer: its finish reason is 'content_filter'): Well",
        ),
        ({"role": "assistant", "content": None, "refusal": "I will not."}, "It answered: I will not."),
        ("x" * 300, "x" * 200 + "…"),
        (
            {"choices": [{"message": {"content": '{"x": '}, "finish_reason": "length"}]},
            "cut at its limit of tokens: max_tokens= sets a higher one",
        ),
    ],
)
async def test_what_was_answered_in_its_place_is_told(answer: Any, told: str) -> None:
    """The error shows the last answer, shortened, or what is the matter with it."""
    async with ModelServer([answer, answer]) as server:
        with pytest.raises(ModelResponseError) as caught:
            await number(model_at(server))
    assert told in str(caught.value)


async def test_a_way_that_is_refused_after_it_has_worked_is_not_the_last() -> None:
    """What was remembered is refused now: all others are tried, from the best one down."""
    refuse = ["tools"]
    async with ModelServer(
        ['{"x": 1}', calls("give_number", {"x": 2}), calls("give_number", {"x": 3})], refuse=refuse
    ) as s:
        assert await number(model_at(s)) == 1
        s._refuse = ("response_format",)  # the server is another one now
        assert await number(model_at(s)) == 2
        assert await number(model_at(s)) == 3
    asked = [("tools" in r.body, "response_format" in r.body) for r in s.requests]
    assert asked == [(True, False), (False, True), (False, True), (True, False), (True, False)]


async def test_json_is_spoken_of_where_json_is_demanded() -> None:
    """OpenAI refuses its JSON mode to prompts that do not."""

    def refusing(body: dict[str, Any]) -> Any:
        kind = body.get("response_format", {}).get("type")
        error = {"error": {"message": "response_format of type json_schema is not supported", "code": 400}}
        return error if "tools" in body or kind == "json_schema" else '{"x": 4}'

    async with ModelServer(refusing) as server:
        assert await number(model_at(server)) == 4
    assert server.requests[-1].body["response_format"] == {"type": "json_object"}
    assert "JSON" in server.requests[-1].body["messages"][-1]["content"]


async def test_anthropics_api_without_tools_is_asked_in_text() -> None:
    """It has no shapes to demand, so that nothing lies between."""
    async with ModelServer(['{"x": 4}', '{"x": 5}'], refuse=["tools"]) as server:
        assert await number(model_at(server, "anthropic/claude-test", api_key="k")) == 4
        assert await number(model_at(server, "anthropic/claude-test", api_key="k")) == 5
    assert ["tools" in request.body for request in server.requests] == [True, False, False]
