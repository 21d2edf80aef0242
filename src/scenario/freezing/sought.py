"""The failure that a shorter conversation has to show again: a criterion, a check, or how the agent's answer failed."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from scenario.errors import ConfigurationError
from scenario.files.blocks import BareStep, CheckpointBlock, StepBlock
from scenario.files.building import judge_block
from scenario.files.check_blocks import ChecksBlock
from scenario.files.checks import inline_criteria, written_criteria
from scenario.freezing.frozen_run import FrozenRun
from scenario.freezing.turns import grouped
from scenario.record.run_record import RunRecord
from scenario.shrinking.evidence import Outcome

_CUT: Final = 1990


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """A failure, and the steps that look for it.

    Attributes:
        kind: what fails.
        text: the criterion, what the check said, or the agent's error.
        ending: the steps that stand behind the last turn.
        judged: whether a judge decides.
        doubt: what is not sure of it; empty where nothing is.
    """

    kind: Literal["criterion", "check", "error"]
    text: str
    ending: tuple[StepBlock | BareStep, ...]
    judged: bool = False
    fault: str = ""
    doubt: str = ""

    def seen_in(self, record: RunRecord) -> Outcome:
        """What a run says of it."""
        match self.kind:
            case "criterion":
                found = [one.status for one in record.criteria if one.criterion[:_CUT] == self.text[:_CUT]]
                if not found or found[-1] == "inconclusive":
                    return "invalid"
                return "fails" if found[-1] == "failed" else "passes"
            case "check":
                fails = record.outcome == "failed" and bool(record.error) and not record.fault
            case "error":
                fails = record.fault == self.fault and _kind_of(record.error) == _kind_of(self.text)
        return "fails" if fails else "passes" if record.outcome == "passed" else "invalid"


def sought_in(run: FrozenRun, criterion: str | None = None) -> Sought:
    """The failure of a run.

    Args:
        run: the whole of it.
        criterion: the one that is meant, where several failed.

    Raises:
        ConfigurationError: it has not failed, or what failed cannot be looked for.
    """
    row = run.record.scenario
    failed = _failed_criteria(run)
    if criterion is not None and criterion not in failed:
        there = ", ".join(f"{one!r:.120}" for one in failed) or "none"
        raise ConfigurationError(
            f"--criterion {criterion!r:.120} has not failed in that run. Those that have: {there}."
        )
    if criterion is not None or (failed and not row.error):
        return _of_criterion(run, criterion or failed[0], failed)
    if row.status != "failed":
        raise ConfigurationError(f"The run {row.run_id[:8]} is {row.status}: there is no failure to look for.")
    if row.error and not row.fault:
        return _of_check(run)
    if row.error:
        return Sought(kind="error", text=row.error, fault=row.fault, ending=("succeed",))
    raise ConfigurationError(
        f"The run {row.run_id[:8]} failed by neither a criterion nor a check: its script or a limit ended it."
    )


def _failed_criteria(run: FrozenRun) -> list[str]:
    last = {one.result.criterion: one.result.status for one in run.record.verdicts}
    return [text for text, status in last.items() if status == "failed"]


def _of_criterion(run: FrozenRun, criterion: str, failed: list[str]) -> Sought:
    steps = list(run.block.script or ())
    inline = [step for step in steps if criterion in written_criteria(inline_criteria(step), run.folder)]
    own = [step for step in steps if step == "judge" or (isinstance(step, StepBlock) and _is_bare_judge(step))]
    ending: list[StepBlock | BareStep] = [own[-1] if own else "judge"]
    if inline and criterion not in written_criteria(judge_block(run.block).criteria, run.folder):
        ending = [inline[-1], "succeed"]
    doubt = f"{len(failed)} criteria failed; --criterion TEXT takes another." if len(failed) > 1 else ""
    return Sought(kind="criterion", text=criterion, ending=tuple(ending), judged=True, doubt=doubt)


def _is_bare_judge(step: StepBlock) -> bool:
    return isinstance(step.judge, CheckpointBlock) and step.judge.criteria is None


def _of_check(run: FrozenRun) -> Sought:
    row = run.record.scenario
    if run.not_known:
        raise ConfigurationError(
            f"What failed is a function of {row.test or 'a Python test'}, which the store does not have: only criteria "
            "of a judge and checks of scenario files can be looked for."
        )
    said = sum(stored.message.get("role") == "user" for stored in run.record.messages)
    _, groups = grouped(run.block.script or ())
    turns, seen = [], 0
    for group in groups:
        seen += 1 + sum(step in ("approve", "reject") or _is_resume(step) for step in group)
        if seen >= said:
            turns = group
            break
    checks = [one for step in turns for one in _single(step)]
    named = [one for one in checks if _name(one) != "python" and f"{_name(one)}:" in row.error]
    own = [one for one in checks if _name(one) == "python" or _name(one) in ("all_of", "any_of", "not_")]
    found = [one for one in named if _is_told(one, row.error)] or named or own or checks
    if not found:
        raise ConfigurationError(f"The script has no check where the run failed: {row.error:.200}")
    doubt = f"Which of {len(found)} checks it was is not known: any of them counts." if len(found) > 1 else ""
    ending: list[StepBlock | BareStep] = [*(StepBlock(check=one) for one in found), "succeed"]
    return Sought(kind="check", text=row.error, ending=tuple(ending), doubt=doubt)


def _single(step: StepBlock | BareStep) -> list[ChecksBlock]:
    """Each check of a step as a block of its own."""
    if isinstance(step, str):
        return []
    blocks = [one for given in (step.check, step.checks) for one in (given if isinstance(given, list) else [given])]
    return [
        ChecksBlock(**{name: value})
        for block in blocks
        if block is not None
        for name in block.__struct_fields__
        if (value := getattr(block, name)) is not None and value is not False
    ]


def _name(block: ChecksBlock) -> str:
    return next(name for name in block.__struct_fields__ if getattr(block, name) is not None)


def _is_told(block: ChecksBlock, error: str) -> bool:
    """Whether what the check looks for stands in the error."""
    value: Any = getattr(block, _name(block))
    values = value if isinstance(value, list) else [value]
    return any(repr(one) in error for one in values)


def _is_resume(step: StepBlock | BareStep) -> bool:
    return isinstance(step, StepBlock) and (step.resume is not msgspec.UNSET or step.reject is not None)


def _kind_of(error: str) -> str:
    return error.partition(":")[0]
