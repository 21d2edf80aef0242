"""Agents on Bedrock AgentCore.

`STRANDS` is what `strands-agents` 1.62.0 yielded through `bedrock-agentcore` 1.25.0, from a model of our own; the
strings of Python's notation are shortened.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given

from scenario.dialects.agentcore import SESSION_HEADER, AgentCore
from scenario.protocols.protocol import CERTAIN, Head, ReadOptions, Sample, Turn
from scenario.types import Reply, Usage
from scenario.wire.sse import ServerSentEvent
from tests.dialects.odd_events import as_events, odd_events, read_all, survives


def event(name: str, **value: Any) -> dict[str, Any]:
    """One of Converse's events, as Strands wraps it."""
    return {"event": {name: value}}


def text(piece: str) -> list[Any]:
    """A piece of text as a Strands agent sends it: twice, the second time in Python's notation."""
    said = event("contentBlockDelta", delta={"text": piece})
    return [said, f"{{'data': '{piece}', 'delta': {{'text': '{piece}'}}, 'agent': <strands.agent.agent.Agent object>}}"]


CALL = {"toolUseId": "t1", "name": "get_weather", "input": {"city": "Paris"}}
ASKED: list[Any] = [
    {"init_event_loop": True},
    {"start": True},
    {"start_event_loop": True},
    event("messageStart", role="assistant"),
    event("contentBlockStart", start={}),
    event("contentBlockDelta", delta={"reasoningContent": {"text": "Need weather."}}),
    event("contentBlockDelta", delta={"reasoningContent": {"signature": "sig"}}),
    event("contentBlockStop"),
    event("contentBlockStart", start={}),
    *text("Let me "),
    *text("look."),
    event("contentBlockStop"),
    event("contentBlockStart", start={"toolUse": {"toolUseId": "t1", "name": "get_weather"}}),
    event("contentBlockDelta", delta={"toolUse": {"input": '{"city":'}}),
    event("contentBlockDelta", delta={"toolUse": {"input": ' "Paris"}'}}),
    event("contentBlockStop"),
    event("messageStop", stopReason="tool_use"),
    event("metadata", usage={"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}, metrics={"latencyMs": 1}),
]
RESULT = {"toolUseId": "t1", "status": "success", "content": [{"text": "18 C"}]}
MESSAGES: list[Any] = [
    {
        "message": {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "Need weather.", "signature": "sig"}}},
                {"text": "Let me look."},
                {"toolUse": CALL},
            ],
        }
    },
    {"message": {"role": "user", "content": [{"toolResult": RESULT}]}},
]
ANSWERED: list[Any] = [
    {"start": True},
    event("messageStart", role="assistant"),
    event("contentBlockStart", start={}),
    *text("It is "),
    *text("18 °C."),
    event("contentBlockStop"),
    event("messageStop", stopReason="end_turn"),
    event("metadata", usage={"inputTokens": 20, "outputTokens": 6, "totalTokens": 26}, metrics={"latencyMs": 1}),
    {"message": {"role": "assistant", "content": [{"text": "It is 18 °C."}]}},
    "{'result': AgentResult(stop_reason='end_turn', message={'role': 'assistant', 'content': []})}",
]
STRANDS = [*ASKED, *MESSAGES, *ANSWERED]


def read(*values: object) -> Reply:
    """The reply of these events, whose text must be what was brought piece by piece."""
    reply, brought = read_all(AgentCore().reader(ReadOptions()), as_events(*values))
    assert brought == reply.text
    return reply


def test_what_strands_says_twice_counts_once() -> None:
    """Events, whole messages and Python's notation tell the same story; usage is the sum of both model calls."""
    reply = read(*STRANDS)
    assert (reply.text, reply.reasoning) == ("Let me look.\nIt is 18 °C.", "Need weather.")
    assert [message["role"] for message in reply.messages] == ["assistant", "tool", "assistant"]
    assert [(call.id, call.name, call.arguments) for call in reply.tool_calls] == [
        ("t1", "get_weather", {"city": "Paris"})
    ]
    assert [(one.name, one.output) for one in reply.tool_results] == [("get_weather", "18 C")]
    assert reply.usage == Usage(input_tokens=30, output_tokens=11, total_tokens=41)
    assert (reply.outcome, reply.finish_reason) == ("complete", "end_turn")


def test_an_echo_in_json_counts_once() -> None:
    """Agents that pick what can be JSON send each piece as Converse's event and as data."""
    said = event("contentBlockDelta", delta={"text": "ha"})
    assert read(said, {"data": "ha"}, said, {"data": "ha"}, event("messageStop", stopReason="end_turn")).text == "haha"


def test_whole_messages_alone_are_the_answer() -> None:
    """Agents may hand on only these."""
    reply = read(*MESSAGES, {"message": {"role": "assistant", "content": [{"text": "It is 18 °C."}]}})
    assert reply.text == "Let me look.\nIt is 18 °C."
    assert (reply.tool_calls[0].arguments, reply.tool_results[0].output) == ({"city": "Paris"}, "18 C")


def test_data_and_tools_in_use_alone_are_the_answer() -> None:
    """So may they hand on only these; a tool in use is sent again and again as its input grows."""
    use = {"toolUseId": "t1", "name": "get_weather"}
    reply = read(
        {"data": "Let me look."},
        {"current_tool_use": use | {"input": '{"ci'}},
        {"current_tool_use": use | {"input": '{"city": "Paris"}'}},
    )
    assert (reply.text, reply.complete) == ("Let me look.", True)
    assert [call.arguments for call in reply.tool_calls] == [{"city": "Paris"}]


def test_strings_and_json_of_its_own_are_read_too() -> None:
    """An agent may yield what it likes."""
    assert read("It is ", {"data": "18"}, " °C.").text == "It is 18 °C."
    assert read({"answer": "It is 18 °C."}).text == "It is 18 °C."


def test_calls_side_by_side_are_told_apart_by_their_index() -> None:
    """As Bedrock itself sends them, without Strands' wrapping."""
    reply = read(
        {"messageStart": {"role": "assistant"}},
        *[
            {"contentBlockStart": {"start": {"toolUse": {"toolUseId": f"t{n}", "name": "f"}}, "contentBlockIndex": n}}
            for n in (0, 1)
        ],
        *[
            {"contentBlockDelta": {"delta": {"toolUse": {"input": f'{{"n": {n}}}'}}, "contentBlockIndex": n}}
            for n in (1, 0)
        ],
        {"messageStop": {"stopReason": "tool_use"}},
    )
    assert [(call.id, call.arguments) for call in reply.tool_calls] == [("t0", {"n": 0}), ("t1", {"n": 1})]
    assert reply.complete


def test_an_end_inside_of_a_message_is_a_truncated_reply() -> None:
    """A message that has begun must stop."""
    assert read(*ANSWERED[:5]).outcome == "truncated"


def test_an_end_before_the_answer_to_a_tool_is_a_truncated_reply() -> None:
    """A Strands agent's loop goes on after a tool was used."""
    assert read(*ASKED).outcome == "truncated"
    assert read(*ASKED, *MESSAGES).outcome == "truncated"


def test_errors_of_the_runtime_the_loop_and_bedrock_are_errors() -> None:
    """Each in its own shape."""
    runtime = {"error": "it broke", "error_type": "ValueError", "message": "An error occurred during streaming"}
    for value, code in (
        (runtime, "ValueError"),
        ({"force_stop": True, "force_stop_reason": "it broke"}, "force_stop"),
        (event("throttlingException", message="it broke"), "throttlingException"),
    ):
        reply = read(*ANSWERED[:5], value)
        assert reply.error is not None
        assert (reply.outcome, reply.error.message, reply.error.code) == ("error", "it broke", code)


def test_a_whole_converse_response_is_read() -> None:
    """Not streamed."""
    body = {
        "output": {"message": {"role": "assistant", "content": [{"text": "Hello."}, {"toolUse": CALL}]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
    }
    reply, _ = read_all(AgentCore().reader(ReadOptions(framing="json")), as_events(body))
    assert (reply.text, reply.finish_reason, reply.tool_calls[0].id) == ("Hello.", "tool_use", "t1")
    assert reply.usage == Usage(input_tokens=1, output_tokens=2, total_tokens=3)
    assert reply.complete


def test_converses_events_stand_by_themselves_too() -> None:
    """An agent that yields what boto3 gave it: the usage counts, and a call that got no input has none."""
    reply = read(
        {"messageStart": {"role": "assistant"}},
        {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "t1", "name": "now"}}, "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": {"toolUse": {"input": ""}}, "contentBlockIndex": 0}},
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "tool_use"}},
        {"metadata": {"usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}, "metrics": {}}},
    )
    assert [(call.arguments_raw, call.arguments) for call in reply.tool_calls] == [("{}", {})]
    assert reply.usage == Usage(input_tokens=10, output_tokens=5, total_tokens=15)
    assert reply.outcome == "complete"


def test_a_guardrail_puts_its_words_in_the_place_of_the_messages() -> None:
    """What was said before it is not the answer."""
    reply, _ = read_all(
        AgentCore().reader(ReadOptions()),
        as_events(
            event("messageStart", role="assistant"),
            event("contentBlockDelta", delta={"text": "The code is 1234."}),
            event("redactContent", redactAssistantContentMessage="[removed]"),
            event("messageStop", stopReason="guardrail_intervened"),
            {"message": {"role": "assistant", "content": [{"text": "[removed]"}]}},
        ),
    )
    assert (reply.text, reply.finish_reason) == ("[removed]", "guardrail_intervened")


def test_the_prompt_is_what_is_new_and_the_thread_is_the_session() -> None:
    """The runtime keeps the conversation; Amazon's service takes no session id of fewer than 33 characters."""
    new = [{"role": "user", "content": "And now?"}]
    draft = AgentCore().request(
        Turn(messages=[{"role": "user", "content": "Hi"}, *new], new_messages=new, thread_id="th")
    )
    assert draft.body == {"prompt": "And now?"}
    assert draft.headers[SESSION_HEADER] == "th" + "0" * 31


def test_it_is_detected_by_its_first_event() -> None:
    """Strands' loop, Converse's events wrapped and not; but an event's name that is a word is nobody's."""
    for value in (STRANDS[0], ANSWERED[1], {"messageStart": {"role": "assistant"}}):
        detection = AgentCore().detect(Head(), [Sample(as_events(value)[0], value)])
        assert detection is not None
        assert detection.certainty == CERTAIN
    for other in ({"event": "messageStart"}, {"metadata": {}}, {"text": "a"}):
        assert AgentCore().detect(Head(), [Sample(as_events(other)[0], other)]) is None


@given(
    odd_events(
        [
            *(value for value in STRANDS if isinstance(value, dict)),
            {"data": "a", "delta": {"text": "a"}},
            {"current_tool_use": CALL},
            {"reasoningText": "a", "reasoning": True},
            {"force_stop": True, "force_stop_reason": "r"},
            {"result": "a"},
            {"output": {"message": {"role": "assistant", "content": [{"text": "a"}]}}, "stopReason": "end_turn"},
            event("throttlingException", message="m"),
            event("redactContent", redactAssistantContentMessage="r"),
            {"metadata": {"usage": {"inputTokens": 1}}},
        ]
    )
)
def test_no_event_raises(events: list[ServerSentEvent]) -> None:
    """Whatever stands in an event, reading goes on."""
    survives(AgentCore(), events)
    survives(AgentCore(), events, "json")
