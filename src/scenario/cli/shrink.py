"""`scenario shrink`: the fewest turns of a stored run that still fail the same way."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

import click
import msgspec

from scenario.cli.exit_codes import INFRASTRUCTURE, UNDECIDED, WELL, help_of
from scenario.cli.freeze import (
    agent_option,
    force_option,
    frozen_text,
    output_option,
    record_of,
    refuse_output,
    tell_written,
    write_frozen,
)
from scenario.cli.line_printing import page_glyphs, page_width, print_lines
from scenario.cli.shrink_journal import ShrinkJournal
from scenario.cli.shrink_lines import progress_line, reduction_lines
from scenario.cli.shrink_runs import ShrinkRuns
from scenario.cli.store_option import store_option
from scenario.config.cassette import Cassette
from scenario.errors import ConfigurationError
from scenario.files.building import Overrides
from scenario.freezing.freezing import agent_named, frozen
from scenario.freezing.frozen_run import UNKNOWN_AGENT, FrozenRun
from scenario.freezing.sought import Sought, sought_in
from scenario.freezing.turns import script_with, texts_of
from scenario.report.terminal.glyphs import one_line
from scenario.report.terminal.lines import Line, Span, counted
from scenario.report.terminal.region import Region
from scenario.report.terminal.verbosity import display_for
from scenario.shrinking.search import Reduction, Search
from scenario.store.place import CALIBRATION, store_folder
from scenario.store.reader import StoreReader

_EXAMPLES = """\b
Examples:
  scenario shrink 3f9a1c02 -o regressions/refund.yaml
  scenario shrink last --max-runs 60 -o tests/test_refund.py
  scenario shrink 3f9a1c02 --text -o regressions/refund.yaml
  scenario shrink 3f9a1c02 --agent my_agent:agent -o tests/test_refund.py    of a Python test

"""
_SECONDS: Final = 1 / 8
_LONGEST: Final = 300


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The command's options."""

    output: Path
    max_runs: int
    text: bool
    criterion: str | None
    agent: str | None
    model: str | None
    cassette: Path | None
    seed: int
    fresh: bool
    force: bool
    store: str | None


@click.command(epilog=_EXAMPLES + help_of("shrink"))
@click.argument("run")
@output_option
@click.option(
    "--max-runs", type=click.IntRange(min=1), default=200, show_default=True, help="Runs of the agent, in all."
)
@click.option("--text", is_flag=True, help="Shorten the texts after the turns, by sentences and by words.")
@click.option("--criterion", metavar="TEXT", help="The one that is to fail, where several did.")
@agent_option
@click.option("--model", metavar="MODEL", help="The judge's; else the scenario file's.")
@click.option(
    "--cassette",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="CASSETTE",
    help="Record each of these runs, or play it, where it is recorded; the file has none.",
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Of the order that turns are tried in, and of models."
)
@click.option("--fresh", is_flag=True, help="Forget what runs that were stopped have found out.")
@force_option
@store_option
@click.pass_context
def shrink(context: click.Context, /, *, run: str, **given: object) -> None:
    """Find the fewest turns of a stored run that still fail the same criterion or check, and write them.

    RUN is the beginning of an id, or "last". Its user's turns are said to the agent again, fewer and fewer of them. How
    often the whole of it fails is measured first: an agent that fails now and then is asked again until it is clear.
    Ctrl-C stops, and the same command goes on. None of these runs is stored.
    """
    context.exit(_shrunk(run, msgspec.convert(given, _Asked)))


def _shrunk(run: str, asked: _Asked) -> int:
    refuse_output(asked.output, force=asked.force)
    with StoreReader(asked.store) as reader:
        record = record_of(reader, run)
    whole = frozen(record)
    if asked.agent is not None:
        whole = whole.with_agent(agent_named(asked.agent))
    sought = sought_in(whole, asked.criterion)
    if whole.agent == UNKNOWN_AGENT:
        raise ConfigurationError(
            "The run is of a Python test, and the store does not say how its agent is made: give it with --agent URL "
            "or --agent module:attribute."
        )
    texts = texts_of(whole)
    if not texts:
        raise ConfigurationError("The user says nothing in that run: there is nothing to shrink.")
    if sought.doubt:
        click.echo(f"Note: {sought.doubt}", err=True)
    # What cannot be written is said before anything is run.
    frozen_text(msgspec.structs.replace(whole, not_known=""), asked.output)
    search = Search(texts, max_runs=asked.max_runs, shorten=asked.text, seed=asked.seed)
    journal = _journal(whole, sought, asked)
    runs = _searched(whole, sought, search, journal, asked)
    return _told(whole, sought, search.reduction, runs, journal, asked)


def _journal(whole: FrozenRun, sought: Sought, asked: _Asked) -> ShrinkJournal:
    decisive = [whole.block, sought, asked.seed, asked.model, str(asked.cassette or "")]
    journal = ShrinkJournal(store_folder(asked.store), whole.record.scenario.run_id, decisive)
    if asked.fresh:
        journal.forget()
    if journal.count:
        click.echo(f"Going on: {counted(journal.count, 'run')} done before. --fresh begins anew.")
    return journal


def _searched(whole: FrozenRun, sought: Sought, search: Search, journal: ShrinkJournal, asked: _Asked) -> ShrinkRuns:
    folder = store_folder(asked.store)
    overrides = Overrides(
        judge_model=asked.model,
        bands=folder / CALIBRATION,
        cassette=None if asked.cassette is None else Cassette(str(asked.cassette)),
    )
    glyphs = page_glyphs()
    shown = [progress_line(search, asked.max_runs, glyphs)]

    def tell(now: Search) -> None:
        shown[0] = progress_line(now, asked.max_runs, glyphs)

    runs = ShrinkRuns(whole, sought, overrides=overrides, seed=asked.seed, journal=journal, tell=tell)
    display = display_for(verbose=True, verbose_given=False, stream=sys.stdout, environ=os.environ)
    try:
        if display == "live":
            with Region(sys.stdout, lambda: shown, seconds=_SECONDS):
                asyncio.run(runs.search(search))
        else:
            asyncio.run(runs.search(search))
    except KeyboardInterrupt:
        click.echo(f"Stopped: {progress_line(search, asked.max_runs, glyphs)}. The same command goes on.", err=True)
        raise
    return runs


def _told(
    whole: FrozenRun, sought: Sought, found: Reduction, runs: ShrinkRuns, journal: ShrinkJournal, asked: _Asked
) -> int:
    glyphs, texts = page_glyphs(), texts_of(whole)
    if found.ending != "reduced":
        journal.forget()
        print_lines(_unseen(found, sought, runs, asked))
        return UNDECIDED if found.ending == "not reproduced" else INFRASTRUCTURE
    print_lines(reduction_lines(found, sought, texts, asked.max_runs, glyphs, page_width()))
    if runs.unsaid:
        click.echo(f"Of those that said nothing, the last: {one_line(runs.unsaid, _LONGEST, glyphs)}", err=True)
    shrunk = _frozen(whole, sought, found, len(texts))
    write_frozen(shrunk, asked.output)
    if not found.spent:
        journal.forget()
    click.echo()
    tell_written(shrunk, asked.output)
    return WELL if found.is_minimal else INFRASTRUCTURE


def _frozen(whole: FrozenRun, sought: Sought, found: Reduction, turns: int) -> FrozenRun:
    block = script_with(whole, found.turns, sought.ending, judged=sought.judged)
    note = (
        f"Shrunk from {counted(turns, 'turn')} to {len(found.turns)}; failed in {found.result.fails} of "
        f"{counted(found.result.valid, 'run')}{'' if found.is_minimal else ', and is not shown to be the shortest'}."
    )
    only = "Only what is to fail again is checked here; `scenario freeze` keeps all criteria and checks."
    return msgspec.structs.replace(whole, block=block, not_known="", notes=(*whole.notes, note, only))


def _unseen(found: Reduction, sought: Sought, runs: ShrinkRuns, asked: _Asked) -> list[Line]:
    """What is said where the failure was not seen again; nothing is written."""
    lines: list[Line] = [
        (Span(f"{sought.kind}: ", "dim"), Span(one_line(sought.text, _LONGEST, page_glyphs()), "strong"))
    ]
    if found.ending == "invalid":
        text = f"None of {counted(found.runs, 'run')} said anything of it. {asked.output} is not written."
        lines.append((Span(text, "bad"),))
        lines.append((Span(one_line(runs.unsaid, _LONGEST, page_glyphs())),))
        return lines
    text = (
        f"The failure was not seen again: the same turns passed {found.whole.passes} times. {asked.output} is not "
        "written. The agent may have been mended, or fails seldom, or by what it said itself in that run."
    )
    return [*lines, (Span(text, "unsure"),)]
