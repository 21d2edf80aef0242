"""Secrets masked in whatever is kept or shown: in values of any shape, in exchanges, and in text as it arrives. Pure.

What has no secret in it is handed back as it is, the same object: nothing is copied for nothing.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from itertools import chain
from operator import attrgetter, methodcaller
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin

import msgspec

from scenario.config import Timeouts
from scenario.disguises import Span, decoded, encoded
from scenario.exchange import Chunk, Exchange
from scenario.received_events import ReceivedEvents
from scenario.redaction import Secrets, covered, cut_as
from scenario.spread import lines_of, spread
from scenario.spreading import Spreading
from scenario.types import Gaps, ReceivedEvent, StreamTiming, Usage

Kept = TypeVar("Kept")

_DEEPEST: Final = 200
_LONGEST_CHAIN: Final = 16
# Between an event's data and the next one's stand a few field names.
_NEAR: Final = 4096
# A body is looked through in parts of so many bytes.
_PART: Final = 256 * 1024
_ENDS_OF_LINES: Final = (b"\n", b"\r")
_WITHOUT_TEXT: Final = frozenset({NoneType, bool, int, float})
_OF_NUMBERS: Final = (StreamTiming, Gaps, Usage, Timeouts)
_NAMES: Final = attrgetter("event", "id")
_IS_DATA: Final = methodcaller("startswith", b"data")
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
    kind = type(value)
    if kind is str:  # enumerations are texts, too, and none of anybody's
        return secrets.in_text(value)
    if kind in _WITHOUT_TEXT:
        return value
    if isinstance(value, bytes):
        return secrets.in_bytes(value)
    if depth > _DEEPEST:
        return "[nested too deeply to be looked through]"
    if isinstance(value, Exchange):
        return masked_exchange(value, secrets)
    if isinstance(value, msgspec.Struct):
        return _masked_struct(value, secrets, depth)
    if kind is dict or isinstance(value, Mapping):
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


@lru_cache(maxsize=256)
def _fields_of(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The names of the fields in which a text may stand."""
    try:
        fields = msgspec.structs.fields(kind)
    except (NameError, TypeError):  # of a type that is there for type checkers alone
        return tuple(name for name in kind.__struct_fields__ if name not in _FIXED)
    return tuple(one.name for one in fields if one.name not in _FIXED and not _holds_numbers(one.type))


def _holds_numbers(kind: Any) -> bool:
    """Whether a value of a type is a number, or nothing, or a few named numbers: no text stands in any of these."""
    if isinstance(kind, UnionType) or get_origin(kind) is Union:
        return all(map(_holds_numbers, get_args(kind)))
    if kind in _OF_NUMBERS:
        return True
    return isinstance(kind, type) and issubclass(kind, int | float | NoneType | Enum)


def _masked_struct(value: msgspec.Struct, secrets: Secrets, depth: int) -> msgspec.Struct:
    changed = {}
    for name in _fields_of(type(value)):
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
    spans, data_lines = _looked_through(pieces, secrets)

    def shown(events: Sequence[ReceivedEvent]) -> Sequence[ReceivedEvent]:
        if not spans and _are_data_lines(events, data_lines, secrets):
            return events
        return _masked_events(events, b"".join(pieces), bool(spans), secrets)

    chunks = exchange.chunks
    if spans:
        told_body = covered(b"".join(pieces), spans)
        chunks = [Chunk(old.at, data) for old, data in zip(chunks, cut_as(pieces, told_body), strict=True)]
    events = shown(exchange.events)
    told = exchange.reply.events
    told = events if told is exchange.events else shown(told)
    if changed is bare and chunks is exchange.chunks and events is exchange.events and told is exchange.reply.events:
        return exchange
    reply = msgspec.structs.replace(changed.reply, events=told)
    return msgspec.structs.replace(changed, chunks=chunks, events=events, reply=reply)


def masked_pieces(pieces: list[bytes], secrets: Secrets) -> list[bytes]:
    """The pieces of a body with the secrets masked in them, cut as they were; the same list where there is none."""
    if not secrets or not pieces:
        return pieces
    spans, _ = _looked_through(pieces, secrets)
    return cut_as(pieces, covered(b"".join(pieces), spans)) if spans else pieces


def _looked_through(pieces: Sequence[bytes], secrets: Secrets) -> tuple[list[Span], int | None]:
    """Where in a body secrets stand, whole or in pieces; and how many lines of data it has, None where it is no UTF-8.

    It is looked through a part at a time first. Between two lines no escape goes on, as a line's end is in none.
    """
    stands, spreading = secrets.has_lines and secrets.stand_in(b"".join(pieces)), Spreading(secrets)
    data_lines, is_plain = 0, True
    for part in parts_of(pieces):
        stands = stands or secrets.stand_in(part)
        lines = list(filter(None, part.splitlines() if b"\r" in part else part.split(b"\n")))
        if not spreading.found:
            spreading.add(lines)
        is_plain = is_plain and _is_utf8(part)
        data_lines += sum(map(_IS_DATA, lines))
    if not stands and not spreading.found:
        return [], data_lines if is_plain else None
    body = b"".join(pieces)
    spans = secrets.spans(body) if stands else []
    return ([*spans, *spread(body, lines_of(body), secrets)] if spreading.found else spans), None


def _is_utf8(data: bytes) -> bool:
    """Whether a part of a body is UTF-8, and has no mark of it, behind which a first line would not be counted."""
    if data.isascii():
        return True
    if data.startswith(codecs.BOM_UTF8):
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _are_data_lines(events: Sequence[ReceivedEvent], lines: int | None, secrets: Secrets) -> bool:
    """Whether all that these events say stands in lines of their body, so that nobody needs to make them.

    Server-sent events that are as many as there are lines of data have one each, and each event has one or more. What
    such a line says, as what the lines of names and ids do, stands there as it is, behind a byte that is in no escape.
    """
    if lines is None or not isinstance(events, ReceivedEvents) or len(events) != lines:
        return False
    # What is called nothing else is called so.
    return events.source.is_of_lines and not secrets.has_lines and not secrets.stand_in(b"message")


def parts_of(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A body in parts of whole lines; each has about 256 KiB, where no line is longer."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size < _PART or (b"\n" not in piece and b"\r" not in piece):
            continue
        data = b"".join(waiting)
        begin = 0
        while len(data) - begin >= _PART and (end := _end_of_lines(data, begin)):
            yield data[begin:end]
            begin = end
        waiting, size = [data[begin:]], len(data) - begin
    yield b"".join(waiting)


def _end_of_lines(data: bytes, begin: int) -> int:
    """Where the last line ends that ends soon after that, else the first one that does; 0 where none does."""
    end = max(data.rfind(sign, begin, begin + _PART) for sign in _ENDS_OF_LINES)
    if end < 0:
        end = min((at for sign in _ENDS_OF_LINES if (at := data.find(sign, begin)) >= 0), default=-1)
    return end + 1


def _masked_events(
    events: Sequence[ReceivedEvent], body: bytes, has_secret: bool, secrets: Secrets
) -> Sequence[ReceivedEvent]:
    """The events, masked; where the body has no secret in it, only those are looked at whose data stands elsewhere."""
    data = [encoded(event.data) for event in events]
    suspects = list(range(len(data))) if has_secret else _elsewhere(data, body)
    names = set(chain.from_iterable(map(_NAMES, events)))
    if not suspects and not secrets.stand_in(encoded("\n".join(names))):
        return events
    for index, shown in zip(suspects, _masked_texts([data[index] for index in suspects], secrets), strict=True):
        data[index] = shown
    told = {name: secrets.in_text(name) for name in names}
    made = []
    for event, shown in zip(events, data, strict=True):
        text, kind, identifier = decoded(shown), told[event.event], told[event.id]
        is_same = (text, kind, identifier) == (event.data, event.event, event.id)
        replace = msgspec.structs.replace
        made.append(event if is_same else replace(event, data=text, event=kind, id=identifier))
    return events if all(old is one for old, one in zip(events, made, strict=True)) else made


def _elsewhere(data: Sequence[bytes], body: bytes) -> list[int]:
    """Which of the events' data do not stand in the body as they are, one after the other."""
    if len(data) > 1 and (first := body.find(data[0], 0, len(data[0]) + _NEAR)) >= 0:
        # Between most of them stands the same.
        end = first + len(data[0])
        second = body.find(data[1], end, end + len(data[1]) + _NEAR)
        if second >= 0 and body.startswith(body[end:second].join(data), first):
            return []
    position = 0
    elsewhere = []
    for index, came in enumerate(data):
        at = body.find(came, position, position + len(came) + _NEAR)
        if at < 0:
            elsewhere.append(index)
        else:
            position = at + len(came)
    return elsewhere


def _masked_texts(texts: Sequence[bytes], secrets: Secrets) -> list[bytes]:
    """Texts that follow each other, each masked, also where a secret stands in pieces of several."""
    lines: list[Span] = []
    position = 0
    for text in texts:
        lines.append((position, position + len(text)))
        position += len(text) + 1
    whole = b"\n".join(texts)
    shown = covered(whole, [*secrets.spans(whole), *spread(whole, lines, secrets)])
    return [shown[begin:end] for begin, end in lines]


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
    """A text that is shown as it arrives: what may be the beginning of a secret waits until it is known to be none."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting = ""

    def shown(self, piece: str, secrets: Secrets) -> str:
        """What of the text so far can be shown now, the secrets masked."""
        text = self._waiting + piece if self._waiting else piece
        cut = secrets.tail_at(text)
        if cut is not None:
            self._waiting = text[cut:]
            return text[:cut]
        self._waiting = text
        # What is a whole secret may begin a longer one: it waits, too.
        return self._taken(secrets.begun_at(encoded(text)), secrets)

    def rest(self, secrets: Secrets) -> str:
        """What waits, where nothing more comes."""
        return self._taken(len(encoded(self._waiting)), secrets)

    def _taken(self, cut: int, secrets: Secrets) -> str:
        waiting = encoded(self._waiting)
        spans = secrets.spans(waiting)
        for begin, end in spans:
            if begin < cut < end:
                cut = begin
        taken = covered(waiting, spans)[:cut]
        self._waiting = decoded(waiting[cut:])
        return decoded(taken)
