"""`scenario prune`: make room in the store."""

from __future__ import annotations

import re

import click

from scenario.cli.exit_codes import help_of
from scenario.cli.store_option import store_option
from scenario.report.terminal.lines import counted
from scenario.store.place import store_folder
from scenario.store.records import ScenarioStatus
from scenario.store.retention import Pruning, prune as pruned

_EXAMPLES = """\b
Examples:
  scenario prune --keep 20
  scenario prune --older-than 30d --dry-run
  scenario prune --older-than 7d --passed-only
  scenario prune --keep 5 --bytes-only

"""

_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FAILED: tuple[ScenarioStatus, ...] = (*("failed", "undecided", "invalid", "cancelled", "interrupted", "retried"),)


def _age(_context: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    """A span of time (90m, 12h, 30d, 8w) in seconds."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([mhdw])", value.strip().lower())
    if found is None:
        raise click.BadParameter(f"{value!r} is no span of time: write 90m, 12h, 30d or 8w.")
    return float(found[1]) * _UNITS[found[2]]


@click.command(epilog=_EXAMPLES + help_of("prune"))
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="The newest N invocations stay.")
@click.option("--older-than", callback=_age, metavar="AGE", help="Only what began longer ago goes: 90m, 12h, 30d, 8w.")
@click.option("--passed-only", is_flag=True, help="Only scenarios that passed go.")
@click.option("--failed-only", is_flag=True, help="Only scenarios that did not pass go.")
@click.option("--bytes-only", is_flag=True, help="Only the bytes of responses go; conversations and times stay.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and delete nothing.")
@store_option
def prune(
    keep: int | None,
    older_than: float | None,
    passed_only: bool,
    failed_only: bool,
    bytes_only: bool,
    dry_run: bool,
    store: str | None,
) -> None:
    """Delete runs from the store and give their space back. What is still going on stays.

    It may be stopped at any moment and run again; meanwhile, other processes go on recording.
    """
    if keep is None and older_than is None:
        raise click.UsageError("Say what may go: --keep N, --older-than AGE, or both.")
    if passed_only and failed_only:
        raise click.UsageError("--passed-only and --failed-only exclude each other; without either, both go.")
    status: tuple[ScenarioStatus, ...] = ("passed",) if passed_only else _FAILED if failed_only else ()
    pruning = Pruning(keep=keep, older_than=older_than, status=status, bytes_only=bytes_only)
    gone = pruned(store_folder(store), pruning, dry_run=dry_run)
    what = counted(gone.scenarios, "scenario")
    if bytes_only:
        what = f"the bytes of {what}"
    else:
        what += f", {counted(gone.invocations, 'whole invocation')}"
    click.echo(f"Would delete {what}." if dry_run else f"Deleted {what}: {gone.freed / 1e6:.1f} MB freed.")
