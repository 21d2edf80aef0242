"""The state: what checks read, and how they may change the conversation."""

from __future__ import annotations

from typing import Any

import pytest

import scenario
from scenario import AgentRole
from scenario.config import ScenarioConfig
from scenario.dialogue.engine import Dialogue
from scenario.dialogue.state import ScenarioState
from scenario.errors import ScriptError
from scenario.exchange import Exchange, HttpRequest
from scenario.types import RunTiming, ToolCall
from tests.dialogue.test_engine import Silent

CALL = {"id": "1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Rome"}'}}
BROKEN = {"id": "2", "type": "function", "function": {"name": "book", "arguments": "{no json"}}
CONVERSATION: list[dict[str, Any]] = [
    {"role": "user", "content": "Rome?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "1", "content": '{"degrees": 21}'},
    {"role": "assistant", "content": "21", "tool_calls": [BROKEN]},
]


async def never(step: Any) -> None:
    """No step is played here."""


def state(*messages: dict[str, Any], **values: Any) -> ScenarioState:
    """A state with this conversation."""
    talk = Dialogue(roles=[AgentRole.AGENT], max_turns=5, observer=Silent(), criteria=lambda: ["c1", "c2"])
    made = ScenarioState(
        name="n", description="d", thread_id="t", config=ScenarioConfig(max_turns=4), dialogue=talk, play=never,
        timing=RunTiming, **values,
    )  # fmt: skip
    for message in messages:
        made.add_message(message)
    return made


def test_the_last_messages() -> None:
    """Newest message, newest user message, first user text, newest agent text."""
    full = state(*CONVERSATION)
    assert full.last_message()["content"] == "21"
    assert full.last_user_message()["content"] == "Rome?"
    assert (full.first_user_message(), full.last_agent_message()) == ("Rome?", "21")


def test_where_there_is_none() -> None:
    """Dictionaries are a ValueError, texts are empty."""
    empty = state()
    for read in (empty.last_message, empty.last_user_message):
        with pytest.raises(ValueError, match="message yet"):
            read()
    assert (empty.first_user_message(), empty.last_agent_message(), empty.transcript()) == ("", "", "")


def test_the_transcript_is_lines_with_tool_calls_as_json() -> None:
    """Role and content, one line for each message."""
    lines = state(*CONVERSATION).transcript().splitlines()
    assert lines[0] == "user: Rome?"
    assert lines[1].startswith("assistant: [{")
    assert '"name": "weather"' in lines[1]
    assert len(lines) == 4


def test_texts_in_parts_are_joined() -> None:
    """Of a content in parts its texts are read."""
    parts = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {}}, {"type": "text", "text": "b"}]
    assert state({"role": "user", "content": parts}).first_user_message() == "ab"


def test_tool_calls_by_name() -> None:
    """Whether there is one, the raw dictionary, and the parsed call with its output as the tool message has it."""
    full = state(*CONVERSATION)
    assert full.has_tool_call("weather")
    assert not full.has_tool_call("other")
    assert full.last_tool_call("weather") == CALL
    assert full.last_tool_call("other") is None
    found = full.tool_calls("weather")
    assert found.first == ToolCall(
        name="weather", input={"city": "Rome"}, output='{"degrees": 21}', turn=0, source="message"
    )
    assert (found.inputs, found.outputs, len(found)) == ([{"city": "Rome"}], ['{"degrees": 21}'], 1)


def test_arguments_that_are_no_json_stay_text() -> None:
    """The raw string, and no output where no tool message answers."""
    call = state(*CONVERSATION).tool_calls("book").last
    assert (call.input, call.output) == ("{no json", None)


def test_no_tool_call_is_empty_and_falsy() -> None:
    """`first` and `last` can be read without asking whether there is one."""
    none = state(*CONVERSATION).tool_calls("other")
    assert not none
    assert not none.first
    assert not none.last
    assert none.first.input is None


@pytest.mark.parametrize(
    "message",
    [
        {"role": "assistant", "tool_calls": "x"},
        {"role": "assistant", "tool_calls": [1, {"function": 5}, {"function": {"name": 5}}, {}]},
        {"role": "tool", "content": None},
        {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "[" * 5000}}]},
    ],
)
def test_odd_tool_calls_break_nothing(message: dict[str, Any]) -> None:
    """Whatever an agent sent stands there, and is read as far as it can be."""
    odd = state(message)
    assert not odd.has_tool_call("other")
    assert len(odd.tool_calls()) <= 4
    odd.transcript()
    assert odd.turns


def test_turns_hold_their_messages_and_calls() -> None:
    """A view for each turn."""
    full = state(*CONVERSATION)
    (turn,) = full.turns
    assert (turn.index, turn.messages) == (0, full.messages)
    assert turn.tool_calls("weather").first.input == {"city": "Rome"}


def test_added_messages_are_copies() -> None:
    """The caller's dictionary is not the one in the conversation."""
    message = {"role": "user", "content": ["x"]}
    full = state(message)
    full.messages[0]["content"].append("y")
    assert message == {"role": "user", "content": ["x"]}


@pytest.mark.parametrize("message", ["text", None, {}, {"content": "x"}, {"role": None}])
def test_what_is_no_message_is_refused(message: Any) -> None:
    """A TypeError that shows what a message is."""
    with pytest.raises(TypeError, match="A message is a dictionary"):
        state(message)


def test_a_rollback_returns_what_it_removed() -> None:
    """Clamped at the end; a negative index is a ValueError."""
    full = state(*CONVERSATION)
    assert full.rollback_messages_to(9) == []
    assert full.rollback_messages_to(1) == CONVERSATION[1:]
    assert full.messages == CONVERSATION[:1]
    with pytest.raises(ValueError, match="at least 0"):
        full.rollback_messages_to(-1)


def test_fields_criteria_and_settings() -> None:
    """What the test handed over can be read in checks; a blank field is None, 0 and False are kept."""
    full = state(fields={"blank": "  ", "zero": 0, "no": False, "text": "x"}, parameters={"p": 1})
    assert [full.field(name) for name in ("blank", "zero", "no", "text", "missing")] == [None, 0, False, "x", None]
    assert full.fields["text"] == "x"
    assert full.criteria == ["c1", "c2"]
    assert (full.config.max_turns, full.parameters) == (4, {"p": 1})
    assert (full.name, full.description, full.thread_id, full.current_turn) == ("n", "d", "t", 0)


def test_exchanges_and_timing_are_there_without_calls() -> None:
    """Empty, never missing."""
    empty = state()
    assert (empty.exchanges, empty.timing) == ([], RunTiming())


def test_a_last_exchange_that_is_not_there_says_so() -> None:
    """A check that looks at it cannot go on without one, whatever it compares; `exchanges` is for those who ask."""
    with pytest.raises(ScriptError, match=r"state\.last_exchange: no call.*RemoteAgent.*`exchanges` is empty"):
        _ = state().last_exchange
    one = state()
    one.exchanges += [Exchange(request=HttpRequest(url="http://agent/1")), Exchange(request=HttpRequest(url="2"))]
    assert one.last_exchange is one.exchanges[1]


async def test_a_direct_append_is_seen_by_checks_and_by_no_participant() -> None:
    """The live list may be appended to; only `add_message` reaches everybody."""
    from tests.runner.players import Says, play

    agent = Says("a")

    def append(now: ScenarioState) -> None:
        now.messages.append({"role": "user", "content": "direct"})
        assert now.last_message()["content"] == "direct"

    await play(agent, script=[scenario.user("u"), append, scenario.agent(), scenario.succeed()])
    assert [message["content"] for message in agent.inputs[0].new_messages] == ["u"]
    assert [message["content"] for message in agent.inputs[0].messages] == ["u", "direct"]
