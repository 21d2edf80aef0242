"""The turns of a fixed script, and the script that has only some of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from scenario.files.blocks import BareStep, LimitsBlock, ScenarioBlock, StepBlock
from scenario.freezing.frozen_run import FrozenRun
from scenario.shrinking.search import Turns

_TALK: Final = ("user", "agent", "message", "approve", "reject", "wait")


def grouped(
    steps: Iterable[StepBlock | BareStep],
) -> tuple[list[StepBlock | BareStep], list[list[StepBlock | BareStep]]]:
    """What stands before the first of the user's turns, and each turn with all that follows until the next."""
    head: list[StepBlock | BareStep] = []
    groups: list[list[StepBlock | BareStep]] = []
    for step in steps:
        if is_of_user(step):
            groups.append([step])
        else:
            (groups[-1] if groups else head).append(step)
    return head, groups


def is_of_user(step: StepBlock | BareStep) -> bool:
    """Whether the user says something in it."""
    if isinstance(step, str):
        return step == "user"
    return step.user is not None or (step.message is not None and step.message.get("role") == "user")


def texts_of(run: FrozenRun) -> list[str | None]:
    """What the user says, turn by turn, as far as the run went; None for what is no plain text."""
    _, groups = grouped(run.block.script or ())
    first = (group[0] for group in groups)
    return [step.user if isinstance(step, StepBlock) else None for step in first][: _said(run)]


def _said(run: FrozenRun) -> int:
    """How many turns the user had."""
    messages = (stored.message for stored in run.record.messages)
    return sum(message.get("role") == "user" and message.get("resume") is not True for message in messages)


def script_with(run: FrozenRun, turns: Turns, ending: Sequence[StepBlock | BareStep], *, judged: bool) -> ScenarioBlock:
    """The scenario with these turns alone, and these steps behind them.

    Args:
        run: the whole.
        turns: those that are kept.
        ending: what looks for the failure.
        judged: whether a judge takes part.
    """
    head, groups = grouped(run.block.script or ())
    steps = [step for step in head if _is_talk(step)]
    for turn in turns:
        first, *others = groups[turn.number]
        steps.append(first if turn.text is None else StepBlock(user=turn.text))
        steps += [step for step in others if _is_talk(step)]
    return msgspec.structs.replace(
        run.block,
        script=[*steps, *ending],
        judge=run.block.judge if judged else None,
        limits=LimitsBlock(max_time=run.block.limits.max_time),
    )


def _is_talk(step: StepBlock | BareStep) -> bool:
    if isinstance(step, str):
        return step in _TALK
    return step.resume is not msgspec.UNSET or any(getattr(step, name) is not None for name in _TALK)
