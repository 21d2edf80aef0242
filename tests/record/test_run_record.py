"""What is kept of a run."""

from __future__ import annotations

import json
from collections.abc import Iterable

import msgspec
import pytest

from scenario.dialogue.events import CheckpointPassed, RunEvent, RunFinished
from scenario.exchange import ReceivedEvent
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.redaction import environment_secrets
from scenario.types import AgentRole, CriterionResult, RoleUsage, ScenarioResult, Usage
from tests.report.run_events import Run, exchange, met, not_met, weather_run


def record_of(*parts: Iterable[RunEvent]) -> RunRecord:
    """The one record that these events give."""
    records: list[RunRecord] = []
    recorder = RunRecorder(lambda record, *_: records.append(record))
    for part in parts:
        for event in part:
            recorder(event)
    (record,) = records
    return record


@pytest.mark.parametrize("messages_first", [True, False])
def test_a_judged_run(messages_first: bool) -> None:
    """Outcome, criteria with reasons and quotations, turns, times, tokens and cost are taken from the events."""
    record = record_of(weather_run(messages_first=messages_first))
    assert (record.name, record.outcome, record.turns) == ("weather", "failed", 2)
    assert record.ttfts == (0.21, 0.34)
    assert (record.tokens, record.agent_tokens) == (2 * 1084, 2 * 120)
    assert record.cost == pytest.approx(0.0024)
    assert [(c.status, c.quote, c.speaker, c.message_index) for c in record.criteria] == [
        ("passed", "", "", None),
        ("failed", "it is 18 °C", "assistant", 3),
        ("inconclusive", "", "", None),
    ]
    assert record.criteria[1].reasoning == "It never asks and takes Celsius for granted."


def test_a_flood_of_events_is_not_linted() -> None:
    """The rules run on the loop of the run's end, which a server must not be able to hold up; it is told."""

    def findings(count: int) -> tuple[tuple[str, ...], int]:
        run, flood = Run(), exchange()
        flood.events = [ReceivedEvent(at=0.1, data="no JSON", malformed=True)] * count
        record = record_of(run.start(), run.turn(), run.answers("Hi", over=flood), run.stopped("enough"))
        return record.stream_rules, record.unlinted

    assert findings(3) == (("L24",), 0)
    assert findings(40_000) == ((), 1)


def test_json_round_trip() -> None:
    """A record survives the way through JSON, as it goes from a worker to the controller."""
    record = record_of(weather_run())
    assert RunRecord.from_json(json.loads(json.dumps(record.to_json()))) == record


def test_concurrent_runs_are_kept_apart() -> None:
    """Events of runs that go on at once are folded each into its own record."""
    records: dict[str, RunRecord] = {}
    recorder = RunRecorder(lambda record, *_: records.update({record.name: record}))
    for events in zip(weather_run("a"), weather_run("b"), strict=True):
        for event in events:
            recorder(event)
    assert msgspec.structs.replace(records["a"], name="b", run_id="b") == records["b"]


@pytest.mark.parametrize(
    ("error", "fault", "outcome", "told", "blamed"),
    [
        ("AgentError: [Echo] no route", "agent", "failed", "AgentError: [Echo] no route", "agent"),
        ("JudgeError: nonsense", "judge", "invalid", "JudgeError: nonsense", "judge"),
        ("KeyError: 'x'", None, "invalid", "KeyError: 'x'", "test"),
        ("AssertionError: no lookup", None, "failed", "AssertionError: no lookup", ""),
        ("AssertionError: ", None, "failed", "AssertionError", ""),
        ("KeyboardInterrupt: ", None, "cancelled", "KeyboardInterrupt", ""),
    ],
)
def test_a_run_that_an_exception_ended(error: str, fault: str | None, outcome: str, told: str, blamed: str) -> None:
    """The agent's fault has failed it, as a check that does not hold has; by any other's it is invalid."""
    run = Run()
    record = record_of(run.start(), run.turn(), run.stopped(error, fault))
    assert (record.outcome, record.error, record.fault, record.turns) == (outcome, told, blamed, 1)


def test_a_cancelled_run() -> None:
    """Being cancelled is told as such and is nobody's fault."""
    run = Run()
    record = record_of(run.start(), run.stopped("CancelledError: ", None, cancelled=True))
    assert (record.outcome, record.error, record.fault) == ("cancelled", "the run was cancelled", "")


def test_time_to_first_text_without_a_wire() -> None:
    """Where nothing was exchanged, the first piece of the agent's text counts; a simulated user's does not."""
    run = Run()
    record = record_of(
        run.start(), run.answers("hi", role=AgentRole.USER), run.answers("18", " °C"), run.judged(met("It answers"))
    )
    assert record.ttfts == (pytest.approx(0.1),)


def test_the_wire_measures_better_than_the_first_piece() -> None:
    """Of a call over the wire there is one time, the one that was taken where the bytes arrived."""
    run = Run()
    record = record_of(run.start(), run.answers("18", " °C", over=exchange(ttft=0.042)), run.judged())
    assert record.ttfts == (0.042,)


def test_own_judges_with_bare_criteria() -> None:
    """Criteria that a judge of one's own names in the lists alone are in the record, too."""
    run = Run()
    result = ScenarioResult(
        success=False,
        messages=[],
        passed_criteria=["a"],
        failed_criteria=["b", "c"],
        inconclusive_criteria=["c"],
        criteria=[CriterionResult(criterion="b", status="failed", reasoning="why")],
    )
    record = record_of(run.start(), [RunFinished(run_id=run.name, at=1.0, result=result)])
    assert [(c.criterion, c.status, c.reasoning) for c in record.criteria] == [
        ("b", "failed", "why"),
        ("c", "inconclusive", ""),
        ("a", "passed", ""),
    ]


def test_checkpoints_are_kept() -> None:
    """Criteria that were met on the way stand before those of the last verdict, once."""
    run = Run()
    passed = CheckpointPassed(run_id=run.name, at=0.5, turn=0, criteria=(met("greets"), met("answers")))
    record = record_of(run.start(), [passed], run.judged(met("answers"), not_met("says goodbye", "It does not.")))
    assert [c.criterion for c in record.criteria] == ["greets", "answers", "says goodbye"]


def test_the_quoted_message_stands_in_for_a_quotation() -> None:
    """Where the judge points at a message and quotes no words of it, its text is shown."""
    run = Run()
    record = record_of(run.start(), run.says("Hello"), run.judged(not_met("polite", "Too short.", None, 0)))
    assert (record.criteria[0].quote, record.criteria[0].speaker) == ("Hello", "user")


def test_the_result_knows_better_what_was_used() -> None:
    """Tokens and cost that the result sums up are taken from it; unknown prices are left out of the sum."""
    run = Run()
    usage = {
        "agent": RoleUsage(usage=Usage(total_tokens=10), cost=None),
        "judge": RoleUsage(usage=Usage(input_tokens=5, output_tokens=5), cost=0.5),
    }
    result = ScenarioResult(success=True, messages=[], usage=usage)
    record = record_of(run.start(), run.model(), [RunFinished(run_id=run.name, at=1.0, result=result)])
    assert (record.tokens, record.agent_tokens, record.cost) == (10, 10, 0.5)


def test_what_strangers_send_is_bounded() -> None:
    """A record stays small however much an agent says, and can be encoded whatever it says."""
    run = Run()
    endless = "x" * 1_000_000 + "\ud800"
    record = record_of(
        run.start(), run.says(endless), run.judged(not_met(endless, endless, None, 0), reasoning=endless + "\ud800")
    )
    assert len(json.dumps(record.to_json()).encode()) < 20_000


def test_a_run_whose_start_was_not_seen() -> None:
    """A subscriber that came too late keeps no half of a run."""
    records: list[RunRecord] = []
    recorder = RunRecorder(lambda record, *_: records.append(record))
    run = Run()
    for event in [*run.turn(), *run.judged()]:
        recorder(event)
    assert records == []


def test_a_record_holds_no_secret_of_the_environment() -> None:
    """JUnit, JSON and what CI prints are made of records: a key that an agent gives away stands in none of them."""
    secret = "sk-0123456789abcdef"  # noqa: S105 - made up
    run = Run()
    verdict = CriterionResult(criterion="ok", status="failed", reasoning=f"it says {secret}", quote=secret)
    result = ScenarioResult(success=False, messages=[], reasoning=f"because of {secret}", criteria=[verdict])
    records: list[RunRecord] = []
    recorder = RunRecorder(lambda record, *_: records.append(record), secrets=environment_secrets({"X_KEY": secret}))
    for event in [*run.start(), RunFinished(run_id=run.name, at=1.0, result=result)]:
        recorder(event)
    assert len(records) == 1
    assert secret not in json.dumps(records[0].to_json())
