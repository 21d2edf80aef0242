"""What a test has a model answer, and the same in the words of OpenAI's and Anthropic's APIs. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

_ID = "test-completion"


class ToolUse(msgspec.Struct, frozen=True, kw_only=True):
    """A tool call of a model.

    Attributes:
        name: the function's.
        arguments: a JSON value, or a string that is sent as it is, be it JSON or not.
    """

    name: str
    arguments: Any = msgspec.field(default_factory=dict)

    @property
    def raw(self) -> str:
        """The arguments as they are sent."""
        return self.arguments if isinstance(self.arguments, str) else msgspec.json.encode(self.arguments).decode()


class ModelReply(msgspec.Struct, frozen=True, kw_only=True):
    """A model's answer.

    Attributes:
        text: what it says; may be empty beside tool calls.
        tools: the functions that it calls.
        reasoning: sent as `reasoning_content`, where the API has that.
        input_tokens: what is reported as used.
        output_tokens: likewise.
    """

    text: str = ""
    tools: tuple[ToolUse, ...] = ()
    reasoning: str = ""
    input_tokens: int = 10
    output_tokens: int = 5

    @property
    def finish_reason(self) -> str:
        """In OpenAI's words."""
        return "tool_calls" if self.tools else "stop"


def openai_completion(reply: ModelReply, model: str) -> dict[str, Any]:
    """The answer of `/v1/chat/completions` that is not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    if reply.tools:
        message["tool_calls"] = [_openai_call(index, tool) for index, tool in enumerate(reply.tools)]
    return {
        "id": _ID,
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason, "logprobs": None}],
        "usage": _openai_usage(reply),
    }


def openai_chunks(reply: ModelReply, model: str, *, usage: bool) -> Iterator[dict[str, Any]]:
    """The chunks of a streamed answer, word by word; `[DONE]` is the server's to send."""
    yield _chunk(model, {"role": "assistant", "content": ""})
    if reply.reasoning:
        yield _chunk(model, {"reasoning_content": reply.reasoning})
    for word in _words(reply.text):
        yield _chunk(model, {"content": word})
    for index, tool in enumerate(reply.tools):
        yield _chunk(model, {"tool_calls": [{"index": index, **_openai_call(index, tool, arguments="")}]})
        for part in _halves(tool.raw):
            yield _chunk(model, {"tool_calls": [{"index": index, "function": {"arguments": part}}]})
    yield _chunk(model, {}, finish_reason=reply.finish_reason)
    if usage:
        yield {**_chunk(model, {}), "choices": [], "usage": _openai_usage(reply)}


def anthropic_message(reply: ModelReply, model: str) -> dict[str, Any]:
    """The answer of `/v1/messages` that is not streamed."""
    content: list[dict[str, Any]] = [{"type": "text", "text": reply.text}] if reply.text else []
    content += [
        {"type": "tool_use", "id": f"toolu_{index}", "name": tool.name, "input": _object(tool)}
        for index, tool in enumerate(reply.tools)
    ]
    return {
        "id": "msg_test",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": "tool_use" if reply.tools else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens},
    }


def anthropic_events(reply: ModelReply, model: str) -> Iterator[dict[str, Any]]:
    """The events of a streamed answer; the type of each is its SSE event's name too."""
    whole = anthropic_message(reply, model)
    yield {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None}}
    for index, block in enumerate(whole["content"]):
        empty: dict[str, Any]
        if block["type"] == "text":
            empty, deltas = {"type": "text", "text": ""}, [("text_delta", "text", word) for word in _words(reply.text)]
        else:
            raw = msgspec.json.encode(block["input"]).decode()
            empty = {**block, "input": {}}
            deltas = [("input_json_delta", "partial_json", part) for part in _halves(raw)]
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        for kind, key, piece in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": {"type": kind, key: piece}}
        yield {"type": "content_block_stop", "index": index}
    delta = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": reply.output_tokens}}
    yield {"type": "message_stop"}


def _openai_call(index: int, tool: ToolUse, *, arguments: str | None = None) -> dict[str, Any]:
    function = {"name": tool.name, "arguments": tool.raw if arguments is None else arguments}
    return {"id": f"call_{index}", "type": "function", "function": function}


def _openai_usage(reply: ModelReply) -> dict[str, int]:
    return {
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens + reply.output_tokens,
    }


def _chunk(model: str, delta: dict[str, Any], *, finish_reason: str | None = None) -> dict[str, Any]:
    return {
        "id": _ID,
        "object": "chat.completion.chunk",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}],
    }


def _object(tool: ToolUse) -> Any:
    return msgspec.json.decode(tool.raw) if isinstance(tool.arguments, str) else tool.arguments


def _words(text: str) -> list[str]:
    words = text.split(" ")
    return [word if index == 0 else f" {word}" for index, word in enumerate(words) if text]


def _halves(text: str) -> tuple[str, str]:
    return text[: len(text) // 2], text[len(text) // 2 :]
