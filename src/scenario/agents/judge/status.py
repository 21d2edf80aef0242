"""The word in which a judge says of a criterion that it passed, failed or is inconclusive. Pure.

Passed is what is said so in a word that is known, with nothing around it but decoration, or with a reason behind it;
whatever may negate it, doubt it or contradict it is never passed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from scenario.types import CriterionStatus

PASSED: Final = ("passed", "pass", "met", "true", "yes", "satisfied", "success", "succeeded", "ok", "fulfilled")
FAILED: Final = (
    *("failed", "fail", "unmet", "false", "no", "violated", "failure", "unsatisfied", "unfulfilled"),
    *("reject", "rejected", "disapproved", "non-compliant", "noncompliant"),
)
_UNKNOWN: Final = ("inconclusive", "unknown", "undecided", "unclear", "undetermined", "not applicable", "n/a")
_STATUSES: Final[Mapping[str, CriterionStatus]] = {
    **dict.fromkeys(PASSED, "passed"),
    **dict.fromkeys(FAILED, "failed"),
    **{f"{no}{word}": "failed" for word in PASSED for no in ("not ", "un-", "non-", "not-")},
    **dict.fromkeys(_UNKNOWN, "inconclusive"),
}
# These may be said of anything.
_ANY_ANSWER: Final = frozenset({"no", "false", "yes", "true", "ok", "success", "unknown", "unclear"}) | {
    "not applicable", "n/a",
}  # fmt: skip
_YES: Final = "✓✔✅☑🟢👍🎉⭐"
_NO: Final = "✗✘❌❎✖✕🚫⛔👎🔴"
# What stands around a word for looks: "**PASSED**", "✅ passed", "met.", "Passed!".
_LOOKS: Final = re.compile(
    rf"[\s*_`\"'#{_YES}{_NO}\ufe0f]*(.*?)(?:\s|[*_`\"'{_YES}{_NO}\ufe0f])*[.!]?[\s*_`\"']*", re.DOTALL
)
_BRACKETS: Final = re.compile(r"\[([^\[\]]*)\]|\(([^()]*)\)")
# "The criterion is met".
_SUBJECT: Final = re.compile(r"\A(?:the )?(?:criterion|requirement)(?: is| was| has been)? ")
# "passed - it greets".
_WITH_REASON: Final = re.compile(
    r"[\s*_`\"']*(not[ _-]\w+|\w+)[*_`\"']*(?:\s*:|\s+[-–—])\s+(?=.*[^\W\d_]{3})(.+)", re.DOTALL
)
_DOUBTED: Final = re.compile(
    r"\b(?:but|however|although|though|except\w*|unless|part\w*|almost|mostly|nearly|only|if|may|maybe|might|perhaps|would"
    r"|should|unsure|false|true|no|not|fail\w*|unmet|violat\w*|incorrect\w*|wrong\w*|actually|wait|inconclusive|pass\w*"
    r"|missing|unclear|draft|example)\b(?! (?:password|user)\b)|n['’]t\b|[?|/~]",
    re.IGNORECASE,
)


def status_of(said: Any) -> CriterionStatus | None:
    """The status that a value says; None where it says none that is plain. A number says none."""
    if isinstance(said, bool):
        return "passed" if said else "failed"
    if not isinstance(said, str):
        return None
    bare = _BRACKETS.fullmatch(said.strip())
    looks = _LOOKS.fullmatch((bare[1] or bare[2] or "") if bare else said)
    status = None if looks is None else _STATUSES.get(_word(looks[1]))
    if status is None and (reasoned := _WITH_REASON.fullmatch(said.strip())) is not None:
        status = _STATUSES.get(_word(reasoned[1]))
        status = None if status == "inconclusive" or _DOUBTED.search(reasoned[2]) else status
    denied, affirmed = any(mark in said for mark in _NO), any(mark in said for mark in _YES)
    if (denied and status != "failed") or (affirmed and status != "passed"):
        return None
    return status


def is_status_alone(said: Any) -> bool:
    """Whether a value says a status wherever it stands, as "failed" does and "no" does not."""
    return isinstance(said, str) and status_of(said) is not None and _word(said).strip(" .!*`") not in _ANY_ANSWER


def _word(text: str) -> str:
    return _SUBJECT.sub("", " ".join(text.replace("_", " ").split()).casefold())
