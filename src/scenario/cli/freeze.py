"""`scenario freeze`: a stored run as a scripted regression."""

from __future__ import annotations

from pathlib import Path

import click

from scenario.atomic_file import write_atomically
from scenario.cli.exit_codes import help_of
from scenario.cli.store_option import glyphs, store_option
from scenario.errors import ConfigurationError
from scenario.freezing.freezing import agent_named, frozen
from scenario.freezing.frozen_run import UNKNOWN_AGENT, FrozenRun
from scenario.freezing.python_file import python_of
from scenario.freezing.yaml_file import yaml_of
from scenario.report.terminal.glyphs import one_line
from scenario.store.reader import StoreReader
from scenario.store.records import InvocationRow, ScenarioRecord

_EXAMPLES = """\b
Examples:
  scenario freeze 3f9a1c02 -o regressions/refund.yaml
  scenario freeze last -o tests/test_refund.py
  scenario freeze 3f9a1c02 -o tests/test_refund.py --agent my_agent:agent
  scenario freeze 3f9a1c02 -o regressions/refund.yaml --cassette regressions/refund.cassette

"""
_YAML = (".yaml", ".yml")
_LONGEST = 300

output_option = click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=".py or .yaml.",
)
agent_option = click.option("--agent", metavar="AGENT", help="A URL or module:attribute; else the scenario file's.")
force_option = click.option("--force", is_flag=True, help="Write over a file that is there.")


@click.command(epilog=_EXAMPLES + help_of("freeze"))
@click.argument("run")
@output_option
@agent_option
@click.option(
    "--cassette",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="CASSETTE",
    help="What the frozen run is recorded into the first time, and played from then on.",
)
@force_option
@store_option
def freeze(*, run: str, output: Path, agent: str | None, cassette: Path | None, force: bool, store: str | None) -> None:
    """Write a stored run as a scripted regression: its user's turns fixed, its criteria and checks kept.

    RUN is the beginning of an id, or "last". A .yaml is for `scenario run`, a .py for pytest. Settings are those of the
    scenario file; what a Python test knows and the store does not has its place in the .py file, and raises there.
    """
    refuse_output(output, force=force)
    with StoreReader(store) as reader:
        record = record_of(reader, run)
    found = frozen(record)
    if agent is not None:
        found = found.with_agent(agent_named(agent))
    write_frozen(found, output, cassette)
    tell_written(found, output)


def refuse_output(output: Path, *, force: bool) -> None:
    """Refuse a file that cannot be written before anything else is done.

    Raises:
        ConfigurationError: its name ends otherwise, or it is there already.
    """
    if output.suffix not in (".py", *_YAML):
        raise ConfigurationError(f"-o {output}: end the name in .py for a test of pytest's, or in .yaml.")
    if output.exists() and not force:
        raise ConfigurationError(f"{output} is there already. Name another file, or write over it with --force.")


def record_of(reader: StoreReader, run: str) -> ScenarioRecord:
    """The one run that is meant.

    Raises:
        ConfigurationError: there is none, or several.
    """
    found = reader.find(run)
    if isinstance(found, InvocationRow):
        rows = [row for row in reader.scenarios(invocation=found.uid, limit=-1) if row.status != "retried"]
        failed = [row for row in rows if row.status == "failed"]
        if len(rows) != 1 and len(failed) != 1:
            raise ConfigurationError(
                f"{run!r} is an invocation of {len(rows)} runs, {len(failed)} of which failed: give the id of one. "
                f"`scenario show {run}` lists them."
            )
        found = rows[0] if len(rows) == 1 else failed[0]
    return reader.scenario(found.run_id, with_bytes=False)


def write_frozen(found: FrozenRun, output: Path, cassette: Path | None = None) -> None:
    """Write it, whole or not at all.

    Raises:
        ConfigurationError: it cannot be told in such a file, or the file cannot be written.
    """
    write_atomically(output, frozen_text(found, output, cassette).encode())


def frozen_text(found: FrozenRun, output: Path, cassette: Path | None = None) -> str:
    """The text of the file.

    Raises:
        ConfigurationError: it cannot be told in such a file.
    """
    return (yaml_of if output.suffix in _YAML else python_of)(found, output, cassette)


def tell_written(found: FrozenRun, output: Path) -> None:
    """Say what was written, and what is left to do."""
    command = f"pytest {output}" if output.suffix == ".py" else f"scenario run {output}"
    click.echo(f"Written: {output}\n\nNext:\n  {command}")
    for note in found.notes:
        click.echo(f"Note: {one_line(note, _LONGEST, glyphs())}", err=True)
    if found.agent == UNKNOWN_AGENT:
        click.echo("To do: the agent; `agent()` in the file raises until you return it there.", err=True)
    if found.not_known:
        click.echo("To do: what must hold; `what_must_hold` in the file raises until you say it.", err=True)
