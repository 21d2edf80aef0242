"""Where agents put what went wrong: the shapes in which an error stands in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scenario.protocols.event_names import parts_of
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
_SAID_BY: Final = (
    ("errorMessage", "errorType", "errorCode"),
    ("error_msg", "error_code"),
    ("error_message", "error_type", "error_code"),
)
# Words that stand where an error would.
_NO_ERROR: Final = frozenset({"", "0", "none", "null", "false", "no", "ok", "no error"})
# Home-made endpoints say by a flag or a word that something went wrong, with the reason where answers have their text.
_FLAGS: Final = ("success", "ok")
_ERROR_FLAGS: Final = ("is_error", "isError")
_STATES: Final = ("status", "state")
_STATUS_KEYS: Final = ("code", "status", "status_code", "statusCode", "errcode")
_FAILED: Final = frozenset(
    {"error", "failed", "failure", "fail", "cancelled", "canceled", "timeout", "timedout", "aborted", "exception"}
)
_SAID: Final = frozenset({"message", "detail", "reason", "msg", "errmsg", "error_msg"})
# What stands beside it. Anything else makes it a report of a step, or an answer.
_BESIDE: Final = frozenset(
    {"status", "state", "success", "ok", "message", "detail", "reason", "msg", "code", "type", "event", "error_code"}
    | {"error_type", "status_code", "statusCode", "timestamp", "id", "request_id", "requestId", "trace_id"}
    | {"session_id", "thread_id", "conversation_id", "errcode", "errmsg", "path", "timestamp", "data"}
)


def error_in(value: object) -> ReplyError | None:
    """The error that a JSON value reports at `error`, as OpenAI's API and most home-made ones do; None without one."""
    if not isinstance(value, Mapping):
        return None
    error = value.get("error")
    if not error or (isinstance(error, str) and error.strip().lower() in _NO_ERROR):
        return _elsewhere(value)
    if isinstance(error, Mapping):
        return error_of(error)
    if isinstance(error, str):
        details = error_of(value)
        return ReplyError(message=error, code=details.code)
    return error_of(value)


def _elsewhere(value: Mapping[Any, Any]) -> ReplyError | None:
    """The error of those who do not put it at `error`: GraphQL, Groq, Baidu, Tencent, MiniMax, AWS Lambda."""
    if isinstance(errors := value.get("errors"), list) and errors and not isinstance(errors[0], int | float):
        return error_of(errors[0])
    for outer in ("x_groq", "Response"):
        if isinstance(inner := value.get(outer), Mapping) and (error := inner.get("error") or inner.get("Error")):
            return error_of(error)
    base = value.get("base_resp")
    if isinstance(base, Mapping) and base.get("status_code"):
        return ReplyError(message=str(base.get("status_msg") or base), code=str(base["status_code"]))
    for said, *kinds in _SAID_BY:
        if isinstance(message := value.get(said), str) and message:
            code = next((code for kind in kinds if (code := value.get(kind))), None)
            if code or said == "errorMessage":
                return ReplyError(message=message, code=str(code or ""))
    return None


def failure_in(value: Mapping[str, Any]) -> ReplyError | None:
    """The error of a home-made endpoint that says it by a flag, a code or a word of state, and has nothing else.

    {"success": false}, {"is_error": true}, {"status": "failed"}, {"code": 500}, {"detail": …}: beside an answer, the
    same words are a report of a step.
    """
    states = [state for key in _STATES if isinstance(state := value.get(key), str)]
    said = {key for key, one in value.items() if one}
    failed = any(parts_of(state) & _FAILED for state in states) or any(_is(value.get(flag), False) for flag in _FLAGS)
    if failed and said <= _BESIDE:
        return error_of(value)
    if any(_is(value.get(flag), True) for flag in _ERROR_FLAGS):
        return ReplyError(message=_text(value), code=_first(value, ("subtype", *_CODE_KEYS)))
    if any(_is_bad(value.get(key)) for key in _STATUS_KEYS) and said <= _BESIDE and said & _SAID:
        return error_of(value)
    return error_of(value) if value.keys() == {"detail"} and value["detail"] else None


def _is(value: object, flag: bool) -> bool:
    """Whether a flag is set so, by a value or by its word."""
    return value is flag or (isinstance(value, str) and value.strip().lower() == str(flag).lower())


def _is_bad(code: object) -> bool:
    """Whether a code is that of an HTTP error, as companies' back ends write it into their bodies."""
    number = int(code) if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) < 4 else code
    return isinstance(number, int) and not isinstance(number, bool) and 400 <= number < 600


def _text(value: Mapping[str, Any]) -> str:
    """What an object says that is marked as an error: in the place where answers have their text."""
    for key in ("result", "content", "error", "message", "text"):
        found = value.get(key)
        if isinstance(found, str) and found:
            return found
        if isinstance(found, list):
            parts = [one["text"] for one in found if isinstance(one, Mapping) and isinstance(one.get("text"), str)]
            if parts:
                return "\n".join(parts)
    return _first(value, _MESSAGE_KEYS) or write_json(dict(value))


def error_of(value: object) -> ReplyError:
    """A value that is an error by its place (an error event, an error response), whatever its shape."""
    if isinstance(value, str):
        return ReplyError(message=value)
    if not isinstance(value, Mapping):
        return ReplyError(message=write_json(value))
    inner = value.get("error")
    if isinstance(inner, Mapping):
        return error_of(inner)
    if isinstance(metadata := value.get("metadata"), Mapping) and isinstance(raw := metadata.get("raw"), str) and raw:
        # OpenRouter says that a provider failed, and the provider's own words here.
        return ReplyError(message=f"{_first(value, _MESSAGE_KEYS)}: {raw}", code=_first(value, _CODE_KEYS))
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
