"""`scenario generate`: scenario files that are proposed, each run once and kept where it can be judged."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from scenario.atomic_file import write_atomically
from scenario.cli.exit_codes import INFRASTRUCTURE, UNDECIDED, WELL, help_of
from scenario.cli.generation_sources import Source, described, of_runs, prose, with_headers
from scenario.cli.line_printing import page_glyphs, print_lines
from scenario.cli.store_option import store_option
from scenario.cli.suite_run import Played, SuiteOptions, play
from scenario.config import in_force
from scenario.errors import ConfigurationError
from scenario.files.case import ScenarioCase
from scenario.files.loading import cases_of, load
from scenario.generating.from_prose import proposed_goals
from scenario.generating.goal import Goal
from scenario.generating.likeness import DOUBLE, likeness, pieces_of
from scenario.generating.proposal import AS_IT_IS, MANNERS, Proposal, grid, mannerless
from scenario.generating.scenario_text import scenario_text
from scenario.llm.model import Completion
from scenario.llm.participant_model import ParticipantModel
from scenario.llm.resolve import ModelSettings
from scenario.record.run_record import RunRecord
from scenario.report.terminal.glyphs import one_line
from scenario.report.terminal.lines import Line, Span, counted
from scenario.store.invocation import new_invocation
from scenario.store.place import CALIBRATION, store_folder
from scenario.store.writer import StoreWriter

_EXAMPLES = """\b
Examples:
  scenario generate --from openapi http://localhost:8000/openapi.json
  scenario generate --from agent-card http://localhost:8000 --personas plain,angry_customer
  scenario generate --from openapi spec.yaml --agent https://agent.example/chat --header 'Authorization=$env.TOKEN'
  scenario generate --from runs last --count 5 --dry-run
  scenario generate --from description about.txt --agent http://localhost:8000/chat --model openai/gpt-4o-mini

"""
_KINDS = ("openapi", "agent-card", "runs", "description")
_PERSONAS = "plain,busy_professional,newcomer"


class _Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that is no double, as the file that it may become."""

    path: Path
    text: str
    case: ScenarioCase


class _Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that is not kept, and why."""

    name: str
    why: str


@click.command(epilog=_EXAMPLES + help_of("generate"))
@click.option("--from", "kind", type=click.Choice(_KINDS), required=True, help="What is read: see SOURCE.")
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("scenarios"), help="[default: scenarios]")
@click.option("--agent", metavar="URL", help="Where the agent answers, where the source does not tell it.")
@click.option("--header", "headers", multiple=True, metavar="NAME=VALUE", help="Sent to the agent with each request.")
@click.option("--personas", default=_PERSONAS, metavar="NAMES", help=f"By commas.  [default: {_PERSONAS}]")
@click.option("--goals", "most_goals", type=click.IntRange(1, 100), default=10, help="At most so many.  [default: 10]")
@click.option("--count", "--max", type=click.IntRange(1, 200), default=10, help="Of runs, at most.  [default: 10]")
@click.option("--model", metavar="MODEL", help="Proposes goals and criteria, plays the users, and judges.")
@click.option("--seed", type=int, default=0, metavar="N", help="Which persona has which goal.  [default: 0]")
@click.option("--dry-run", is_flag=True, help="Show what would be run; run and write nothing.")
@click.option("--force", is_flag=True, help="Write over files that are there.")
@store_option
def generate(
    kind: str,
    sources: tuple[str, ...],
    output: Path,
    agent: str | None,
    headers: tuple[str, ...],
    personas: str,
    most_goals: int,
    count: int,
    model: str | None,
    seed: int,
    *,
    dry_run: bool,
    force: bool,
    store: str | None,
) -> None:
    """Propose scenario files: goals of users, each with personas. Each is run once against the agent.

    Kept is what can be judged, passed or failed, and is no double of another or of a file that is there. SOURCE is the
    address or the file of an OpenAPI document or of an agent card; stored runs (by default the last); or what the agent
    is for, as a text or a file. Without --model nothing is made up: users say what stands in the source, and checks
    that need no model decide. A description needs a model.
    """
    names = tuple(one.strip() for one in personas.split(",") if one.strip())
    if not names or not set(names) <= set(MANNERS):
        raise ConfigurationError(f"--personas {personas}: there are {', '.join(MANNERS)}.")
    source, spent = _source(kind, sources, agent, most_goals, model, store)
    if source.agent is None:
        raise ConfigurationError("The source does not tell where the agent answers: give --agent URL.")
    if not source.goals:
        raise ConfigurationError("The source tells nothing that a user could want: no skill, example or line.")
    with_model = model is not None or kind == "description"
    source = msgspec.structs.replace(source, goals=source.goals[:most_goals])
    source = with_headers(source, headers)
    candidates, dropped = _candidates(
        list(grid(source.goals, names, seed)), source, output, count, force=force, with_model=with_model, model=model
    )
    if dry_run:
        _show(
            [
                (one.path.name, "would be run", " / ".join(_lines_of(one.case)) or one.case.block.description)
                for one in candidates
            ],
            dropped,
            "would be run",
        )
        return
    began = time.monotonic()
    played = _played(candidates, store, seed) if candidates else None
    sys.exit(_kept(candidates, dropped, played, spent, time.monotonic() - began))


def _source(
    kind: str, sources: Sequence[str], agent: str | None, most: int, model: str | None, store: str | None
) -> tuple[Source, list[Completion]]:
    """The goals and the agent; and what the model that proposed took for it."""
    spent: list[Completion] = []
    if kind == "runs":
        source = of_runs(sources, store, agent)
    elif len(sources) != 1:
        raise click.UsageError(f"--from {kind} takes one SOURCE; {len(sources)} are given.")
    elif kind == "description":
        return Source(
            goals=_proposed(prose(sources[0]), most, model, "a description", spent), agent=_url(agent), is_ours=True
        ), spent
    else:
        source = described(kind, sources[0], agent)
    if model is not None and source.goals:
        known = [one for goal in source.goals for one in (goal.wish, *goal.lines, *goal.criteria)]
        goals = _proposed("\n".join(dict.fromkeys(known)), most, model, f"what the {kind} tell", spent)
        source = msgspec.structs.replace(source, goals=goals)
    return source, spent


def _url(agent: str | None) -> dict[str, Any] | None:
    return None if agent is None else {"url": agent}


def _proposed(material: str, count: int, model: str | None, source: str, spent: list[Completion]) -> list[Goal]:
    asked = ParticipantModel(ModelSettings(model=model), who="generator").of_run(in_force())
    return asyncio.run(proposed_goals(asked, material, count, answered=spent.append, source=source))


def _candidates(
    proposals: Sequence[Proposal],
    source: Source,
    folder: Path,
    count: int,
    *,
    force: bool,
    with_model: bool,
    model: str | None,
) -> tuple[list[_Candidate], list[_Dropped]]:
    """What is to be run: each that is like none before it, and like no file that is there."""
    there = load(folder) if folder.is_dir() and any(folder.iterdir()) and not force else []
    known = [(case.name, *_essence(case)) for case in there]
    candidates: list[_Candidate] = []
    dropped: list[_Dropped] = []
    # Headers are the user's own words alone, and may name variables.
    bare = {name: value for name, value in (source.agent or {}).items() if name != "headers"}
    taken = {path.stem for path in folder.iterdir()} if folder.is_dir() and not force else set[str]()
    for proposal in proposals:
        if len(candidates) == count:
            break
        name = _free(proposal.name, taken)
        path = folder / f"{name}.yaml"
        text = scenario_text(proposal, source.agent or {}, with_model=with_model, model=model)
        if not source.is_ours:
            cases_of(scenario_text(proposal, bare, with_model=with_model, model=model), path, untrusted=True)
        (case,) = cases_of(text, path)
        persona, pieces = _essence(case)
        same = [(likeness(pieces, other), which) for which, whose, other in known if whose == persona]
        alike = max(same, default=(0.0, ""))
        if alike[0] >= DOUBLE:
            dropped.append(_Dropped(name=path.name, why=f"double: {alike[0]:.0%} like {alike[1]!r}"))
            continue
        taken.add(name)
        known.append((case.name, persona, pieces))
        candidates.append(_Candidate(path=path, text=text, case=case))
    return candidates, dropped


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number, free = number + 1, f"{name}-{number + 1}"
    return free


def _essence(case: ScenarioCase) -> tuple[str, frozenset[str]]:
    """Who its user is and what that user says and wants: what two scenarios are compared by."""
    first, *others = _lines_of(case) or [case.block.description or case.name]
    user = case.block.user
    persona, first = mannerless(first)
    if isinstance(user, str):
        persona = user
    elif user is not None:
        persona = user.persona or AS_IT_IS
        others += [user.goal or ""]
    return persona, pieces_of((first, *others))


def _lines_of(case: ScenarioCase) -> list[str]:
    """What its user says by its script."""
    steps = [step for step in case.block.script or () if not isinstance(step, str)]
    return [step.user for step in steps if isinstance(step.user, str)]


def _played(candidates: Sequence[_Candidate], store: str | None, seed: int) -> Played:
    folder = store_folder(store)
    writer = StoreWriter(folder, invocation=new_invocation("generate", seed=seed))
    writer.announce()
    try:
        options = SuiteOptions(seed=seed, bands=folder / CALIBRATION)
        return asyncio.run(play([(one.case, 0) for one in candidates], options, writer))
    finally:
        writer.close()


def _kept(
    candidates: Sequence[_Candidate],
    dropped: list[_Dropped],
    played: Played | None,
    spent: Sequence[Completion],
    seconds: float,
) -> int:
    """Write what could be judged, and tell of all; the exit code."""
    records = {record.file: record for record in played.result.records} if played is not None else {}
    rows: list[tuple[str, str, str]] = []
    for one in candidates:
        record = records.get(one.case.file)
        if record is not None and record.outcome in ("passed", "failed"):
            write_atomically(one.path, one.text.encode())
            fails = record.outcome == "failed"
            rows.append((one.path.name, "kept: fails now" if fails else "kept: passes", _why(record) if fails else ""))
        else:
            why = "it was not run to its end" if record is None else f"{record.outcome}: {_why(record)}"
            dropped.append(_Dropped(name=one.path.name, why=why))
    _show(rows, dropped, "kept")
    _tell_spent(list(records.values()), spent, seconds)
    if rows:
        folder = candidates[0].path.parent
        click.echo(f"\nNext:\n  scenario run {folder}")
    if played is not None and played.signal_code:
        return played.signal_code
    if rows or not records:
        return WELL
    return UNDECIDED if all(one.outcome == "undecided" for one in records.values()) else INFRASTRUCTURE


def _why(record: RunRecord) -> str:
    return record.error or record.reasoning or record.fault


def _show(rows: Sequence[tuple[str, str, str]], dropped: Sequence[_Dropped], what_of_them: str) -> None:
    glyphs = page_glyphs()
    lines: list[Line] = [()]
    for name, what, why in [*rows, *((one.name, "dropped", one.why) for one in dropped)]:
        shown = f"{what:<16}"
        mark = Span(shown, "dim") if what == "dropped" else Span(shown, "bad" if "fails" in what else "strong")
        lines.append((mark, Span(name)))
        if why:
            lines.append((Span(f"{'':<16}{one_line(why, 160, glyphs)}", "dim"),))
    print_lines(lines)
    click.echo(f"\n{counted(len(rows), 'proposal')} {what_of_them}, {len(dropped)} dropped.")


def _tell_spent(records: Sequence[RunRecord], spent: Sequence[Completion], seconds: float) -> None:
    tokens = sum(one.tokens for one in records) + sum(one.usage.total_tokens or 0 for one in spent)
    costs = [cost for cost in _costs(records, spent) if cost is not None]
    price = f", {sum(costs):.4f} USD" if costs else ""
    click.echo(f"{counted(len(records), 'run')} in {seconds:.1f} s, {tokens:,} tokens{price}.")


def _costs(records: Sequence[RunRecord], spent: Sequence[Completion]) -> Iterator[float | None]:
    yield from (one.cost for one in records)
    yield from (one.cost for one in spent)
