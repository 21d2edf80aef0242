"""Gradio's calls. Those under `recorded` are from gradio 6.31.0's own server; the others follow its events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import scenario
from scenario.dialects.gradio.events import Gradio
from scenario.errors import AgentError, ConfigurationError
from scenario.protocols.protocol import Answered, Head, ReadOptions, RequestDraft, Turn
from scenario.types import Reply
from scenario.wire.sse import ServerSentEvent
from tests.dialects.odd_events import odd_events, read_all, survives

RECORDED = Path(__file__).parent / "recorded"
SSE = {"content-type": "text/event-stream"}


def event(name: str, value: object) -> ServerSentEvent:
    """An event of a name, with its data as JSON."""
    return ServerSentEvent(event=name, data=json.dumps(value))


def read(*events: ServerSentEvent) -> Reply:
    """The reply of these events."""
    return read_all(Gradio().reader(ReadOptions()), list(events))[0]


def test_an_answer_counts_once() -> None:
    """Each event holds everything so far, and the end tells it once more."""
    reply = scenario.read_stream((RECORDED / "gradio-chat.sse").read_bytes(), headers=SSE)
    assert (reply.protocol, reply.text, reply.outcome) == ("gradio", "It is 18 °C in Paris.", "complete")


def test_a_function_that_breaks_is_an_error() -> None:
    """What it says is no text of the answer; what came before it stays."""
    reply = scenario.read_stream((RECORDED / "gradio-error.sse").read_bytes(), headers=SSE)
    assert (reply.outcome, reply.error and reply.error.message) == ("error", "the model broke")
    assert reply.text == "You have said 1: please break"


@pytest.mark.parametrize(("told", "said"), [({"error": None}, "show_error"), ("404: Not Found", "404"), (None, "fail")])
def test_an_error_without_words_is_one(told: object, said: str) -> None:
    """Gradio hides what a function says, unless it is told to show it."""
    reply = read(event("error", told))
    assert reply.outcome == "error"
    assert reply.error is not None
    assert said in reply.error.message


@pytest.mark.parametrize("name", ["gradio-chat.sse", "gradio-error.sse"])
def test_a_stream_that_is_cut_anywhere_is_not_complete(name: str) -> None:
    """Whatever has come: only the call's own end makes it whole."""
    body = (RECORDED / name).read_bytes()
    whole = scenario.read_stream(body, headers=SSE).text
    for at in range(len(body) - 2):
        reply = scenario.read_stream(body[:at], headers=SSE)
        assert reply.outcome != "complete", at
        if reply.protocol == "gradio":
            assert whole.startswith(reply.text), at


def test_a_text_that_is_another_replaces_the_one_before() -> None:
    """A status that was shown is not said, and the reading tells of it."""
    reply = read(event("generating", ["Thinking…"]), event("generating", ["It is"]), event("complete", ["It is 18."]))
    assert (reply.text, reply.outcome) == ("It is 18.", "complete")


USER = {"role": "user", "content": "a"}
THOUGHT = {"role": "assistant", "content": "hm", "metadata": {"title": "Looking"}}


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("A", "A"),
        ({"role": "assistant", "content": "A"}, "A"),
        ({"text": "A", "files": []}, "A"),
        ([USER, {"role": "assistant", "content": "old"}, USER, THOUGHT, {"role": "assistant", "content": "A"}], "A"),
        ([{"role": "assistant", "content": [{"type": "text", "text": "A"}], "metadata": None}], "A"),
        ([["a", "old"], ["a", "A"]], "A"),
        (18, "18"),
    ],
)
def test_the_first_output_is_the_answer(output: object, text: str) -> None:
    """A text, a message, or what the conversation's last turn said; thoughts are not."""
    reply = read(event("complete", [output, [USER]]))
    assert (reply.text, reply.outcome) == (text, "complete")


@pytest.mark.parametrize("value", [{"text": "A"}, [{"url": "a.png"}], [True], [[1]]])
def test_what_is_no_answer_is_damage(value: object) -> None:
    """An output that says nothing is told of, and the answer is not whole."""
    assert read(event("complete", value)).outcome != "complete"


@pytest.mark.parametrize("value", [[], [None], [7]])
def test_a_text_that_turns_into_something_else_is_damage(value: object) -> None:
    """What was said is not forgotten without a word."""
    reply = read(event("generating", ["It is"]), event("complete", value))
    assert (reply.text, reply.outcome) == ("It is", "truncated")


def test_a_home_made_stream_with_such_an_end_stays_one() -> None:
    """An end that lists sources makes no Gradio of what came before it."""
    body = b'event: token\ndata: {"text": "Hello"}\n\nevent: complete\ndata: ["source"]\n\n'
    assert scenario.read_stream(body, headers=SSE).protocol == "sse"


def parameter(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    """A parameter of a function's description."""
    return {"parameter_name": name, "parameter_has_default": False, "type": {"type": kind}, **more}


def turn(path: str = "/gradio_api/call/chat", **fields: Any) -> Turn:
    """A conversation's second turn."""
    old = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    new = [{"role": "user", "content": "c"}]
    return Turn(messages=old + new, new_messages=new, path=path, thread_id="th1", **fields)


def requested(turn: Turn, functions: dict[str, list[Any]] | None, called: tuple[int, Any]) -> list[RequestDraft]:
    """A turn's requests, given what the app has and what a call of it answers."""
    info = None if functions is None else {f"/{name}": {"parameters": given} for name, given in functions.items()}
    answers = [(200 if info is not None else 404, {"named_endpoints": info}), called]
    requests, drafts = Gradio().requests(turn), list[RequestDraft]()
    try:
        drafts.append(next(requests))
        for status, value in answers:
            drafts.append(requests.send(Answered(Head(status=status), json.dumps(value).encode())))
    except StopIteration as stop:
        drafts.append(stop.value)
    return drafts


CALLED = (200, {"event_id": "e1"})


def test_a_call_is_made_in_its_session_and_its_events_are_read() -> None:
    """The session is the conversation's."""
    look, call, events = requested(turn(), {"chat": [parameter("message")]}, CALLED)
    assert (look.method, look.url) == ("GET", "/gradio_api/info")
    assert (call.method, call.url, call.body) == (
        "POST", "/gradio_api/call/chat", {"data": ["c"], "session_hash": "th1"},
    )  # fmt: skip
    assert (events.method, events.url) == ("GET", "/gradio_api/call/chat/e1")


DEFAULT = {"parameter_has_default": True, "parameter_default": 0.7}
BEFORE = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]


@pytest.mark.parametrize(
    ("parameters", "data"),
    [
        ([parameter("system"), parameter("message")], None),
        ([parameter("x")], ["c"]),
        ([parameter("heat", "number", **DEFAULT), parameter("x")], [0.7, "c"]),
        ([parameter("message"), parameter("history", "array")], ["c", BEFORE]),
        ([parameter("message", "object", component="Multimodaltextbox")], [{"text": "c", "files": []}]),
        ([parameter("heat", "number"), parameter("message")], None),
    ],
)
def test_parameters_are_filled_by_the_description(parameters: list[Any], data: list[Any] | None) -> None:
    """By their names and kinds; where that tells nothing of one, the error says what to give."""
    if data is None:
        with pytest.raises(AgentError, match=r"RemoteAgent\(url, request="):
            requested(turn(), {"chat": parameters}, CALLED)
    else:
        assert requested(turn(), {"chat": parameters}, CALLED)[1].body["data"] == data


@pytest.mark.parametrize(
    ("path", "functions", "url"),
    [
        ("/", {"ask": [parameter("x")]}, "/gradio_api/call/ask"),
        ("/app/gradio_api", {"chat": [parameter("x")], "other": []}, "/app/gradio_api/call/chat"),
        ("/app/gradio_api/call/v2/other", {"chat": [], "other": [parameter("x")]}, "/app/gradio_api/call/other"),
        ("/call/old", {"old": [parameter("x")]}, "/call/old"),
    ],
)
def test_where_the_function_is(path: str, functions: dict[str, list[Any]], url: str) -> None:
    """The path names it; at a root it is the only one, or the one that has a chat's usual name."""
    assert requested(turn(path), functions, CALLED)[1].url == url


def test_what_cannot_be_called_is_an_error_that_says_why() -> None:
    """No description, no such function, several, a refusal; and nothing here can be resumed."""
    with pytest.raises(AgentError, match="does not describe itself"):
        requested(turn(), None, CALLED)
    with pytest.raises(AgentError, match=r"has no function 'chat'\. There are: 'a', 'b'"):
        requested(turn(), {"a": [], "b": []}, CALLED)
    with pytest.raises(AgentError, match="Which of"):
        requested(turn("/"), {"a": [], "b": []}, CALLED)
    with pytest.raises(AgentError, match="did not call 'chat'"):
        requested(turn(), {"chat": [parameter("x")]}, (422, {"detail": "no"}))
    with pytest.raises(ConfigurationError, match="no interrupts"):
        requested(turn(resume=True), {"chat": [parameter("x")]}, CALLED)


KNOWN = [{"error": "boom", "visible": True}, ["A", None], [[USER, THOUGHT]], [{"role": "assistant", "content": "A"}]]


@given(odd_events(KNOWN))
def test_whatever_stands_in_events_is_read(odd: list[ServerSentEvent]) -> None:
    """Or told to be damage, whatever the events are called."""
    for name in ("generating", "complete", "error"):
        survives(Gradio(), [ServerSentEvent(event=name, data=one.data) for one in odd])
