"""What a judge has read of a long conversation, and which of its verdicts rest on more than that. Pure.

A message that was not shown may hold what a criterion forbids, or what it asks for: only words that break a
prohibition, and are quoted, decide without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from scenario.agents.judge.verdict import Verdict
from scenario.types import CriterionResult

# What may never be: the words come before the verb that they deny.
_FORBIDS: Final = re.compile(
    r"\W*(?:(?:the|its?|an?|this) )?(?:\w+ ){0,2}?(?:never|avoids?|refrains?|abstains?"
    r"|(?:do|does|did|must|should|may|will|can|could|would|is|was|are|has|have)(?: not|n['’]t)|cannot)\b",
    re.IGNORECASE,
)
# How something always is: one word that is otherwise breaks it.
_MANNER: Final = re.compile(
    r"\W*(?:(?:the|its?|an?|this) )?(?:\w+ ){0,2}?(?:is|are|stays?|remains?|keeps?|acts?|behaves?|sounds?)"
    r"(?: (?:always|very|consistently|throughout))* (?:polite|friendly|courteous|respectful|calm|patient|professional"
    r"|kind|honest|truthful|civil|well-behaved|harmless|safe|tactful|gentle|decent)(?:ly)?\W*",
    re.IGNORECASE,
)
# Another demand beside it, or one in the shape of a prohibition, which other words may decide.
_AND: Final = re.compile(
    r"\b(?:and|but|then|while|unless|until|before|after|instead|rather|when|if"
    r"|fail|forget|omit|miss|skip|leave out|neglect|refuse|decline)(?:s|es|ed|ting|ing)?\b|[;:]",
    re.IGNORECASE,
)
_UNREAD: Final = (
    "The judge did not read messages {numbers} of this long conversation, so that nobody has decided this: {why}. "
    "It had said: {status}."
)
_LISTED: Final = 12


def rests_on_everything(result: CriterionResult) -> bool:
    """Whether a verdict would need every message to have been read. Its quotation is a checked one.

    Whatever a criterion asks for, the words that would decide it otherwise may stand in what was not read. What breaks
    a plain prohibition, or a manner, has broken it whatever else was said.
    """
    if result.status == "inconclusive":
        return False
    return not (result.status == "failed" and result.message_index is not None and _is_broken_at_once(result.criterion))


def _is_broken_at_once(criterion: str) -> bool:
    if _AND.search(criterion) is not None:
        return False
    return _FORBIDS.match(criterion) is not None or _MANNER.fullmatch(criterion) is not None


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
