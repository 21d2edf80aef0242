"""Requests to OpenAI's Responses API, from OpenAI-style messages.

Source: https://platform.openai.com/docs/api-reference/responses/create. The whole conversation is sent: servers that
ignore the id of a response would answer the newest line alone. A response that the server has stored is continued by
its id where the user wants only what is new sent, and where an approval is answered, which is known by that id alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from scenario.errors import ConfigurationError
from scenario.protocols.json_text import write_json
from scenario.protocols.protocol import Turn
from scenario.types import Message

_TEXT_PARTS: Final = frozenset({"text", "input_text", "output_text"})


def build_body(turn: Turn) -> dict[str, Any]:
    """The body of a request for a turn.

    Raises:
        ConfigurationError: the answer to a request for approval neither approves nor rejects.
    """
    items: list[dict[str, Any]] = list(_approvals(turn))
    previous = turn.session.get("response_id")
    stored = isinstance(previous, str) and turn.session.get("store") is not False
    continued = stored and (turn.history == "last" or bool(items))
    items += input_items(turn.new_messages if continued else turn.conversation or turn.messages)
    body: dict[str, Any] = {"model": turn.model or "default", "input": items}
    if continued:
        body["previous_response_id"] = previous
    if turn.stream:
        body["stream"] = True
    return body


def input_items(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The messages as input items; calls that have no result are left out, since the API refuses them."""
    answered = {message.get("tool_call_id") for message in messages if message.get("role") == "tool"}
    return [item for message in messages for item in _items(message, answered)]


def _items(message: Message, answered: set[Any]) -> Iterator[dict[str, Any]]:
    role, content = message.get("role"), message.get("content")
    if role == "tool":
        output = content if isinstance(content, str) else write_json(content)
        yield {"type": "function_call_output", "call_id": message.get("tool_call_id") or "", "output": output}
        return
    if content:
        yield {"role": role or "user", "content": content if isinstance(content, str) else _parts(content, role)}
    elif refusal := message.get("refusal"):
        yield {"role": "assistant", "content": refusal}
    for call in message.get("tool_calls") or ():
        function = call.get("function") or {}
        if call.get("id") in answered:
            yield {
                "type": "function_call",
                "call_id": call.get("id") or "",
                "name": function.get("name") or "",
                "arguments": function.get("arguments") or "{}",
            }


def _parts(content: object, role: object) -> list[Any]:
    """A message's parts, as the API names them; those it would not know are handed on as they are."""
    return [_part(part, role) for part in (content if isinstance(content, list) else [content])]


def _part(part: object, role: object) -> Any:
    text_kind = "output_text" if role == "assistant" else "input_text"
    if isinstance(part, str):
        return {"type": text_kind, "text": part}
    if not isinstance(part, Mapping):
        return {"type": text_kind, "text": write_json(part)}
    kind = part.get("type")
    if kind in _TEXT_PARTS:
        return {"type": text_kind, "text": part.get("text") or ""}
    if kind == "image_url":
        image = part.get("image_url")
        url, detail = (image.get("url"), image.get("detail")) if isinstance(image, Mapping) else (image, None)
        return {"type": "input_image", "image_url": url} | ({"detail": detail} if detail else {})
    if kind == "file" and isinstance(file := part.get("file"), Mapping):
        return {"type": "input_file"} | dict(file)
    return part


def _asked(interrupt: object) -> Iterator[str]:
    """The ids of the requests for approval: of the one, or of all where there are several."""
    if not isinstance(interrupt, Mapping):
        return
    several = interrupt.get("interrupts")
    for one in several if isinstance(several, list) else (interrupt,):
        if isinstance(one, Mapping) and isinstance(request := one.get("id"), str):
            yield request


def _approvals(turn: Turn) -> Iterator[dict[str, Any]]:
    """The answers to the requests for approval that the last response ended with."""
    waiting = list(_asked(turn.interrupt))
    if turn.resume is None or not waiting:
        return
    answer = turn.resume
    approve = answer.get("approve") if isinstance(answer, Mapping) else answer
    if not isinstance(approve, bool):
        raise ConfigurationError(
            f"The agent waits for an approval, and was answered {answer!r}. Approve or reject: the answer's value is "
            "true, false, or a mapping with these at 'approve'."
        )
    reason = answer.get("reason") if isinstance(answer, Mapping) else None
    for request in waiting:
        item = {"type": "mcp_approval_response", "approval_request_id": request, "approve": approve}
        yield item | {"reason": reason} if isinstance(reason, str) else item
