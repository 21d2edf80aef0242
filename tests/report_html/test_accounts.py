"""Accounts: what is kept of a run's events, and that the store tells the same."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, strategies as st

from scenario.dialogue.events import ExchangeRecorded, MessagesRolledBack, RunEvent
from scenario.exchange import Exchange, HttpRequest, ReceivedEvent
from scenario.record.account import Finding, RunAccount
from scenario.record.account_parts import shown, stream_account
from scenario.record.account_record import record_of
from scenario.record.account_recorder import AccountRecorder
from scenario.record.overview import overview_of
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.redaction import Secrets
from scenario.store.accounts import stored_account
from scenario.store.reader import StoreReader
from scenario.store.writer import StoreWriter
from tests.report.run_events import Run, weather_run


def account_of(events: list[RunEvent]) -> RunAccount:
    """What is kept of them."""
    recorder = AccountRecorder()
    for event in events:
        recorder(event)
    (account,) = recorder.accounts
    return account


def test_an_account_has_all_of_a_run() -> None:
    """Messages with their tools, the judge's words at their message, the streams, what models cost."""
    account = account_of(list(weather_run()))
    assert [message.role for message in account.messages] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
        "assistant",
    ]
    assert account.messages[1].tools[0].name == "get_weather"
    assert account.messages[2].answers == account.messages[1].tools[0].id
    assert [(one.status, one.message) for one in account.criteria] == [
        ("passed", None),
        ("failed", 3),
        ("inconclusive", None),
    ]
    assert [stream.first_content for stream in account.streams] == [0.21, 0.34]
    assert {one.role: one.calls for one in account.spend} == {"user": 1, "judge": 1}
    assert account.row.unmet == ["The agent asks for the unit", "The agent stays polite when it is contradicted"]


def test_the_store_tells_the_same(tmp_path: Path) -> None:
    """A run that was stored is shown as one that was kept in memory."""
    events = list(weather_run())
    kept = account_of(events)
    with StoreWriter(tmp_path) as writer:
        for event in events:
            writer(event)
    with StoreReader(tmp_path) as reader:
        told = stored_account(reader.scenario(kept.row.id))
    for field in ("description", "reasoning", "agents", "max_turns", "criteria", "streams", "spend"):
        assert getattr(told, field) == getattr(kept, field), field
    assert [(one.role, one.text, one.tools, one.turn, one.speaker) for one in told.messages] == [
        (one.role, one.text, one.tools, one.turn, one.speaker) for one in kept.messages
    ]
    for field in ("status", "turns", "messages", "tokens", "met", "unmet", "fault", "error"):
        assert getattr(told.row, field) == getattr(kept.row, field), field


def test_an_account_gives_the_record_that_other_reports_are_made_of() -> None:
    """JUnit and JSON of a stored run say what they would have said of it while it ran."""
    records: list[RunRecord] = []
    recorder = RunRecorder(lambda record, *_: records.append(record))
    for event in weather_run():
        recorder(event)
    record = record_of(account_of(list(weather_run())))
    for field in ("run_id", "name", "outcome", "reasoning", "turns", "ttfts", "tokens", "cost", "error", "fault"):
        assert getattr(record, field) == getattr(records[0], field), field
    assert [(one.criterion, one.status) for one in record.criteria] == [
        (one.criterion, one.status) for one in records[0].criteria
    ]


def test_messages_that_were_taken_back_are_not_shown() -> None:
    """A conversation that was cut back is shown as it went on."""
    run = Run()
    events = [*run.start(), *run.turn(), *run.says("Hello?"), *run.answers("No.")]
    events.append(MessagesRolledBack(run_id=run.name, at=1.0, length=1))
    run.messages.pop()
    events += [*run.answers("Yes."), *run.judged()]
    assert [message.text for message in account_of(events).messages] == ["Hello?", "Yes."]


def test_secrets_are_covered() -> None:
    """Keys in headers and addresses are not on any page, whoever recorded them."""
    request = HttpRequest(url="http://host/chat?api_key=sk-live-1234567890", headers={"Authorization": "Bearer sk-1"})
    stream = stream_account(Exchange(request=request, headers={"set-cookie": "session=1"}), turn=0)
    assert b"sk-" not in msgspec.json.encode(stream)
    assert b"session=1" not in msgspec.json.encode(stream)


def test_secrets_of_the_environment_are_covered_everywhere() -> None:
    """What an agent repeats of a secret is on no page either, nor what is sent under a secret's name."""
    run = Run()
    body = b'{"api_key": "abc", "messages": []}'
    sent = Exchange(request=HttpRequest(url="http://host/chat", body=body))
    recorder = AccountRecorder(secrets=Secrets(["the-secret-of-the-environment"]))
    leak = "My key is the-secret-of-the-environment."
    for event in [*run.start(), *run.turn(), *run.says("Hello?"), *run.answers(leak, over=sent), *run.judged()]:
        recorder(event)
    told = msgspec.json.encode(recorder.accounts[0])
    assert b"the-secret" not in told
    assert "abc" not in recorder.accounts[0].streams[0].body


def test_a_flood_of_events_is_bounded() -> None:
    """A stream of any length fits the page: it is cut, and the page says by how much."""
    events = [ReceivedEvent(at=index / 1000, data="x" * 10_000) for index in range(5000)]
    stream = stream_account(Exchange(request=HttpRequest(url="http://host"), events=events), turn=0)
    assert len(stream.events) + stream.left_out == 5000
    assert [at for at, _ in stream.later] == [event.at for event in events[len(stream.events) :]], (
        "when they came is told"
    )
    assert len(msgspec.json.encode(stream)) < 10_000_000


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_any_text_can_be_written(text: str) -> None:
    """Lone surrogates, too, can be encoded; all else stays."""
    shown(text).encode()
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert shown(text) == text


def test_findings_come_with_their_stream() -> None:
    """What the lint says of an exchange stands with it."""
    recorder = AccountRecorder(lint=lambda _: [Finding(rule="R1", message="odd", event=0)])
    for event in weather_run():
        recorder(event)
    assert [stream.findings[0].rule for stream in recorder.accounts[0].streams] == ["R1", "R1"]


def test_the_overview_counts_every_criterion_of_every_run() -> None:
    """Criteria that fail most come first; times to first token are those of all answers."""
    figures = overview_of([account_of(list(weather_run("a"))), account_of(list(weather_run("b")))])
    assert (figures.runs, figures.failed) == (2, 2)
    assert [(one.passed, one.failed, one.inconclusive) for one in figures.criteria] == [(0, 2, 0), (0, 0, 2), (2, 0, 0)]
    assert figures.ttft.count == 4
    assert figures.ttft.p50 == pytest.approx(0.275)


def test_runs_of_unknown_beginning_are_left_alone() -> None:
    """A subscriber that comes in late keeps nothing of what it cannot tell in full."""
    recorder = AccountRecorder()
    late = [event for event in weather_run() if isinstance(event, ExchangeRecorded)]
    for event in late:
        recorder(event)
    assert recorder.accounts == []
