"""Events that cannot be read: whether they were meant to be JSON, what is wrong with them, and how that is told."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from scenario.late_pattern import late_pattern
from scenario.types import Damage

# How much of an event is shown.
SHOWN: Final = 200
# Words in brackets are marks of somebody's own; what else begins or ends as JSON was meant to be JSON.
_BRACKETED: Final = late_pattern(r"\[[A-Za-z][\w .:!-]{0,60}\]")
# What servers and proxies write by themselves, and what somebody's own code writes in an answer's place.
_FAILING: Final = late_pattern(
    r"<(?:!doctype html|html)\b|traceback \(most recent|upstream connect error|no healthy upstream|"
    r"\b(?:err(?:or)?s?|[a-z]+(?:error|exception)|exception|fail(?:ed|ure)?|fatal|abort(?:ed)?|cancel(?:l?ed)?|"
    r"time(?:d[ _-]?)?[ _-]?out|crash(?:ed)?|overloaded|unauthorized|forbidden|denied|unavailable|terminated|killed|"
    r"bad gateway|too many requests|rate[ _-]?limit\w*|quota|out of memory|panic|disconnect(?:ed)?|"
    r"connection (?:reset|refused|closed|lost))\b",
    re.IGNORECASE,
)
_NO_FAILURE: Final = late_pattern(r"\W*(?:no|without|0)[ _-](?:errors?|failures?)\W*", re.IGNORECASE)
_FAILURE_MARK: Final = late_pattern(
    r"(?:(?:stream|server|internal|model|llm|agent)[ _-]?)?"
    r"(?:error|timeout|aborted|failed|exception|failure)(?:: [^\]]*)?",
    re.IGNORECASE,
)
_SIGNS_OF_LIFE: Final = frozenset({"ping", "pong", "heartbeat", "keep-alive", "keepalive", "keep_alive"})
_LONGEST_SENTENCE: Final = 4096
_MEMBER: Final = late_pattern(r'"\s*:')


def was_meant_as_json(data: str) -> bool:
    """Whether data that is no JSON was meant to be: it may have been a part of the answer.

    Words in brackets ([DONE], [heartbeat]), words and empty data are not.
    """
    data = data.strip()
    if not data or _BRACKETED.fullmatch(data):
        return False
    if data[0] in '{["' or data[-1] in '}]"' or _MEMBER.search(data) is not None:
        return True
    # A line of the AI SDK's data stream: a code, and JSON.
    return data[1:2] == ":" and data[0].isalnum()


def was_meant_as_text(data: str) -> bool:
    """Whether data that is no object of JSON is words, and neither a mark in brackets nor a sign of life."""
    data = data.strip()
    return bool(data) and _BRACKETED.fullmatch(data) is None and data.lower() not in _SIGNS_OF_LIFE


def failed_in_brackets(data: str) -> bool:
    """Whether raw text begins with a mark in brackets that says a failure, as code writes it: [ERROR] no model."""
    mark = data.strip()[:SHOWN].partition("]")[0]
    return mark.startswith("[") and _FAILURE_MARK.fullmatch(mark[1:]) is not None


def failing_words(data: str) -> str:
    """Words that stand among events of JSON, where they say that something went wrong; "" where they do not."""
    words = data[:_LONGEST_SENTENCE].strip()
    if _NO_FAILURE.fullmatch(words) is not None or _FAILING.search(words) is None:
        return ""
    return words


def misshapen(shape: msgspec.json.Decoder[Any], data: str) -> str:
    """What is of a kind that it must not have in an event's JSON; empty where nothing is, or it is a bare word."""
    start = data.lstrip()[:1]
    if start != "{" and (start != "[" or _BRACKETED.fullmatch(data.strip())):
        return ""
    try:
        shape.decode(data)
    except msgspec.ValidationError as error:
        return str(error)
    except (msgspec.DecodeError, UnicodeError):
        # No JSON by the standard (NaN, half a surrogate pair): the reader has taken it, or has called it malformed.
        return ""
    return ""


def unreadable(damage: tuple[Damage, ...], count: int) -> str:
    """What is said of events that cannot be read."""
    first = damage[0]
    others = f"; {count - 1} more are malformed" if count > 1 else ""
    why = f" ({first.reason})" if first.reason else ""
    return (
        f"event {first.index + 1} cannot be read and may be a part of the answer{why}: "
        f"{first.data!r}{'…' if len(first.data) == SHOWN else ''}{others}"
    )
