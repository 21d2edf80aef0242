"""Errors in events that a dialect does not know: of a gateway, a provider behind it, or a framework around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from scenario.protocols.errors_in_json import TOOL_KEYS, error_in, error_inside, error_of
from scenario.protocols.event_names import kinds_of, says_failure, says_step, says_tool, says_warning
from scenario.protocols.failures_in_json import failure_in
from scenario.protocols.json_text import read_json
from scenario.types import ReplyError
from scenario.wire.event import ServerSentEvent

# What OpenAI's chunks call themselves: an error in one is that of the whole answer.
_CHUNK: Final = "chat.completion.chunk"
# An object of these alone tells no error, unless its kind does.
_PLAIN: Final = frozenset(
    {"type", "event", "content", "text", "delta", "token", "chunk", "id", "index", "role", "seq", "done", "session_id"}
    | {"message_id", "thread_id", "conversation_id", "timestamp", "answer", "response", "model"}
)
# Events that tell how it is going: a failure among them may be tried again.
_PROGRESS: Final = ("status", "progress", "state", "update")


def foreign_error(event: ServerSentEvent) -> ReplyError | None:
    """The error that an event reports by its name, its type or its shape; None where it reports none.

    What a tool could not do is told to the model, and is no error of the answer; nor is what is only a warning.
    """
    data = event.data.strip()
    value = read_json(data) if data[:1] in ("{", "[") else None
    if isinstance(value, list) and value:
        # Google's API answers a request for a stream so.
        value = value[0]
    if not isinstance(value, dict):
        named = event.event != "message" and not says_tool(event.event) and not says_warning(event.event)
        return _named([event.event], error_of(data)) if named and says_failure(event.event) else None
    kinds = kinds_of(event.event, value)
    return told(kinds, value, inside=not kinds)


def told(kinds: Sequence[str], value: Mapping[str, Any], *, inside: bool) -> ReplyError | None:
    """The error that an event of these names tells in its JSON.

    Args:
        kinds: the event's names.
        value: its JSON.
        inside: whether its envelope's payload is the answer's, so that an error in it is.
    """
    if any(map(says_tool, kinds)) or any(map(says_warning, kinds)):
        return None
    failing = any(map(says_failure, kinds))
    if not failing and (value.keys() <= _PLAIN or value.keys() & TOOL_KEYS):
        return None
    if (error := error_in(value) or failure_in(value)) is not None:
        return error
    if failing:
        return _named(kinds, error_of(value))
    return _within(value) if inside else None


def _named(kinds: Sequence[str], said: ReplyError) -> ReplyError:
    return said if said.message else ReplyError(message=f"an event named {kinds[0][:60]!r}", code=said.code)


def _within(value: Mapping[str, Any]) -> ReplyError | None:
    """The error one level down, by its place or by what it calls itself."""
    if (error := error_inside(value)) is not None:
        return error
    for key in ("data", "payload", "event", "message"):
        inner = value.get(key)
        if isinstance(inner, Mapping) and any(map(says_failure, kinds := kinds_of("", inner))):
            return told(kinds, inner, inside=False)
    return None


def error_of_body(value: object) -> ReplyError | None:
    """The error that a whole body of JSON is: by what stands in it, in its envelope, or by what it calls itself."""
    if not isinstance(value, dict):
        return None
    if (error := error_in(value) or failure_in(value)) is not None:
        return error
    kinds = kinds_of("", value)
    if any(map(says_failure, kinds)) and not any(map(says_tool, kinds)):
        return error_of(value)
    return _within(value)


def error_beside_content(data: str) -> ReplyError | None:
    """The error in a chunk of OpenAI's that may bring a piece of the answer too."""
    if '"choices"' not in data or ('"error"' not in data and '"base_resp"' not in data):
        return None
    return error_in(read_json(data))


def is_step(event: ServerSentEvent) -> bool:
    """Whether an error is told of one step, which may be tried again."""
    value = read_json(event.data) if event.data.lstrip()[:1] == "{" else None
    return _is_step(kinds_of(event.event, value if isinstance(value, dict) else {}))


def is_of_a_part(event: ServerSentEvent, value: Mapping[str, Any]) -> bool:
    """Whether an error in an event is that of a tool or a step, or only a warning, and not the whole answer's."""
    kinds = kinds_of(event.event, value)
    if any(map(says_tool, kinds)) or any(map(says_warning, kinds)) or _is_step(kinds):
        return True
    return bool(value.keys() & TOOL_KEYS) and not any(map(says_failure, kinds))


def _is_step(kinds: Sequence[str]) -> bool:
    return any(says_step(kind) or kind.lower() in _PROGRESS for kind in kinds if kind != _CHUNK)
