"""Where agents put what went wrong: the shapes in which an error stands in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scenario.protocols.json_text import write_json
from scenario.protocols.no_error import is_good_code, says_nothing
from scenario.types import ReplyError

# Amazon's services write "Message" and "__type", Apigee "faultstring".
_MESSAGE_KEYS: Final = (
    "message",
    "faultstring",
    "detail",
    "error",
    "errorText",
    "error_message",
    "errorMessage",
    "error_msg",
    "error_description",
    "msg",
    "errmsg",
    "errMsg",
    "Message",
    "Msg",
    "reason",
    "title",
    "description",
    "statusText",
    "status_text",
    "text",
    "content",
)
_CODE_KEYS: Final = ("code", "type", "error_type", "__type", "status", "Code", "errcode", "errno", "error_code")
_ERRORS: Final = ("error", "Error", "err", "exception", "fault")
_SAID_BY: Final = (
    ("errorMessage", "errorType", "errorCode"),
    ("error_msg", "error_code"),
    ("error_message", "error_type", "error_code"),
    ("errorText", "errorCode"),
    ("errorMsg", "errorCode"),
    ("error_text", "error_code"),
    ("error_description", "error_code"),
    ("errmsg", "errcode", "errno"),
    ("errMsg", "errCode", "errNo"),
    ("err_msg", "err_code", "err_no"),
)
# Where an error may stand, but for members that are named after an exception.
_PLACES: Final = frozenset(
    {
        *_ERRORS,
        "errors",
        "x_groq",
        "Response",
        "ErrorMsg",
        "base_resp",
        "header",
        "__type",
        *(said[0] for said in _SAID_BY),
    }
)
# An object of these alone has no place for an error: most chunks and choices are such.
_PLAIN: Final = frozenset(
    {"index", "delta", "finish_reason", "logprobs", "message", "text", "content", "type", "event", "id", "role", "done"}
)
# To ask an abstract class takes ten times as long, and what came as JSON is a dictionary.
_OBJECT: Final = (dict, Mapping)
# What lies around the answer, and around its error.
_ENVELOPES: Final = ("data", "payload", "result")


def error_in(value: object) -> ReplyError | None:
    """The error that a JSON value reports at `error`, as OpenAI's API and most home-made ones do; None without one."""
    if not isinstance(value, _OBJECT) or value.keys() <= _PLAIN:
        return None
    if _PLACES.isdisjoint(value):
        return _of_an_exception(value) or _in_choice(value)
    for key in _ERRORS:
        error = value.get(key)
        if says_nothing(error):
            continue
        if isinstance(error, str):
            return ReplyError(message=error, code=error_of(value).code)
        if isinstance(error, Mapping):
            return error_of(error)
        if key == "error":
            return error_of(value)
        if isinstance(error, list) or error is True:
            return error_of(error if isinstance(error, list) else value)
    return _elsewhere(value)


def _elsewhere(value: Mapping[Any, Any]) -> ReplyError | None:
    """The error of those who do not put it at `error`."""
    errors = value.get("errors")
    if isinstance(errors, list) and not says_nothing(errors) and not isinstance(errors[0], int | float):
        return error_of(errors[0])
    if isinstance(errors, Mapping | str) and not says_nothing(errors):
        return error_of(errors)
    return _of_a_provider(value) or _in_choice(value) or _said_by(value)


def _of_a_provider(value: Mapping[Any, Any]) -> ReplyError | None:
    """The error as Groq, Tencent, MiniMax, Spark, Bedrock and Amazon's other services put it."""
    for outer in ("x_groq", "Response"):
        if isinstance(inner := value.get(outer), Mapping) and (error := inner.get("error") or inner.get("Error")):
            return error_of(error)
    told = value.get("ErrorMsg")
    if isinstance(told, Mapping) and (told.get("Msg") or not is_good_code(told.get("Code"))):
        return error_of(told)
    base = value.get("base_resp")
    if isinstance(base, Mapping) and base.get("status_code"):
        return ReplyError(message=str(base.get("status_msg") or base), code=str(base["status_code"]))
    header = value.get("header")
    if isinstance(header, Mapping) and not is_good_code(header.get("code")):
        return error_of(header)
    if isinstance(kind := value.get("__type"), str) and kind.endswith(("Exception", "Error")):
        return error_of(value)
    return _of_an_exception(value)


def _of_an_exception(value: Mapping[Any, Any]) -> ReplyError | None:
    """The error as Bedrock puts it: under the name of what was raised."""
    for key, inner in value.items():
        named = isinstance(key, str) and key.endswith("Exception") and isinstance(inner, Mapping | str)
        if named and (inner or len(value) == 1):
            said = error_of(inner or key)
            return ReplyError(message=said.message, code=said.code or key)
    return None


def _in_choice(value: Mapping[Any, Any]) -> ReplyError | None:
    """The error that a relay has put into a choice of OpenAI's, or into its delta."""
    choices = value.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, _OBJECT):
        return None
    for place in (choice, choice.get("delta"), choice.get("message")):
        if isinstance(place, _OBJECT) and not says_nothing(error := place.get("error")):
            return error_of(error)
    return None


def _said_by(value: Mapping[Any, Any]) -> ReplyError | None:
    """The error of those who name its parts by themselves: Baidu, AWS Lambda, WeChat."""
    for said, *kinds in _SAID_BY:
        if not isinstance(message := value.get(said), str) or says_nothing(message):
            continue
        codes = [code for kind in kinds if (code := value.get(kind)) is not None]
        if not codes or not all(map(is_good_code, codes)):
            return ReplyError(message=message, code=str(next(filter(None, codes), "")) or code_in(value))
    return None


def error_inside(value: Mapping[str, Any]) -> ReplyError | None:
    """The error that lies in the envelope around an answer: {"data": {"error": …}}."""
    for key in _ENVELOPES:
        inner = value.get(key)
        if isinstance(inner, Mapping) and not inner.keys() & TOOL_KEYS and (error := error_in(inner)) is not None:
            return error
    return None


# An object with one of these tells of a tool, and so does its error.
TOOL_KEYS: Final = frozenset(
    {"tool", "tool_name", "toolName", "tool_call_id", "toolCallId", "tool_use_id", "toolUseId", "function_name"}
)


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
        return ReplyError(message=f"{first_of(value, _MESSAGE_KEYS)}: {raw}", code=code_in(value))
    return ReplyError(message=message_in(value) or write_json(dict(value)), code=code_in(value))


def message_in(value: Mapping[Any, Any]) -> str:
    """What an error says, at whichever of the usual places; "" where it says nothing."""
    return first_of(value, _MESSAGE_KEYS)


def code_in(value: Mapping[Any, Any], *, before: tuple[str, ...] = ()) -> str:
    """An error's code or kind; "" where it has none."""
    return first_of(value, (*before, *_CODE_KEYS))


def first_of(value: Mapping[Any, Any], keys: tuple[str, ...]) -> str:
    """The first of some members that is neither null nor empty, as text."""
    for key in keys:
        found = value.get(key)
        if isinstance(found, str) and found:
            return found
        if isinstance(found, list | dict) and found:
            return write_json(found)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
    return ""
