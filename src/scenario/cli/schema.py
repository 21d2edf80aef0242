"""`scenario schema`: the JSON Schema of scenario files."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from scenario.atomic_file import write_atomically
from scenario.cli.exit_codes import help_of
from scenario.files.blocks import protocols
from scenario.files.schema import file_schema
from scenario.report.files.json_report import json_report_schema

_EXAMPLES = """\b
Examples:
  scenario schema
  scenario schema --output scenario.schema.json
  scenario schema --report                     of what `scenario run --json` writes

\b
An editor with a YAML language server completes a scenario file whose first line is
  # yaml-language-server: $schema=scenario.schema.json

"""


@click.command(epilog=_EXAMPLES + help_of("schema"))
@click.option("--report", is_flag=True, help="The schema of the JSON report instead.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write it there.")
def schema(*, report: bool, output: Path | None) -> None:
    """Print the JSON Schema of scenario files, with which editors complete and explain them."""
    # With the dialects that are installed here.
    content = schema_bytes(json_report_schema() if report else file_schema(protocols=protocols()))
    if output is None:
        click.echo(content.decode(), nl=False)
    else:
        write_atomically(output, content)
        click.echo(f"Written: {output}")


def schema_bytes(schema_of: dict[str, object]) -> bytes:
    """A schema as it is written."""
    return msgspec.json.format(msgspec.json.encode(schema_of), indent=2) + b"\n"
