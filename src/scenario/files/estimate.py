"""What a scenario will take: calls, tokens and cost, before it is run. Pure.

Rough on purpose: free play is counted as long as it may last, texts are taken as long as people's usually are. It
answers "ten cents or ten dollars?", not more.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from scenario.files.blocks import CheckpointBlock, ScenarioBlock, StepBlock
from scenario.files.building import judge_block, needs_judge, needs_user, steps_of, user_block
from scenario.files.checks import sentences
from scenario.llm.model_name import DECIDING
from scenario.types import Usage

_TURNS: Final = 10
_CHARACTERS_A_TOKEN: Final = 4
_USER_LINE: Final = 25
_AGENT_LINE: Final = 150
_SIMULATOR_PROMPT: Final = 250
_JUDGE_PROMPT: Final = 500
_A_VERDICT: Final = 60
_A_DECISION: Final = 40


class Estimate(NamedTuple):
    """Calls and tokens of one run, at the most, where no answer has to be asked for again.

    Attributes:
        agent_calls: how often the agent is asked.
        user: calls of the user simulator's model, and their tokens.
        judge: the same of the judge's.
        above: the same of the one that is asked about what this judge leaves undecided.
    """

    agent_calls: int
    user_calls: int
    user: Usage
    judge_calls: int
    judge: Usage
    above_calls: int = 0
    above: Usage = Usage()


def estimate(block: ScenarioBlock) -> Estimate:
    """What one run of the scenario takes at the most."""
    count = _Count(block)
    steps = steps_of(block)
    if not steps:
        count.free_play(None)
    for step in steps:
        count.step(step)
    return count.result()


class _Count:
    def __init__(self, block: ScenarioBlock) -> None:
        self._block = block
        self._has_user = needs_user(block) and user_block(block).plan is None
        self._tokens = 0  # of the conversation so far
        self._agent = 0
        self._user = [0, 0, 0]  # calls, tokens in, tokens out
        self._judge = [0, 0, 0]
        self._above = [0, 0, 0]
        self._is_watched_by_model = user_block(block).monitor == "model"
        texts = (block.description, user_block(block).persona, user_block(block).goal)
        self._context = sum(_tokens(text or "") for text in texts)
        judge = judge_block(block)
        self._criteria = sentences(judge.criteria)
        self._has_judge = needs_judge(block) and bool(self._criteria)
        self._votes = judge.votes or len(judge.models or ()) or 1
        self._each = judge.ask == "each"
        self._every = judge.every or "turn"
        self._decides = (judge.model or block.model or "").partition("/")[0] in DECIDING
        self._escalates = judge.escalate_to is not None

    def step(self, step: StepBlock | str) -> None:
        match step:
            case "user":
                self.ask_user()
            case "agent" | "approve" | "reject":
                self.ask_agent()
            case "judge":
                self.ask_judge(self._criteria)
            case "proceed":
                self.free_play(None)
            case StepBlock():
                self._written(step)
            case _:
                pass

    def _written(self, step: StepBlock) -> None:
        if step.user is not None:
            self._tokens += _tokens(step.user)
        if step.proceed is not None:
            self.free_play(step.proceed)
        if step.judge is not None:
            own = step.judge.criteria if isinstance(step.judge, CheckpointBlock) else step.judge
            self.ask_judge([own] if isinstance(own, str) else sentences(own) if own else self._criteria)
        if step.reject is not None or step.resume is not msgspec.UNSET:
            self.ask_agent()
        if step.agent is not None:
            content = getattr(step.agent, "content", step.agent)
            if content is None:
                self.ask_agent()
            else:
                self._tokens += _tokens(str(content))

    def free_play(self, turns: int | None) -> None:
        limit = self._block.limits.max_turns or _TURNS
        played = limit if turns is None else min(turns, limit)
        for turn in range(played):
            self.ask_user()
            self.ask_agent()
            if self._has_judge and turn < played - 1 and self._is_asked(turn + 1):
                for _ in range(self._votes):
                    self._charge(self._judge, _JUDGE_PROMPT, _A_DECISION)
        if self._has_judge and played:
            self.ask_judge(self._criteria)

    def ask_user(self) -> None:
        if self._has_user:
            self._charge(self._user, _SIMULATOR_PROMPT, _USER_LINE)
            if self._is_watched_by_model:
                self._charge(self._user, _SIMULATOR_PROMPT, _A_DECISION)
        self._tokens += _USER_LINE

    def ask_agent(self) -> None:
        self._agent += 1
        self._tokens += _AGENT_LINE

    def _is_asked(self, turns: int) -> bool:
        """Whether the judge is asked after so many turns of free play."""
        return self._every == "turn" or (isinstance(self._every, int) and turns % self._every == 0)

    def ask_judge(self, criteria: list[str]) -> None:
        if not criteria:
            return  # checks decide
        requests = [[criterion] for criterion in criteria] if self._each and criteria else [criteria]
        for asked in requests * self._votes:
            prompt = _JUDGE_PROMPT + sum(_tokens(criterion) + 20 for criterion in asked)
            self._charge(self._judge, prompt, _A_VERDICT * max(1, len(asked)))
            if self._decides:
                # The same once more, about a conversation of a line or two.
                self._judge[0] += 1
                self._judge[1] += prompt + self._context
        # At the most, all is left undecided.
        for asked in requests if self._escalates else ():
            prompt = _JUDGE_PROMPT + sum(_tokens(criterion) + 20 for criterion in asked)
            self._charge(self._above, prompt, _A_VERDICT * max(1, len(asked)))

    def _charge(self, counts: list[int], prompt: int, answer: int) -> None:
        counts[0] += 1
        counts[1] += prompt + self._context + self._tokens
        counts[2] += answer

    def result(self) -> Estimate:
        return Estimate(
            agent_calls=self._agent,
            user_calls=self._user[0],
            user=_usage(self._user),
            judge_calls=self._judge[0],
            judge=_usage(self._judge),
            above_calls=self._above[0],
            above=_usage(self._above),
        )


def _usage(counts: list[int]) -> Usage:
    return Usage(input_tokens=counts[1], output_tokens=counts[2], total_tokens=counts[1] + counts[2])


def _tokens(text: str) -> int:
    return len(text) // _CHARACTERS_A_TOKEN + 1
