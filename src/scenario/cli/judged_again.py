"""Stored conversations judged again: each verdict beside the one before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import click
import msgspec

from scenario.agents.judge.agent import JudgeAgent
from scenario.calibration.judging import Spent, verdict_on
from scenario.cli.line_printing import page_glyphs, page_width, print_lines
from scenario.cli.store_option import print_json
from scenario.criterion import is_of_check
from scenario.errors import ConfigurationError
from scenario.report.terminal.control_lines import control_lines, summed
from scenario.report.terminal.glyphs import one_line
from scenario.report.terminal.lines import Line, Span, Tone, counted, dollars
from scenario.report.terminal.wrapping import wrapped
from scenario.store.reader import StoreReader
from scenario.store.records import InvocationRow, ScenarioRecord
from scenario.types import CriterionStatus

_LONGEST: Final = 400
_TONES: Final[dict[str, Tone]] = {"passed": "good", "failed": "bad", "inconclusive": "unsure"}


class JudgedAgain(msgspec.Struct, frozen=True, kw_only=True):
    """A criterion of a stored run, with both verdicts.

    Attributes:
        before: the verdict of the run; None where it had none on this criterion.
        now: the verdict of the judge that was asked now.
    """

    run_id: str
    scenario: str
    criterion: str
    before: CriterionStatus | None
    now: CriterionStatus
    reasoning: str

    @property
    def changed(self) -> bool:
        """Whether another verdict came."""
        return self.before != self.now


def judge_again(judge: JudgeAgent, runs: Sequence[str], *, store: str | None, as_json: bool) -> None:
    """Judge stored runs, and print what changed.

    Args:
        judge: who is asked; its criteria, where it has some, in the place of each run's.
        runs: beginnings of ids of scenarios or invocations, or "last".
        store: the store's folder.
        as_json: print JSON.

    Raises:
        ConfigurationError: there is no such run, or nothing to judge in it.
        JudgeError: the judge failed.
    """
    with StoreReader(store) as reader:
        records = [record for run in runs for record in _records(reader, run)]
    found: list[JudgedAgain] = []
    spent = Spent()
    for record in records:
        found += asyncio.run(_of_record(judge, record, spent))
    left = [] if judge.criteria else [one for record in records for one in _checks_of(record)]
    if left:
        names = ", ".join(one_line(one, 120) for one in dict.fromkeys(left))
        click.echo(f"Not judged again, as checks decide them while a run goes on: {names}", err=True)
    if not found:
        raise ConfigurationError("None of these runs has a criterion. Give some: --criterion TEXT.")
    if as_json:
        print_json({"verdicts": [msgspec.structs.asdict(one) | {"changed": one.changed} for one in found]})
        return
    print_lines(_lines(found))
    changed = sum(one.changed for one in found)
    click.echo(f"\n{changed} of {counted(len(found), 'verdict')} changed; {spent_in_words(spent)}")
    print_lines(control_lines(summed(spent.controls), {}, page_glyphs()))


def spent_in_words(spent: Spent) -> str:
    """What judging took now: "3 requests now, 900 tokens"; of several models, what each took."""
    several = len(spent.models) > 1
    told = [
        (f"{model}: " if several else "")
        + f"{counted(one.calls, 'request')} now, {counted(one.tokens, 'token')}"
        + (f", {dollars(one.cost)}" if one.cost else "")
        for model, one in spent.models.items()
    ]
    return "; ".join(told) or "0 requests now"


def _records(reader: StoreReader, run: str) -> list[ScenarioRecord]:
    row = reader.find(run)
    rows = reader.scenarios(invocation=row.uid, limit=-1)[::-1] if isinstance(row, InvocationRow) else [row]
    records = [reader.scenario(one.run_id, with_bytes=False) for one in rows if one.status != "retried"]
    if not records:
        raise ConfigurationError(f"{run!r} has no scenario that could be judged.")
    return records


def _checks_of(record: ScenarioRecord) -> list[str]:
    """The criteria of a run that checks have decided."""
    criteria = [] if record.result is None else [one.criterion for one in record.result.criteria]
    return [one for one in criteria if is_of_check(one)]


async def _of_record(judge: JudgeAgent, record: ScenarioRecord, spent: Spent) -> list[JudgedAgain]:
    given = {} if record.result is None else {one.criterion: one.status for one in record.result.criteria}
    criteria = list(judge.criteria) or [one for one in given if not is_of_check(one)]
    if not criteria or not record.messages:
        return []
    messages = [stored.message for stored in record.messages]
    verdict = await verdict_on(judge, messages, criteria, spent, description=record.description)
    return [
        JudgedAgain(
            run_id=record.scenario.run_id,
            scenario=record.scenario.name,
            criterion=said.criterion,
            before=given.get(said.criterion),
            now=said.status,
            reasoning=said.reasoning,
        )
        for said in verdict.criteria
    ]


def _lines(found: Sequence[JudgedAgain]) -> list[Line]:
    glyphs, width = page_glyphs(), page_width()
    lines: list[Line] = []
    shown = ""
    for one in found:
        if one.run_id != shown:
            shown = one.run_id
            lines += [(), (Span(one_line(one.scenario, 80, glyphs), "strong"), Span(f"  {shown[:8]}", "dim"))]
        before = one.before or "not judged"
        verdict = [Span(one.now, _TONES[one.now])]
        if one.changed:
            verdict = [Span(f"{before} ", "dim"), Span(f"{glyphs.arrow} "), *verdict]
        lines.append((Span("  "), *verdict, Span(f"  {one_line(one.criterion, _LONGEST, glyphs)}")))
        if one.changed and one.reasoning:
            text = one_line(one.reasoning, _LONGEST, glyphs)
            lines += [(Span(f"      {part}", "dim"),) for part in wrapped(text, width - 6)]
    return lines[1:]
