"""What a probe found, as lines: requests, dialect, timeline, reply, lint, code. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scenario.exchange import Exchange
from scenario.lint.finding import Finding
from scenario.probe.ledger import Sent
from scenario.probe.own_errors import own_error
from scenario.probe.pasting import Paste
from scenario.probe.probing import Attempt, Probed
from scenario.probe.two_turns import Memory, TwoTurns
from scenario.protocols.json_text import write_json
from scenario.protocols.rejection import shown
from scenario.record.reading_lines import kind_lines
from scenario.report.terminal.glyphs import Glyphs, one_line, visible
from scenario.report.terminal.lines import Line, Span, counted, indented
from scenario.report.terminal.lint_lines import lint_lines, stream_line
from scenario.report.terminal.stream_plot import plot_lines
from scenario.report.terminal.wrapping import wrapped

_MOST_TEXT_LINES: Final = 12
_LONGEST: Final = 300
_LONGEST_URL: Final = 90
_OF_MEMORY: Final[dict[Memory, str]] = {
    "sent": "both answers are whole; each request holds the conversation so far",
    "seen": "both answers are whole; memory: seen, the agent knew in the second turn a word of the first",
    "not seen": "both answers are whole; memory: not seen, the agent was asked for a word of the first turn in the "
    "second and did not say it. It may keep no conversation, or not do as it is asked",
}
# So many ways to ask that were answered alike are named.
_MOST_ALIKE: Final = 4


def sent_line(sent: Sent, number: int, glyphs: Glyphs) -> Line:
    """A request as it is told of while the probe runs."""
    came = str(sent.status) if sent.status is not None else sent.error or "no answer"
    good = sent.status is not None and 200 <= sent.status < 300
    url = one_line(sent.url, _LONGEST_URL, glyphs)
    return (
        Span(f"{number:>2}  {sent.method:<4} {url} ", "dim"),
        Span(f"{glyphs.arrow} {one_line(came, 120, glyphs)}", "good" if good else "dim"),
    )


def probe_lines(
    attempt: Attempt,
    findings: Sequence[Finding],
    paste: Paste | None,
    turns: TwoTurns | None,
    *,
    notes: Sequence[str] = (),
    glyphs: Glyphs,
    width: int,
) -> list[Line]:
    """The page of an agent that answered.

    Args:
        attempt: the way to ask that was answered.
        findings: of the lint.
        paste: the code; None where nothing was seen to work over two turns.
        turns: what came of two turns; None where the first answer was not whole.
        notes: what is told of the connection.
        glyphs: the marks to draw with.
        width: columns of the page.
    """
    exchange = attempt.exchange
    assert exchange is not None  # noqa: S101 - it was answered
    room = width - 2
    reason = f"read as {exchange.protocol}: {exchange.protocol_reason}; asked so because {attempt.shape.why}"
    return [
        *_section("Stream"),
        *indented([stream_line(exchange, glyphs), *_dim(reason, glyphs, room)], 2),
        *indented([(Span(note, "unsure"),) for note in notes], 2),
        (),
        *indented(plot_lines(exchange, glyphs=glyphs, width=room), 2),
        *_section("Reply"),
        *indented(_reply(exchange, glyphs, room), 2),
        *_section("Lint"),
        *indented(lint_lines(findings, glyphs=glyphs, width=room), 2),
        *([] if turns is None else [*_section("Two turns"), *indented(_two_turns(turns, glyphs, room), 2)]),
        *_section("Paste"),
        *(_nothing_to_paste(turns, glyphs, width) if paste is None else _code(paste.agent)),
        *([] if paste is None else indented(_variables(paste), 2)),
    ]


def _two_turns(turns: TwoTurns, glyphs: Glyphs, width: int) -> list[Line]:
    """What was seen of a conversation, and what was not."""
    if turns.error:
        said = f"turn {turns.turn} did not work: {turns.error}"
        return [(Span(line, "bad"),) for line in wrapped(one_line(said, 600, glyphs), max(width, 30))]
    said = _OF_MEMORY[turns.memory]
    if turns.warning:
        warning = wrapped(one_line(f"Warning: {turns.warning}", 600, glyphs), max(width, 30))
        return [*_dim("both answers are whole", glyphs, width), *[(Span(line, "unsure"),) for line in warning]]
    if turns.waits:
        said = "the agent waits for a human after the first one: the second was not looked at"
    lines = _dim(said, glyphs, width)
    if not turns.takes_text:
        said = 'nothing in the request takes what is said: write "$message" where it belongs'
        lines += [(Span(line, "unsure"),) for line in wrapped(said, max(width, 30))]
    if turns.shape.reply is not None:
        said = f"no known place held a text; there is one at {turns.shape.reply}: reply={turns.shape.reply!r}"
        lines += _dim(said, glyphs, width)
    return lines


def _nothing_to_paste(turns: TwoTurns | None, glyphs: Glyphs, width: int) -> list[Line]:
    why = "the answer is not whole" if turns is None else "it did not work over two turns"
    said = f"nothing: {why}, and code that was not seen to work is not handed out."
    return indented(_dim(said, glyphs, width - 2), 2)


def refused_lines(probed: Probed, *, glyphs: Glyphs, width: int) -> list[Line]:
    """The page of an agent that could not be asked: what came of each way."""
    lines = _section("No answer could be read")
    for said, attempts in _by_answer(probed.attempts).items():
        for attempt in attempts[:_MOST_ALIKE]:
            shape = attempt.shape
            tried = f"{shape.protocol}, {shape.method}: {shape.why}"
            lines.append((Span("  " + one_line(tried, width - 2, glyphs)),))
        if len(attempts) > _MOST_ALIKE:
            lines.append((Span(f"  and {counted(len(attempts) - _MOST_ALIKE, 'other way')}", "dim"),))
        lines += indented(_dim(said, glyphs, width - 4), 4)
    if probed.stopped:
        why = f"{counted(len(probed.sent), 'request')}, and no more: {probed.stopped}."
        lines += [(), *[(Span(line, "unsure"),) for line in wrapped(one_line(why, 600, glyphs), max(width, 30))]]
    if probed.failing or "-H" in probed.stopped:
        # What to do has been said.
        return lines
    remedy = (
        "Give the body that it takes with --data, or a command that works with --curl. "
        "Where it wants to know who asks: -H 'Authorization: Bearer …'."
    )
    return [*lines, (), *_dim(remedy, glyphs, width)]


def _by_answer(attempts: Sequence[Attempt]) -> dict[str, list[Attempt]]:
    """The ways to ask by what they were answered: many are often answered alike."""
    answers: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        exchange = attempt.exchange
        said = own_error(exchange) or (exchange.error if exchange is not None else "") or attempt.error
        if not said and exchange is not None:
            said = f"status {exchange.status}, and no text in it: {shown(exchange.body)}"
        said = said or "nothing"
        answers.setdefault(said, []).append(attempt)
    return answers


def _section(title: str) -> list[Line]:
    return [(), (Span(title, "strong"),)]


def _dim(text: str, glyphs: Glyphs, width: int) -> list[Line]:
    return [(Span(line, "dim"),) for line in wrapped(one_line(text, 600, glyphs), max(width, 30))]


def _reply(exchange: Exchange, glyphs: Glyphs, width: int) -> list[Line]:
    reply = exchange.reply
    lines: list[Line] = []
    if reply.text:
        text = list(wrapped(visible(reply.text), max(width, 30)))
        lines += [(Span(line),) for line in text[:_MOST_TEXT_LINES]]
        if len(text) > _MOST_TEXT_LINES:
            left = counted(len(text) - _MOST_TEXT_LINES, "line")
            lines.append((Span(f"{glyphs.ellipsis} {left} more", "dim"),))
    for call in reply.tool_calls:
        arguments = one_line(call.arguments_raw or "{}", _LONGEST, glyphs)
        lines.append((Span(f"{glyphs.tool} {one_line(call.name, 80, glyphs)} {arguments}", "tool"),))
    if reply.interrupt is not None:
        lines.append((Span(f"waits for a human: {one_line(write_json(reply.interrupt), _LONGEST, glyphs)}", "unsure"),))
    if exchange.error:
        lines += [(Span(line, "bad"),) for line in wrapped(one_line(exchange.error, 600, glyphs), max(width, 30))]
    facts = [
        f"{name}: {one_line(str(value), 80, glyphs)}"
        for name, value in (
            ("finish reason", reply.finish_reason),
            ("tokens", reply.usage.total_tokens if reply.usage else None),
            ("session", write_json(reply.session) if reply.session else None),
        )
        if value
    ]
    if exchange.outcome == "complete":
        facts.append(f"end: {reply.reading.end}")
    if reply.reading.segments > 1:
        facts.append(f"{reply.reading.segments} answers in one body")
    if reply.reasoning:
        facts.append(f"reasoning: {counted(len(reply.reasoning), 'character')}")
    if facts:
        lines.append((Span(glyphs.dot.join(facts), "dim"),))
    lines += [(Span(line, "dim"),) for line in _how_it_was_read(exchange, glyphs, width)]
    return lines or [(Span("nothing", "dim"),)]


def _how_it_was_read(exchange: Exchange, glyphs: Glyphs, width: int) -> list[str]:
    """Which kinds of events came and what each was taken for, what was left out, and what else was decided."""
    told = kind_lines(exchange.reading, arrow=glyphs.arrow, ellipsis=glyphs.ellipsis, times=glyphs.times)
    return [line for one in told for line in wrapped(one_line(one, 600, glyphs), max(width, 30))]


def _code(text: str) -> list[Line]:
    return [(Span(f"  {line}"),) for line in text.splitlines()]


def _variables(paste: Paste) -> list[Line]:
    return [(Span(f"set {name} to {about}", "dim"),) for name, about in paste.variables.items()]
