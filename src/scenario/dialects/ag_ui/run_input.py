"""The input of an AG-UI run (RunAgentInput), from a turn.

Version 0.1 refuses fields that it does not know and content that is no text. So `resume` is sent only where there is
something to answer, a user's content is parts only where there is a picture in it, and the version is never sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from scenario.dialects.langgraph.requests import resume_of
from scenario.protocols.content_parts import Media, calls_of, cannot_carry, parts_of, text_of
from scenario.protocols.protocol import Turn
from scenario.types import Message

# The custom event in which LangGraph's adapter tells of an interrupt.
ON_INTERRUPT: Final = "on_interrupt"


def run_input(turn: Turn) -> dict[str, Any]:
    """The body of a run's request."""
    state = turn.session.get("state")
    command = _command(turn)
    body: dict[str, Any] = {
        "threadId": turn.thread_id,
        "runId": turn.request_id,
        "state": {} if state is None else state,
        "messages": _conversation(turn),
        "tools": [],
        "context": [],
        "forwardedProps": {} if command is None else {"command": command},
    }
    resume = list(_answers(turn))
    return body | {"resume": resume} if resume else body


def _conversation(turn: Turn) -> list[dict[str, Any]]:
    """The conversation as the agent's last run has told it, and what is new; or all of it as we have it.

    Agents that keep their threads know messages by their ids: those that come with others are taken for new ones.
    """
    messages = list(_messages(turn.messages))
    snapshot = turn.session.get("snapshot")
    if not isinstance(snapshot, Mapping) or snapshot.get("runId") != turn.session.get("runId"):
        return messages
    new = len(turn.new_messages)
    return [*snapshot["messages"], *messages[len(messages) - new :]]


def _command(turn: Turn) -> dict[str, Any] | None:
    """The answer to what a graph of LangGraph asks for, under its own name."""
    interrupt = turn.interrupt
    if turn.resume is None or not isinstance(interrupt, Mapping) or interrupt.get("kind") != ON_INTERRUPT:
        return None
    return {"resume": resume_of(turn.resume, interrupt)}


def _answers(turn: Turn) -> Iterator[dict[str, Any]]:
    """An answer to each open interrupt: the protocol refuses a run that leaves one out, so those are cancelled."""
    asked = turn.interrupt if isinstance(turn.interrupt, Mapping) else {}
    interrupts = asked.get("interrupts") if asked.get("kind") != ON_INTERRUPT else None
    opened = [one for one in interrupts or () if isinstance(one, Mapping) and isinstance(one.get("id"), str)]
    resume = turn.resume
    ids = {one["id"] for one in opened}
    each = resume if isinstance(resume, Mapping) and resume and ids.issuperset(resume) else None
    for interrupt in opened:
        answer = resume if each is None else each.get(interrupt["id"])
        if answer is None:
            yield {"interruptId": interrupt["id"], "status": "cancelled"}
        else:
            yield {"interruptId": interrupt["id"], "status": "resolved", "payload": _payload(interrupt, answer)}


def _payload(interrupt: Mapping[str, Any], answer: Any) -> Any:
    """The answer; approval under the name that the interrupt's schema has for it."""
    if not isinstance(answer, Mapping) or not isinstance(approve := answer.get("approve"), bool):
        return answer
    schema = interrupt.get("responseSchema")
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    named = [
        name
        for name, described in (properties.items() if isinstance(properties, Mapping) else ())
        if isinstance(described, Mapping) and described.get("type") == "boolean"
    ]
    name = named[0] if len(named) == 1 else "approved"
    return {name: approve} | {key: value for key, value in answer.items() if key != "approve"}


def _messages(messages: Sequence[Message]) -> Iterator[dict[str, Any]]:
    told: set[str] = set()
    for index, message in enumerate(messages):
        role, content = message.get("role"), message.get("content")
        made: dict[str, Any] = {"id": f"message-{index}", "role": role}
        match role:
            case "assistant":
                # After an approval some agents tell the call again.
                calls = [_call(*call) for call in calls_of(message) if call[0] not in told]
                told.update(call["id"] for call in calls)
                if calls:
                    made["toolCalls"] = calls
                if (text := text_of(content)) or not calls:
                    made["content"] = text
            case "tool":
                made |= {"content": text_of(content), "toolCallId": message.get("tool_call_id") or ""}
            case "system" | "developer":
                made["content"] = text_of(content)
            case _:
                made |= {"role": "user", "content": _content(content)}
        yield made


def _call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def _content(content: object) -> str | list[dict[str, Any]]:
    parts = list(parts_of(content))
    if not any(isinstance(part, Media) for part in parts):
        return text_of(content)
    return [{"type": "text", "text": part} if isinstance(part, str) else _medium(part) for part in parts]


def _medium(media: Media) -> dict[str, Any]:
    if not (media.data or media.url):
        cannot_carry(media, "AG-UI", "it takes files by their bytes or their URL")
    source = {"type": "data", "value": media.data} if media.data else {"type": "url", "value": media.url}
    if media.data:
        source["mimeType"] = media.type_or_any
    return {"type": "document" if media.kind == "file" else media.kind, "source": source}
