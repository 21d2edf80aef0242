"""A run's events as rows: what each event changes in the tables. It belongs to the thread that writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from scenario.dialogue.events import (
    CallFinished,
    CallStarted,
    CheckpointPassed,
    ExchangeRecorded,
    JudgmentGiven,
    MessageAdded,
    MessagesRolledBack,
    ModelCalled,
    RunEvent,
    RunFinished,
    RunStarted,
    TurnStarted,
)
from scenario.record.cleaning import cleaned
from scenario.record.ending import ending_of
from scenario.record.plain import json_text
from scenario.record.spent import Spent
from scenario.redaction import Secrets, redacted_json
from scenario.store.notes import AnsweredNote, BegunNote, EndedNote, JudgedNote, Payload, SaidNote
from scenario.store.packing import Base, packed
from scenario.store.statements import Value, execute, insert
from scenario.types import AgentRole, CriterionResult

# So many exchanges are read at most to show one of them.
_DEEPEST: Final = 31


class RunRows:
    """The rows of one run.

    Args:
        scenario: the id of its row in `scenarios`.
        secrets: are masked in whatever is written.
        keep_bytes: whether the bytes of responses are kept.
        words: whether there is an index of what was said.
    """

    def __init__(
        self, connection: sqlite3.Connection, scenario: int, *, secrets: Secrets, keep_bytes: bool, words: bool
    ) -> None:
        self.scenario = scenario
        self.asked: dict[int, float] = {}  # when each call began that is not over
        self._connection = connection
        self._secrets = secrets
        self._keep_bytes = keep_bytes
        self._words = words
        self._said: dict[int, SaidNote] = {}
        self._rows: dict[int, int] = {}  # the message row at each position
        self._turn = 0
        self._turns = 0
        self._spent = Spent()
        self._ttfts: dict[int, float] = {}
        self._exchanges = 0
        self._bases: dict[str, Base] = {}

    def write(self, event: RunEvent, payload: Payload) -> None:
        """Write what the event changes."""
        self._spent.add(event)
        match event:
            case TurnStarted():
                self._turn = event.turn
                self._turns += 1
                self._execute("INSERT OR IGNORE INTO turns VALUES (?, ?, ?)", self.scenario, event.turn, event.at)
            case CallStarted():
                self.asked[event.call_id] = event.at
                self._call(event)
            case CallFinished():
                self._answered(event, payload.first_text if isinstance(payload, AnsweredNote) else None)
            case MessageAdded() if isinstance(payload, SaidNote):
                self._say(event, payload)
            case MessagesRolledBack():
                self._withdraw(event.at, [position for position in self._said if position >= event.length])
            case RunFinished() if isinstance(payload, EndedNote):
                self._finish(event, payload)
            case JudgmentGiven() if isinstance(payload, JudgedNote):
                self._judged(event, payload)
            case _:
                self._measured(event)

    def _measured(self, event: RunEvent) -> None:
        match event:
            case ExchangeRecorded():
                self._exchange(event)
            case ModelCalled():
                self._model_called(event)
            case CheckpointPassed():
                for criterion in event.criteria:
                    self._verdict(criterion, event.turn, listed=False)
            case _:
                pass  # deltas are merged before they come here

    def count(self, change: int) -> None:
        """Write the run's figures so far, under the number of this transaction."""
        ttft = _median(sorted(self._ttfts.values()))
        self._execute(
            "UPDATE scenarios SET changed = ?, turns = ?, messages = ?, tokens = ?, cost = ?, ttft = ? WHERE id = ?",
            *(change, self._turns, len(self._said), self._spent.models.tokens, self._spent.cost, ttft, self.scenario),
        )

    def partial(self, call: int, text: str) -> None:
        """Write what has arrived of an answer so far."""
        if call in self.asked:
            self._execute(
                "UPDATE calls SET partial = ? WHERE scenario = ? AND call = ?",
                *(self._secrets.in_text(text), self.scenario, call),
            )

    # --- calls ---

    def _call(self, event: CallStarted | CallFinished) -> None:
        self._execute(
            "INSERT INTO calls (scenario, call, turn, role, agent, started) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            *(self.scenario, event.call_id, event.turn, event.role.name.lower(), event.agent, event.at),
        )

    def _answered(self, event: CallFinished, first_text: float | None) -> None:
        began = self.asked.pop(event.call_id, None)
        if began is None:
            self._call(event)
        elif first_text is not None and event.role is AgentRole.AGENT:
            # What the wire itself measured, where the bytes arrive, wins.
            self._ttfts.setdefault(event.call_id, first_text - began)
        self._execute(
            "UPDATE calls SET seconds = ?, error = ?, first_text = ?, partial = NULL WHERE scenario = ? AND call = ?",
            *(event.seconds, self._masked(event.error), first_text, self.scenario, event.call_id),
        )

    def _exchange(self, event: ExchangeRecorded) -> None:
        exchange = cleaned(event.exchange, self._secrets)
        position, url = self._exchanges, exchange.request.url
        base = self._bases.get(url)
        blobs = packed(
            exchange, position, base if base and base.depth < _DEEPEST else None, keep_bytes=self._keep_bytes
        )
        row = self._insert(
            "exchanges",
            scenario=self.scenario,
            position=position,
            turn=event.turn,
            call=event.call_id,
            agent=exchange.agent,
            at=event.at,
            url=url,
            status=exchange.status,
            outcome=exchange.outcome,
            protocol=exchange.protocol,
            first_content=exchange.timing.first_content,
            seconds=exchange.timing.total,
            size=sum(len(chunk.data) for chunk in exchange.chunks),
            base=base.position if base and blobs.base.depth else None,
            details=blobs.details,
            trace=blobs.trace,
            error=exchange.error,
        )
        if blobs.body:
            self._insert("bodies", exchange=row, data=blobs.body)
        self._exchanges += 1
        self._bases[url] = blobs.base
        first = exchange.timing.first_content
        if first is not None:
            self._ttfts[-1 - len(self._ttfts) if event.call_id is None else event.call_id] = first

    def _model_called(self, event: ModelCalled) -> None:
        self._insert(
            "model_calls",
            scenario=self.scenario,
            at=event.at,
            role=event.role.name.lower(),
            model=event.model,
            input_tokens=event.usage.input_tokens,
            output_tokens=event.usage.output_tokens,
            total_tokens=event.usage.total_tokens,
            seconds=event.seconds,
            cost=event.cost,
        )

    # --- messages ---

    def _say(self, event: MessageAdded, note: SaidNote) -> None:
        self._withdraw(event.at, [event.index])
        role = event.role.name.lower() if event.role else None
        columns: dict[str, Value] = {
            "turn": event.turn,
            "speaker": role,
            "agent": event.agent,
            "call": event.call_id,
            "at": event.at,
        }
        self._add_message(event.index, note, columns)

    def _add_message(self, position: int, note: SaidNote, columns: dict[str, Value]) -> None:
        text, rest = self._secrets.in_text(note.text), self._secrets.in_text(note.rest) or None
        row = self._insert(
            "messages",
            scenario=self.scenario,
            position=position,
            role=note.role,
            text=text,
            plain=note.plain,
            rest=rest,
            **columns,
        )
        if self._words:
            self._insert("message_words", rowid=row, text=text)
        self._said[position], self._rows[position] = note, row

    def _withdraw(self, at: float, positions: Sequence[int]) -> None:
        for position in positions:
            if self._said.pop(position, None) is not None:
                self._execute("UPDATE messages SET rolled_back = ? WHERE id = ?", at, self._rows.pop(position))

    def _settle(self, at: float, notes: Sequence[SaidNote]) -> None:
        """Make the conversation what it was in the end: a test may have changed messages in place, or added some."""
        for position, note in enumerate(notes):
            if self._said.get(position) == note:
                continue
            columns: dict[str, Value] = {"turn": self._turn, "agent": "", "at": at}
            if position in self._said:
                select = "SELECT turn, speaker, agent, call FROM messages WHERE id = ?"
                told = self._connection.execute(select, (self._rows[position],)).fetchone()
                columns |= dict(zip(("turn", "speaker", "agent", "call"), told, strict=True))
                self._withdraw(at, [position])
            self._add_message(position, note, columns)
        self._withdraw(at, [position for position in self._said if position >= len(notes)])

    # --- the end ---

    def _verdict(self, criterion: CriterionResult, turn: int | None, *, listed: bool) -> None:
        self._insert(
            "verdicts",
            scenario=self.scenario,
            turn=turn,
            criterion=criterion.criterion,
            requirement=self._masked(criterion.requirement),
            status=criterion.status,
            reasoning=self._masked(criterion.reasoning),
            quote=self._masked(criterion.quote),
            message_index=criterion.message_index,
            listed=listed,
            needs=self._masked(criterion.needs),
        )

    def _judged(self, event: JudgmentGiven, note: JudgedNote) -> None:
        self._insert(
            "judgments",
            scenario=self.scenario,
            at=event.at,
            call=event.call_id,
            agent=event.agent,
            turn=note.turn,
            asked=note.asked,
            answer=note.answer,
            model=self._masked(note.model),
            round=note.round,
            vote=note.vote,
            criteria=self._masked(note.criteria),
            reasoning=self._masked(note.reasoning),
            server=self._masked(note.server),
            settings=self._masked(note.settings),
            controls=note.controls,
            missed=note.missed,
        )

    def _finish(self, event: RunFinished, note: EndedNote) -> None:
        if note.messages:
            self._settle(event.at, note.messages)
        for criterion, listed in note.criteria:
            self._verdict(criterion, None, listed=listed)
        self._spent.settle(event.result)
        self._execute(
            "UPDATE details SET result = ?, own_messages = ? WHERE scenario = ?",
            *(self._masked(note.result), note.own_messages, self.scenario),
        )
        ending = ending_of(event)
        self._execute(
            "UPDATE scenarios SET status = ?, seconds = ?, fault = ?, error = ? WHERE id = ?",
            *(ending.outcome, event.seconds or event.at, ending.fault, self._masked(ending.error), self.scenario),
        )

    # --- rows ---

    def _masked(self, text: str | None) -> str | None:
        return text if text is None else self._secrets.in_text(text)

    def _insert(self, table: str, **columns: Value) -> int:
        return insert(self._connection, table, **columns)

    def _execute(self, statement: str, *values: Value) -> None:
        execute(self._connection, statement, values)


def begun(
    connection: sqlite3.Connection, invocation: int, event: RunStarted, note: BegunNote, change: int, secrets: Secrets
) -> int | None:
    """Write the rows with which a run begins; the scenario's id, or None where the run is stored already."""
    origin, key = note.origin, note.origin.key_of(event.name, event.set_id)
    repeat = origin.repeat
    if repeat is None:
        repeat = connection.execute(
            "SELECT count(*) FROM scenarios WHERE key = ? AND invocation = ? AND status != 'retried'", (key, invocation)
        ).fetchone()[0]
    if connection.execute("SELECT 1 FROM scenarios WHERE run_id = ?", (event.run_id,)).fetchone():
        return None
    tried = connection.execute(
        "SELECT fault FROM scenarios WHERE key = ? AND invocation = ? AND repeat = ? AND status = 'retried'"
        " ORDER BY id",
        (key, invocation, repeat),
    ).fetchall()
    scenario = insert(
        connection,
        "scenarios",
        run_id=event.run_id,
        invocation=invocation,
        key=key,
        repeat=repeat,
        name=secrets.in_text(event.name),
        set_id=event.set_id,
        file=origin.file,
        test=origin.test,
        status="running",
        started=note.began,
        tries=len(tried) + 1,
        tried_for=",".join(dict.fromkeys(fault for (fault,) in tried if fault)),
        changed=change,
    )
    insert(connection, "details", scenario=scenario, **_details(event, note, secrets))
    return scenario


def _details(event: RunStarted, note: BegunNote, secrets: Secrets) -> dict[str, Value]:
    parameters = json_text(redacted_json(note.origin.parameters))
    return {
        "description": secrets.in_text(event.description),
        "thread_id": event.thread_id,
        "agents": json_text(event.agents),
        "max_turns": event.max_turns,
        "parameters": secrets.in_text(parameters),
        "tags": json_text(note.origin.tags),
        "metadata": secrets.in_text(note.metadata),
    }


def _median(values: Sequence[float]) -> float | None:
    """The middle of sorted values. `statistics` has it too, and loads fractions and decimals into every run."""
    half, is_odd = divmod(len(values), 2)
    if not values:
        return None
    return values[half] if is_odd else (values[half - 1] + values[half]) / 2
