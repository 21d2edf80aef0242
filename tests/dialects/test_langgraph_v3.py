"""LangGraph Server's event protocol, version 3.

The recordings are what langgraph-api 0.16.7 (langgraph 1.2.22) sent.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given

from scenario.dialects.langgraph.streams_v3 import LangGraphV3
from scenario.errors import AgentError
from scenario.exchange import Chunk
from scenario.protocols.protocol import Answered, Ending, Head, ReadOptions, RequestDraft, Turn
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.types import FunctionCall, FunctionResult, Reply, Usage
from scenario.wire.sse import ServerSentEvent
from tests.dialects.odd_events import odd_events, survives
from tests.dialects.recordings import recorded

CALL = FunctionCall(id="call-1", name="get_weather", arguments_raw='{"city": "Paris"}', arguments={"city": "Paris"})
QUESTION = {"id": "1ac8d4aa97f420918a454668c02d8c9c", "value": {"question": "Shall I book it?"}}
ASKED = {"kind": "langgraph-interrupt", "interrupts": [QUESTION]}
WEATHER = [{"role": "user", "content": "Weather?"}]


def event(method: str, data: Any, *, seq: int = 1, namespace: tuple[str, ...] = ()) -> dict[str, Any]:
    """An event as it stands in JSON."""
    return {"type": "event", "method": method, "seq": seq, "params": {"namespace": namespace, "data": data}}


def told(**data: Any) -> dict[str, Any]:
    """An event of a message's life."""
    return event("messages", data)


RUNNING, COMPLETED = (event("lifecycle", {"event": phase}) for phase in ("running", "completed"))
STARTED = told(event="message-start", role="ai", id="m1")
TEXT = told(event="content-block-delta", index=0, delta={"type": "text-delta", "text": "Hi"})
FINISHED = told(event="message-finish", usage={"input_tokens": 2, "output_tokens": 3})


def read(*events: dict[str, Any]) -> Reply:
    """The reply of these events."""
    reader = LangGraphV3().reader(ReadOptions())
    for one in events:
        reader.read(ServerSentEvent(data=json.dumps(one), event=one["method"]))
    return reader.finish(Ending())


def test_what_no_model_streamed_is_in_the_states() -> None:
    """The server sends no updates: a node's own message is in the values alone, so these are asked for."""
    reply = recorded("langgraph-v3-static.sse")
    assert (reply.text, reply.outcome) == ("Static answer", "complete")
    draft = LangGraphV3().request(Turn(messages=WEATHER, path="/threads/t/stream/events"))
    assert "values" in draft.body["channels"]


def test_all_that_is_asked_at_once_is_read() -> None:
    """The second question comes after the word that the run has stopped."""
    reply = recorded("langgraph-v3-asks-twice.sse")
    assert [one["value"] for one in reply.interrupt["interrupts"]] == ["Q1", "Q2"]
    assert (reply.text, reply.outcome) == ("", "complete")


def test_a_subgraphs_state_is_not_the_roots() -> None:
    """What it says is told by its messages, and by the root's state."""
    inner = event("values", {"messages": [{"type": "ai", "content": "Inner", "id": "i"}]}, namespace=("child:1",))
    first = event("values", {"messages": [{"type": "human", "content": "x", "id": "h"}]})
    assert read(RUNNING, first, inner, COMPLETED).text == ""


def test_a_run_with_a_tool_is_read() -> None:
    """The states between the messages repeat them, and bring the tool's result."""
    reply = recorded("langgraph-v3-tool.sse")
    assert (reply.protocol, reply.outcome, reply.finish_reason) == ("langgraph-v3", "complete", "completed")
    assert (reply.text, reply.tool_calls) == ("It is 18 °C in Paris.", [CALL])
    assert reply.tool_results == [FunctionResult(id="call-1", name="get_weather", output='{"celsius": 18}')]


def test_what_a_graph_asks_is_the_reply_s_interrupt() -> None:
    """In the same form as the older protocol's."""
    reply = recorded("langgraph-v3-asks.sse")
    assert (reply.interrupt, reply.outcome, reply.finish_reason) == (ASKED, "complete", "interrupted")


@pytest.mark.parametrize("asked_first", [True, False])
def test_a_run_that_waits_for_a_human_is_not_read_on_for_its_tools(asked_first: bool) -> None:
    """Its stream stays open behind the question, and a tool that it called has no result before the answer."""
    call = {"type": "tool_call", "id": "c1", "name": "book", "args": {}}
    state = event("values", {"messages": [{"type": "human", "content": "Book", "id": "h1"}]})
    question = event("input.requested", {"interrupt_id": "i1", "payload": "Shall I?"})
    waits = event("lifecycle", {"event": "interrupted"})
    ends = [question, waits] if asked_first else [waits, question]
    said = [RUNNING, STARTED, told(event="content-block-finish", index=0, content=call), FINISHED, *ends, state]
    reception = Reception(Head(headers={"content-type": "text/event-stream"}), ReceptionOptions())
    for number, one in enumerate(said):
        reception.feed(Chunk(data=f"event: {one['method']}\ndata: {json.dumps(one)}\n\n".encode(), at=float(number)))
    assert reception.protocol == "langgraph-v3"
    assert reception.over
    reply = reception.finish(clean=True)
    assert (reply.outcome, [one["value"] for one in reply.interrupt["interrupts"]]) == ("complete", ["Shall I?"])
    assert [one.name for one in reply.tool_calls] == ["book"]


def test_a_stream_that_begins_before_the_answer_waits_for_nothing() -> None:
    """The run that was interrupted has gone on."""
    reply = recorded("langgraph-v3-resumed.sse")
    assert (reply.text, reply.interrupt, reply.finish_reason) == ("Done: answered yes", None, "completed")


def test_a_run_that_failed_is_an_error() -> None:
    """In the server's words."""
    reply = recorded("langgraph-v3-failed.sse")
    assert reply.error is not None
    assert (reply.error.message, reply.outcome) == ("boom", "error")


def test_a_message_s_error_is_the_reply_s() -> None:
    """A model that broke off."""
    reply = read(RUNNING, STARTED, TEXT, told(event="error", message="overloaded", code="529"))
    assert reply.error is not None
    assert (reply.text, reply.error.message, reply.error.code) == ("Hi", "overloaded", "529")


def test_a_stream_without_its_run_s_end_is_truncated() -> None:
    """The server holds it open: only the root's end is one, and no subgraph's."""
    inner = event("lifecycle", {"event": "completed"}, namespace=("sub",))
    assert read(RUNNING, STARTED, TEXT, FINISHED, inner).outcome == "truncated"
    assert read(RUNNING, STARTED, TEXT, FINISHED, COMPLETED).outcome == "complete"


def test_a_stream_of_messages_alone_ends_with_them() -> None:
    """Nobody subscribed to what tells of runs."""
    assert read(STARTED, TEXT, FINISHED).outcome == "complete"
    assert read(STARTED, TEXT).outcome == "truncated"


def test_usage_and_reasoning_are_read() -> None:
    """The usage comes with a message's end."""
    thought = told(event="content-block-delta", index=0, delta={"type": "reasoning-delta", "reasoning": "Hm"})
    reply = read(RUNNING, STARTED, thought, TEXT, FINISHED, COMPLETED)
    assert (reply.reasoning, reply.usage) == ("Hm", Usage(input_tokens=2, output_tokens=3, total_tokens=5))


def test_tools_at_work_are_calls_and_results() -> None:
    """A call is known by its id, wherever it was told first; an error is a result that failed."""
    start = event("tools", {"event": "tool-started", "tool_call_id": "c", "tool_name": "f", "input": {"a": 1}})
    end = event("tools", {"event": "tool-error", "tool_call_id": "c", "message": "no"})
    reply = read(RUNNING, start, start, end, COMPLETED)
    assert reply.tool_calls == [FunctionCall(id="c", name="f", arguments_raw='{"a": 1}', arguments={"a": 1})]
    assert [(one.id, one.output, one.is_error) for one in reply.tool_results] == [("c", "no", True)]


def test_an_update_brings_what_no_model_streamed() -> None:
    """A node that answers by itself."""
    update = {"node": "n", "values": {"messages": [{"type": "ai", "content": "Hello", "id": "m9"}]}}
    assert read(RUNNING, event("updates", update), COMPLETED).text == "Hello"


@given(odd_events([RUNNING, STARTED, TEXT, FINISHED, COMPLETED]))
def test_no_event_raises(events: list[Any]) -> None:
    """Whatever stands in an event, reading goes on."""
    survives(LangGraphV3(), events)


def put(turn: Turn, *answers: Any) -> list[RequestDraft]:
    """The requests for a turn, each answered by the next of these."""
    requests: Generator[RequestDraft, Answered, RequestDraft] = LangGraphV3().requests(turn)
    drafts = [next(requests)]
    for answer in answers:
        try:
            drafts.append(requests.send(Answered(Head(), json.dumps(answer).encode())))
        except StopIteration as stop:
            drafts.append(stop.value)
    return drafts


def test_a_run_is_started_in_a_new_thread_and_its_events_read() -> None:
    """After the graph was looked up."""
    turn = Turn(messages=WEATHER, new_messages=WEATHER, path="/")
    search, thread, command, stream = put(
        turn, [{"assistant_id": "a", "graph_id": "g"}], {"thread_id": "t"}, {"type": "success", "id": 1}
    )
    assert (search.url, thread.url) == ("/assistants/search", "/threads")
    assert (command.url, stream.url) == ("/threads/t/commands", "/threads/t/stream/events")
    assert command.body["params"] == {"assistant_id": "a", "input": {"messages": WEATHER}}
    assert (command.puts_turn, command.session) == (True, {"assistant_id": "a", "thread_id": "t"})
    assert "since" not in stream.body


def test_an_answer_goes_to_what_asked_and_later_events_alone_are_read() -> None:
    """The thread's stream would begin at its beginning."""
    session = {"assistant_id": "a", "thread_id": "t", "seq": 12}
    command, stream = put(
        Turn(messages=[], session=session, interrupt=ASKED, resume="yes", path="/"), {"type": "success", "id": 1}
    )
    assert command.body["method"] == "input.respond"
    assert command.body["params"] == {"namespace": [], "interrupt_id": QUESTION["id"], "response": "yes"}
    assert stream.body["since"] == 12


def test_a_command_that_is_refused_is_the_agent_s_error() -> None:
    """With the server's words."""
    turn = Turn(messages=WEATHER, path="/threads/t/stream/events", model="agent")
    with pytest.raises(AgentError, match="no_such_run: gone"):
        put(turn, {"type": "error", "id": 1, "error": "no_such_run", "message": "gone"})
