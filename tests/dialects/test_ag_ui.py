"""AG-UI, of versions 1.0 and 0.1."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given

from scenario.dialects.ag_ui.events import AgUi
from scenario.protocols.protocol import CERTAIN, LIKELY, Head, ReadOptions, Sample, Turn
from scenario.reading import read_stream
from scenario.types import FunctionCall, FunctionResult, Reply, ReplyError, Usage
from tests.dialects.odd_events import as_events, odd_events, read_all, survives
from tests.dialects.recordings import recorded

FINISHED: dict[str, Any] = {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}


def reply_of(*events: dict[str, Any]) -> Reply:
    """The reply of a stream of these events; its text has come piece by piece."""
    reply, text = read_all(AgUi().reader(ReadOptions()), as_events(*events))
    assert text == reply.text
    return reply


def said(text: str, key: str = "m", **more: Any) -> dict[str, Any]:
    """A piece of a message."""
    return {"type": "TEXT_MESSAGE_CONTENT", "messageId": key, "delta": text, **more}


def test_chunks_without_an_id_continue_what_is_open() -> None:
    """Chunks name a message or a call where it begins, and what follows without a name belongs to it."""
    reply = recorded("ag-ui-1.0-chunks.sse")
    assert (reply.protocol, reply.outcome) == ("ag-ui", "complete")
    assert reply.text == "One two.\nThree four."
    assert [(call.id, call.name, call.arguments) for call in reply.tool_calls] == [
        ("k1", "f", {"a": 1}),
        ("k2", "g", {}),
    ]


def test_each_subagent_has_chunks_of_its_own() -> None:
    """What two subagents say at the same time is not mixed up."""
    reply = reply_of(
        {"type": "TEXT_MESSAGE_CHUNK", "messageId": "a", "delta": "A1", "subagentRunId": "x"},
        {"type": "TEXT_MESSAGE_CHUNK", "messageId": "b", "delta": "B1", "subagentRunId": "y"},
        FINISHED,
    )
    later = {"type": "TEXT_MESSAGE_CHUNK", "delta": "A2", "subagentRunId": "x"}
    reader = AgUi().reader(ReadOptions())
    whole, _ = read_all(
        reader,
        as_events(
            {"type": "TEXT_MESSAGE_CHUNK", "messageId": "a", "delta": "A1", "subagentRunId": "x"},
            {"type": "TEXT_MESSAGE_CHUNK", "messageId": "b", "delta": "B1", "subagentRunId": "y"},
            later,
            FINISHED,
        ),
    )
    assert reply.text == "A1\nB1"
    assert whole.text == "A1A2\nB1"


def test_reasoning_of_both_versions_is_read() -> None:
    """1.0 calls it reasoning, in events and in chunks; 0.1 called it thinking."""
    assert recorded("ag-ui-1.0-reasoning.sse").reasoning == "Hm. So. "
    assert recorded("ag-ui-0.1-thinking.sse").reasoning == "Hm. "
    assert recorded("ag-ui-0.1-thinking.sse").text == "Thought."


def test_a_run_without_its_end_is_truncated() -> None:
    """Whatever has come, a run without RUN_FINISHED was cut."""
    reply = recorded("ag-ui-0.1-cut.sse")
    assert (reply.text, reply.outcome, reply.complete) == ("cut", "truncated", False)


def test_nothing_after_an_error_is_part_of_the_reply() -> None:
    """RUN_ERROR ends the run, and a RUN_FINISHED after it is not success."""
    reply = recorded("ag-ui-1.0-error.sse")
    assert (reply.outcome, reply.text) == ("error", "Par")
    assert reply.error == ReplyError(message="it broke", code="E1")
    assert reply.finish_reason is None


def test_a_cancelled_run_has_ended_and_is_no_answer() -> None:
    """Its end was seen, and the answer was broken off."""
    reply = recorded("ag-ui-1.0-cancelled.sse")
    assert (reply.outcome, reply.complete, reply.finish_reason, reply.text) == ("aborted", True, "cancelled", "half")


def test_an_interrupt_is_kept_as_it_was_asked() -> None:
    """What a run waits for is in the reply, with everything that is needed to answer it."""
    reply = recorded("ag-ui-1.0-interrupt.sse")
    assert (reply.outcome, reply.finish_reason) == ("complete", "interrupt")
    assert reply.interrupt["kind"] == "agui-interrupt"
    assert [one["id"] for one in reply.interrupt["interrupts"]] == ["i1", "i2"]
    assert [call.name for call in reply.tool_calls] == ["pay"]


INTERRUPT = {
    "kind": "agui-interrupt",
    "interrupts": [
        {"id": "i1", "responseSchema": {"type": "object", "properties": {"ok": {"type": "boolean"}}}},
        {"id": "i2"},
    ],
}


@pytest.mark.parametrize(
    ("resume", "first", "second"),
    [
        ({"approve": True}, {"payload": {"ok": True}}, {"payload": {"approved": True}}),
        (
            {"approve": False, "why": "no"},
            {"payload": {"ok": False, "why": "no"}},
            {"payload": {"approved": False, "why": "no"}},
        ),
        ("blue", {"payload": "blue"}, {"payload": "blue"}),
        ({"i1": {"approve": True}, "i2": 7}, {"payload": {"ok": True}}, {"payload": 7}),
        ({"i2": 7}, {"status": "cancelled"}, {"payload": 7}),
        (None, {"status": "cancelled"}, {"status": "cancelled"}),
    ],
)
def test_every_open_interrupt_is_answered(resume: Any, first: Any, second: Any) -> None:
    """The protocol refuses a run that leaves an interrupt open: what has no answer is cancelled."""
    turn = Turn(messages=[], thread_id="t", request_id="r", interrupt=INTERRUPT, resume=resume)
    resolved = {"status": "resolved"}
    assert AgUi().request(turn).body["resume"] == [
        {"interruptId": "i1", **(resolved | first)},
        {"interruptId": "i2", **(resolved | second)},
    ]


def test_the_input_of_a_run_has_what_both_versions_know_and_no_more() -> None:
    """0.1 refuses fields that it does not know: no version, no resume without an interrupt."""
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": "1"},
        {"role": "assistant", "content": "One."},
    ]
    body = AgUi().request(Turn(messages=messages, thread_id="t", request_id="r", session={"state": {"n": 1}})).body
    assert {key: value for key, value in body.items() if key != "messages"} == {
        "threadId": "t",
        "runId": "r",
        "state": {"n": 1},
        "tools": [],
        "context": [],
        "forwardedProps": {},
    }
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert body["messages"] == [
        {"id": "message-0", "role": "system", "content": "Be brief."},
        {"id": "message-1", "role": "user", "content": "Hi"},
        {"id": "message-2", "role": "assistant", "toolCalls": [call]},
        {"id": "message-3", "role": "tool", "content": "1", "toolCallId": "c"},
        {"id": "message-4", "role": "assistant", "content": "One."},
    ]


def test_a_call_that_is_told_again_is_sent_once() -> None:
    """After an approval some agents tell the call a second time."""
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    told = {"role": "assistant", "content": None, "tool_calls": [call]}
    first, second = AgUi().request(Turn(messages=[told, told])).body["messages"]
    assert [made["id"] for made in first["toolCalls"]] == ["c"]
    assert "toolCalls" not in second


def test_a_picture_is_a_part_with_a_source() -> None:
    """Text and pictures of a user's message go as parts."""
    content = [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
    ]
    body = AgUi().request(Turn(messages=[{"role": "user", "content": content}])).body
    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "Look"},
        {"type": "image", "source": {"type": "data", "value": "QUJD", "mimeType": "image/png"}},
        {"type": "image", "source": {"type": "url", "value": "https://example.org/a.png"}},
    ]


def test_the_state_goes_back_on_the_next_turn() -> None:
    """A snapshot and its differences are the thread's state."""
    reply = recorded("ag-ui-1.0-state.sse")
    assert reply.session == {"threadId": "th1", "runId": "req-1"}
    assert reply.carried == {"state": {"n": 1, "l": [2], "m/": 1}}
    assert reply.tool_results == [FunctionResult(id="t9", name="get", output="ok")]


def test_an_answer_that_only_a_snapshot_holds_is_read() -> None:
    """Agents that do not stream tell their messages at the end: those after the user's last one are the answer."""
    reply = recorded("ag-ui-1.0-snapshot.sse")
    assert reply.text == "Snap answer"
    assert reply.tool_calls == [FunctionCall(id="q", name="f", arguments_raw='{"z":1}', arguments={"z": 1})]
    assert reply.tool_results == [FunctionResult(id="q", name="f", output="42")]


def test_the_end_of_an_answer_that_only_a_snapshot_holds_is_read() -> None:
    """What stands after the message that was streamed, with its calls and results; the rest is not told again."""
    reply = recorded("ag-ui-1.0-snapshot-tail.sse")
    assert reply.text == "Let me look.\nIt is 18 °C."
    assert [call.id for call in reply.tool_calls] == ["tc"]
    assert [result.output for result in reply.tool_results] == ["r"]


def test_a_snapshot_that_gives_one_of_two_messages_another_id_adds_nothing() -> None:
    """What was said is known by its words too."""
    messages = [{"id": "1", "role": "assistant", "content": "Hi"}, {"id": "x", "role": "assistant", "content": "Ho"}]
    streamed = [
        {"type": "TEXT_MESSAGE_CHUNK", "messageId": "1", "delta": "Hi"},
        {"type": "TEXT_MESSAGE_CHUNK", "messageId": "2", "delta": "Ho"},
    ]
    snapshot = {"type": "MESSAGES_SNAPSHOT", "messages": messages}
    assert reply_of(*streamed, snapshot, FINISHED).text == "Hi\nHo"


def test_a_snapshot_of_what_was_streamed_adds_nothing() -> None:
    """A text never counts twice, even where the snapshot gives its message another id."""
    snapshot = {"type": "MESSAGES_SNAPSHOT", "messages": [{"id": "other", "role": "assistant", "content": "Hi"}]}
    assert reply_of(said("Hi"), snapshot, FINISHED).text == "Hi"


def test_words_of_other_roles_are_no_answer() -> None:
    """An agent that shows the user's message in its stream has not said it."""
    start = {"type": "TEXT_MESSAGE_START", "messageId": "u", "role": "user"}
    assert reply_of(start, said("mine", "u"), said("yours", "m"), FINISHED).text == "yours"


def test_a_call_that_is_told_again_is_one_call() -> None:
    """After a pause the call is replayed: its arguments are not doubled, and a start alone loses none."""
    start = {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "f"}
    arguments = {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": '{"a":1}'}
    for again in ([start, arguments], [start]):
        reply = reply_of(start, arguments, *again, FINISHED)
        assert [(call.name, call.arguments) for call in reply.tool_calls] == [("f", {"a": 1})]


def test_usage_of_several_models_is_added_up() -> None:
    """A run names the tokens of each of its models; without a total it is their sum."""
    usage = [{"inputTokens": 3, "outputTokens": 4}, {"inputTokens": 1, "outputTokens": 1, "totalTokens": 5}]
    reply = reply_of(said("Hi"), {**FINISHED, "usage": usage})
    assert reply.usage == Usage(input_tokens=4, output_tokens=5, total_tokens=12)


def test_an_interrupt_of_a_draft_version_is_one() -> None:
    """Drafts wrote the outcome as a word and the interrupt beside it."""
    reply = reply_of({**FINISHED, "outcome": "interrupt", "interrupt": {"id": "i", "reason": "why"}})
    assert reply.interrupt == {"kind": "agui-interrupt", "interrupts": [{"id": "i", "reason": "why"}]}


# As ag-ui-langgraph 0.0.47 sends it where it is not told otherwise.
LANGGRAPH_ASKS = {
    "type": "CUSTOM",
    "name": "on_interrupt",
    "value": '{"question": "Which city?"}',
    "rawEvent": {"value": {"question": "Which city?"}, "id": "33bc"},
}


def test_what_a_graph_asks_for_is_an_interrupt() -> None:
    """LangGraph's adapter tells of it in a custom event, and takes the answer as a command."""
    reply = reply_of(LANGGRAPH_ASKS, FINISHED)
    asked = {"id": "33bc", "value": {"question": "Which city?"}}
    assert reply.interrupt == {"kind": "on_interrupt", "interrupts": [asked]}
    assert (reply.outcome, reply.finish_reason) == ("complete", "interrupt")
    body = AgUi().request(Turn(messages=[], interrupt=reply.interrupt, resume="Paris")).body
    assert body["forwardedProps"] == {"command": {"resume": "Paris"}}
    assert "resume" not in body


def test_messages_go_back_under_the_ids_that_the_agent_gave_them() -> None:
    """An agent that keeps its threads would take its own words for new ones under other ids."""
    own = [
        {"id": "message-0", "role": "user", "content": "Hi"},
        {"id": "lc_run--1", "role": "assistant", "content": "Hello"},
    ]
    reply = reply_of({"type": "MESSAGES_SNAPSHOT", "messages": own}, FINISHED)
    new = {"role": "user", "content": "And?"}
    turn = Turn(messages=[{"role": "user", "content": "Hi"}, *reply.messages, new], new_messages=[new])
    again = AgUi().request(msgspec.structs.replace(turn, session=reply.session | reply.carried)).body
    assert again["messages"] == [*own, {"id": "message-2", "role": "user", "content": "And?"}]
    another = reply.session | reply.carried | {"runId": "a later one"}
    later = AgUi().request(msgspec.structs.replace(turn, session=another)).body
    assert [message["id"] for message in later["messages"]] == ["message-0", "message-1", "message-2"]


def test_unknown_events_and_fields_are_ignored() -> None:
    """Neither is anything after the end."""
    reply = reply_of({"type": "NEW_THING", "delta": "x"}, said("Hi", new=1), FINISHED, said(" late"))
    assert (reply.text, reply.outcome) == ("Hi", "complete")


def test_detection_is_by_the_names_of_events() -> None:
    """Names in capitals that are not the protocol's say nothing."""

    def certainty(*values: dict[str, Any]) -> int | None:
        samples = [Sample(event, value) for event, value in zip(as_events(*values), values, strict=True)]
        detection = AgUi().detect(Head(), samples)
        return detection and detection.certainty

    assert certainty({"type": "RUN_STARTED"}) == CERTAIN
    assert certainty({"type": "THINKING_START"}) == CERTAIN
    assert certainty({"type": "CUSTOM", "name": "x", "value": 1}) == LIKELY
    assert certainty({"type": "DONE"}, {"type": "MESSAGE"}, {"type": "text-start"}) is None


EVENTS: list[dict[str, Any]] = [
    LANGGRAPH_ASKS,
    {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
    {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"},
    said("a"),
    {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "role": "user", "delta": "b", "subagentRunId": "s"},
    {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "f", "parentMessageId": "m"},
    {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": "{}"},
    {"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "f", "delta": "{}"},
    {"type": "TOOL_CALL_RESULT", "messageId": "x", "toolCallId": "c", "content": [{"type": "text", "text": "r"}]},
    {"type": "REASONING_MESSAGE_CONTENT", "messageId": "m", "delta": "h"},
    {"type": "STATE_SNAPSHOT", "snapshot": {"a": [1]}},
    {"type": "STATE_DELTA", "delta": [{"op": "copy", "from": "/a", "path": "/b"}]},
    {
        "type": "MESSAGES_SNAPSHOT",
        "messages": [
            {"role": "user", "id": "u", "content": "x"},
            {
                "role": "assistant",
                "id": "m",
                "content": "c",
                "toolCalls": [{"id": "c", "function": {"name": "f", "arguments": "{}"}}],
            },
            {"role": "tool", "id": "t", "toolCallId": "c", "content": "r"},
        ],
    },
    {**FINISHED, "outcome": {"type": "interrupt", "interrupts": [{"id": "i"}]}, "usage": [{"inputTokens": 1}]},
    {"type": "RUN_ERROR", "message": "m", "code": "c"},
]


@given(odd_events(EVENTS))
def test_no_event_raises(events: list[Any]) -> None:
    """Whatever stands in an event, reading goes on; and what it left can be sent back."""
    reply = survives(AgUi(), events)
    AgUi().request(
        Turn(
            messages=reply.messages,
            session={**reply.session, **reply.carried},
            interrupt=reply.interrupt,
            resume={"approve": True},
        )
    )


def test_lines_of_json_are_read_as_events_are() -> None:
    """Some servers send a run so."""
    values = [
        {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
        {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "Wind."},
        {"type": "TEXT_MESSAGE_END", "messageId": "m"},
        {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"},
    ]
    body = b"".join(msgspec.json.encode(value) + b"\n" for value in values)
    reply = read_stream(body, content_type="application/x-ndjson")
    assert (reply.protocol, reply.text, reply.outcome) == ("ag-ui", "Wind.", "complete")
    cut = read_stream(body[: body.rindex(b'{"type":"RUN_FINISHED"')], content_type="application/x-ndjson")
    assert cut.outcome == "truncated"
