"""Rules of what agents may send: anything, in any place, as much of it as they like."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from scenario.errors import DialectError
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.protocol import Ending, Sample
from scenario.protocols.sound_values import make_sound
from scenario.testing.conformance.rule import Breach
from scenario.testing.conformance.subject import Subject
from scenario.wire.event import ServerSentEvent

_ODD: Final[tuple[Any, ...]] = (None, True, 10**40, "x", [], [None], {"x": 1}, "\ud83d", NOT_JSON)
_ODD_DATA: Final = ("", "{", "[]", "null", '""', "0", "[DONE]", "\x00", '{"": {}}')
# Events of so many kinds are tried, and of each so many places.
_MOST_KINDS: Final = 24
_MOST_PLACES: Final = 40
# A long answer is tried with so many events in all; which are left out is always the same.
_MOST_READ: Final = 16_000


class _Odd(NamedTuple):
    """Something odd, in an event after those of other kinds that came before it.

    Attributes:
        kind: which of the kinds of events.
        place: in its JSON; none for the data as a whole.
        value: what stands there; `NOT_JSON` for nothing.
    """

    kind: int
    place: tuple[str | int, ...]
    value: Any


def takes_in_anything(subject: Subject) -> Iterator[Breach]:
    """No event makes a reader raise, or leaves a reply that cannot be written; nor does any make `detect` raise."""
    kinds = _kinds(subject)
    odds = [odd for index, event in enumerate(kinds) for odd in _odds(index, event)]
    step = -(-sum(odd.kind + 1 for odd in odds) // _MOST_READ)
    for odd in odds[:: max(step, 1)]:
        event = kinds[odd.kind]
        data = odd.value if not odd.place else _changed(event.data, odd)
        spoilt = ServerSentEvent(event=event.event, data=data, id=event.id)
        if (failure := _failure(subject, [*kinds[: odd.kind], spoilt])) is not None:
            yield Breach(f"an event with {_words(odd)}, {data[:120]!r}", "a reply that can be written", failure)


def _kinds(subject: Subject) -> list[ServerSentEvent]:
    """One event of each kind, in order: by name, and by what is where in its JSON."""
    found: dict[object, ServerSentEvent] = {}
    for event, _, _ in subject.events:
        found.setdefault((event.event, _shape(read_json(event.data))), event)
    return list(found.values())[:_MOST_KINDS]


def _shape(value: Any) -> object:
    match value:
        case dict():
            # What stands at `type`, `kind` or the like says what an event is.
            return tuple(
                (key, one if isinstance(one, str) and key in ("type", "kind", "event", "method") else _shape(one))
                for key, one in value.items()
            )
        case list():
            return tuple(dict.fromkeys(map(_shape, value[:8])))
        case _:
            return type(value).__name__


def _odds(kind: int, event: ServerSentEvent) -> Iterator[_Odd]:
    for data in _ODD_DATA:
        yield _Odd(kind, (), data)
    for place in list(_places(read_json(event.data[_start(event.data) :])))[:_MOST_PLACES]:
        for value in _ODD:
            if value is not NOT_JSON or isinstance(place[-1], str):
                yield _Odd(kind, place, value)


def _words(odd: _Odd) -> str:
    what = "nothing" if odd.value is NOT_JSON else json.dumps(odd.value)
    return f"{what} at {'.'.join(map(str, odd.place))}" if odd.place else f"the data {what}"


def _start(data: str) -> int:
    """Where the JSON of an event begins: some have a word before it."""
    return min((place for place in (data.find("{"), data.find("[")) if place >= 0), default=0)


def _changed(data: str, odd: _Odd) -> str:
    """An event's data with something odd at its place."""
    start = _start(data)
    changed = value = read_json(data[start:])
    *path, last = odd.place
    for key in path:
        value = value[key]
    if odd.value is NOT_JSON:
        del value[last]
    else:
        value[last] = odd.value
    return data[:start] + json.dumps(changed)


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from _places(one, (*path, key))


def _failure(subject: Subject, events: Sequence[ServerSentEvent]) -> str | None:
    """What goes wrong with these events; None where nothing does."""
    reader = subject.reader()
    try:
        for event in events:
            reader.read(event)
        reply = reader.finish(Ending())
        make_sound(reply)
        msgspec.json.encode(reply)
    except (DialectError, RecursionError) as error:
        return str(error)
    except (TypeError, ValueError, OverflowError) as error:
        return f"a reply that cannot be written: {type(error).__name__}: {error}"
    samples = [Sample(event, read_json(event.data)) for event in events[-1:]]
    try:
        subject.detect(samples)
    except Exception as error:  # noqa: BLE001 - the dialect under test may raise anything
        return f"detect raised {type(error).__name__}: {error}"
    return None
