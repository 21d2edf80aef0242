"""Errors that no dialect knows: recognised by their parts, and told apart from what only speaks of errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.protocols.foreign_errors import foreign_error, is_step
from scenario.reading import read_stream
from scenario.wire.event import ServerSentEvent


def event(value: Any, name: str = "message") -> ServerSentEvent:
    """An event with this JSON."""
    return ServerSentEvent(name, value if isinstance(value, str) else json.dumps(value))


ERRORS = (
    {
        "a type": event({"type": "agent_error", "message": "lost"}),
        "a camel case type": event({"type": "serializedError", "message": "lost"}),
        "a kebab case name": event({"message": "lost"}, "run-failed"),
        "a name and words": event("lost", "on_error"),
        "a list of errors": event({"errors": [{"message": "lost"}], "data": None}),
        "a code": event({"code": 503, "message": "lost"}),
        "a code as text": event({"code": "503", "msg": "lost"}),
        "a flag as a word": event({"success": "false", "message": "lost"}),
        "a state": event({"state": "FAILED", "message": "lost"}),
        "a flag of its own": event({"is_error": True, "result": "lost"}),
        "Groq": event({"choices": [], "x_groq": {"error": "lost"}}),
        "Tencent": event({"Response": {"Error": {"Code": "x", "Message": "lost"}}}),
        "MiniMax": event({"base_resp": {"status_code": 1004, "status_msg": "lost"}}),
        "Baidu": event({"error_code": 18, "error_msg": "lost"}),
        "AWS Lambda": event({"errorType": "TimeoutError", "errorMessage": "lost"}),
        "FastAPI": event({"detail": "lost"}),
        "a state and its own words": event({"status": "error", "error_message": "lost"}),
        "a state and ids": event({"status": "failed", "run_id": "r", "threadId": "t", "message": "lost"}),
        "errors by field": event({"errors": {"prompt": ["lost"]}}),
        "errors in a word": event({"errors": "lost"}),
        "in an envelope": event({"data": {"error": "lost"}}),
        "in a payload": event({"payload": {"error": {"message": "lost"}}}),
        "in a result": event({"result": {"error": "lost"}}),
        "a kind in an envelope": event({"data": {"type": "error", "message": "lost"}}),
        "Bedrock": event({"internalServerException": {"message": "lost"}}),
        "Bedrock, throttled": event({"throttlingException": {"message": "lost"}}),
        "Spark": event({"header": {"code": 10013, "message": "lost"}}),
        "RFC 7807": event({"type": "https://api.example/problems/lost", "title": "lost"}),
        "Apigee": event({"fault": {"faultstring": "lost", "detail": {"errorcode": "x"}}}),
        "a capital": event({"Error": "lost"}),
        "short": event({"err": "lost"}),
        "an exception": event({"exception": "lost"}),
        "a code below zero": event({"code": -1, "msg": "lost"}),
        "WeChat": event({"errcode": 40001, "errmsg": "lost"}),
        "a text of its own": event({"errorText": "lost"}),
        "MiniMax, beside choices": event({"choices": [], "base_resp": {"status_code": 1027, "status_msg": "lost"}}),
        "an error in a list": event([{"error": {"message": "lost"}}]),
        "an error in a delta": event({"choices": [{"delta": {"error": "lost"}}]}),
        "Amazon's type": event({"__type": "ThrottlingException", "message": "lost"}),
        "a flag as a number": event({"success": 0, "message": "lost"}),
        "a code in words": event({"code": "InvalidApiKey", "message": "lost", "request_id": "r"}),
        "an object": event({"object": "error", "message": "lost"}),
        "FastGPT": event({"code": 514, "statusText": "lost", "message": "", "data": None}),
    }
    | {
        f"{key}": event({key: "error", "message": "lost"})
        for key in ("kind", "event_type", "eventType", "action", "op", "msg_type", "message_type")
    }
    | {
        f"the type {kind}": event({"type": kind, "message": "lost"})
        for kind in ("APIError", "runtimeerror", "rate_limit", "access_denied", "unauthorized", "terminated")
    }
)


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_seen_and_its_own_words_are_kept(name: str) -> None:
    """Whoever stands between the agent and the wire has a way of its own to tell one."""
    error = foreign_error(ERRORS[name])
    assert error is not None
    assert "lost" in error.message


NO_ERRORS = {
    "nothing at error": event({"error": None, "id": 1}),
    "zero at error": event({"error": 0}),
    "false at error": event({"error": False, "errors": []}),
    "a word for none": event({"error": "none"}),
    "a tool's": event({"type": "tool-output-error", "errorText": "lost"}),
    "an MCP call's": event({"type": "response.mcp_call.failed", "item_id": "i"}),
    "a good code": event({"code": 0, "message": "success"}),
    "a good state": event({"state": "completed", "message": "the build FAILED"}),
    "a good status": event({"base_resp": {"status_code": 0, "status_msg": "success"}}),
    "words": event("error handling is hard"),
    "a cancel URL": event({"type": "cancel_url", "url": "/c"}),
    "a warning": event({"type": "warning", "error": "slow, trying again"}),
    "a tool's, by its id": event({"tool_call_id": "1", "error": "not found"}),
    "a tool's, in its result": event({"tool": "f", "result": {"error": "not found"}}),
    "Agno's tool": event({"event": "ToolCallError", "tool": {"tool_name": "f"}, "error": "not found"}),
    "a good header": event({"header": {"code": 0, "message": "Success"}}),
    "a kind of event as a code": event({"code": 2, "message": "It"}),
    "a language": event({"code": "en-US", "message": "It"}),
    "a limit that holds": event({"type": "rate_limit_event", "info": {"status": "allowed"}}),
    "a fright": event({"type": "terror", "content": "It"}),
    "a good word of WeChat's": event({"errcode": 0, "errmsg": "ok"}),
    "no exceptions": event({"exception": None, "err": 0, "Error": "", "fault": {}}),
} | {
    f"{error!r} at error": event({"error": error})
    for error in (
        {"message": "", "type": "", "param": "", "code": None},
        {"code": 0, "message": ""},
        {"code": 200, "message": "OK"},
        [None],
        "no_error",
        "nil",
        "N/A",
        "undefined",
        "success",
    )
}


@pytest.mark.parametrize("name", NO_ERRORS)
def test_what_only_speaks_of_errors_is_none(name: str) -> None:
    """Null, zero, tools and words are no errors of the answer."""
    assert foreign_error(NO_ERRORS[name]) is None


def test_a_step_may_be_tried_again() -> None:
    """Its error is the outcome only where no answer comes after it."""
    failed = b'event: step_error\ndata: {"message": "worker lost"}\n\n'
    text, done = b'event: token\ndata: {"text": "Fine."}\n\n', b"data: [DONE]\n\n"
    assert is_step(ServerSentEvent("step_error", "{}"))
    overcome = read_stream(failed + text + done, content_type="text/event-stream")
    assert (overcome.outcome, overcome.text) == ("complete", "Fine.")
    assert any("worker lost" in note for note in overcome.reading.notes)
    assert read_stream(text + failed + done, content_type="text/event-stream").outcome == "error"
    assert read_stream(text + failed, content_type="text/event-stream").outcome == "error"


def test_a_field_of_its_own_tells_an_error_too() -> None:
    """The standard knows no field named `error`: some servers write one all the same."""
    body = b'error: {"code": 400, "message": "too long"}\n\n'
    for stream in (body, b'data: {"text": "Hi"}\n\n' + body, body + b"data: [DONE]\n\n"):
        reply = read_stream(stream, content_type="text/event-stream")
        assert reply.outcome == "error"
        assert "too long" in (reply.error.message if reply.error else "")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'error: {"error": {"message": "lost"}}\n\n', "lost"),
        (b"It is 18 degupstream connect error or disconnect/reset before headers. reset reason: overflow", "upstream"),
        (b"It is 18 degno healthy upstream", "no healthy"),
    ],
)
def test_an_error_at_the_end_of_plain_text_is_seen(body: bytes, said: str) -> None:
    """A proxy writes its own sentence behind what it had passed on, a framework an object in the answer's place."""
    reply = read_stream(body, content_type="text/plain")
    assert reply.outcome == "error"
    assert said in (reply.error.message if reply.error else "")


def test_plain_text_about_errors_is_text() -> None:
    """Also where it begins as an error would, or speaks of a proxy's sentence."""
    for text in ("error: is what it says first.", 'It says "no healthy upstream" then.', "Error 404 is no page."):
        assert read_stream(text.encode(), content_type="text/plain").outcome == "complete"


def test_a_provider_s_own_words_are_shown() -> None:
    """OpenRouter says only that it failed; what it said stands beside."""
    failed = {"error": {"message": "Provider returned error", "code": 502, "metadata": {"raw": "quota used up"}}}
    error = foreign_error(event(failed))
    assert error is not None
    assert "quota used up" in error.message


def test_an_answer_with_errors_beside_nothing_is_an_error() -> None:
    """GraphQL's shape, with or without a path to the text."""
    body = b'{"data": null, "errors": [{"message": "lost"}]}'
    for path in (None, "data.answer"):
        reply = read_stream(body, content_type="application/json", reply=path)
        assert (reply.outcome, reply.error.message if reply.error else "") == ("error", "lost")


def stream(*events: Any) -> bytes:
    """A home-made stream."""
    return "".join([f"data: {json.dumps(one)}\n\n" for one in events]).encode()


@pytest.mark.parametrize("name", [name for name, one in ERRORS.items() if one.data.startswith("{")])
def test_a_home_made_stream_tells_it_too(name: str) -> None:
    """And no end after it makes the answer complete."""
    told = ERRORS[name]
    body = stream({"type": "token", "content": "It is "}) + f"event: {told.event}\ndata: {told.data}\n\n".encode()
    assert read_stream(body + stream({"type": "done"}), content_type="text/event-stream").outcome == "error"


@pytest.mark.parametrize("error", [{"message": "", "code": None}, {"code": 200, "message": "OK"}, "N/A", 0, False, []])
def test_an_error_with_nothing_in_it_costs_no_text(error: object) -> None:
    """Chunks that always have the field are pieces of the answer all the same."""
    chunk = {"choices": [{"index": 0, "delta": {"content": "It is"}}], "error": error}
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "error": error}
    for body in (stream(chunk, end), stream({"type": "token", "content": "It is", "error": error}, {"type": "done"})):
        reply = read_stream(body, content_type="text/event-stream")
        assert (reply.outcome, reply.text) == ("complete", "It is")


PARTS = (
    {"type": "tool_result", "tool_call_id": "1", "error": "not found"},
    {"type": "tool_error", "error": "not found"},
    {"event": "ToolCallError", "tool": {"tool_name": "f"}, "error": "not found"},
    {"type": "warning", "error": "slow"},
    {"type": "retry", "error": "slow"},
    {"type": "node_error", "error": "lost"},
)


@pytest.mark.parametrize("part", PARTS, ids=[str(part) for part in PARTS])
def test_what_failed_in_a_part_is_not_the_answer_s_error(part: object) -> None:
    """A tool, a step and a warning: the answer goes on after it, in whichever dialect."""
    pieces = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in ("It is ", "cold.")]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    chat = stream(pieces[0], part, pieces[1], end)
    home_made = stream({"text": "It is "}, part, {"text": "cold."}, {"type": "done"})
    for body in (chat, home_made):
        reply = read_stream(body, content_type="text/event-stream")
        assert (reply.outcome, reply.text) == ("complete", "It is cold.")


def test_an_end_that_tells_the_whole_answer_shows_that_a_step_cost_nothing() -> None:
    """An end without it does not."""
    told = ({"text": "It is "}, {"text": "cold."}, {"type": "node_error", "error": "lost"})
    whole = read_stream(stream(*told, {"type": "final", "content": "It is cold."}), content_type="text/event-stream")
    assert (whole.outcome, whole.text) == ("complete", "It is cold.")
    assert read_stream(stream(*told, {"type": "done"}), content_type="text/event-stream").outcome == "error"


BODIES = [
    {"type": "error", "message": "lost"},
    {"object": "error", "message": "lost", "code": 40001},
    {"code": "InvalidApiKey", "message": "lost", "request_id": "r"},
    {"code": 10001, "message": "lost", "data": None},
    {"__type": "ThrottlingException", "message": "lost"},
    {"success": 0, "message": "lost"},
    {"failed": True, "message": "lost"},
    {"hasError": True, "message": "lost"},
    {"code": 514, "statusText": "lost", "message": "", "data": None},
    {"data": {"error": "lost"}},
    {"fault": {"faultstring": "lost"}},
]
ANSWERS = [
    {"code": 0, "message": "lost", "data": None},
    {"code": 200, "message": "lost"},
    {"code": "success", "message": "lost"},
    {"success": 1, "message": "lost"},
    {"answer": "lost", "error": {"message": "", "type": ""}},
    {"answer": "lost", "errors": [], "exception": None, "failed": 0, "hasError": False},
    {"errcode": 0, "errmsg": "ok", "answer": "lost"},
    {"type": "done", "answer": "lost"},
]


@pytest.mark.parametrize("value", BODIES, ids=str)
def test_a_whole_body_that_is_an_error_is_no_answer(value: object) -> None:
    """Under a good status, too; its words are the error's."""
    reply = read_stream(json.dumps(value).encode(), content_type="application/json")
    assert (reply.outcome, reply.error.message if reply.error else "") == ("error", "lost")


@pytest.mark.parametrize("value", ANSWERS, ids=str)
def test_a_whole_body_with_good_codes_is_an_answer(value: object) -> None:
    """Codes, flags and fields of errors that say that all is well."""
    reply = read_stream(json.dumps(value).encode(), content_type="application/json")
    assert (reply.outcome, reply.text) == ("complete", "lost")
