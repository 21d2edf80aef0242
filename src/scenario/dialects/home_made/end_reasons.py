"""Why a home-made answer ended: the reason that its last events give, wherever they give it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scenario.protocols.finish_reasons import judged, plain

_KEYS: Final = (
    *(
        "finish_reason",
        "finishReason",
        "FinishReason",
        "stop_reason",
        "stopReason",
        "done_reason",
        "doneReason",
        "end_reason",
    ),
    *("endReason", "completion_reason", "completionReason", "termination_reason", "terminationReason", "stop_type"),
    *("finish_details", "incomplete_details"),
)
# Words that mean something only in an event that is the end.
_OF_ENDS: Final = ("reason", "status", "state", "outcome", "subtype", "result_type")
# What the reason lies in: of TGI, Cohere, Gemini and OpenAI, and of those who wrap theirs.
_INSIDE: Final = (
    "details",
    "delta",
    "response",
    "data",
    "payload",
    "meta",
    "metadata",
    "message",
    "choices",
    "Choices",
    "candidates",
    "output",
)
_CUT: Final = (
    *("truncated", "is_truncated", "isTruncated", "was_truncated", "stopped_limit", "incomplete", "max_tokens_reached"),
)
_NOT_YET: Final = frozenset(
    {"", "none", "null", "nil", "undefined", "finish_reason_unspecified", "unspecified", "not_finished", "0", "false"}
)
_DEPTH: Final = 3
_LOOKED_AT: Final = frozenset((*_KEYS, *_INSIDE))
_FLAGS: Final = frozenset(_CUT)


def reason_in(value: Mapping[str, Any], *, ends: bool) -> str | None:
    """The reason for which an answer ended, in an event of it; None where there is none.

    Args:
        value: the event's JSON.
        ends: whether the event is the end, and what it says of a reason, a status or an outcome is of the answer.
    """
    if (reason := _told(value, _DEPTH)) is not None:
        return reason
    if not _FLAGS.isdisjoint(value) and any(value.get(flag) is True for flag in _CUT):
        return "truncated"
    if not ends:
        return None
    for place in (value, value.get("data"), value.get("payload"), value.get("delta")):
        if not isinstance(place, Mapping):
            continue
        for key in _OF_ENDS:
            # A sentence, or a word of somebody's own, is no reason.
            if isinstance(word := place.get(key), str) and judged(word) != "" and plain(word) not in _NOT_YET:
                return word
        if any(place.get(flag) is True for flag in _CUT):
            return "truncated"
    return None


def bad_word(text: str) -> str | None:
    """The reason that is all that an end without JSON says, where it is a bad one."""
    word = text.strip()
    return word if " " not in word and judged(word) in ("truncated", "error") else None


def _told(value: Mapping[str, Any], depth: int) -> str | None:
    if _LOOKED_AT.isdisjoint(value):
        return None
    for key in _KEYS:
        reason = value.get(key)
        if isinstance(reason, Mapping):
            # SGLang: {"type": "length", "length": 64}.
            reason = reason.get("type") or reason.get("reason")
        if isinstance(reason, str) and plain(reason) not in _NOT_YET:
            return reason
    if depth == 0:
        return None
    for key in _INSIDE:
        inner = value.get(key)
        if isinstance(inner, list) and inner:
            inner = inner[0]
        if isinstance(inner, Mapping) and (reason := _told(inner, depth - 1)) is not None:
            return reason
    return None
