"""Many scenarios on the terminal: how far, how many of which kind, what it cost, what takes long."""

from __future__ import annotations

import io

from scenario.report.terminal.glyphs import ASCII, UNICODE
from scenario.report.terminal.lines import plain
from scenario.report.terminal.progress import SuiteProgress, Tally, end_line, slow_line, status_line
from scenario.report.terminal.verbosity import Display
from tests.report.terminal_window import TerminalStream
from tests.suite.records import FAILED, INVALID, PASSED, UNDECIDED, record


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def shown(display: Display, stream: io.StringIO) -> str:
    """What is shown of four scenarios."""
    with SuiteProgress(
        4, stream=stream, display=display, environ={"TERM": "xterm", "COLUMNS": "100"}, spent=lambda: (500, 0.02)
    ) as progress:
        for key, one in enumerate([PASSED, FAILED, UNDECIDED, INVALID]):
            progress.started(key, one.name)
            progress.ended(key, one)
    return stream.getvalue()


def test_the_status_counts_each_outcome_and_the_spending() -> None:
    """On one line."""
    clock = Clock()
    tally = Tally(9, clock=clock)
    for key, one in enumerate([PASSED, PASSED, FAILED, INVALID, UNDECIDED]):
        tally.started(key, one.name)
        tally.ended(key, one)
    tally.started(7, "a")
    clock.now = 12.0
    line = plain(status_line(tally, UNICODE, tokens=1234, cost=0.5))
    assert line == "5/9  ✓ 2  ✗ 1  ? 1  ! 1  ▶ 1 running · 12.0 s · 1,234 tokens · $0.50"


def test_what_takes_longest_is_named() -> None:
    """While something runs, the one that has run for longest; then the slowest of all."""
    clock = Clock()
    tally = Tally(3, clock=clock)
    tally.started(1, "first")
    clock.now = 2.0
    tally.started(2, "second")
    clock.now = 5.0
    assert plain(slow_line(tally, UNICODE)) == "longest running: first, 5.0 s"
    tally.ended(1, record(name="first", seconds=5.0))
    assert plain(slow_line(tally, UNICODE)) == "longest running: second, 3.0 s"
    tally.ended(2, record(name="second", seconds=3.5))
    assert plain(slow_line(tally, UNICODE)) == "slowest: first, 5.0 s"


def test_an_end_is_one_line_with_its_reason() -> None:
    """The criteria, or the exception; nothing that a terminal would obey."""
    assert plain(end_line(PASSED, UNICODE)) == "✓ weather in Paris  4.5 s"
    assert plain(end_line(FAILED, ASCII)) == "x weather in Rome  1.2 s  It is polite; It is brief"
    assert (
        plain(end_line(INVALID, UNICODE)) == "! judge down  invalid (judge)  500 ms  JudgeError: [JudgeAgent] no answer"
    )
    assert plain(end_line(UNDECIDED, ASCII)) == "? storm in Oslo  undecided  250 ms  It would warn of a storm"
    hostile = record(name="\x1b[2J", outcome="failed", error="AssertionError: \x07\n\x1b]0;x\x07")
    assert not {"\x1b", "\x07", "\n"} & set(plain(end_line(hostile, UNICODE)))


def test_a_pipe_gets_nothing() -> None:
    """The summary at the end is enough."""
    assert shown("quiet", io.StringIO()) == ""


def test_ci_gets_a_line_for_each() -> None:
    """Without control sequences."""
    lines = shown("plain", io.StringIO()).splitlines()
    assert [line[:3] for line in lines] == ["✓ w", "✗ w", "? s", "! j"]


def test_a_terminal_keeps_what_did_not_pass() -> None:
    """The bar goes away at the end; failures stay above."""
    text = shown("live", TerminalStream())
    assert "weather in Rome" in text
    assert "judge down" in text
    assert "✓ weather in Paris" not in text
    assert text.endswith("\r\x1b[A\x1b[J"), "the bar is wiped away"
