"""The summary of many runs."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from scenario.record.run_record import CriterionRecord, RunRecord
from scenario.report.terminal.glyphs import ASCII, UNICODE, Glyphs
from scenario.report.terminal.lines import dollars, plain, seconds
from scenario.report.terminal.summary import summary_lines, totals
from scenario.report.terminal.wrapping import cells

PASSED = RunRecord(
    run_id="1", name="weather", outcome="passed", turns=3, ttfts=(0.1, 0.2), tokens=1200, cost=0.0012, seconds=4.2
)
FAILED = RunRecord(
    run_id="2",
    name="refund request",
    outcome="failed",
    reasoning="It never asks.",
    turns=2,
    ttfts=(0.3,),
    seconds=2.0,
    criteria=(
        CriterionRecord(criterion="It greets", status="passed"),
        CriterionRecord(
            criterion="It asks for the order number",
            status="failed",
            reasoning="It refunds at once.",
            quote="Refunded!",
            speaker="assistant",
            message_index=1,
        ),
    ),
    test="tests/test_refund.py::test_refund",
    test_outcome="failed",
)
INVALID = RunRecord(
    run_id="3",
    name="unreachable",
    outcome="invalid",
    error="AgentUnreachableError: no connection to http://127.0.0.1:9",
    fault="wire",
    test="tests/test_refund.py::test_unreachable",
)


def page(records: Sequence[RunRecord], *, verbosity: int = 0, width: int = 100, glyphs: Glyphs = UNICODE) -> list[str]:
    """The summary as a person reads it."""
    return [plain(line) for line in summary_lines(records, glyphs=glyphs, width=width, verbosity=verbosity)]


def test_the_page() -> None:
    """A row for each run, below those that did not pass why, and the totals at the end."""
    assert page([INVALID, PASSED, FAILED]) == [
        "✓ weather         3 turns  TTFT p50 150 ms, p95 195 ms  4.2 s  1,200 tokens  $0.0012",
        "✗ refund request  2 turns                  TTFT 300 ms  2.0 s",
        "    tests/test_refund.py::test_refund",
        "    It never asks.",
        "    ✗ It asks for the order number",
        "      It refunds at once.",
        "      assistant, message 2: “Refunded!”",
        "! unreachable     0 turns                                0 ms",
        "    tests/test_refund.py::test_unreachable",
        "    AgentUnreachableError: no connection to http://127.0.0.1:9",
        "    at fault: the address, or the agent's machine",
        "",
        (
            "3 scenarios: 1 passed, 1 failed, 1 invalid (wire) · 5 turns · TTFT p50 200 ms, p95 290 ms · 1,200 tokens"
            " · $0.0012"
        ),
    ]


def test_quiet() -> None:
    """With -q: what did not pass, with its test and the reasons, and the totals."""
    assert page([PASSED, FAILED], verbosity=-1) == [
        "✗ refund request  tests/test_refund.py::test_refund",
        "    It never asks.",
        "    ✗ It asks for the order number",
        "      It refunds at once.",
        "      assistant, message 2: “Refunded!”",
        "2 scenarios: 1 passed, 1 failed · 5 turns · TTFT p50 200 ms, p95 290 ms · 1,200 tokens · $0.0012",
    ]


def test_quiet_about_a_failure_that_its_test_wants() -> None:
    """With -q the reasons of a failure that nobody has to look at are left out."""
    record = msgspec.structs.replace(FAILED, test_outcome="passed")
    assert len(page([record], verbosity=-1)) == 2


def test_nothing_ran() -> None:
    """Without a scenario there is no page."""
    assert page([]) == []


def test_many_passed() -> None:
    """Of many runs those that passed are only counted, unless everything is asked for."""
    many = [PASSED] * 200
    assert len(page([*many, FAILED])) == 8
    assert len(page([*many, FAILED], verbosity=1)) > 200


def test_verbose_shows_what_was_met() -> None:
    """With -v the criteria that were met are listed, too."""
    assert "    ✓ It greets" in page([FAILED], verbosity=1)
    assert "    ✓ It greets" not in page([FAILED])


@pytest.mark.parametrize(("outcome", "note"), [("passed", "(the test passed)"), ("xfailed", "(expected to fail)")])
def test_a_failure_that_its_test_wants(outcome: str, note: str) -> None:
    """Where a scenario failed and its test did not, the page says so."""
    record = msgspec.structs.replace(FAILED, test_outcome=outcome)
    assert f"    tests/test_refund.py::test_refund {note}" in page([record])


def test_a_pass_of_which_nothing_else_was_wanted() -> None:
    """That a test passed is no news where its scenario did."""
    record = msgspec.structs.replace(PASSED, test="tests/test_refund.py::test_pass", test_outcome="passed")
    lines = page([record], verbosity=1)
    assert "    tests/test_refund.py::test_pass" in lines
    assert not any("(the test passed)" in line for line in lines)


def test_many_failures_that_their_tests_want() -> None:
    """Where many scenarios fail as their tests want it, only those are listed that somebody has to look at."""
    wanted = [msgspec.structs.replace(FAILED, name="wanted", test_outcome="passed")] * 100
    for verbosity in (0, -1):
        lines = page([*wanted, FAILED], verbosity=verbosity)
        assert not any("wanted" in line for line in lines)
        assert any(line.startswith("✗ refund request") for line in lines)
        assert lines[-2] == "not listed: 100 scenarios that did not pass, in tests that passed (-v lists them)"
    assert any("wanted" in line for line in page([*wanted, FAILED], verbosity=1))
    assert page(wanted)[0].startswith("not listed: 100")


def test_what_an_agent_waits_for() -> None:
    """It is told where the verdict does not tell it."""
    waiting = msgspec.structs.replace(FAILED, interrupt="Pay 5 euros?")
    assert any(line.strip() == "The agent still waits for a human: Pay 5 euros?" for line in page([waiting]))
    told = msgspec.structs.replace(waiting, reasoning="The agent still waits for a human: 'Pay 5 euros?'.")
    assert sum("Pay 5 euros?" in line for line in page([told])) == 1


def test_what_the_run_has_told_of_all_criteria_is_not_told_again() -> None:
    """A reason that several share stands once; what each adds to it, and what the run did not tell, stays."""
    shared, other = "The judge is not fit. It said 0.5. ", "Nobody told this. "
    record = msgspec.structs.replace(
        FAILED,
        reasoning=f"Probabilities. {shared.strip()}",
        criteria=tuple(
            CriterionRecord(criterion=f"It {name}", status="inconclusive", reasoning=f"{shared}It had said: {name}.")
            for name in ("greets", "sings")
        ),
    )
    told = "\n".join(page([record]))
    assert told.count("The judge is not fit.") == 1
    assert "It had said: greets." in told
    assert "It had said: sings." in told
    apart = msgspec.structs.replace(
        record,
        criteria=tuple(msgspec.structs.replace(one, reasoning=other + one.reasoning) for one in record.criteria),
    )
    assert "\n".join(page([apart])).count("Nobody told this.") == 2


def test_ascii() -> None:
    """Where an encoding lacks the marks, the page needs none."""
    assert "".join(page([PASSED, FAILED, INVALID], glyphs=ASCII)).isascii()


def test_hostile_text() -> None:
    """What agents and judges say cannot reach the terminal as a control sequence, nor forge a line."""
    evil = "\x1b[2J\r\n✓ all passed\x9b0m"
    record = RunRecord(
        run_id="1",
        name=evil,
        outcome="failed",
        reasoning=evil,
        error=evil,
        fault=evil,
        test=evil,
        criteria=(CriterionRecord(criterion=evil, status="failed", reasoning=evil, quote=evil, speaker=evil),),
    )
    for line in page([record], verbosity=1):
        assert line.isprintable()
        assert not line.startswith("✓")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_details_fit(width: int) -> None:
    """Reasons and quotations are broken to the page's width."""
    words = "word " * 60
    long = msgspec.structs.replace(
        FAILED,
        reasoning=words,
        criteria=(CriterionRecord(criterion=words, status="failed", reasoning=words, quote=words, speaker="user"),),
    )
    assert all(cells(line) <= width for line in page([long], width=width)[2:-1])


def test_totals_of_nothing_measured() -> None:
    """What was not measured is left out, not shown as nought."""
    assert totals([INVALID]).ttft_p50 is None
    assert page([INVALID])[-1] == "1 scenario: 1 invalid (wire) · 0 turns"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 ms"), (0.0001, "0.1 ms"), (0.0094, "9.4 ms"), (0.34, "340 ms"), (0.9999, "1.0 s"), (2.44, "2.4 s"),
     (99.96, "1 min 40 s"), (200, "3 min 20 s")],
)  # fmt: skip
def test_seconds(value: float, text: str) -> None:
    """Durations have two or three digits and the unit that people would use."""
    assert seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "$0.00"), (12.5, "$12.50"), (0.0012, "$0.0012"), (0.0000123, "$1.2e-05"), (1234, "$1,234.00")],
)
def test_dollars(value: float, text: str) -> None:
    """Amounts have as many digits as they need."""
    assert dollars(value) == text


def tried(record: RunRecord, tries: int, *, retried: bool = False) -> RunRecord:
    """The record of a test that was tried so often."""
    return msgspec.structs.replace(record, tries=tries, retried=retried)


def test_a_test_that_was_tried_again_counts_once() -> None:
    """By its last try; what the others took of tokens and dollars was spent all the same."""
    records = [tried(FAILED, 1, retried=True), tried(PASSED, 1, retried=True), tried(PASSED, 2)]
    assert page(records) == [
        "✓ weather  3 turns  TTFT p50 150 ms, p95 195 ms  4.2 s  1,200 tokens  $0.0012  tried 2 times",
        "",
        "1 scenario: 1 passed (tried again) · 3 turns · TTFT p50 150 ms, p95 195 ms · 2,400 tokens · $0.0024",
    ]
    assert totals(records).runs == 1


@pytest.mark.parametrize(
    ("records", "counts"),
    [
        (
            [tried(FAILED, 1, retried=True), tried(FAILED, 2, retried=True), tried(FAILED, 3)],
            "1 failed (tried 3 times)",
        ),
        ([tried(INVALID, 2)], "1 invalid (wire) (tried 2 times)"),
        ([tried(PASSED, 2), PASSED, PASSED], "3 passed (1 tried again)"),
        ([tried(PASSED, 2), PASSED, tried(FAILED, 3), FAILED], "2 passed (1 tried again), 2 failed (1 tried again)"),
        ([PASSED, FAILED], "1 passed, 1 failed"),
    ],
)
def test_the_totals_tell_of_tries(records: list[RunRecord], counts: str) -> None:
    """Of one that did not pass, how often it was tried; of several, how many were."""
    assert page(records)[-1].partition(": ")[2].startswith(f"{counts} ·")


def test_earlier_tries_are_listed_on_demand() -> None:
    """With -v, after the last one of the same outcome; -q tells of those that failed in the end, and how often."""
    records = [tried(FAILED, 1, retried=True), tried(FAILED, 2)]
    rows = [line.rpartition("  ")[2] for line in page(records, verbosity=1) if line.startswith("✗")]
    assert rows == ["tried 2 times", "try 1, tried again"]
    assert [line for line in page(records, verbosity=-1) if line.startswith("✗")] == [
        "✗ refund request  tests/test_refund.py::test_refund  tried 2 times"
    ]
