"""How much a report takes of one run: cut before it is copied, and said, so that no run makes a report nobody can open.

What a page or a CI system can bear is little beside what an agent can say. Nearly every run is far below these limits
and is handed on as it is. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final, TypeVar

import msgspec

from scenario.record.account import (
    CriterionAccount,
    EventAccount,
    JudgmentAccount,
    MessageAccount,
    RowAccount,
    RunAccount,
    StreamAccount,
)
from scenario.record.plain import json_text
from scenario.record.run_record import CriterionRecord, JudgmentRecord, RunRecord

_Criterion = TypeVar("_Criterion", CriterionAccount, CriterionRecord)
_Judgment = TypeVar("_Judgment", JudgmentAccount, JudgmentRecord)
_Item = TypeVar("_Item")
_Struct = TypeVar("_Struct", bound=msgspec.Struct)

_MOST_CRITERIA: Final = 300
_MOST_JUDGMENTS: Final = 300
_MOST_JUDGED: Final = 1_000
_MOST_MESSAGES: Final = 2_000
_MOST_STREAMS: Final = 1_000
_MOST_TOOLS: Final = 1_000
_MOST_NOTES: Final = 300
# Characters: of all that was said in a run, of its events' data, of a text in a record, in a list of runs, and of what
# a judge's model said on its way to a verdict.
_MOST_TEXT: Final = 8_000_000
_MOST_DATA: Final = 4_000_000
_MOST_TIMES: Final = 100_000
# So many have room whatever is in them: the recorder keeps 4,000 characters of each.
_FEW_EVENTS: Final = _MOST_DATA // 4_001
_LONGEST: Final = 10_000
_LONGEST_IN_LIST: Final = 1_000
_LONGEST_ON_THE_WAY: Final = 2_000
_FEWEST: Final = 1_000

_MESSAGE, _TOOL, _CALL, _JUDGMENT = ("text",), ("arguments", "name"), ("error", "partial"), ("reasoning",)
_CRITERION, _STREAM = ("criterion", "reasoning", "quote", "needs"), ("text", "reasoning", "body", "error")
_FINDING: Final = ("message",)


def where_it_is(run_id: str) -> str:
    """How to see what a report leaves out."""
    return f"`scenario show {run_id}` prints it and `scenario export {run_id}` has it all, where the run is stored"


def bounded_record(record: RunRecord) -> RunRecord:
    """The record, as far as a report takes it; `left_out` says what is missing."""
    left: list[str] = []
    criteria = tuple(_kept_criteria(record.criteria, left))
    judgments = tuple(_kept_judgments(record.judgments, left))
    parameters = _kept_parameters(record.parameters, left)
    texts = {name: cut(getattr(record, name), _LONGEST) for name in ("name", "reasoning", "error", "interrupt")}
    return msgspec.structs.replace(
        record,
        **texts,
        criteria=tuple(_shortened(one, _CRITERION, _LONGEST) for one in criteria),
        judgments=tuple(
            msgspec.structs.replace(
                _shortened(one, _JUDGMENT, _LONGEST),
                criteria=tuple(_shortened(criterion, _CRITERION, _LONGEST_ON_THE_WAY) for criterion in one.criteria),
            )
            for one in judgments
        ),
        parameters=parameters,
        tags=record.tags[:_MOST_NOTES],
        left_out=tuple(left),
    )


def bounded_account(account: RunAccount) -> RunAccount:
    """The account, as far as a page takes it, and the very same one where that is all; `left_out` says what is missing.

    Its row has less of its error than the account, where that is long: there are many rows in a list.
    """
    left: list[str] = []
    parts: dict[str, Any] = {
        "criteria": _kept_criteria(account.criteria, left),
        "judgments": _kept_judgments(account.judgments, left),
        "messages": _first(account.messages, _MOST_MESSAGES, "messages", left),
        "streams": _first(account.streams, _MOST_STREAMS, "answers on the wire", left),
        "calls": _first(account.calls, _MOST_MESSAGES, "calls", left),
        "parameters": _kept_parameters(account.parameters, left),
        "tags": account.tags[:_MOST_NOTES],
    }
    parts["messages"] = _kept_tools(parts["messages"], left)
    parts["streams"] = _kept_events(parts["streams"], left)
    size = _size(parts)
    if not left and size <= _MOST_TEXT:
        return account
    if size > _MOST_TEXT:
        _shorten(parts, left)
    row = account.row
    if len(parts["criteria"]) < len(account.criteria):
        unmet = [one.criterion for one in parts["criteria"] if one.status != "passed"]
        row = msgspec.structs.replace(row, unmet=unmet)
    return msgspec.structs.replace(account, row=row, **parts, left_out=left)


def bounded_row(row: RowAccount) -> RowAccount:
    """The row, as a list of many has it."""
    return _shortened(row, ("name", "error"), _LONGEST_IN_LIST)


def cut(text: str, most: int) -> str:
    """At most so many characters of a text, and how many more there are."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"


def _first(items: list[_Item], most: int, noun: str, left: list[str]) -> list[_Item]:
    if len(items) <= most:
        return items
    left.append(f"{len(items) - most:,} of {len(items):,} {noun}")
    return items[:most]


def _kept_criteria(criteria: Sequence[_Criterion], left: list[str]) -> Sequence[_Criterion]:
    """Those that were not met go before those that were."""
    if len(criteria) <= _MOST_CRITERIA:
        return criteria
    places = sorted(range(len(criteria)), key=lambda place: criteria[place].status == "passed")[:_MOST_CRITERIA]
    left.append(f"{len(criteria) - _MOST_CRITERIA:,} of {len(criteria):,} criteria")
    return [criteria[place] for place in sorted(places)]


def _kept_judgments(judgments: Sequence[_Judgment], left: list[str]) -> Sequence[_Judgment]:
    """As many of the judges' answers as have a bearable number of criteria between them."""
    room = _MOST_JUDGED
    for number, judgment in enumerate(judgments):
        room -= len(judgment.criteria)
        if room < 0 or number == _MOST_JUDGMENTS:
            left.append(f"{len(judgments) - number:,} of {len(judgments):,} answers of the judge's model")
            return judgments[:number]
    return judgments


def _kept_parameters(parameters: dict[str, Any], left: list[str]) -> dict[str, Any]:
    room = _LONGEST
    for value in parameters.values():
        room -= len(value if isinstance(value, str) else json_text(value))
        if room < 0:
            left.append("what is long of the parameters")
            return {name: _kept_parameter(one) for name, one in list(parameters.items())[:_MOST_NOTES]}
    return parameters


def _kept_parameter(value: object) -> object:
    text = value if isinstance(value, str) else json_text(value)
    return value if len(text) <= _FEWEST else cut(text, _FEWEST)


def _kept_tools(messages: list[MessageAccount], left: list[str]) -> list[MessageAccount]:
    count = sum(len(message.tools) for message in messages)
    if count <= _MOST_TOOLS:
        return messages
    left.append(f"{count - _MOST_TOOLS:,} of {count:,} tool calls")
    kept, room = [], _MOST_TOOLS
    for message in messages:
        kept.append(msgspec.structs.replace(message, tools=message.tools[:room]) if message.tools else message)
        room -= min(room, len(message.tools))
    return kept


def _kept_events(streams: list[StreamAccount], left: list[str]) -> list[StreamAccount]:
    """Of the events for whose data there is no room, when they came is kept, as of the last ones of a long stream."""
    if sum([len(one.events) for one in streams]) <= _FEW_EVENTS and not any(
        one.later or one.findings for one in streams
    ):
        return streams
    kept, room, times, without, unfound = [], _MOST_DATA, _MOST_TIMES, 0, 0
    for stream in streams:
        size = _data_size(stream.events)
        findings = stream.findings[:_MOST_NOTES]
        if size <= room and len(stream.later) <= times and len(findings) == len(stream.findings):
            kept.append(stream)
        else:
            listed = stream.events if size <= room else []
            bare = [] if listed else [(event.at, event.flags) for event in stream.events]
            without += len(bare)
            unfound += len(stream.findings) - len(findings)
            kept.append(
                msgspec.structs.replace(
                    stream,
                    events=listed,
                    later=[*bare, *stream.later][: max(0, times)],
                    left_out=stream.left_out + len(bare),
                    findings=findings,
                )
            )
        room -= size if kept[-1].events else 0
        times -= len(kept[-1].later)
    if without:
        left.append(f"the data of {without:,} events")
    if unfound:
        left.append(f"{unfound:,} findings of the lint")
    return kept


def _data_size(events: list[EventAccount]) -> int:
    return sum([len(event.data) for event in events])


def _size(parts: dict[str, Any]) -> int:
    """Characters of the longest kinds of text."""
    messages: list[MessageAccount] = parts["messages"]
    streams: list[StreamAccount] = parts["streams"]
    criteria: Iterable[CriterionAccount] = chain(
        parts["criteria"], *(judgment.criteria for judgment in parts["judgments"])
    )
    return (
        sum([len(one.text) for one in messages])
        + sum([len(tool.arguments) for one in messages for tool in one.tools])
        + sum([len(one.text) + len(one.reasoning) + len(one.body) + len(one.error) for one in streams])
        + sum([len(finding.message) for one in streams for finding in one.findings])
        + sum([len(one.reasoning) + len(one.quote) + len(one.criterion) for one in criteria])
        + sum([len(one.error) + len(one.partial) for one in parts["calls"]])
    )


def _shorten(parts: dict[str, Any], left: list[str]) -> None:
    """Cut every text to its share."""
    count = 4 * (len(parts["messages"]) + len(parts["streams"]) + len(parts["criteria"]) + len(parts["calls"]) + 1)
    most = max(_FEWEST, _MOST_TEXT // count)
    left.append(f"what is beyond {most:,} characters of a text")
    parts["messages"] = [
        msgspec.structs.replace(
            _shortened(one, _MESSAGE, most), tools=[_shortened(tool, _TOOL, most) for tool in one.tools]
        )
        for one in parts["messages"]
    ]
    parts["streams"] = [
        msgspec.structs.replace(
            _shortened(one, _STREAM, most),
            findings=[_shortened(finding, _FINDING, _FEWEST) for finding in one.findings],
        )
        for one in parts["streams"]
    ]
    parts["criteria"] = [_shortened(one, _CRITERION, most) for one in parts["criteria"]]
    parts["calls"] = [_shortened(one, _CALL, most) for one in parts["calls"]]
    parts["judgments"] = [
        msgspec.structs.replace(
            _shortened(one, _JUDGMENT, most),
            criteria=[_shortened(criterion, _CRITERION, _FEWEST) for criterion in one.criteria],
        )
        for one in parts["judgments"]
    ]


def _shortened(struct: _Struct, names: tuple[str, ...], most: int) -> _Struct:
    long = {name: cut(value, most) for name in names if len(value := getattr(struct, name)) > most}
    return msgspec.structs.replace(struct, **long) if long else struct
