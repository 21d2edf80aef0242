"""What a judge has read of a long conversation, and which of its verdicts rest on more than that. Pure.

A message that was not shown may hold what a criterion forbids, or what it asks for: only words that were found and are
quoted decide without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from scenario.agents.judge.verdict import Verdict
from scenario.types import CriterionResult

# What makes a criterion one about the whole conversation: what must never be, or be everywhere.
_WHOLE: Final = re.compile(
    r"\b(?:not|no|none|nothing|nobody|never|nowhere|neither|nor|without|avoids?|refrains?|abstains?|free of|cannot"
    r"|only|always|every|each|all|throughout|whole|entire|consistent\w*|any ?time|at no|stays?|keeps?|remains?|still"
    r"|at most|at least|more than|less than|fewer|exactly|once|twice|times|first|last|before|after|until|exclud\w*)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
# What is met once it was done, wherever; anything else is taken to be about the whole conversation.
_DONE_ONCE: Final = re.compile(
    r"\b(?:says?|tells?|gives?|names?|mentions?|offers?|asks?|calls?|confirms?|explains?|provides?|states?|cites?|quotes?"
    r"|lists?|suggests?|recommends?|proposes?|apologi[sz]es?|greets?|introduces?|returns?|books?|cancels?|orders?|sends?"
    r"|finds?|shows?|identifies|identify|includes?|contains?|refunds?|transfers?|creates?|updates?|informs?|warns?|admits?"
    r"|acknowledges?|corrects?|presents?|reports?|reveals?|discloses?|leaks?|promises?|refers?|points?|links?|thanks?)\b",
    re.IGNORECASE,
)
_UNREAD: Final = (
    "The judge did not read messages {numbers} of this long conversation, so that nobody has decided this: {why}. "
    "It had said: {status}."
)
_LISTED: Final = 12


def rests_on_everything(result: CriterionResult) -> bool:
    """Whether a verdict would need every message to have been read. Its quotation is a checked one."""
    if result.status == "inconclusive":
        return False
    quoted = result.message_index is not None
    text = result.criterion
    of_the_whole = _WHOLE.search(text) is not None or _DONE_ONCE.search(text) is None
    return not quoted or of_the_whole == (result.status == "passed")


def open_criteria(verdict: Verdict) -> list[CriterionResult]:
    """Those of a verdict's criteria that cannot be decided before everything is read."""
    return [result for result in verdict.criteria if rests_on_everything(result)]


def without_the_unread(verdict: Verdict, unread: Iterable[int], why: str) -> Verdict:
    """The verdict, in which nothing is decided that rests on what was not read.

    Args:
        verdict: its quotations are checked.
        unread: the indexes of the messages that were not shown in full.
        why: they were not, in words.
    """
    numbers = _numbers(sorted(unread))
    results = tuple(
        msgspec.structs.replace(
            result,
            status="inconclusive",
            reasoning=f"{_UNREAD.format(numbers=numbers, why=why, status=result.status)} {result.reasoning}".rstrip(),
        )
        if rests_on_everything(result)
        else result
        for result in verdict.criteria
    )
    return msgspec.structs.replace(verdict, criteria=results)


def _numbers(indexes: Sequence[int]) -> str:
    """Numbers of messages, neighbours as a range: "3, 5-9"."""
    ranges: list[list[int]] = []
    for index in indexes:
        if ranges and ranges[-1][1] == index - 1:
            ranges[-1][1] = index
        else:
            ranges.append([index, index])
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in ranges[:_LISTED]]
    return ", ".join(shown) + (" and more" if len(ranges) > _LISTED else "")
