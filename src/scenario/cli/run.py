"""`scenario run`: scenario files, run and reported."""

from __future__ import annotations

import asyncio
import importlib
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec
from click.core import ParameterSource

from scenario.cli.exit_codes import exit_code, help_of
from scenario.cli.going_on import Unfinished, as_before, paths_before, still_there, unfinished
from scenario.cli.left_out_files import left_out_lines
from scenario.cli.line_printing import print_lines
from scenario.cli.report_files import ReportFiles, write_reports
from scenario.cli.selection import SOURCE, chosen, failed_before, key_of
from scenario.cli.suite_run import SuiteOptions, play
from scenario.cli.taping import CassetteWatch, cassette_options, cassettes_of, needs_network, options_of
from scenario.cli.uncollected import uncollected
from scenario.errors import ConfigurationError
from scenario.files.building import Overrides, agent_block
from scenario.files.case import ScenarioCase
from scenario.files.finding import LeftOutFile
from scenario.files.loading import load
from scenario.files.node import file_error
from scenario.files.readiness import obstacles
from scenario.record.not_run import NotRun
from scenario.record.run_record import RunRecord
from scenario.redaction import environment_secrets
from scenario.report.terminal.glyphs import glyphs_for
from scenario.report.terminal.known_judge import known_judge
from scenario.report.terminal.lines import Line, Span, counted
from scenario.report.terminal.summary import summary_lines
from scenario.store.asked import Asked
from scenario.store.claim import claimed
from scenario.store.invocation import Invocation, new_invocation
from scenario.store.place import CALIBRATION, database_path, store_folder
from scenario.store.records import LeftOut
from scenario.store.resuming import give_up, keep_left_out
from scenario.store.writer import StoreWriter

_EXAMPLES = """\b
Examples:
  scenario run scenarios/
  scenario run weather.yaml --verbose
  scenario run scenarios/ -k paris --tag smoke --jobs 8 --junit report.xml
  scenario run scenarios/ --repeat 5 --max-cost 2.50
  scenario run scenarios/ --retry-invalid 2    once more where the judge's server failed
  scenario run scenarios/ --failed             what failed when it was last run
  scenario run scenarios/ --resume             go on with a run that was stopped
  scenario run scenarios/ --dry-run            check the files, and estimate calls and cost
  scenario run scenarios/ --cassette tests/weather.cassette                        record once, then play
  scenario run scenarios/ --cassette tests/weather.cassette --cassette-mode replay in CI: no network, no keys

"""
_DEFAULT_FOLDER = "scenarios"
_NARROWEST = 40


@click.command(epilog=_EXAMPLES + help_of("run"))
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-k", "words", multiple=True, metavar="TEXT", help="Only scenarios whose file or name has this text.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only those with this tag; !TAG leaves them out.")
@click.option("-j", "--jobs", type=click.IntRange(1, 1000), help="How many run at once.  [default: 4; --verbose: 1]")
@click.option("--repeat", type=click.IntRange(1, 1000), default=1, metavar="N", help="Run each so many times.")
@click.option(
    "--retry-invalid",
    type=click.IntRange(0, 100),
    default=0,
    metavar="N",
    help="Up to N tries more for runs that are invalid (simulator, judge, model, wire, machine).",
)
@click.option("--fail-fast", is_flag=True, help="Stop at the first that does not pass.")
@click.option("--max-time", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="Stop after this time.")
@click.option("--max-tokens", type=click.IntRange(1), metavar="N", help="Stop once models have used so many tokens.")
@click.option("--max-cost", type=click.FloatRange(0, min_open=True), metavar="USD", help="Stop once this was spent.")
@click.option("--resume", is_flag=True, help="Go on with the last run: only what has no verdict yet.")
@click.option("--failed", is_flag=True, help="Only what did not pass when it was last run.")
@click.option("--dry-run", is_flag=True, help="Check the files and estimate calls, tokens and cost; run nothing.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write JUnit XML.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Write a JSON report.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write one self-contained HTML file.")
@click.option("--seed", type=int, metavar="N", help="Handed to the models, one for each scenario and repetition.")
@click.option(
    "--model", "models", multiple=True, metavar="MODEL", help="For user and judge; user=… or judge=… for one."
)
@cassette_options
@click.option("-v", "--verbose", is_flag=True, help="Show the conversations, and every criterion.")
@click.option("--store", metavar="DIR", help="The folder of the store; else SCENARIO_STORE, else .scenario.")
@click.option("--untrusted", is_flag=True, help="Refuse files that reach beyond HTTP: code, files, variables, keys.")
@click.option("--no-store", is_flag=True, help="Store nothing.")
def run(
    paths: tuple[Path, ...],
    words: tuple[str, ...],
    tags: tuple[str, ...],
    jobs: int | None,
    repeat: int,
    *,
    retry_invalid: int,
    fail_fast: bool,
    max_time: float | None,
    max_tokens: int | None,
    max_cost: float | None,
    resume: bool,
    failed: bool,
    dry_run: bool,
    junit: Path | None,
    json_file: Path | None,
    html: Path | None,
    seed: int | None,
    models: tuple[str, ...],
    cassette: Path | None,
    cassette_mode: str | None,
    cassette_match: str | None,
    cassette_speed: str | None,
    cassette_ignore: tuple[str, ...],
    verbose: bool,
    store: str | None,
    no_store: bool,
    untrusted: bool,
) -> None:
    """Run the scenarios of files and folders: YAML, TOML or JSON. Without PATHS, those of ./scenarios."""
    if no_store and (resume or failed):
        raise click.UsageError("--resume and --failed read the store: leave out --no-store.")
    taped = options_of(cassette, cassette_mode, cassette_match, cassette_speed, cassette_ignore)
    files = ReportFiles(junit=junit, json=json_file, html=html)
    files.check()
    folder = store_folder(store)
    asked = Asked(
        words=words,
        tags=tags,
        failed=failed,
        repeat=repeat,
        retry_invalid=retry_invalid,
        models=models,
        untrusted=untrusted,
    )
    found, asked, before = _selected(paths, asked, folder, resume=resume, seed=seed, verbose=verbose)
    if not found:
        click.echo("Nothing failed when it was last run.")
        return
    if before is not None:
        click.get_current_context().call_on_close(before.claim.release)
        seed = before.invocation.seed if seed is None else seed
    todo = [(case, index) for case in found for index in range(asked.repeat)]
    earlier = _earlier(todo, before)
    todo = [one for one in todo if (key_of(one[0]), one[1]) not in earlier]
    user_model, judge_model = _models(asked.models)
    options = SuiteOptions(
        at_once=jobs or (1 if verbose else 4),
        retry_invalid=asked.retry_invalid,
        fail_fast=fail_fast,
        max_time=max_time,
        max_tokens=max_tokens,
        max_cost=max_cost,
        seed=seed,
        verbose=verbose,
        user_model=user_model,
        judge_model=judge_model,
        bands=folder / CALIBRATION,
        keep_accounts=html is not None and no_store,
        cassette=taped.cassette,
        cassette_mode=taped.mode,
    )
    overrides = Overrides(
        user_model=user_model, judge_model=judge_model, cassette=taped.cassette, cassette_mode=taped.mode
    )
    if missing := obstacles([case for case, _ in todo], overrides, os.environ, elsewhere=dry_run):
        raise file_error(missing)
    if dry_run:
        from scenario.cli.estimates import estimate_lines

        _print([*estimate_lines(todo, options, os.environ)])
        return
    if max_cost is not None:
        _tell_unpriced(todo, options)
    invocation = before.invocation if before is not None else new_invocation(SOURCE, seed=seed, asked=asked)
    if before is not None:
        give_up(folder, invocation.uid)
    elif not no_store and (claim := claimed(folder, invocation.uid)) is not None:
        click.get_current_context().call_on_close(claim.release)
    sys.exit(_run(found, todo, options, files, invocation, list(earlier.values()), None if no_store else folder))


def _selected(
    paths: Sequence[Path], asked: Asked, folder: Path, *, resume: bool, seed: int | None, verbose: bool
) -> tuple[list[ScenarioCase], Asked, Unfinished | None]:
    """Which scenarios are run, what is kept of how they were asked for, and the run that is gone on with."""
    places = _places(paths or (paths_before(folder) if resume else ()))
    cases = _loaded(places, untrusted=asked.untrusted, verbose=verbose)
    before = unfinished(folder, chosen(cases, asked.words, asked.tags)) if resume else None
    if before is None and resume:
        click.echo(f"There is no run to go on with in {folder}: everything that is asked for is run.", err=True)
    if before is not None and before.invocation.asked is not None:
        asked = _as_before(before.invocation, before.invocation.asked, asked, seed)
        return _still_there(asked, cases), asked, before
    found = chosen(cases, asked.words, asked.tags)
    found = failed_before(found, folder) if asked.failed else found
    keys = tuple(dict.fromkeys(map(key_of, found)))
    return found, msgspec.structs.replace(asked, paths=_as_kept(places), keys=keys), before


def _tell_unpriced(todo: Sequence[tuple[ScenarioCase, int]], options: SuiteOptions) -> None:
    from scenario.cli.estimates import unpriced

    if names := unpriced(todo, options, os.environ):
        click.echo(f"--max-cost: the price of {' and '.join(names)} is not known, and counts as nothing.", err=True)


def _loaded(places: Sequence[Path], *, untrusted: bool, verbose: bool) -> list[ScenarioCase]:
    left: list[LeftOutFile] = []
    try:
        if cases := load(*places, untrusted=untrusted, left_out=left.append):
            return cases
    finally:
        glyphs = glyphs_for(getattr(sys.stderr, "encoding", None))
        for line in left_out_lines(left, glyphs, verbose=verbose):
            click.echo(line, err=True)
    raise ConfigurationError(
        f"There is no scenario in {' and '.join(map(str, places))}: a scenario file ends in .yaml, .yml, .json or "
        ".toml, has an `agent`, and its name begins with neither a dot nor an underscore. `scenario init` writes one."
    )


def _as_before(invocation: Invocation, before: Asked, now: Asked, seed: int | None) -> Asked:
    """What a run is gone on with."""
    source = click.get_current_context().get_parameter_source
    named = [name for name in Asked.__struct_fields__ if source(name) not in (None, ParameterSource.DEFAULT)]
    return as_before(invocation, before, now.masked(environment_secrets(os.environ).in_text), named, seed)


def _still_there(asked: Asked, cases: Sequence[ScenarioCase]) -> list[ScenarioCase]:
    found, missing = still_there(asked, cases)
    if missing:
        text = f"{counted(missing, 'scenario')} of the run that is gone on with not in these files, and not run."
        click.echo(f"--resume: {text}", err=True)
    return found


def _as_kept(places: Sequence[Path]) -> tuple[str, ...]:
    """Paths that find the same again from the same folder, and name no home folder."""
    home = Path.home()
    return tuple(
        (Path("~") / path.relative_to(home) if path.is_absolute() and path.is_relative_to(home) else path).as_posix()
        for path in places
    )


def _in_order(records: list[RunRecord], cases: Sequence[ScenarioCase]) -> list[RunRecord]:
    """The records as the files list the scenarios, not as they happened to end."""
    places = {(case.file, case.name): index for index, case in enumerate(cases)}
    return sorted(records, key=lambda record: (places.get((record.file, record.name), len(places)), record.repeat))


def _places(paths: Sequence[Path]) -> Sequence[Path]:
    if paths:
        return paths
    if not Path(_DEFAULT_FOLDER).is_dir():
        raise click.UsageError(
            f"Name files or folders; there is no ./{_DEFAULT_FOLDER}. `scenario init` writes a first."
        )
    return [Path(_DEFAULT_FOLDER)]


def _models(models: Sequence[str]) -> tuple[str | None, str | None]:
    """The models of the user and of the judge."""
    chosen_models: dict[str, str | None] = {"user": None, "judge": None}
    for model in models:
        who, equals, name = model.partition("=")
        if not equals:
            chosen_models = dict.fromkeys(chosen_models, model)
        elif who in chosen_models and name:
            chosen_models[who] = name
        else:
            raise click.BadParameter(f"{model!r}: give MODEL, user=MODEL or judge=MODEL.", param_hint="--model")
    return chosen_models["user"], chosen_models["judge"]


def _earlier(todo: Sequence[tuple[ScenarioCase, int]], before: Unfinished | None) -> dict[tuple[str, int], RunRecord]:
    """What of this was done by the run that is gone on with."""
    done = before.done if before is not None else {}
    keys = ((key_of(case), index) for case, index in todo)
    return {key: done[key] for key in keys if key in done}


def _run(
    cases: Sequence[ScenarioCase],
    todo: Sequence[tuple[ScenarioCase, int]],
    options: SuiteOptions,
    files: ReportFiles,
    invocation: Invocation,
    earlier: list[RunRecord],
    store: Path | None,
) -> int:
    if earlier:
        left = f"Going on: {counted(len(todo), 'scenario')} to run"
        left = left if todo else f"The run {invocation.uid[:8]} is complete, and nothing of it is run again"
        _print([(Span(f"{left}, {len(earlier):,} done before."),)])
    writer = None
    if store is not None:
        writer = StoreWriter(store, invocation=invocation)
        writer.announce()
    overrides = Overrides(cassette=options.cassette, cassette_mode=options.cassette_mode)
    watch = CassetteWatch(cassettes_of([case for case, _ in todo], overrides))
    if any(agent_block(case.block).url and needs_network(case, overrides) for case, _ in todo):
        with uncollected():  # the first call of all would wait for it else
            importlib.import_module("scenario.transport.aiohttp_transport")
    began = time.monotonic()
    try:
        played = asyncio.run(play(todo, options, writer))
    finally:
        if writer is not None:
            writer.close()
    seconds = time.monotonic() - began
    records = _in_order([*earlier, *played.result.records], cases)
    stopped = played.result.stopped
    code = played.signal_code or exit_code(records, stopped=bool(played.result.not_run))
    not_run = [NotRun(job.name, job.file, stopped) for job in played.result.not_run]
    if store is not None and writer is not None and not writer.broken:
        _keep_left_out(store, invocation, not_run)
    _print(_closing(records, not_run, options, stopped, is_stored=store is not None))
    _print(known_judge(store or store_folder(), records, glyphs_for(getattr(sys.stdout, "encoding", None))))
    for line in watch.told(sum(record.outcome != "cancelled" for record in records)):
        click.echo(line, err=True)
    code, failures = write_reports(files, played, records, not_run, invocation, code, seconds, store)
    for failure in failures.values():
        click.echo(f"Error: {failure}", err=True)
    files = msgspec.structs.replace(files, **dict.fromkeys(failures))
    _print(_whereabouts(files, invocation, store, is_whole=writer is None or not writer.broken))
    return code


def _keep_left_out(store: Path, invocation: Invocation, not_run: Sequence[NotRun]) -> None:
    """Store what was not run; a disk that refuses is no reason to lose the reports."""
    try:
        keep_left_out(store, invocation.uid, [LeftOut(**one._asdict()) for one in not_run])
    except ConfigurationError as error:
        click.echo(f"scenario store: what was not run could not be stored: {error}", err=True)


def _closing(
    records: Sequence[RunRecord], not_run: Sequence[NotRun], options: SuiteOptions, stopped: str, *, is_stored: bool
) -> list[Line]:
    glyphs = glyphs_for(getattr(sys.stdout, "encoding", None))
    width = max(shutil.get_terminal_size((100, 24)).columns, _NARROWEST)
    lines = summary_lines(records, glyphs=glyphs, width=width, verbosity=1 if options.verbose else 0)
    cancelled = sum(record.outcome == "cancelled" for record in records if not record.retried)
    if stopped and (not_run or cancelled):
        told = [f"{counted(cancelled, 'scenario')} cancelled"] if cancelled else []
        told += [f"{counted(len(not_run), 'scenario')} not run"] if not_run else []
        # What is not stored cannot be gone on with.
        text = f"{' and '.join(told)}: {stopped}.{' --resume goes on from here.' if is_stored else ''}"
        lines.append((Span(text, "unsure"),))
    return lines


def _whereabouts(files: ReportFiles, invocation: Invocation, store: Path | None, *, is_whole: bool) -> list[Line]:
    told = [f"{name}: {path}" for name in ("junit", "json", "html") if (path := getattr(files, name)) is not None]
    if store is not None:
        lacking = "" if is_whole else f", not all of it{', so that the HTML is not whole' if files.html else ''}"
        told.append(f"stored as {invocation.uid[:8]} in {_short(database_path(store))}{lacking}")
    return [(Span(line, "dim"),) for line in told]


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _print(lines: Sequence[Line]) -> None:
    print_lines(lines)
