"""`scenario show`: one run from the store."""

from __future__ import annotations

import shutil

import click

from scenario.cli.exit_codes import help_of
from scenario.cli.store_option import invocation_line, print_json, scenario_line, store_option
from scenario.cli.stored_run import byte_lines, run_lines
from scenario.errors import ConfigurationError
from scenario.report.terminal.lines import counted
from scenario.store.reader import StoreReader
from scenario.store.records import InvocationRow, ScenarioRecord

_EXAMPLES = """\b
Examples:
  scenario show last
  scenario show 3f9a1c02
  scenario show 3f9a1c02 --bytes 2
  scenario show 3f9a1c02 --json | jq .result.reasoning

"""

_WIDEST = 110


@click.command(epilog=_EXAMPLES + help_of("show"))
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, without the bytes; `scenario export` has those.")
@click.option("--bytes", "number", type=click.IntRange(min=1), metavar="N", help="The bytes of the Nth response.")
@store_option
def show(run: str, as_json: bool, number: int | None, store: str | None) -> None:
    """Show a run: its conversation, its verdict and its timing; or an invocation and its scenarios.

    RUN is the beginning of an id, as `scenario list` prints them, or "last" for the newest invocation. An invocation
    with one scenario shows that.
    """
    with StoreReader(store) as reader:
        found = reader.find(run)
        if isinstance(found, InvocationRow):
            scenarios = reader.scenarios(invocation=found.uid, limit=-1)[::-1]
            if len(scenarios) != 1:
                _show_invocation(found, reader, as_json=as_json, number=number)
                return
            found = scenarios[0]
        record = reader.scenario(found.run_id, with_bytes=number is not None)
    if number is not None:
        _show_bytes(record, number)
    elif as_json:
        print_json(record.told_once())
    else:
        for line in run_lines(record, width=min(shutil.get_terminal_size().columns, _WIDEST)):
            click.echo(line)


def _show_invocation(invocation: InvocationRow, reader: StoreReader, *, as_json: bool, number: int | None) -> None:
    if number is not None:
        raise ConfigurationError("--bytes goes with one scenario: give its id.")
    scenarios = reader.scenarios(invocation=invocation.uid, limit=-1)[::-1]
    if as_json:
        print_json({"invocation": invocation, "scenarios": scenarios})
        return
    click.echo(invocation_line(invocation))
    for name, version in invocation.versions.items():
        click.echo(f"{name} {version}")
    click.echo()
    for scenario in scenarios:
        click.echo(scenario_line(scenario))


def _show_bytes(record: ScenarioRecord, number: int) -> None:
    if number > len(record.exchanges):
        told = counted(len(record.exchanges), "call")
        raise ConfigurationError(f"--bytes {number}: the scenario has {told} over the wire.")
    stored = record.exchanges[number - 1]
    if stored.size and not stored.exchange.body:
        raise ConfigurationError(f"The {stored.size:,} bytes of this response were not kept, or have been pruned.")
    for line in byte_lines(stored):
        click.echo(line)
