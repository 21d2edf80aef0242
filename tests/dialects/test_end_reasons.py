"""Why a home-made answer ended, wherever its last events say it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.protocols.finish_reasons import judged
from scenario.reading import read_stream
from scenario.types import Reply

FIRST = {"type": "token", "content": "It is "}


def read(*events: Any) -> Reply:
    """How events are read: JSON values, or pairs of a name and data."""
    lines = []
    for one in events:
        name, data = one if isinstance(one, tuple) else ("", one)
        named = f"event: {name}\n" if name else ""
        lines.append(f"{named}data: {data if isinstance(data, str) else json.dumps(data)}\n\n")
    return read_stream("".join(lines).encode(), content_type="text/event-stream")


ENDS: list[tuple[Any, str]] = [
    ({"type": "done", "finish_reason": "length"}, "truncated"),
    ({"type": "done", "data": {"finishReason": "MAX_TOKENS"}}, "truncated"),
    ({"done": True, "truncated": True}, "truncated"),
    ({"type": "end", "reason": "error"}, "error"),
    ({"type": "complete", "status": "incomplete"}, "truncated"),
    ({"type": "message-end", "delta": {"finish_reason": "MAX_TOKENS"}}, "truncated"),
    ({"type": "message-end", "delta": {"finish_reason": "TIMEOUT"}}, "error"),
    ({"type": "message-end", "delta": {"finish_reason": "ERROR_TOXIC"}}, "error"),
    ({"type": "message-end", "delta": {"error": "lost", "finish_reason": "ERROR"}}, "error"),
    ({"event_type": "stream-end", "finish_reason": "USER_CANCEL", "response": {"text": "It is "}}, "error"),
    ({"token": {"text": "x"}, "generated_text": "It is x", "details": {"finish_reason": "length"}}, "truncated"),
    ({"content": "", "stop": True, "stop_type": "limit"}, "truncated"),
    ({"content": "", "stop": True, "stopped_limit": True}, "truncated"),
    ({"content": "", "stop": True, "truncated": True}, "truncated"),
    ({"message": {"content": ""}, "done": True, "done_reason": "length"}, "truncated"),
    (("done", {"reason": "canceled"}), "error"),
    (("end", "timeout"), "error"),
    ({"message_type": "stop_reason", "stop_reason": "error"}, "error"),
    ({"type": "result", "subtype": "error_max_turns", "is_error": False}, "error"),
    ({"text": "", "candidates": [{"finishReason": "SAFETY"}]}, "error"),
    ({"type": "done", "finish_reason": {"type": "length", "length": 64}}, "truncated"),
]


@pytest.mark.parametrize(("end", "outcome"), ENDS, ids=[json.dumps(end) for end, _ in ENDS])
def test_the_reason_of_an_end_is_read(end: Any, outcome: str) -> None:
    """A limit or a failure that the end itself tells is not passed over."""
    assert read(FIRST, end).outcome == outcome


GOOD: list[Any] = [
    {"type": "done", "finish_reason": "stop"},
    {"type": "done", "finish_reason": None, "truncated": False},
    {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": {}}},
    {"event_type": "stream-end", "finish_reason": "COMPLETE", "response": {"text": "It is "}},
    {"content": "", "stop": True, "stop_type": "eos", "truncated": False, "stopped_limit": False},
    ("done", {}),
    {"message_type": "stop_reason", "stop_reason": "end_turn"},
    {"type": "result", "subtype": "success", "is_error": False, "result": "It is "},
    {"type": "done", "reason": "The user has what was asked for"},
    {"type": "done", "status": "completed"},
]


@pytest.mark.parametrize("end", GOOD, ids=map(json.dumps, GOOD))
def test_a_good_reason_leaves_the_answer_as_it_is(end: Any) -> None:
    """Told once, where the end has the whole text again."""
    reply = read(FIRST, end)
    assert (reply.outcome, reply.text) == ("complete", "It is ")


def test_a_reason_in_the_midst_is_a_step_s() -> None:
    """The answer goes on after it, and has a reason of its own or none."""
    reply = read(FIRST, {"finish_reason": "tool_calls"}, {"type": "token", "content": "cold."}, {"type": "done"})
    assert (reply.outcome, reply.text, reply.finish_reason) == ("complete", "It is cold.", None)


@pytest.mark.parametrize("content_type", ["application/json", "application/x-ndjson"])
def test_bodies_and_lines_have_reasons_too(content_type: str) -> None:
    """Not only events do."""
    for fields, outcome in (
        ({"finish_reason": "length"}, "truncated"),
        ({"truncated": True}, "truncated"),
        ({"stop_reason": "end_turn"}, "complete"),
    ):
        body = json.dumps({"answer": "It is cold", **fields}).encode() + b"\n"
        assert read_stream(body, content_type=content_type).outcome == outcome


def test_a_reason_alone_is_no_empty_answer() -> None:
    """A body of which nothing could be read is none, whatever it says of an end."""
    body = b'{"stop_reason": "end_turn", "text": "", "said": "It is cold"}'
    assert read_stream(body, content_type="application/json").outcome == "error"


@pytest.mark.parametrize(
    ("reason", "meaning"),
    [
        ("limit", "truncated"),
        ("token_limit_reached", "truncated"),
        ("maxOutputTokensReached", "truncated"),
        ("context_exceeded", "truncated"),
        ("buffer overflow", "truncated"),
        ("repetition_truncation", "truncated"),
        ("in_progress", "truncated"),
        ("quota_exceeded", "error"),
        ("rate_limit", "error"),
        ("model_overload", "error"),
        ("client_disconnect", "error"),
        ("connection lost", "error"),
        ("worker_crash", "error"),
        ("out_of_memory", "error"),
        ("content_moderation", "error"),
        ("USER_CANCEL", "error"),
        ("APIError", "error"),
        ("stop", "complete"),
        ("COMPLETE", "complete"),
        ("unlimited", ""),
        ("max", ""),
        ("mood", ""),
    ],
)
def test_what_a_reason_s_words_say(reason: str, meaning: str) -> None:
    """Compounds are known by their parts; what names neither a limit nor a failure stays unknown."""
    assert judged(reason) == meaning


@pytest.mark.parametrize("state", ["working", "submitted", "unknown"])
def test_a_task_that_is_not_done_is_cut(state: str) -> None:
    """A2A: the stream says that this is its last event, and the task's state says that there is more."""
    artifact = {"kind": "artifact-update", "artifact": {"artifactId": "a", "parts": [{"kind": "text", "text": "It"}]}}
    status = {"kind": "status-update", "status": {"state": state}, "final": True}
    lines = [json.dumps({"jsonrpc": "2.0", "id": 1, "result": one}) for one in (artifact, status)]
    body = "".join([f"data: {line}\n\n" for line in lines]).encode()
    assert read_stream(body, content_type="text/event-stream").outcome == "truncated"
