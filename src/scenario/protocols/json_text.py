"""JSON as agents write it, read quickly where it is strict and leniently where it is not."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

# Not JSON: told apart from null, which is.
NOT_JSON: Final = msgspec.UNSET
_TOO_DEEP: Final = '"nested too deeply"'

_decode = msgspec.json.Decoder().decode


def read_json(text: str | bytes) -> Any:
    """The JSON value of `text`, or `NOT_JSON`.

    What strict readers refuse and agents nevertheless send is read too: one half of a surrogate pair (an emoji cut
    between two events), and NaN.
    """
    try:
        return _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return NOT_JSON


def read_object(text: str | bytes) -> dict[str, Any] | None:
    """The JSON object of `text`; None where it is no JSON, or another kind of value."""
    value = read_json(text)
    return value if isinstance(value, dict) else None


class _SaidTwice(Exception):
    """A key of an object has two values."""


def key_said_twice(text: str | bytes) -> str:
    """A key that has two values in an object of the JSON `text`; "" where there is none, or it is no JSON."""
    try:
        json.loads(text, object_pairs_hook=_once)
    except _SaidTwice as twice:
        return str(twice) or '""'
    except (ValueError, RecursionError):
        pass
    return ""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key, inner in pairs:
        if key in value and value[key] != inner:
            raise _SaidTwice(key)
        value[key] = inner
    return value


def is_cut_json(text: str | bytes) -> bool:
    """Whether text that is no JSON is the beginning of some: it is only its end that is missing."""
    try:
        _decode(text)
    except msgspec.DecodeError as error:
        return "truncated" in str(error)
    except (RecursionError, UnicodeError):
        return False
    return False


def write_json(value: object) -> str:
    """`value` as JSON text; what JSON cannot hold is written as its `repr`."""
    try:
        return msgspec.json.encode(value, enc_hook=repr).decode("utf-8", "replace")
    except (UnicodeError, OverflowError):
        pass
    except RecursionError:
        return _TOO_DEEP
    try:
        # Lone surrogates, and integers of more than 64 bits: `read_json` takes both in.
        return repaired(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=repr))
    except RecursionError:
        return _TOO_DEEP


def write_arguments(value: object) -> str:
    """A tool call's arguments that came as a JSON value, as the text that other agents send."""
    try:
        return json.dumps(value, ensure_ascii=False, default=repr)
    except RecursionError:
        return _TOO_DEEP


def is_utf8(text: str) -> bool:
    """Whether the text has no lone surrogate, so that it can be written and printed."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def repaired(text: str) -> str:
    """The text with surrogate pairs joined and lone surrogates replaced by U+FFFD."""
    if is_utf8(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def is_same_json(one: str, other: str) -> bool:
    """Whether two texts are the same, or the same JSON written otherwise."""
    if one == other:
        return True
    value = read_json(one)
    return value is not NOT_JSON and value == read_json(other)


def shortened(text: str, most: int = 60) -> str:
    """A text as it is quoted in a sentence: its beginning and its end where it is long."""
    return repr(text) if len(text) <= most else f"{text[: most // 2]!r}…{text[-most // 2 :]!r}"
