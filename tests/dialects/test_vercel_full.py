"""The AI SDK's `fullStream` as servers send it: as it is, as lines, and with Mastra's payloads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.reading import read_stream
from scenario.types import FunctionCall, Reply, Usage

SSE, LINES = "text/event-stream", "application/x-ndjson"


def read(*parts: dict[str, Any], framing: str = SSE, protocol: str = "auto") -> Reply:
    """The reply of these parts."""
    before, after = ("data: ", "\n\n") if framing == SSE else ("", "\n")
    body = "".join(f"{before}{json.dumps(part)}{after}" for part in parts)
    return read_stream(body.encode(), content_type=framing, protocol=protocol)


def mastra(kind: str, **payload: Any) -> dict[str, Any]:
    """A part with its fields in a payload."""
    return {"type": kind, "runId": "run-1", "from": "AGENT", "payload": payload}


STEP = {"type": "start-step", "request": {}, "warnings": []}
USAGE = {"inputTokens": 7, "outputTokens": 2, "totalTokens": 9}
CALL = {"toolCallId": "c1", "toolName": "look_up"}
SDK = [
    {"type": "start"},
    STEP,
    {"type": "reasoning-start", "id": "r"},
    {"type": "reasoning-delta", "id": "r", "text": "Where?"},
    {"type": "reasoning-end", "id": "r"},
    {"type": "tool-input-start", "id": "c1", "toolName": "look_up"},
    {"type": "tool-input-delta", "id": "c1", "delta": '{"town":'},
    {"type": "tool-input-delta", "id": "c1", "delta": '"Bergen"}'},
    {"type": "tool-input-end", "id": "c1"},
    {"type": "tool-call", **CALL, "input": {"town": "Bergen"}},
    {"type": "tool-result", **CALL, "input": {"town": "Bergen"}, "output": {"rain": True}},
    {"type": "finish-step", "finishReason": "tool-calls", "usage": USAGE},
    STEP,
    {"type": "text-start", "id": "1"},
    {"type": "text-delta", "id": "1", "text": "Rain "},
    {"type": "text-delta", "id": "1", "text": "again."},
    {"type": "text-end", "id": "1"},
    {"type": "finish-step", "finishReason": "stop", "usage": USAGE},
    {"type": "finish", "finishReason": "stop", "totalUsage": USAGE},
]
MASTRA = [
    mastra("start", id="weather"),
    mastra("step-start", request={}),
    mastra("reasoning-delta", id="r", text="Where?"),
    mastra("tool-call-input-streaming-start", **CALL),
    mastra("tool-call-delta", **CALL, argsTextDelta='{"town":"Bergen"}'),
    mastra("tool-call-input-streaming-end", toolCallId="c1"),
    mastra("tool-call", **CALL, args={"town": "Bergen"}),
    mastra("tool-result", **CALL, args={"town": "Bergen"}, result={"rain": True}),
    mastra("step-finish", stepResult={"reason": "tool-calls"}),
    mastra("step-start", request={}),
    mastra("text-start", id="1"),
    mastra("text-delta", id="1", text="Rain "),
    mastra("text-delta", id="1", text="again."),
    mastra("text-end", id="1", type="text-end"),
    mastra("step-finish", stepResult={"reason": "stop"}, output={"text": "Rain again."}),
    mastra("finish", stepResult={"reason": "stop"}, output={"usage": USAGE}),
]
OLD = [
    {"type": "step-start", "messageId": "m1", "request": {}, "warnings": []},
    {"type": "reasoning", "textDelta": "Where?"},
    {"type": "tool-call-streaming-start", **CALL},
    {"type": "tool-call-delta", **CALL, "argsTextDelta": '{"town":"Bergen"}'},
    {"type": "tool-call", **CALL, "args": {"town": "Bergen"}},
    {"type": "tool-result", **CALL, "args": {"town": "Bergen"}, "result": {"rain": True}},
    {"type": "step-finish", "finishReason": "tool-calls"},
    {"type": "text-delta", "textDelta": "Rain "},
    {"type": "text-delta", "textDelta": "again."},
    {"type": "step-finish", "finishReason": "stop"},
    {"type": "finish", "finishReason": "stop", "usage": {"promptTokens": 7, "completionTokens": 2}},
]


@pytest.mark.parametrize("framing", [SSE, LINES])
@pytest.mark.parametrize("parts", [SDK, MASTRA, OLD], ids=["the SDK's", "Mastra's", "version 4's"])
def test_everything_is_read(parts: list[dict[str, Any]], framing: str) -> None:
    """Text, reasoning, the call with its input and output, usage and finish reason; and which dialect it is."""
    reply = read(*parts, framing=framing)
    assert (reply.protocol, reply.outcome, reply.finish_reason) == ("vercel-full", "complete", "stop")
    assert (reply.text, reply.reasoning) == ("Rain again.", "Where?")
    raw = '{"town": "Bergen"}'
    assert reply.tool_calls == [FunctionCall(id="c1", name="look_up", arguments_raw=raw, arguments={"town": "Bergen"})]
    assert reply.tool_results[0].output == {"rain": True}
    assert reply.usage == Usage(input_tokens=7, output_tokens=2, total_tokens=9)


@pytest.mark.parametrize("parts", [SDK, MASTRA], ids=["the SDK's", "Mastra's"])
def test_without_its_finish_it_is_truncated(parts: list[dict[str, Any]]) -> None:
    """The end of a step is no end."""
    for count in range(1, len(parts)):
        assert read(*parts[:count], protocol="vercel-full").outcome == "truncated"
    body = "".join(f"data: {json.dumps(part)}\n\n" for part in parts[:-1]) + "data: [DONE]\n\n"
    assert read_stream(body.encode(), content_type=SSE).outcome == "truncated"


ERRORS = {
    "a text": {"type": "error", "error": "overloaded"},
    "an object": {"type": "error", "error": {"name": "AI_APICallError", "message": "overloaded"}},
    "Mastra's": mastra("error", error={"message": "overloaded"}),
    "Mastra's guard": mastra("tripwire", reason="overloaded"),
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
def test_an_error_is_one(error: dict[str, Any]) -> None:
    """In its words, and although the stream finishes after it."""
    reply = read(*SDK[:2], error, SDK[-1])
    assert reply.outcome == "error"
    assert reply.error is not None
    assert reply.error.message == "overloaded"


def test_an_abort_is_no_end() -> None:
    """The user or the server broke it off."""
    assert read(*SDK[:-2], {"type": "abort"}).outcome != "complete"


def test_a_tool_s_error_is_its_result() -> None:
    """The model is told of it, and goes on."""
    reply = read(*SDK[:10], {"type": "tool-error", **CALL, "input": {}, "error": "no map"}, *SDK[11:])
    assert (reply.outcome, reply.tool_results[0].output, reply.tool_results[0].is_error) == ("complete", "no map", True)


@pytest.mark.parametrize(
    "asked",
    [
        {"type": "tool-approval-request", "approvalId": "a1", "toolCall": {**CALL, "type": "tool-call"}},
        mastra("tool-call-approval", **CALL, args={}),
    ],
)
def test_an_approval_that_is_asked_for_is_an_interrupt(asked: dict[str, Any]) -> None:
    """The run waits for a human."""
    reply = read(*SDK[:10], asked, SDK[11], SDK[-1])
    assert reply.interrupt["toolCallId"] == "c1"


def test_texts_with_a_path_are_not_its_own() -> None:
    """Another protocol has the same name for the pieces of texts, of reasoning and of arguments."""
    parts = [
        {"type": "part-start", "part": {"type": "reasoning"}},
        {"type": "text-delta", "path": [0], "textDelta": "Hm"},
    ]
    assert read(*parts).protocol != "vercel-full"


def test_the_ui_stream_stays_what_it_is() -> None:
    """Its parts are alike, and their fields are not."""
    parts: list[dict[str, Any]] = [
        {"type": "start"},
        {"type": "start-step"},
        {"type": "text-start", "id": "1"},
        {"type": "text-delta", "id": "1", "delta": "Sun."},
        {"type": "text-end", "id": "1"},
        {"type": "finish-step"},
        {"type": "finish"},
    ]
    assert (read(*parts).protocol, read(*parts).text) == ("vercel-ui", "Sun.")
    parts[3] = {"type": "text-delta", "id": "1", "text": "Sun."}
    # Whoever passes on parts without what the request was is understood too.
    assert (read(*parts).text, read(*parts).outcome) == ("Sun.", "complete")
