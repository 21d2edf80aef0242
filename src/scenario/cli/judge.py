"""`scenario judge`: how often the judge is wrong, and what another one says of stored conversations."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from scenario.agents.judge.agent import JudgeAgent
from scenario.agents.judge.band import KeptBand
from scenario.agents.judge.controls import LEAST_CONTROLS, MOST_CONTROLS
from scenario.agents.judge.kept_bands import bands_at
from scenario.agents.judge.panel import default_band
from scenario.atomic_file import write_atomically
from scenario.calibration.calibrating import Calibration, calibrated
from scenario.calibration.figures import Figures, Judged
from scenario.calibration.journal import Journal, said_before
from scenario.calibration.judging import Spent, bands_by_which_it_decides, identity_of, judge_labels, said_by
from scenario.calibration.kept import encoded
from scenario.calibration.label_file import LabelFile
from scenario.calibration.labels import Label, read_labels
from scenario.calibration.shipped_labels import SHIPPED, shipped_labels
from scenario.cli.exit_codes import UNFIT_JUDGE, help_of
from scenario.cli.judged_again import judge_again, spent_in_words
from scenario.cli.line_printing import page_glyphs, page_width, print_lines
from scenario.cli.store_option import print_json, store_option
from scenario.errors import ConfigurationError
from scenario.report.terminal.calibration_lines import (
    band_lines,
    calibration_lines,
    default_lines,
    disagreement_lines,
)
from scenario.report.terminal.lines import counted
from scenario.store.labelled import LABELS
from scenario.store.place import CALIBRATION, make_folder, store_folder
from scenario.store.privacy import FILE_MODE

_MINE: Final = "mine"  # in the place of a file's name: what `scenario label` and the page wrote
_JOBS: Final = 4
_LARGEST: Final = 256 * 1024 * 1024
_SHARE: Final = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*(%?)")
_EXAMPLES = """\b
Examples:
  scenario judge --calibrate shipped
  scenario judge --calibrate mine
  scenario judge --calibrate labels.jsonl
  scenario judge --calibrate labels.jsonl --model openai/gpt-4o-mini --require-false-passes 5%
  scenario judge last --model anthropic/claude-haiku-4-5
  scenario judge 3f9a1c02 --criterion "The agent names the price"
  scenario judge last --model systemone/jev --controls 5 --escalate-to openai/gpt-4o-mini

\b
A line of labels.jsonl:
  {"messages": [{"role": "user", "content": "Hi"}, ...], "criterion": "The agent greets", "met": true}

"shipped" are the 514 labels that come with Scenario: 256 of its own (Apache-2.0), 46 on conversations of tau-bench
(MIT) and 212 on dialogues of the Schema-Guided Dialogue dataset (CC BY-SA 4.0). "mine" are those that you gave with
`scenario label` or in the page of `scenario view`. Files of these names are ./shipped and ./mine.

"""


def _share(ctx: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    found = _SHARE.fullmatch(value.strip())
    share = float(found[1]) / (100 if found[2] else 1) if found else 0.0
    if not 0 < share < 1:
        raise click.BadParameter(f"{value!r} is no share: give one such as 5% or 0.05.", ctx, parameter)
    return share


@click.command(epilog=_EXAMPLES + help_of("judge"))
@click.argument("runs", metavar="[RUN]...", nargs=-1)
@click.option(
    "--calibrate", "labels_file", metavar="FILE",
    help='Labelled criteria, as JSON lines; "shipped" come with Scenario, "mine" are yours.',
)  # fmt: skip
@click.option("--model", metavar="MODEL", help='The judge\'s model, "provider/model"; else as in a run.')
@click.option("--api-base", metavar="URL", help="The base URL of its server.")
@click.option("--votes", type=click.IntRange(min=1), help="How many answers each verdict rests on.")
@click.option("--ask", type=click.Choice(["all", "each"]), default="all", help="Criteria at once.  [default: all]")
@click.option(
    "--controls",
    type=click.IntRange(LEAST_CONTROLS, MOST_CONTROLS),
    metavar="N",
    help="Statements of known truth among the criteria.  [default: 3 for a decision model]",
)
@click.option("--escalate-to", metavar="MODEL", help="Another judge's model, for what is left undecided.")
@click.option(
    "--criterion", "criteria", multiple=True, metavar="TEXT", help="In the place of a RUN's; may be repeated."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Judge the first N labels only.")
@click.option("--jobs", type=click.IntRange(min=1), default=_JOBS, help=f"Conversations at once.  [default: {_JOBS}]")
@click.option("--anew", is_flag=True, help="Ask again about labels that this judge has judged before.")
@click.option(
    "--require-false-passes", "most", metavar="SHARE", callback=_share,
    help="Exit 4 unless the labels show that no more of what is not met passes, such as 5%.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@store_option
@click.pass_context
def judge(
    ctx: click.Context,
    *,
    runs: tuple[str, ...],
    labels_file: str | None,
    model: str | None,
    api_base: str | None,
    votes: int | None,
    ask: str,
    controls: int | None,
    escalate_to: str | None,
    criteria: tuple[str, ...],
    limit: int | None,
    jobs: int,
    anew: bool,
    most: float | None,
    as_json: bool,
    store: str | None,
) -> None:
    """Judge stored conversations again, or find out how often the judge is wrong.

    With RUN, its conversation is judged again without calling the agent, and each verdict is shown beside the one
    before. With --calibrate, the judge is asked about criteria of which somebody knows whether they are met.
    """
    if bool(runs) == (labels_file is not None):
        raise click.UsageError("Give a RUN to judge again, or --calibrate FILE; one of the two.")
    asked = JudgeAgent(
        model=model,
        api_base=api_base,
        votes=votes,
        ask="each" if ask == "each" else "all",
        controls=controls,
        escalate_to=escalate_to,
        criteria=list(criteria),
    )
    asked.bands = store_folder(store) / CALIBRATION
    if labels_file is None:
        _refuse_with_runs(limit=limit, anew=anew, most=most)
        judge_again(asked, runs, store=store, as_json=as_json)
        return
    if criteria:
        raise click.UsageError("--criterion goes with RUN: labels have criteria of their own.")
    folder = store_folder(store)
    labels = _read(labels_file, folder)[:limit]
    make_folder(folder)
    who = identity_of(asked)
    journal = folder / "judge" / f"{said_by(who, bands_by_which_it_decides(asked))[:32]}.jsonl"
    said, spent = _judged(asked, labels, journal, jobs=jobs, anew=anew)
    model_alone = asked.scoring_model(None)
    found = calibrated(
        who,
        labels,
        said,
        default=None if model_alone is None else default_band(model_alone),
        bands=_bands_before(folder / CALIBRATION),
        file=labels_file,
        at=time.time(),
    )
    write_atomically(folder / CALIBRATION, encoded(found.kept), mode=FILE_MODE)
    if as_json:
        print_json({"calibration": found.kept, "disagreements": found.wrong, "by_default": found.by_default})
    else:
        _print(found, labels, spent)
        print_lines(disagreement_lines(found.wrong, page_glyphs(), page_width()))
    ctx.exit(_gate(found.kept.figures, most))


def _bands_before(path: Path) -> Sequence[KeptBand]:
    try:
        return bands_at(path)
    except (OSError, msgspec.MsgspecError) as error:
        click.echo(f"{path} cannot be read, and is written anew: the bands in it are lost ({error}).", err=True)
        return ()


def _refuse_with_runs(**given: object) -> None:
    names = {"limit": "--limit", "anew": "--anew", "most": "--require-false-passes"}
    if without_effect := [names[name] for name, value in given.items() if value]:
        raise click.UsageError(f"{', '.join(without_effect)} goes with --calibrate: a RUN has no labels.")


def _read(name: str, folder: Path) -> list[Label]:
    if name == SHIPPED:
        return shipped_labels()
    if name == _MINE:
        labels = list(LabelFile(folder / LABELS).labels().values())
        if not labels:
            raise ConfigurationError(f"{folder / LABELS} has no labels yet: `scenario label RUN` asks you for some.")
        return labels
    try:
        with Path(name).open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigurationError(f"{name} cannot be read: {error.strerror or error}.") from error
    if len(content) > _LARGEST:
        raise ConfigurationError(f"{name} is larger than {_LARGEST >> 20} MiB: split it.")
    return read_labels(content, name)


def _judged(
    asked: JudgeAgent, labels: Sequence[Label], path: Path, *, jobs: int, anew: bool
) -> tuple[dict[str, Judged], Spent]:
    said = {} if anew else said_before(path)
    waiting = [label for label in labels if label.key not in said]
    spent = Spent()
    with (
        Journal(path) as journal,
        click.progressbar(length=len(waiting), label="Judging", file=sys.stderr, hidden=not waiting) as bar,
    ):

        def told(judged: Collection[Judged]) -> None:
            journal.add(judged)
            said.update({one.key: one for one in judged})
            bar.update(len(judged))

        try:
            asyncio.run(judge_labels(asked, waiting, jobs=jobs, observer=spent, told=told))
        except BaseException:
            click.echo(
                f"\n{len(labels) - sum(label.key not in said for label in labels)} of "
                f"{counted(len(labels), 'label')} judged; they are kept: the same command goes on.",
                err=True,
            )
            raise
    return said, spent


def _print(found: Calibration, labels: Sequence[Label], spent: Spent) -> None:
    who, figures_ = found.kept.judge, found.kept.figures
    click.echo(f"{who.model}, {who.settings}")
    conversations = len({label.conversation for label in labels})
    click.echo(f"{counted(len(labels), 'label')} in {counted(conversations, 'conversation')}; {spent_in_words(spent)}")
    click.echo()
    print_lines([*band_lines(found, page_width()), *calibration_lines(figures_), *default_lines(found, page_width())])


def _gate(found: Figures, most: float | None) -> int:
    if most is None:
        return 0
    rate, decided = found.false_passes, found.counts.false_passes + found.counts.true_fails
    if rate is not None and decided and rate.high <= most:
        return 0
    shown = (
        "no label says that a criterion is not met"
        if rate is None
        else f"of {counted(found.counts.not_met, 'label')} that one is not, it decided none"
        if not decided
        else (f"{found.counts.false_passes} of {found.counts.not_met} passed, so that up to {rate.high:.1%} may")
    )
    hopeless = rate is not None and rate.low > most
    remedy = "Take another judge" if hopeless else "Give it more labels of what is not met, or take another judge"
    click.echo(
        f"The judge is not shown to pass at most {most:.1%} of what is not met: {shown}. {remedy}.",
        err=True,
    )
    return UNFIT_JUDGE
