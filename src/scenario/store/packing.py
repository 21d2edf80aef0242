"""An exchange as a few small blobs, and back.

An agent is sent the whole conversation at each turn, the same headers each time, and its events are pieces of its body.
So a request is kept as what differs from the one before it, both are compressed with that one as the dictionary, and an
event as where in the body its data stands; events that are made from the body's bytes, as those of a recorded call are,
as how these are cut, so that they are made from the stored bytes again. Times are kept to the microsecond.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Final

import msgspec

from scenario.exchange import Chunk, Exchange, ReceivedEvent
from scenario.protocols.framed_body import Cutting, FramedBody, UnseenBody
from scenario.received_events import ReceivedEvents
from scenario.record.plain import json_text

_WINDOW: Final = 32 << 10  # what zlib looks back on
_LEVEL: Final = 6
# What zlib needs by default, a quarter of a MiB, is mostly asked of the system anew each time, which takes as long as
# compressing a short text does; of one this short, it makes hardly a byte of difference.
_SHORT: Final = 32 << 10
_LITTLE_MEMORY: Final = 6
_MICRO: Final = 1_000_000
# Between an event's data and the next one's stand a few field names; what is not found near is kept as it is.
_NEAR: Final = 4096
_CONTENT, _MALFORMED = 1, 2


class Base(msgspec.Struct, frozen=True):
    """The exchange that the next one is kept relative to.

    Attributes:
        position: which one it is, in its run.
        depth: how many others it builds on itself.
        raw: its details, before they were compressed.
        body: its request's body.
    """

    position: int
    depth: int
    raw: bytes
    body: bytes


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """An exchange, packed."""

    details: bytes
    trace: bytes
    body: bytes
    base: Base


class _Details(msgspec.Struct, array_like=True):
    """What is no stream: the request's body as a difference, and all else as JSON."""

    start: int  # bytes of the request's body that are those of the base, at its beginning
    end: int  # and at its end
    middle: bytes
    rest: bytes


class _Trace(msgspec.Struct, array_like=True):
    """Chunks and events in columns, which compress better than rows."""

    sizes: list[int]
    chunk_times: list[int]
    event_times: list[int]
    data: list[int | str]  # how far after the last event's data it stands in the body, or the data itself
    lengths: list[int]
    kinds: list[str]  # the names that occur
    kind: list[int]
    ids: list[str | None]  # None for the id of the event before
    flags: list[int]
    # Where events are made from the bytes, these stand for all of the above but the chunks'.
    cutting: Cutting | None = None
    moments: list[int] = []  # when events came
    counts: list[int] = []  # how many at each of these moments
    alike: list[int] = []  # the flags of events in turn, each with the number of events that have them


def packed(exchange: Exchange, position: int, base: Base | None, *, keep_bytes: bool = True) -> Packed:
    """The exchange as blobs.

    Args:
        exchange: what is kept.
        position: which one it is, in its run.
        base: an earlier exchange that it may build on.
        keep_bytes: whether the response's bytes and its events' data are kept, and not only their times.
    """
    sent = exchange.request.body
    start, end = _shared(base.body if base else b"", sent)
    replace = msgspec.structs.replace
    rest = replace(
        exchange,
        request=replace(exchange.request, body=b""),
        chunks=[],
        events=[],
        reply=replace(exchange.reply, events=[]),
    )
    details = _Details(start, end, sent[start : len(sent) - end], json_text(rest).encode())
    raw = msgspec.msgpack.encode(details)
    source = _source_of(exchange) if keep_bytes else None
    trace = _trace_of(exchange, keep_bytes=keep_bytes) if source is None else _trace_of_bytes(exchange, source)
    pieces = [chunk.data for chunk in exchange.chunks if chunk.data] if keep_bytes else []
    return Packed(
        details=_compressed([raw], base.raw if base else b""),
        trace=_compressed([msgspec.msgpack.encode(trace)]),
        body=_compressed(pieces) if pieces else b"",
        base=Base(position, base.depth + 1 if base else 0, raw, sent),
    )


def unpacked(details: bytes, trace: bytes, body: bytes, position: int, base: Base | None) -> tuple[Exchange, Base]:
    """The exchange that `packed` got, and what the next one may build on."""
    raw = _expanded(details, base.raw if base else b"")
    parts = msgspec.msgpack.decode(raw, type=_Details)
    earlier = base.body if base else b""
    sent = earlier[: parts.start] + parts.middle + (earlier[len(earlier) - parts.end :] if parts.end else b"")
    rest = msgspec.json.decode(parts.rest)
    rest["reply"].pop("events", None)  # once it was their count
    exchange = msgspec.convert(rest, Exchange, strict=False)
    received = _expanded(body) if body else b""
    exchange.chunks, exchange.events = _streamed(msgspec.msgpack.decode(_expanded(trace), type=_Trace), received)
    exchange.reply.events = exchange.events
    exchange.request = msgspec.structs.replace(exchange.request, body=sent)
    return exchange, Base(position, base.depth + 1 if base else 0, raw, sent)


def _shared(earlier: bytes, later: bytes) -> tuple[int, int]:
    """How many bytes two texts share at their beginnings, and at the ends of what is left of them."""
    most = min(len(earlier), len(later))
    start = _longest(most, lambda size: earlier[:size] == later[:size])
    end = _longest(
        most - start, lambda size: earlier[len(earlier) - size :] == later[len(later) - size :] if size else True
    )
    return start, end


def _longest(most: int, holds: Callable[[int], bool]) -> int:
    """The largest size that holds, where every smaller one does, too: comparing slices is quicker than bytes."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _source_of(exchange: Exchange) -> FramedBody | None:
    """What makes the events from just the bytes that are kept; None where they are other events."""
    events = exchange.events
    source = events.source if isinstance(events, ReceivedEvents) else None
    return source if isinstance(source, FramedBody) and source.chunks is exchange.chunks else None


def _trace_of_bytes(exchange: Exchange, source: FramedBody) -> _Trace:
    return _Trace(
        sizes=[len(chunk.data) for chunk in exchange.chunks],
        chunk_times=_differences(chunk.at for chunk in exchange.chunks),
        event_times=[],
        data=[],
        lengths=[],
        kinds=[],
        kind=[],
        ids=[],
        flags=[],
        cutting=source.cutting,
        moments=_differences(source.times),
        counts=list(source.counts),
        alike=[number for flag, same in groupby(source.flags) for number in (flag, sum(1 for _ in same))],
    )


def _trace_of(exchange: Exchange, *, keep_bytes: bool) -> _Trace:
    body = exchange.body if keep_bytes else b""
    kinds = sorted({event.event for event in exchange.events})
    places: list[int | str] = []
    lengths: list[int] = []
    position = 0
    for event in exchange.events:
        data = event.data.encode("utf-8", "surrogatepass") if keep_bytes else b""
        found = body.find(data, position, position + len(data) + _NEAR) if data else -1
        if found < 0:
            places.append(_encodable(event.data) if keep_bytes else "")
            lengths.append(0)
        else:
            places.append(found - position)
            lengths.append(len(data))
            position = found + len(data)
    return _Trace(
        sizes=[len(chunk.data) if keep_bytes else 0 for chunk in exchange.chunks],
        chunk_times=_differences(chunk.at for chunk in exchange.chunks),
        event_times=_differences(event.at for event in exchange.events),
        data=places,
        lengths=lengths,
        kinds=[_encodable(kind) for kind in kinds],
        kind=[kinds.index(event.event) for event in exchange.events] if len(kinds) > 1 else [],
        ids=_changes([event.id for event in exchange.events]),
        flags=[_CONTENT * event.content + _MALFORMED * event.malformed for event in exchange.events],
    )


def _streamed(trace: _Trace, body: bytes) -> tuple[list[Chunk], Sequence[ReceivedEvent]]:
    chunks: list[Chunk] = []
    position = 0
    for at, size in zip(_sums(trace.chunk_times), trace.sizes, strict=True):
        chunks.append(Chunk(at, body[position : position + size]))
        position += size
    if trace.cutting is not None:
        return chunks, _events_of_bytes(trace, chunks, trace.cutting, is_whole=len(body) == position)
    events: list[ReceivedEvent] = []
    position, last_id = 0, ""
    for index, at in enumerate(_sums(trace.event_times)):
        place = trace.data[index]
        if isinstance(place, int):
            begin = position + place
            position = begin + trace.lengths[index]
            place = body[begin:position].decode("utf-8", "surrogatepass")
        changed = trace.ids[index] if index < len(trace.ids) else None
        last_id = last_id if changed is None else changed
        flags = trace.flags[index]
        events.append(
            ReceivedEvent(
                at=at,
                data=place,
                event=trace.kinds[trace.kind[index] if trace.kind else 0],
                id=last_id,
                content=bool(flags & _CONTENT),
                malformed=bool(flags & _MALFORMED),
            )
        )
    return chunks, events


def _events_of_bytes(trace: _Trace, chunks: list[Chunk], cutting: Cutting, *, is_whole: bool) -> ReceivedEvents:
    flags = b"".join([bytes((flag,)) * count for flag, count in zip(trace.alike[::2], trace.alike[1::2], strict=True)])
    times, counts = array("d", _sums(trace.moments)), array("l", trace.counts)
    if is_whole:
        return ReceivedEvents(FramedBody(flags, times, counts, chunks, cutting), len(flags))
    return ReceivedEvents(UnseenBody(flags, times, counts), len(flags))


def _differences(times: Iterable[float]) -> list[int]:
    """Times as microseconds since the one before."""
    differences: list[int] = []
    last = 0
    for time in times:
        now = round(time * _MICRO)
        differences.append(now - last)
        last = now
    return differences


def _sums(differences: Iterable[int]) -> Iterable[float]:
    now = 0
    for difference in differences:
        now += difference
        yield now / _MICRO


def _changes(ids: Sequence[str]) -> list[str | None]:
    """Each id that differs from the one before; nothing at all where none does."""
    changes = [None if now == before else _encodable(now) for before, now in zip(["", *ids], ids, strict=False)]
    return changes if any(change is not None for change in changes) else []


def _encodable(value: str) -> str:
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()


def _compressed(pieces: Sequence[bytes], dictionary: bytes = b"") -> bytes:
    memory = _LITTLE_MEMORY if sum(map(len, pieces)) <= _SHORT else zlib.DEF_MEM_LEVEL
    packer = zlib.compressobj(_LEVEL, memLevel=memory, zdict=dictionary[-_WINDOW:])
    return b"".join([*map(packer.compress, pieces), packer.flush()])


def _expanded(data: bytes, dictionary: bytes = b"") -> bytes:
    unpacker = zlib.decompressobj(zdict=dictionary[-_WINDOW:]) if dictionary else zlib.decompressobj()
    return unpacker.decompress(data) + unpacker.flush()
