"""Accounts as the page of a report holds them: many to a block, deflated, in base64. `viewer/src/packed.js` reads it.

What makes runs large are the events of their streams, and those of one answer differ in little more than a word: they
are kept as the words, and what stands between them, once. Nothing is lost: what does not fit is kept as it is.
"""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from scenario.record.account import EventAccount, RowAccount, RunAccount, StreamAccount
from scenario.record.plain import json_text
from scenario.report.files.bounds import bounded_row

# The end of an event's data among others; data that has one in itself is kept as it is.
_END: Final = "\x1e"
_LEVEL: Final = 6
# Bytes of JSON in a block: what is inflated to show one run, and what its neighbours share.
_BLOCK: Final = 256 * 1024
_SAMPLES: Final = 6
_CONTENT: Final = 1
_NO_ROW: Final = RowAccount(id="", name="", status="passed")


class PackedEvents(msgspec.Struct, frozen=True, array_like=True):
    """The events of a stream.

    Attributes:
        at: when each came.
        kinds: one for all of them, or one for each.
        flags: a hexadecimal digit for each.
        pieces: text, which makes the data of all events, with U+001E between these, once it is cut into pieces and
            `between` is put between them; or the data of each, where it has a U+001E in it.
        lengths: of the pieces, in units of UTF-16.
    """

    at: list[float]
    kinds: str | list[str]
    flags: str
    pieces: str | list[str]
    lengths: list[int]
    between: str


class Block(msgspec.Struct, frozen=True):
    """Some runs that follow each other: how many, and their JSON, deflated, in base64."""

    runs: int
    text: bytes


def blocks(accounts: Iterable[RunAccount]) -> Iterator[Block]:
    """The accounts in blocks; each is let go when it is packed."""
    entries: list[bytes] = []
    size = 0
    for account in accounts:
        entries.append(_entry(account))
        size += len(entries[-1])
        if size >= _BLOCK:
            yield Block(len(entries), deflated(b"[%b]" % b",".join(entries)))
            entries, size = [], 0
    if entries:
        yield Block(len(entries), deflated(b"[%b]" % b",".join(entries)))


def deflated(content: bytes) -> bytes:
    """Deflated, with a checksum, in base64: letters, digits, `+`, `/` and `=`, none of which ends an element."""
    return binascii.b2a_base64(zlib.compress(content, _LEVEL), newline=False)


def _entry(account: RunAccount) -> bytes:
    """A run without its row, which the list has, and its events apart, stream by stream."""
    replace = msgspec.structs.replace
    packed: list[PackedEvents | None] = []
    between = ""
    for stream in account.streams:
        events = packed_events(stream, between) if stream.events else None
        between = events.between if events else between
        packed.append(events)
    bare = [replace(stream, events=[]) for stream in account.streams]
    # The row in the list has less of a long name and a long error.
    row = _NO_ROW if bounded_row(account.row) is account.row else account.row
    told = json_text(replace(account, row=row, streams=bare)).encode()
    return b"[%b,%b]" % (told, msgspec.json.encode(packed))


def packed_events(stream: StreamAccount, before: str = "") -> PackedEvents:
    """The events of a stream, which has some.

    Args:
        stream: the stream.
        before: what stood between the pieces of the stream before it, which often stands there again.
    """
    events: list[EventAccount] = stream.events
    kinds = [event.kind for event in events]
    flags = [event.flags for event in events]
    data = [event.data for event in events]
    pieces, lengths, between = _texts(data, flags, before)
    return PackedEvents(
        [event.at for event in events],
        kinds[0] if kinds.count(kinds[0]) == len(kinds) else kinds,
        bytes(flags).hex()[1::2],
        pieces,
        lengths,
        between,
    )


def _texts(data: list[str], flags: list[int], before: str) -> tuple[str | list[str], list[int], str]:
    joined = _END.join(data)
    if joined.count(_END) != len(data) - 1:
        return data, [], ""
    middle = len(data) // 2
    again = before and before in _END.join(data[middle - 1 : middle + 1])
    between = before if again else _between(data, flags)
    pieces = joined.split(between)
    text = "".join(pieces)
    if text.isascii() or max(text) <= "\uffff":
        return text, [*map(len, pieces)], between
    return text, [len(piece.encode("utf-16-le")) // 2 for piece in pieces], between


def _between(data: list[str], flags: list[int]) -> str:
    """What ends the data of most events and begins that of the next: what those with content have in common."""
    every = -(-len(data) // _SAMPLES)
    some = [one for one, flag in zip(data[::every], flags[::every], strict=True) if flag & _CONTENT] or data[::every]
    begin = _common(min(some), max(some))
    backward = [one[::-1] for one in some]
    end = _common(min(backward), max(backward))[::-1]
    # In JSON, it ends with a quotation mark: what the words begin with by chance is no part of it.
    return end[max(0, end.find('"')) :] + _END + begin[: begin.rfind('"') + 1 or len(begin)]


def _common(a: str, b: str) -> str:
    """What two texts begin with in common."""
    least, most = 0, min(len(a), len(b))
    while least < most:
        middle = (least + most + 1) // 2
        if a.startswith(b[:middle]):
            least = middle
        else:
            most = middle - 1
    return a[:least]
