"""Half a tool call in an answer that ended well: no answer. What a tool takes as text is none of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.reading import read_stream
from scenario.types import Reply

Event = dict[str, Any]
HALF, WHOLE = '{"at": ', '{"at": "home"}'


def streamed(*events: Event | str, protocol: str = "auto") -> Reply:
    """A stream of these events; text is data as it is."""
    data = [event if isinstance(event, str) else json.dumps(event) for event in events]
    body = "".join(f"data: {one}\n\n" for one in data).encode()
    return read_stream(body, content_type="text/event-stream", protocol=protocol)


def chat(*pieces: str, end: tuple[Any, ...] = ("tool_calls",), **call: Any) -> Reply:
    """A chat completion that calls a tool; the end is a finish reason, or data as it is."""
    function = {"function": {"name": "look", "arguments": pieces[0]}}
    calls = [{"index": 0, "id": "c", "type": "function", **function} | call]
    calls += [{"index": 0, "function": {"arguments": piece}} for piece in pieces[1:]]
    events = [{"choices": [{"index": 0, "delta": {"tool_calls": [one]}}]} for one in calls]
    ends = [{"choices": [{"index": 0, "delta": {}, "finish_reason": one}]} if one != "[DONE]" else one for one in end]
    return streamed(*events, *ends, protocol="openai-chat")


def responses(*pieces: str, end: str = "", kind: str = "function_call") -> Reply:
    """A response that calls a tool; the end is what the event of the arguments' end has, if it comes."""
    name, key = (
        ("custom_tool_call_input", "input") if kind == "custom_tool_call" else (f"{kind}_arguments", "arguments")
    )
    item = {"type": kind, "id": "i", "call_id": "c", "name": "look", key: ""}
    events: list[Event] = [{"type": "response.output_item.added", "output_index": 0, "item": item}]
    events += [{"type": f"response.{name}.delta", "output_index": 0, "delta": piece} for piece in pieces]
    if end:
        events.append({"type": f"response.{name}.done", "output_index": 0, key: end})
    return streamed(*events, {"type": "response.completed", "response": {"id": "r", "status": "completed"}})


def ag_ui(*pieces: str) -> Reply:
    """A run that calls a tool."""
    call = {"toolCallId": "c", "toolCallName": "look"}
    events = [{"type": "RUN_STARTED", "threadId": "t", "runId": "r"}, {"type": "TOOL_CALL_START", **call}]
    events += [{"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": piece} for piece in pieces]
    return streamed(*events, {"type": "TOOL_CALL_END", "toolCallId": "c"}, {"type": "RUN_FINISHED"})


def ui_stream(*pieces: str) -> Reply:
    """A UI message that calls a tool, and never tells the input as a whole."""
    events: list[Event] = [{"type": "start"}, {"type": "tool-input-start", "toolCallId": "c", "toolName": "look"}]
    events += [{"type": "tool-input-delta", "toolCallId": "c", "inputTextDelta": piece} for piece in pieces]
    return streamed(*events, {"type": "finish"}, "[DONE]")


def data_stream(*pieces: str) -> Reply:
    """The same in the older stream of the AI SDK."""
    lines = ['b:{"toolCallId":"c","toolName":"look"}']
    lines += [f"c:{json.dumps({'toolCallId': 'c', 'argsTextDelta': piece})}" for piece in pieces]
    lines += ['d:{"finishReason":"tool-calls"}']
    return read_stream("\n".join(lines).encode(), content_type="text/plain", protocol="vercel-data")


def anthropic(*pieces: str) -> Reply:
    """A message that uses a tool."""
    block = {"type": "tool_use", "id": "c", "name": "look", "input": {}}
    events: list[Event] = [
        {"type": "message_start", "message": {"id": "m"}},
        {"type": "content_block_start", "index": 0, "content_block": block},
    ]
    for piece in pieces:
        delta = {"type": "input_json_delta", "partial_json": piece}
        events.append({"type": "content_block_delta", "index": 0, "delta": delta})
    events += [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
    ]
    return streamed(*events, {"type": "message_stop"})


def converse(*pieces: str) -> Reply:
    """A stream of Bedrock's Converse."""
    start = {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "c", "name": "look"}}}
    events: list[Event] = [{"messageStart": {"role": "assistant"}}, {"contentBlockStart": start}]
    for piece in pieces:
        delta = {"contentBlockIndex": 0, "delta": {"toolUse": {"input": piece}}}
        events.append({"contentBlockDelta": delta})
    events += [{"contentBlockStop": {"contentBlockIndex": 0}}, {"messageStop": {"stopReason": "tool_use"}}]
    return streamed(*events)


def home_made(*pieces: str) -> Reply:
    """A stream of nobody's standard."""
    events: list[Event] = [{"type": "tool_call_start", "id": "c", "name": "look"}]
    events += [{"type": "tool_call_delta", "id": "c", "delta": piece} for piece in pieces]
    return streamed(*events, {"type": "text", "text": "Done."}, "[DONE]")


READERS = [chat, responses, ag_ui, ui_stream, data_stream, anthropic, converse, home_made]


@pytest.mark.parametrize("read", READERS)
def test_half_a_call_is_no_answer(read: Any) -> None:
    """Arguments that are the beginning of JSON make the answer an error that shows them, in every dialect."""
    for pieces in ([HALF], ['{"at"', ": "], ['{"at": "home"']):
        reply = read(*pieces)
        assert reply.outcome == "error"
        assert reply.error is not None
        assert "no JSON together" in reply.error.message
        assert repr("".join(pieces)) in reply.error.message


@pytest.mark.parametrize("read", READERS)
def test_a_whole_call_is_an_answer(read: Any) -> None:
    """Also in pieces."""
    for pieces in ([WHOLE], [HALF, '"home"}']):
        reply = read(*pieces)
        assert (reply.outcome, reply.tool_calls[0].arguments) == ("complete", {"at": "home"})


@pytest.mark.parametrize("end", [("tool_calls",), ("stop",), ("tool_calls", "[DONE]"), ("[DONE]",), ("tool_use",)])
def test_whatever_ends_a_completion(end: tuple[str, ...]) -> None:
    """A finish reason makes half a call no better; where it is a limit's, the answer is cut and no more."""
    assert chat(HALF, end=end).outcome == "error"
    assert chat(HALF, '"home"}', end=end).outcome == "complete"
    assert chat(HALF, end=("length",)).outcome == "truncated"


def test_a_body_of_json_with_half_a_call() -> None:
    """A completion that was not streamed is held to the same."""
    for arguments, outcome in ((HALF, "error"), (WHOLE, "complete")):
        call = {"id": "c", "type": "function", "function": {"name": "look", "arguments": arguments}}
        choice = {"index": 0, "message": {"tool_calls": [call]}, "finish_reason": "tool_calls"}
        body = json.dumps({"object": "chat.completion", "choices": [choice]}).encode()
        assert read_stream(body, content_type="application/json").outcome == outcome


def test_the_end_of_the_arguments_may_be_half_too() -> None:
    """What is told twice is not whole by that."""
    assert responses(HALF, end=HALF).outcome == "error"
    assert responses(HALF, '"home"}', end=WHOLE).outcome == "complete"
    assert responses(HALF, kind="mcp_call").outcome == "error"


def test_what_a_custom_tool_is_given_is_text() -> None:
    """Text that looks like the beginning of JSON is no fault of a tool that takes text."""
    assert responses(HALF, kind="custom_tool_call").outcome == "complete"
    assert responses(HALF, end=HALF, kind="custom_tool_call").tool_calls[0].arguments_raw == HALF
    custom = {"function": None, "type": "custom", "custom": {"name": "look", "input": HALF}}
    reply = chat("", **custom)
    assert (reply.outcome, reply.tool_calls[0].arguments_raw) == ("complete", HALF)


@pytest.mark.parametrize(
    "arguments", ["{'at': 'home'}", "{'at': ", "where is home", "at=home", "", "look(", "[home](x"]
)
def test_arguments_that_were_never_json(arguments: str) -> None:
    """Servers that write Python, or text, do so by habit: it stays as it is."""
    reply = chat(arguments)
    assert (reply.outcome, reply.tool_calls[0].arguments_raw) == ("complete", arguments)


def test_an_input_that_the_stream_itself_calls_wrong() -> None:
    """The AI SDK tells a model's half input as an error of the tool's, and the answer goes on."""
    events: list[Event] = [{"type": "start"}, {"type": "tool-input-start", "toolCallId": "c", "toolName": "look"}]
    events.append({"type": "tool-input-delta", "toolCallId": "c", "inputTextDelta": HALF})
    wrong = {"type": "tool-input-error", "toolCallId": "c", "toolName": "look", "input": HALF, "errorText": "no JSON"}
    text = [{"type": "text-delta", "id": "1", "delta": "Sorry."}, {"type": "finish"}]
    assert streamed(*events, wrong, *text, "[DONE]").outcome == "complete"
    assert streamed(*events, *text, "[DONE]").outcome == "error"


def test_half_a_call_before_another_segment() -> None:
    """What comes after its end does not make it whole."""
    call = {"index": 0, "id": "c", "function": {"name": "look", "arguments": HALF}}
    first = [{"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]}, "[DONE]"]
    second = [{"choices": [{"index": 0, "delta": {"content": "Done."}, "finish_reason": "stop"}]}, "[DONE]"]
    assert streamed(*first, *second, protocol="openai-chat").outcome == "error"
