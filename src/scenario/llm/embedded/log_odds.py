"""Judge by log-odds: one criterion at a time, one token, how much likelier "yes" is than "no", and a band of doubt.

A small model says yes too easily, so its score is shifted; within the band it decides nothing. Shift and band were
chosen on a few labelled criteria; `measured` has what came of others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from scenario.llm.embedded.negation import positive_form
from scenario.llm.embedded.same_steps import AsChat, Prompt, SameSteps
from scenario.llm.embedded.slot_room import Fitted, Post, fit, log_lines
from scenario.types import CriterionResult, CriterionStatus, Message

SHIFT = 0.75
BAND = 1.5

_FIXED_TEXT = 256
# Bytes; the room that is left for a statement, where it is not longer.
_USUAL_STATEMENT = 256
_SYSTEM = "You check statements about a conversation between a user and an agent."
_BEFORE_CONTEXT = "Known beside the conversation: "
_BEFORE_CONVERSATION = "The conversation:"
_QUESTION = "Is the statement true for this conversation? Answer Yes or No."
_FLIPPED: dict[CriterionStatus, CriterionStatus] = {
    "passed": "failed",
    "failed": "passed",
    "inconclusive": "inconclusive",
}


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What the model is asked about a criterion.

    Attributes:
        text: the criterion, or its positive form.
        negated: whether the criterion is met where the statement is false.
    """

    text: str
    negated: bool = False


def statement(criterion: str) -> Statement:
    """The statement that decides this criterion."""
    positive = positive_form(criterion)
    return Statement(text=criterion) if positive is None else Statement(text=positive, negated=True)


def judge_prompt(conversation: str, asked: Statement, context: str = "") -> Prompt:
    """What the model is asked, one token of which is wanted.

    Args:
        conversation: one line for each message.
        context: what the script tells the judge beside it; stands before it.
        asked: comes behind the conversation, so that all criteria share their prompt's beginning.
    """
    before = f"{_BEFORE_CONTEXT}{context}\n\n{_BEFORE_CONVERSATION}\n" if context else ""
    return Prompt(
        system=_SYSTEM,
        conversation=f"{before}{conversation}\n\n",
        question=f"Statement: {asked.text}\n{_QUESTION}",
    )


def score(top_logprobs: Iterable[Mapping[str, Any]]) -> float:
    """The log-odds log P(yes) − log P(no), each summed over its spellings; 0.0 where neither is among the alternatives.

    A word that is missing counts as the least likely alternative that is there: it is not likelier than that.

    Args:
        top_logprobs: the alternatives of one token, each with `token` and `logprob`.
    """
    sums = {"yes": 0.0, "no": 0.0}
    least = 0.0
    for alternative in top_logprobs:
        logprob = float(alternative["logprob"])
        least = min(least, logprob)
        word = str(alternative["token"]).strip(" \t\n.,:;!*\"'").lower()
        if word in sums:
            sums[word] += math.exp(logprob)
    floor = math.exp(least)
    return math.log(sums["yes"] or floor) - math.log(sums["no"] or floor)


def decide(raw_score: float, *, negated: bool = False) -> CriterionStatus:
    """The verdict on a criterion, from the score of its statement.

    Args:
        raw_score: as `score` gives it.
        negated: the criterion is met where the statement is false.
    """
    shifted = raw_score - SHIFT
    if abs(shifted) <= BAND or math.isnan(shifted):
        return "inconclusive"
    status: CriterionStatus = "passed" if shifted > 0 else "failed"
    return _FLIPPED[status] if negated else status


def criterion_result(criterion: str, asked: Statement, raw_score: float, fitted: Fitted) -> CriterionResult:
    """The verdict with how it came about."""
    shifted = raw_score - SHIFT
    words = {True: "true", False: "false"}[shifted > 0]
    certainty = f"takes it to be {words}" if abs(shifted) > BAND else "cannot decide it"
    sentence = (
        f"A small embedded model (experimental) {certainty}: score {shifted:+.2f}, "
        f"and it decides only beyond ±{BAND:.2f} (log-odds of yes over no, less {SHIFT})."
    )
    reasoning = [sentence]
    if asked.negated:
        reasoning.append(f"It was asked whether “{asked.text}”, and its answer was reversed.")
    if fitted.left_out:
        reasoning.append(f"The {fitted.left_out} oldest lines of the conversation did not fit and were not read.")
    return CriterionResult(
        criterion=criterion,
        requirement=asked.text if not asked.negated else f"Not: {asked.text}",
        status=decide(raw_score, negated=asked.negated),
        reasoning=" ".join(reasoning),
    )


class StatementScore(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a statement.

    Attributes:
        asked: the statement.
        raw: its score; of a server of ours the same each time, whatever else is asked.
        fitted: what was read of the conversation.
    """

    asked: Statement
    raw: float
    fitted: Fitted


async def statement_scores(
    post: Post, *, messages: Sequence[Message], asked: Sequence[Statement], context: str = "", is_ours: bool = True
) -> list[StatementScore]:
    """The raw score of each statement. Nobody else may ask our server meanwhile.

    Args:
        post: reaches the model's server.
        messages: the conversation, OpenAI-style.
        asked: the statements.
        context: what the script tells the judge beside the conversation.
        is_ours: whether the server is one that we started; another may know the model, and nothing but chats.

    Raises:
        JudgeError: the server's answer has no alternatives of the first token.
        ModelError: a statement leaves no room for the conversation.
    """
    steps: SameSteps | AsChat = SameSteps(post) if is_ours else AsChat(post)
    lines = log_lines(messages, user="User", agent="Agent")
    fitted_beside: dict[int, Fitted] = {}
    scores: list[StatementScore] = []
    for item in asked:
        # What is read beside a statement must not depend on how long the others are.
        taken = max(len(item.text.encode()), _USUAL_STATEMENT) + _FIXED_TEXT + len(context.encode())
        if taken not in fitted_beside:
            fitted_beside[taken] = await fit(post, lines, taken=taken)
        fitted = fitted_beside[taken]
        alternatives = await steps.alternatives(judge_prompt(fitted.text, item, context))
        scores.append(StatementScore(asked=item, raw=score(alternatives), fitted=fitted))
    return scores


async def judge_criteria(
    post: Post, *, messages: Sequence[Message], criteria: Sequence[str], description: str = ""
) -> list[CriterionResult]:
    """A verdict on each criterion, in their order; what the model cannot decide is inconclusive.

    Args:
        post: reaches the model's server.
        messages: the conversation, OpenAI-style; of a long one the newest part that fits is read.
        criteria: each asked by itself.
        description: of the scenario. It is not shown to the model, whose figures were measured without.

    Raises:
        JudgeError: the server's answer has no alternatives of the first token.
        ModelError: a criterion leaves no room for the conversation.
    """
    del description
    asked = [statement(criterion) for criterion in criteria]
    scores = await statement_scores(post, messages=messages, asked=asked)
    return [
        criterion_result(criterion, one.asked, one.raw, one.fitted)
        for criterion, one in zip(criteria, scores, strict=True)
    ]
