"""`scenario export`: a run as JSON, or the bytes that an agent sent."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import BinaryIO

import click

from scenario.cli.exit_codes import help_of
from scenario.cli.store_option import store_option
from scenario.errors import ConfigurationError
from scenario.record.plain import json_text
from scenario.report.terminal.lines import counted
from scenario.store.reader import StoreReader
from scenario.store.records import InvocationRow, ScenarioRecord, ScenarioRow

_EXAMPLES = """\b
Examples:
  scenario export last --format jsonl -o runs.jsonl
  scenario export 3f9a1c02 | jq '.messages[].message.content'
  scenario export 3f9a1c02 --format raw --exchange 2 | less

"""


@click.command(epilog=_EXAMPLES + help_of("export"))
@click.argument("run")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "jsonl", "raw"]),
    default="json",
    show_default=True,
    help="json: one document; jsonl: a line to a scenario; raw: the bytes of the responses, as they came.",
)
@click.option("--exchange", type=click.IntRange(min=1), metavar="N", help="With raw: only those of the Nth call.")
@click.option("-o", "--output", type=click.File("wb", lazy=True), help="A file; standard output by default.")
@store_option
def export(run: str, form: str, exchange: int | None, output: BinaryIO | None, store: str | None) -> None:
    """Write a scenario, or all scenarios of an invocation, to a file or to standard output.

    RUN is the beginning of an id, or "last". In JSON, bytes are base64. Raw bytes are what the agent sent: look at
    them with a program that does not execute what a terminal would.
    """
    if exchange is not None and form != "raw":
        raise click.UsageError("--exchange goes with --format raw.")
    with StoreReader(store) as reader:
        found = reader.find(run)
        file = sys.stdout.buffer if output is None else output
        if isinstance(found, InvocationRow):
            if form == "raw":
                raise ConfigurationError(f"{run!r} is an invocation: raw bytes are those of one scenario. Give its id.")
            _write_invocation(reader, found, file, form)
        elif form == "raw":
            file.writelines(_bodies(reader.scenario(found.run_id), exchange))
        else:
            file.write(_document(reader.scenario(found.run_id)) + b"\n")
        file.flush()


def _write_invocation(reader: StoreReader, invocation: InvocationRow, file: BinaryIO, form: str) -> None:
    """A scenario at a time: an invocation may be larger than memory."""
    rows = _oldest_first(reader, invocation)
    if form == "jsonl":
        for row in rows:
            file.write(_document(reader.scenario(row.run_id)) + b"\n")
        return
    file.write(b'{"invocation":' + json_text(invocation).encode() + b',"scenarios":[')
    for index, row in enumerate(rows):
        file.write((b",\n" if index else b"\n") + _document(reader.scenario(row.run_id)))
    file.write(b"\n]}\n")


def _oldest_first(reader: StoreReader, invocation: InvocationRow) -> list[ScenarioRow]:
    return reader.scenarios(invocation=invocation.uid, limit=-1)[::-1]


def _document(record: ScenarioRecord) -> bytes:
    return json_text(record.told_once()).encode()


def _bodies(record: ScenarioRecord, number: int | None) -> Iterator[bytes]:
    bodies = [stored.exchange.body for stored in record.exchanges]
    if number is None:
        yield from bodies
    elif number <= len(bodies):
        yield bodies[number - 1]
    else:
        told = counted(len(bodies), "call")
        raise ConfigurationError(f"--exchange {number}: the scenario has {told} over the wire.")
