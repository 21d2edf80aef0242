"""Exchanges without secrets: their recorder covered what it knew of; this is the last look before the disk."""

from __future__ import annotations

import msgspec

from scenario.exchange import Chunk, Exchange, HttpRequest
from scenario.record.plain import json_text
from scenario.redaction import Secrets, redacted_headers, redacted_json, redacted_url
from scenario.types import Reply


def cleaned(exchange: Exchange, secrets: Secrets) -> Exchange:
    """The exchange with secret headers, parameters and keys redacted, and the values of `secrets` masked everywhere."""
    request = exchange.request
    body = _redacted_body(request.body)
    if secrets and (pieces := secrets.in_pieces([body])) is not None:
        body = pieces[0]
    changed = msgspec.structs.replace(
        exchange,
        request=HttpRequest(
            method=request.method,
            url=secrets.in_text(redacted_url(request.url)),
            headers=_headers(request.headers, secrets),
            body=body,
        ),
        headers=_headers(exchange.headers, secrets),
    )
    return _masked(changed, secrets) if secrets else changed


def _headers(headers: dict[str, str], secrets: Secrets) -> dict[str, str]:
    return {name: secrets.in_text(value) for name, value in redacted_headers(headers).items()}


def _redacted_body(body: bytes) -> bytes:
    """A JSON body with what stands under secret keys replaced; one that has none stays as it was sent, byte by byte."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body
    redacted = redacted_json(value)
    return body if redacted == value else json_text(redacted).encode()


def _masked(exchange: Exchange, secrets: Secrets) -> Exchange:
    # What a store keeps of the events stands in the exchange.
    reply = json_text(msgspec.structs.replace(exchange.reply, events=[]))
    masked_reply = secrets.in_text(reply)
    pieces = secrets.in_pieces([chunk.data for chunk in exchange.chunks])
    replace = msgspec.structs.replace
    return replace(
        exchange,
        chunks=exchange.chunks
        if pieces is None
        else [Chunk(chunk.at, piece) for chunk, piece in zip(exchange.chunks, pieces, strict=True)],
        events=exchange.events
        if pieces is None
        else [replace(event, data=secrets.in_text(event.data)) for event in exchange.events],
        reply=exchange.reply if masked_reply == reply else msgspec.json.decode(masked_reply, type=Reply),
        error=None if exchange.error is None else secrets.in_text(exchange.error),
    )
