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


ERRORS = {
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
}


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
