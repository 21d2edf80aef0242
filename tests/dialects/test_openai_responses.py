"""OpenAI's Responses API.

The payloads follow the event models of the `openai` package, 3.54.0.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from scenario.dialects.openai.responses import OpenAIResponses
from scenario.dialects.openai.responses_input import input_items
from scenario.errors import ConfigurationError
from scenario.protocols.protocol import CERTAIN, Head, ReadOptions, Sample, Turn
from scenario.types import Reply, Usage
from scenario.wire.sse import ServerSentEvent
from tests.dialects.odd_events import as_events, odd_events, read_all, survives

CREATED = {"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1", "status": "in_progress"}}
TEXT = {
    "type": "response.output_text.delta",
    "sequence_number": 1,
    "output_index": 0,
    "item_id": "msg_1",
    "content_index": 0,
}
COMPLETED = {
    "type": "response.completed",
    "sequence_number": 9,
    "response": {
        "id": "resp_1",
        "object": "response",
        "status": "completed",
        "output": [{"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": "Hello"}]}],
        "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5},
    },
}


def added(index: int, **item: Any) -> dict[str, Any]:
    """An output item begins."""
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def done(index: int, **item: Any) -> dict[str, Any]:
    """An output item is whole."""
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def read(*values: object) -> Reply:
    """The reply of these events, whose text must be what was brought piece by piece."""
    reply, text = read_all(OpenAIResponses().reader(ReadOptions()), as_events(*values))
    assert text == reply.text
    return reply


def test_deltas_are_the_text_and_what_repeats_them_is_not() -> None:
    """The text's own end, the item's and the response's hold it again; it counts once."""
    reply = read(
        CREATED,
        added(0, type="message", id="msg_1", role="assistant", content=[]),
        TEXT | {"delta": "Hel"},
        TEXT | {"delta": "lo"},
        TEXT | {"type": "response.output_text.done", "text": "Hello"},
        done(0, type="message", id="msg_1", content=[{"type": "output_text", "text": "Hello"}]),
        COMPLETED,
    )
    assert reply.text == "Hello"
    assert reply.usage == Usage(input_tokens=3, output_tokens=2, total_tokens=5)
    assert (reply.finish_reason, reply.complete, reply.session) == ("completed", True, {"response_id": "resp_1"})


def test_a_server_that_sends_no_deltas_is_read_from_what_it_sends() -> None:
    """The text may stand in the last event alone."""
    assert read(CREATED, COMPLETED).text == "Hello"


def test_a_whole_response_is_read_as_its_items() -> None:
    """Without streaming, the body is the response."""
    events = as_events(COMPLETED["response"])
    reply, text = read_all(OpenAIResponses().reader(ReadOptions(framing="json")), events)
    assert (reply.text, text, reply.complete, reply.finish_reason) == ("Hello", "Hello", True, "completed")


def test_items_whose_ids_change_with_each_event_are_told_apart_by_their_index() -> None:
    """Gateways that write new ids into each event do not double anything."""
    reply = read(
        CREATED,
        added(0, type="function_call", id="a", call_id="call_1", name="look", arguments=""),
        {
            "type": "response.function_call_arguments.delta",
            "output_index": 0,
            "item_id": "b",
            "delta": '{"city": "Paris"}',
        },
        {
            "type": "response.function_call_arguments.done",
            "output_index": 0,
            "item_id": "c",
            "arguments": '{"city": "Paris"}',
        },
        done(0, type="function_call", id="d", call_id="call_1", name="look", arguments='{"city": "Paris"}'),
        COMPLETED,
    )
    (call,) = reply.tool_calls
    assert (call.id, call.name, call.arguments) == ("call_1", "look", {"city": "Paris"})


def test_arguments_that_were_cut_are_kept_as_they_are() -> None:
    """A stream that ends inside of a call's arguments is truncated, and shows what came of them."""
    reply = read(
        CREATED,
        added(0, type="function_call", id="a", call_id="call_1", name="look", arguments=""),
        {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": '{"ci'},
    )
    assert (reply.outcome, reply.tool_calls[0].arguments_raw, reply.tool_calls[0].arguments) == (
        "truncated",
        '{"ci',
        None,
    )


def test_a_hosted_call_has_its_result_after_it() -> None:
    """Calls that the server carried out itself show their results, and what follows is a message of its own."""
    reply = read(
        CREATED,
        added(0, type="mcp_call", id="mcp_1", name="short_url", arguments="", server_label="zip"),
        {"type": "response.mcp_call_arguments.done", "output_index": 0, "arguments": '{"a": 1}'},
        done(0, type="mcp_call", id="mcp_1", name="short_url", arguments='{"a": 1}', output="zip1.io/x", error=None),
        done(1, type="mcp_call", id="mcp_2", name="short_url", arguments="{}", error={"message": "no"}),
        TEXT | {"output_index": 2, "delta": "Done."},
        COMPLETED,
    )
    assert [message["role"] for message in reply.messages] == ["assistant", "tool", "assistant", "tool", "assistant"]
    assert [(one.id, one.output, one.is_error) for one in reply.tool_results] == [
        ("mcp_1", "zip1.io/x", False),
        ("mcp_2", {"message": "no"}, True),
    ]


def test_results_without_a_call_id_are_those_of_the_last_call() -> None:
    """The API's own search for tools is called so; a program is a call as well."""
    reply = read(
        CREATED,
        added(0, type="tool_search_call", id="tsc", call_id=None, arguments={}),
        done(0, type="tool_search_call", id="tsc", call_id=None, arguments={"paths": ["get_weather"]}),
        done(1, type="tool_search_output", id="tso", call_id=None, tools=[{"name": "get_weather"}]),
        done(2, type="program", id="cm", call_id="call_1", code="text(1)"),
        done(3, type="program_output", id="po", call_id="call_1", result="1", status="completed"),
        COMPLETED,
    )
    assert [(call.id, call.name) for call in reply.tool_calls] == [("tsc", "tool_search_call"), ("call_1", "program")]
    assert [(one.id, one.output) for one in reply.tool_results] == [("tsc", [{"name": "get_weather"}]), ("call_1", "1")]


def test_reasoning_and_its_summary_are_not_text() -> None:
    """Both kinds are taken as reasoning; their ends repeat them."""
    reply = read(
        CREATED,
        {"type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": 0, "delta": "Hm."},
        {"type": "response.reasoning_summary_text.done", "output_index": 0, "summary_index": 0, "text": "Hm."},
        done(0, type="reasoning", id="rs", summary=[{"type": "summary_text", "text": "Hm."}]),
        done(1, type="reasoning", id="rs2", summary=[{"type": "summary_text", "text": " So."}]),
        TEXT | {"output_index": 2, "delta": "Hello"},
        COMPLETED,
    )
    assert (reply.text, reply.reasoning) == ("Hello", "Hm. So.")


def test_a_refusal_is_kept_apart_from_the_text() -> None:
    """As chat completions do it, the message has it at `refusal`."""
    reply = read(
        CREATED,
        TEXT | {"type": "response.refusal.delta", "delta": "I can't "},
        TEXT | {"type": "response.refusal.delta", "delta": "do that."},
        TEXT | {"type": "response.refusal.done", "refusal": "I can't do that."},
        done(0, type="message", id="msg_1", content=[{"type": "refusal", "refusal": "I can't do that."}]),
        COMPLETED,
    )
    assert reply.text == ""
    assert reply.messages == [{"role": "assistant", "content": None, "refusal": "I can't do that."}]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "sequence_number": 1, "code": "server_error", "message": "it broke", "param": None},
        {"type": "error", "sequence_number": 1, "error": {"code": "server_error", "message": "it broke"}},
        {
            "type": "response.failed",
            "response": {"status": "failed", "error": {"code": "server_error", "message": "it broke"}},
        },
    ],
)
def test_an_error_has_its_code_and_message(event: dict[str, Any]) -> None:
    """In both shapes of the error event, and in a failed response."""
    reply = read(CREATED, TEXT | {"delta": "Hel"}, event)
    assert reply.error is not None
    assert (reply.outcome, reply.error.code, reply.error.message) == ("error", "server_error", "it broke")
    assert reply.text == "Hel"


def test_an_error_without_a_code_has_none() -> None:
    """The event's type is no code."""
    reply = read(CREATED, {"type": "error", "sequence_number": 1, "code": None, "message": "it broke"})
    assert reply.error is not None
    assert reply.error.code == ""


def test_a_response_that_failed_without_an_error_is_one_all_the_same() -> None:
    """A failed or cancelled response is never taken for an answer."""
    for status in ("failed", "cancelled"):
        reply = read(CREATED, {"type": f"response.{status}", "response": {"status": status, "error": None}})
        assert (reply.outcome, reply.finish_reason) == ("error", status)


def test_an_incomplete_response_is_whole_and_says_why() -> None:
    """The model stopped at a limit: the stream itself is sound."""
    details = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    reply = read(CREATED, TEXT | {"delta": "Hel"}, {"type": "response.incomplete", "response": details})
    assert (reply.outcome, reply.finish_reason) == ("complete", "max_output_tokens")


def test_without_a_terminal_event_a_stream_is_truncated() -> None:
    """A clean end of the body is not enough, and neither is an item that is whole."""
    assert read(CREATED, TEXT | {"delta": "Hello"}, done(0, type="message")).outcome == "truncated"


def test_nothing_counts_after_the_terminal_event() -> None:
    """Neither text nor errors."""
    reply = read(CREATED, TEXT | {"delta": "Hello"}, COMPLETED, TEXT | {"delta": "!"}, {"type": "error"})
    assert (reply.text, reply.error) == ("Hello", None)


def approval(index: int, name: str) -> dict[str, Any]:
    """A request for approval, as an output item."""
    return done(index, type="mcp_approval_request", id=f"mcpr_{index}", name=name, arguments="{}", server_label="zip")


def test_an_approval_is_asked_for_and_answered_by_its_id() -> None:
    """The next request continues the response with the human's answer."""
    reply = read(CREATED, approval(0, "pay"), COMPLETED)
    request = {"id": "mcpr_0", "name": "pay", "arguments": "{}"}
    assert reply.interrupt == {"kind": "mcp_approval_request", **request}
    turn = Turn(
        messages=[{"role": "user", "content": "Pay."}],
        session=reply.session,
        interrupt=reply.interrupt,
        resume={"approve": True},
    )
    assert OpenAIResponses().request(turn).body == {
        "model": "default",
        "input": [{"type": "mcp_approval_response", "approval_request_id": "mcpr_0", "approve": True}],
        "previous_response_id": "resp_1",
        "stream": True,
    }


def test_several_approvals_are_all_answered() -> None:
    """The interrupt lists them, and one answer is every one's."""
    reply = read(CREATED, approval(0, "pay"), approval(1, "send"), COMPLETED)
    assert [one["name"] for one in reply.interrupt["interrupts"]] == ["pay", "send"]
    turn = Turn(
        messages=[], session=reply.session, interrupt=reply.interrupt, resume={"approve": False, "reason": "too much"}
    )
    assert OpenAIResponses().request(turn).body["input"] == [
        {"type": "mcp_approval_response", "approval_request_id": id_, "approve": False, "reason": "too much"}
        for id_ in ("mcpr_0", "mcpr_1")
    ]


def test_an_answer_that_neither_approves_nor_rejects_is_refused() -> None:
    """The message says what would be one."""
    turn = Turn(messages=[], session={"response_id": "r"}, interrupt={"id": "m"}, resume="perhaps")
    with pytest.raises(ConfigurationError, match="Approve or reject"):
        OpenAIResponses().request(turn)


CONVERSATION = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": "u"}]},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}},
            {"id": "ws_1", "type": "function", "function": {"name": "web_search_call", "arguments": "{}"}},
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "a cat"},
    {"role": "assistant", "content": "A cat."},
]


def test_the_whole_conversation_becomes_input_items() -> None:
    """Messages, images, calls and results; a call that nobody answered is left out, since the API refuses it."""
    assert input_items(CONVERSATION) == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "What is this?"},
                {"type": "input_image", "image_url": "u"},
            ],
        },
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "a cat"},
        {"role": "assistant", "content": "A cat."},
    ]


@pytest.mark.parametrize("session", [{}, {"response_id": "resp_1", "store": False}])
def test_a_response_that_is_not_stored_is_not_continued(session: dict[str, Any]) -> None:
    """Then the conversation is sent whole, each time."""
    new = [{"role": "user", "content": "And now?"}]
    body = OpenAIResponses().request(Turn(messages=CONVERSATION + new, new_messages=new, session=session)).body
    assert "previous_response_id" not in body
    assert len(body["input"]) == 6


def test_a_stored_response_is_continued_with_what_is_new() -> None:
    """By its id, where the user wants only what is new sent."""
    new = [{"role": "user", "content": "And now?"}]
    turn = Turn(
        messages=new,
        conversation=CONVERSATION + new,
        history="last",
        new_messages=new,
        session={"response_id": "resp_1"},
        model="m",
    )
    assert OpenAIResponses().request(turn).body == {
        "model": "m",
        "input": new,
        "previous_response_id": "resp_1",
        "stream": True,
    }


@pytest.mark.parametrize(
    "value",
    [CREATED, COMPLETED["response"], {"type": "error", "sequence_number": 0, "code": None, "message": "no"}],
)
def test_it_is_detected_by_its_first_event(value: dict[str, Any]) -> None:
    """Whether an event of a stream, a whole response, or an error."""
    event = as_events(value)[0]
    detection = OpenAIResponses().detect(Head(), [Sample(ServerSentEvent(data=""), None), Sample(event, value)])
    assert detection is not None
    assert detection.certainty == CERTAIN


@given(
    odd_events(
        [
            CREATED,
            COMPLETED,
            dict(COMPLETED["response"]),  # type: ignore[call-overload]
            TEXT | {"delta": "a"},
            TEXT | {"type": "response.output_text.done", "text": "a"},
            TEXT | {"type": "response.refusal.delta", "delta": "a"},
            added(0, type="message", id="m", content=[]),
            done(0, type="message", id="m", content=[{"type": "output_text", "text": "a"}, {"refusal": "b"}]),
            added(1, type="function_call", id="f", call_id="c", name="n", arguments=""),
            {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": '{"a"'},
            {"type": "response.function_call_arguments.done", "output_index": 1, "arguments": "{}"},
            done(1, type="web_search_call", id="w", action={"type": "search"}),
            done(2, type="mcp_call", id="c", name="n", output="o", error={"message": "m"}),
            done(3, type="shell_call_output", call_id="c", output=[{"stdout": "x"}]),
            done(4, type="reasoning", summary=[{"text": "s"}], content=[{"text": "t"}]),
            {"type": "response.reasoning_text.delta", "output_index": 4, "delta": "r"},
            approval(5, "pay"),
            {"type": "response.failed", "response": {"status": "failed", "error": {"message": "m", "code": "c"}}},
            {"type": "response.incomplete", "response": {"incomplete_details": {"reason": "max_output_tokens"}}},
            {"type": "error", "sequence_number": 1, "code": "c", "message": "m"},
        ]
    )
)
def test_no_event_raises(events: list[ServerSentEvent]) -> None:
    """Whatever stands in an event, reading goes on."""
    survives(OpenAIResponses(), events)
    survives(OpenAIResponses(), events, "json")
