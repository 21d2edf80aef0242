"""The option that names the store, and how what is in it is printed."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from typing import Final

import click
import msgspec

from scenario.record.blame import at_fault
from scenario.record.plain import json_text
from scenario.report.terminal.glyphs import Glyphs, glyphs_for, one_line
from scenario.report.terminal.outcome_marks import again_for
from scenario.store.records import InvocationRow, ScenarioRow, ScenarioStatus

store_option = click.option(
    "--store", metavar="DIR", help="The folder of the store; else SCENARIO_STORE, else .scenario."
)

SHORT_ID: Final = 8
# JSON itself escapes the control characters below these.
_OBEYED: Final = re.compile("[\x7f-\x9f\xad\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_TONES: Final[dict[ScenarioStatus, str]] = {
    "passed": "green",
    "failed": "red",
    "undecided": "yellow",
    "invalid": "magenta",
    "cancelled": "yellow",
    "running": "cyan",
    "interrupted": "yellow",
    "retried": "yellow",
}


def glyphs() -> Glyphs:
    """The marks that standard output can show."""
    return glyphs_for(getattr(sys.stdout, "encoding", None))


def print_json(value: object) -> None:
    """A value as JSON; what a terminal would obey is written by its code, which JSON reads as the same."""
    plain = msgspec.json.format(json_text(value))
    click.echo(_OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", plain))


def when(moment: float | None) -> str:
    """A moment in local time, to the minute."""
    return "-" if moment is None else datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def toned(status: ScenarioStatus, text: str | None = None) -> str:
    """A status in its colour, where the terminal has colours."""
    return click.style(status if text is None else text, fg=_TONES[status])


def tried(scenario: ScenarioRow) -> str:
    """Which try of its scenario a run is, and whose fault it was that the ones before did not count."""
    return f"try {scenario.tries}{again_for(scenario.tried_for)}"


def counts_of(invocation: InvocationRow) -> str:
    """How many scenarios passed, failed, ..."""
    told = [
        toned(status, f"{invocation.counts[status]:,} {status}") for status in _TONES if status in invocation.counts
    ]
    return ", ".join(told) or "no scenarios"


def invocation_line(invocation: InvocationRow) -> str:
    """An invocation on one line."""
    commit = f"{(invocation.git_commit or '')[:SHORT_ID]}{'+' if invocation.git_dirty else ''}" or "-"
    command = one_line(invocation.command, 50, glyphs()) or "-"
    return (
        f"{invocation.uid[:SHORT_ID]}  {when(invocation.started)}  {commit:<9}  {command:<30}  {counts_of(invocation)}"
    )


def scenario_line(scenario: ScenarioRow) -> str:
    """A run of a scenario on one line."""
    seconds = "-" if scenario.seconds is None else f"{scenario.seconds:.1f} s"
    name = one_line(scenario.name, 60, glyphs()) or "-"
    repeat = f" #{scenario.repeat + 1}" if scenario.repeat else ""
    repeat += f" ({tried(scenario)})" if scenario.tries > 1 else ""
    repeat += (
        f" (at fault: {one_line(at_fault(scenario.fault, scenario.error), 60, glyphs())})"
        if scenario.status == "invalid"
        else ""
    )
    status = toned(scenario.status, f"{scenario.status:<11}")
    turns = f"{scenario.turns} turn{'' if scenario.turns == 1 else 's'}"
    return f"{scenario.run_id[:SHORT_ID]}  {when(scenario.started)}  {status}  {turns:>8}  {seconds:>8}  {name}{repeat}"
