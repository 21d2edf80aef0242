"""The Vercel AI SDK's UI messages, from OpenAI-style ones.

An agent's turn is one message there, whatever calls and results it has; the results are in the parts of their calls.
Some servers refuse fields that they do not know, so no part has more than it must.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scenario.protocols.content_parts import Media, calls_of, cannot_carry, parts_of, text_of
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.protocol import Turn
from scenario.types import Message

_Part = dict[str, Any]


def chat_request(turn: Turn) -> dict[str, Any]:
    """The body that `useChat` sends."""
    messages = list(_messages(turn.messages))
    _answer_approvals(turn, messages)
    for message in messages:
        for part in message["parts"]:
            if part.get("state") == "input-available":
                # Models refuse a conversation in which a call has no result.
                part |= {"state": "output-error", "errorText": "The call has not been answered."}
    return {"id": turn.thread_id, "messages": messages, "trigger": "submit-message"}


def _messages(messages: Sequence[Message]) -> Iterator[dict[str, Any]]:
    made: dict[str, Any] | None = None
    for index, message in enumerate(messages):
        role = message.get("role")
        if role == "tool" or role == "assistant":
            if made is None or made["role"] != "assistant":
                if made is not None:
                    yield made
                made = {"id": f"message-{index}", "role": "assistant", "parts": []}
            _continue(made["parts"], message)
            continue
        if made is not None:
            yield made
        role = "system" if role in ("system", "developer") else "user"
        made = {"id": f"message-{index}", "role": role, "parts": [_part(part) for part in parts_of(message["content"])]}
    if made is not None:
        yield made


def _continue(parts: list[_Part], message: Message) -> None:
    """Add a message of the agent, or a tool's result, to the agent's turn."""
    if message.get("role") == "tool":
        output = read_json(text := text_of(message.get("content")))
        for part in parts:
            if part.get("toolCallId") == message.get("tool_call_id") and part["state"] == "input-available":
                part |= {"state": "output-available", "output": text if output is NOT_JSON else output}
                return
        return
    if parts:
        parts.append({"type": "step-start"})
    if text := text_of(message.get("content")):
        parts.append({"type": "text", "text": text})
    told = {part.get("toolCallId") for part in parts}
    for call_id, name, arguments in calls_of(message):
        if call_id in told:
            # After an approval some agents tell the call again.
            continue
        value = read_json(arguments)
        parts.append(_call(call_id, name, arguments if value is NOT_JSON else value))


def _call(call_id: str, name: str, value: object) -> _Part:
    return {"type": f"tool-{name}", "toolCallId": call_id, "state": "input-available", "input": value}


def _part(part: str | Media) -> _Part:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if not part.url:
        cannot_carry(part, "the AI SDK", "it takes files by their bytes or their URL")
    named = {"filename": part.name} if part.name else {}
    return {"type": "file", "mediaType": part.type_or_any, "url": part.url, **named}


def _answer_approvals(turn: Turn, messages: list[dict[str, Any]]) -> None:
    """Put the answers to what was asked into the parts of the calls; a call that nobody approved is denied."""
    asked = turn.interrupt.get("interrupts") if isinstance(turn.interrupt, Mapping) else None
    for approval in asked or ():
        if not isinstance(approval, Mapping) or not isinstance(call_id := approval.get("toolCallId"), str):
            continue
        part = _part_of_call(messages, call_id)
        if part is None:
            part = _call(call_id, str(approval.get("toolName") or ""), approval.get("input"))
            messages.append({"id": f"message-{call_id}", "role": "assistant", "parts": [part]})
        answer = turn.resume
        if isinstance(answer, Mapping) and (approval.get("id") in answer or call_id in answer):
            answer = answer.get(approval.get("id"), answer.get(call_id))
        part["state"] = "output-denied" if answer is None else "approval-responded"
        part["approval"] = {"id": approval.get("id"), **_answer(answer)}
        if "signature" in approval:
            part["approval"]["signature"] = approval["signature"]


def _answer(answer: object) -> dict[str, Any]:
    if isinstance(answer, Mapping):
        approved = answer.get("approve", answer.get("approved")) is True
        reason = next((value for value in map(answer.get, ("reason", "message", "text")) if value), None)
    else:
        approved, reason = answer is True or answer in ("yes", "approve", "approved"), None
    if answer is None:
        reason = "It was not approved."
    return {"approved": approved} | ({"reason": str(reason)} if reason else {})


def _part_of_call(messages: list[dict[str, Any]], call_id: str) -> _Part | None:
    for message in reversed(messages):
        for part in message["parts"]:
            if part.get("toolCallId") == call_id:
                found: _Part = part
                return found
    return None
