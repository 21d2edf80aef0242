"""What a judge says of one criterion: passed, failed or inconclusive, in the words and keys that models use. Pure.

Passed is what is said so in a word that is known, with nothing around it but decoration; whatever may negate it, doubt
it or contradict it is never passed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from scenario.llm.functions import Unreadable
from scenario.types import CriterionStatus

_PASSED: Final = ("passed", "pass", "met", "true", "yes", "satisfied", "success", "succeeded", "ok", "fulfilled")
_FAILED: Final = ("failed", "fail", "unmet", "false", "no", "violated", "failure", "unsatisfied", "unfulfilled")
_UNKNOWN: Final = ("inconclusive", "unknown", "undecided", "unclear", "undetermined", "not applicable", "n/a")
_STATUSES: Final[Mapping[str, CriterionStatus]] = {
    **dict.fromkeys(_PASSED, "passed"),
    **dict.fromkeys(_FAILED, "failed"),
    **{f"{no}{word}": "failed" for word in _PASSED for no in ("not ", "un-", "non-", "not-")},
    **dict.fromkeys(_UNKNOWN, "inconclusive"),
}
_STATES: Final = ("status", "result", "verdict", "outcome", "decision", "overall", "overall_status", "overall_verdict")
# As keys these mean other things: "no" is a number.
_NO_KEYS: Final = frozenset({"true", "yes", "false", "no"})
_AGREES: Final = frozenset({*_STATES, *_PASSED}) - _NO_KEYS
_DENIES: Final = (
    frozenset({*_FAILED, "violation", *(f"{no}_{word}" for word in _PASSED for no in ("not", "un", "non"))}) - _NO_KEYS
)
# Under these keys, criteria or reasons are listed.
_LISTS: Final = ("failed_criteria", "failures", "failed", "violations", "unmet_criteria", "unmet", "not_met")
_YES: Final = "✓✔✅☑🟢👍🎉⭐"
_NO: Final = "✗✘❌❎✖✕🚫⛔👎🔴"
# What stands around a word for looks: "**PASSED**", "✅ passed", "met.", "Passed!".
_LOOKS: Final = re.compile(
    rf"[\s*_`\"'#{_YES}{_NO}\ufe0f]*(.*?)(?:\s|[*_`\"'{_YES}{_NO}\ufe0f])*[.!]?[\s*_`\"']*", re.DOTALL
)
_BRACKETS: Final = re.compile(r"\[([^\[\]]*)\]")
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_VERB: Final = re.compile(r"\A(?:is|was|has|criterion|has_been|was_it)_")


def status_of(said: Any) -> CriterionStatus | None:
    """The status that a value says; None where it says none that is plain. A number says none."""
    if isinstance(said, bool):
        return "passed" if said else "failed"
    if not isinstance(said, str):
        return None
    bare = _BRACKETS.fullmatch(said.strip())
    looks = _LOOKS.fullmatch(bare[1] if bare else said)
    status = None if looks is None else _STATUSES.get(" ".join(looks[1].replace("_", " ").split()).casefold())
    denied, affirmed = any(mark in said for mark in _NO), any(mark in said for mark in _YES)
    if (denied and status != "failed") or (affirmed and status != "passed"):
        return None
    return status


def stated(details: Mapping[str, Any], what: str) -> CriterionStatus:
    """The status that an object states, under all the keys that state one.

    Args:
        details: the object.
        what: what it is about, for the error.

    Raises:
        Unreadable: it states none, one that is not plain, or two that differ.
    """
    found: set[CriterionStatus] = set()
    shown: Any = None
    for key, value in details.items():
        name = _VERB.sub("", _CAPITAL.sub("_", str(key)).replace("-", "_").replace(" ", "_").lower())
        if value is None or not (name in _AGREES or name in _DENIES):
            continue
        shown = value if shown is None else shown
        status = status_of(value)
        if name in _DENIES and status in ("passed", "failed"):
            # That it has not failed is not said to be that it has passed.
            status = "failed" if status == "passed" else None
            if status is None:
                continue
        if status is None:
            raise Unreadable(_wrong(what, value))
        found.add(status)
    if len(found) > 1:
        raise Unreadable(f"The verdict on {what} says two things: {' and '.join(sorted(found))}.")
    if not found:
        raise Unreadable(_wrong(what, shown))
    return found.pop()


def denied(details: Any) -> bool:
    """Whether what stands around or beside verdicts says that something has not passed, or contradicts itself."""
    if not isinstance(details, Mapping):
        return isinstance(details, str) and status_of(details) not in (None, "passed")
    if any(value for key, value in details.items() if str(key).lower() in _LISTS and isinstance(value, list | dict)):
        return True
    said = {key: value for key, value in details.items() if isinstance(value, bool) or status_of(value) is not None}
    try:
        return stated(said, "it") != "passed"
    except Unreadable as unreadable:
        return "two things" in unreadable.problem


def _wrong(what: str, value: Any) -> str:
    return f'The status of {what} must be "passed", "failed" or "inconclusive", not {value!r:.80}.'
