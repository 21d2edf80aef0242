"""What is taken down of an event where it happens, before it is handed to the thread that writes.

Conversations stay in the hands of the run: so whatever of an event could change later becomes text at once. Exchanges
are the exception: nobody touches one after it was recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias, TypeGuard

import msgspec

from scenario.dialogue.events import CallFinished, JudgmentGiven, MessageAdded, RunEvent, RunFinished, RunStarted
from scenario.record.plain import json_text, message_text, storable
from scenario.redaction import redacted_json
from scenario.store.origin import Origin
from scenario.types import CriterionResult, CriterionStatus, Judgment, Message, ScenarioResult


class TriedAgain(RunEvent, frozen=True, kw_only=True):
    """The test that a run belongs to has failed, and is tried again: the run counts no more."""


class SaidNote(NamedTuple):
    """A message as it was when it was said.

    Attributes:
        role: the message's own role; None where it has none.
        text: what can be read of it.
        plain: whether its "content" is just that text.
        rest: its other keys, as JSON; empty where there are none.
    """

    role: str | None
    text: str
    plain: bool
    rest: str


class BegunNote(NamedTuple):
    """Where a run comes from, and when it began, in seconds since 1970."""

    origin: Origin
    began: float
    metadata: str


class EndedNote(NamedTuple):
    """How a run ended.

    Attributes:
        result: as JSON, without messages, criteria, judgments, exchanges and the timing of each call; None where there
            is none.
        own_messages: whether the result has other messages than the conversation, and so kept them.
        criteria: of the verdict, each with whether it stands in the verdict's lists of texts alone.
    """

    messages: Sequence[SaidNote]
    result: str | None = None
    own_messages: bool = False
    criteria: Sequence[tuple[CriterionResult, bool]] = ()


class JudgedNote(NamedTuple):
    """One answer of a judge's model; its criteria as JSON."""

    turn: int
    asked: str
    answer: str
    model: str
    round: int
    vote: int
    criteria: str
    reasoning: str
    server: str
    settings: str
    controls: int
    missed: int


class AnsweredNote(NamedTuple):
    """When the first text of an answer arrived, in seconds since the run began; None where none did."""

    first_text: float | None


Payload: TypeAlias = SaidNote | BegunNote | EndedNote | JudgedNote | AnsweredNote | None


class Note(NamedTuple):
    """An event, and what of it was taken down."""

    event: RunEvent
    payload: Payload


def said(message: Message) -> SaidNote:
    """A message, taken down."""
    role, content = message.get("role"), message.get("content")
    if len(message) == 2 and _holds(role) and _holds(content):
        # As most are, and all of a conversation are taken down once more at its end.
        return SaidNote(role, content, True, "")
    text = message_text(message)
    in_columns = {key for key in ("role", "content") if _holds(message.get(key))}
    rest = {key: value for key, value in message.items() if key not in in_columns}
    return SaidNote(
        role if "role" in in_columns else None, text, "content" in in_columns, json_text(rest) if rest else ""
    )


def _holds(value: object) -> TypeGuard[str]:
    """Whether a column holds this value just as it is."""
    return isinstance(value, str) and storable(value) == value


def noted(event: RunEvent, *, origin: Origin, wall: float, first_text: float | None = None) -> Note:
    """The event, with whatever could change later taken down.

    Args:
        event: what happened.
        origin: where the run comes from.
        wall: seconds since 1970, now.
        first_text: when the first text of the call arrived that this event ends.
    """
    match event:
        case MessageAdded():
            return Note(event, said(event.message))
        case RunStarted():
            return Note(event, BegunNote(origin, wall - event.at, json_text(redacted_json(event.metadata))))
        case CallFinished():
            return Note(event, AnsweredNote(first_text))
        case JudgmentGiven():
            return Note(event, _judged(event.judgment))
        case RunFinished():
            return Note(_bare(event), _ended(event))
        case _:
            return Note(event, None)


def _judged(given: Judgment) -> JudgedNote:
    criteria = json_text(given.criteria)
    return JudgedNote(
        *(given.turn, given.asked, given.answer, given.model, given.round, given.vote, criteria, given.reasoning),
        *(given.server, given.settings, given.controls, given.missed),
    )


def _ended(event: RunFinished) -> EndedNote:
    messages = [said(message) for message in event.messages]
    result = event.result
    if result is None:
        return EndedNote(messages)
    own = list(result.messages) != list(event.messages)
    kept = msgspec.structs.replace(
        result,
        messages=result.messages if own else [],
        criteria=[],
        judgments=[],
        exchanges=[],
        timing=msgspec.structs.replace(result.timing, turns=()),
    )
    return EndedNote(messages, json_text(kept), own, list(_criteria_of(result)))


def _bare(event: RunFinished) -> RunFinished:
    """The event without the conversation, which was taken down, and which the run may go on to use."""
    result = event.result
    if result is not None:
        result = msgspec.structs.replace(result, messages=[], exchanges=[], criteria=[], judgments=[])
    return msgspec.structs.replace(event, messages=(), result=result)


def _criteria_of(result: ScenarioResult) -> Iterator[tuple[CriterionResult, bool]]:
    """The verdict's criteria; judges of one's own often name them in the lists of texts alone."""
    named: set[str] = set()
    for criterion in result.criteria:
        named.add(criterion.criterion)
        yield msgspec.structs.replace(criterion), False
    lists: tuple[tuple[list[str], CriterionStatus], ...] = (
        (result.inconclusive_criteria, "inconclusive"),
        (result.failed_criteria, "failed"),
        (result.passed_criteria, "passed"),
    )
    for texts, status in lists:
        for text in texts:
            if text not in named:
                named.add(text)
                yield CriterionResult(criterion=str(text), status=status), True
