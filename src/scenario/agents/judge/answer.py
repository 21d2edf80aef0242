"""What a judge's answer says: that the conversation is to go on, or a verdict that is founded on it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from scenario.agents.judge.fence import fenced
from scenario.agents.judge.quotes import checked_evidence
from scenario.agents.judge.verdict import Verdict, read_verdict
from scenario.agents.message_text import calls_of, text_of
from scenario.llm.functions import Call, Unreadable
from scenario.types import Message

_NO_JSON: Final = str.maketrans("{}", "()")


class GoesOn(msgspec.Struct, frozen=True, kw_only=True):
    """The judge lets the conversation go on.

    Attributes:
        reasoning: what it says is still to be seen.
    """

    reasoning: str = ""


def read_founded(
    calls: Sequence[Call],
    *,
    criteria: Sequence[str],
    messages: Sequence[Message],
    additional_context: str | None,
    blind: bool = False,
) -> Verdict | GoesOn:
    """The verdict that the calls of an answer give together, or that the conversation is to go on.

    Args:
        calls: all of one answer.
        criteria: what is judged.
        messages: the conversation.
        additional_context: what the script told the judge.
        blind: whether the conversation has images that the judge is not shown.

    Raises:
        Unreadable: they say nothing, two things, or quote what nobody said. Nothing in `partial` is unchecked.
    """
    try:
        verdict = read_verdict(calls, criteria, blind=blind)
        return _going_on(calls) if verdict is None else checked_evidence(verdict, messages, additional_context)
    except Unreadable as unreadable:
        # The judge is told what it wrote, in which it may have copied a mark, or a verdict.
        problem = fenced(unreadable.problem).translate(_NO_JSON)
        partial = unreadable.partial
        if partial is not None and unreadable.fault == "form":
            try:
                partial = checked_evidence(partial, messages, additional_context)
            except Unreadable as unfounded:
                partial = unfounded.partial
        other = bool(unreadable.is_other)
        raise Unreadable(problem, partial=partial, fault=unreadable.fault, is_other=other) from unreadable


def _going_on(calls: Sequence[Call]) -> GoesOn:
    given = [call.arguments.get("reasoning") for call in calls if isinstance(call.arguments, Mapping)]
    return GoesOn(reasoning=" ".join(dict.fromkeys(text.strip() for text in given if isinstance(text, str))))


def words_of(messages: Sequence[Message], additional_context: str | None) -> list[str]:
    """All that was said, called and told, which a judge may repeat and does not say itself.

    What each has said is there in one piece too: JSON may be spread over its messages.
    """
    said = [(message.get("role"), text) for message in messages for text in (text_of(message), *calls_of(message))]
    roles = dict.fromkeys(role for role, _ in said if isinstance(role, str))
    together = ["".join(text for by, text in said if by == role) for role in roles]
    return [text for text in (*(text for _, text in said), *together, additional_context) if text]


def statuses_of(verdict: Verdict | object) -> object:
    """What two answers must have in common to say the same."""
    if isinstance(verdict, GoesOn):
        return "goes on"
    return [result.status for result in verdict.criteria] if isinstance(verdict, Verdict) else verdict


def fails(verdict: Verdict | object) -> bool:
    """Whether a criterion has failed, which nobody plants."""
    return isinstance(verdict, Verdict) and any(result.status == "failed" for result in verdict.criteria)
