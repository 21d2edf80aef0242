"""Parts of an account, read from the values of a run: messages, streams, criteria. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from scenario.exchange import Exchange, ReceivedEvent
from scenario.record.account import (
    CriterionAccount,
    EventAccount,
    Finding,
    JudgmentAccount,
    MessageAccount,
    RowAccount,
    StreamAccount,
    ToolUseAccount,
)
from scenario.record.reading_lines import reading_lines
from scenario.record.run_record import text_of
from scenario.redaction import redacted_headers, redacted_url
from scenario.types import CriterionResult, CriterionStatus, Judgment, Message, ScenarioResult

# What a page can bear; the rest is in the store.
_LONGEST_TEXT: Final = 100_000
_LONGEST_REASON: Final = 400
_LONGEST_DATA: Final = 4_000
_MOST_EVENTS: Final = 2_000
_MOST_TOOL_USES: Final = 1_000
_MOST_TIMES: Final = 20_000
_CONTENT, _MALFORMED, _CUT = 1, 2, 4
_MICRO: Final = 6


def message_account(
    message: Message,
    index: int,
    *,
    turn: int = 0,
    speaker: str = "",
    agent: str = "",
    at: float | None = None,
    call: int | None = None,
) -> MessageAccount:
    """The message at that place of the conversation."""
    return MessageAccount(
        index=index,
        role=shown(message.get("role")),
        turn=turn,
        text=shown(text_of(message) or _other_content(message)),
        speaker=speaker,
        agent=shown(agent),
        at=_rounded(at),
        call=call,
        tools=_tool_uses(message.get("tool_calls")),
        answers=shown(message.get("tool_call_id")),
        name=shown(message.get("name")),
    )


def _other_content(message: Message) -> str:
    """Content that is no text: as JSON."""
    content = message.get("content")
    if content is None or content == "" or content == []:
        return str(message.get("refusal") or "")
    return json_of(content)


def _tool_uses(calls: Any) -> list[ToolUseAccount]:
    if not isinstance(calls, list):
        return []
    uses = []
    for call in calls[:_MOST_TOOL_USES]:
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            arguments = function.get("arguments")
            uses.append(
                ToolUseAccount(
                    name=shown(function.get("name")),
                    id=shown(call.get("id")),
                    arguments=shown(arguments if isinstance(arguments, str) else json_of(arguments)),
                )
            )
    if (more := len(calls) - _MOST_TOOL_USES) > 0:
        uses.append(ToolUseAccount(name=f"… ({more:,} more tool calls)"))
    return uses


def stream_account(
    exchange: Exchange, *, turn: int, call: int | None = None, findings: Sequence[Finding] = ()
) -> StreamAccount:
    """The exchange, its secrets covered."""
    timing, deadlines = exchange.timing, exchange.timeouts
    return StreamAccount(
        turn=turn,
        outcome=exchange.outcome,
        call=call,
        agent=shown(exchange.agent),
        method=exchange.request.method,
        url=shown(redacted_url(exchange.request.url)),
        status=exchange.status,
        protocol=exchange.protocol,
        reason=shown(exchange.protocol_reason),
        error=shown(exchange.error),
        sent=_headers(exchange.request.headers),
        body=shown(exchange.request.body[:_LONGEST_TEXT].decode("utf-8", "replace")),
        received=_headers(exchange.headers),
        connect=_rounded(timing.connect),
        headers=_rounded(timing.headers),
        first_byte=_rounded(timing.first_byte),
        first_content=_rounded(timing.first_content),
        last_byte=_rounded(timing.last_byte),
        total=round(timing.total, _MICRO),
        size=timing.bytes,
        malformed=exchange.malformed,
        text=shown(exchange.reply.text),
        reasoning=shown(exchange.reply.reasoning),
        finish=shown(exchange.reply.finish_reason),
        deadlines={name: seconds for name, seconds in _deadlines(deadlines) if seconds is not None},
        chunks=[(round(chunk.at, _MICRO), len(chunk.data)) for chunk in exchange.chunks[:_MOST_EVENTS]],
        events=_events(exchange),
        left_out=max(0, len(exchange.events) - _MOST_EVENTS),
        later=[(round(event.at, _MICRO), _flags(event)) for event in exchange.events[_MOST_EVENTS:_MOST_TIMES]],
        findings=[msgspec.structs.replace(one, message=shown(one.message)) for one in findings],
        reading=[shown(line) for line in reading_lines(exchange.reply)],
    )


def _events(exchange: Exchange) -> list[EventAccount]:
    return [
        EventAccount(
            at=round(event.at, _MICRO),
            kind=shown(event.event),
            data=shown(event.data[:_LONGEST_DATA]),
            flags=_flags(event) + _CUT * (len(event.data) > _LONGEST_DATA),
        )
        for event in exchange.events[:_MOST_EVENTS]
    ]


def _flags(event: ReceivedEvent) -> int:
    return _CONTENT * event.content + _MALFORMED * event.malformed


def _deadlines(timeouts: msgspec.Struct | None) -> Iterable[tuple[str, float | None]]:
    return [] if timeouts is None else msgspec.structs.asdict(timeouts).items()


def _headers(headers: dict[str, str]) -> dict[str, str]:
    return {shown(name): shown(value) for name, value in redacted_headers(headers).items()}


def criterion_account(result: CriterionResult, turn: int | None = None) -> CriterionAccount:
    """The criterion, as a verdict or a checkpoint left it."""
    return CriterionAccount(
        criterion=shown(result.criterion),
        status=result.status,
        requirement=shown(result.requirement),
        reasoning=shown(result.reasoning),
        quote=shown(result.quote),
        message=result.message_index,
        turn=turn,
        needs=shown(result.needs),
    )


def judgment_account(judgment: Judgment) -> JudgmentAccount:
    """One answer of a judge's model."""
    return JudgmentAccount(
        asked=judgment.asked,
        answer=judgment.answer,
        model=shown(judgment.model),
        turn=judgment.turn,
        round=judgment.round,
        vote=judgment.vote,
        votes=judgment.votes,
        criteria=[criterion_account(criterion) for criterion in judgment.criteria],
        reasoning=shown(judgment.reasoning),
        server=shown(judgment.server),
        settings=shown(judgment.settings),
        controls=judgment.controls,
        missed=judgment.missed,
    )


def verdict_accounts(result: ScenarioResult) -> list[CriterionAccount]:
    """The verdict's criteria; judges of one's own often name them in the lists of texts alone."""
    accounts = [criterion_account(criterion) for criterion in result.criteria]
    named = {account.criterion for account in accounts}
    lists: tuple[tuple[list[str], CriterionStatus], ...] = (
        (result.inconclusive_criteria, "inconclusive"),
        (result.failed_criteria, "failed"),
        (result.passed_criteria, "passed"),
    )
    for texts, status in lists:
        for text in map(shown, texts):
            if text not in named:
                named.add(text)
                accounts.append(CriterionAccount(criterion=text, status=status))
    return accounts


def json_of(value: object) -> str:
    """The value as JSON text; what JSON cannot hold is shown by its text."""
    try:
        return msgspec.json.encode(value, enc_hook=repr).decode()
    except (TypeError, ValueError, RecursionError):
        return repr(value)


def shown(value: object) -> str:
    """The value as text that UTF-8 can hold and a page can bear."""
    text = "" if value is None else value if isinstance(value, str) else str(value)
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_LONGEST_TEXT]}… ({len(text) - _LONGEST_TEXT:,} more characters)"
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def reason_of(row: RowAccount, reasoning: object) -> str:
    """Why a run failed, where neither its error nor a criterion tells; empty for any other."""
    told = row.status not in ("failed", "undecided") or row.error or row.unmet
    return "" if told else shown(reasoning)[:_LONGEST_REASON]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _MICRO)
