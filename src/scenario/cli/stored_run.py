"""A stored run as lines on a terminal: who said what, what the wire measured, and the verdict."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

import click

from scenario.cli.store_option import glyphs, toned, tried, when
from scenario.exchange import UNVERIFIED
from scenario.record.blame import at_fault
from scenario.record.last_verdicts import last_of_each
from scenario.report.reasons import undecided_word
from scenario.report.terminal.glyphs import one_line, visible
from scenario.report.terminal.judgment_lines import judgment_line
from scenario.report.terminal.lines import counted, dollars, seconds
from scenario.report.terminal.summary import agreement_words
from scenario.store.accounts import spend_of
from scenario.store.records import (
    ScenarioRecord,
    StoredCall,
    StoredExchange,
    StoredMessage,
    StoredVerdict,
)

_LABEL: Final = 11
_SPEAKERS: Final = {"user": "User", "assistant": "Agent", "system": "System", "developer": "System", "tool": "Tool"}
_INDENT: Final = " " * _LABEL


def run_lines(record: ScenarioRecord, *, width: int) -> Iterator[str]:
    """The run, from its name to its verdict; what agents said is shown, never executed."""
    yield from _head(record)
    yield ""
    exchanges = {stored.call_id: stored for stored in record.exchanges if stored.call_id is not None}
    calls = {call.call_id: call for call in record.calls}
    turn, told = -1, set[int | None]()
    for message in record.messages:
        if message.turn != turn:
            turn = message.turn
            yield click.style(f"-- turn {turn + 1}", dim=True)
        yield from _message(message, width)
        if message.call_id is not None and message.call_id not in told:
            told.add(message.call_id)
            yield from _timing(calls.get(message.call_id), exchanges.get(message.call_id))
    for call in record.calls:
        if call.call_id not in told and (call.partial or call.error):
            yield from _unanswered(call, exchanges.get(call.call_id), width)
    if record.rolled_back:
        yield click.style(f"{counted(len(record.rolled_back), 'message')} taken back", dim=True)
    yield from _verdict(record, width)


def _head(record: ScenarioRecord) -> Iterator[str]:
    row, marks = record.scenario, glyphs()
    yield f"{click.style(one_line(row.name, 200, marks) or '-', bold=True)}  {toned(row.status)}"
    figures = [when(row.started), "" if row.seconds is None else seconds(row.seconds), counted(row.turns, "turn")]
    figures += [tried(row)] if row.tries > 1 or row.status == "retried" else []
    figures += [f"TTFT {seconds(row.ttft)}"] if row.ttft is not None else []
    figures += [counted(row.tokens, "token")] if row.tokens else []
    figures += [dollars(row.cost)] if row.cost is not None else []
    yield marks.dot.join(figure for figure in figures if figure)
    yield f"run {row.run_id} of invocation {row.invocation[:8]}"
    origin = row.file or row.test
    if origin:
        yield one_line(origin, 200, marks)
    if record.parameters:
        yield one_line(", ".join(f"{name}={value}" for name, value in record.parameters.items()), 200, marks)
    if record.description:
        yield one_line(record.description, 300, marks)
    if any(stored.exchange.unverified for stored in record.exchanges):
        yield click.style(UNVERIFIED, fg="yellow")


def _message(message: StoredMessage, width: int) -> Iterator[str]:
    role = message.message.get("role")
    label = one_line(_SPEAKERS.get(str(role), str(role or "-")), _LABEL - 2, glyphs())
    calls = message.message.get("tool_calls")
    text = message.text
    if calls and not message.message.get("content"):
        text = f"[calls] {' '.join(text.split())}"
    for index, line in enumerate(_wrapped(text, width - _LABEL)):
        yield f"{label if index == 0 else '':<{_LABEL}}{line}"


def _timing(call: StoredCall | None, stored: StoredExchange | None) -> Iterator[str]:
    figures: list[str] = []
    if stored is not None:
        exchange = stored.exchange
        if exchange.timing.first_content is not None:
            figures.append(f"TTFT {seconds(exchange.timing.first_content)}")
        if exchange.timing.gaps.maximum is not None:
            figures.append(f"longest gap {seconds(exchange.timing.gaps.maximum)}")
        figures += [f"total {seconds(exchange.timing.total)}", counted(len(exchange.events), "event")]
        figures.append(f"{stored.size:,} bytes")
        if exchange.outcome != "complete":
            figures.append(click.style(exchange.outcome, fg="red"))
        figures.append(f"--bytes {stored.index + 1}")
    elif call is not None and call.seconds is not None and call.role == "agent":
        figures.append(seconds(call.seconds))
    if figures:
        yield click.style(_INDENT + glyphs().dot.join(figures), dim=True)


def _unanswered(call: StoredCall, stored: StoredExchange | None, width: int) -> Iterator[str]:
    label = one_line(call.agent or call.role, _LABEL - 2, glyphs())
    # What came before it broke is the evidence.
    text = call.partial or (stored.exchange.reply.text if stored is not None else "")
    for index, line in enumerate(_wrapped(text, width - _LABEL) if text else ()):
        yield f"{label if index == 0 else '':<{_LABEL}}{line}"
    for index, line in enumerate(_wrapped(call.error, width - _LABEL) if call.error else ()):
        yield f"{label if index == 0 and not text else '':<{_LABEL}}{click.style(line, fg='red')}"
    yield from _timing(call, stored)


def _verdict(record: ScenarioRecord, width: int) -> Iterator[str]:
    row = record.scenario
    if row.error:
        fault = f" (at fault: {at_fault(row.fault, row.error)})" if row.fault else ""
        yield ""
        yield from _wrapped(f"{row.status}{fault}: {row.error}", width)
    if record.verdicts:
        yield ""
    for verdict in last_of_each(record.verdicts, lambda verdict: verdict.result.criterion):
        yield from _criterion(verdict, width)
    if record.result is not None and record.result.reasoning:
        yield ""
        yield from _wrapped(record.result.reasoning, width)
    if record.result is not None and record.result.agreement is not None:
        yield agreement_words(record.result.agreement)
    yield from _judgments(record, width)
    yield from _spent(record)


def _judgments(record: ScenarioRecord, width: int) -> Iterator[str]:
    """What the judges' models answered on the way, each with the criteria that it did not find met."""
    if record.judgments:
        yield ""
    for stored in record.judgments:
        yield click.style(judgment_line(stored.judgment, glyphs(), width, model=True), dim=True)
        for one in stored.judgment.criteria:
            if one.status != "passed":
                status = undecided_word(one.needs) if one.status == "inconclusive" else one.status
                said = f"{status}: {one.criterion}{': ' if one.reasoning else ''}{one.reasoning}"
                yield click.style(f"    {one_line(said, max(20, width - 4), glyphs())}", dim=True)


def _spent(record: ScenarioRecord) -> Iterator[str]:
    """What each model took, where there was more than one: a judge's and that of the one above it are paid apart."""
    spent = list(spend_of(record.model_calls))
    if len(spent) < 2:
        return
    yield ""
    for one in spent:
        figures = [counted(one.calls, "call"), counted(one.input_tokens + one.output_tokens, "token")]
        figures += [dollars(one.cost)] if one.cost is not None else []
        who = one_line(f"{one.role} {one.model}", 80, glyphs())
        yield click.style(f"{who}: {glyphs().dot.join(figures)}", dim=True)


def _criterion(verdict: StoredVerdict, width: int) -> Iterator[str]:
    marks, result = glyphs(), verdict.result
    mark, colour = {
        "passed": (marks.passed, "green"),
        "failed": (marks.failed, "red"),
    }.get(result.status, (marks.unsure, "yellow"))
    checkpoint = "" if verdict.turn is None else f" (checkpoint in turn {verdict.turn + 1})"
    yield f"{click.style(mark, fg=colour)} {one_line(result.criterion, max(20, width - 4), marks)}{checkpoint}"
    if result.needs:
        yield f"    {click.style(one_line(undecided_word(result.needs), max(20, width - 4), marks), fg=colour)}"
    for line in _wrapped(result.reasoning, width - 4) if result.reasoning else ():
        yield f"    {line}"
    if result.quote:
        where = "" if result.message_index is None else f", message {result.message_index + 1}"
        yield f"    {marks.opening}{one_line(result.quote, 200, marks)}{marks.closing}{where}"


def _wrapped(text: str, width: int) -> list[str]:
    """Text in lines, made safe for a terminal first."""
    safe = visible(text)
    lines = [line for paragraph in safe.split("\n") for line in textwrap.wrap(paragraph, max(20, width)) or [""]]
    return lines or [""]


def byte_lines(stored: StoredExchange) -> Iterator[str]:
    """The bytes of a response as they came, a line or more to each piece, with the time that it arrived at."""
    for chunk in stored.exchange.chunks:
        text = visible(chunk.data.decode("utf-8", "backslashreplace").replace("\r", "\\r"))
        first, *others = text.rstrip("\n").split("\n")
        yield f"{chunk.at * 1000:>10.1f} ms  {first}"
        for line in others:
            yield f"{'':>13}  {line}"
