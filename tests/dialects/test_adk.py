"""Google's Agent Development Kit.

The payloads follow what google-adk 2.13.0 sends.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from scenario.dialects.adk.events import Adk
from scenario.errors import AgentError, ConfigurationError
from scenario.protocols.protocol import CERTAIN, Answered, Head, ReadOptions, RequestDraft, Sample, Turn
from scenario.types import Reply, Usage
from tests.dialects.odd_events import as_events, odd_events, read_all, survives
from tests.dialects.recordings import recorded

CALL = {"functionCall": {"id": "call-1", "name": "get_weather", "args": {"city": "Paris"}}}
RESULT = {"functionResponse": {"id": "call-1", "name": "get_weather", "response": {"temp_c": 18}}}


def event(*parts: Any, **fields: Any) -> dict[str, Any]:
    """An event with these parts; text stands for a part with text."""
    content = [{"text": part} if isinstance(part, str) else part for part in parts]
    return {"content": {"parts": content, "role": "model"}, "invocationId": "e-1", "author": "weather"} | fields


def partial(*parts: Any, **fields: Any) -> dict[str, Any]:
    """An event that a model's stream gives on its way."""
    return event(*parts, partial=True, **fields)


def read(*values: object) -> Reply:
    """The reply of these events, whose text must be what was brought piece by piece."""
    reply, text = read_all(Adk().reader(ReadOptions()), as_events(*values))
    assert text == reply.text
    return reply


def thought(text: str) -> dict[str, Any]:
    """A part with thinking."""
    return {"text": text, "thought": True}


@pytest.mark.parametrize("name", ["adk-snake-case.sse", "adk-snake-case.json"])
def test_events_may_have_pythons_names(name: str) -> None:
    """A server of one's own writes events as they are in Python; what is in arguments and results keeps its names."""
    reply = recorded(name)
    assert (reply.protocol, reply.outcome, reply.text) == ("adk", "complete", "It ")
    assert [(call.id, call.arguments) for call in reply.tool_calls] == [("c1", {"the_key": 1})]
    assert [result.output for result in reply.tool_results] == [{"a_b": 1}]
    assert reply.session == {"invocationId": "inv1"}


def test_a_call_that_has_got_its_result_no_longer_waits() -> None:
    """The first result says that it waits, the second what came of it."""
    assert recorded("adk-waits.sse").interrupt == {"kind": "ask_human", "id": "lr1", "args": {"q": "ok?"}}
    done = recorded("adk-no-longer-waits.sse")
    assert (done.interrupt, done.text) == (None, "Finished.")
    assert [result.output for result in done.tool_results] == [{"status": "pending"}, {"result": "done"}]


def test_a_workflow_that_says_nothing_answers_by_its_output() -> None:
    """Its nodes may put out values, of which the last is the run's."""
    assert recorded("adk-output.sse").text == '{"city":"Paris"}'


def test_the_whole_that_follows_its_pieces_counts_once() -> None:
    """Text and thinking come in pieces, then once more."""
    reply = read(
        partial(thought("Hm. ")),
        partial("It is "),
        partial("18."),
        event(thought("Hm. "), "It is 18.", finishReason="STOP"),
    )
    assert (reply.text, reply.reasoning, reply.finish_reason) == ("It is 18.", "Hm. ", "STOP")


@pytest.mark.parametrize("ids", [("a", "a", "a"), ("a", "b", "c")])
def test_ids_do_not_matter_to_it(ids: tuple[str, str, str]) -> None:
    """Earlier versions give each event an id of its own."""
    one, two, three = ids
    assert read(partial("a", id=one), partial("b", id=two), event("ab", id=three)).text == "ab"


def test_what_the_whole_has_beyond_its_pieces_is_added() -> None:
    """The pieces may stop before the end."""
    assert read(partial("It is "), event("It is 18.")).text == "It is 18."


def test_a_whole_that_says_something_else_stands_in_place_of_its_pieces() -> None:
    """The whole is what the server keeps."""
    reply, _ = read_all(Adk().reader(ReadOptions()), as_events(partial("It is 80."), event("It is 18.")))
    assert reply.text == "It is 18."


def test_events_without_content_do_not_end_a_message() -> None:
    """State and artifacts change between pieces."""
    assert read(partial("a"), event(actions={"stateDelta": {"x": 1}}), event("a")).text == "a"


def test_agents_that_speak_at_the_same_time_are_told_apart() -> None:
    """Each has pieces of its own."""
    reply = read(partial("a1", author="a"), partial("b1", author="b"), event("a1", author="a"), event("b1", author="b"))
    assert [message["content"] for message in reply.messages] == ["a1", "b1"]


def test_calls_and_their_results() -> None:
    """Calls in pieces are not whole, and the same call is one call."""
    reply = read(partial(CALL), event("Let me look. ", CALL), event(RESULT), event("18."))
    assert [(one.id, one.name, one.arguments) for one in reply.tool_calls] == [
        ("call-1", "get_weather", {"city": "Paris"})
    ]
    assert [(one.id, one.output) for one in reply.tool_results] == [("call-1", {"temp_c": 18})]
    assert reply.text == "Let me look. \n18."


def test_usage_counts_thinking_as_output() -> None:
    """The total is what the server says."""
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 5, "thoughtsTokenCount": 2, "totalTokenCount": 17}
    assert read(event("a", usageMetadata=usage)).usage == Usage(input_tokens=10, output_tokens=7, total_tokens=17)


def test_an_end_in_the_midst_of_pieces_is_no_end() -> None:
    """There is no terminal event, but a whole follows pieces."""
    assert read(partial("It is ")).outcome == "truncated"
    assert read(partial("It is "), event("It is 18.")).outcome == "complete"


@pytest.mark.parametrize(
    ("failed", "message", "code"),
    [
        (
            {"error": "boom", "error_details": {"error_type": "ValueError", "error_message": "boom"}},
            "boom",
            "ValueError",
        ),
        (event(errorCode="SAFETY", errorMessage="blocked"), "blocked", "SAFETY"),
        (event(errorCode="SAFETY"), "SAFETY", "SAFETY"),
    ],
)
def test_errors(failed: dict[str, Any], message: str, code: str) -> None:
    """The server's own, and the model's."""
    reply = read(failed)
    assert reply.outcome == "error"
    assert reply.error is not None
    assert (reply.error.message, reply.error.code) == (message, code)


def test_a_limit_on_the_answers_length_is_no_error() -> None:
    """It stands in the error's code too, beside what was said."""
    reply = read(event("It is", finishReason="MAX_TOKENS", errorCode="MAX_TOKENS"))
    assert (reply.outcome, reply.finish_reason) == ("complete", "MAX_TOKENS")


def test_a_call_that_waits_for_a_human_is_an_interrupt() -> None:
    """Its name is the kind; a first result of it says only that it waits."""
    confirm = {"functionCall": {"id": "adk-1", "name": "adk_request_confirmation", "args": {"x": 1}}}
    waiting = event(confirm, longRunningToolIds=["adk-1"])
    assert read(waiting).interrupt == {"kind": "adk_request_confirmation", "id": "adk-1", "args": {"x": 1}}
    pending = {"functionResponse": {"id": "adk-1", "name": "adk_request_confirmation", "response": {"status": "…"}}}
    assert read(waiting, event(pending)).interrupt is not None


def test_several_questions_stand_beside_the_first() -> None:
    """Each has the id that its answer goes to."""
    calls = [{"functionCall": {"id": name, "name": "ask", "args": {}}} for name in ("a", "b")]
    interrupt = read(event(*calls, longRunningToolIds=["a", "b"])).interrupt
    assert [one["id"] for one in interrupt["interrupts"]] == ["a", "b"]


def test_what_the_user_said_is_not_the_reply() -> None:
    """An answer to a question comes back as the user's event."""
    assert read(event("echo", author="user"), event("Hi")).text == "Hi"


def test_a_list_of_events_is_read_as_they_would_come() -> None:
    """`/run` answers with all events in one JSON value."""
    reply, text = read_all(
        Adk().reader(ReadOptions(framing="json")), as_events([event(CALL), event(RESULT), event("18.")])
    )
    assert (reply.text, text, reply.outcome) == ("18.", "18.", "complete")


def test_it_is_known_by_what_each_event_has() -> None:
    """An author and an invocation."""
    (only,) = as_events(event("a"))
    found = Adk().detect(Head(), [Sample(only, event("a"))])
    assert found is not None
    assert found.certainty == CERTAIN


def turn(**fields: Any) -> Turn:
    """A conversation's second turn."""
    old = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    new = [{"role": "user", "content": "c"}]
    return Turn(messages=old + new, new_messages=new, **fields)


def requested(turn: Turn, *answers: tuple[int, Any]) -> list[RequestDraft]:
    """A turn's requests, given the answers to those that prepare it."""
    requests = Adk().requests(turn)
    drafts = []
    try:
        drafts.append(next(requests))
        for status, value in answers:
            drafts.append(requests.send(Answered(Head(status=status), json.dumps(value).encode())))
    except StopIteration as stop:
        drafts.append(stop.value)
    return drafts


def test_a_session_is_made_for_the_conversation() -> None:
    """The app is looked up, the session made; both are known afterwards."""
    apps, session, run = requested(turn(path="/api/run_sse"), (200, ["we/ather"]), (200, {"id": "s1"}))
    assert [apps.url, session.url, run.url] == [
        "/api/list-apps",
        "/api/apps/we%2Father/users/scenario/sessions",
        "/api/run_sse",
    ]
    assert run.body["sessionId"] == "s1"
    assert run.body["newMessage"] == {"role": "user", "parts": [{"text": "c"}]}
    assert requested(turn(session=run.session))[0].body["sessionId"] == "s1"


@pytest.mark.parametrize(
    ("answer", "response"),
    [
        ({"approve": True}, {"confirmed": True}),
        (False, {"confirmed": False}),
        ({"approve": True, "payload": 1}, {"confirmed": True, "payload": 1}),
        ("maybe", {"result": "maybe"}),
    ],
)
def test_an_answer_goes_back_as_the_calls_response(answer: Any, response: dict[str, Any]) -> None:
    """Under the id of the call that waits."""
    interrupt = {"kind": "adk_request_confirmation", "id": "adk-1", "args": {}}
    known = {"appName": "weather", "sessionId": "s1"}
    (run,) = requested(turn(session=known, resume=answer, interrupt=interrupt))
    assert run.body["newMessage"]["parts"] == [
        {"functionResponse": {"id": "adk-1", "name": "adk_request_confirmation", "response": response}}
    ]


def test_several_apps_are_a_question_to_the_user() -> None:
    """None of them is taken at random."""
    with pytest.raises(ConfigurationError, match="'a', 'b'"):
        requested(turn(), (200, ["b", "a"]))


def test_a_session_that_is_refused_is_the_servers_fault() -> None:
    """The error says what the server said."""
    with pytest.raises(AgentError, match="status 500: no"):
        requested(turn(model="weather"), (500, {"detail": "no"}))


KNOWN: list[dict[str, Any]] = [
    partial("a", branch="b", id="1"),
    event("a", thought("b"), CALL, RESULT, longRunningToolIds=["call-1"], usageMetadata={"promptTokenCount": 1}),
    event("a", errorCode="X", errorMessage="m", finishReason="STOP"),
    {"error": "e", "error_details": {"error_type": "t"}},
]


@given(odd_events(KNOWN))
def test_no_event_makes_it_raise(odd: list[Any]) -> None:
    """Whatever stands anywhere in an event is read or skipped."""
    survives(Adk(), odd)
    survives(Adk(), odd, "json")
