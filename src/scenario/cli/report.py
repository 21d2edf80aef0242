"""`scenario report`: stored runs as a file that others read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import msgspec

from scenario.cli.exit_codes import exit_code, help_of
from scenario.cli.store_option import store_option
from scenario.record.account import RunAccount
from scenario.record.account_record import record_of
from scenario.record.findings import findings_of
from scenario.record.not_run import NotRun
from scenario.record.overview import overview_of
from scenario.report.terminal.runner_commands import unobeyed_text
from scenario.store.accounts import stored_account, stored_accounts
from scenario.store.reader import StoreReader
from scenario.store.records import InvocationRow

_EXAMPLES = """\b
Examples:
  scenario report last --format html -o report.html
  scenario report last --format markdown >> "$GITHUB_STEP_SUMMARY"
  scenario report last --format junit -o junit.xml
  scenario report 3f9a1c02 --format json | jq .totals

"""

_FORMATS = ("markdown", "html", "junit", "json")


@click.command(epilog=_EXAMPLES + help_of("report"))
@click.argument("run")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="markdown: for a pull request's comment; html: one file that holds it all; junit: XML for CI; json. By "
    "default as the file's name ends, else markdown.",
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; else standard output.")
@click.option("--title", default="Scenarios", show_default=True, help="The heading of the report.")
@store_option
def report(run: str, form: str | None, output: Path | None, title: str, store: str | None) -> None:
    """Write a report of an invocation, or of one scenario.

    RUN is the beginning of an id, or "last".
    """
    form = form or _form_of(output)
    with StoreReader(store) as reader:
        found = reader.find(run)
        left = (
            [NotRun(**msgspec.structs.asdict(one)) for one in found.left_out]
            if isinstance(found, InvocationRow)
            else []
        )
        rows = reader.scenarios(invocation=found.uid, limit=-1)[::-1] if isinstance(found, InvocationRow) else [found]
        if form == "html":
            from scenario.report.files.html import html_parts

            accounts = stored_accounts(reader, rows, lint=findings_of)
            _write(html_parts(accounts, title=title, not_run=left, stopped=_stopped(left)), output)
        else:
            bare = (stored_account(reader.scenario(row.run_id, with_bytes=False)) for row in rows)
            uid = found.uid if isinstance(found, InvocationRow) else found.invocation
            _write(_rendered(form, bare, title, uid, left), output)
    if output is not None:
        click.echo(f"Wrote {output}: {len(rows):,} scenario{'' if len(rows) == 1 else 's'}.", err=True)


def _write(content: Iterable[bytes], output: Path | None) -> None:
    """Into the file; without one, to standard output."""
    if output is None:
        sys.stdout.buffer.write(unobeyed_text(b"".join(content).decode(), os.environ).encode())
        sys.stdout.buffer.flush()
        return
    from scenario.atomic_file import write_atomically

    write_atomically(output, content)


def _form_of(output: Path | None) -> str:
    endings = {".html": "html", ".htm": "html", ".xml": "junit", ".json": "json"}
    return endings.get(output.suffix.lower(), "markdown") if output else "markdown"


def _stopped(left: Sequence[NotRun]) -> str:
    """Why not everything was run, where that is known."""
    return left[0].reason if left else ""


def _rendered(
    form: str, accounts: Iterable[RunAccount], title: str, invocation: str, left: Sequence[NotRun]
) -> Iterable[bytes]:
    if form == "markdown":
        from scenario.report.files.markdown import markdown_report

        whole = list(accounts)
        rows = [account.row for account in whole]
        return [markdown_report(overview_of(whole), rows, title=title, not_run=left).encode()]
    records = [record_of(account) for account in accounts]
    if len(records) > 1:  # what was tried again counts by its last try, here as everywhere
        records = [record for record in records if not record.retried]
    if form == "junit":
        from scenario.report.files.junit import junit_parts

        return junit_parts(records, left, name=title)
    from scenario.report.files.json_report import json_parts

    code = exit_code(records, stopped=bool(left) or not records)
    return json_parts(records, left, invocation=invocation, exit_code=code)
