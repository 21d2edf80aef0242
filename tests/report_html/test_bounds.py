"""No run makes a report that nobody can open: what is too much is cut before it is copied, and said."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from xml.etree import ElementTree as Xml

import msgspec
import pytest

from scenario.atomic_file import write_atomically
from scenario.errors import ConfigurationError
from scenario.lint.finding import Finding as LintFinding
from scenario.lint.rules import RULES
from scenario.record.account import (
    CallAccount,
    CriterionAccount,
    EventAccount,
    Finding,
    JudgmentAccount,
    MessageAccount,
    RunAccount,
    StreamAccount,
    ToolUseAccount,
)
from scenario.record.account_record import record_of
from scenario.record.overview import overview_of
from scenario.report.files.bounds import bounded_account, bounded_record
from scenario.report.files.html import html_parts, html_report
from scenario.report.files.json_report import json_parts
from scenario.report.files.junit import junit_parts, junit_xml
from scenario.report.files.markdown import markdown_report
from scenario.report.files.sarif import sarif
from tests.report_html.held import held
from tests.viewer.made_runs import answer, run, stream

Value = TypeVar("Value")

MB = 1024 * 1024
# Texts as long as the recorder lets them be; every run has the same few, so that only copies of them cost memory.
LONG = "All work and no play. " * 4500
HOSTILE = "\x01\ud7ff\uffff<&>]]>\x1b[2J" * 9000
DATA = "y" * 4000


def criteria(count: int, text: str = LONG) -> list[CriterionAccount]:
    """So many, of which the first half passed."""
    return [
        CriterionAccount(
            criterion=f"Criterion {number}",
            status="passed" if number < count // 2 else "failed",
            reasoning=text,
            quote=text,
        )
        for number in range(count)
    ]


def floods() -> dict[str, dict[str, Any]]:
    """Parts of runs that have far too much of something."""
    events = [EventAccount(at=index / 1000, data=DATA, flags=1) for index in range(2000)]
    tools = [ToolUseAccount(name="f", id=f"t{number}", arguments="{}") for number in range(100_000)]
    long = StreamAccount(turn=0, outcome="complete", events=events)
    findings = [Finding(rule="L1", message=LONG)] * 100_000
    judgment = JudgmentAccount(asked="turn", answer="failed", criteria=criteria(100), reasoning=LONG)
    return {
        "criteria": {"criteria": criteria(10_000)},
        "tool calls": {"messages": [MessageAccount(index=0, role="assistant", tools=tools)]},
        "messages": {"messages": [answer(LONG, index=number) for number in range(20_000)]},
        "events": {"streams": [long] * 200},
        "answers": {"streams": [StreamAccount(turn=0, outcome="error", text=LONG, body=LONG, error=LONG)] * 20_000},
        "findings": {"streams": [StreamAccount(turn=0, outcome="complete", findings=findings)]},
        "calls": {"calls": [CallAccount(call=number, role="agent", error=LONG) for number in range(20_000)]},
        "judgments": {"judgments": [judgment] * 5_000},
        "parameters": {"parameters": {f"p{number}": LONG for number in range(1000)}},
        "error": {"row": {"error": HOSTILE, "name": HOSTILE, "fault": "wire"}, "reasoning": LONG},
    }


FLOODS = floods()


def flooded(kind: str) -> RunAccount:
    """A run that has far too much of this."""
    account = run(0, "Flood", "failed", **FLOODS[kind])
    account.row.unmet = [one.criterion for one in account.criteria if one.status != "passed"]
    return account


def peak(do: Callable[[], Value]) -> tuple[Value, float]:
    """What it gives, and how many megabytes it held at once while it was made."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        return do(), (tracemalloc.get_traced_memory()[1] - before) / MB
    finally:
        tracemalloc.stop()


def in_page(page: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The row and the account of the only run."""
    (row,), ((account, _),) = map(json.loads, held(page).split("\n"))
    return row, account


@pytest.mark.parametrize("kind", sorted(FLOODS))
def test_a_report_takes_a_bounded_part_of_any_run(kind: str) -> None:
    """A page holds at most some megabytes at once for it, and what is missing is said."""
    page, held = peak(lambda: sum(map(len, html_parts([flooded(kind)], title="t"))))
    assert page < 2 * MB
    assert held < 80, f"{held:.0f} MB"
    row, account = in_page(html_report([flooded(kind)]))
    assert len(json.dumps(row)) < 40_000
    if kind != "error":
        assert account["left_out"]


@pytest.mark.parametrize("kind", sorted(FLOODS))
def test_ci_reports_take_a_bounded_part_of_any_run(kind: str) -> None:
    """JUnit stays XML, JSON stays JSON, and neither is much larger than what one can look at."""
    record = record_of(flooded(kind))
    for make in (junit_parts, json_parts):
        content, held = peak(lambda make=make: b"".join(make([record])))  # type: ignore[misc]
        assert len(content) < 16 * MB
        assert held < 80, f"{held:.0f} MB"
        Xml.fromstring(content) if make is junit_parts else json.loads(content)  # noqa: S314 - our own
    account = flooded(kind)
    assert len(markdown_report(overview_of([account]), [account.row])) < 65_536


def test_criteria_that_were_not_met_are_kept_before_those_that_were() -> None:
    """In every report, with how many are left out, and where they are."""
    account = flooded("criteria")
    row, told = in_page(html_report([account]))
    assert {one["status"] for one in told["criteria"]} == {"failed"}
    assert row["unmet"] == [one["criterion"] for one in told["criteria"]]
    assert told["left_out"][0] == "9,700 of 10,000 criteria"
    record = record_of(account)
    suite = Xml.fromstring(junit_xml([record]))  # noqa: S314 - our own
    failure = next(suite.iter("failure"))
    assert "9,700 of 10,000 criteria" in (failure.text or "")
    assert "`scenario show r0`" in (failure.text or "")
    assert "… 4,980 more" in (failure.get("message") or "")
    (one,) = json.loads(b"".join(json_parts([record])))["scenarios"]
    assert one["left_out"] == ["9,700 of 10,000 criteria"]
    assert one["criteria"][0]["criterion"] == "Criterion 5000"


def test_events_without_room_are_known_by_their_times() -> None:
    """As the last ones of a long stream are: none is lost from the timeline of the first answers without a word."""
    kept = bounded_account(flooded("events"))
    assert [len(one.events) for one in kept.streams[:3]] == [0, 0, 0]  # each has more than there is room for in a run
    small = StreamAccount(turn=0, outcome="complete", events=[EventAccount(at=0.5, data=DATA)] * 900)
    kept = bounded_account(run(0, "Flood", streams=[small] * 3))
    told = [(len(one.events), len(one.later), one.left_out) for one in kept.streams]
    assert told == [(900, 0, 0), (0, 900, 900), (0, 900, 900)]
    assert kept.left_out == ["the data of 1,800 events"]


def test_what_is_not_too_much_is_taken_as_it_is() -> None:
    """Not a character is missing, nor anything said to be."""
    talk = [answer(LONG, index=number) for number in range(50)]
    account = run(0, "Whole", messages=talk, streams=[stream(2000)], criteria=criteria(300, "short"))
    assert bounded_account(account) is account
    record = record_of(account)
    assert bounded_record(record) == record


def test_a_long_error_is_whole_where_the_run_is_looked_at() -> None:
    """The list has its beginning; the run's own page has what the recorder kept."""
    row, account = in_page(html_report([run(0, "Failed", "failed", row={"error": LONG})]))
    assert len(row["error"]) < 1100
    assert account["row"]["error"] == LONG


def test_the_gravest_findings_are_kept_in_sarif() -> None:
    """Code hosts take five thousand; how many more there were is in the log."""
    some = [
        LintFinding(rule=RULES[0].id, level=level, title="t", seen=LONG, remedy="r", event=number)
        for number in range(4000)
        for level in ("info", "error")
    ]
    (told,) = sarif(some, place="a")["runs"]
    levels = [one["level"] for one in told["results"]]
    assert (levels.count("error"), levels.count("note")) == (4000, 1000)
    (note,) = told["invocations"][0]["toolExecutionNotifications"]
    assert "3,000 of 8,000 findings" in note["message"]["text"]
    assert max(len(one["message"]["text"]) for one in told["results"]) < 11_000
    assert "invocations" not in sarif(some[:10], place="a")["runs"][0]


def test_pieces_are_written_as_they_come_and_whole_or_not_at_all(tmp_path: Path) -> None:
    """Where making one of them raises, the file that was there before stays, and nothing is beside it."""
    path = tmp_path / "report.json"
    write_atomically(path, iter([b"one ", b"two"]))
    assert path.read_bytes() == b"one two"

    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConfigurationError("the store went away")

    with pytest.raises(ConfigurationError, match="went away"):
        write_atomically(path, broken())
    assert path.read_bytes() == b"one two"
    assert list(tmp_path.iterdir()) == [path]


def test_reports_of_many_runs_hold_little_more_than_what_they_are_written_to() -> None:
    """Whether of HTML, JUnit or JSON: no second copy of the whole is made."""
    accounts = [
        run(number, f"Run {number}", messages=[answer(f"{number} ")], streams=[stream(40)]) for number in range(2000)
    ]
    records = [msgspec.structs.replace(record_of(one), file=f"f{one.row.id}") for one in accounts]
    ways: list[Callable[[], Iterator[bytes]]] = [
        lambda: html_parts(accounts, title="t"),
        lambda: junit_parts(records),
        lambda: json_parts(records),
    ]
    for way in ways:
        size, held = peak(lambda way=way: sum(map(len, way())))  # type: ignore[misc]
        assert held < 4 * size / MB + 4
