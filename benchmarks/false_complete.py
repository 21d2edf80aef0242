"""How often a damaged stream is called complete with other words than the agent's: the false-complete rate.

Small sound answers of each dialect are cut after every event, and each event is dropped, doubled, swapped with the next
and spoilt (its last brace goes). A damaged copy is harmless if the reply is the whole one's, or not complete. Every
body ends properly, as behind a proxy that hides a cut.

Beside ours stand, on the same copies, a loop as documentation has it (each line that begins with `data: ` is decoded,
one that cannot be is skipped, the texts are joined, the end of the body is the end) and the public readers of other
libraries (`benchmarks/readers`). Those are judged twice: as complete where they report no error, and where besides the
one who reads looks whether the agent's own end was there.

Plain deltas tell everything once: where one is dropped, doubled or swapped, nothing can show it.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from benchmarks.readers.others import READERS, Reader, read
from benchmarks.row import Row
from interop.environment import CannotInstallError
from scenario.reading import read_stream
from scenario.testing.conformance.small_answers import small_answers
from scenario.testing.conformance.transcript import Transcript

KINDS: Final = ("cut", "spoilt", "dropped", "doubled", "swapped")
# An answer that nobody but its body ends cannot show that it was cut.
_WITHOUT_END: Final = frozenset({"sse", "ndjson", "json", "text", "adk", "langgraph", "llamaindex"})
# Its lines are no JSON but for what stands behind their prefixes: such a loop reads nothing of it.
_NOT_JSON: Final = frozenset({"vercel-data"})
_TARGET: Final = 0.005
_LEAST: Final = 0.001
_WHOLE: Final = "whole"

# For each dialect and damage, how many copies were falsely complete, and of how many.
_Rates = dict[tuple[str, str], tuple[int, int]]


class Copy(NamedTuple):
    """A body, with what was done to it; first of an answer's copies comes the answer itself."""

    dialect: str
    kind: str
    transcript: Transcript
    body: bytes


class Measured(NamedTuple):
    """A reader's rates, or why it has none."""

    reader: Reader
    name: str
    rates: _Rates | None
    left_out: str = ""


def ours(transcript: Transcript, body: bytes) -> object | None:
    """As `scenario.read_stream` reads it."""
    reply = read_stream(body, headers=dict(transcript.headers), status=transcript.status)
    calls = [(call.name, json.dumps(call.arguments, sort_keys=True)) for call in reply.tool_calls]
    return (reply.text, calls) if reply.complete else None


def loop(body: bytes) -> str:
    """As a hand-written loop reads it; written for its server, it takes no text that only says all once more."""
    texts: list[str] = []
    for line in body.decode("utf-8", "replace").splitlines():
        data = line.removeprefix("data:").strip()
        if not data or data == "[DONE]":
            continue
        try:
            value = json.loads(data)
        except ValueError:
            continue
        for piece in filter(None, _strings(value)):
            if len(texts) < 2 or piece != "".join(texts):
                texts.append(piece)
    return "".join(texts)


def _strings(value: Any) -> list[str]:
    """Every piece of text in an event, wherever it is: a loop is written for its server."""
    if isinstance(value, dict):
        found = [value[key] for key in ("answer", "content", "delta", "text") if isinstance(value.get(key), str)]
        return found + [piece for key, one in value.items() if isinstance(one, dict | list) for piece in _strings(one)]
    return [piece for one in value for piece in _strings(one)] if isinstance(value, list) else []


def damaged(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The copies of a body, each with what was done to it."""
    between = b"\n\n" if b"\n\n" in body.strip() else b"\n"
    events = [event for event in body.split(between) if event.strip()]

    def made(parts: list[bytes]) -> bytes:
        return between.join(parts) + between

    for index, event in enumerate(events):
        before, after = events[:index], events[index + 1 :]
        if index:
            yield "cut", made(before)
        yield "dropped", made(before + after)
        yield "doubled", made([*before, event, event, *after])
        brace = event.rfind(b"}")
        if brace >= 0:
            yield "spoilt", made([*before, event[:brace] + event[brace + 1 :], *after])
        if after:
            yield "swapped", made([*before, after[0], event, *after[1:]])


@cache
def copies() -> list[Copy]:
    """All copies that every reader is given."""
    made = []
    for transcript in small_answers():
        if transcript.body.count(b"\n") < 3:
            continue
        dialect = read_stream(transcript.body, headers=dict(transcript.headers)).protocol
        made.append(Copy(dialect, _WHOLE, transcript, transcript.body))
        for kind, body in damaged(transcript.body):
            if kind != "cut" or dialect not in _WITHOUT_END:
                made.append(Copy(dialect, kind, transcript, body))
    return made


def rates(given: Sequence[Copy], said: Sequence[object | None]) -> _Rates:
    """What came of the copies; `said`: what the agent is to have said in each, None where it is not complete."""
    wrong, seen, whole = Counter[tuple[str, str]](), Counter[tuple[str, str]](), None
    for copy, words in zip(given, said, strict=True):
        if copy.kind == _WHOLE:
            whole = words
            if whole is None:
                raise RuntimeError(f"the whole answer in {copy.dialect} was not read as complete")
            continue
        seen[copy.dialect, copy.kind] += 1
        wrong[copy.dialect, copy.kind] += words is not None and words != whole
    return {key: (wrong[key], count) for key, count in seen.items()}


@cache
def mine() -> _Rates:
    return rates(copies(), [ours(copy.transcript, copy.body) for copy in copies()])


@cache
def hand_written() -> _Rates:
    given = [copy for copy in copies() if copy.dialect not in _NOT_JSON]
    return rates(given, [loop(copy.body) for copy in given])


@cache
def others() -> list[Measured]:
    """The readers of other libraries, each judged by its errors alone, then with the agent's own end looked at."""
    return [measured for reader in READERS for measured in _judged(reader)]


def _judged(reader: Reader) -> list[Measured]:
    given = [copy for copy in copies() if copy.dialect == reader.dialect]
    name, looking = f"{reader.package}'s {reader.way}", f"{reader.package}'s {reader.way} + {reader.sign}"
    try:
        version, readings = read(reader, [copy.body for copy in given])
    except CannotInstallError as error:
        why = " ".join(str(error).split())
        return [Measured(reader, name, None, why), Measured(reader, looking, None, why)]
    name, looking = (text.replace("'s", f" {version}:", 1) for text in (name, looking))
    return [
        Measured(reader, name, rates(given, [one.text for one in readings])),
        Measured(reader, looking, rates(given, [one.text if one.signed else None for one in readings])),
    ]


def _share(found: _Rates, *kinds: str, dialect: str = "") -> float:
    told = [counts for (name, kind), counts in found.items() if kind in kinds and dialect in ("", name)]
    total = sum(count for _, count in told)
    return sum(wrong for wrong, _ in told) / total if total else 0.0


def _row(name: str, found: _Rates | None, *, dialect: str = "") -> Row:
    own = _share(mine(), "cut", "spoilt", dialect=dialect)
    theirs = _share(found, "cut", "spoilt") if found is not None else math.nan
    return Row(
        benchmark=f"falsely complete, cut or spoilt, beside {name}",
        ours=f"{own:.1%}",
        baseline=f"{theirs:.1%}" if found is not None else "left out: cannot be installed",
        ratio=max(theirs, _LEAST) / max(own, _LEAST) if found is not None else math.nan,
        target=f"<= {_TARGET:.1%}",
        reached=own <= _TARGET,
    )


def rows() -> list[Row]:
    """Cut and spoilt streams, which must never be called complete, beside a loop and one reader of each package."""
    first = {reader.package: reader for reader in reversed(READERS)}
    made = [one for one in others() if one.reader is first[one.reader.package]]
    return [_row("a loop", hand_written()), *(_row(one.name, one.rates, dialect=one.reader.dialect) for one in made)]


def details() -> str:
    """The shares by dialect and kind of damage, and under them those of each other reader in its dialect."""
    dialects = sorted({name for name, _ in mine()})
    width = max(len(one.name) for one in others()) + 1
    heads = " ".join(f"{head:>8}" for head in ("copies", *KINDS))
    lines = [f"{'falsely complete':{width}} {heads}"]
    lines += [_line(name.ljust(width), mine(), dialect=name) for name in dialects]
    lines += [_line("all".ljust(width), mine()), _line("a hand-written loop, all".ljust(width), hand_written())]
    for one in others():
        if one.rates is None:
            lines.append(f"{one.name.ljust(width)} left out: {one.left_out}")
        else:
            lines.append(_line(one.name.ljust(width), one.rates))
    return "\n".join(lines)


def _line(name: str, found: _Rates, *, dialect: str = "") -> str:
    count = sum(counts[1] for (told, _), counts in found.items() if dialect in ("", told))
    return f"{name} {count:8} " + " ".join(f"{_share(found, kind, dialect=dialect):8.1%}" for kind in KINDS)
