"""Streams that were recorded elsewhere, read as an agent's answer is: `scenario.read_stream("capture.txt")`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TypeAlias

import msgspec

from scenario.errors import ConfigurationError, WireLimitError
from scenario.exchange import Chunk, Exchange, HttpRequest
from scenario.metrics.stream_timing import stream_timing
from scenario.protocols.captured import captured
from scenario.protocols.framing import DEFAULT_MAX_EVENTS
from scenario.protocols.json_path import JsonPath
from scenario.protocols.protocol import Head
from scenario.protocols.reception import Reception
from scenario.protocols.reception_options import ReceptionOptions
from scenario.protocols.registry import AUTO, check_name
from scenario.redaction import redacted_headers
from scenario.types import Reply
from scenario.wire.lines import checked_limit

Source: TypeAlias = "bytes | bytearray | memoryview | str | PathLike[str] | Iterable[bytes | str | Chunk]"


def read_stream(
    source: Source,
    *,
    content_type: str | None = None,
    headers: Mapping[str, str] | None = None,
    status: int = 200,
    protocol: str = AUTO,
    reply: str | None = None,
    max_events: int = DEFAULT_MAX_EVENTS,
) -> Reply:
    r"""Read a recorded response as `RemoteAgent` reads a live one.

    Nothing that the response holds raises: an error in it, a cut, or that nothing in it could be read is in the
    reply's `outcome` and `error`.

    Args:
        source: the body as bytes or as an iterable of its pieces, or the path of a file that holds it. A file that
            `curl -i` wrote brings its status and headers.
        content_type: of the response; the first bytes decide where it is not known.
        headers: of the response.
        status: of the response.
        protocol: the dialect, or "auto": then headers and first events decide.
        reply: a JMESPath to the text in each event's JSON.
        max_events: the most that there may be; a body with more of them is read so far, and its reply is `aborted`.

    Raises:
        ConfigurationError: there is no such file or protocol, or the path or the source means nothing.
        DialectError: a dialect that another package brings failed at reading it.

    Example:
        >>> read_stream(b'data: {"content": "Hello"}\n\ndata: [DONE]\n\n').text
        'Hello'
    """
    return read_exchange(
        source,
        content_type=content_type,
        headers=headers,
        status=status,
        protocol=protocol,
        reply=reply,
        max_events=max_events,
    ).reply


def read_exchange(
    source: Source,
    *,
    content_type: str | None = None,
    headers: Mapping[str, str] | None = None,
    status: int | None = None,
    protocol: str = AUTO,
    reply: str | None = None,
    url: str = "",
    max_events: int = DEFAULT_MAX_EVENTS,
) -> Exchange:
    """The same as `read_stream`, with the events, and the times where the pieces are `Chunk`s.

    Args:
        source: see `read_stream`.
        content_type: see `read_stream`.
        headers: see `read_stream`.
        status: see `read_stream`; where it is None, that of the capture.
        protocol: see `read_stream`.
        reply: see `read_stream`.
        url: what the request's URL is recorded as.
        max_events: see `read_stream`.

    Raises:
        ConfigurationError: as `read_stream` does.
        DialectError: as `read_stream` does.
    """
    if protocol != AUTO:
        check_name(protocol)
    if reply is not None:
        JsonPath(reply, argument="reply")
    head, chunks, version = _response(source)
    given = {name.lower(): str(value) for name, value in (headers or {}).items()}
    if content_type is not None:
        given["content-type"] = content_type
    if head is None:
        head = Head(status=200 if status is None else status, headers=given)
    elif given or status not in (None, 200):
        head = Head(status=status or head.status, headers={**head.headers, **given})
    options = ReceptionOptions(protocol=protocol, text_path=reply, max_events=checked_limit("max_events", max_events))
    reception = Reception(head, options)
    exchange = _read(reception, head, chunks, url)
    exchange.http_version = version
    return exchange


def _read(reception: Reception, head: Head, chunks: Iterable[Chunk], url: str) -> Exchange:
    error: str | None = None
    try:
        for chunk in chunks:
            reception.feed(chunk)
    except WireLimitError as limit:
        error = str(limit)
    read = reception.finish(clean=error is None)
    error = error or reception.limit_passed or None
    if error is not None and read.error is None:
        read.outcome, read.complete = "aborted", False
        read.reading = msgspec.structs.replace(read.reading, notes=(*read.reading.notes, error))
    total = reception.chunks[-1].at if reception.chunks else 0.0
    return Exchange(
        request=HttpRequest(url=url),
        status=head.status,
        headers=redacted_headers(head.headers),
        chunks=reception.chunks,
        events=reception.events,
        reply=read,
        outcome=read.outcome,
        timing=stream_timing(chunks=reception.chunks, events=reception.events, connect=None, headers=None, total=total),
        malformed=read.malformed,
        protocol=reception.protocol,
        protocol_reason=reception.reason,
        error=error or (read.error.message if read.error is not None else None),
    )


def _response(source: Source) -> tuple[Head | None, Iterable[Chunk], str]:
    """The head, where the source brings one, the body's pieces, and the version of HTTP."""
    if isinstance(source, bytes | bytearray | memoryview):
        return None, [Chunk(0.0, bytes(source))], ""
    if isinstance(source, str | PathLike):
        response = captured(_content(Path(source)))
        return response.head, [Chunk(0.0, response.body)], response.version
    try:
        return None, map(_chunk, source), ""
    except TypeError as error:
        raise ConfigurationError(
            f"read_stream({type(source).__name__}): give the body as bytes, an iterable of pieces, or a file's path."
        ) from error


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(
            f"read_stream({str(path)[:200]!r}): the file cannot be read ({reason}). Text is taken for a path; "
            "give a body as bytes."
        ) from error


def _chunk(piece: object) -> Chunk:
    match piece:
        case Chunk():
            return piece
        case bytes() | bytearray() | memoryview():
            return Chunk(0.0, bytes(piece))
        case str():
            return Chunk(0.0, piece.encode("utf-8", "replace"))
        case _:
            raise ConfigurationError(f"read_stream: a piece of the body is {type(piece).__name__}; give bytes.")
