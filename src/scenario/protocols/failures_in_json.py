"""Failures that home-made endpoints tell by a flag, a word of state or a code, and not by an error of a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scenario.late_pattern import late_pattern
from scenario.protocols.errors_in_json import code_in, error_of, message_in
from scenario.protocols.event_names import parts_of
from scenario.protocols.json_text import write_json
from scenario.protocols.no_error import is_good_code, says_nothing
from scenario.types import ReplyError

_FLAGS: Final = ("success", "ok", "succeeded", "isSuccess", "is_success")
_ERROR_FLAGS: Final = (
    *("is_error", "isError", "failed", "is_failed", "isFailed", "hasError", "has_error", "hasErrors", "has_errors"),
    *("errored", "hasFailed", "has_failed"),
)
_STATES: Final = ("status", "state")
_STATUS_KEYS: Final = ("code", "status", "status_code", "statusCode", "errcode")
_BUSINESS_KEYS: Final = (
    *("code", "errcode", "errCode", "err_code", "errno", "errNo", "err_no", "error_code", "errorCode", "ret"),
    "retcode",
)
_FAILED: Final = frozenset(
    {"error", "failed", "failure", "fail", "cancelled", "canceled", "timeout", "timedout", "aborted", "exception"}
    | {"crashed", "errored"}
)
_SAID: Final = frozenset(
    {"message", "detail", "reason", "msg", "errmsg", "errMsg", "error_msg", "statusText", "status_text", "title"}
    | {"error_message", "errorMessage", "description"}
)
# What stands beside it. Anything else makes it a report of a step, or an answer.
_BESIDE: Final = _SAID | {
    *("status", "state", "success", "ok", "code", "type", "event", "kind", "object", "error_code", "errorCode"),
    *("error_type", "status_code", "statusCode", "id", "errcode", "errCode", "errno", "path", "data", "instance"),
    *("version", "timestamp", "time", "ts", "created", "model", "done", "retryable", "ret", "retcode", "usage"),
    *("duration", "elapsed", "sequence", "seq", "index", "url", "help", "doc_url"),
}
# Without one of these, nothing says that it is a failure.
_SIGNS: Final = frozenset(
    {*_FLAGS, *_ERROR_FLAGS, *_STATES, *_STATUS_KEYS, *_BUSINESS_KEYS, "subtype", "type", "detail"}
)
_ID: Final = late_pattern(r"\w+(?:_id|Id|ID|_at|At|_ms|Ms|_time|Time)")
# A code in words, as clouds have theirs: InvalidApiKey, rate_limit_exceeded, Throttling.User. A language is none.
_CODE_WORD: Final = late_pattern(r"(?=.*[A-Z_.])[A-Za-z][\w.:-]{5,79}")
_LANGUAGE: Final = late_pattern(r"[a-z]{2,3}[-_][A-Za-z]{2,4}")


def failure_in(value: Mapping[str, Any]) -> ReplyError | None:
    """The error of a home-made endpoint that says it by a flag, a code or a word of state, and has nothing else.

    {"success": false}, {"is_error": true}, {"status": "failed"}, {"code": 500}, {"detail": …}: beside an answer, the
    same words are a report of a step.
    """
    if _SIGNS.isdisjoint(value):
        return None
    states = [state for key in _STATES if isinstance(state := value.get(key), str)]
    said = {key for key, one in value.items() if one}
    alone = all(key in _BESIDE or _ID.fullmatch(key) is not None for key in said)
    failed = any(parts_of(state) & _FAILED for state in states) or any(_is(value.get(flag), False) for flag in _FLAGS)
    if failed and alone:
        return error_of(value)
    if _is_failed_result(value):
        kind = str(value["subtype"])
        message = _text(value) if value.get("result") else f"the result is of the kind {kind!r}"
        return ReplyError(message=message, code=kind)
    if any(_is(value.get(flag), True) for flag in _ERROR_FLAGS):
        return ReplyError(message=_text(value), code=code_in(value, before=("subtype",)))
    if alone and said & _SAID and (_has_bad_status(value) or _has_bad_code(value) or _is_a_problem(value)):
        return error_of(value)
    return error_of(value) if value.keys() == {"detail"} and value["detail"] else None


def _is(value: object, flag: bool) -> bool:
    """Whether a flag is set so, by a value or by its word."""
    if isinstance(value, str):
        return value.strip().lower() in ({"true"} if flag else {"false", "0"})
    return value is flag or (not flag and value == 0 and value is not None)


def _is_failed_result(value: Mapping[str, Any]) -> bool:
    """Whether it is a result as Claude Code writes it, and of a kind that says why there is none."""
    kind = value.get("subtype")
    return value.get("type") == "result" and isinstance(kind, str) and kind.startswith("error")


def _has_bad_status(value: Mapping[str, Any]) -> bool:
    """Whether there is the status of an HTTP error, as companies' back ends write it into their bodies."""
    for key in _STATUS_KEYS:
        code = value.get(key)
        number = int(code) if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) < 4 else code
        if isinstance(number, int) and not isinstance(number, bool) and 400 <= number < 600:
            return True
    return False


def _has_bad_code(value: Mapping[str, Any]) -> bool:
    """Whether there is a back end's own code of a failure, and nothing else. Small numbers may be kinds of events."""
    return says_nothing(value.get("data")) and any(_is_bad(value.get(key)) for key in _BUSINESS_KEYS)


def _is_bad(code: object) -> bool:
    if is_good_code(code):
        return False
    if isinstance(code, str) and not code.lstrip("-").isdigit():
        return _CODE_WORD.fullmatch(code) is not None and _LANGUAGE.fullmatch(code) is None
    return isinstance(code, int | str) and not 0 <= int(str(code)[:20]) < 100


def _is_a_problem(value: Mapping[str, Any]) -> bool:
    """Whether it is a problem of RFC 7807: its type is the address of what it means."""
    kind = value.get("type")
    return isinstance(kind, str) and kind.startswith(("http:", "https:", "about:", "urn:")) and "title" in value


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
    return message_in(value) or write_json(dict(value))
