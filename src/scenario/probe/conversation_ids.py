"""The id that an agent gives a conversation: where it stands in an answer, and where it goes back. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from scenario.exchange import Exchange
from scenario.probe.fields import holds_conversation_id
from scenario.protocols.json_text import read_json

_DEEPEST: Final = 3
_MOST_EVENTS: Final = 50


def path_to_id(exchange: Exchange) -> str | None:
    """The JMESPath to the conversation's id in an answer's JSON, or in its headers; None where it has none."""
    for event in exchange.events[:_MOST_EVENTS]:
        if (path := next(_ids(read_json(event.data), "", 0), None)) is not None:
            return path
    named = (name for name in exchange.headers if holds_conversation_id(name.removeprefix("x-")))
    return next((f'headers."{name}"' for name in named), None)


def _ids(value: Any, path: str, depth: int) -> Iterator[str]:
    if not isinstance(value, dict) or depth > _DEEPEST:
        return
    for name, inner in value.items():
        if not (name.isidentifier() and name.isascii()):
            continue
        place = f"{path}.{name}" if path else name
        if isinstance(inner, str) and inner and " " not in inner and holds_conversation_id(name):
            yield place
        else:
            yield from _ids(inner, place, depth + 1)


def with_session(request: Any, path: str) -> Any:
    """A template whose id of the conversation is the agent's own; None where it has no place for one.

    Args:
        request: the template.
        path: to the id in an answer.
    """
    places = list(_places(request, ()))
    if not places:
        return None
    last = path.rpartition(".")[2].strip('"')
    return _put(request, next((place for place in places if place[-1] == last), places[0]))


def _places(value: Any, way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Where a template has the conversation's id, or nothing in its place."""
    for name, inner in value.items() if isinstance(value, dict) else ():
        if inner == "$thread_id" or (inner == "" and holds_conversation_id(name)):
            yield (*way, name)
        else:
            yield from _places(inner, (*way, name))


def _put(value: Any, way: tuple[str, ...]) -> Any:
    return {**value, way[0]: _put(value[way[0]], way[1:])} if way else "$session"
