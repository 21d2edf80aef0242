"""What a LangServe runnable is sent: its input, in the shape that its own `/input_schema` tells.

Source: https://github.com/langchain-ai/langserve (0.3): `POST PATH/invoke` and `PATH/stream` with `{"input": …}`.
Messages are LangChain's, whose roles are types: "human", "ai", "system".
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final

from scenario.late_pattern import late_pattern
from scenario.protocols.content_parts import cannot_carry, media_in, text_of
from scenario.protocols.json_text import read_json
from scenario.protocols.protocol import Answered, RequestDraft, Turn
from scenario.types import Message

_ENDPOINT: Final = late_pattern(r"/(?:invoke|stream)/?\Z")
_TYPES: Final[Mapping[str, str]] = {"user": "human", "assistant": "ai", "system": "system", "developer": "system"}
_OF_MESSAGES: Final = ("messages", "chat_history", "history")
_OF_TEXT: Final = ("input", "question", "query", "text", "message", "prompt", "topic")
# The shape of the input where nothing tells it: a mapping with messages, as most chat chains take.
MESSAGES: Final[Mapping[str, Any]] = {"mapping": {"messages": "messages"}}


def requests(turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
    """The input; before the first one, what it has to be."""
    base = _ENDPOINT.sub("", turn.path.rstrip("/"))
    shape = turn.session.get("input")
    if not isinstance(shape, Mapping):
        answer = yield RequestDraft(method="GET", url=f"{base}/input_schema")
        shape = _shape(read_json(answer.body)) if answer.head.status == 200 else MESSAGES
    return run(turn, shape)


def run(turn: Turn, shape: Mapping[str, Any] = MESSAGES) -> RequestDraft:
    """The run, of an input of this shape."""
    base = _ENDPOINT.sub("", turn.path.rstrip("/"))
    endpoint = "stream" if turn.stream else "invoke"
    body: dict[str, Any] = {"input": _input(shape, turn)}
    if turn.thread_id:
        # Chains that keep a history look here; others do not look.
        body["config"] = {"configurable": {"session_id": turn.thread_id, "thread_id": turn.thread_id}}
    return RequestDraft(body=body, url=f"{base}/{endpoint}", session={"input": dict(shape)})


def _shape(schema: Any) -> dict[str, Any]:
    """What the schema demands: "text", "messages", or a mapping of names to one of these."""
    if not isinstance(schema, dict):
        return dict(MESSAGES)
    resolved = _resolved(schema, schema)
    if any(_resolved(schema, one).get("type") == "array" for one in (resolved, *_choices(resolved))):
        return {"whole": "messages"}
    properties = resolved.get("properties")
    if not isinstance(properties, dict) or not properties:
        return {"whole": "text"} if resolved.get("type") == "string" else dict(MESSAGES)
    mapping: dict[str, str] = {}
    for name, one in properties.items():
        kinds = [_resolved(schema, kind).get("type") for kind in (one, *_choices(_resolved(schema, one)))]
        if "array" in kinds and name in _OF_MESSAGES:
            mapping[name] = "messages"
        elif "string" in kinds and name in _OF_TEXT:
            mapping[name] = "text"
    texts = [name for name, one in properties.items() if _resolved(schema, one).get("type") == "string"]
    if not mapping and len(texts) == 1:
        mapping[texts[0]] = "text"
    return {"mapping": mapping} if mapping else dict(MESSAGES)


def _choices(schema: Any) -> list[Any]:
    given = schema.get("anyOf", schema.get("oneOf")) if isinstance(schema, dict) else None
    return given if isinstance(given, list) else []


def _resolved(document: dict[str, Any], schema: Any) -> dict[str, Any]:
    if not isinstance(schema, dict):
        return {}
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        found = document.get("$defs", {})
        schema = found.get(reference.removeprefix("#/$defs/")) if isinstance(found, dict) else None
    return schema if isinstance(schema, dict) else {}


def _input(shape: Mapping[str, Any], turn: Turn) -> Any:
    mapping = shape.get("mapping")
    if not isinstance(mapping, Mapping):
        return _messages(turn.messages) if shape.get("whole") == "messages" else _said(turn)
    has_text = "text" in mapping.values()
    # Beside the text of this turn, a history is what was said before it.
    before = turn.messages[: _last_user(turn.messages)] if has_text else turn.messages
    return {name: _said(turn) if kind == "text" else _messages(before) for name, kind in mapping.items()}


def _last_user(messages: list[Message]) -> int:
    places = [place for place, message in enumerate(messages) if message.get("role") == "user"]
    return places[-1] if places else len(messages)


def _messages(messages: list[Message]) -> list[dict[str, Any]]:
    """LangChain's messages; what only tools said is the server's own."""
    return [
        {"type": _TYPES[str(message.get("role"))], "content": message.get("content") or ""}
        for message in messages
        if str(message.get("role")) in _TYPES and (message.get("content") or message.get("role") != "assistant")
    ]


def _said(turn: Turn) -> str:
    last = turn.messages[_last_user(turn.messages) :][:1]
    for media in media_in(last):
        cannot_carry(media, "this LangServe runnable", "its input is a text")
    return "\n".join(text for message in last if (text := text_of(message.get("content"))))
