"""`scenario lint`: what is wrong with a stream."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from scenario.cli.exit_codes import FAILED, help_of
from scenario.cli.line_printing import page_glyphs, page_width, print_lines
from scenario.cli.target_options import target_from, target_options, timeouts_from, unreachable
from scenario.errors import AgentUnreachableError, ConfigurationError
from scenario.exchange import Exchange
from scenario.lint.evidence import Evidence
from scenario.lint.explanations.table import EXPLANATIONS
from scenario.lint.finding import LEVELS, Finding, Level, is_at_least
from scenario.lint.linting import lint as findings_of
from scenario.lint.rule import Rule
from scenario.lint.rules import RULES
from scenario.lint.rules_page import scope_of
from scenario.redaction import redacted_url
from scenario.report.files.sarif import sarif
from scenario.report.terminal.glyphs import Glyphs, one_line
from scenario.report.terminal.lines import Line, Span
from scenario.report.terminal.lint_lines import lint_lines, stream_line, unchecked_lines
from scenario.report.terminal.rule_lines import rule_lines
from scenario.report.terminal.wrapping import wrapped

# Nothing that came says that something is missing: no rule can tell of it.
_WITHOUT_A_RULE: Final = frozenset({"stalled", "timed_out", "aborted"})
_TRANSFER: Final = "L05"
_LONGEST: Final = 600
_RULE: Final = re.compile(r"[Ll]\d{1,3}")
_EXAMPLES = """\b
Examples:
  scenario lint http://localhost:8000/chat
  curl -i -N http://localhost:8000/chat -d '{"message": "Hi"}' > capture.txt; scenario lint capture.txt
  scenario lint https://agent.example/run -H "Authorization: Bearer $TOKEN" -d '{"prompt": "Hi"}'
  scenario lint capture.txt --level warning --ignore L03 --format sarif > lint.sarif
  scenario lint L24

"""


@click.command(epilog=_EXAMPLES + help_of("lint"), context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("source", metavar="URL|FILE|RULE", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text", help="[default: text]")
@click.option("--level", type=click.Choice(LEVELS), default="error", help="What fails the command.  [default: error]")
@click.option("--ignore", multiple=True, metavar="RULE", help="Leave a rule out, such as L03; may be repeated.")
@click.option("--rules", "explain", is_flag=True, help="Explain all rules; of one, `scenario lint L24` does.")
@click.option(
    "--deep", is_flag=True, help="Also send more requests: sessions, compression, resumption, interrupts (URL only)."
)
@target_options
def lint(
    source: str | None,
    *,
    form: str,
    level: Level,
    ignore: tuple[str, ...],
    explain: bool,
    deep: bool,
    **given: Any,
) -> None:
    """Check a stream: of the agent at URL, or recorded in FILE by `curl -i -N`; or explain a RULE, such as L24.

    Without --data, the way to ask is found out as `scenario probe` does, with at most ten requests.
    """
    if explained := _explained(source, explain=explain):
        _explain(explained, form)
        return
    left_out = _ignored(ignore)
    is_file = source is not None and not given["curl"] and "://" not in source and Path(source).exists()
    if source is not None and not is_file and "://" not in source and not given["curl"] and _is_path(source):
        rule = " Nor is there such a rule: --rules tells of all." if _RULE.fullmatch(source) else ""
        raise ConfigurationError(f"{source}: there is no such file, and it is no URL.{rule}")
    if is_file and deep:
        raise ConfigurationError("--deep asks the agent: give its URL, not a file.")
    if is_file and source is not None and Path(source).is_dir():
        raise ConfigurationError(
            f"{source} is a directory: give a file that holds a response, as `curl -i -N` writes it."
        )
    unchecked: dict[str, str] = {}
    if is_file and source is not None:
        exchange, place = _read(source, given["protocol"]), source
        findings = findings_of(exchange, ignore=left_out)
        unchecked = _not_recorded(exchange, findings, left_out)
    else:
        exchange, findings, unchecked, place = asyncio.run(_asked(source, given, left_out, deep=deep))
    _print(exchange, findings, unchecked, form=form, place=place)
    if any(is_at_least(finding, level) for finding in findings) or not _is_accounted_for(exchange):
        sys.exit(FAILED)


def _explained(source: str | None, *, explain: bool) -> list[Rule]:
    """The rules that are to be explained; none where a stream is to be checked. A file of a rule's name is ./L24."""
    if not explain:
        return [
            rule for rule in RULES if source == rule.id or (source == rule.id.lower() and not Path(source).exists())
        ]
    chosen = [rule for rule in RULES if source in (None, rule.id, rule.id.lower())]
    if not chosen:
        raise ConfigurationError(f"--rules explains the rules, and {source!r} is none: give one such as L24, or none.")
    return chosen


def _explain(rules: list[Rule], form: str) -> None:
    match form:
        case "json":
            told = [
                {"id": rule.id, "level": rule.level, "title": rule.title, "scope": scope_of(rule)}
                | msgspec.structs.asdict(EXPLANATIONS[rule.id])
                for rule in rules
            ]
            click.echo(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
        case "sarif":
            raise ConfigurationError("SARIF has findings: rules are explained as text, or with --format json.")
        case _:
            print_lines(rule_lines(rules, glyphs=page_glyphs(), width=page_width()))


def _not_recorded(exchange: Exchange, findings: list[Finding], ignore: frozenset[str]) -> dict[str, str]:
    """What a recording by curl does not hold: without a length, one that was cut looks like a whole one."""
    has_length = exchange.headers.get("content-length", "").isdigit() and not Evidence(exchange).is_compressed
    told = {finding.rule for finding in findings} | ignore
    return {} if has_length or _TRANSFER in told else {_TRANSFER: "how the transfer ended; a recording does not tell"}


def _is_accounted_for(exchange: Exchange) -> bool:
    """Whether the answer is whole, or rules say what is wrong with it: these may be ignored."""
    if exchange.outcome == "complete":
        return True
    if exchange.outcome in _WITHOUT_A_RULE:
        return False
    can_be_read = any(event.content for event in exchange.events) or bool(Evidence(exchange).errors)
    return can_be_read and any(is_at_least(finding, "error") for finding in findings_of(exchange))


def _ignored(given: tuple[str, ...]) -> frozenset[str]:
    ids = frozenset(one.strip().upper() for text in given for one in text.split(",") if one.strip())
    if unknown := ids - {rule.id for rule in RULES}:
        raise ConfigurationError(f"--ignore {', '.join(sorted(unknown))}: there is no such rule.")
    return ids


def _is_path(source: str) -> bool:
    """Whether it is meant as a file: a host is followed by a port or a path, or is localhost."""
    first = source.partition("/")[0]
    return source.startswith((".", "/", "~")) or not (":" in first or first == "localhost" or "/" in source)


def _read(path: str, protocol: str) -> Exchange:
    from scenario.reading import read_exchange

    return read_exchange(path, protocol=protocol)


async def _asked(
    source: str | None, given: dict[str, Any], ignore: frozenset[str], *, deep: bool
) -> tuple[Exchange, list[Finding], dict[str, str], str]:
    from scenario.probe.deep import deepened
    from scenario.probe.probing import probe

    target = target_from(source, given)
    timeouts = timeouts_from(given)
    probed = await probe(target, timeouts=timeouts)
    best = probed.best
    place = redacted_url(target.url)
    if probed.unreachable or best is None or best.exchange is None or best.exchange.status is None:
        why = probed.unreachable or (best.error if best is not None else "") or "nothing answered"
        raise AgentUnreachableError(unreachable(place, why))
    findings = findings_of(best.exchange, ignore=ignore)
    unchecked: dict[str, str] = {}
    if deep and probed.answered:
        more = await deepened(target, best.shape, timeouts=timeouts)
        findings += [one for one in more.findings if one.rule not in ignore]
        unchecked = {rule: why for rule, why in more.unchecked.items() if rule not in ignore}
    elif deep:
        why = "there was no answer that could be read"
        unchecked = {rule.id: why for rule in RULES if rule.needs == "more requests" and rule.id not in ignore}
    return best.exchange, findings, unchecked, place


def _print(exchange: Exchange, findings: list[Finding], unchecked: Mapping[str, str], *, form: str, place: str) -> None:
    match form:
        case "json":
            summary = {
                "place": place,
                "protocol": exchange.protocol,
                "outcome": exchange.outcome,
                "error": exchange.error,
                "status": exchange.status,
                "events": len(exchange.events),
                "findings": findings,
                "unchecked": unchecked,
            }
            click.echo(msgspec.json.format(msgspec.json.encode(summary), indent=2).decode())
        case "sarif":
            log = msgspec.json.encode(sarif(findings, place=place, unchecked=unchecked))
            click.echo(msgspec.json.format(log, indent=2).decode())
        case _:
            glyphs = page_glyphs()
            width = page_width()
            why = _why(exchange, glyphs, width)
            told = lint_lines(findings, glyphs=glyphs, width=width)
            if not findings and not _is_accounted_for(exchange):
                told = [(Span(f"{glyphs.failed} no rule is broken, but there is no whole answer", "bad"),)]
            print_lines([stream_line(exchange, glyphs), *why, (), *told, *unchecked_lines(unchecked, width=width)])


def _why(exchange: Exchange, glyphs: Glyphs, width: int) -> list[Line]:
    """Why the answer is not whole."""
    error = "" if exchange.outcome == "complete" else exchange.error or ""
    return [(Span(line, "bad"),) for line in wrapped(one_line(error, _LONGEST, glyphs), width)] if error else []
