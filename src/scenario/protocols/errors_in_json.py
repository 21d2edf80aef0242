"""Where agents put what went wrong: the shapes in which an error stands in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scenario.protocols.json_text import write_json
from scenario.types import ReplyError

_MESSAGE_KEYS: Final = ("message", "detail", "error", "errorText", "error_message", "msg", "title", "description")
_CODE_KEYS: Final = ("code", "type", "error_type", "status")


def error_in(value: object) -> ReplyError | None:
    """The error that a JSON value reports at `error`, as OpenAI's API and most home-made ones do; None without one."""
    if not isinstance(value, Mapping):
        return None
    error = value.get("error")
    if error is None or error is False or error == "" or error == {}:
        return None
    if isinstance(error, Mapping):
        return error_of(error)
    if isinstance(error, str):
        details = error_of(value)
        return ReplyError(message=error, code=details.code)
    return error_of(value)


def error_of(value: object) -> ReplyError:
    """A value that is an error by its place (an error event, an error response), whatever its shape."""
    if isinstance(value, str):
        return ReplyError(message=value)
    if not isinstance(value, Mapping):
        return ReplyError(message=write_json(value))
    inner = value.get("error")
    if isinstance(inner, Mapping):
        return error_of(inner)
    return ReplyError(message=_first(value, _MESSAGE_KEYS) or write_json(dict(value)), code=_first(value, _CODE_KEYS))


def _first(value: Mapping[Any, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        found = value.get(key)
        if isinstance(found, str) and found:
            return found
        if isinstance(found, list | dict) and found:
            return write_json(found)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
    return ""
