"""What stands where an error would, and is none: null, zero, empty objects, and words and codes that say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scenario.late_pattern import late_pattern

# Words that stand where an error would.
_WORDS: Final = frozenset(
    {"", "0", "none", "null", "nil", "false", "no", "ok", "okay", "n/a", "na", "undefined", "empty", "nan", "-"}
    | {"no error", "noerror", "no errors", "success", "succeeded", "successful", "[]", "{}", "200", "200 ok"}
    | {"request ok", "without error"}
)
_CODES: Final = frozenset(
    {"code", "status", "status_code", "statuscode", "error_code", "errorcode", "errcode", "errno", "type", "title"}
)
# What an error has beside what it says.
_IDS: Final = frozenset({"request_id", "requestid", "trace_id", "traceid", "log_id", "logid", "timestamp"})
_GOOD_WORDS: Final = frozenset({"ok", "okay", "success", "succeeded", "successful", "done", "completed", "complete"})
# Vue's templates answer 20000 where all is well.
_GOOD: Final = frozenset({0, 1, 20000})
_BETWEEN: Final = late_pattern(r"[\s_-]+")
_DEPTH: Final = 4


def says_nothing(value: object, depth: int = _DEPTH) -> bool:
    """Whether a value that stands where an error would reports none."""
    if not value:
        return True
    if isinstance(value, str):
        return _BETWEEN.sub(" ", value[:40].strip().lower()).rstrip(".!") in _WORDS
    if depth == 0:
        return False
    if isinstance(value, list):
        return all(says_nothing(one, depth - 1) for one in value)
    return isinstance(value, Mapping) and all(_says_nothing_at(key, one, depth) for key, one in value.items())


def _says_nothing_at(key: Any, value: object, depth: int) -> bool:
    name = str(key).lower()
    return name in _IDS or says_nothing(value, depth - 1) or (name in _CODES and is_good_code(value))


def is_good_code(code: object) -> bool:
    """Whether a code is one that back ends give where all is well: 0, 1, those of HTTP's good statuses, or a word."""
    if isinstance(code, str):
        word = code.strip().lower()
        if not (word.isascii() and word.isdigit()):
            return word in _GOOD_WORDS or says_nothing(word)
        code = int(word) if len(word) < 10 else -1
    return not isinstance(code, int) or code in _GOOD or 200 <= code < 300
