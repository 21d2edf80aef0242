"""`scenario cassette from FILE` and `to-har`: calls that other tools have captured, and cassettes for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Final

import click

from scenario.atomic_file import write_atomically
from scenario.cassette.captures.captured_file import conversations_of
from scenario.cassette.captures.har_writing import har
from scenario.cassette.cassette_file import CassetteFile
from scenario.cassette.interaction import Conversation, Identity
from scenario.cassette.masked import masked_conversation
from scenario.cli.exit_codes import help_of
from scenario.cli.store_option import glyphs
from scenario.errors import ConfigurationError
from scenario.report.terminal.glyphs import one_line
from scenario.report.terminal.lines import counted

# A capture is read whole.
_MOST_BYTES: Final = 512 * 1024 * 1024
_EXAMPLES: Final = f"""\b
Examples:
  scenario cassette to-har tests/weather.cassette -o weather.har

{help_of("cassette to-har")}"""


def conversations_in_file(file: Path, *, scenario: str | None, url: str, body: IO[bytes] | None) -> list[Conversation]:
    """The calls that another tool has captured; what they lack is said on standard error.

    Args:
        file: a HAR file, or what curl has written.
        scenario: the name of the scenario that they become; the file's by default.
        url: see `conversations_of`.
        body: see `conversations_of`.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    try:
        size = file.stat().st_size
        if size > _MOST_BYTES:
            raise ConfigurationError(f"{file} has {size:,} bytes, and a capture {_MOST_BYTES:,} at most.")
        content = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror or error}.") from error
    sent = b"" if body is None else body.read()
    capture = conversations_of(content, str(file), Identity(scenario=scenario or file.stem), url=url, body=sent)
    for note in capture.notes:
        click.echo(f"{file}: {one_line(note, 400, glyphs())}", err=True)
    return capture.conversations


@click.command("to-har", epilog=_EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The HAR file.")
def to_har(file: Path, output: Path) -> None:
    """Write a cassette as HAR 1.2, for browsers' network panels and proxies.

    Pieces and times, which HAR has no place for, go along as `_scenario`: `scenario cassette from` gives the same
    cassette again.
    """
    if not file.exists():
        raise ConfigurationError(f"There is no cassette {str(file)!r}.")
    held = CassetteFile(file).conversations()
    calls = sum(len(one.interactions) for one in held)
    try:
        write_atomically(output, har(masked_conversation(one) for one in held))
    except OSError as error:
        raise ConfigurationError(f"{output} cannot be written: {error.strerror or error}.") from error
    click.echo(f"{output}: {counted(calls, 'call')} written.")
