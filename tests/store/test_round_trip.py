"""What goes into the store comes out of it, whatever it is."""

from __future__ import annotations

import json
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings, strategies as st

from scenario.dialogue.events import (
    CallFinished,
    CallStarted,
    CheckpointPassed,
    ExchangeRecorded,
    MessageAdded,
    MessagesRolledBack,
    ModelCalled,
    RunEvent,
    RunFinished,
    RunStarted,
    TurnStarted,
)
from scenario.exchange import Chunk, Exchange, HttpRequest, ReceivedEvent
from scenario.reading import read_exchange
from scenario.received_events import ReceivedEvents
from scenario.redaction import Secrets
from scenario.store.packing import packed, unpacked
from scenario.store.reader import StoreReader
from scenario.store.writer import StoreWriter
from scenario.types import (
    AgentRole,
    CriterionResult,
    FunctionCall,
    Gaps,
    Message,
    Reply,
    ScenarioResult,
    StreamTiming,
    Usage,
)
from tests.store.stored_runs import a_run, streamed

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
TIMES = st.integers(0, 10**8).map(lambda micro: micro / 1_000_000)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
MESSAGES = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system", "tool", ""])},
    optional={
        "content": TEXTS | st.none() | st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": TEXTS})),
        "tool_calls": JSON,
        "name": TEXTS,
    },
) | st.dictionaries(TEXTS, JSON, max_size=2)
ROLES = st.sampled_from(AgentRole)
CRITERIA = st.builds(
    CriterionResult,
    criterion=TEXTS,
    requirement=TEXTS,
    status=st.sampled_from(["passed", "failed", "inconclusive"]),
    reasoning=TEXTS,
    quote=st.none() | TEXTS,
    message_index=st.none() | st.integers(0, 9),
    needs=TEXTS,
)
REPLIES = st.builds(
    Reply,
    text=TEXTS,
    messages=st.lists(MESSAGES, max_size=2),
    reasoning=TEXTS,
    tool_calls=st.lists(st.builds(FunctionCall, name=TEXTS, arguments_raw=TEXTS, arguments=JSON), max_size=2),
    usage=st.none() | st.builds(Usage, input_tokens=st.integers(0, 10**6)),
    interrupt=JSON,
    session=st.dictionaries(TEXTS, JSON, max_size=2),
)
OPTIONAL_TIMES = st.none() | TIMES
TIMINGS = st.builds(
    StreamTiming,
    connect=OPTIONAL_TIMES,
    first_content=OPTIONAL_TIMES,
    total=TIMES,
    gaps=st.builds(Gaps, median=OPTIONAL_TIMES, maximum=OPTIONAL_TIMES),
)


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    """A call whose events are mostly, but not always, pieces of its bytes."""
    pieces = draw(st.lists(st.binary(max_size=20) | TEXTS.map(lambda text: f"data: {text}\n\n".encode()), max_size=5))
    told = [piece.decode("utf-8", "replace").removeprefix("data: ").rstrip("\n") for piece in pieces]
    data = draw(st.lists(st.sampled_from(told) | TEXTS, max_size=6)) if told else draw(st.lists(TEXTS, max_size=2))
    events = [
        ReceivedEvent(
            at=draw(TIMES),
            data=each,
            event=draw(TEXTS),
            id=draw(TEXTS),
            content=draw(st.booleans()),
            malformed=draw(st.booleans()),
        )
        for each in data
    ]
    return Exchange(
        request=HttpRequest(url="http://[::1]/chat", headers={"x-a": draw(TEXTS)}, body=draw(st.binary(max_size=60))),
        status=draw(st.none() | st.integers(100, 599)),
        headers={"x-b": draw(TEXTS)},
        chunks=[Chunk(draw(TIMES), piece) for piece in pieces],
        events=events,
        reply=msgspec.structs.replace(draw(REPLIES), events=events),
        timing=draw(TIMINGS),
        outcome=draw(st.sampled_from(["complete", "truncated", "error", "stalled", "timed_out", "aborted"])),
        protocol=draw(TEXTS),
        error=draw(st.none() | TEXTS),
        turn=draw(st.none() | st.integers(0, 3)),
        agent=draw(TEXTS),
    )  # fmt: skip


class Told:
    """What was told of one run: the plainest store there could be."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.back: list[Message] = []
        self.exchanges: list[Exchange] = []
        self.checkpoints: list[CriterionResult] = []
        self.turns: set[int] = set()
        self.calls: dict[int, float | None] = {}
        self.model_calls = 0
        self.result: ScenarioResult | None = None
        self.ended = False


@st.composite
def runs(draw: st.DrawFn, run_id: str) -> tuple[list[RunEvent], Told]:  # noqa: C901 - one case to a kind of event
    """A run of any events in any order between its start and, perhaps, its end; and what it told."""
    told, events = Told(), list[RunEvent]()

    def tell(kind: type[RunEvent], **values: Any) -> None:
        events.append(kind(run_id=run_id, at=draw(TIMES), **values))

    tell(
        RunStarted,
        name=draw(TEXTS),
        description=draw(TEXTS),
        thread_id="t",
        metadata=draw(st.dictionaries(TEXTS, JSON)),
    )
    steps = st.sampled_from(["turn", "ask", "answer", "say", "back", "wire", "model", "check"])
    for step in draw(st.lists(steps, max_size=12)):
        turn = draw(st.integers(0, 4))
        match step:
            case "turn":
                told.turns.add(turn)
                tell(TurnStarted, turn=turn)
            case "ask":
                call = draw(st.integers(1, 3))
                told.calls.setdefault(call, None)
                tell(CallStarted, call_id=call, turn=turn, role=draw(ROLES), agent=draw(TEXTS))
            case "answer":
                call, seconds = draw(st.integers(1, 3)), draw(TIMES)
                told.calls[call] = seconds
                tell(CallFinished, call_id=call, turn=turn, role=draw(ROLES), agent="a", seconds=seconds)
            case "say":
                message = draw(MESSAGES)
                tell(MessageAdded, index=len(told.messages), turn=turn, message=message, role=draw(st.none() | ROLES))
                told.messages.append(message)
            case "back":
                length = draw(st.integers(0, len(told.messages)))
                told.back += told.messages[length:]
                del told.messages[length:]
                tell(MessagesRolledBack, length=length)
            case "wire":
                told.exchanges.append(exchange := draw(exchanges()))
                tell(ExchangeRecorded, turn=turn, exchange=exchange, call_id=draw(st.none() | st.integers(1, 3)))
            case "model":
                told.model_calls += 1
                tell(ModelCalled, role=draw(ROLES), model=draw(TEXTS), usage=Usage(input_tokens=1), seconds=draw(TIMES))
            case "check":
                told.checkpoints += (criteria := draw(st.lists(CRITERIA, max_size=2)))
                tell(CheckpointPassed, turn=turn, criteria=tuple(criteria))
    if draw(st.booleans()):
        told.ended = True
        told.result = draw(st.none() | st.builds(
            ScenarioResult, success=st.booleans(), reasoning=st.none() | TEXTS,
            messages=st.just(list(told.messages)) | st.lists(MESSAGES, max_size=1),
            criteria=st.lists(CRITERIA, max_size=2), passed_criteria=st.lists(TEXTS, max_size=1),
        ))  # fmt: skip
        tell(RunFinished, result=told.result, messages=tuple(told.messages), seconds=1.0, error="ValueError: x")
    return events, told


def interleaved(random: Any, lists: list[list[RunEvent]]) -> list[RunEvent]:
    """The events of several runs at once, those of each in order."""
    places = [index for index, events in enumerate(lists) for _ in events]
    random.shuffle(places)
    rests = [iter(events) for events in lists]
    return [next(rests[place]) for place in places]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.tuples(runs("aa"), runs("bb")), st.randoms(use_true_random=False))
def test_whatever_was_told_is_read_back(told: Any, random: Any) -> None:
    """Any events of runs at once come out as they went in: nothing lost, nothing doubled, nothing mixed up."""
    with tempfile.TemporaryDirectory() as folder:
        warnings: list[str] = []
        with StoreWriter(folder, warn=warnings.append, secrets=Secrets()) as writer:
            for event in interleaved(random, [events for events, _ in told]):
                writer(event)
        assert warnings == []
        with StoreReader(folder) as reader:
            assert {row.run_id for row in reader.scenarios()} == {"aa", "bb"}
            for run_id, (_, expected) in zip(("aa", "bb"), told, strict=True):
                check(reader, run_id, expected)


def canonical(message: Message) -> str:
    """A message as text, whatever the order of its keys."""
    return json.dumps(message, sort_keys=True)


def check(reader: StoreReader, run_id: str, expected: Told) -> None:
    """The run is stored as it was told."""
    record = reader.scenario(run_id)
    assert [message.message for message in record.messages] == expected.messages
    assert [message.index for message in record.messages] == list(range(len(expected.messages)))
    assert sorted(map(canonical, (each.message for each in record.rolled_back))) == sorted(
        map(canonical, expected.back)
    )
    assert [stored.exchange for stored in record.exchanges] == expected.exchanges
    assert [each.result for each in record.verdicts if each.turn is not None] == expected.checkpoints
    assert {turn.turn for turn in record.turns} == expected.turns
    assert {call.call_id: call.seconds for call in record.calls} == expected.calls
    assert len(record.model_calls) == expected.model_calls
    assert (record.scenario.status == "cancelled") == (not expected.ended)
    assert (record.result is None) == (expected.result is None)
    if record.result is not None and expected.result is not None:
        assert record.result.exchanges == expected.exchanges
        assert record.result.model_dump()["criteria"] == expected.result.model_dump()["criteria"]
        stripped = [msgspec.structs.replace(one, timing=None, exchanges=[]) for one in (record.result, expected.result)]
        assert stripped[0] == stripped[1]


@given(exchanges(), exchanges())
def test_an_exchange_that_builds_on_another_is_whole(first: Exchange, second: Exchange) -> None:
    """An exchange that is kept as the difference to another comes back as it was."""
    base = packed(first, 0, None).base
    blobs = packed(second, 1, base)
    back, _ = unpacked(blobs.details, blobs.trace, blobs.body, 1, base)
    assert back == second


@given(st.lists(st.integers(0, 200), max_size=8), st.sampled_from(["auto", "sse"]))
def test_events_are_made_from_the_stored_bytes_as_from_those_that_came(cuts: list[int], protocol: str) -> None:
    """Of a recorded call no event is kept: all that is read back is as it was, and still no event was made."""
    body = (
        b'data: {"type": "ping"}\n\nid: 1\nevent: token\ndata: {"content": "Gr\xc3\xbc\xc3\x9fe"}\n\ndata: {\n\ndata: b'
    )
    body += b'\ndata: c\n\nid: 2\r\ndata: {"content": "!"}\r\n\r\ndata: [DONE]\n\ndata: cut'
    places = sorted({0, len(body), *[cut % len(body) for cut in cuts]})
    chunks = [Chunk(start / 8, body[start:end]) for start, end in pairwise(places)]
    read = read_exchange(chunks, content_type="text/event-stream", protocol=protocol)
    blobs = packed(read, 0, None)
    back, _ = unpacked(blobs.details, blobs.trace, blobs.body, 0, None)
    assert len(back.events) == len(read.events)
    assert isinstance(read.events, ReceivedEvents)
    assert isinstance(back.events, ReceivedEvents)
    assert list(back.events.content_times()) == list(read.events.content_times())
    assert read.events._made is back.events._made is None
    assert back == read
    assert back.reply.events is back.events
    bare, _ = unpacked(blobs.details, blobs.trace, b"", 0, None)
    times = [(event.at, event.content, event.malformed) for event in read.events]
    assert [(event.at, event.content, event.malformed) for event in bare.events] == times
    assert {event.data for event in bare.events} == {""}
    assert len(blobs.trace) < 400


def test_events_that_are_others_than_the_bytes_are_kept_themselves() -> None:
    """Where chunks were masked, or events given as a list, each is stored as it is."""
    read = read_exchange([b'data: {"content": "a secret"}\n\ndata: [DONE]\n\n'], content_type="text/event-stream")
    events = [msgspec.structs.replace(event, data=event.data.replace("secret", "******")) for event in read.events]
    chunks = [Chunk(0.0, read.body.replace(b"secret", b"******"))]
    for other in (
        msgspec.structs.replace(read, events=events, reply=msgspec.structs.replace(read.reply, events=events)),
        msgspec.structs.replace(read, chunks=chunks),
    ):
        blobs = packed(other, 0, None)
        back, _ = unpacked(blobs.details, blobs.trace, blobs.body, 0, None)
        assert back == msgspec.structs.replace(
            other, reply=msgspec.structs.replace(other.reply, events=list(other.events))
        )


def test_a_long_conversation_is_kept_in_little_space(tmp_path: Path) -> None:
    """Where an agent is sent the whole conversation at each turn, the store grows with the turns, not their square."""
    base, sizes = None, []
    history = b""
    for turn in range(200):
        exchange = streamed(f"question {turn}", f"answer number {turn * 7919}", history=history)
        blobs = packed(exchange, turn, base)
        base = blobs.base if blobs.base.depth < 31 else None
        history += b'{"role":"user","content":"question %d and something else"},' % turn
        sizes.append(len(blobs.details))
    assert sum(sizes[32:64]) * 3 > sum(sizes[160:192])


def test_a_message_changed_in_place_is_stored_as_it_ended(tmp_path: Path) -> None:
    """A test that changes or adds messages by hand finds them in the store; what was said first is kept beside them."""
    events = list(a_run("aa", turns=1))
    finished = events[-1]
    assert isinstance(finished, RunFinished)
    messages = [
        *finished.messages[:-1],
        {"role": "assistant", "content": "changed"},
        {"role": "user", "content": "more"},
    ]
    events[-1] = msgspec.structs.replace(finished, messages=tuple(messages))
    with StoreWriter(tmp_path) as writer:
        for event in events:
            writer(event)
    with StoreReader(tmp_path) as reader:
        record = reader.scenario("aa")
    assert [message.message for message in record.messages] == messages
    assert [message.text for message in record.rolled_back] == [finished.messages[-1]["content"]]
    assert record.messages[1].speaker == "agent"


def test_without_bytes_the_times_remain(tmp_path: Path) -> None:
    """A store that is to keep no bytes still has when each event arrived."""
    with StoreWriter(tmp_path, keep_bytes=False) as writer:
        for event in a_run("aa", turns=1):
            writer(event)
    with StoreReader(tmp_path) as reader:
        stored = reader.scenario("aa").exchanges[0]
    whole = streamed("What is the weather in Paris today? (0)", stored.exchange.reply.text)
    assert stored.exchange.body == b""
    assert stored.size == len(whole.body)
    assert [event.at for event in stored.exchange.events] == [event.at for event in whole.events]
