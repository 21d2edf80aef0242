"""Accounts made by hand: what no run brings about quickly."""

from __future__ import annotations

from typing import Any

from scenario.record.account import EventAccount, Finding, MessageAccount, RowAccount, RunAccount, StreamAccount

PIECE = '{{"choices": [{{"delta": {{"content": "w{} "}}}}]}}'


def words(count: int) -> str:
    """So many words: w0 w1 w2."""
    return "".join(f"w{number} " for number in range(count))


def stream(count: int, *, pause: float = 0.01, **settings: Any) -> StreamAccount:
    """A stream of so many words, a tenth of a second after the request, one after each pause."""
    events = [EventAccount(at=0.1 + index * pause, data=PIECE.format(index), flags=1) for index in range(count)]
    last = events[-1].at if events else 0.1
    told = {"outcome": "complete", "status": 200, "headers": 0.05, "first_byte": 0.06, "first_content": 0.1}
    told |= {"last_byte": last, "total": last + 0.01, "events": events, "text": words(count), "url": "http://agent/"}
    return StreamAccount(**{"turn": 0, "call": 1, **told, **settings})


def very_long_stream(count: int, *, listed: int) -> StreamAccount:
    """A stream of which only the first events are in the page, and of the others when they came."""
    whole = stream(count, findings=[Finding(rule="late", message="It came late.", event=count - 10)])
    later = [(event.at, event.flags) for event in whole.events[listed:]]
    whole.events, whole.later, whole.left_out = whole.events[:listed], later, count - listed
    return whole


def answer(text: str, index: int = 0, turn: int = 0, call: int = 1) -> MessageAccount:
    """What the agent says."""
    return MessageAccount(index=index, role="assistant", text=text, turn=turn, call=call)


def run(number: int, name: str, status: Any = "passed", **parts: Any) -> RunAccount:
    """A run with the id r<number>."""
    row = {"id": f"r{number}", "name": name, "status": status, "key": name, "turns": 1, "seconds": 1.0}
    return RunAccount(row=RowAccount(**row | parts.pop("row", {})), **parts)
