"""Code as users write it: a type checker accepts what is meant, knows what comes back, and refuses what is not.

It is checked by `mypy --strict`, where every `type: ignore` that is not needed is an error; running it proves that it
works as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from typing import Any, Literal, TypedDict, assert_type

import scenario
from scenario import AgentAdapter, AgentInput, AgentReturnTypes, AgentRole
from scenario.script import ScriptStep
from scenario.testing import AgentServer
from scenario.types import AgentInput as InputFromTypes, ScenarioResult


class Documented(scenario.AgentAdapter):
    """As the documentation of this API writes it."""

    async def call(self, input: scenario.AgentInput) -> scenario.AgentReturnTypes:  # noqa: A002 - the contract's name
        assert_type(input.thread_id, str)
        assert_type(input.messages, list[Any])
        assert_type(input.new_messages, list[Any])
        assert_type(input.last_new_user_message(), Any)
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


class TheirMessage(TypedDict):
    """A message as a client library types it."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str


async def completed(*, model: str, messages: Iterable[TheirMessage]) -> TheirMessage:
    """A client library's call."""
    return {"role": "assistant", "content": f"{model} has read {len(list(messages))} messages."}


class Asking(AgentAdapter):
    """An agent that a client library asks: the messages go to it as they are."""

    async def call(self, input: AgentInput) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        assert_type(input.scenario_state.description, str | Any)
        system: TheirMessage = {"role": "system", "content": f"Be kind. {input.scenario_state.description}"}
        return [
            await completed(model="m", messages=[system, *input.messages]),
            await completed(model="m", messages=input.new_messages),
            await completed(model="m", messages=[system, *input.new_messages[-1:]]),
        ]


class Around(AgentAdapter):
    """An adapter around one of any kind."""

    def __init__(self, inner: AgentAdapter) -> None:
        self.inner = inner

    async def call(self, input: AgentInput) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        return await self.inner.call(input.model_copy(update={"new_messages": input.messages}))


class Terse(scenario.UserSimulatorAgent):
    """A participant of ours, changed."""

    async def call(self, input: AgentInput) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        return str(await super().call(input))[:80]


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
    assert_type([call.input for call in state.tool_calls()[:1]], list[Any])
    assert_type(state.config, scenario.ScenarioConfig)
    assert_type(state.exchanges, list[scenario.Exchange])
    assert state.last_message()["content"]


def check_of_the_wire(state: scenario.ScenarioState) -> None:
    """What is compared is there, or says that it is not: no None is in the way."""
    assert_type(state.last_exchange, scenario.Exchange)
    assert state.last_exchange.outcome == "complete"
    assert state.last_exchange.status == 200
    assert state.last_exchange.timing.ttft < 2.0
    assert state.last_exchange.timing.longest_gap < 1.0
    assert state.timing.ttft_p50 <= state.timing.ttft_p95 < 2.0
    assert "Hi" in state.last_exchange.text


def check_of_errors(cut: scenario.errors.IncompleteReplyError, silent: scenario.errors.AgentUnreachableError) -> None:
    """What an error tells of its call is there as well."""
    assert cut.exchange.outcome == cut.outcome
    assert cut.text == cut.exchange.text
    assert silent.exchange.error


async def driving(state: scenario.ScenarioState) -> scenario.ScenarioResult | None:
    """A step that plays steps."""
    assert_type(await scenario.user("Hi")(state), scenario.ScenarioResult | Any | None)
    return await scenario.agent()(state)


def script_from_pieces(lines: list[str]) -> list[ScriptStep]:
    """A script that is put together: lists of steps take functions, and the other way round."""
    opening = [scenario.user("Hi"), scenario.agent(), check, driving]
    steps = [scenario.user(line) for line in lines]
    steps.append(check)
    steps.append(scenario.checks.longer_than(0))
    steps += [scenario.agent(), driving]
    steps.append(lambda state: None)
    checks_alone = [scenario.checks.longer_than(0), scenario.checks.text_contains("a")]
    return [*opening, *steps, *checks_alone, scenario.succeed()]


async def whole_run() -> None:
    """A script of every kind of step."""
    said: TheirMessage = {"role": "user", "content": "And another."}
    result = await scenario.run(
        name="types",
        description="A user writes a test.",
        agents=[Documented(), Text(), Plain(), Streaming(), Asking(), Around(Documented()), Judge()],
        script=[
            scenario.message({"role": "system", "content": "Be kind."}),
            scenario.message(said),
            scenario.user(),
            scenario.agent(),
            check,
            driving,
            lambda state: state.add_message(said),
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
    assert_type(result.exchanges, list[scenario.Exchange])
    assert result.success


def test_it_runs() -> None:
    """What is accepted by the checker works."""
    asyncio.run(whole_run())


async def test_checks_of_the_wire_run() -> None:
    """Figures are numbers, in the state and in the result."""
    async with AgentServer("Hi there") as server:
        result = await scenario.run(
            name="types",
            description="",
            agents=[scenario.RemoteAgent(server.url)],
            script=[scenario.user("Hello"), scenario.agent(), check_of_the_wire, scenario.succeed()],
        )
    assert_type(result.last_exchange, scenario.Exchange)
    assert_type(result.timing.ttft_p95, float)
    assert result.last_exchange.timing.ttft == result.timing.ttft_p95


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
    asyncio.run(scenario.run("", "", script=[5]))  # type: ignore[list-item]
    _ = scenario.ScenarioState().last_exchange.outcom  # type: ignore[attr-defined]
    priced("1")  # type: ignore[arg-type]
    ScenarioResult(success=True)  # type: ignore[call-arg]
    AgentAdapter()  # type: ignore[abstract]
