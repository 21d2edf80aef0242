"""What a JSON object claims of a criterion, or of the whole, under all of its keys and in all that it holds. Pure.

Models put a status under keys of their own, and sometimes two that differ. Keys that state, affirm or deny are told by
the words they are made of, so that no notation of them passes unseen; under the keys of free text nothing is a status.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from scenario.agents.judge.status import PASSED, is_status_alone, status_of
from scenario.llm.functions import Unreadable
from scenario.types import CriterionStatus

_Kind = Literal["", "status", "states", "met", "unmet", "text", "quoted"]
# What a value under a key says: a status, nothing, or something that nobody can tell.
_Claim = CriterionStatus | Literal["", "?"]

_STATING: Final = """
    status result results verdict verdicts outcome outcomes decision judgment judgement judgments judgements
    assessment evaluation answer overall conclusion ruling determination finding grade rating compliance
"""
_STATES: Final = frozenset(_STATING.split())
_AFFIRMING: Final = """
    pass passed passes passing met meet meets success successful succeeded succeeds satisfied satisfies satisfy
    satisfactory complies complied comply compliant complete completed completes completion fulfilled fulfils
    fulfills fulfil fulfill fulfilment fulfillment ok achieved accepted approved correct correctly
"""
_MET: Final = frozenset(_AFFIRMING.split())
_TELLING_FAILURES: Final = """
    fail failed fails failing failure failures unmet unsatisfied unfulfilled violated violates violation
    violations violating unsuccessful noncompliant incorrect rejected unachieved correction corrections
    corrected revision revisions revised
"""
_UNMET: Final = frozenset(_TELLING_FAILURES.split())
_VIOLATED: Final = frozenset({"violated", "violates", "violation", "violations"})
_FREE: Final = """
    reasoning reason reasons requirement requirements explanation note notes comment comments rationale
    justification analysis description text summary thought thoughts criterion name title detail details why
    remarks
"""
_TEXT: Final = frozenset(_FREE.split())
_COPIED: Final = """
    evidence quote quotes quoted quotation message messages example examples transcript excerpt excerpts
"""
_QUOTED: Final = frozenset(_COPIED.split())
_NO_VERDICT: Final = """
    error errors refusal refused draft drafted hypothetical tentative provisional placeholder sample simulated
"""
_DISOWNING: Final = frozenset(_NO_VERDICT.split())
_NEGATIONS: Final = frozenset({"not", "no", "non", "un", "never", "isnt", "wasnt"})
# Keys under which only a plain status makes sense.
_PLAIN: Final = frozenset({"status", *PASSED}) - {"true", "yes"}
# As keys these mean other things: "no" is a number.
_NO_KEYS: Final = frozenset({"true", "yes", "false", "no"})
_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_LETTER: Final = re.compile(r"[^a-z0-9]+")
_NUMBER: Final = re.compile(r"(?:criterion|criteria|c)?_?\d{1,6}\Z")
# "allpassed", "notmet".
_WORD_OF_TWO: Final = re.compile(
    r"(?<![a-z])(all|is|was|has|not|non|overall|final|test|tests|criteria|criterion|requirement)"
    r"(passed|pass|met|failed|verdict|status|success|violated|satisfied|fulfilled)(?![a-z])"
)
_VERB: Final = re.compile(r"\A(?:is|was|has|criterion|has_been|was_it)_")
_DENYING: Final = re.compile(
    r"\b(?:fail(?:s|ed|ure|ing)?|unmet|unsatisfied|unfulfilled|violat(?:es|ed|ion|ions)|inconclusive"
    r"|(?:not|n['’]t|never)(?: \w+)? (?:met|meet|pass|passed|satisf\w+|fulfil\w*|comply|complies|compliant))\b",
    re.IGNORECASE,
)
_DENIED_DENIAL: Final = re.compile(
    r"\b(?:no|not|never|none|nothing|without|0|zero|n['’]t)(?: \w+)? (?:fail\w*|violat\w*|unmet)\b", re.IGNORECASE
)
_DOUBTING: Final = re.compile(
    r"\b(?:not?|never|nope|partial\w*|mostly|almost|nearly|half|but|however|unclear|unsure|unknown|undecided|maybe|perhaps"
    r"|incomplete|wrong|incorrect|bad|poor|none)\b|n['’]t\b|[?✗✘❌❎✖✕🚫⛔👎🔴]",
    re.IGNORECASE,
)
_FEW_WORDS: Final = 5
_SHARE: Final = re.compile(r"(?<![\d.])(\d{1,6})\s*(?:/|of|out of)\s*(\d{1,6})(?![\d.])")
_NOTHING: Final = re.compile(
    r"(?:no|none|nothing|n/a|na|nil|null|zero|0|false|empty|-+|–|—|not (?:violated|failed|found|any|applicable)\b.*)?"
    r"|(?:no|none|nothing|n/a|zero)\b(?!.*\b(?:but|however|except|although|though|only|yes)\b).*",
    re.IGNORECASE | re.DOTALL,
)


def key_name(key: Any) -> str:
    """A key in lower case, its words joined by underscores: "failedCriteria", "Failed criteria"."""
    return _NO_LETTER.sub("_", _CAPITAL.sub("_", str(key)).lower()).strip("_")


def stated(details: Mapping[str, Any], what: str) -> CriterionStatus:
    """The status that an object states, under all the keys that state one.

    Args:
        details: the object.
        what: what it is about, for the error.

    Raises:
        Unreadable: it states none, one that is not plain, or two that differ, in whatever it holds.
    """
    found: set[CriterionStatus] = set()
    unbroken = False
    odd: list[Any] = []
    for key, value in details.items():
        kind = _kind(key)
        if value is None or isinstance(value, Mapping | list):
            odd += [value] if kind == "status" else []
            continue
        claim = _claim(key, value)
        if claim == "?" and kind == "status":
            raise Unreadable(_wrong(what, value))
        if claim == "?":
            odd.insert(0, value)
        elif claim:
            found.add(claim)
        # That it has not failed is not said to be that it has passed; what a criterion forbids is violated or kept.
        unbroken = unbroken or (value is False and not _VIOLATED.isdisjoint(key_name(key).split("_")))
    if unbroken and not found:
        found.add("passed")
    if len(found) > 1:
        raise Unreadable(f"The verdict on {what} says two things: {' and '.join(sorted(found))}.")
    if not found:
        raise Unreadable(_wrong(what, odd[0] if odd else None))
    status = found.pop()
    if status == "passed" and any(denies(value, key) for key, value in details.items()):
        raise Unreadable(f"The verdict on {what} says two things: passed, and another thing in what it holds.")
    return status


def disowns(key: Any, value: Any) -> bool:
    """Whether something beside a verdict says that it is none: an error, a refusal, a draft, an example."""
    words = key_name(key).split("_")
    if words == ["example"]:
        return value is True
    return not _DISOWNING.isdisjoint(words) and not isinstance(value, Mapping | list) and _is_something(value)


def has_status(details: Mapping[str, Any]) -> bool:
    """Whether an object has a key that states something of a criterion."""
    return any(_kind(key) in ("status", "states", "met") or _tells_failures(key) for key in details)


def denies(value: Any, key: Any = "") -> bool:
    """Whether a value, or anything in it, says that something has not passed, or says it so that nobody can tell."""
    kind = _kind(key)
    if kind == "quoted" or value is None:
        return False
    if kind == "unmet":
        return _is_something(value)
    if isinstance(value, Mapping):
        return any(denies(inner, name) for name, inner in value.items())
    if isinstance(value, list):
        if kind == "met" and not value:
            return True
        return any(denies(inner, "" if kind == "met" else key) for inner in value)
    return _claim(key, value) not in ("", "passed")


def _tells_failures(key: Any) -> bool:
    return _kind(key) == "unmet"


def _kind(key: Any) -> _Kind:
    """What a key says of the value under it, by the words that it is made of."""
    name = key_name(key)
    if not name or name in _NO_KEYS:
        return ""
    if _VERB.sub("", name) in _PLAIN:
        return "status"
    if _NUMBER.match(name):
        return "states"
    words = _WORD_OF_TWO.sub(r"\1_\2", name).split("_")
    met, unmet = not _MET.isdisjoint(words), not _UNMET.isdisjoint(words)
    states = not _STATES.isdisjoint(words)
    if words[-1] in _QUOTED:
        return "quoted"
    if met and unmet:
        return "states"
    if (met or unmet) and not _NEGATIONS.isdisjoint(words):
        met, unmet = unmet, met
    if unmet:
        return "states" if states and words[-1] in _STATES and words[0] in ("corrected", "revised") else "unmet"
    if words[-1] in _TEXT:
        return "met" if met else "text"
    return "met" if met else "states" if states else ""


def _claim(key: Any, value: Any) -> _Claim:
    """What a plain value says under a key."""
    kind = _kind(key)
    if kind == "unmet":
        return "failed" if _is_something(value) else ""
    if kind == "quoted":
        return ""
    is_flag = isinstance(value, bool)
    if kind in ("status", "states", "met") and is_flag:
        return "passed" if value else "failed"
    if is_flag:
        return ""
    if not isinstance(value, str):
        return "?" if kind == "status" or (kind in ("states", "met") and value == 0) else ""
    status = status_of(value)
    if kind == "status":
        return status or "?"
    if kind in ("states", "met"):
        return status or ("" if key_name(key).split("_")[-1] in _TEXT else _in_words(value))
    return status if status is not None and status != "passed" and is_status_alone(value) else ""


def _in_words(text: str) -> _Claim:
    """What a text that is no status says where one may stand: nothing, unless it may deny."""
    said = _DENIED_DENIAL.sub(" ", text)
    shares = [(int(share[1]), int(share[2])) for share in _SHARE.finditer(text)]
    if _DENYING.search(said) or any(part < whole for part, whole in shares):
        return "?"
    return "?" if len(text.split()) <= _FEW_WORDS and _DOUBTING.search(said) else ""


def _is_something(value: Any) -> bool:
    """Whether there is anything where failures are told: not "", "none", 0, [] or false."""
    if isinstance(value, Mapping):
        return any(map(_is_something, value.values()))
    if isinstance(value, list):
        return any(map(_is_something, value))
    if isinstance(value, str):
        return _NOTHING.fullmatch(value.strip(" \t\r\n.!()[]*_`\"'")) is None
    return bool(value)


def _wrong(what: str, value: Any) -> str:
    return f'The status of {what} must be "passed", "failed" or "inconclusive", not {value!r:.80}.'
