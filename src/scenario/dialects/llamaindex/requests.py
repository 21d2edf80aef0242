"""What LlamaIndex's workflow server is sent: a run's start, or the answer that it waits for; and where its events are.

Source: the server's own OpenAPI description (package llama-agents-server). A start event has the
application's fields: those that its schema names are filled by what they are usually called.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from scenario.errors import AgentError, ConfigurationError
from scenario.late_pattern import late_pattern
from scenario.protocols.content_parts import cannot_carry, media_in, text_of
from scenario.protocols.json_text import read_json
from scenario.protocols.protocol import Answered, RequestDraft, Turn
from scenario.protocols.rejection import refusal

_PATH: Final = late_pattern(r"(?P<root>.*?)/workflows(?:/(?P<name>[^/]+))?(?:/run|/run-nowait)?/?\Z")
_TEXT_FIELDS: Final = ("message", "user_msg", "input", "query", "question", "prompt", "text", "msg", "topic")
_LIST_FIELDS: Final = ("messages", "chat_history", "history")


def start(turn: Turn, *, name: str = "", fields: Mapping[str, Any] | None = None) -> RequestDraft:
    """The request that starts a run. A run of an earlier turn is continued: its context is the conversation's state.

    Args:
        turn: what is to be put.
        name: the workflow's name.
        fields: the properties of its start event; None where they are not known.
    """
    root, in_path = places(turn.path)
    workflow = name or in_path or turn.model or ""
    body: dict[str, Any] = {"start_event": _start_event(turn, fields)}
    if isinstance(handler := turn.session.get("handler_id"), str):
        body["handler_id"] = handler
    return RequestDraft(body=body, url=f"{root}/workflows/{quote(workflow, safe='')}/run-nowait", puts_turn=True)


def requests(turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
    """Start the run, or answer what it waits for; then read its events."""
    root, name = places(turn.path)
    handler, after = turn.session.get("handler_id"), "-1"
    if turn.resume is not None and isinstance(handler, str):
        body, after = _answers(turn)
        answer = yield RequestDraft(body=body, url=f"{root}/events/{quote(handler, safe='')}", puts_turn=True)
        if answer.head.status >= 300:
            said = refusal(answer.head, answer.body).message
            raise AgentError(f"The workflow server refused the answer that the workflow waits for: {said}.")
    else:
        name = name or turn.model or _workflow_among((yield RequestDraft(method="GET", url=f"{root}/workflows")))
        schema = yield RequestDraft(method="GET", url=f"{root}/workflows/{quote(name, safe='')}/schema")
        answer = yield start(turn, name=name, fields=_fields(schema))
        handler = _handler(answer, name)
    return RequestDraft(
        method="GET",
        url=f"{root}/events/{quote(handler, safe='')}?sse=true&after_sequence={after}",
        session={"handler_id": handler},
    )


def places(path: str) -> tuple[str, str]:
    """Where the server's paths begin, and the workflow that the path of the user's URL names."""
    found = _PATH.match(path)
    return (found["root"], unquote(found["name"] or "")) if found is not None else (path.rstrip("/"), "")


def _start_event(turn: Turn, fields: Mapping[str, Any] | None) -> dict[str, Any]:
    text = _said(turn)
    if fields and not any(field in fields for field in _LIST_FIELDS):
        for media in media_in(turn.new_messages or turn.messages[-1:]):
            cannot_carry(media, "this LlamaIndex workflow", "its start event has no field for messages")
    known: dict[str, Any] = dict.fromkeys(_TEXT_FIELDS, text) | dict.fromkeys(_LIST_FIELDS, turn.messages)
    known["thread_id"] = turn.thread_id
    if not fields:
        return {"message": text, "user_msg": text, "input": text, "messages": turn.messages}
    named = {field: known[field] for field in fields if field in known}
    if any(field in named for field in _TEXT_FIELDS) or any(field in named for field in _LIST_FIELDS):
        # An agent's history is what it was told before.
        return {field: value for field, value in named.items() if field != "chat_history" or len(named) == 1}
    texts = [field for field, schema in fields.items() if isinstance(schema, dict) and schema.get("type") == "string"]
    return named | ({texts[0]: text} if texts else {})


def _said(turn: Turn) -> str:
    for messages in (turn.new_messages, turn.messages):
        for message in reversed(messages):
            if message.get("role") == "user" and (text := text_of(message.get("content"))):
                return text
    return ""


def _answers(turn: Turn) -> tuple[dict[str, Any], str]:
    """The event that answers a question, and the place in the stream after which its answer comes."""
    asked = turn.interrupt.get("interrupts") if isinstance(turn.interrupt, Mapping) else None
    first = asked[0] if isinstance(asked, list) and asked and isinstance(asked[0], Mapping) else {}
    after = first.get("after")
    answer = turn.resume
    if isinstance(answer, Mapping) and isinstance(answer.get("type"), str):
        event: dict[str, Any] = dict(answer)
    else:
        value = answer
        if isinstance(answer, Mapping) and isinstance(answer.get("approve"), bool):
            value = {"response": answer["approve"], **answer}
        fields = dict(value) if isinstance(value, Mapping) else {"response": value}
        event = {"type": "HumanResponseEvent", "value": fields}
    return {"event": event}, after if isinstance(after, str) and after.isdigit() else "-1"


def _workflow_among(answer: Answered) -> str:
    value = read_json(answer.body)
    found = value.get("workflows") if isinstance(value, dict) else None
    names = [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
    if answer.head.status != 200 or not names:
        raise AgentError(
            f"The workflow server names no workflow at /workflows: {refusal(answer.head, answer.body).message}. "
            "Say which one is to be tested: RemoteAgent(url, model=…)."
        )
    if len(names) > 1:
        raise ConfigurationError(
            f"The workflow server has several workflows: {', '.join(map(repr, sorted(names)))}. "
            "Say which one is to be tested: RemoteAgent(url, model=…)."
        )
    return names[0]


def _fields(answer: Answered) -> Mapping[str, Any] | None:
    value = read_json(answer.body) if answer.head.status == 200 else None
    schema = value.get("start") if isinstance(value, dict) else None
    fields = schema.get("properties") if isinstance(schema, dict) else None
    return fields if isinstance(fields, dict) else None


def _handler(answer: Answered, name: str) -> str:
    value = read_json(answer.body)
    handler = value.get("handler_id") if isinstance(value, dict) else None
    if answer.head.status >= 300 or not isinstance(handler, str) or not handler:
        raise AgentError(
            f"The workflow server did not start {name!r}: {refusal(answer.head, answer.body).message}. "
            "If its start event has fields of its own, give them: RemoteAgent(url, request={'start_event': {…}})."
        )
    return handler
