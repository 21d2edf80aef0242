"""Errors in events that a dialect does not know: of a gateway, a provider behind it, or a framework around it."""

from __future__ import annotations

from scenario.protocols.errors_in_json import error_in, error_of, failure_in
from scenario.protocols.event_names import says_failure, says_step, says_tool
from scenario.protocols.json_text import read_json
from scenario.types import ReplyError
from scenario.wire.event import ServerSentEvent


def foreign_error(event: ServerSentEvent) -> ReplyError | None:
    """The error that an event reports by its name, its type or its shape; None where it reports none.

    What a tool could not do is told to the model, and is no error of the answer.
    """
    data = event.data.strip()
    value = read_json(data) if data[:1] == "{" else None
    names = [event.event] if event.event != "message" else []
    if isinstance(value, dict):
        names += [kind for key in ("type", "event", "kind") if isinstance(kind := value.get(key), str)]
    if any(map(says_tool, names)):
        return None
    if isinstance(value, dict) and (error := error_in(value) or failure_in(value)) is not None:
        return error
    if any(map(says_failure, names)):
        said = error_of(value if isinstance(value, dict) else data)
        return said if said.message else ReplyError(message=f"an event named {names[0][:60]!r}", code=said.code)
    return None


def is_step(event: ServerSentEvent) -> bool:
    """Whether an error is told of one step, which may be tried again."""
    value = read_json(event.data) if event.data.lstrip()[:1] == "{" else None
    kind = value.get("type") if isinstance(value, dict) else ""
    return says_step(event.event) or (isinstance(kind, str) and says_step(kind))
