"""Bodies for JSON Schemas, as OpenAPI documents have them: what is required, filled with placeholders. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from scenario.probe.fields import value_for

_DEEPEST: Final = 8
# Schemas that name themselves in several places have more values than any body, however shallow it is.
_MOST_VALUES: Final = 1_000
_TEXT_AND_LIST: Final = ("$message", "$messages")
_USERS: Final = ("user", "human", "User", "USER")
# A conversation's messages as they are sent to most agents.
_MESSAGE: Final = frozenset({"role", "content"})
_FORMATS: Final[Mapping[str, str]] = {
    "uuid": "00000000-0000-4000-8000-000000000001",
    "uuid4": "00000000-0000-4000-8000-000000000001",
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "email": "somebody@example.com",
    "uri": "http://example.com/",
}
_EMPTY: Final[Mapping[str, Callable[[], Any]]] = {
    "string": str, "integer": int, "number": int, "boolean": bool, "array": list, "object": dict,
}  # fmt: skip


def filled(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """A body for a schema: what is required, what streams, and a place for the text."""
    body = filled_by_name(document, schema)
    if not holds_text(body):
        _put_text(document, schema, body, depth=0)
    return body


def filled_by_name(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same with a place for the text only where a field's name says that it is one."""
    return _object(document, schema, depth=0, room=_Room())


class _Room:
    """How many values a body may still take."""

    def __init__(self) -> None:
        self.left = _MOST_VALUES


def holds_text(value: Any) -> bool:
    """Whether a template has a place for what is said."""
    if isinstance(value, dict | list):
        return any(map(holds_text, value.values() if isinstance(value, dict) else value))
    return value in _TEXT_AND_LIST


def resolved(document: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """A schema with its references followed, a few of them at most."""
    for _ in range(_DEEPEST):
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if isinstance(reference, str) and reference.startswith("#/"):
            schema = at(document, *reference[2:].split("/"))
            continue
        options = [one for key in ("allOf", "anyOf", "oneOf") for one in listed(at(schema, key))]
        first = next((one for one in options if one.get("type") != "null"), None)
        if first is None or at(schema, "type") is not None or at(schema, "properties") is not None:
            break
        schema = {**first, **{key: schema[key] for key in ("default",) if key in schema}}
    return schema if isinstance(schema, dict) else {}


def at(value: Any, *keys: str) -> Any:
    """What stands at a path of keys; None where nothing does."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def listed(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none where it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _properties(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    """Names and schemas, and whether they are required."""
    required = schema.get("required")
    names = {name for name in required if isinstance(name, str)} if isinstance(required, list) else set()
    properties = schema.get("properties")
    for name, described in properties.items() if isinstance(properties, dict) else ():
        yield str(name), described, name in names


def _object(document: Mapping[str, Any], schema: Mapping[str, Any], *, depth: int, room: _Room) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name, described, is_required in _properties(schema):
        inner = resolved(document, described)
        value = None if _is_chosen(inner) else value_for(name, kind_of(inner))
        if value == "$messages" and not _takes_messages(document, inner):
            value = None
        if value == "$thread_id" and inner.get("format") in _FORMATS:
            value = None
        if is_required or value is not None:
            body[name] = _default(document, inner, depth=depth, room=room) if value is None else value
    return body


def _is_chosen(schema: Mapping[str, Any]) -> bool:
    return bool(schema.keys() & {"enum", "const"})


def _takes_messages(document: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    """Whether the items of a list are messages with a role and a content, or of no known kind."""
    item = resolved(document, schema.get("items"))
    names = {name for name, _, _ in _properties(item)}
    needed = {name for name, _, is_required in _properties(item) if is_required}
    return not names or (names >= _MESSAGE and needed <= _MESSAGE)


def kind_of(schema: Mapping[str, Any]) -> str:
    """The JSON type of a schema; empty where it says none."""
    kind = schema.get("type")
    if isinstance(kind, str):
        return kind
    options = [one for one in kind if one != "null"] if isinstance(kind, list) else []
    return str(options[0]) if options else "object" if "properties" in schema else ""


def _default(document: Mapping[str, Any], schema: Mapping[str, Any], *, depth: int, room: _Room) -> Any:
    room.left -= 1
    if "default" in schema:
        return schema["default"]
    if "const" in schema:
        return schema["const"]
    if isinstance(choices := schema.get("enum"), list) and choices:
        return next((choice for choice in choices if choice in _USERS), choices[0])
    kind = kind_of(schema)
    is_deep = depth >= _DEEPEST or room.left <= 0
    if not is_deep and kind == "object":
        return _object(document, schema, depth=depth + 1, room=room)
    if not is_deep and kind == "array" and (items := resolved(document, schema.get("items"))):
        return [_default(document, items, depth=depth + 1, room=room)]
    if kind == "string" and schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    if kind in ("integer", "number") and isinstance(least, int | float):
        return least if "minimum" in schema else least + 1
    return _EMPTY.get(kind, str)()


def _put_text(document: Mapping[str, Any], schema: Mapping[str, Any], value: Any, *, depth: int) -> bool:
    """Put the text into the first place for a free one that is required, however deep it lies."""
    if depth >= _DEEPEST:
        return False
    if isinstance(value, list):
        items = resolved(document, schema.get("items"))
        if value and kind_of(items) == "string" and not items.keys() & {"enum", "const", "format"}:
            value[0] = "$message"
            return True
        return bool(value) and _put_text(document, items, value[0], depth=depth + 1)
    if not isinstance(value, dict):
        return False
    described = {name: resolved(document, one) for name, one, _ in _properties(schema)}
    for name, inner in described.items():
        free = not inner.keys() & {"enum", "const", "default", "format", "pattern"}
        if value.get(name) == "" and kind_of(inner) == "string" and free:
            value[name] = "$message"
            return True
    return any(_put_text(document, inner, value.get(name), depth=depth + 1) for name, inner in described.items())
