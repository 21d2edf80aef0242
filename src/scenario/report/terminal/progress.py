"""Many scenarios on the terminal while they run: a bar that stays in place, and failures above it as they happen.

On a terminal there is a bar. In CI and on terminals that cannot move their cursor each end is a plain line. Where the
output goes into a file or a pipe nothing is shown: the summary at the end is enough.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Final, TextIO

from scenario.record.ending import OUTCOMES
from scenario.record.needed import needed
from scenario.record.run_record import RunRecord
from scenario.report.reasons import failure_lines, undecided_word
from scenario.report.terminal.glyphs import Glyphs, glyphs_for, one_line
from scenario.report.terminal.lines import Line, Span, counted, dollars, plain, seconds
from scenario.report.terminal.outcome_marks import mark_of, tone_of, word_of
from scenario.report.terminal.verbosity import Display
from scenario.report.terminal.wrapping import cells

if TYPE_CHECKING:  # rich takes longer to load than all else that is shown: where there are no colours it is not needed
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.live import Live
    from rich.text import Text

_REFRESHES: Final = 8
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
        self._live: Live | None = None
        self._console: Console | None = None
        if display == "live":
            from rich.console import Console
            from rich.live import Live

            self._console = Console(file=stream, _environ=environ, highlight=False)
            self._live = Live(self, console=self._console, refresh_per_second=_REFRESHES, transient=True)

    def __enter__(self) -> SuiteProgress:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def started(self, key: int, name: str) -> None:
        """A scenario was begun."""
        self.tally.started(key, name)

    def ended(self, key: int, record: RunRecord) -> None:
        """A scenario is done: on a terminal only what did not pass is told, in plain lines each."""
        self.tally.ended(key, record)
        if self._console is not None:
            # What failed of many is not to wait for the end; of one, the summary follows at once.
            if record.outcome != "passed" and self.tally.total > 1:
                self.say(end_line(record, self._glyphs, width=self._console.width))
        elif self._display == "plain":
            self.say(end_line(record, self._glyphs))

    def tried_again(self, record: RunRecord) -> None:
        """A scenario was invalid, and is tried again."""
        why = f"try {record.tries} was {word_of('invalid', [record.fault])}; it is tried again"
        name = one_line(record.name, _WIDEST_NAME, self._glyphs)
        self.say((mark_of("invalid", self._glyphs), Span(f" {name}", "strong"), Span(f"  {why}", "dim")))

    def say(self, line: Line) -> None:
        """Print a line, above the bar where there is one; nothing where nothing is shown."""
        if self._console is not None:
            self._console.print(styled(line), soft_wrap=True)
        elif self._display == "plain":
            self._stream.write(f"{plain(line)}\n")
            self._stream.flush()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The bar, as it is now."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        tokens, cost = self._spent()
        tally = self.tally
        row = Table.grid(padding=(0, 1))
        color = self._color()
        bar = ProgressBar(
            total=max(tally.total, 1), completed=tally.done, width=24, complete_style=color, finished_style=color
        )
        row.add_row(bar, styled(status_line(tally, self._glyphs, tokens=tokens, cost=cost)))
        yield row
        if line := slow_line(tally, self._glyphs):
            yield Text("", no_wrap=True, overflow="ellipsis").append_text(styled(line))

    def _color(self) -> str:
        """Red is for what the agent did; yellow for what nobody knows of it."""
        counts = self.tally.counts
        return "red" if counts["failed"] else "green" if counts["passed"] == self.tally.done else "yellow"


def styled(line: Sequence[Span]) -> Text:
    """A line as rich prints it; what it says is never taken for markup."""
    from rich.text import Text

    from scenario.report.terminal.terminal import STYLES

    return Text.assemble(*((span.text, STYLES[span.tone]) for span in line))


def print_lines(lines: Sequence[Line], *, stream: TextIO, environ: Mapping[str, str], colors: bool) -> None:
    """Print lines: with colours where they are wanted, else plainly. A reader that has gone is no error."""
    try:
        if colors:
            from rich.console import Console

            console = Console(file=stream, _environ=environ, highlight=False)
            for line in lines:
                console.print(styled(line), soft_wrap=True)
            return
        encoding = getattr(stream, "encoding", None) or "utf-8"
        text = "".join(f"{plain(line)}\n" for line in lines)
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        return
