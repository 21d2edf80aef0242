"""Requests to Anthropic's Messages API, from OpenAI-style messages and options.

Source: https://docs.anthropic.com/en/api/messages.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from scenario.protocols.content_parts import Media, cannot_carry, parts_of
from scenario.protocols.json_text import read_json, write_json
from scenario.types import Message

# The API demands a limit. This one every model allows.
DEFAULT_MAX_TOKENS: Final = 4096

# The API demands that the user speaks first, and a simulated user's conversation may begin with the other side.
_OPENING: Final = "Begin."


def build_body(
    messages: Sequence[Message],
    *,
    model: str,
    stream: bool = True,
    temperature: float | None = None,
    max_tokens: int | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
    tool_choice: str | Mapping[str, Any] | None = None,
    response_format: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The body of a request. What is None is left out; `extra` is merged in last and wins.

    `response_format` has no counterpart here and is left out: structured answers are asked for by a tool.
    """
    del response_format
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": DEFAULT_MAX_TOKENS if max_tokens is None else max_tokens,
        "messages": _conversation(messages),
    }
    system = "\n\n".join(_plain(message.get("content")) for message in messages if _is_system(message))
    if system:
        body["system"] = system
    if stream:
        body["stream"] = True
    if temperature is not None:
        body["temperature"] = temperature
    if tools:
        body["tools"] = [_tool(tool) for tool in tools]
        if (choice := _choice(tool_choice)) is not None:
            body["tool_choice"] = choice
    return body | dict(extra or {})


def _conversation(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The messages in turns of blocks: neighbours of one role are one turn, tool results are the user's."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        if _is_system(message):
            continue
        role = "assistant" if message.get("role") == "assistant" else "user"
        blocks = list(_blocks(message))
        if not blocks:
            continue
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": role, "content": blocks})
    if not turns or turns[0]["role"] != "user":
        turns.insert(0, {"role": "user", "content": [{"type": "text", "text": _OPENING}]})
    last = turns[-1]["content"][-1]
    if turns[-1]["role"] == "assistant" and last["type"] == "text":
        # The API refuses a last assistant turn, which the answer continues, with spaces at its end.
        last["text"] = last["text"].rstrip() or "…"
    return turns


def _is_system(message: Message) -> bool:
    return message.get("role") in ("system", "developer")


def _blocks(message: Message) -> Iterator[dict[str, Any]]:
    content = message.get("content")
    if message.get("role") == "tool":
        yield {
            "type": "tool_result",
            "tool_use_id": message.get("tool_call_id") or "",
            "content": content if isinstance(content, str) else write_json(content),
        }
        return
    yield from _parts(content)
    for call in message.get("tool_calls") or ():
        function = call.get("function") or {}
        arguments = read_json(function.get("arguments") or "{}")
        yield {
            "type": "tool_use",
            "id": call.get("id") or "",
            "name": function.get("name") or "",
            "input": arguments if isinstance(arguments, dict) else {},
        }


def _parts(content: object) -> Iterator[dict[str, Any]]:
    """Blocks of a message's content; empty texts, which the API refuses, are left out."""
    for part in parts_of(content):
        yield {"type": "text", "text": part} if isinstance(part, str) else _medium(part)


def _medium(part: Media) -> dict[str, Any]:
    if part.kind not in ("image", "file"):
        cannot_carry(part, "Anthropic's API", "it knows texts, pictures and documents")
    source = {"type": "base64", "media_type": part.type_or_any, "data": part.data}
    if part.kind == "image":
        return {"type": "image", "source": source if part.data else {"type": "url", "url": part.url}}
    if not (part.data or part.url):
        cannot_carry(part, "Anthropic's API", "it takes files by their bytes or their URL")
    if part.data and part.media_type == "text/plain":
        # Plain text is a document too, and is not in base64.
        text = base64.b64decode(part.data).decode("utf-8", "replace")
        source = {"type": "text", "media_type": "text/plain", "data": text}
    titled = {"title": part.name} if part.name else {}
    return {"type": "document", "source": source if part.data else {"type": "url", "url": part.url}, **titled}


def _plain(content: object) -> str:
    """The text of a message's content, or of a part of it."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(filter(None, map(_plain, content)))
    if isinstance(content, Mapping) and isinstance(text := content.get("text"), str):
        return text
    return write_json(content)


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = tool.get("function")
    if not isinstance(function, Mapping):
        return dict(tool)
    made: dict[str, Any] = {
        "name": function.get("name", ""),
        "input_schema": function.get("parameters") or {"type": "object", "properties": {}},
    }
    if description := function.get("description"):
        made["description"] = description
    return made


def _choice(choice: str | Mapping[str, Any] | None) -> dict[str, Any] | None:
    if choice is None:
        return None
    if isinstance(choice, str):
        return {"type": {"required": "any"}.get(choice, choice)}
    function = choice.get("function")
    return {"type": "tool", "name": function.get("name", "")} if isinstance(function, Mapping) else dict(choice)
