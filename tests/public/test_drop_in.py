"""Code that was written for the established package of this API finds what it relies on."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

import scenario
from scenario import AgentInput, ScenarioConfig, ScenarioState
from scenario.connected_agent import ConnectedAgentAdapter, ConnectedAgentCall
from scenario.scenario_executor import ScenarioExecutor
from scenario.testing import AgentServer, ModelServer
from tests.runner.players import Says, judge, play, said, user, verdict

CALL = {"id": "1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}


@pytest.fixture
def restored() -> Iterator[None]:
    """What is configured afterwards is what was before."""
    before = ScenarioConfig.default_config
    yield
    ScenarioConfig.default_config = before


# --- names ---


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("scenario.types", "ScriptStep ChatCompletionMessageParamWithTrace ChatCompletionUserMessageParamWithTrace"),
        ("scenario.script", "ScriptStep"),
        ("scenario.connected_agent", "ConnectedAgentAdapter ConnectedAgentCall is_connected_agent"),
        ("scenario.scenario_executor", "ScenarioExecutor run arun"),
        ("scenario.pytest_plugin", "ScenarioReporter"),
    ],
)
def test_names_for_annotations_and_subclasses_are_there(module: str, names: str) -> None:
    """Where that package has them."""
    assert [name for name in names.split() if not hasattr(importlib.import_module(module), name)] == []


def test_a_message_type_makes_a_message() -> None:
    """A plain dictionary, with the keys it was given."""
    from scenario.types import ChatCompletionUserMessageParamWithTrace

    made = ChatCompletionUserMessageParamWithTrace(role="user", content="hi", trace_id=None)
    assert made == {"role": "user", "content": "hi", "trace_id": None}


@pytest.mark.parametrize("name", ["TraceView", "VoiceAgentAdapter", "AttackTechnique", "conversation"])
def test_what_is_left_out_says_so(name: str) -> None:
    """Red teaming, voice, tracing and the vendor's evaluators."""
    with pytest.raises(AttributeError, match="not part of this"):
        getattr(scenario, name)


# --- steps ---


@pytest.mark.parametrize("step", [scenario.succeed, scenario.fail])
async def test_an_ending_takes_its_reason_under_both_names(step: Any) -> None:
    """And by position."""
    for made in (step("why"), step(reason="why"), step(reasoning="why")):
        assert (await play(script=[made])).reasoning == "why"


async def test_a_judge_step_takes_both_arguments_by_position() -> None:
    """Criteria first, then what is added for the judge."""
    judging = judge(verdict(passed_criteria=["c"]))
    await play(judging, script=[scenario.judge(["c"], "more"), scenario.succeed()])
    request = judging.inputs[0].judgment_request
    assert request is not None
    assert (request.criteria, request.additional_context) == (["c"], "more")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (None, "Reached maximum turns (2)"),
        ([scenario.user("hi")], "Reached end of script without conclusion"),
        ([scenario.succeed()], "marked as successful with scenario.succeed()"),
        ([scenario.fail()], "marked as failed with scenario.fail()"),
    ],
)
async def test_an_ending_without_a_reason_says_what_tests_look_for(script: Any, words: str) -> None:
    """The words that are asserted in tests of this API."""
    result = await play(user(), Says(), script=script, max_turns=2)
    assert words in (result.reasoning or "")


async def test_an_executor_is_made_first_and_run_later() -> None:
    """And again; what `run` does not take, it does not take."""
    made = ScenarioExecutor("n", "d", [Says("yes")], [scenario.user("hi"), scenario.agent(), scenario.succeed()])
    for _ in range(2):
        assert said(await made.run()) == [("user", "hi"), ("assistant", "yes")]
    with pytest.raises(TypeError, match="nonsense"):
        ScenarioExecutor("n", "d", nonsense=1)


# --- the state ---


def by_hand(*messages: dict[str, Any], **values: Any) -> ScenarioState:
    """As tests of checks make one."""
    return ScenarioState(
        description="d",
        messages=list(messages),
        thread_id="t",
        current_turn=values.pop("current_turn", 0),
        config=ScenarioConfig(max_turns=4),
        **values,
    )


def test_a_state_is_made_by_hand() -> None:
    """A check can be tried on a conversation without a run."""
    state = by_hand({"role": "user", "content": "hi"}, {"role": "assistant", "tool_calls": [CALL]}, current_turn=2)
    assert (state.description, state.thread_id, state.current_turn, state.config.max_turns) == ("d", "t", 2, 4)
    assert state.last_user_message()["content"] == "hi"
    assert state.has_tool_call(tool_name="weather")
    assert state.last_tool_call(tool_name="weather") == CALL
    assert [turn.tool_calls("weather").first.turn for turn in state.turns] == [0]
    state.add_message({"role": "user", "content": "more"})
    assert state.rollback_messages_to(1)[-1]["content"] == "more"


def test_a_state_without_a_conversation_is_made_by_hand() -> None:
    """With what is configured."""
    state = ScenarioState()
    assert (state.messages, state.current_turn, state.fields, state.config) == ([], 0, {}, scenario.default_config)


async def test_a_state_that_was_made_by_hand_plays_no_steps() -> None:
    """Nobody is there to speak."""
    with pytest.raises(ValueError, match="made by hand"):
        await scenario.user("hi")(by_hand())


def test_a_state_dumps() -> None:
    """A copy of the conversation with its settings."""
    state = by_hand({"role": "user", "content": "hi"})
    dumped = state.model_dump(exclude={"thread_id"})
    assert dumped.keys() == {"description", "messages", "current_turn", "config"}
    dumped["messages"][0]["content"] = "changed"
    assert state.first_user_message() == "hi"


def test_a_state_without_voice_and_traces() -> None:
    """No voice was heard, a turn has no trace, and what is not there says why."""
    state = by_hand({"role": "user", "content": "hi"})
    assert (state.timeline, state.turns[0].trace) == ([], None)
    with pytest.raises(AttributeError, match="traces are not part"):
        state.spans  # noqa: B018 - reading it is what is tested


def test_a_tool_call_that_was_not_made_bears_its_name() -> None:
    """Empty and falsy."""
    call = by_hand().tool_calls("weather").last
    assert (call.name, call.source, bool(call)) == ("weather", None, False)


# --- inputs ---


async def test_an_adapter_hands_a_changed_input_on() -> None:
    """A copy with another conversation; the run's is as it was."""
    inner = Says(lambda input: f"{input.thread_id}: {input.last_new_user_message_str()}")  # noqa: A006

    class Outer(scenario.AgentAdapter):
        async def call(self, input: AgentInput) -> Any:  # noqa: A002 - the contract's name
            changed = [{"role": "user", "content": "changed"}]
            return await inner.call(input.model_copy(update={"new_messages": changed, "thread_id": "other"}))

    result = await play(Outer(), script=[scenario.user("hi"), scenario.agent(), scenario.succeed()])
    assert said(result) == [("user", "hi"), ("assistant", "other: changed")]


async def test_an_adapter_changes_its_input_in_place() -> None:
    """It is its own; the run's conversation is as it was."""

    class Short(scenario.AgentAdapter):
        async def call(self, input: AgentInput) -> str:  # noqa: A002 - the contract's name
            input.messages = input.messages[-1:]
            input.new_messages = [{"role": "user", "content": "changed"}]
            return f"{len(input.messages)} {input.last_new_user_message_str()}"

    script = [scenario.user("a"), scenario.agent("b"), scenario.user("c"), scenario.agent(), scenario.succeed()]
    result = await play(Short(), script=script)
    assert [content for _, content in said(result)] == ["a", "b", "c", "1 changed"]


async def test_what_an_adapter_has_others_do_is_recorded_as_its_own() -> None:
    """Also where it builds the input by hand: tokens, and calls over the wire."""

    class Changing(scenario.JudgeAgent):
        async def call(self, input: AgentInput) -> Any:  # noqa: A002 - the contract's name
            return await super().call(
                AgentInput(
                    thread_id=input.thread_id,
                    messages=[{"role": "user", "content": "changed"}],
                    new_messages=input.new_messages,
                    judgment_request=input.judgment_request,
                    scenario_state=input.scenario_state,
                )
            )

    class Wrapping(scenario.AgentAdapter):
        def __init__(self, inner: scenario.AgentAdapter) -> None:
            self.inner = inner

        async def call(self, input: AgentInput) -> Any:  # noqa: A002 - the contract's name
            return await self.inner.call(AgentInput(thread_id="other", messages=input.messages))

    async with ModelServer() as models, AgentServer("hi") as server:
        result = await play(
            Changing(criteria=["c"], model=models.config()),
            Wrapping(scenario.RemoteAgent(server.url)),
            script=[scenario.user("x"), scenario.agent(), scenario.judge()],
        )
    assert result.usage["judge"].calls == 1
    assert [exchange.reply.text for exchange in result.exchanges] == ["hi"]


async def test_an_input_dumps() -> None:
    """With the state and the request as dictionaries."""
    agent = Says()
    await play(agent, script=[scenario.user("hi"), scenario.agent(), scenario.succeed()])
    dumped = agent.inputs[0].model_dump(exclude={"thread_id"})
    assert dumped["messages"] == dumped["new_messages"] == [{"role": "user", "content": "hi"}]
    assert (dumped["judgment_request"], dumped["scenario_state"]["description"]) == (None, "a situation")


async def test_each_turn_has_a_trace_that_calls_can_be_linked_to() -> None:
    """`traceparent` as the W3C has it: one trace to a turn, another parent to each call."""
    simulator, agent = user(), Says()
    await play(simulator, agent, max_turns=2)
    turns = [
        [one.inputs[turn].propagation_headers["traceparent"].split("-") for one in (simulator, agent)]
        for turn in range(2)
    ]
    for asked, answered in turns:
        assert [len(part) for part in asked] == [2, 32, 16, 2]
        assert (asked[1], asked[3]) == (answered[1], "01")
        assert asked[2] != answered[2]
    assert turns[0][0][1] != turns[1][0][1]


class AnyState:
    """What tests hand over in the place of a state: whatever is asked of it is another of these."""

    description = "a test"
    current_turn = 1

    def __getattr__(self, name: str) -> Any:
        return AnyState()


@pytest.mark.usefixtures("restored")
async def test_participants_are_tried_with_any_state() -> None:
    """The built-in ones go by what is configured then."""
    async with ModelServer() as server:
        scenario.configure(default_model=server.config())
        state: Any = AnyState()
        asked = AgentInput(thread_id="t", messages=[{"role": "user", "content": "x"}], scenario_state=state)
        verdict = await scenario.JudgeAgent(criteria=["c"]).call(asked)
        assert isinstance(verdict, scenario.ScenarioResult)
        assert verdict.success
        assert isinstance(await scenario.UserSimulatorAgent().call(asked), dict)


async def test_a_remote_agent_is_told_the_turns_trace() -> None:
    """So that its spans can join it; a header of one's own wins."""
    script = [scenario.user("x"), scenario.agent(), scenario.succeed()]
    sent = []
    async with AgentServer("hi") as server:
        for headers in ({}, {"Traceparent": "mine"}):
            result = await play(scenario.RemoteAgent(server.url, headers=headers), script=script)
            (exchange,) = result.exchanges
            sent.append({name.lower(): value for name, value in exchange.request.headers.items()}["traceparent"])
    assert sent[0].startswith("00-")
    assert sent[1] == "mine"


# --- connected agents ---


class Answer:
    """A reply as an object."""

    def __init__(self, output: Any, session: Any = None) -> None:
        self.output = output
        self.session = session


class Connected:
    """An agent that is no adapter."""

    name = "support"

    def __init__(self, *replies: Any) -> None:
        self.replies = list(replies)
        self.calls: list[ConnectedAgentCall] = []

    async def invoke(self, call: ConnectedAgentCall) -> Any:
        self.calls.append(call)
        return self.replies.pop(0)


@pytest.mark.parametrize(("reply", "text"), [(Answer("hi"), "hi"), (None, ""), (7, "7"), (Answer(None), "")])
async def test_a_connected_agent_replies_with_objects_and_scalars(reply: Any, text: str) -> None:
    """An object with an `output`, a number, or nothing."""
    result = await play(Connected(reply), script=[scenario.user("x"), scenario.agent(), scenario.succeed()])
    assert said(result)[-1] == ("assistant", text)


async def test_a_session_is_kept_until_there_is_another() -> None:
    """A reply without one, or with None, takes nothing away."""
    agent = Connected(Answer("a", {"n": 1}), {"output": "b", "session": None}, "c", {"output": "d", "session": "s"})
    adapter = ConnectedAgentAdapter(agent)
    for _ in range(4):
        await adapter.call(AgentInput(thread_id="t", messages=[{"role": "user", "content": "x"}]))
    assert [call.session for call in agent.calls] == [None, {"n": 1}, {"n": 1}, {"n": 1}]
    assert (adapter.session_for("t"), adapter.session_for("other")) == ("s", None)


async def test_a_connected_agent_is_told_the_turns_trace() -> None:
    """As its call's `trace_id`; the call tells all that belongs to the turn."""
    agent = Connected("a")
    await play(agent, script=[scenario.user("x"), scenario.agent(), scenario.succeed()])
    call = agent.calls[0]
    assert len(call.trace_id or "") == 32
    assert call.turn_fields().keys() == {"messages", "new_messages", "thread_id", "session", "trace_id"}
    assert ConnectedAgentCall([]).trace_id is None
