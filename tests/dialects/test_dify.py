"""Dify's apps. The payloads follow its documentation: https://docs.dify.ai/en/api-reference/guides/streaming."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from scenario.dialects.dify.events import Dify
from scenario.errors import AgentError
from scenario.exchange import Chunk
from scenario.protocols.protocol import CERTAIN, Answered, Head, ReadOptions, RequestDraft, Sample, Turn
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.types import Reply, Usage
from tests.dialects.odd_events import as_events, odd_events, read_all, survives

IDS = {"conversation_id": "c1", "message_id": "m1", "task_id": "t1"}
USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
END = {"event": "message_end", **IDS, "metadata": {"usage": USAGE}}
FORM = {"form_id": "f1", "form_token": "to/ken", "actions": [{"id": "ship", "title": "Approve it"}, {"id": "no"}]}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    """An event of a kind, with the ids that each has."""
    return {"event": kind, **IDS, **fields}


def said(*texts: str, kind: str = "message") -> list[dict[str, Any]]:
    """The answer in pieces."""
    return [event(kind, answer=text) for text in texts]


def thought(**fields: Any) -> dict[str, Any]:
    """A state of an agent's thought."""
    return event("agent_thought", id="th1", **{"thought": "", "tool": "", "tool_input": "", "observation": ""} | fields)


def read(*values: object, framing: Any = "sse") -> Reply:
    """The reply of these events."""
    return read_all(Dify().reader(ReadOptions(framing=framing)), as_events(*values))[0]


def test_a_chat() -> None:
    """Pieces are joined, the end has the usage, and the conversation's id goes back."""
    reply = read(*said("It ", "is 18."), END)
    assert (reply.text, reply.outcome) == ("It is 18.", "complete")
    assert reply.usage == Usage(input_tokens=10, output_tokens=5, total_tokens=15)
    assert reply.session["conversation_id"] == "c1"


def test_a_chat_without_its_end_is_cut() -> None:
    """Even where its workflow has finished: the chat's own end comes after that."""
    assert read(*said("It ")).outcome == "truncated"
    done = event("workflow_finished", data={"status": "succeeded", "outputs": {"answer": "It is 18."}})
    assert read(*said("It is 18."), done).outcome == "truncated"
    assert read(*said("It is 18."), done, END).text == "It is 18."


def test_a_replacement_takes_the_place_of_all_text() -> None:
    """Moderation puts another text in the answer's place; what follows is added to it."""
    reply = read(*said("Some", "thing bad"), event("message_replace", answer="I can't say."), *said(" Sorry."), END)
    assert reply.text == "I can't say. Sorry."


def test_keep_alives_are_no_events() -> None:
    """A block with a name and no data is none, and JSON of that kind brings nothing."""
    body = f"event: ping\n\ndata: {json.dumps(said('Hi')[0])}\n\nevent: ping\n\ndata: {json.dumps(END)}\n\n"
    reception = Reception(Head(headers={"content-type": "text/event-stream"}), ReceptionOptions())
    assert reception.feed(Chunk(0.0, body.encode())) == "Hi"
    reply = reception.finish(clean=True)
    assert (reply.protocol, len(reply.events), reply.malformed) == ("dify", 2, 0)


def test_a_thought_grows_and_counts_once() -> None:
    """Its states come under one id: empty, with the call, with the result."""
    given_ = {"tool": "get_weather", "tool_input": '{"get_weather": {"city": "Paris"}}'}
    reply = read(
        thought(),
        thought(thought="Need weather."),
        thought(thought="Need weather.", **given_),
        thought(thought="Need weather.", observation="18 C", **given_),
        *said("18.", kind="agent_message"),
        END,
    )
    assert (reply.reasoning, reply.text) == ("Need weather.", "18.")
    assert [(one.id, one.name, one.arguments) for one in reply.tool_calls] == [
        ("th1", "get_weather", {"get_weather": {"city": "Paris"}})
    ]
    assert [(one.id, one.output) for one in reply.tool_results] == [("th1", "18 C")]


def test_a_thought_that_was_said_is_no_thinking() -> None:
    """Agents whose models call functions show their text as a message, and as a thought once more."""
    reply = read(*said("Let me ", "look.", kind="agent_message"), thought(thought="Let me look."), END)
    assert (reply.text, reply.reasoning) == ("Let me look.", "")


def test_several_tools_of_one_thought_are_several_calls() -> None:
    """Their names stand with semicolons between them, their inputs and outputs under their names."""
    reply = read(
        thought(tool="a;b", tool_input='{"a": {"x": 1}, "b": {"y": 2}}', observation='{"a": "one", "b": "two"}'), END
    )
    assert [(one.name, one.arguments) for one in reply.tool_calls] == [("a", {"x": 1}), ("b", {"y": 2})]
    assert [(one.name, one.output) for one in reply.tool_results] == [("a", "one"), ("b", "two")]


def test_an_error_ends_the_reply() -> None:
    """It comes with status 200, after what had been said."""
    reply = read(*said("It "), event("error", status=400, code="invalid_param", message="no"))
    assert (reply.outcome, reply.text) == ("error", "It ")
    assert reply.error is not None
    assert (reply.error.message, reply.error.code) == ("no", "invalid_param")


@pytest.mark.parametrize("outputs", [{"text": "18."}, {"answer": "18.", "count": 3}, {"verdict": "18."}])
def test_a_workflow_answers_by_its_outputs(outputs: dict[str, Any]) -> None:
    """Its own end is the reply's where no chat is had."""
    done = {"event": "workflow_finished", "task_id": "t", "data": {"status": "succeeded", "outputs": outputs}}
    reply = read(done)
    assert (reply.text, reply.outcome) == ("18.", "complete")


def test_text_that_a_workflow_streamed_counts_once() -> None:
    """Its outputs hold it again."""
    chunk = {"event": "text_chunk", "task_id": "t", "data": {"text": "18."}}
    done = {"event": "workflow_finished", "task_id": "t", "data": {"status": "succeeded", "outputs": {"text": "18."}}}
    assert read(chunk, done).text == "18."


def test_a_workflow_that_failed_is_an_error() -> None:
    """Its status says so."""
    done = event("workflow_finished", data={"status": "failed", "error": "boom"})
    assert read(done).outcome == "error"


def test_a_form_is_an_interrupt() -> None:
    """The run is paused, and its stream ends."""
    reply = read(
        *said("One question. "),
        event("human_input_required", workflow_run_id="r1", data=FORM),
        event("workflow_paused", workflow_run_id="r1", data={}),
    )
    assert reply.interrupt == {"kind": "human_input_required", "interrupts": [FORM | {"workflow_run_id": "r1"}]}
    assert reply.outcome == "complete"


@pytest.mark.parametrize(
    ("value", "outcome", "text"),
    [
        ({"event": "message", **IDS, "answer": "18.", "metadata": {"usage": USAGE}}, "complete", "18."),
        ({"task_id": "t", "data": {"status": "succeeded", "outputs": {"text": "18."}}}, "complete", "18."),
        ({"code": "invalid_param", "message": "no", "status": 400}, "error", ""),
    ],
)
def test_an_answer_without_a_stream(value: dict[str, Any], outcome: str, text: str) -> None:
    """A message, a workflow's outcome, or an error."""
    reply = read(value, framing="json")
    assert (reply.outcome, reply.text) == (outcome, text)


def test_it_is_known_by_a_kind_beside_its_ids() -> None:
    """Whatever the first event is."""
    value = {"event": "workflow_started", "task_id": "t1"}
    (only,) = as_events(value)
    found = Dify().detect(Head(), [Sample(only, value)])
    assert found is not None
    assert found.certainty == CERTAIN


def turn(**fields: Any) -> Turn:
    """A conversation's second turn."""
    old = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    new = [{"role": "user", "content": "c"}]
    return Turn(messages=old + new, new_messages=new, **fields)


def requested(turn: Turn, *answers: tuple[int, Any]) -> list[RequestDraft]:
    """A turn's requests, given the answers to those that prepare it."""
    requests = Dify().requests(turn)
    drafts = []
    try:
        drafts.append(next(requests))
        for status, value in answers:
            drafts.append(requests.send(Answered(Head(status=status), json.dumps(value).encode())))
    except StopIteration as stop:
        drafts.append(stop.value)
    return drafts


@pytest.mark.parametrize(
    ("path", "url"), [("", "/v1/chat-messages"), ("/v1", "/v1/chat-messages"), ("/x/v1/chat-messages", "")]
)
def test_the_servers_conversation_gets_what_is_new(path: str, url: str) -> None:
    """It keeps the rest."""
    (run,) = requested(turn(path=path, session={"conversation_id": "c1"}))
    assert run.url == url
    assert (run.body["query"], run.body["conversation_id"]) == ("c", "c1")


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        ({"approve": True}, {"inputs": {}, "action": "ship"}),
        ({"approve": False, "inputs": {"why": "x"}}, {"inputs": {"why": "x"}, "action": "no"}),
        ("no", {"inputs": {}, "action": "no"}),
        ({"feedback": "fine"}, {"inputs": {"feedback": "fine"}, "action": "ship"}),
    ],
)
def test_a_form_is_answered_and_the_rest_of_the_run_read(answer: Any, sent: dict[str, Any]) -> None:
    """The answer goes to the form's own place."""
    interrupt = {"interrupts": [FORM | {"workflow_run_id": "r1"}]}
    form, rest = requested(turn(path="/v1", resume=answer, interrupt=interrupt), (200, {}))
    assert form.url == "/v1/form/human_input/to%2Fken"
    assert form.body == sent | {"user": "scenario"}
    assert (rest.method, rest.url) == ("GET", "/v1/workflow/r1/events?user=scenario")


def test_a_form_that_cannot_be_answered_says_why() -> None:
    """Forms that go by e-mail have no token; others may be refused."""
    with pytest.raises(AgentError, match="e-mail"):
        requested(turn(resume="x", interrupt={"interrupts": [FORM | {"form_token": None}]}))
    with pytest.raises(AgentError, match="refused"):
        requested(turn(resume="x", interrupt={"interrupts": [FORM]}), (410, {"message": "expired"}))


def test_a_run_that_was_not_streamed_is_known_by_what_it_has() -> None:
    """It has no event's name."""
    run: dict[str, Any] = {
        "task_id": "t",
        "workflow_run_id": "w",
        "data": {"id": "w", "status": "succeeded", "outputs": {"text": "It is 18."}, "error": None},
    }
    detection = Dify().detect(Head(), [Sample(as_events(run)[0], run)])
    assert detection is not None
    assert detection.certainty == CERTAIN
    reply = read(run, framing="json")
    assert (reply.text, reply.outcome) == ("It is 18.", "complete")
    failed = read(run | {"data": {"status": "failed", "outputs": None, "error": "boom"}}, framing="json")
    assert failed.error is not None
    assert (failed.outcome, failed.error.message) == ("error", "boom")


KNOWN: list[dict[str, Any]] = [
    *said("a"),
    END,
    thought(thought="a", tool="a;b", tool_input='{"a": {}}', observation='{"a": 1}'),
    event("message_replace", answer="b"),
    event("error", status=400, code="c", message="m"),
    event("human_input_required", data=FORM),
    event("workflow_finished", data={"status": "succeeded", "outputs": {"a": "b"}}),
]


@given(odd_events(KNOWN))
def test_no_event_makes_it_raise(odd: list[Any]) -> None:
    """Whatever stands anywhere in an event is read or skipped."""
    survives(Dify(), odd)
    survives(Dify(), odd, "json")
