"""`scenario compare`: what got worse, and what got better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click
import msgspec

from scenario.cli.exit_codes import FAILED, UNDECIDED, code_of, first_of, help_of
from scenario.cli.store_option import glyphs, store_option
from scenario.errors import ConfigurationError
from scenario.report.compare import ChangedScenario, Comparison, Moved, compared_invocations
from scenario.report.files.markdown import changes_markdown
from scenario.report.terminal.glyphs import one_line
from scenario.report.terminal.lines import counted, dollars, seconds
from scenario.store.figures import FiguresReader
from scenario.store.reader import StoreReader
from scenario.types import CriterionStatus

_EXAMPLES = """\b
Examples:
  scenario compare 3f9a1c02 last
  scenario compare last last --baseline main-branch/.scenario
  scenario compare 3f9a1c02 last --json | jq '.regressions[].name'

"""
_MOST_NAMES: Final = 3


@click.command(epilog=_EXAMPLES + help_of("compare"))
@click.argument("before")
@click.argument("after")
@click.option("--baseline", metavar="DIR", help="The folder of the store that BEFORE is in, where it is another one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request's comment.")
@store_option
@click.pass_context
def compare(
    ctx: click.Context, before: str, after: str, baseline: str | None, as_json: bool, markdown: bool, store: str | None
) -> None:
    """Hold the invocation AFTER against the invocation BEFORE.

    Both are beginnings of ids, or "last". A scenario is the same where its name, set, file, test and parameters are.
    """
    if as_json and markdown:
        raise click.UsageError("--json and --markdown exclude each other.")
    with (
        StoreReader(baseline or store) as old,
        FiguresReader(baseline or store) as old_figures,
        StoreReader(store) as new,
        FiguresReader(store) as new_figures,
    ):
        changed = compared_invocations((old, old_figures, before), (new, new_figures, after))
    if not changed.after_ended:
        raise ConfigurationError(f"No scenario of {after!r} has ended: there is nothing to hold against {before!r}.")
    if not changed.common:
        raise ConfigurationError(_nothing_in_common(before, after, changed))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(changed)))
    elif markdown:
        click.echo("\n\n".join(changes_markdown(changed)))
    else:
        _print(changed)
    ctx.exit(first_of([FAILED if changed.regressions else 0, *map(_lost, changed.not_comparable)]))


def _nothing_in_common(before: str, after: str, changed: Comparison) -> str:
    """Why there is nothing to compare: names may be the same where files, sets, tests or parameters are not."""
    same = sorted({*changed.added} & {*changed.removed})
    names = ", ".join(one_line(name, 60, glyphs()) for name in same[:_MOST_NAMES])
    hint = f" These are only called the same: {names}. " if same else " "
    return (
        f"{before!r} and {after!r} have no scenario in common: there is nothing to compare.{hint}A scenario is "
        "the same where its name, set, file, test and parameters are (`scenario list` shows them)."
    )


def _lost(row: ChangedScenario) -> int:
    """What a scenario asks for that says nothing about the agent now."""
    match row.after_status:
        case "invalid":
            return code_of("invalid", row.after_fault)
        case "undecided":
            return UNDECIDED
        case _:
            return 0  # it is the one before that said nothing


def _print(changed: Comparison) -> None:
    _print_changed("Regressions", changed.regressions, "red")
    _print_changed("Improvements", changed.improvements, "green")
    _print_changed("Not comparable", changed.not_comparable, "yellow")
    if changed.flips:
        click.echo("Criteria that flipped")
        for flip in changed.flips:
            states = f"{_toned(flip.before)} -> {_toned(flip.after)}"
            where = one_line(flip.scenario, 60, glyphs())
            click.echo(f"  {states}  {one_line(flip.criterion, 100, glyphs())}  ({where})")
        click.echo()
    for word, names in (("Only before", changed.removed), ("Only after", changed.added)):
        if names:
            click.echo(f"{word}: {', '.join(one_line(name, 60, glyphs()) for name in names)}")
    click.echo(
        f"{counted(len(changed.regressions), 'regression')}, {counted(len(changed.improvements), 'improvement')}, "
        f"{changed.unchanged:,} unchanged{_not_comparable(changed)}"
    )
    for word, moved, written in (
        ("pass rate of what both have", (changed.before_rate, changed.after_rate), _rate),
        ("undecided", _unless_none(changed.undecided), _number),
        ("invalid", _unless_none(changed.invalid), _number),
        ("first token, median", (changed.ttft.before, changed.ttft.after), seconds),
        ("first token, p95", (changed.ttft_p95.before, changed.ttft_p95.after), seconds),
        ("duration, median", (changed.duration.before, changed.duration.after), seconds),
        ("cost", (changed.cost.before, changed.cost.after), dollars),
    ):
        if any(value is not None for value in moved):
            then, now = ("-" if value is None else written(value) for value in moved)
            click.echo(f"{word}: {then} -> {now}")


def _print_changed(heading: str, rows: Sequence[ChangedScenario], colour: str) -> None:
    if not rows:
        return
    click.echo(click.style(heading, fg=colour))
    for row in rows:
        shares = " -> ".join(one_line(side, 60, glyphs()) for side in row.sides)
        shares += " passed" if row.before_runs and row.after_runs else ""
        click.echo(f"  {one_line(row.name, 80, glyphs())}  {shares}")
        if row.reason:
            click.echo(f"    {one_line(row.reason, 200, glyphs())}")
        click.echo(click.style(f"    scenario show {row.after_id[:8]}", dim=True))
    click.echo()


def _toned(status: CriterionStatus) -> str:
    colours = {"passed": "green", "failed": "red", "inconclusive": "yellow"}
    return click.style(status, fg=colours[status])


def _not_comparable(changed: Comparison) -> str:
    return f", {len(changed.not_comparable):,} not comparable" if changed.not_comparable else ""


def _unless_none(moved: Moved) -> tuple[float | None, float | None]:
    """How many before and after; nothing where there was none of them."""
    return (moved.before, moved.after) if moved.before or moved.after else (None, None)


def _number(value: float) -> str:
    return f"{int(value):,}"


def _rate(value: float) -> str:
    return f"{int(100 * value)}%"
