"""The AI SDK's UI message stream, of versions 5 to 7."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from scenario.dialects.vercel.ui_stream import VercelUI
from scenario.protocols.protocol import CERTAIN, POSSIBLE, Ending, Head, ReadOptions, Sample, Turn
from scenario.types import FunctionCall, FunctionResult, Reply, ReplyError, Usage
from scenario.wire.sse import ServerSentEvent
from tests.dialects.odd_events import as_events, odd_events, read_all, survives
from tests.dialects.recordings import recorded

HEADERS = {"x-vercel-ai-ui-message-stream": "v1"}
DONE = ServerSentEvent(data="[DONE]")


def reply_of(*chunks: dict[str, Any], done: bool = True) -> Reply:
    """The reply of a stream of these chunks; its text has come piece by piece."""
    reply, text = read_all(VercelUI().reader(ReadOptions()), [*as_events(*chunks), *([DONE] if done else [])])
    assert text == reply.text
    return reply


def said(text: str, key: str = "0") -> list[dict[str, Any]]:
    """A text part."""
    return [{"type": "text-start", "id": key}, {"type": "text-delta", "id": key, "delta": text}]


CALL = {"type": "tool-input-available", "toolCallId": "c", "toolName": "f", "input": {"a": 1}}
RESULT = {"type": "tool-output-available", "toolCallId": "c", "output": 7}
FINISH = {"type": "finish", "finishReason": "stop"}


@pytest.mark.parametrize("headers", [HEADERS, {}])
def test_an_approval_that_is_asked_for_is_an_interrupt(headers: dict[str, str]) -> None:
    """It names the call, its tool and its input; the header of the response is not needed to know the dialect."""
    reply = recorded("vercel-ui-7-approval.sse", headers=headers)
    assert (reply.protocol, reply.outcome, reply.finish_reason) == ("vercel-ui", "complete", "tool-calls")
    assert (reply.interrupt["kind"], reply.interrupt["toolCallId"]) == ("tool-approval-request", "call_1")
    [asked] = reply.interrupt["interrupts"]
    assert asked["id"].startswith("aitxt-")
    assert (asked["toolName"], asked["input"]) == ("secret_weather", {"city": "Paris"})
    assert reply.usage == Usage(input_tokens=10, output_tokens=5, total_tokens=15)


def test_what_follows_an_answer_is_read() -> None:
    """The result of the approved call, or its denial; nothing is asked any more."""
    approved, denied = recorded("vercel-ui-7-approved.sse"), recorded("vercel-ui-7-denied.sse")
    assert approved.tool_results == [FunctionResult(id="call_1", output={"city": "Paris", "temp_c": 7})]
    assert denied.tool_results == [FunctionResult(id="call_1", output="denied", is_error=True)]
    assert approved.interrupt is denied.interrupt is None
    assert approved.text.startswith("Result:")


def test_an_approval_that_the_stream_settles_is_no_interrupt() -> None:
    """By a response in it, by the result, or because nobody needs to be asked."""
    request = {"type": "tool-approval-request", "approvalId": "x", "toolCallId": "c"}
    response = {"type": "tool-approval-response", "approvalId": "x", "approved": True}
    assert reply_of(CALL, request, FINISH).interrupt is not None
    assert reply_of(CALL, request, response, FINISH).interrupt is None
    assert reply_of(CALL, request, RESULT, FINISH).interrupt is None
    assert reply_of(CALL, {**request, "isAutomatic": True}, FINISH).interrupt is None


def test_preliminary_results_give_way_to_the_last() -> None:
    """A tool that tells its progress has one result; where the stream was cut, the last that is known."""
    assert recorded("vercel-ui-7-preliminary.sse").tool_results == [
        FunctionResult(id="call_p", name="slow", output={"done": True})
    ]
    early = {**RESULT, "preliminary": True}
    assert [result.output for result in reply_of(CALL, early, early, done=False).tool_results] == [7]


def test_refused_input_is_one_failed_result() -> None:
    """Version 5 tells of it twice."""
    reply = recorded("vercel-ui-5-refused-input.sse", headers=HEADERS)
    [result] = reply.tool_results
    assert (result.id, result.name, result.is_error) == ("call_b", "get_weather", True)
    assert [(call.arguments_raw, call.arguments) for call in reply.tool_calls] == [('{"city":', None)]


def test_an_error_chunk_is_an_error_whatever_follows() -> None:
    """The SDK finishes the stream as if nothing had been."""
    reply = recorded("vercel-ui-7-error.sse", headers=HEADERS)
    assert (reply.outcome, reply.text, reply.complete) == ("error", "Par", False)
    assert reply.error == ReplyError(message="model broke")


def test_an_aborted_answer_has_ended_and_is_no_answer() -> None:
    """Its end was seen, and the answer was broken off."""
    reply = recorded("vercel-ui-7-aborted.sse")
    assert (reply.outcome, reply.complete, reply.finish_reason) == ("aborted", True, "abort")
    assert reply.text.startswith("w0 w1")


def test_a_finish_that_ends_cleanly_is_whole() -> None:
    """Home-made backends leave the marker out; without a finish, or with half an event left, the answer was cut."""
    assert reply_of(*said("Hi"), FINISH, done=False).outcome == "complete"
    assert reply_of(*said("Hi"), done=False).outcome == "truncated"
    assert reply_of(*said("Hi")).outcome == "complete"
    reader = VercelUI().reader(ReadOptions())
    for event in as_events(*said("Hi"), FINISH):
        reader.read(event)
    assert reader.finish(Ending(half_event=True)).outcome == "truncated"


def test_a_step_that_is_begun_again_takes_back_what_it_brought() -> None:
    """Text, thoughts and calls of the step are gone; those of earlier steps stay."""
    thought = {"type": "reasoning-delta", "id": "r", "delta": "Hm."}
    step = {"type": "start-step"}
    events = [step, *said("One."), {"type": "finish-step"}, step, thought, *said("Wro", "1"), CALL]
    reader = VercelUI().reader(ReadOptions())
    reply, _ = read_all(reader, [*as_events(*events, {"type": "reset-step"}, *said("Two.", "1"), FINISH), DONE])
    assert (reply.text, reply.reasoning, reply.tool_calls) == ("One.\nTwo.", "", [])


def test_calls_belong_to_the_text_before_them_in_their_step() -> None:
    """So that the conversation can be resent: a message with its calls, their results, the next message."""
    reply = reply_of({"type": "start-step"}, *said("Look:"), CALL, RESULT, {"type": "finish-step"}, *said("7."), FINISH)
    assert [message["role"] for message in reply.messages] == ["assistant", "tool", "assistant"]
    assert reply.messages[0]["content"] == "Look:"
    assert reply.messages[0]["tool_calls"][0]["id"] == "c"
    assert reply.tool_calls == [FunctionCall(id="c", name="f", arguments_raw='{"a": 1}', arguments={"a": 1})]


def test_arguments_are_what_the_tool_gets() -> None:
    """Where the SDK repaired what the model wrote, that is what counts; without it, the fragments do."""
    start = {"type": "tool-input-start", "toolCallId": "c", "toolName": "f"}
    broken = {"type": "tool-input-delta", "toolCallId": "c", "inputTextDelta": '{"a":'}
    assert reply_of(start, broken, CALL).tool_calls[0].arguments == {"a": 1}
    assert reply_of(start, broken).tool_calls[0].arguments_raw == '{"a":'


def test_unknown_chunks_and_messages_of_others_are_ignored() -> None:
    """Data of the application, sources, files and steering messages are no text."""
    other = [
        {"type": "data-weather", "data": {"text": "x"}},
        {"type": "source-url", "sourceId": "s", "url": "https://example.org"},
        {"type": "steering-message", "id": "u", "parts": [{"type": "text", "text": "x"}]},
        {"type": "new-thing", "delta": "x"},
    ]
    assert reply_of(*other, *said("Hi"), FINISH).text == "Hi"


def test_a_start_alone_does_not_decide() -> None:
    """Home-made streams have a start too: only chunks that nobody else has are sure."""

    def certainty(*values: dict[str, Any]) -> int | None:
        samples = [Sample(event, value) for event, value in zip(as_events(*values), values, strict=True)]
        detection = VercelUI().detect(Head(), samples)
        return detection and detection.certainty

    assert certainty({"type": "start"}) == POSSIBLE
    assert certainty({"type": "start"}, {"type": "start-step"}) == CERTAIN
    assert certainty({"type": "text-delta", "textDelta": "x"}) is None
    assert certainty({"type": "error", "error": "x"}) is None


WEATHER = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}


def body(messages: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """The body of a request with these messages."""
    made: dict[str, Any] = VercelUI().request(Turn(messages=messages, thread_id="t", request_id="r", **more)).body
    return made


def test_an_agents_turn_is_one_message() -> None:
    """Its calls have their results in them, and its steps are apart."""
    made = body(
        [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Look:", "tool_calls": [WEATHER]},
            {"role": "tool", "tool_call_id": "c", "content": '{"t": 7}'},
            {"role": "assistant", "content": "7."},
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}}]},
        ]
    )
    assert (made["id"], made["trigger"]) == ("t", "submit-message")
    result = {"state": "output-available", "output": {"t": 7}}
    assert made["messages"] == [
        {"id": "message-0", "role": "user", "parts": [{"type": "text", "text": "Hi"}]},
        {
            "id": "message-1",
            "role": "assistant",
            "parts": [
                {"type": "text", "text": "Look:"},
                {"type": "tool-f", "toolCallId": "c", "input": {"a": 1}, **result},
                {"type": "step-start"},
                {"type": "text", "text": "7."},
            ],
        },
        {
            "id": "message-4",
            "role": "user",
            "parts": [{"type": "file", "mediaType": "image/png", "url": "data:image/png;base64,QUJD"}],
        },
    ]


def test_a_call_without_a_result_is_closed() -> None:
    """Models refuse a conversation with an open call."""
    made = body([{"role": "assistant", "content": None, "tool_calls": [WEATHER]}, {"role": "user", "content": "Well?"}])
    [part] = made["messages"][0]["parts"]
    assert (part["state"], part["errorText"]) == ("output-error", "The call has not been answered.")


def test_a_call_that_is_told_again_is_sent_once() -> None:
    """After an approval some agents tell the call a second time."""
    told = {"role": "assistant", "content": None, "tool_calls": [WEATHER]}
    made = body([told, told, {"role": "tool", "tool_call_id": "c", "content": "7"}])
    calls = [part for part in made["messages"][0]["parts"] if "toolCallId" in part]
    assert [(part["toolCallId"], part["output"]) for part in calls] == [("c", 7)]


INTERRUPT = {
    "kind": "tool-approval-request",
    "toolCallId": "c",
    "interrupts": [{"id": "x", "toolCallId": "c", "toolName": "f", "input": {"a": 1}, "signature": "sig"}],
}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("resume", "state", "approval"),
    [
        ({"approve": True}, "approval-responded", {"approved": True}),
        ({"approve": False, "reason": "too dear"}, "approval-responded", {"approved": False, "reason": "too dear"}),
        (True, "approval-responded", {"approved": True}),
        ("no", "approval-responded", {"approved": False}),
        ({"x": {"approve": True}}, "approval-responded", {"approved": True}),
        (None, "output-denied", {"approved": False, "reason": "It was not approved."}),
    ],
)
def test_an_answer_to_an_approval_is_in_its_call(resume: Any, state: str, approval: Any, known: bool) -> None:
    """Whether or not the conversation has the call; one that nobody answered is denied."""
    messages = [{"role": "assistant", "content": None, "tool_calls": [WEATHER]}] if known else []
    [message] = body(messages, interrupt=INTERRUPT, resume=resume)["messages"]
    [part] = message["parts"]
    assert (part["type"], part["toolCallId"], part["state"], part["input"]) == ("tool-f", "c", state, {"a": 1})
    assert part["approval"] == {"id": "x", "signature": "sig", **approval}


EVENTS: list[dict[str, Any]] = [
    {"type": "start", "messageId": "m", "messageMetadata": {"usage": {"inputTokens": 1}}},
    {"type": "start-step"},
    *said("a"),
    {"type": "reasoning-delta", "id": "r", "delta": "h"},
    {"type": "tool-input-start", "toolCallId": "c", "toolName": "f"},
    {"type": "tool-input-delta", "toolCallId": "c", "inputTextDelta": "{}"},
    CALL,
    {"type": "tool-input-error", "toolCallId": "c", "toolName": "f", "input": "{", "errorText": "e"},
    {"type": "tool-approval-request", "approvalId": "x", "toolCallId": "c", "signature": "s"},
    {"type": "tool-approval-response", "approvalId": "x", "approved": True},
    {**RESULT, "preliminary": True},
    RESULT,
    {"type": "tool-output-denied", "toolCallId": "c"},
    {"type": "reset-step"},
    {"type": "error", "errorText": "e"},
    {"type": "abort", "reason": "r"},
    FINISH,
]


@given(odd_events(EVENTS))
def test_no_event_raises(events: list[Any]) -> None:
    """Whatever stands in an event, reading goes on; and what it left can be sent back."""
    reply = survives(VercelUI(), events)
    for resume in ({"approve": True}, None):
        body(reply.messages, interrupt=reply.interrupt, resume=resume, session=reply.session)
