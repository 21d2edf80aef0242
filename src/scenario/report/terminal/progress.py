"""Many scenarios on the terminal while they run: a bar that stays in place, and failures above it as they happen.

On a terminal there is a bar. In CI and on terminals that cannot move their cursor each end is a plain line. Where the
output goes into a file or a pipe nothing is shown: the summary at the end is enough.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, TextIO

from scenario.record.ending import OUTCOMES
from scenario.record.needed import needed
from scenario.record.run_record import RunRecord
from scenario.report.reasons import failure_lines, undecided_word
from scenario.report.terminal.colors import Colors, colors_for, columns_of
from scenario.report.terminal.glyphs import Glyphs, glyphs_for, one_line
from scenario.report.terminal.lines import Line, Span, Tone, counted, cut, dollars, plain, seconds
from scenario.report.terminal.outcome_marks import mark_of, tone_of, word_of
from scenario.report.terminal.region import Region
from scenario.report.terminal.verbosity import Display
from scenario.report.terminal.wrapping import cells

_SECONDS: Final = 1 / 8
_BAR: Final = 24
_WIDEST_NAME: Final = 48
_WIDEST_LINE: Final = 200
_SHORTEST_REASON: Final = 30


class Tally:
    """How far a suite is.

    Args:
        total: how many scenarios there are.
        clock: seconds, monotonic.
    """

    def __init__(self, total: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.total = total
        self.counts = dict.fromkeys(OUTCOMES, 0)
        self.slowest: tuple[float, str] | None = None
        self._clock = clock
        self._began = clock()
        self._running: dict[int, tuple[float, str]] = {}

    @property
    def done(self) -> int:
        """How many have ended."""
        return sum(self.counts.values())

    @property
    def running(self) -> int:
        """How many run now."""
        return len(self._running)

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return self._clock() - self._began

    def started(self, key: int, name: str) -> None:
        """A scenario was begun."""
        self._running[key] = (self._clock(), name)

    def ended(self, key: int, record: RunRecord) -> None:
        """A scenario is done."""
        self._running.pop(key, None)
        self.counts[record.outcome] += 1
        if self.slowest is None or record.seconds > self.slowest[0]:
            self.slowest = (record.seconds, record.name)

    def longest_running(self) -> tuple[float, str] | None:
        """The one that has been running for longest: how long, and its name."""
        if not self._running:
            return None
        began, name = min(self._running.values())
        return self._clock() - began, name


def end_line(record: RunRecord, glyphs: Glyphs, *, width: int = _WIDEST_LINE) -> Line:
    """A scenario that has ended, on one line: its mark, its name, and why where it did not pass.

    Args:
        record: how it ended.
        glyphs: the marks to draw with.
        width: columns that the line may take, as far as there is room for a reason at all.
    """
    unmet = [criterion.criterion for criterion in record.criteria if criterion.status != "passed"]
    why = " ".join(failure_lines(record.error)) or "; ".join(unmet) or record.reasoning
    shown = [mark_of(record.outcome, glyphs), Span(" " + one_line(record.name, _WIDEST_NAME, glyphs), "strong")]
    if record.outcome in ("undecided", "invalid"):
        needs = needed(one.needs for one in record.criteria if one.status != "passed")
        word = undecided_word(needs) if record.outcome == "undecided" else word_of(record.outcome, [record.fault])
        shown.append(Span(f"  {one_line(word, _WIDEST_NAME, glyphs)}", tone_of(record.outcome)))
    shown.append(Span(f"  {seconds(record.seconds)}", "dim"))
    if record.outcome != "passed" and why:
        taken = sum(cells(span.text) for span in shown) + 2
        shown.append(Span("  " + one_line(why, max(width - taken, _SHORTEST_REASON), glyphs)))
    return tuple(shown)


def status_line(tally: Tally, glyphs: Glyphs, *, tokens: int, cost: float | None) -> Line:
    """How far it is and what it has cost."""
    shown = [Span(f"{tally.done}/{tally.total}", "strong")]
    for outcome in OUTCOMES:
        if count := tally.counts[outcome]:
            mark = mark_of(outcome, glyphs)
            shown.append(Span(f"  {mark.text} {count}", mark.tone))
    if tally.running:
        shown.append(Span(f"  {glyphs.start} {tally.running} running"))
    figures = [seconds(tally.elapsed)]
    figures += [counted(tokens, "token")] if tokens else []
    figures += [dollars(cost)] if cost is not None else []
    shown.append(Span("".join(glyphs.dot + figure for figure in figures), "dim"))
    return tuple(shown)


def slow_line(tally: Tally, glyphs: Glyphs) -> Line:
    """The scenario that takes longest: of those that run, else of those that have ended."""
    if (running := tally.longest_running()) is not None:
        duration, name = running
        return (Span(f"longest running: {one_line(name, _WIDEST_NAME, glyphs)}, {seconds(duration)}", "dim"),)
    if tally.slowest is not None:
        duration, name = tally.slowest
        return (Span(f"slowest: {one_line(name, _WIDEST_NAME, glyphs)}, {seconds(duration)}", "dim"),)
    return ()


class SuiteProgress:
    """Shows a suite on a stream while it runs; a context manager.

    Args:
        total: how many scenarios there are.
        stream: where to show it.
        display: how: `live`, `plain` or `quiet`.
        environ: what tells a terminal's colours is read.
        spent: tokens and US dollars so far.
    """

    def __init__(
        self,
        total: int,
        *,
        stream: TextIO,
        display: Display,
        environ: Mapping[str, str],
        spent: Callable[[], tuple[int, float | None]],
    ) -> None:
        self.tally = Tally(total)
        self._glyphs = glyphs_for(getattr(stream, "encoding", None))
        self._display = display
        self._stream = stream
        self._spent = spent
        self._environ = environ
        self._colors = colors_for(stream, environ) if display == "live" else None
        if self._colors is None and display == "live":  # it obeys no control sequences
            self._display = "plain"
        self._region = None if self._colors is None else Region(stream, self._drawn, seconds=_SECONDS)

    def __enter__(self) -> SuiteProgress:
        if self._region is not None:
            self._region.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._region is not None:
            self._region.__exit__(kind, error, trace)

    def started(self, key: int, name: str) -> None:
        """A scenario was begun."""
        self.tally.started(key, name)

    def ended(self, key: int, record: RunRecord) -> None:
        """A scenario is done: on a terminal only what did not pass is told, in plain lines each."""
        self.tally.ended(key, record)
        if self._region is not None:
            # What failed of many is not to wait for the end; of one, the summary follows at once.
            if record.outcome != "passed" and self.tally.total > 1:
                self.say(end_line(record, self._glyphs, width=self._columns()))
        elif self._display == "plain":
            self.say(end_line(record, self._glyphs))

    def tried_again(self, record: RunRecord) -> None:
        """A scenario was invalid, and is tried again."""
        why = f"try {record.tries} was {word_of('invalid', [record.fault])}; it is tried again"
        name = one_line(record.name, _WIDEST_NAME, self._glyphs)
        self.say((mark_of("invalid", self._glyphs), Span(f" {name}", "strong"), Span(f"  {why}", "dim")))

    def say(self, line: Line) -> None:
        """Print a line, above the bar where there is one; nothing where nothing is shown."""
        if self._region is not None and self._colors is not None:
            self._region.say(self._colors.line(line))
        elif self._display == "plain":
            self._stream.write(f"{plain(line)}\n")
            self._stream.flush()

    def _columns(self) -> int:
        return columns_of(self._stream, self._environ)

    def _drawn(self) -> list[str]:
        """The bar, as it is now."""
        tokens, cost = self._spent()
        status = status_line(self.tally, self._glyphs, tokens=tokens, cost=cost)
        lines = [(*self._bar(), Span(" "), *status), slow_line(self.tally, self._glyphs)]
        # In the last column a terminal may go on to the next line.
        width = self._columns() - 1
        colors = self._colors or Colors(colored=False)
        return [colors.line(cut(line, width, self._glyphs.ellipsis)) for line in lines if line]

    def _bar(self) -> Line:
        done = _BAR * self.tally.done // max(self.tally.total, 1)
        mark = "━" if self._glyphs.symbols else "="
        return (Span(mark * done, self._tone()), Span(("─" if self._glyphs.symbols else "-") * (_BAR - done), "dim"))

    def _tone(self) -> Tone:
        """Red is for what the agent did; yellow for what nobody knows of it."""
        counts = self.tally.counts
        return "bad" if counts["failed"] else "good" if counts["passed"] == self.tally.done else "unsure"
