"""`scenario label`: a person says which criteria of stored conversations are met, for `scenario judge --calibrate`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from scenario.calibration.figures import Judged, disagreements, figures
from scenario.calibration.label_file import LabelFile
from scenario.calibration.labels import Label, key_of
from scenario.cli.exit_codes import help_of
from scenario.cli.label_session import LabelSession
from scenario.cli.line_printing import page_glyphs, page_width, print_lines
from scenario.cli.store_option import store_option
from scenario.cli.typed_line import typed_line
from scenario.errors import ConfigurationError
from scenario.report.terminal.calibration_lines import calibration_lines, disagreement_lines
from scenario.report.terminal.glyphs import one_line
from scenario.report.terminal.lines import Span, counted
from scenario.store.labelled import LABELS, Labelled, about, criteria_to_label
from scenario.store.place import make_folder, store_folder
from scenario.store.reader import StoreReader
from scenario.store.records import InvocationRow, ScenarioRecord

_EXAMPLES = """\b
Examples:
  scenario label last
  scenario label 3f9a1c02 --criterion "The agent names the price"
  scenario label 3f9a1c02 --met "It greets" --not-met "It names the price"
  scenario judge --calibrate mine --model openai/gpt-4o-mini

"""
_NO_TERMINAL = (
    "Labels are asked for at a terminal, and this is none. Type the command in one; in a script, give what is known: "
    '--met "A CRITERION" and --not-met "ANOTHER", with one RUN.'
)


@click.command(epilog=_EXAMPLES + help_of("label"))
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option("-o", "--output", metavar="FILE", help="Where labels go; by default labels.jsonl in the store's folder.")
@click.option(
    "--criterion",
    "criteria",
    multiple=True,
    metavar="TEXT",
    help="In the place of a RUN's (with --met, beside them); may be repeated.",
)
@click.option("--met", multiple=True, metavar="TEXT", help="Ask nothing: this criterion is met; may be repeated.")
@click.option("--not-met", multiple=True, metavar="TEXT", help="Ask nothing: this one is not; may be repeated.")
@click.option("--show-verdict", is_flag=True, help="Show what the judge said before you decide.")
@store_option
def label(
    *,
    runs: tuple[str, ...],
    output: str | None,
    criteria: tuple[str, ...],
    met: tuple[str, ...],
    not_met: tuple[str, ...],
    show_verdict: bool,
    store: str | None,
) -> None:
    """Say which criteria of stored conversations are met, and how far their judges agree with you.

    Each conversation is shown, and then one criterion at a time, without the judge's verdict, which would lead you.
    Each label is written as you give it: the same command goes on where you stopped. `scenario judge --calibrate mine`
    finds out by them how often a judge is wrong.
    """
    with StoreReader(store) as reader:
        records = [record for run in dict.fromkeys(runs) for record in _records(reader, run)]
    in_place = [(), criteria] if met or not_met else [criteria]
    found = list(
        {
            key_of(one.messages, one.criterion): one
            for record in records
            for texts in in_place
            for one in _of(record, texts)
        }.values()
    )
    if not found:
        raise ConfigurationError("None of these runs has a criterion. Give some: --criterion TEXT.")
    if output is None:
        make_folder(store_folder(store))
    file = LabelFile(Path(output) if output else store_folder(store) / LABELS)
    if met or not_met:
        if show_verdict:
            raise click.UsageError("--show-verdict goes with questions: --met and --not-met ask none.")
        _put(found, file, met, not_met)
    else:
        _ask(found, file, show_verdict=show_verdict)
    _agreement(found, file.labels())


def _records(reader: StoreReader, run: str) -> list[ScenarioRecord]:
    row = reader.find(run)
    rows = reader.scenarios(invocation=row.uid, limit=-1)[::-1] if isinstance(row, InvocationRow) else [row]
    rows = [one for one in rows if one.status != "retried"]
    if going_on := [one for one in rows if one.status == "running"]:
        click.echo(f"{counted(len(going_on), 'run')} left out: still going on.", err=True)
    return [reader.scenario(one.run_id, with_bytes=False) for one in rows if one.status != "running"]


def _of(record: ScenarioRecord, criteria: Sequence[str]) -> list[Labelled]:
    return criteria_to_label(record, criteria)


def _ask(found: Sequence[Labelled], file: LabelFile, *, show_verdict: bool) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(_NO_TERMINAL)
    known = file.labels()
    waiting = [one for one in found if key_of(one.messages, one.criterion) not in known]
    if len(waiting) < len(found):
        click.echo(f"{len(found) - len(waiting)} of {len(found)} are labelled already.")
    session = LabelSession(waiting, file, show_verdict=show_verdict, answer=typed_line)
    try:
        session.asked_all()
    finally:
        given = len(file.labels()) - len(known)
        click.echo(f"\n{counted(given, 'new label')} in {file.path}, {session.skipped} skipped.")


def _put(found: Sequence[Labelled], file: LabelFile, met: Sequence[str], not_met: Sequence[str]) -> None:
    if len({key_of(one.messages, "") for one in found}) > 1:
        raise click.UsageError("--met and --not-met are about one conversation: name one RUN.")
    if both := set(met) & set(not_met):
        raise click.UsageError(f"{sorted(both)[0]!r:.120} cannot be met and not met.")
    by_criterion = {one.criterion: one for one in found}
    if unknown := [one for one in (*met, *not_met) if one not in by_criterion]:
        there = ", ".join(f"{one!r:.120}" for one in by_criterion)
        raise ConfigurationError(
            f"{unknown[0]!r:.120} is no criterion of this run. It has {there}; another one is named twice: --criterion "
            f"{unknown[0]!r:.120} beside --met or --not-met."
        )
    at = datetime.now(UTC).isoformat(timespec="seconds")
    for texts, is_met in ((met, True), (not_met, False)):
        for text in texts:
            one = by_criterion[text]
            file.put(one.messages, text, met=is_met, about=about(one, at=at, saw_verdict=False))
    click.echo(f"{counted(len(met) + len(not_met), 'label')} in {file.path}.")


def _agreement(found: Sequence[Labelled], known: dict[str, Label]) -> None:
    """The verdicts of these runs beside the labels: of what was labelled alone, and after it was."""
    labels, judged = list[Label](), dict[str, Judged]()
    for one in found:
        key = key_of(one.messages, one.criterion)
        if one.verdict is not None and key in known:
            labels.append(known[key])
            judged[key] = Judged(key=key, status=one.verdict.status, reasoning=one.verdict.reasoning)
    if not labels:
        return
    heading = f"The verdicts of these runs beside {counted(len(labels), 'label')}:"
    wrong = disagreements(labels, judged)
    print_lines(
        [(), (Span(one_line(heading, 100, page_glyphs()), "strong"),), *calibration_lines(figures(labels, judged))]
    )
    print_lines(disagreement_lines(wrong, page_glyphs(), page_width()))
