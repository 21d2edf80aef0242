"""A2A: 1.0 over JSON-RPC and REST, and 0.3."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from scenario.dialects.a2a.a2a_0_3 import A2A03
from scenario.dialects.a2a.a2a_1_0 import A2A, A2ARest
from scenario.protocols.protocol import CERTAIN, Dialect, Head, ReadOptions, Sample, Turn
from scenario.types import Reply, ReplyError
from tests.dialects.odd_events import as_events, odd_events, read_all, survives
from tests.dialects.recordings import recorded


def reply_of(*results: dict[str, Any], clean: bool = True) -> Reply:
    """The reply of a stream of these JSON-RPC results; its text has come piece by piece."""
    values = [{"jsonrpc": "2.0", "id": "1", "result": result} for result in results]
    reply, text = read_all(A2A().reader(ReadOptions()), as_events(*values), clean=clean)
    assert text == reply.text
    return reply


def artifact(text: str, key: str = "a", **more: Any) -> dict[str, Any]:
    """A piece of an artifact, as 1.0 sends it."""
    return {"artifactUpdate": {"artifact": {"artifactId": key, "parts": [{"text": text}]}, **more}}


def status(state: str, text: str = "", key: str = "s") -> dict[str, Any]:
    """A change of a task's state, as 1.0 sends it."""
    message = {"message": {"messageId": key, "role": "ROLE_AGENT", "parts": [{"text": text}]}} if text else {}
    return {"statusUpdate": {"taskId": "t", "contextId": "c", "status": {"state": f"TASK_STATE_{state}", **message}}}


def test_an_artifact_that_comes_again_replaces_itself() -> None:
    """Pieces are appended only where the sender says so: a whole artifact sent again counts once."""
    reply = recorded("a2a-1.0-replaced.sse")
    assert (reply.protocol, reply.outcome, reply.finish_reason) == ("a2a-1.0", "complete", "completed")
    assert reply.text == "It is 18 degrees"
    assert set(reply.session) == {"contextId", "taskId"}


def test_last_words_follow_the_artifacts() -> None:
    """The message with which a task ends is part of the answer, streamed or not; those of its work are not."""
    assert recorded("a2a-1.0-last-words.sse").text == "Artifact text.\nAnd a word."
    whole = recorded("a2a-1.0-task.json")
    assert (whole.protocol, whole.outcome, whole.text) == ("a2a-1.0", "complete", "Artifact text.\nAnd a word.")


@pytest.mark.parametrize("name", ["a2a-1.0-said-at-work.sse", "a2a-1.0-said-at-work.json"])
def test_a_task_that_speaks_only_while_it_works_has_answered(name: str) -> None:
    """The last that it told is the answer where it gives no other, streamed or in the task's history."""
    reply = recorded(name)
    assert (reply.text, reply.outcome) == ("It is 18 \N{DEGREE SIGN}C", "complete")


def test_progress_is_no_answer_where_there_is_another() -> None:
    """An artifact is one, even without a text; and who asks has not answered."""
    file = {"artifactUpdate": {"artifact": {"artifactId": "a", "parts": [{"url": "https://example.com/a.png"}]}}}
    assert reply_of(status("WORKING", "Looking."), file, status("COMPLETED")).text == ""
    assert reply_of(status("WORKING", "Looking."), status("COMPLETED", "It is 18.")).text == "It is 18."
    assert reply_of(status("WORKING", "Looking."), status("INPUT_REQUIRED", "Where?", "q")).text == ""


def test_last_words_that_repeat_an_artifact_are_told_once() -> None:
    """Some agents put the answer in both places."""
    assert reply_of(artifact("It is 18."), status("COMPLETED", "It is 18.")).text == "It is 18."


def test_a_message_is_an_answer_by_itself() -> None:
    """An agent without tasks answers with a message, and the end of the body ends it."""
    reply = recorded("a2a-1.0-direct.sse")
    assert (reply.text, reply.outcome, reply.finish_reason) == ("Direct answer 😀", "complete", None)
    assert set(reply.session) == {"contextId"}


def test_a_message_that_comes_again_is_told_once() -> None:
    """Known by its id, a message replaces itself; the user's own is no answer."""
    message = {"messageId": "m", "role": "ROLE_AGENT", "parts": [{"text": "Hi"}]}
    own = {"messageId": "u", "role": "ROLE_USER", "parts": [{"text": "Hello"}]}
    assert reply_of({"message": own}, {"message": message}, {"message": message}).text == "Hi"


def test_a_stream_that_ends_while_the_task_works_is_truncated() -> None:
    """Only a state at which a task rests makes a reply whole."""
    reply = recorded("a2a-1.0-cut.sse")
    assert (reply.text, reply.outcome) == ("cut", "truncated")


@pytest.mark.parametrize("state", ["FAILED", "REJECTED", "CANCELED"])
def test_a_task_that_did_not_succeed_is_an_error(state: str) -> None:
    """The state is the error's code, and what the agent said of it its message."""
    reply = reply_of(artifact("partial"), status(state, "Because."))
    assert (reply.outcome, reply.text) == ("error", "partial")
    assert reply.error == ReplyError(message="Because.", code=state.lower())
    assert reply_of(status(state)).error == ReplyError(
        message=f"the task's state is {state.lower()}", code=state.lower()
    )


def test_a_failed_task_as_recorded() -> None:
    """What came before the failure stays."""
    reply = recorded("a2a-1.0-failed.sse")
    assert (reply.outcome, reply.text, reply.finish_reason) == ("error", "partial", "failed")
    assert reply.error == ReplyError(message="It failed because.", code="failed")


@pytest.mark.parametrize(
    ("name", "message", "code"),
    [
        ("a2a-1.0-error-frame.sse", "kaboom", "-32603"),
        ("a2a-1.0-rest-error-frame.sse", "late error", "400"),
        ("a2a-0.3-error-frame.sse", "late error", "-32602"),
        ("a2a-1.0-refused.json", "cannot do that", "-32004"),
    ],
)
def test_an_error_frame_ends_the_reply(name: str, message: str, code: str) -> None:
    """Errors come in an event of that name, without a name in 0.3, and as JSON before the stream."""
    reply = recorded(name)
    assert name.startswith(reply.protocol)
    assert (reply.outcome, reply.error) == ("error", ReplyError(message=message, code=code))


@pytest.mark.parametrize("name", ["a2a-1.0-rest-asks.sse", "a2a-0.3-asks.sse"])
def test_a_task_that_asks_is_an_interrupt(name: str) -> None:
    """The question is not the answer; with it the reply is whole."""
    reply = recorded(name)
    assert name.startswith(reply.protocol)
    assert (reply.outcome, reply.finish_reason, reply.text) == ("complete", "input-required", "")
    assert reply.interrupt == {"kind": "input-required", "message": "Which city?"}


def test_a_task_that_waits_for_authorisation_is_an_interrupt() -> None:
    """As one that asks for input is."""
    assert reply_of(status("AUTH_REQUIRED", "Log in")).interrupt == {"kind": "auth-required", "message": "Log in"}


def test_in_0_3_a_state_that_is_not_final_may_be_followed_by_more() -> None:
    """What comes until the final update belongs to the reply."""
    update = {"kind": "status-update", "status": {"state": "completed"}}
    late = {"kind": "artifact-update", "artifact": {"artifactId": "a", "parts": [{"kind": "text", "text": "late"}]}}
    assert reply_of({**update, "final": False}, late, {**update, "final": True}).text == "late"
    assert reply_of({**update, "final": True}, late).text == ""


def test_an_answer_in_data_alone_is_told_as_json() -> None:
    """Data beside a text is no text; data without any is the answer."""
    data = {"artifactUpdate": {"artifact": {"artifactId": "d", "parts": [{"data": {"t": 18}}]}}}
    assert reply_of(data, status("COMPLETED")).text == '{"t":18}'
    assert reply_of(artifact("18 degrees"), data, status("COMPLETED")).text == "18 degrees"


SESSION = {"contextId": "c", "taskId": "t"}
ASKED = {"kind": "input-required", "message": "Which city?"}


def turn(text: str = "Hi", **more: Any) -> Turn:
    """A turn in which the user says this."""
    said = [{"role": "user", "content": text}]
    return Turn(messages=said, new_messages=said, thread_id="th", request_id="r", **more)


def test_the_first_message_names_no_context() -> None:
    """The agent gives the ids."""
    draft = A2A().request(turn())
    assert draft.headers == {"A2A-Version": "1.0"}
    assert draft.body == {
        "jsonrpc": "2.0",
        "id": "r",
        "method": "SendStreamingMessage",
        "params": {"message": {"messageId": "r", "role": "ROLE_USER", "parts": [{"text": "Hi"}]}},
    }


@pytest.mark.parametrize("dialect", [A2A(), A2ARest(), A2A03()])
def test_the_task_is_named_only_while_it_waits(dialect: Dialect) -> None:
    """A message to a task that has ended is refused; the context stays."""

    def message(of: Turn) -> dict[str, Any]:
        body = dialect.request(of).body
        found: dict[str, Any] = body.get("params", body)["message"]
        return found

    assert "taskId" not in message(turn(session=SESSION))
    assert message(turn(session=SESSION))["contextId"] == "c"
    waiting = message(turn("Paris", session=SESSION, interrupt=ASKED))
    assert (waiting["contextId"], waiting["taskId"], waiting["parts"][0]["text"]) == ("c", "t", "Paris")
    answered = message(turn("old", session=SESSION, interrupt=ASKED, resume="Paris"))
    assert (answered["taskId"], answered["parts"][0]["text"]) == ("t", "Paris")


@pytest.mark.parametrize(
    ("resume", "parts"),
    [
        ("Paris", [{"text": "Paris"}]),
        ({"approve": True}, [{"text": "yes"}]),
        ({"approve": False, "reason": "too dear"}, [{"text": "no"}, {"text": "too dear"}]),
        ({"city": "Paris"}, [{"data": {"city": "Paris"}}]),
        (7, [{"data": {"value": 7}}]),
    ],
)
def test_an_answer_is_a_message(resume: Any, parts: Any) -> None:
    """The protocol knows no approval: a person would write it; values go as data."""
    body = A2A().request(turn(session=SESSION, interrupt=ASKED, resume=resume)).body
    assert body["params"]["message"]["parts"] == parts


def test_parts_are_written_as_each_version_writes_them() -> None:
    """Text and pictures, within the message or elsewhere."""
    content = [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
    ]
    said = Turn(messages=[{"role": "user", "content": content}], request_id="r")
    assert A2A().request(said).body["params"]["message"]["parts"] == [
        {"text": "Look"},
        {"raw": "QUJD", "mediaType": "image/png"},
        {"url": "https://example.org/a.png", "mediaType": "image/png"},
    ]
    assert A2A03().request(said).body["params"]["message"]["parts"] == [
        {"kind": "text", "text": "Look"},
        {"kind": "file", "file": {"bytes": "QUJD", "mimeType": "image/png"}},
        {"kind": "file", "file": {"uri": "https://example.org/a.png", "mimeType": "image/png"}},
    ]


def test_without_a_stream_another_method_is_called() -> None:
    """Each version and binding has its own name for it."""
    still = turn(stream=False)
    assert A2A().request(still).body["method"] == "SendMessage"
    assert A2A03().request(still).body["method"] == "message/send"
    assert A2A03().request(still).body["params"]["configuration"] == {"blocking": True}
    assert A2ARest().request(still).suffix == "/message:send"
    assert A2ARest().request(turn()).suffix == "/message:stream"


def test_other_json_rpc_is_not_taken_for_a2a() -> None:
    """Results and errors of other protocols over JSON-RPC say nothing."""
    values = [
        {"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": "x"}]}},
        {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"message": "x"}},
        {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no such method"}},
        {"message": "x"},
        {"task": "x"},
    ]
    for dialect in (A2A(), A2ARest(), A2A03()):
        for event, value in zip(as_events(*values), values, strict=True):
            assert dialect.detect(Head(), [Sample(event, value)]) is None


def test_an_error_of_its_own_domain_is_a2a() -> None:
    """So that a refusal before the stream is known for what it is."""
    error = {"code": -32004, "message": "no", "data": [{"reason": "X", "domain": "a2a-protocol.org"}]}
    value = {"jsonrpc": "2.0", "id": 1, "error": error}
    detection = A2A().detect(Head(), [Sample(as_events(value)[0], value)])
    assert detection is not None
    assert detection.certainty == CERTAIN


EVENTS: list[dict[str, Any]] = [
    {"jsonrpc": "2.0", "result": result}
    for result in (
        {
            "task": {
                "id": "t",
                "contextId": "c",
                "status": {"state": "TASK_STATE_WORKING"},
                "artifacts": [{"artifactId": "a", "parts": [{"text": "x"}, {"data": {}}]}],
            }
        },
        artifact("a", append=True),
        artifact("b"),
        status("WORKING", "w"),
        status("COMPLETED", "c"),
        status("INPUT_REQUIRED", "i"),
        status("FAILED", "f"),
        {"message": {"messageId": "m", "role": "ROLE_AGENT", "parts": [{"text": "m"}]}},
        {"kind": "status-update", "final": False, "status": {"state": "completed"}},
        {"kind": "message", "role": "agent", "parts": [{"kind": "text", "root": {"text": "r"}}]},
    )
] + [{"jsonrpc": "2.0", "error": {"code": -32603, "message": "e", "data": [{"domain": "a2a-protocol.org"}]}}]


@given(odd_events(EVENTS))
def test_no_event_raises(events: list[Any]) -> None:
    """Whatever stands in an event, reading goes on; and what it left can be sent back."""
    for dialect in (A2A(), A2ARest(), A2A03()):
        reply = survives(dialect, events)
        survives(dialect, events, "json")
        dialect.request(turn(session=reply.session, interrupt=reply.interrupt))
