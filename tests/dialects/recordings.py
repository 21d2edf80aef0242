"""Answers that real SDKs gave, read as any response is: detected by their headers and bytes alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from scenario.exchange import Chunk
from scenario.protocols.protocol import Head
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.types import Reply

_FOLDER = Path(__file__).parent / "recorded"
_TYPES = {".sse": "text/event-stream; charset=utf-8", ".txt": "text/plain; charset=utf-8", ".json": "application/json"}


def recorded(name: str, *, headers: Mapping[str, str] = MappingProxyType({})) -> Reply:
    """The reply that a recording is read as, in one piece, in single bytes and with other line ends alike."""
    path = _FOLDER / name
    head = Head(headers={"content-type": _TYPES[path.suffix], **headers})
    whole, *others = [read(head, chunks) for chunks in _cuttings(path.read_bytes())]
    assert whole.malformed == 0
    for other in others:
        other.events = whole.events
        # A lone CR ends no line of JSON: how many events there are may differ.
        other.reading = msgspec.structs.replace(other.reading, kinds=whole.reading.kinds)
        assert other == whole
    return whole


def read(head: Head, chunks: list[bytes]) -> Reply:
    """The reply of a body in these pieces; its text is also what came piece by piece."""
    reception = Reception(head, ReceptionOptions())
    streamed = "".join([reception.feed(Chunk(0.0, chunk)) for chunk in chunks])
    reply = reception.finish(clean=True)
    assert not streamed or streamed == reply.text
    return reply


def _cuttings(body: bytes) -> Iterator[list[bytes]]:
    body = body.replace(b"\r\n", b"\n")
    for line_end in (b"\n", b"\r\n", b"\r"):
        ended = body.replace(b"\n", line_end)
        yield [ended]
        yield [ended[index : index + 1] for index in range(len(ended))]
