"""What a shrinking came to, as lines on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scenario.freezing.sought import Sought
from scenario.report.terminal.glyphs import Glyphs, one_line
from scenario.report.terminal.lines import Line, Span, counted
from scenario.report.terminal.wrapping import wrapped
from scenario.shrinking.evidence import DROPPED_WRONGLY, KEPT_WRONGLY, Counts
from scenario.shrinking.search import Reduction, Search

_LONGEST: Final = 2000
_LABEL: Final = 10


def progress_line(search: Search, max_runs: int, glyphs: Glyphs) -> str:
    """Where a search is, on one line."""
    words = {"measuring": "how often it fails", "texts": "shorter texts", "confirming": "once more"}
    phase = words.get(search.phase, "")
    shown = f"turns {len(search.whole)} {glyphs.arrow} {len(search.best)}, run {search.runs + 1} of {max_runs}"
    return f"{shown}{glyphs.dot}{phase}" if phase else shown


def reduction_lines(
    found: Reduction, sought: Sought, texts: Sequence[str | None], max_runs: int, glyphs: Glyphs, width: int
) -> list[Line]:
    """The table of what was reduced, and each turn that is kept.

    Args:
        found: what came of it.
        sought: the failure.
        texts: what the user said in the whole run, turn by turn.
        max_runs: the budget.
        glyphs: the marks to draw with.
        width: columns to write in.
    """
    lines: list[Line] = [(Span(f"{sought.kind}: ", "dim"), Span(one_line(sought.text, width - 12, glyphs), "strong"))]
    kept = [turn.text if turn.text is not None else texts[turn.number] for turn in found.turns]
    before, after = (sum(len(text or "") for text in one) for one in (texts, kept))
    rows = [
        ("turns", f"{len(texts)} {glyphs.arrow} {len(found.turns)}"),
        ("texts", f"{before:,} {glyphs.arrow} {counted(after, 'character')}"),
        ("fails", f"{_share(found.whole)} {glyphs.arrow} {_share(found.result)}"),
        ("runs", f"{found.runs} of {max_runs}{f', {found.invalid} of which said nothing' if found.invalid else ''}"),
    ]
    lines += [(Span(f"{name:<{_LABEL}}", "dim"), Span(value)) for name, value in rows]
    lines.append(())
    for turn, text in zip(found.turns, kept, strict=True):
        shown = one_line(text, _LONGEST, glyphs) if text is not None else "(no plain text)"
        for index, part in enumerate(wrapped(shown, width - _LABEL) or [""]):
            lines.append((Span(f"{f'turn {turn.number + 1}' if not index else '':<{_LABEL}}", "dim"), Span(part)))
    return [*lines, (), *_claims(found, max_runs)]


def _claims(found: Reduction, max_runs: int) -> list[Line]:
    """What is shown of the result, and what is not."""
    lines: list[Line] = []
    if found.is_minimal and len(found.turns) == 1:
        lines.append((Span("One turn suffices.", "good"),))
    elif found.is_minimal:
        lines.append((Span("None of these turns can go: without any one of them it was seen to pass.", "good"),))
    elif found.spent:
        text = (
            f"Not shown to be the shortest: the budget of {counted(max_runs, 'run')} has ended. The same command with"
        )
        lines.append((Span(f"{text} a greater --max-runs goes on.", "unsure"),))
    else:
        lines.append((Span("Not shown to be the shortest: of some shorter ones nobody could tell.", "unsure"),))
    if found.whole.passes or found.result.passes:
        text = f"The agent is flaky: a turn may be kept wrongly in {KEPT_WRONGLY:.0%} of the decisions, dropped wrongly"
        lines.append((Span(f"{text} in {DROPPED_WRONGLY:.0%}.", "dim"),))
    if not found.still_fails:
        lines.append((Span("What is left fails less often than the whole, as far as its runs tell.", "unsure"),))
    if found.unclear:
        lines.append((Span(f"{counted(found.unclear, 'shorter one')} given up, as nobody could tell.", "unsure"),))
    return lines


def _share(counts: Counts) -> str:
    return f"{counts.fails} of {counts.valid}"
