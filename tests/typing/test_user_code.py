"""Code as users write it: a type checker accepts what is meant, knows what comes back, and refuses what is not.

It is checked by `mypy --strict`, where every `type: ignore` that is not needed is an error; running it proves that it
works as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, assert_type

import scenario
from scenario import AgentAdapter, AgentInput, AgentReturnTypes, AgentRole
from scenario.types import AgentInput as InputFromTypes, ScenarioResult


class Documented(scenario.AgentAdapter):
    """As the documentation of this API writes it."""

    async def call(self, input: scenario.AgentInput) -> scenario.AgentReturnTypes:  # noqa: A002 - the contract's name
        assert_type(input.thread_id, str)
        assert_type(input.messages, list[dict[str, Any]])
        assert_type(input.new_messages, list[dict[str, Any]])
        assert_type(input.last_new_user_message(), dict[str, Any])
        assert_type(input.last_new_user_message_str(), str)
        assert_type(input.judgment_request, scenario.JudgmentRequest | None)
        assert_type(input.propagation_headers, dict[str, str])
        return f"You said {input.last_new_user_message_str()}"


class Text(AgentAdapter):
    """A narrower return type."""

    role = AgentRole.USER

    async def call(self, input: AgentInput) -> str:  # noqa: A002 - the contract's name
        return "Hello"


class Plain(AgentAdapter):
    """A plain function."""

    def call(self, input: InputFromTypes) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        return [{"role": "assistant", "content": "Hi"}]


class Streaming(AgentAdapter):
    """An asynchronous generator."""

    async def call(self, input: AgentInput) -> AsyncIterator[str]:  # noqa: A002 - the contract's name
        yield "H"
        yield "i"


class Judge(AgentAdapter):
    """A judge of one's own."""

    role = AgentRole.JUDGE

    async def call(self, input: AgentInput) -> ScenarioResult | list[dict[str, Any]]:  # noqa: A002
        if input.judgment_request is None:
            return []
        return ScenarioResult(success=True, messages=input.messages, passed_criteria=["it answers"])


@scenario.cache()
def priced(amount: int, *, currency: str = "EUR") -> str:
    """A function whose results are kept."""
    return f"{amount} {currency}"


@scenario.cache(ignore=["client"])
async def asked(client: object, question: str) -> list[str]:
    """A coroutine function whose results are kept."""
    return [question]


@scenario.cache
def bare(amount: int) -> int:
    """A decorator without brackets."""
    return amount


def check(state: scenario.ScenarioState) -> None:
    """A step of one's own."""
    assert_type(state.messages, list[dict[str, Any]])
    assert_type(state.last_message(), dict[str, Any])
    assert_type(state.has_tool_call("f"), bool)
    assert_type(state.tool_calls("f"), scenario.ToolCalls)
    assert_type(state.tool_calls().first, scenario.ToolCall)
    assert_type(state.config, scenario.ScenarioConfig)
    assert_type(state.last_exchange, scenario.Exchange | None)
    assert state.last_message()["content"]


async def driving(state: scenario.ScenarioState) -> scenario.ScenarioResult | None:
    """A step that plays steps."""
    assert_type(await scenario.user("Hi")(state), scenario.ScenarioResult | None)
    return await scenario.agent()(state)


async def whole_run() -> None:
    """A script of every kind of step."""
    result = await scenario.run(
        name="types",
        description="A user writes a test.",
        agents=[Documented(), Text(), Plain(), Streaming(), Judge()],
        script=[
            scenario.message({"role": "system", "content": "Be kind."}),
            scenario.user(),
            scenario.agent(),
            check,
            driving,
            lambda state: scenario.user("returned"),
            lambda state: None,
            scenario.proceed(turns=1, on_turn=check, on_step=lambda state: None),
            scenario.judge(criteria=["it answers"], additional_context="nothing"),
            scenario.judge(["it answers"], "nothing"),
            scenario.sleep(0),
            scenario.succeed("done"),
        ],
        max_turns=5,
        min_turns=None,
        cache_key=None,
        verbose=False,
        set_id="types",
        metadata={"team": "a"},
    )
    assert_type(result, scenario.ScenarioResult)
    assert_type(result.success, bool)
    assert_type(result.reasoning, str | None)
    assert_type(result.criteria, list[scenario.CriterionResult])
    assert_type(result.model_dump(exclude={"messages"}), dict[str, Any])
    assert_type(result.model_copy(update={"success": True}), scenario.ScenarioResult)
    assert_type(result.total_time, float | None)
    assert result.success


def test_it_runs() -> None:
    """What is accepted by the checker works."""
    asyncio.run(whole_run())


def test_decorated_functions_keep_their_types() -> None:
    """Parameters and results stay as they were written."""
    assert_type(priced(1, currency="CHF"), str)
    assert_type(bare(1), int)
    accepts_async: Callable[[object, str], Coroutine[Any, Any, list[str]]] = asked
    awaited: Awaitable[list[str]] = accepts_async(None, "q")
    assert_type(asyncio.run(asyncio.wait_for(awaited, None)), list[str])


def test_settings_have_types() -> None:
    """One object under two names."""
    assert_type(scenario.default_config, scenario.ScenarioConfig)
    assert_type(scenario.default_config.max_turns, int)
    assert_type(scenario.config.ModelConfig("m").model, str)
    assert_type(scenario.ModelConfig("openai/gpt-4o-mini").model, str)


def refused() -> None:
    """Never called: each line is an error that the checker must report."""
    scenario.user(5)  # type: ignore[arg-type]
    scenario.proceed("3")  # type: ignore[arg-type]
    scenario.nonsense()  # type: ignore[attr-defined]
    scenario.types.nonsense()  # type: ignore[attr-defined]
    priced("1")  # type: ignore[arg-type]
    ScenarioResult(success=True)  # type: ignore[call-arg]
    AgentAdapter()  # type: ignore[abstract]
