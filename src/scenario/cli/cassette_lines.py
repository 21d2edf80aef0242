"""Conversations and calls of cassettes as lines on a terminal: what agents sent is shown, and never obeyed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from scenario.cassette.interaction import COMPLETE, Conversation, Identity, Interaction
from scenario.cli.store_option import glyphs
from scenario.report.terminal.glyphs import one_line, visible
from scenario.report.terminal.lines import counted, seconds

_LONGEST: Final = 400


def file_line(file: Path, held: Sequence[Conversation]) -> str:
    """A cassette's heading."""
    calls = sum(len(one.interactions) for one in held)
    size = sum(len(call.body) for one in held for call in one.interactions)
    heading = click.style(str(file), bold=True)
    return f"{heading}  {counted(len(held), 'conversation')}, {counted(calls, 'call')}, {size:,} bytes of answers"


def identity_text(identity: Identity) -> str:
    """Which run a conversation is of, on one line."""
    return one_line(str(identity), 200, glyphs())


def conversation_line(conversation: Conversation) -> str:
    """One conversation: which run, and who called how often."""
    called: dict[str, int] = {}
    for one in conversation.interactions:
        called[one.participant] = called.get(one.participant, 0) + 1
    total = sum(one.end.at for one in conversation.interactions)
    who = ", ".join(f"{one_line(name, 60, glyphs())} {count}" for name, count in called.items())
    return f"  {identity_text(conversation.identity)}  {who}  {seconds(total)}"


def call_lines(number: int, one: Interaction, *, whole: bool = False) -> Iterator[str]:
    """One call; with everything that was sent and came, if it is to be shown whole."""
    status = "no response" if one.answer is None else str(one.answer.status)
    ended = "" if one.end.how == COMPLETE else f"  ended: {one.end.how} {one_line(one.end.message, 120, glyphs())}"
    request = f"{one.request.method} {one_line(one.request.url, 120, glyphs())}"
    figures = f"{counted(len(one.chunks), 'piece')}, {len(one.body):,} bytes, {seconds(one.end.at)}"
    yield f"    {number:>3}  {one_line(one.participant, 40, glyphs())}  {request}  {status}  {figures}{ended.rstrip()}"
    if not whole:
        return
    yield from _headers(one.request.headers, ">")
    yield from _text(one.request.body, ">")
    if one.answer is not None:
        yield f"  < {one.answer.status}, {seconds(one.answer.opened)}"
        yield from _headers(one.answer.headers, "<")
    for chunk in one.chunks:
        yield click.style(f"  {seconds(chunk.at)}, {len(chunk.data):,} bytes", dim=True)
        yield from _text(chunk.data, "<")


def _headers(headers: object, mark: str) -> Iterator[str]:
    for name, value in dict(headers).items():  # type: ignore[call-overload]
        yield f"  {mark} {one_line(f'{name}: {value}', 200, glyphs())}"


def _text(data: bytes, mark: str) -> Iterator[str]:
    text = data.decode(errors="replace")
    for line in text.splitlines() or ([""] if data else []):
        shown = visible(line)
        yield f"  {mark} {shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + '…'}"
