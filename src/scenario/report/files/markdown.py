"""The report as Markdown: for a pull request's comment, or a job's summary page. Pure.

What agents, users and tests said stands in code spans only: there, no forge makes markup, links, mentions or
references of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from scenario.exchange import UNVERIFIED
from scenario.record.account import Overview, Percentiles, RowAccount
from scenario.record.not_run import NotRun
from scenario.report.compare import ChangedScenario, Comparison
from scenario.report.reasons import listed, undecided_word
from scenario.report.terminal.glyphs import one_line
from scenario.report.terminal.lines import counted, dollars, seconds
from scenario.report.terminal.outcome_marks import again_for, word_of

# GitHub takes 65,536 characters of a comment.
_MOST_CHARACTERS: Final = 60_000
_MOST_ROWS: Final = 25
_NAME: Final = 90
_REASON: Final = 240
_BACKTICKS: Final = re.compile(r"`+")
_MARKUP: Final = re.compile(r"[^\w (),:/]|:(?=/)")
_MARKS: Final = {"passed": "✅", "failed": "❌", "undecided": "❔", "invalid": "⚠️", "running": "⏳"}


def markdown_report(
    figures: Overview,
    rows: Sequence[RowAccount],
    *,
    title: str = "Scenarios",
    changed: Comparison | None = None,
    not_run: Sequence[NotRun] = (),
) -> str:
    """The report.

    Args:
        figures: of all runs.
        rows: the runs.
        title: its heading; ours, and so not escaped.
        changed: what changed against an earlier invocation, where there is one.
        not_run: what was not run.
    """
    bad = [row for row in rows if row.status not in ("passed", "retried")]
    mark = "❌" if figures.failed else "⚠️" if bad or not_run or not rows else "✅"
    headline = _headline(figures) if rows else "nothing was run"
    headline += f", {len(not_run):,} not run" if not_run else ""
    parts = [f"## {mark} {title}: {headline}", _figures_table(figures)]
    if unverified := sum(row.unverified for row in rows if row.status != "retried"):
        parts.append(f"⚠️ In {counted(unverified, 'scenario')}, {UNVERIFIED}.")
    if changed is not None:
        parts += changes_markdown(changed)
    if bad:
        parts += ["### Did not pass", _rows_table(bad[:_MOST_ROWS])]
        parts += [f"… and {len(bad) - _MOST_ROWS:,} more."] if len(bad) > _MOST_ROWS else []
    if not_run:
        lines = [f"- {code(one.name, _NAME)}: {code(one.reason, _REASON)}" for one in not_run[:_MOST_ROWS]]
        parts += ["### Not run", "\n".join(lines)]
        parts += [f"… and {len(not_run) - _MOST_ROWS:,} more."] if len(not_run) > _MOST_ROWS else []
    parts += _criteria(figures)
    good = [row for row in rows if row.status == "passed"]
    if good:
        names = "\n".join(f"- {code(row.name, _NAME)}{_tried(row)}" for row in good[:200])
        more = f"\n- … and {len(good) - 200:,} more" if len(good) > 200 else ""
        parts.append(f"<details><summary>{len(good):,} passed</summary>\n\n{names}{more}\n\n</details>")
    return _bounded(parts)


def changes_markdown(changed: Comparison) -> list[str]:
    """What changed, as paragraphs."""
    rate = f"{_share(changed.before_rate)} → {_share(changed.after_rate)}"
    counts = (
        f"**{counted(len(changed.regressions), 'regression')}**, {counted(len(changed.improvements), 'improvement')}, "
        f"{changed.unchanged:,} unchanged, {len(changed.added):,} new, {len(changed.removed):,} gone"
    )
    if changed.not_comparable:
        counts += f", {len(changed.not_comparable):,} not comparable"
    latency = f"first token {_moved(changed.ttft.before, changed.ttft.after)}"
    parts = ["### Against before", f"{counts} · pass rate {rate} · {latency}"]
    for heading, some in (
        ("Regressions", changed.regressions),
        ("Improvements", changed.improvements),
        ("Not comparable", changed.not_comparable),
    ):
        if some:
            parts += [f"#### {heading}", _changed_table(some[:_MOST_ROWS])]
            parts += [f"… and {len(some) - _MOST_ROWS:,} more."] if len(some) > _MOST_ROWS else []
    if changed.flips:
        lines = [
            f"- {_MARKS.get(flip.before, '❔')} → {_MARKS.get(flip.after, '❔')} {code(flip.criterion, _NAME)} "
            f"in {code(flip.scenario, _NAME)}"
            for flip in changed.flips[:_MOST_ROWS]
        ]
        parts += ["#### Criteria that flipped", "\n".join(lines)]
    return parts


def code(text: str, limit: int) -> str:
    """Foreign text as a code span on one line, which can stand in a table, too."""
    folded = one_line(text, limit).replace("|", "¦") or "-"
    longest = max((len(run) for run in _BACKTICKS.findall(folded)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if folded.startswith("`") or folded.endswith("`") else ""
    return f"{fence}{padding}{folded}{padding}{fence}"


def _headline(figures: Overview) -> str:
    # What is invalid says nothing about the agent: it is no part of what could have passed.
    decided = figures.passed + figures.failed + figures.undecided
    stopped = figures.cancelled + figures.interrupted
    told = [f"{figures.passed:,} of {counted(decided, 'scenario')} passed"]
    told += [f"{figures.undecided:,} undecided"] if figures.undecided else []
    told += [f"{figures.invalid:,} {_bare(word_of('invalid', figures.faults))}"] if figures.invalid else []
    told += [f"{stopped:,} stopped"] if stopped else []
    told += [f"{figures.retried:,} earlier {'try' if figures.retried == 1 else 'tries'}"] if figures.retried else []
    return ", ".join(told)


def _figures_table(figures: Overview) -> str:
    def times(values: Percentiles) -> str:
        if values.p50 is None or values.p95 is None:
            return "–"
        return f"{seconds(values.p50)} (p95 {seconds(values.p95)})"

    cost = "–" if figures.cost is None else dollars(figures.cost)
    return (
        "| Scenarios | Turns | First token | Duration | Tokens | Cost |\n|--:|--:|--:|--:|--:|--:|\n"
        f"| {figures.runs:,} | {figures.turns:,} | {times(figures.ttft)} | {times(figures.duration)} "
        f"| {figures.tokens:,} | {cost} |"
    )


def _rows_table(rows: Sequence[RowAccount]) -> str:
    lines = ["| | Scenario | Why | Turns | Time |", "|---|---|---|--:|--:|"]
    for row in rows:
        why = row.error or listed(row.unmet) or row.reason or row.status
        told = why
        if row.status == "undecided":
            told = f"{undecided_word(row.needs)}: {why}"
        elif row.status == "invalid":
            told = f"{word_of(row.status, [row.fault])}: {why}"
        repeat = f" #{row.repeat + 1}" if row.repeat else ""
        time = "–" if row.seconds is None else seconds(row.seconds)
        lines.append(
            f"| {_MARKS.get(row.status, '➖')} | {code(row.name, _NAME)}{repeat}{_tried(row)} | {code(told, _REASON)} "
            f"| {row.turns} | {time} |"
        )
    return "\n".join(lines)


def _tried(row: RowAccount) -> str:
    return f" (tried {row.tries} times{_bare(again_for(row.tried_for))})" if row.tries > 1 else ""


def _bare(text: str) -> str:
    """Our own words outside of code: whose fault it was is ours to name, unless a test has made one up."""
    return _MARKUP.sub("", one_line(text, _NAME))


def _changed_table(rows: Sequence[ChangedScenario]) -> str:
    lines = ["| Scenario | Before | After | Why |", "|---|--:|--:|---|"]
    lines += [
        f"| {code(row.name, _NAME)} | {' | '.join(map(_bare, row.sides))} "
        f"| {code(row.reason, _REASON) if row.reason else ''} |"
        for row in rows
    ]
    return "\n".join(lines)


def _criteria(figures: Overview) -> list[str]:
    unmet = [one for one in figures.criteria if one.failed or one.inconclusive]
    if not unmet:
        return []
    lines = ["| Criterion | Passed | Failed | Undecided |", "|---|--:|--:|--:|"]
    lines += [
        f"| {code(one.criterion, 2 * _NAME)} | {one.passed:,} | {one.failed:,} | {one.inconclusive:,} |"
        for one in unmet[:_MOST_ROWS]
    ]
    return ["### Criteria that were not always met", "\n".join(lines)]


def _moved(before: float | None, after: float | None) -> str:
    then, now = (("–" if value is None else seconds(value)) for value in (before, after))
    if before is None or after is None or before == 0:
        return f"{then} → {now}"
    return f"{then} → {now} ({100 * (after - before) / before:+.0f}%)"


def _share(rate: float | None) -> str:
    # Rounded down, so that what did not pass as a whole never reads as 100%.
    return "–" if rate is None else f"{int(100 * rate)}%"


def _bounded(parts: Sequence[str]) -> str:
    """As many of the parts as a comment may hold; a part is never cut in the middle."""
    taken: list[str] = []
    left = _MOST_CHARACTERS
    for part in parts:
        if len(part) + 2 > left:
            taken.append("… the rest is in the HTML report.")
            break
        taken.append(part)
        left -= len(part) + 2
    return "\n\n".join(taken) + "\n"
