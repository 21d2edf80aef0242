"""Verdict arithmetic: how checkpoints, verdicts and endings become the result of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from scenario.protocols.interrupts import kind_of, question_of
from scenario.types import CriterionResult, CriterionStatus, Message, ScenarioResult

# Tests of this API look for the words before the colon here, and for "Reached maximum turns" below.
NO_CONCLUSION = (
    "Reached end of script without conclusion: end it with scenario.judge(), scenario.proceed(), scenario.succeed() or "
    "scenario.fail()."
)
_NO_JUDGE = (
    "Nobody in `agents` judges: add scenario.JudgeAgent(criteria=[…]), or end a script with scenario.succeed() or "
    "scenario.fail()."
)


# Which of several verdicts on one criterion counts: whoever finds it unmet is not overruled by who finds it met.
_GRAVITY: Final[Mapping[CriterionStatus, int]] = {"passed": 0, "inconclusive": 1, "failed": 2}
# So much of a question stands in a verdict.
_LONGEST_QUESTION = 300


def waits_for(interrupt: object) -> str:
    """That an agent still waits, for what, and how it can be answered."""
    question, kind = question_of(interrupt), kind_of(interrupt)
    shown = question if len(question) <= _LONGEST_QUESTION else question[: _LONGEST_QUESTION - 1] + "…"
    return (
        f"The agent still waits for a human{f' ({kind})' if kind else ''}: {shown!r}. Answer it in the script: "
        "scenario.approve(), scenario.reject(reason) or scenario.resume(value)."
    )


def talked_out(interrupt: object, *, has_judge: bool) -> str:
    """That free play ended without a verdict because the user had nothing more to say."""
    waiting = "" if interrupt is None else f" {waits_for(interrupt)}"
    nobody = "" if has_judge else f" {_NO_JUDGE}"
    return f"The user had nothing more to say, and nobody has decided.{waiting}{nobody}"


NEVER_ASKED = (
    "The user had nothing to say from the beginning, so that the agent was never asked, and nobody has decided."
)


class Checkpoints:
    """The criteria that inline checkpoints found met so far."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.criteria: list[CriterionResult] = []

    def add(self, result: ScenarioResult, asked: Sequence[str]) -> tuple[CriterionResult, ...]:
        """Note a checkpoint that was met; a judge that lists nothing has met all that it was asked."""
        criteria = result.criteria or [
            CriterionResult(criterion=criterion, status="passed", reasoning=result.reasoning or "")
            for criterion in (result.passed_criteria or asked)
        ]
        self.passed = _joined(self.passed, result.passed_criteria or asked)
        self.criteria = [*self.criteria, *criteria]
        return tuple(criteria)


def _joined(first: Iterable[str], second: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*first, *second]))


def concluded(result: ScenarioResult, checkpoints: Checkpoints, messages: list[Message]) -> ScenarioResult:
    """The run's result: with the passes of earlier checkpoints, and with the conversation, whoever made the verdict.

    A copy: the result that a participant made is not written into.
    """
    passed = _joined(checkpoints.passed, result.passed_criteria)
    return msgspec.structs.replace(
        result,
        messages=messages,
        passed_criteria=[c for c in passed if c not in result.failed_criteria],
        criteria=_gravest(result.criteria) or list(checkpoints.criteria),
    )


def joined(first: ScenarioResult, second: ScenarioResult) -> ScenarioResult:
    """The verdicts of two judges as one: it passes where both do, and a criterion that both judge, too."""
    outcomes = {first.outcome, second.outcome}
    reasons = dict.fromkeys(reason for reason in (first.reasoning, second.reasoning) if reason)
    passed = _joined(first.passed_criteria, second.passed_criteria)
    failed = _joined(first.failed_criteria, second.failed_criteria)
    inconclusive = _joined(first.inconclusive_criteria, second.inconclusive_criteria)
    refuted = {text for one in (first, second) for text in one.failed_criteria if text not in one.inconclusive_criteria}
    return msgspec.structs.replace(
        first,
        success=first.success and second.success,
        reasoning=" ".join(reasons) or None,
        passed_criteria=[one for one in passed if one not in failed],
        failed_criteria=failed,
        inconclusive_criteria=[one for one in inconclusive if one not in refuted],
        criteria=_gravest([*_entries(first, second), *_entries(second, first)]),
        undecided="failed" not in outcomes and "undecided" in outcomes,
        agreement=second.agreement if first.agreement is None else first.agreement,
    )


def _entries(result: ScenarioResult, other: ScenarioResult) -> list[CriterionResult]:
    """What a verdict says of each criterion; of one that it only lists, where the other verdict has an entry for it."""
    named, others = ({one.criterion for one in verdict.criteria} for verdict in (result, other))
    listed = [text for text in dict.fromkeys(result.failed_criteria) if text in others - named]
    open_ = set(result.inconclusive_criteria)
    return [
        *result.criteria,
        *(
            CriterionResult(
                criterion=text, status="inconclusive" if text in open_ else "failed", reasoning=result.reasoning or ""
            )
            for text in listed
        ),
    ]


def _gravest(criteria: Sequence[CriterionResult]) -> list[CriterionResult]:
    """One entry for each criterion, in the order of their first naming: of several the last of the gravest."""
    found: dict[str, CriterionResult] = {}
    for one in criteria:
        known = found.setdefault(one.criterion, one)
        if _GRAVITY[one.status] >= _GRAVITY[known.status]:
            found[one.criterion] = one
    return list(found.values())


def says_nothing(result: ScenarioResult) -> bool:
    """Whether a judge that was asked had nothing to judge by."""
    return result.undecided and not result.criteria and not result.failed_criteria


def script_ended(checkpoints: Checkpoints, messages: list[Message], interrupt: object = None) -> ScenarioResult:
    """The end of a script without a verdict: a success only where checkpoints were met."""
    waiting = "" if interrupt is None else waits_for(interrupt)
    if checkpoints.passed:
        count = len(checkpoints.passed)
        many = f"All {count} criteria of the checkpoints were met."
        met = "The checkpoint's criterion was met." if count == 1 else many
        reasoning = f"{met} {waiting}".rstrip()
        return concluded(ScenarioResult(success=True, messages=messages, reasoning=reasoning), checkpoints, messages)
    reasoning = f"{waiting} {NO_CONCLUSION}".lstrip()
    return ScenarioResult(success=False, messages=messages, reasoning=reasoning, undecided=True)


def limit_reached(max_turns: int, *, has_judge: bool) -> str:
    """That the turn limit was reached, and nobody had decided."""
    turns = "1 turn" if max_turns == 1 else f"{max_turns} turns"
    limit = f"the limit of {turns} (max_turns={max_turns}) has been played."
    reasoning = f"Reached maximum turns ({max_turns}) without conclusion: {limit}"
    return reasoning if has_judge else f"{reasoning} {_NO_JUDGE}"


def undecided(
    reasoning: str, criteria: Sequence[str], checkpoints: Checkpoints, messages: list[Message]
) -> ScenarioResult:
    """A failure that nobody decided: what no checkpoint found met is inconclusive."""
    left = [criterion for criterion in dict.fromkeys(criteria) if criterion not in checkpoints.passed]
    result = ScenarioResult(
        success=False,
        messages=messages,
        reasoning=reasoning,
        failed_criteria=list(left),
        inconclusive_criteria=list(left),
        criteria=[CriterionResult(criterion=c, status="inconclusive", reasoning=reasoning) for c in left],
        undecided=True,
    )
    return concluded(result, checkpoints, messages)
