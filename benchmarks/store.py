"""The store with 10,000 scenarios of 10 turns: its first page, what writing costs the loop, bytes to a turn."""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks.row import Row
from scenario.dialogue.events import (
    CallFinished,
    CallStarted,
    ExchangeRecorded,
    MessageAdded,
    ModelCalled,
    RunEvent,
    RunFinished,
    RunStarted,
    TextDelta,
    TurnStarted,
)
from scenario.exchange import Chunk, Exchange, HttpRequest, ReceivedEvent
from scenario.store.database import writable
from scenario.store.invocation import new_invocation
from scenario.store.place import database_path
from scenario.store.reader import StoreReader
from scenario.store.writer import StoreWriter
from scenario.types import AgentRole, CriterionResult, Message, Reply, ScenarioResult, StreamTiming, Usage

SCENARIOS = 10_000
TURNS = 10
WORDS = """
    the weather in Paris is sunny today with light wind from the west please tell me what to wear tomorrow if it rains
    order refund invoice ticket number account balance transfer customer support agent question answer
""".split()  # noqa: SIM905 - a list of them would be as long as the rest of this file
_PIECES = 24  # events in a stream
_EVENT = {"id": "chatcmpl-8f1", "object": "chat.completion.chunk", "created": 1760000000, "model": "agent"}


def _said(dice: random.Random, words: int) -> str:
    return " ".join(f"{dice.choice(WORDS)}{dice.randrange(100) if dice.random() < 0.2 else ''}" for _ in range(words))


def _exchange(dice: random.Random, messages: list[Message], answer: str) -> Exchange:
    """A call as the openai-chat dialect records it: the whole conversation sent, an event to a word or two."""
    at, chunks, events = 0.3, [], []
    size = len(answer) // _PIECES + 1
    for start in range(0, len(answer), size):
        at += dice.random() / 20
        delta = {"choices": [{"index": 0, "delta": {"content": answer[start : start + size]}, "finish_reason": None}]}
        event = {
            "id": "chatcmpl-8f1",
            "object": "chat.completion.chunk",
            "created": 1760000000,
            "model": "agent",
        } | delta
        data = msgspec.json.encode(event).decode()
        chunks.append(Chunk(at, f"data: {data}\n\n".encode()))
        events.append(ReceivedEvent(at=at, data=data, content=True))
    body = {"model": "agent", "stream": True, "messages": messages}
    size = sum(len(chunk.data) for chunk in chunks)
    return Exchange(
        request=HttpRequest(
            url="http://127.0.0.1:8000/v1/chat/completions",
            headers={"content-type": "application/json", "accept": "text/event-stream", "authorization": "[redacted]"},
            body=msgspec.json.encode(body),
        ),
        status=200,
        headers={"content-type": "text/event-stream", "server": "uvicorn", "date": "Mon, 02 Mar 2026 10:00:00 GMT"},
        chunks=chunks,
        events=events,
        reply=Reply(
            protocol="openai-chat",
            text=answer,
            messages=[{"role": "assistant", "content": answer}],
            finish_reason="stop",
            usage=Usage(input_tokens=50 * len(messages), output_tokens=60, total_tokens=50 * len(messages) + 60),
            events=len(events),
        ),
        timing=StreamTiming(connect=0.001, headers=0.2, first_byte=0.3, first_content=0.31, total=at, bytes=size),
        protocol="openai-chat",
        protocol_reason="content-type text/event-stream; the first event is a chat.completion.chunk",
    )


def run_events(dice: random.Random, name: str, *, turns: int = TURNS) -> Iterator[RunEvent]:
    """A judged scenario against a streaming agent, with texts of 15 to 60 words."""
    run_id, at = f"{dice.getrandbits(64):016x}", 0.0
    messages: list[Message] = []
    yield RunStarted(
        run_id=run_id, at=at, name=name, description="A user asks for help.", thread_id="t", set_id="bench"
    )
    for turn in range(turns):
        yield TurnStarted(run_id=run_id, at=at, turn=turn)
        for role, call_id in ((AgentRole.USER, 2 * turn), (AgentRole.AGENT, 2 * turn + 1)):
            call = {"call_id": call_id, "role": role, "agent": "SupportAgent" if role is AgentRole.AGENT else "User"}
            text = _said(dice, dice.randrange(15, 60))
            yield CallStarted(run_id=run_id, at=at, turn=turn, **call)
            if role is AgentRole.AGENT:
                exchange = _exchange(dice, messages, text)
                for event in exchange.events:
                    yield TextDelta(run_id=run_id, at=at + event.at, text=event.data[-20:], **call)
                yield ExchangeRecorded(run_id=run_id, at=at, turn=turn, exchange=exchange, call_id=call_id)
            else:
                usage = Usage(input_tokens=300, output_tokens=40, total_tokens=340)
                yield ModelCalled(run_id=run_id, at=at, role=role, model="openai/gpt-4o-mini", usage=usage, seconds=0.8)
            at += 1.0
            yield CallFinished(run_id=run_id, at=at, turn=turn, seconds=1.0, **call)
            message: Message = {"role": "user" if role is AgentRole.USER else "assistant", "content": text}
            index = len(messages)
            messages.append(message)
            yield MessageAdded(
                run_id=run_id, at=at, index=index, turn=turn, message=message, role=role, call_id=call_id
            )
    success = dice.random() < 0.9
    criteria = [
        CriterionResult(
            criterion=f"The agent does {thing}", status="passed" if success else "failed", reasoning=_said(dice, 20)
        )
        for thing in ("answer", "stay polite", "never guess")
    ]
    result = ScenarioResult(success=success, messages=messages, reasoning=_said(dice, 30), criteria=criteria)
    yield RunFinished(run_id=run_id, at=at, result=result, messages=tuple(messages), seconds=at)


class Cost(NamedTuple):
    """Seconds to a turn."""

    inside: float  # in the subscriber, with an agent that takes longer than the disk
    hurried: float  # in the subscriber, with an agent that takes no time at all
    written: float  # until all of it is on the disk


def fill(folder: Path, scenarios: int) -> Cost:
    """Store that many scenarios, every second one as if its agent took no time."""
    dice, spent, written = random.Random(7), [0.0, 0.0], 0.0  # noqa: S311 - the same texts each time
    for invocation in range(10):
        with StoreWriter(folder, invocation=new_invocation("bench", argv=["bench", str(invocation)])) as writer:
            for number in range(scenarios // 10):
                events = list(run_events(dice, f"scenario {number} {dice.choice(WORDS)}"))
                hurried = number % 2
                began = time.perf_counter()
                for event in events:
                    if not hurried and isinstance(event, CallFinished | RunStarted):
                        writer.flush()  # the agent's own time: the disk has caught up
                    before = time.perf_counter()
                    writer(event)
                    spent[hurried] += time.perf_counter() - before
                writer.flush()
                written += time.perf_counter() - began
    turns = scenarios // 10 * 10 * TURNS
    return Cost(2 * spent[0] / turns, 2 * spent[1] / turns, written / turns)


def _median(of: Callable[[], object], rounds: int = 5) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        of()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _first_page(folder: Path) -> None:
    with StoreReader(folder) as reader:
        invocations = reader.invocations(limit=20)
        reader.scenarios(limit=50)
        reader.scenarios(invocation=invocations[0].uid, limit=50)


def _search(folder: Path) -> None:
    with StoreReader(folder) as reader:
        assert reader.search("refund tomorrow", limit=50)


def _scan(folder: Path) -> None:
    """The baseline of the first page: what a page costs where every conversation is read for it."""
    connection = sqlite3.connect(database_path(folder))
    try:
        connection.execute("SELECT scenario, max(length(text)) FROM messages GROUP BY scenario").fetchall()
    finally:
        connection.close()


def _sizes(folder: Path) -> tuple[int, dict[str, int]]:
    connection = writable(folder)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        tables = dict(connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").fetchall())
    except sqlite3.OperationalError:  # a SQLite without this table
        total = database_path(folder).stat().st_size
        kept = connection.execute("SELECT sum(length(data)) FROM bodies").fetchone()[0]
        tables = {"bodies": kept, "others": total - kept}
    finally:
        connection.close()
    return sum(tables.values()), tables


def rows(scenarios: int = SCENARIOS) -> list[Row]:
    """The targets of the store, each beside what it is measured against."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cost = fill(folder, scenarios)
        total, tables = _sizes(folder)
        page, scan, search = (_median(lambda of=of: of(folder)) for of in (_first_page, _scan, _search))
        turns = scenarios // 10 * 10 * TURNS
        without = (total - tables["bodies"]) / turns
    return [
        Row(
            benchmark=f"store: first page of {scenarios:,} scenarios of {TURNS} turns",
            ours=f"{page * 1000:.1f} ms",
            baseline=f"{scan * 1000:.0f} ms to read what was said",
            ratio=scan / page,
            target="under 1 s",
            reached=page < 1,
        ),
        Row(
            benchmark="store: search for two words in what was said",
            ours=f"{search * 1000:.1f} ms",
            baseline=f"{scan * 1000:.0f} ms to read it",
            ratio=scan / search,
            target="under 1 s",
            reached=search < 1,
        ),
        Row(
            benchmark="store: a turn of 24 events, on the caller's thread",
            ours=f"{cost.inside * 1000:.3f} ms ({cost.hurried * 1000:.3f} ms where the agent takes no time)",
            baseline=f"{cost.written * 1000:.3f} ms until it is on the disk",
            ratio=cost.written / cost.inside,
            target="under 1 ms",
            reached=cost.inside < 0.001,
        ),
        Row(
            benchmark="store: bytes to a turn without the stream's bytes",
            ours=f"{without:,.0f}",
            baseline=f"{total / turns:,.0f} with them",
            ratio=total / turns / without,
            target="under 2,048",
            reached=without < 2048,
        ),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=SCENARIOS)
    parser.add_argument("--tables", action="store_true", help="bytes to a turn, by table")
    arguments = parser.parse_args()
    if arguments.tables:
        with tempfile.TemporaryDirectory() as place:
            fill(Path(place), arguments.scenarios)
            for table, size in sorted(_sizes(Path(place))[1].items(), key=lambda item: -item[1]):
                print(f"{size / arguments.scenarios / TURNS:10,.1f}  {table}")
    else:
        for row in rows(arguments.scenarios):
            print(*row, sep=" | ")
