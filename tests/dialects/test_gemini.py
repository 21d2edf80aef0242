"""Gemini's own API: streamed as events and as an array, whole, and its requests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.dialects.gemini import Gemini
from scenario.protocols.protocol import Turn
from scenario.reading import read_stream
from scenario.types import Reply, Usage


def chunk(*parts: dict[str, Any], reason: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk whose candidate has these parts."""
    candidate: dict[str, Any] = {"content": {"parts": list(parts), "role": "model"}, "index": 0}
    return {"candidates": [candidate | ({"finishReason": reason} if reason else {})], "modelVersion": "m"} | more


def events(*chunks: dict[str, Any]) -> Reply:
    """The reply of a stream."""
    body = "".join(f"data: {json.dumps(one)}\r\n\r\n" for one in chunks)
    return read_stream(body.encode(), content_type="text/event-stream")


def whole(value: Any) -> Reply:
    """The reply of a JSON body."""
    return read_stream(json.dumps(value, indent=2).encode(), content_type="application/json")


USAGE = {"promptTokenCount": 4, "candidatesTokenCount": 3, "thoughtsTokenCount": 2, "totalTokenCount": 9}
CHUNKS = [
    chunk({"text": "Which one?", "thought": True}),
    chunk({"text": "The "}),
    chunk({"text": "east "}, {"text": "quay."}),
    chunk({"functionCall": {"name": "moor", "args": {"place": 3}, "id": "c1"}}),
    chunk({"text": ""}, reason="STOP", usageMetadata=USAGE),
]


@pytest.mark.parametrize(
    "reply",
    [
        events(*CHUNKS),
        whole(CHUNKS),
        events(*({"response": one} for one in CHUNKS)),
        whole(chunk(*[part for one in CHUNKS for part in one["candidates"][0]["content"]["parts"]], reason="STOP",
                    usageMetadata=USAGE)),
    ],
    ids=["events", "an array", "wrapped", "whole"],
)  # fmt: skip
def test_everything_is_read(reply: Reply) -> None:
    """Text, thoughts, calls, usage and the finish reason; and it is found out what it is."""
    assert (reply.protocol, reply.outcome, reply.finish_reason) == ("gemini", "complete", "STOP")
    assert (reply.text, reply.reasoning) == ("The east quay.", "Which one?")
    assert [(call.id, call.name, call.arguments) for call in reply.tool_calls] == [("c1", "moor", {"place": 3})]
    assert reply.usage == Usage(input_tokens=4, output_tokens=5, total_tokens=9)


def test_snake_case_is_read_too() -> None:
    """As Google's Python library writes it."""
    parts = [{"text": "Here."}, {"function_call": {"name": "moor", "args": {}}}]
    value = {"candidates": [{"content": {"parts": parts, "role": "model"}, "finish_reason": "STOP"}]}
    reply = events(value)
    assert (reply.text, reply.tool_calls[0].name, reply.outcome) == ("Here.", "moor", "complete")


def test_a_stream_without_a_finish_reason_is_truncated() -> None:
    """Events and arrays alike."""
    assert events(*CHUNKS[:-1]).outcome == "truncated"
    assert whole(CHUNKS[:-1]).outcome == "truncated"


@pytest.mark.parametrize(
    ("reason", "outcome"), [("MAX_TOKENS", "truncated"), ("SAFETY", "error"), ("STOP", "complete")]
)
def test_the_finish_reason_is_taken_at_its_word(reason: str, outcome: str) -> None:
    """A limit and a filter end no whole answer."""
    assert events(CHUNKS[1], chunk(reason=reason)).outcome == outcome


def test_a_blocked_prompt_is_an_error() -> None:
    """It has no candidates."""
    reply = whole({"promptFeedback": {"blockReason": "SAFETY", "safetyRatings": []}, "usageMetadata": USAGE})
    assert (reply.protocol, reply.outcome) == ("gemini", "error")
    assert reply.error is not None
    assert "SAFETY" in reply.error.message


def test_a_text_of_another_kind_is_damage() -> None:
    """It was a piece of the answer."""
    assert events(CHUNKS[1], chunk({"text": 7}), CHUNKS[-1]).outcome == "error"


def test_the_first_candidate_is_the_answer() -> None:
    """Others answer the same question."""
    two = chunk({"text": "Left."}, reason="STOP")
    two["candidates"].insert(0, {"content": {"parts": [{"text": "Right."}]}, "finishReason": "STOP", "index": 1})
    assert whole(two).text == "Left."


def test_a_request_has_gemini_s_form() -> None:
    """Roles, the system's words apart, calls and their results, and the model in the URL."""
    call = {"id": "c1", "type": "function", "function": {"name": "moor", "arguments": '{"place": 3}'}}
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}}
    turn = Turn(
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Here?"}, picture]},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "moored"},
            {"role": "user", "content": "And now?"},
        ],
        model="small",
    )
    draft = Gemini().request(turn)
    assert draft.url == "/v1beta/models/small:streamGenerateContent?alt=sse"
    assert draft.body == {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Here?"}, {"inlineData": {"mimeType": "image/png", "data": "QUJD"}}]},
            {"role": "model", "parts": [{"functionCall": {"name": "moor", "args": {"place": 3}}}]},
            {
                "role": "user",
                "parts": [
                    {"functionResponse": {"name": "moor", "response": {"result": "moored"}}},
                    {"text": "And now?"},
                ],
            },
        ],
    }


@pytest.mark.parametrize(
    ("path", "stream", "url"),
    [
        ("/v1/models/small", True, "/v1/models/small:streamGenerateContent?alt=sse"),
        ("/proxy/v1beta", False, "/proxy/v1beta/models/default:generateContent"),
        ("/v1beta/models/small:generateContent", True, ""),
    ],
)
def test_the_user_s_url_is_gone_on_from(path: str, *, stream: bool, url: str) -> None:
    """Where it names the method, it stays what it is."""
    assert Gemini().request(Turn(messages=[], path=path, stream=stream)).url == url
