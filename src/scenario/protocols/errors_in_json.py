"""Where agents put what went wrong: the shapes in which an error stands in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scenario.protocols.json_text import write_json
from scenario.types import ReplyError

# Amazon's services write "Message" and "__type".
_MESSAGE_KEYS: Final = (
    "message",
    "detail",
    "error",
    "errorText",
    "error_message",
    "msg",
    "Message",
    "reason",
    "title",
    "description",
)
_CODE_KEYS: Final = ("code", "type", "error_type", "__type", "status")
# Home-made endpoints say by a flag or a word that something went wrong, with the reason where answers have their text.
_FLAGS: Final = ("success", "ok")
_FAILED: Final = frozenset({"error", "failed", "failure"})
# What stands beside it. Anything else makes it a report of a step, or an answer.
_BESIDE: Final = frozenset(
    {"status", "success", "ok", "message", "detail", "reason", "msg", "code", "type", "event", "error_code"}
    | {"error_type", "status_code", "statusCode", "timestamp", "id", "request_id", "requestId", "trace_id"}
    | {"session_id", "thread_id", "conversation_id"}
)


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


def failure_in(value: Mapping[str, Any]) -> ReplyError | None:
    """The error of a home-made endpoint that says it by `"success": false` or `"status": "error"`, and nothing else."""
    status = value.get("status")
    failed = isinstance(status, str) and status.lower() in _FAILED
    if not failed and all(value.get(flag) is not False for flag in _FLAGS):
        return None
    said = {key for key, one in value.items() if one}
    return error_of(value) if said <= _BESIDE else None


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
