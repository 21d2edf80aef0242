"""`scenario list`: what is in the store."""

from __future__ import annotations

from typing import Any

import click

from scenario.cli.exit_codes import help_of
from scenario.cli.store_option import invocation_line, print_json, scenario_line, store_option
from scenario.errors import ConfigurationError
from scenario.report.terminal.lines import counted
from scenario.store.reader import StoreReader
from scenario.store.records import STATUSES, InvocationRow, ScenarioRow, ScenarioStatus, unknown_status

_EXAMPLES = """\b
Examples:
  scenario list
  scenario list last
  scenario list --status failed --status undecided
  scenario list -k refund --limit 5
  scenario list --json | jq '.scenarios[].name'

"""


class _Status(click.Choice[ScenarioStatus]):
    """A status; one that there was once is answered with those that there are."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ScenarioStatus:
        """The status of that name."""
        if value not in STATUSES:
            self.fail(unknown_status(str(value)), param, ctx)
        return super().convert(value, param, ctx)


@click.command("list", epilog=_EXAMPLES + help_of("list"))
@click.argument("invocation", required=False)
@click.option("-k", "text", metavar="TEXT", default="", help="Scenarios whose name, set, file or test holds this.")
@click.option("--status", type=_Status(STATUSES), multiple=True, help="Scenarios of this status; may be repeated.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@store_option
def list_runs(
    invocation: str | None, text: str, status: tuple[ScenarioStatus, ...], limit: int, as_json: bool, store: str | None
) -> None:
    """List the newest invocations and scenarios in the store, or the scenarios of one INVOCATION.

    INVOCATION is the beginning of an id, or "last".
    """
    with StoreReader(store) as reader:
        chosen = None if invocation is None else _invocation(reader, invocation)
        only_scenarios = bool(text or status)
        invocations = [] if only_scenarios else [chosen] if chosen else reader.invocations(limit=limit)
        within = chosen.uid if chosen else None
        scenarios = reader.scenarios(invocation=within, status=status, text=text, limit=limit)
        all_invocations, all_scenarios = reader.count(invocation=within, status=status, text=text)
        more = (
            all_invocations - limit if len(invocations) == limit and chosen is None else 0,
            all_scenarios - limit if len(scenarios) == limit else 0,
        )
    if as_json:
        print_json({"invocations": invocations, "scenarios": scenarios})
        return
    _print(invocations, scenarios)
    told = [counted(count, word) for count, word in zip(more, ("invocation", "scenario"), strict=True) if count > 0]
    if told:
        click.echo(f"and {' and '.join(told)} more (--limit)")
    if not invocations and not scenarios:
        click.echo("Nothing in the store is like that." if only_scenarios else "The store is empty.")


def _invocation(reader: StoreReader, reference: str) -> InvocationRow:
    found = reader.find(reference)
    if isinstance(found, InvocationRow):
        return found
    raise ConfigurationError(f"{reference!r} is a scenario, not an invocation: `scenario show {reference}` shows it.")


def _print(invocations: list[InvocationRow], scenarios: list[ScenarioRow]) -> None:
    for invocation in invocations:
        click.echo(invocation_line(invocation))
    if invocations and scenarios:
        click.echo()
    for scenario in scenarios:
        click.echo(scenario_line(scenario))
