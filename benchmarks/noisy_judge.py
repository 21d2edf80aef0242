"""What becomes of a judge's errors in whole runs: false fails, undecided runs, and false passes.

A judge's model that is wrong with a known probability at each asking lets the conversation go on until its last turn.
Then it passes a good agent, and fails a bad one, which never does what is asked of it. Where it is wrong, it fails the
good agent and passes the bad one, at any turn. Correlated errors are those of a model that is wrong about the same
conversation again.

The rows are runs of `scenario.run` against a model server on loopback, beside the way in which one answer decides. The
table below them is computed by playing the same deliberation many times without a server.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import scenario
from benchmarks.row import Row
from scenario.agents.judge.deliberation import Round, Vote, deliberate
from scenario.testing import ModelReply, ModelServer, ToolUse
from scenario.types import CriterionResult

_RUNS: Final = 1000
_PLAYED: Final = 4000
_SEED: Final = 20_261_130
_ERRORS: Final = (0.0, 0.02, 0.05, 0.10)
_TURNS: Final = (1, 3, 8)
_CORRELATION: Final = 0.5
# What 5 % may look like in so many runs, by chance alone (three standard errors).
_FIVE_PER_CENT: Final = 100 * (0.05 + 3 * math.sqrt(0.05 * 0.95 / _RUNS))


class Setting(NamedTuple):
    """How the judge is asked."""

    name: str
    every: str
    votes: int


SETTINGS: Final = (
    Setting("after every turn", "turn", 1),
    Setting("at the end", "end", 1),
    Setting("3 votes", "turn", 3),
)


class Noisy:
    """Whether each asking of one conversation is answered wrongly.

    Args:
        error: the probability of that.
        correlation: of any two askings of the conversation.
    """

    def __init__(self, error: float, correlation: float, rng: random.Random) -> None:
        self._error, self._rng = error, rng
        # Two askings that both look at the same draw, each with this probability, have the correlation.
        self._shares = math.sqrt(correlation)
        self._common = rng.random() < error

    def wrong(self) -> bool:
        """The next asking."""
        if self._rng.random() < self._shares:
            return self._common
        return self._rng.random() < self._error


def answer(noisy: Noisy, *, good: bool, may_go_on: bool) -> str:
    """What the model says: "passed", "failed", or "goes on"."""
    if noisy.wrong():
        return "failed" if good else "passed"
    if may_go_on:
        return "goes on"
    return "passed" if good else "failed"


def played(setting: Setting, turns: int, noisy: Noisy, *, good: bool) -> str:
    """The end of a conversation: passed, failed or inconclusive."""
    for turn in range(1, turns + 1):
        last = turn == turns
        if not last and setting.every == "end":
            continue
        deliberation = deliberate(["c"], votes=setting.votes, may_go_on=not last, in_free_play=True)
        asked = next(deliberation)
        try:
            while True:
                asked = deliberation.send(_votes(asked, noisy, good=good))
        except StopIteration as end:
            if end.value is not None:
                status: str = end.value.results[0].status
                return status
    raise RuntimeError("the last turn has a verdict")


def _votes(asked: Round, noisy: Noisy, *, good: bool) -> list[Vote]:
    said = [answer(noisy, good=good, may_go_on=asked.may_go_on) for _ in range(asked.votes)]
    return [Vote(results=(None if one == "goes on" else _VERDICTS[one],)) for one in said]


_VERDICTS: Final = {
    "passed": CriterionResult(criterion="c", status="passed"),
    "failed": CriterionResult(criterion="c", status="failed"),
}


def details() -> str:
    """The rates of all settings."""
    lines = [
        f"A judge that is wrong at times, {_PLAYED:,} conversations for each figure, in %:",
        "  of a good agent the false fails + the undecided / of a bad one the false passes + the undecided",
    ]
    for name, correlation in (("independent errors", 0.0), ("errors with a correlation of 0.5", _CORRELATION)):
        errors = [error for error in _ERRORS if error or not correlation]
        lines += ["", f"{name:<34}" + "".join(f"{f'{100 * error:g} %':>22}" for error in errors)]
        for setting in SETTINGS:
            for turns in _TURNS:
                cells = [_cell(setting, turns, error, correlation) for error in errors]
                label = f"  {setting.name}, {turns} turn{'s' * (turns > 1)}"
                lines.append(f"{label:<34}" + "".join(f"{cell:>22}" for cell in cells))
    return "\n".join(lines)


def _cell(setting: Setting, turns: int, error: float, correlation: float) -> str:
    rng = random.Random(_SEED)  # noqa: S311 - a simulation
    counts = {
        good: Counter(played(setting, turns, Noisy(error, correlation, rng), good=good) for _ in range(_PLAYED))
        for good in (True, False)
    }
    wrong = [100 * counts[good][status] / _PLAYED for good, status in ((True, "failed"), (False, "passed"))]
    open_ = [100 * counts[good]["inconclusive"] / _PLAYED for good in (True, False)]
    return f"{wrong[0]:.1f}+{open_[0]:.1f} / {wrong[1]:.1f}+{open_[1]:.1f}"


def rows() -> list[Row]:
    """Runs of eight turns with a judge that is wrong in 5 % of its askings."""
    return asyncio.run(_rows())


async def _rows() -> list[Row]:
    one = 100 * (1 - (1 - 0.05) ** 8)
    failed, undecided = await _measured(votes=1)
    among, split = await _measured(votes=3)
    passed, _ = await _measured(votes=1, good=False)
    baseline = f"{one:.1f} % where one answer decides"
    return [
        _row("false fails, judge wrong in 5 %, 8 turns", failed, baseline, one, 4.0),
        _row("  undecided", undecided, baseline, one, 4.0),
        _row("  with 3 votes, false fails + undecided", among + split, baseline, one, 1.0),
        _row("  a bad agent's false passes", passed, baseline, one, round(_FIVE_PER_CENT + 2, 1)),
    ]


def _row(name: str, rate: float, baseline: str, of: float, target: float) -> Row:
    ratio = math.nan if rate == 0 else of / rate
    return Row(name, f"{rate:.1f} % of {_RUNS:,} runs", baseline, ratio, f"<= {target:g} %", rate <= target)


async def _measured(*, votes: int, good: bool = True) -> tuple[float, float]:
    """Per cent of runs that were judged wrongly, and that were not decided."""
    rng = random.Random(_SEED)  # noqa: S311 - a simulation
    noisy = Noisy(0.05, 0.0, rng)

    def reply(body: dict[str, Any]) -> ModelReply:
        names = [tool["function"]["name"] for tool in body["tools"]]
        said = answer(noisy, good=good, may_go_on="continue_test" in names)
        if said == "goes on":
            return ModelReply(tools=(ToolUse(name="continue_test", arguments={"reasoning": "more"}),))
        verdict = {"1": {"requirement": "", "reasoning": "", "quote": "", "message_index": -1, "status": said}}
        return ModelReply(tools=(ToolUse(name="finish_test", arguments={"criteria": verdict, "reasoning": ""}),))

    async with ModelServer(reply) as server:
        judge = scenario.JudgeAgent(criteria=["c"], model="openai/m", api_base=server.base_url, votes=votes)
        agents: Sequence[scenario.AgentAdapter] = (
            _Speaker(scenario.AgentRole.AGENT),
            _Speaker(scenario.AgentRole.USER),
        )
        ends: Counter[str] = Counter()
        for _ in range(_RUNS):
            result = await scenario.run("noise", "", agents=[*agents, judge], max_turns=8, verbose=False)
            ends[result.outcome] += 1
    return 100 * ends["failed" if good else "passed"] / _RUNS, 100 * ends["undecided"] / _RUNS


class _Speaker(scenario.AgentAdapter):
    """Says the same at each turn."""

    def __init__(self, role: scenario.AgentRole) -> None:
        self.role = role

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002
        """Speak."""
        return "Rain."
