"""LlamaIndex's workflow server.

The payloads follow what llama-agents-server 0.8.0 (llama-index-workflows 2.26.1) sends.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from scenario.dialects.llamaindex.events import LlamaIndex
from scenario.errors import AgentError, ConfigurationError
from scenario.protocols.interrupts import question_of
from scenario.protocols.protocol import CERTAIN, Answered, Ending, Head, ReadOptions, RequestDraft, Sample, Turn
from scenario.types import Reply
from scenario.wire.sse import ServerSentEvent
from tests.dialects.odd_events import as_events, odd_events, read_all, survives


def event(kind: str, *bases: str, **value: Any) -> dict[str, Any]:
    """An envelope with an event of this class, which derives from those."""
    return {"value": value, "qualified_name": f"app.{kind}", "type": kind, "types": list(bases) or None}


def token(text: str) -> dict[str, Any]:
    """A piece of text as most applications send it."""
    return event("Token", delta=text)


def read(*values: object, options: ReadOptions | None = None) -> Reply:
    """The reply of these events, whose text must be what was brought piece by piece."""
    reply, text = read_all(LlamaIndex().reader(options or ReadOptions()), as_events(*values))
    assert text == reply.text
    return reply


def test_the_result_that_repeats_the_pieces_counts_once() -> None:
    """It may also be something else altogether."""
    assert read(token("It is "), token("18."), event("StopEvent", result="It is 18.")).text == "It is 18."
    assert read(token("It is 18."), event("StopEvent", result="done")).text == "It is 18."


@pytest.mark.parametrize(
    "result",
    [
        "18.",
        {"answer": "18."},
        {"response": {"role": "assistant", "blocks": [{"block_type": "text", "text": "18."}]}, "tool_calls": []},
    ],
)
def test_the_result_is_the_text_where_no_pieces_came(result: object) -> None:
    """Text, an object of the application's, or an agent's output."""
    assert read(event("Progress", msg="working"), event("StopEvent", result=result)).text == "18."


def test_a_stop_event_of_the_applications_own_ends_the_run() -> None:
    """Its base classes say what it is, and its fields are the result."""
    reply = read(event("Finished", "StopEvent", answer="18."), token("late"))
    assert (reply.text, reply.outcome) == ("18.", "complete")


def test_what_tells_of_progress_is_the_answer_only_if_nothing_else_is() -> None:
    """The last of it."""
    assert read(event("P", msg="a"), event("P", msg="b"), event("StopEvent", result=None)).text == "b"


def test_fields_that_no_class_names_are_read() -> None:
    """An application may emit `Event(delta=…)` without a class of its own; so may what asks a human."""
    pieces = [event("Event", _data={"delta": piece}) for piece in ("It ", "is 18.")]
    assert read(*pieces, event("StopEvent")).text == "It is 18."
    assert read(event("Event", _data={"msg": "It is 18."}), event("StopEvent")).text == "It is 18."
    asked = read(event("InputRequiredEvent", _data={"prefix": "Which city?"})).interrupt
    assert question_of(asked) == "Which city?"


@pytest.mark.parametrize(("result", "text"), [({"a": 1}, '{"a":1}'), (["a", 1], '["a",1]'), ({}, ""), (None, "")])
def test_a_result_without_a_text_is_the_answer(result: object, text: str) -> None:
    """As it is, in JSON."""
    assert read(event("StopEvent", result=result)).text == text
    assert read(event("StopEvent", result={"response": {"blocks": []}, "tool_calls": []})).text == ""


def test_a_run_without_its_end_is_cut() -> None:
    """Its stream ends with an event that says so."""
    assert read(token("It is ")).outcome == "truncated"


@pytest.mark.parametrize(
    ("failed", "message", "code"),
    [
        (
            event(
                "WorkflowFailedEvent",
                "StopEvent",
                step_name="go",
                exception={"exception_type": "builtins.ValueError", "exception_message": "boom"},
            ),
            "boom",
            "builtins.ValueError",
        ),
        (
            event("WorkflowTimedOutEvent", "StopEvent", timeout=1.0),
            "the workflow ran out of time",
            "WorkflowTimedOutEvent",
        ),
        (event("WorkflowCancelledEvent", "StopEvent"), "the workflow was cancelled", "WorkflowCancelledEvent"),
    ],
)
def test_failures_are_errors_although_they_end_the_run(failed: dict[str, Any], message: str, code: str) -> None:
    """They derive from the event of a good end."""
    reply = read(token("It "), failed)
    assert (reply.outcome, reply.text) == ("error", "It ")
    assert reply.error is not None
    assert (reply.error.message, reply.error.code) == (message, code)


def test_an_agents_own_events() -> None:
    """Thinking, calls and results; what repeats them is not counted."""
    reply = read(
        event("AgentInput", input=[{"role": "user", "blocks": []}], current_agent_name="a"),
        event("AgentStream", delta="", thinking_delta="Hm.", response=""),
        event("ToolCall", tool_name="get_weather", tool_kwargs={"city": "Paris"}, tool_id="c1"),
        event(
            "ToolCallResult",
            "ToolCall",
            tool_name="get_weather",
            tool_id="c1",
            tool_output={"blocks": [{"text": "18"}]},
        ),
        event("AgentStream", delta="It is 18.", response="It is 18."),
        event("AgentOutput", response={"blocks": [{"text": "It is 18."}]}),
        event("StopEvent", result={"response": {"blocks": [{"text": "It is 18."}]}}),
    )
    assert (reply.text, reply.reasoning) == ("It is 18.", "Hm.")
    assert [(one.id, one.name, one.arguments) for one in reply.tool_calls] == [("c1", "get_weather", {"city": "Paris"})]
    assert [(one.id, one.output) for one in reply.tool_results] == [("c1", "18")]


def test_a_question_ends_the_reply() -> None:
    """The stream goes on only when it is answered; where it stood is remembered."""
    reader = LlamaIndex().reader(ReadOptions())
    asked = event("Ask", "InputRequiredEvent", prompt="Allow?")
    reader.read(ServerSentEvent(data=json.dumps(asked), id="3"))
    assert reader.over
    reply = reader.finish(Ending())
    assert reply.interrupt == {
        "kind": "llamaindex-input-required",
        "interrupts": [{"type": "Ask", "value": {"prompt": "Allow?"}, "after": "3"}],
    }


def test_a_given_path_says_where_the_text_is() -> None:
    """In the event's own fields."""
    options = ReadOptions(text_path="words[0]")
    assert read(event("X", words=["a"]), event("X", words=["b"]), event("StopEvent"), options=options).text == "ab"


def test_the_outcome_of_a_run_that_was_waited_for() -> None:
    """`/run` answers with the handler and its result."""
    handler = {"handler_id": "h", "workflow_name": "w", "status": "completed", "error": None}
    result = {"value": {"result": "18."}, "type": "StopEvent"}
    assert read({**handler, "result": result}, options=ReadOptions(framing="json")).text == "18."
    failed = {**handler, "status": "failed", "error": "boom", "result": None}
    assert read(failed, options=ReadOptions(framing="json")).outcome == "error"


def test_it_is_known_by_its_envelope() -> None:
    """The first event has it."""
    (only,) = as_events(token("a"))
    found = LlamaIndex().detect(Head(), [Sample(only, token("a"))])
    assert found is not None
    assert found.certainty == CERTAIN


def turn(**fields: Any) -> Turn:
    """A conversation's second turn."""
    old = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    new = [{"role": "user", "content": "c"}]
    return Turn(messages=old + new, new_messages=new, **fields)


def requested(turn: Turn, *answers: tuple[int, Any]) -> list[RequestDraft]:
    """A turn's requests, given the answers to those that prepare it."""
    requests = LlamaIndex().requests(turn)
    drafts = []
    try:
        drafts.append(next(requests))
        for status, value in answers:
            drafts.append(requests.send(Answered(Head(status=status), json.dumps(value).encode())))
    except StopIteration as stop:
        drafts.append(stop.value)
    return drafts


def schema(**properties: Any) -> tuple[int, Any]:
    """The answer that describes a start event with these fields."""
    return 200, {"start": {"properties": properties}, "stop": {}}


def test_a_run_is_started_and_then_read_from_its_beginning() -> None:
    """The server sends what comes after the request, unless it is told where to begin."""
    names, described, start, events = requested(
        turn(path="/api"), (200, {"workflows": ["ch/at"]}), schema(message={}), (200, {"handler_id": "h/1"})
    )
    assert [names.url, described.url, start.url] == [
        "/api/workflows",
        "/api/workflows/ch%2Fat/schema",
        "/api/workflows/ch%2Fat/run-nowait",
    ]
    assert start.puts_turn
    assert start.body == {"start_event": {"message": "c"}}
    assert (events.method, events.url) == ("GET", "/api/events/h%2F1?sse=true&after_sequence=-1")
    assert events.session == {"handler_id": "h/1"}


@pytest.mark.parametrize(
    ("described", "sent"),
    [
        (schema(user_msg={}, chat_history={}, memory={}), {"user_msg": "c"}),
        (schema(subject={"type": "string"}, thread_id={}), {"thread_id": "t", "subject": "c"}),
        ((404, {}), {"message": "c", "user_msg": "c", "input": "c"}),
    ],
)
def test_the_start_event_has_the_fields_that_the_workflow_names(
    described: tuple[int, Any], sent: dict[str, Any]
) -> None:
    """By what they are usually called; by their type, where there is only one text."""
    *_, start, _ = requested(turn(model="chat", thread_id="t"), described, (200, {"handler_id": "h"}))
    assert sent.items() <= start.body["start_event"].items()


def test_a_later_turn_continues_the_run() -> None:
    """Its context is the conversation's state."""
    _, start, _ = requested(
        turn(path="/workflows/chat/run-nowait", session={"handler_id": "h"}), schema(), (200, {"handler_id": "h"})
    )
    assert start.body["handler_id"] == "h"


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        ("yes", {"type": "HumanResponseEvent", "value": {"response": "yes"}}),
        ({"approve": True}, {"type": "HumanResponseEvent", "value": {"response": True, "approve": True}}),
        ({"type": "Mine", "value": {"a": 1}}, {"type": "Mine", "value": {"a": 1}}),
    ],
)
def test_an_answer_is_an_event_and_the_reading_goes_on_after_the_question(answer: Any, sent: dict[str, Any]) -> None:
    """The application's own event may be given."""
    interrupt = {"interrupts": [{"type": "Ask", "value": {}, "after": "3"}]}
    put, events = requested(turn(session={"handler_id": "h"}, resume=answer, interrupt=interrupt), (200, {}))
    assert (put.url, put.body) == ("/events/h", {"event": sent})
    assert events.url == "/events/h?sse=true&after_sequence=3"


def test_refusals_say_what_the_server_said() -> None:
    """At each step."""
    with pytest.raises(ConfigurationError, match="'a', 'b'"):
        requested(turn(), (200, {"workflows": ["b", "a"]}))
    with pytest.raises(AgentError, match=r"did not start 'chat'.*status 400: Validation"):
        requested(turn(model="chat"), schema(), (400, {"detail": "Validation"}))
    with pytest.raises(AgentError, match="refused the answer"):
        requested(turn(session={"handler_id": "h"}, resume="x"), (409, {"detail": "completed"}))


KNOWN: list[dict[str, Any]] = [
    token("a"),
    event("AgentStream", delta="a", thinking_delta="b"),
    event("ToolCall", tool_name="n", tool_kwargs={"a": 1}, tool_id="c"),
    event("ToolCallResult", tool_name="n", tool_id="c", tool_output={"content": "x", "is_error": True}),
    event("Ask", "InputRequiredEvent", prefix="a"),
    event("StopEvent", result={"response": {"blocks": [{"text": "a"}]}}),
    event("WorkflowFailedEvent", "StopEvent", exception={"exception_type": "a", "exception_message": "b"}),
    {"handler_id": "h", "workflow_name": "w", "result": {"value": {"result": "a"}}},
]


@given(odd_events(KNOWN))
def test_no_event_makes_it_raise(odd: list[Any]) -> None:
    """Whatever stands anywhere in an event is read or skipped."""
    survives(LlamaIndex(), odd)
    survives(LlamaIndex(), odd, "json")
