"""Secrets masked in whatever is kept or shown: in values of any shape, in exchanges, and in text as it arrives. Pure.

What has no secret in it is handed back as it is, the same object: nothing is copied for nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final, TypeVar

import msgspec

from scenario.disguises import Span, decoded, encoded
from scenario.exchange import Chunk, Exchange
from scenario.redaction import Secrets, covered, cut_as
from scenario.types import ReceivedEvent

Kept = TypeVar("Kept")

# What stands before the value in a line of a stream: a field's name, or the number of a part.
_FIELD: Final = re.compile(rb"[A-Za-z0-9_-]{0,24}:[ \t]?")
# A text of JSON, with what tells whether it is a key. One that does not end is one to the line's end.
_LITERAL: Final = re.compile(rb'"((?:[^"\\]|\\.)*+)(?:"([ \t]*+:)?|\\?\Z)', re.DOTALL)
_INDEX: Final = re.compile(rb'"[a-z_]{0,24}index"[ \t]{0,8}:[ \t]{0,8}[0-9]{1,9}')
_LINE: Final = re.compile(rb"[^\r\n]+")
_DEEPEST: Final = 200
_LONGEST_CHAIN: Final = 16
# Between an event's data and the next one's stand a few field names.
_NEAR: Final = 4096
_FEWEST_PIECES: Final = 2
# Words of ours with a meaning: a user may name "pass" as a secret, and a verdict is still "passed".
_FIXED: Final = frozenset({"run_id", "status", "outcome", "fault", "role", "type", "end", "protocol", "method"})
_STRUCTURE: Final = _FIXED | {
    *("content", "text", "name", "id", "arguments", "function", "tool_calls", "tool_call_id", "input", "output"),
    *("refusal", "image_url", "input_audio"),
}


def masked(value: Kept, secrets: Secrets) -> Kept:
    """The value with the secrets masked in each text and each bytes in it, keys included."""
    if not secrets:
        return value
    kept: Kept = _masked(value, secrets, 0)
    return kept


def _masked(value: Any, secrets: Secrets, depth: int) -> Any:
    if type(value) is str:  # enumerations are texts, too, and none of anybody's
        return secrets.in_text(value)
    if isinstance(value, bytes):
        return secrets.in_bytes(value)
    if depth > _DEEPEST:
        return "[nested too deeply to be looked through]"
    if isinstance(value, Exchange):
        return masked_exchange(value, secrets)
    if isinstance(value, msgspec.Struct):
        return _masked_struct(value, secrets, depth)
    if isinstance(value, Mapping):
        return _masked_mapping(value, secrets, depth)
    if isinstance(value, list | tuple | set | frozenset):
        return _masked_items(value, secrets, depth)
    return _masked_object(value, secrets)


def _masked_items(value: Any, secrets: Secrets, depth: int) -> Any:
    items = [_masked(item, secrets, depth + 1) for item in value]
    if all(old is new for old, new in zip(value, items, strict=True)):
        return value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*items)
    return next(kind for kind in (list, tuple, set, frozenset) if isinstance(value, kind))(items)


def _masked_object(value: Any, secrets: Secrets) -> Any:
    """An object of somebody's own, which is kept as its text where that holds a secret."""
    if value is None or isinstance(value, int | float | Enum):
        return value
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - whatever it is, it is not ours
        return value
    shown = secrets.in_text(text)
    return value if shown is text else shown


def _masked_mapping(value: Mapping[Any, Any], secrets: Secrets, depth: int) -> Mapping[Any, Any]:
    made: dict[Any, Any] = {}
    is_same = True
    for key, old in value.items():
        shown = key if key in _STRUCTURE else _masked(key, secrets, depth + 1)
        new = old if key in _FIXED and isinstance(old, str) else _masked(old, secrets, depth + 1)
        is_same = is_same and shown is key and new is old
        while shown in made:
            shown = f"{shown}*"
        made[shown] = new
    return value if is_same else made


def _masked_struct(value: msgspec.Struct, secrets: Secrets, depth: int) -> msgspec.Struct:
    changed = {}
    for name in value.__struct_fields__:
        if name in _FIXED:
            continue
        old = getattr(value, name)
        new = _masked(old, secrets, depth + 1)
        if new is not old:
            changed[name] = new
    return msgspec.structs.replace(value, **changed) if changed else value


def masked_exchange(exchange: Exchange, secrets: Secrets) -> Exchange:
    """The exchange with the secrets masked in it, also where they came in the pieces of several events."""
    if not secrets:
        return exchange
    # What a store keeps of the events stands in the exchange.
    bare = msgspec.structs.replace(
        exchange, chunks=[], events=[], reply=msgspec.structs.replace(exchange.reply, events=[])
    )
    changed = _masked_struct(bare, secrets, 0)
    assert isinstance(changed, Exchange)  # noqa: S101 - a copy of it
    pieces = [chunk.data for chunk in exchange.chunks]
    body = b"".join(pieces)
    lines = [match.span() for match in _LINE.finditer(body)]
    spans = secrets.spans(body) + _spread(body, lines, secrets)
    told_body = covered(body, spans) if spans else body
    chunks = exchange.chunks
    if spans:
        chunks = [Chunk(old.at, data) for old, data in zip(chunks, cut_as(pieces, told_body), strict=True)]
    events = _masked_events(exchange.events, body, told_body, secrets)
    told = exchange.reply.events
    told = events if told is exchange.events else _masked_events(told, body, told_body, secrets)
    if changed is bare and chunks is exchange.chunks and events is exchange.events and told is exchange.reply.events:
        return exchange
    reply = msgspec.structs.replace(changed.reply, events=told)
    return msgspec.structs.replace(changed, chunks=chunks, events=events, reply=reply)


def _masked_events(events: list[ReceivedEvent], body: bytes, told_body: bytes, secrets: Secrets) -> list[ReceivedEvent]:
    """The events, masked; where the body has no secret in it, only those are looked at whose data stands elsewhere."""
    data = [encoded(event.data) for event in events]
    suspects = list(range(len(data))) if told_body is not body else list(_elsewhere(data, body))
    for index, shown in zip(suspects, _masked_texts([data[index] for index in suspects], secrets), strict=True):
        data[index] = shown
    names = {name: secrets.in_text(name) for event in events for name in (event.event, event.id)}
    made = []
    for event, shown in zip(events, data, strict=True):
        text, kind, identifier = decoded(shown), names[event.event], names[event.id]
        is_same = (text, kind, identifier) == (event.data, event.event, event.id)
        replace = msgspec.structs.replace
        made.append(event if is_same else replace(event, data=text, event=kind, id=identifier))
    return events if all(old is one for old, one in zip(events, made, strict=True)) else made


def _elsewhere(data: Sequence[bytes], body: bytes) -> Iterator[int]:
    """Which of the events' data do not stand in the body as they are, one after the other."""
    position = 0
    for index, came in enumerate(data):
        at = body.find(came, position, position + len(came) + _NEAR)
        if at < 0:
            yield index
        else:
            position = at + len(came)


def _masked_texts(texts: Sequence[bytes], secrets: Secrets) -> list[bytes]:
    """Texts that follow each other, each masked, also where a secret stands in pieces of several."""
    lines: list[Span] = []
    position = 0
    for text in texts:
        lines.append((position, position + len(text)))
        position += len(text) + 1
    whole = b"\n".join(texts)
    shown = covered(whole, [*secrets.spans(whole), *_spread(whole, lines, secrets)])
    return [shown[begin:end] for begin, end in lines]


def _spread(body: bytes, lines: Sequence[Span], secrets: Secrets) -> list[Span]:
    """Where a secret stands in pieces: in the values of one key, or of one field, that follow each other in lines."""
    spans: list[Span] = []
    for places in _values(body, lines):
        if len(places) < _FEWEST_PIECES:
            continue
        joined = b"".join([body[begin:end] for begin, end in places])
        if found := secrets.spans(joined):
            spans += _places_of(found, places)
    return spans


def _places_of(found: Iterable[Span], places: Sequence[Span]) -> Iterator[Span]:
    """Where in a body the stretches of some joined places of it stand."""
    wanted = iter(found)
    begin, end = next(wanted)
    position = 0
    for first, last in places:
        length = last - first
        while begin < position + length:
            yield first + max(begin - position, 0), first + min(end - position, length)
            if end > position + length:
                break
            if (following := next(wanted, None)) is None:
                return
            begin, end = following
        position += length


def _values(body: bytes, lines: Sequence[Span]) -> Iterable[list[Span]]:
    """The places of values that may be pieces of one text: by key, by its number in a line, by the line's own index."""
    groups: defaultdict[tuple[bytes, ...], list[Span]] = defaultdict(list)
    for begin, end in lines:
        field = _FIELD.match(body, begin, end)
        start = field.end() if field else begin
        name = field[0] if field else b""
        if body[start : start + 1] not in (b"{", b"[", b'"'):
            groups[b"line", name].append((start, end))
            continue
        index = b"".join(_INDEX.findall(body, start, end))
        key, seen = b"", defaultdict[bytes, int](int)
        for literal in _LITERAL.finditer(body, start, end):
            if literal[2] is not None:
                key = literal[1]
                continue
            place = literal.span(1)
            groups[b"key", name, key].append(place)
            seen[key] += 1
            groups[b"place", name, key, b"%d" % seen[key]].append(place)
            if index:
                groups[b"index", name, key, index].append(place)
    return groups.values()


def mask_error(error: BaseException, secrets: Secrets) -> None:
    """Mask what an exception says, and those that it comes from: tests and CI print them."""
    if secrets:
        change_error(error, lambda text: masked(text, secrets))


def change_error(error: BaseException, change: Callable[[Any], Any]) -> None:
    """Change what an exception and those that it comes from were made with, and the notes on them."""
    seen: list[BaseException] = []
    left: list[BaseException | None] = [error]
    while left and len(seen) < _LONGEST_CHAIN:
        one = left.pop()
        if one is None or any(one is other for other in seen):
            continue
        seen.append(one)
        args = tuple([change(arg) for arg in one.args])
        if any(old is not new for old, new in zip(one.args, args, strict=True)):
            one.args = args
        notes = getattr(one, "__notes__", None)
        if isinstance(notes, list):
            notes[:] = [change(note) for note in notes]
        left += [one.__cause__, one.__context__]


class ArrivingText:
    """A text that is shown as it arrives: what may be the beginning of a secret waits until it is known to be none.

    Args:
        secrets: what is masked.
    """

    def __init__(self) -> None:
        self._waiting = b""

    def shown(self, piece: str, secrets: Secrets) -> str:
        """What of the text so far can be shown now, the secrets masked."""
        self._waiting += encoded(piece)
        # What is a whole secret may begin a longer one: it waits, too.
        return self._taken(secrets.begun_at(self._waiting), secrets)

    def rest(self, secrets: Secrets) -> str:
        """What waits, where nothing more comes."""
        return self._taken(len(self._waiting), secrets)

    def _taken(self, cut: int, secrets: Secrets) -> str:
        spans = secrets.spans(self._waiting)
        for begin, end in spans:
            if begin < cut < end:
                cut = begin
        taken = covered(self._waiting, spans)[:cut]
        self._waiting = self._waiting[cut:]
        return decoded(taken)
