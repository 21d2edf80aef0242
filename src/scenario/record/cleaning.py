"""Exchanges without secrets: their recorder covered what it knew of; this is the last look before the disk."""

from __future__ import annotations

import msgspec

from scenario.exchange import Exchange, HttpRequest
from scenario.masking import masked_exchange
from scenario.record.plain import json_text
from scenario.redaction import Secrets, may_have_secret_names, redacted_headers, redacted_json, redacted_url


def cleaned(exchange: Exchange, secrets: Secrets) -> Exchange:
    """The exchange with secret headers, parameters and keys redacted, and the values of `secrets` masked everywhere."""
    request = exchange.request
    changed = msgspec.structs.replace(
        exchange,
        request=HttpRequest(
            method=request.method,
            url=redacted_url(request.url),
            headers=redacted_headers(request.headers),
            body=_redacted_body(request.body),
        ),
        headers=redacted_headers(exchange.headers),
    )
    return masked_exchange(changed, secrets)


def _redacted_body(body: bytes) -> bytes:
    """A JSON body with what stands under secret keys replaced; one that has none stays as it was sent, byte by byte."""
    if not may_have_secret_names(body):
        return body
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body
    redacted = redacted_json(value)
    return body if redacted == value else json_text(redacted).encode()
