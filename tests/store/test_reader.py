"""Lists, search, comparison and changes, read while and after runs are written."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from scenario.dialogue.events import CallFinished, MessageAdded, RunFinished, TextDelta
from scenario.errors import ConfigurationError
from scenario.store.invocation import Invocation
from scenario.store.origin import Origin, scenario_key
from scenario.store.place import database_path
from scenario.store.reader import StoreReader
from scenario.store.records import InvocationRow, ScenarioRow
from scenario.store.writer import StoreWriter
from scenario.types import AgentRole
from tests.store.stored_runs import a_run


def record(folder: Path, uid: str, **runs: dict[str, object]) -> None:
    """An invocation with these runs, each with what `a_run` and `Origin` take."""
    with StoreWriter(folder, invocation=Invocation(uid=uid * 32, started=1.0, source="run")) as writer:
        for run_id, given in runs.items():
            origin = Origin(**{name: given[name] for name in given if name in Origin.__struct_fields__})  # type: ignore[arg-type]
            rest = {name: given[name] for name in given if name not in Origin.__struct_fields__}
            for event in a_run(run_id, **rest):  # type: ignore[arg-type]
                writer.of(origin)(event)


def test_pages_follow_one_another_without_gap_or_overlap(tmp_path: Path) -> None:
    """Reading page by page gives every scenario once, the newest first, also while more are written."""
    record(tmp_path, "a", **{f"r{index:02}": {} for index in range(25)})
    with StoreReader(tmp_path) as reader:
        seen, before = [], None
        while page := reader.scenarios(limit=10, before=before):
            seen += [row.run_id for row in page]
            before = page[-1].number
            if len(seen) == 10:
                record(tmp_path, "b", late={})
    assert seen == [f"r{index:02}" for index in reversed(range(25))]


def test_filters_hold_together(tmp_path: Path) -> None:
    """Scenarios are found by status, by text in their name, set, file or test, by invocation and by key."""
    record(tmp_path, "a", r1={"name": "refund 100%"}, r2={"name": "other", "success": False, "file": "refunds.yaml"})
    record(tmp_path, "b", r3={"name": "refund", "set_id": "shop", "success": False}, r4={"name": "100 refunds"})
    with StoreReader(tmp_path) as reader:
        assert [row.run_id for row in reader.scenarios(text="REFUND")] == ["r4", "r3", "r2", "r1"]
        assert [row.run_id for row in reader.scenarios(text="refund", status=["failed"])] == ["r3", "r2"]
        assert [row.run_id for row in reader.scenarios(text="0%")] == ["r1"]
        assert [row.run_id for row in reader.scenarios(invocation="b" * 32, status=["passed"])] == ["r4"]
        assert [row.run_id for row in reader.scenarios(text="shop")] == ["r3"]
        key = scenario_key("refund", set_id="shop")
        assert [row.run_id for row in reader.scenarios(key=key)] == ["r3"]


def test_an_id_may_be_shortened_while_it_is_the_only_one(tmp_path: Path) -> None:
    """The beginning of an id finds its run or invocation; one that fits several, and a wildcard, find none."""
    record(tmp_path, "a", b1={}, b2={})
    with StoreReader(tmp_path) as reader:
        assert isinstance(reader.find("b1"), ScenarioRow)
        assert isinstance(reader.find("aaa"), InvocationRow)
        assert isinstance(reader.find("last"), InvocationRow)
        with pytest.raises(ConfigurationError, match="several ids: b2, b1"):
            reader.find("b")
        for unknown in ("%", "_1", "", "zz"):
            with pytest.raises(ConfigurationError, match="No run"):
                reader.find(unknown)


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sunny", ["r1"]),
        ("SUN paris", ["r1"]),
        ('"in Paris, with"', ["r1"]),
        ('"Paris in"', []),
        ("雨が", ["r2"]),
        ("rain OR", []),
        ('* ) " NEAR(', []),
        ("50%", ["r3"]),
        ("x_y", ["r3"]),
        ("", []),
    ],
)
def test_messages_are_found_by_their_words(tmp_path: Path, query: str, found: list[str], indexed: bool) -> None:
    """Words and phrases are found, whatever signs the query holds, with the index and without it."""
    answers = {"r1": "It is sunny in Paris, with wind.", "r2": "明日は雨が降ります", "r3": "It rains by 50% in x_y."}
    record(tmp_path, "a", **{run: {"answer": answer, "question": "?", "turns": 1} for run, answer in answers.items()})
    if not indexed:
        connection = sqlite3.connect(database_path(tmp_path))
        connection.execute("DROP TABLE message_words")
        connection.commit()
        connection.close()
    with StoreReader(tmp_path) as reader:
        assert [each.scenario.run_id for each in reader.search(query)] == found


def test_a_repetition_is_counted_and_the_key_stays(tmp_path: Path) -> None:
    """The same scenario keeps its key in every invocation, and its repetitions in one are counted."""
    record(tmp_path, "a", r1={"test": "t.py::x"}, r2={"test": "t.py::x"}, r3={"test": "t.py::y"})
    record(tmp_path, "b", r4={"test": "t.py::x"})
    with StoreReader(tmp_path) as reader:
        rows = {row.run_id: row for row in reader.scenarios()}
    assert rows["r1"].key == rows["r2"].key == rows["r4"].key != rows["r3"].key
    assert [rows[run].repeat for run in ("r1", "r2", "r3", "r4")] == [0, 1, 0, 0]


def test_the_key_does_not_depend_on_the_order_of_parameters() -> None:
    """Rows of parameters are the same whatever the order of their columns, and differ by any value."""
    one = scenario_key("x", parameters={"city": "Rome", "days": 3})
    assert one == scenario_key("x", parameters={"days": 3, "city": "Rome"})
    assert one != scenario_key("x", parameters={"days": "3", "city": "Rome"})


def test_last_failures_are_those_whose_newest_run_failed(tmp_path: Path) -> None:
    """A scenario that failed and passed since is none of them; one that has not been run since still is."""
    record(tmp_path, "a", r1={"name": "mended", "success": False}, r2={"name": "broken", "success": False})
    record(
        tmp_path, "b", r3={"name": "mended"}, r4={"name": "new", "success": False}, r5={"name": "cut", "ends": False}
    )
    with StoreReader(tmp_path) as reader:
        assert [row.run_id for row in reader.last_failures()] == ["r4", "r2"]


def test_ended_names_each_scenario_once_and_none_that_is_left_to_run(tmp_path: Path) -> None:
    """What ended is not run again: each key and repetition once; what was cancelled is left to run."""
    record(
        tmp_path,
        "a",
        r1={"name": "x"},
        r2={"name": "x", "repeat": 1, "success": False},
        r3={"name": "y", "ends": False},
    )
    with StoreReader(tmp_path) as reader:
        assert [(each.run_id, each.repeat, each.status) for each in reader.ended("a" * 32)] == [
            ("r1", 0, "passed"),
            ("r2", 1, "failed"),
        ]


def test_changes_are_told_once_and_none_is_left_out(tmp_path: Path) -> None:
    """Whoever follows along sees each run begin, grow and end, and nothing twice while nothing changes."""
    with StoreWriter(tmp_path) as writer:
        events = list(a_run("aa", turns=2))
        for event in events[:-1]:
            writer(event)
        assert writer.flush(30)
        with StoreReader(tmp_path) as reader:
            first = reader.changes()
            assert [row.status for row in first.scenarios] == ["running"]
            assert reader.changes(first.cursor).scenarios == []
            writer(events[-1])
            assert writer.flush(30)
            second = reader.changes(first.cursor)
            assert [row.status for row in second.scenarios] == ["passed"]
            for index in range(30):
                for event in a_run(f"r{index:02}"):
                    writer(event)
            assert writer.flush(30)
            seen, cursor = list[str](), second.cursor
            while (page := reader.changes(cursor, limit=4)).scenarios:
                seen += [row.run_id for row in page.scenarios]
                cursor = page.cursor
            assert sorted(seen) == [f"r{index:02}" for index in range(30)]


def test_an_answer_is_seen_while_it_arrives(tmp_path: Path) -> None:
    """What has arrived of an answer can be read before it is whole, and is replaced by its message."""
    events = list(a_run("aa", turns=1))
    asked = next(index for index, event in enumerate(events) if isinstance(event, TextDelta))
    call = {"call_id": 1, "role": AgentRole.AGENT, "agent": "WeatherAgent"}
    with StoreWriter(tmp_path) as writer:
        for event in events[: asked + 1]:
            writer(event)
        writer(TextDelta(run_id="aa", at=0.3, text=" and more", **call))
        with_text, until = None, time.monotonic() + 30
        assert writer.flush(30)
        with StoreReader(tmp_path) as reader:
            while with_text is None and time.monotonic() < until:  # the writer looks for such text four times a second
                with_text = reader.scenario("aa").calls[0].partial
            assert with_text == "It and more"
            for event in events[asked + 1 :]:
                writer(event)
            assert writer.flush(30)
            call_after = reader.scenario("aa").calls[0]
            assert (call_after.partial, call_after.first_text) == (None, 0.2)


def test_criteria_are_counted_over_an_invocation(tmp_path: Path) -> None:
    """How often a criterion passed and failed is read without reading a conversation."""
    record(tmp_path, "a", r1={}, r2={}, r3={"success": False})
    with StoreReader(tmp_path) as reader:
        assert [(each.criterion, each.counts) for each in reader.criteria("a" * 32)] == [
            ("The agent tells the weather", {"passed": 2, "failed": 1})
        ]


def test_a_run_that_is_told_twice_is_stored_once(tmp_path: Path) -> None:
    """The same events, told again by another process, change nothing."""
    record(tmp_path, "a", r1={})
    record(tmp_path, "b", r1={}, r2={})
    with StoreReader(tmp_path) as reader:
        assert [(row.run_id, row.invocation[0]) for row in reader.scenarios()] == [("r2", "b"), ("r1", "a")]
        assert len(reader.scenario("r1").messages) == 4


@pytest.mark.parametrize(
    ("error", "cancelled", "status", "fault"),
    [
        ("AssertionError: no", False, "failed", ""),
        ("ValueError: no", False, "invalid", "test"),
        (None, True, "cancelled", ""),
        ("KeyboardInterrupt: ", False, "cancelled", ""),
        ("Skipped: not here", False, "cancelled", ""),
    ],
)
def test_an_exception_becomes_a_status(
    tmp_path: Path, error: str | None, cancelled: bool, status: str, fault: str
) -> None:
    """How a run without a verdict ended can be told from its status and fault."""
    events = list(a_run("aa", ends=False))
    with StoreWriter(tmp_path) as writer:
        for event in [*events, RunFinished(run_id="aa", at=1.0, error=error, cancelled=cancelled)]:
            writer(event)
    with StoreReader(tmp_path) as reader:
        row = reader.scenarios()[0]
    assert (row.status, row.fault) == (status, fault)


def test_odd_values_are_stored_by_their_text(tmp_path: Path) -> None:
    """Lone surrogates, huge numbers, objects and lists inside themselves lose nothing else, and raise nothing."""
    endless: list[object] = []
    endless.append(endless)
    odd = [{"content": "\ud800 x", "n": 10**40}, {"role": "user", "content": endless}, {"role": "user", "o": object()}]
    warnings: list[str] = []
    with StoreWriter(tmp_path, warn=warnings.append) as writer:
        events = list(a_run("aa", turns=1))
        writer(events[0])
        for index, message in enumerate(odd):
            writer(MessageAdded(run_id="aa", at=float("inf"), index=index, turn=10**30, message=message))
        writer(CallFinished(run_id="aa", at=1.0, call_id=7, turn=0, role=AgentRole.USER, agent="\udcff", seconds=1.0))
    assert warnings == []
    with StoreReader(tmp_path) as reader:
        record = reader.scenario("aa")
    assert record.messages[0].message == {"content": "\\ud800 x", "n": 10**40}
    assert len(record.messages) == 3
    assert record.calls[0].agent == "\\udcff"
