"""`scenario probe`: how an agent behind a URL is spoken to."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import click
import msgspec

from scenario.atomic_file import write_atomically
from scenario.cli.exit_codes import FAILED, WELL, help_of
from scenario.cli.line_printing import page_glyphs, page_width, print_lines
from scenario.cli.target_options import target_from, target_options, timeouts_from, unreachable
from scenario.config import Timeouts
from scenario.errors import AgentUnreachableError, ConfigurationError
from scenario.lint.finding import Finding
from scenario.lint.linting import lint
from scenario.probe.command import command_of
from scenario.probe.ledger import Sent
from scenario.probe.pasting import Paste, paste
from scenario.probe.probing import UNDERSTOOD, Attempt, Probed, probe as find_out
from scenario.probe.target import Target
from scenario.probe.two_turns import TwoTurns, two_turns
from scenario.redaction import redacted_url
from scenario.report.terminal.probe_page import probe_lines, refused_lines, sent_line
from scenario.types import Reply

_EXAMPLES = """\b
Examples:
  scenario probe http://localhost:8000/chat
  scenario probe https://agent.example/run -H "Authorization: Bearer $TOKEN"
  scenario probe http://localhost:8000/ask -d '{"question": "Hi", "session_id": "1"}'
  scenario probe --curl "curl -N localhost:8000/chat -d '{\\"prompt\\": \\"Hi\\"}'" --write tests/test_agent.py

"""


@click.command(epilog=_EXAMPLES + help_of("probe"), context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("url", required=False)
@target_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--write", type=click.Path(path_type=Path), metavar="FILE", help="Write the pytest file there.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def probe(url: str | None, *, as_json: bool, write: Path | None, force: bool, **given: Any) -> None:
    """Find out how the agent at URL is spoken to: what it takes, which dialect it streams, how sound that is.

    One harmless message is put to it, in at most ten requests: first its own description is read (an OpenAPI document,
    an A2A agent card, LangGraph's /info), then ways to ask are tried from the most likely on. With --data or --curl
    exactly that request is sent. Then the code to paste has a conversation of two turns with it: what does not work
    there is not pasted.
    """
    if write is not None and write.exists() and not force:
        raise ConfigurationError(f"{write} is there already: give another file, or --force.")
    target = target_from(url, given)
    glyphs, width = page_glyphs(), page_width()
    numbers = count(1)

    def told(sent: Sent) -> None:
        print_lines([sent_line(sent, next(numbers), glyphs)])

    probed, turns = asyncio.run(_found_out(target, timeouts_from(given), None if as_json else told))
    if probed.unreachable:
        raise AgentUnreachableError(unreachable(redacted_url(target.url), probed.unreachable))
    best = probed.best
    found = turns is not None and not turns.error
    findings = lint(best.exchange) if best is not None and best.exchange is not None else []
    broken = sorted({finding.rule for finding in findings if finding.level == "error"})
    code = None
    if best is not None and turns is not None and found:
        code = paste(probed, best, broken=broken, shape=turns.shape, sets_cookie=turns.sets_cookie)
    if as_json:
        click.echo(_json(probed, best, findings, code, turns))
    elif best is not None and best.merit >= UNDERSTOOD:
        print_lines(probe_lines(best, findings, code, turns, notes=target.notes, glyphs=glyphs, width=width))
    else:
        print_lines(refused_lines(probed, glyphs=glyphs, width=width))
    if code is not None and best is not None and not as_json:
        url = best.shape.url or target.url
        _hand_over(code, write, partial(command_of, target, url, timeout=given["timeout"]))
    elif code is not None and write is not None:
        write_atomically(write, code.test.encode())
    sys.exit(WELL if found else FAILED)


async def _found_out(
    target: Target, timeouts: Timeouts, told: Callable[[Sent], None] | None
) -> tuple[Probed, TwoTurns | None]:
    """How the agent is asked, and what comes of two turns so; None where no answer was whole."""
    probed = await find_out(target, timeouts=timeouts, on_sent=told)
    if probed.unreachable or probed.best is None or not probed.answered:
        return probed, None
    return probed, await two_turns(target, probed.best, timeouts=timeouts, on_sent=told)


def _hand_over(code: Paste, write: Path | None, again: Callable[..., str]) -> None:
    """The pytest file: written where that was asked for, else printed with the command that writes it."""
    click.echo()
    if write is None:
        click.echo(code.test.rstrip("\n"))
        click.echo(f"\nThis writes the file:\n  {again(write=_free_name())}")
        return
    write_atomically(write, code.test.encode())
    click.echo(f"Written: {write}\n\nNext:\n  pytest {write}")


def _free_name() -> str:
    """Of a test file that is not there yet."""
    names = (f"tests/test_agent{'' if number == 1 else f'_{number}'}.py" for number in count(1))
    return next(name for name in names if not Path(name).exists())


def _json(
    probed: Probed, best: Attempt | None, findings: list[Finding], code: Paste | None, turns: TwoTurns | None
) -> str:
    exchange = best.exchange if best is not None else None
    answer = None
    if exchange is not None and best is not None:
        answer = {
            "protocol": exchange.protocol,
            "reason": exchange.protocol_reason,
            "asked_because": best.shape.why,
            "status": exchange.status,
            "outcome": exchange.outcome,
            "error": exchange.error,
            "timing": exchange.timing,
            "events": len(exchange.events),
            "reply": {field: getattr(exchange.reply, field) for field in Reply.__struct_fields__ if field != "events"},
            "findings": findings,
        }
    found = {
        "url": redacted_url(probed.target.url),
        "answered": probed.answered,
        "notes": list(probed.target.notes),
        "stopped": probed.stopped,
        "requests": probed.sent,
        "answer": answer,
        "two_turns": None
        if turns is None
        else {
            "error": turns.error,
            "memory": turns.memory,
            "warning": turns.warning,
            "sets_cookie": turns.sets_cookie,
            "takes_text": turns.takes_text,
            "waits_for_a_human": turns.waits,
        },
        "remote_agent": code.agent if code is not None else None,
        "pytest": code.test if code is not None else None,
        "variables": code.variables if code is not None else {},
    }
    return msgspec.json.format(msgspec.json.encode(found, enc_hook=repr), indent=2).decode()
