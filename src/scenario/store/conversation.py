"""One run in full, read back from its rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from scenario.exchange import Exchange
from scenario.store.packing import Base, unpacked
from scenario.store.records import (
    ScenarioRecord,
    ScenarioRow,
    StoredCall,
    StoredExchange,
    StoredJudgment,
    StoredMessage,
    StoredModelCall,
    StoredTurn,
    StoredVerdict,
)
from scenario.types import CriterionResult, Judgment, Message, ScenarioResult, Usage


def scenario_record(connection: sqlite3.Connection, scenario: ScenarioRow, *, with_bytes: bool) -> ScenarioRecord:
    """All that is stored of a run."""
    number = scenario.number
    columns = "description, thread_id, agents, max_turns, parameters, tags, metadata, result, own_messages"
    details = connection.execute(f"SELECT {columns} FROM details WHERE scenario = ?", (number,)).fetchone()  # noqa: S608
    messages = list(stored_messages(connection, number))
    conversation = [message for message in messages if message.rolled_back is None]
    exchanges = list(stored_exchanges(connection, number, with_bytes=with_bytes))
    verdicts = list(_verdicts(connection, number))
    judgments = list(_judgments(connection, number))
    decode = msgspec.json.decode
    return ScenarioRecord(
        scenario=scenario,
        description=details[0],
        thread_id=details[1],
        agents=tuple(decode(details[2])),
        max_turns=details[3],
        parameters=decode(details[4]),
        tags=tuple(decode(details[5])),
        metadata=decode(details[6]),
        turns=list(_turns(connection, scenario)),
        calls=list(_calls(connection, number)),
        messages=conversation,
        rolled_back=[message for message in messages if message.rolled_back is not None],
        exchanges=exchanges,
        verdicts=verdicts,
        judgments=judgments,
        model_calls=list(_model_calls(connection, number)),
        result=_result(
            details[7],
            bool(details[8]),
            conversation,
            verdicts,
            [each.judgment for each in judgments],
            [each.exchange for each in exchanges],
        ),
    )


def stored_messages(connection: sqlite3.Connection, scenario: int, after: int = 0) -> Iterator[StoredMessage]:
    """The messages of a run, also those taken back; with `after`, those that came after the one of that number."""
    statement = (
        "SELECT id, position, turn, role, text, plain, rest, speaker, agent, call, at, rolled_back FROM messages"
        " WHERE scenario = ? AND id > ? ORDER BY position, id"
    )
    for row in connection.execute(statement, (scenario, after)):
        number, index, turn, role, text, plain, rest, speaker, agent, call, at, rolled_back = row
        yield StoredMessage(
            number=number,
            index=index,
            turn=turn,
            message=_message(role, text if plain else None, rest),
            text=text,
            speaker=speaker,
            agent=agent,
            call_id=call,
            at=at,
            rolled_back=rolled_back,
        )


def stored_exchanges(
    connection: sqlite3.Connection, scenario: int, *, with_bytes: bool = True
) -> Iterator[StoredExchange]:
    """The calls of a run over the wire."""
    # Each may build on an earlier one, so all are read; the bytes only where they are asked for.
    statement = (
        "SELECT position, turn, call, at, size, base, details, trace, data FROM exchanges"
        " LEFT JOIN bodies ON bodies.exchange = id AND ? WHERE scenario = ? ORDER BY position"
    )
    bases: dict[int, Base] = {}
    rows = connection.execute(statement, (with_bytes, scenario))
    for position, turn, call, at, size, base, details, trace, data in rows:
        earlier = bases.get(base) if base is not None else None
        exchange, bases[position] = unpacked(details, trace, data or b"", position, earlier)
        yield StoredExchange(index=position, turn=turn, call_id=call, at=at, size=size, exchange=exchange)


def _message(role: str | None, content: str | None, rest: str | None) -> Message:
    message = {key: value for key, value in (("role", role), ("content", content)) if value is not None}
    others: dict[str, Any] = msgspec.json.decode(rest) if rest else {}
    return message | others


def _turns(connection: sqlite3.Connection, scenario: ScenarioRow) -> Iterator[StoredTurn]:
    rows = connection.execute(
        "SELECT turn, started FROM turns WHERE scenario = ? ORDER BY turn", (scenario.number,)
    ).fetchall()
    ends = [*(started for _, started in rows[1:]), scenario.seconds]
    for (turn, started), ended in zip(rows, ends, strict=bool(rows)):
        yield StoredTurn(turn=turn, started=started, ended=ended)


def _calls(connection: sqlite3.Connection, scenario: int) -> Iterator[StoredCall]:
    columns = ("call", "turn", "role", "agent", "started", "first_text", "seconds", "error", "partial")
    statement = f"SELECT {', '.join(columns)} FROM calls WHERE scenario = ? ORDER BY call"  # noqa: S608
    for call, *others in connection.execute(statement, (scenario,)):
        yield StoredCall(call_id=call, **dict(zip(columns[1:], others, strict=True)))


def _verdicts(connection: sqlite3.Connection, scenario: int) -> Iterator[StoredVerdict]:
    columns = ("criterion", "requirement", "status", "reasoning", "quote", "message_index", "needs")
    statement = f"SELECT turn, listed, {', '.join(columns)} FROM verdicts WHERE scenario = ? ORDER BY id"  # noqa: S608
    for turn, listed, *others in connection.execute(statement, (scenario,)):
        result = CriterionResult(**dict(zip(columns, others, strict=True)))
        yield StoredVerdict(result=result, turn=turn, listed=bool(listed))


def _judgments(connection: sqlite3.Connection, scenario: int) -> Iterator[StoredJudgment]:
    columns = (
        *("turn", "asked", "answer", "model", "round", "vote", "criteria", "reasoning"),
        *("server", "settings", "controls", "missed"),
    )
    statement = f"SELECT at, call, agent, {', '.join(columns)} FROM judgments WHERE scenario = ? ORDER BY id"  # noqa: S608
    rows = connection.execute(statement, (scenario,)).fetchall()
    votes: dict[tuple[Any, ...], int] = {}
    for _, call, _, *others in rows:
        votes[call, *_round(others)] = max(votes.get((call, *_round(others)), 1), others[columns.index("vote")])
    for at, call, agent, *others in rows:
        told = dict(zip(columns, others, strict=True))
        told["votes"] = votes[call, *_round(others)]
        told["criteria"] = msgspec.json.decode(told["criteria"], type=list[CriterionResult])
        yield StoredJudgment(at=at, call_id=call, agent=agent, judgment=Judgment(**told))


def _round(columns: Sequence[Any]) -> tuple[int, int]:
    """The turn and the round that a judgment belongs to."""
    return columns[0], columns[4]


def _model_calls(connection: sqlite3.Connection, scenario: int) -> Iterator[StoredModelCall]:
    statement = (
        "SELECT at, role, model, input_tokens, output_tokens, total_tokens, seconds, cost FROM model_calls"
        " WHERE scenario = ? ORDER BY id"
    )
    for at, role, model, sent, received, total, seconds, cost in connection.execute(statement, (scenario,)):
        usage = Usage(input_tokens=sent, output_tokens=received, total_tokens=total)
        yield StoredModelCall(at=at, role=role, model=model, usage=usage, seconds=seconds, cost=cost)


def _result(
    stored: str | None,
    own_messages: bool,
    messages: list[StoredMessage],
    verdicts: list[StoredVerdict],
    judgments: list[Judgment],
    exchanges: list[Exchange],
) -> ScenarioResult | None:
    if stored is None:
        return None
    result = msgspec.json.decode(stored, type=ScenarioResult, strict=False)
    timings = tuple(exchange.timing for exchange in exchanges)
    return msgspec.structs.replace(
        result,
        messages=result.messages if own_messages else [message.message for message in messages],
        criteria=[verdict.result for verdict in verdicts if verdict.turn is None and not verdict.listed],
        judgments=judgments,
        exchanges=exchanges,
        timing=msgspec.structs.replace(result.timing, turns=timings),
    )
