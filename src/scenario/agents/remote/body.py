"""A request's body in bytes: JSON, text, and what already is bytes."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec

from scenario.protocols.json_text import repaired


class Encoded(NamedTuple):
    """A body that is ready to be sent, and what it is."""

    data: bytes
    content_type: str


def encoded(body: Any) -> Encoded:
    """A body as it is sent; no bytes where there is none."""
    if isinstance(body, Encoded):
        return body
    if isinstance(body, str):
        return Encoded(body.encode("utf-8", "replace"), "text/plain; charset=utf-8")
    return Encoded(body if isinstance(body, bytes) else json_bytes(body), "application/json")


def json_bytes(value: Any) -> bytes:
    """A value as JSON; None is no body."""
    if value is None:
        return b""
    try:
        return msgspec.json.encode(value, enc_hook=_plain)
    except UnicodeError:  # one half of a surrogate pair, in what a test or an agent said
        return repaired(json.dumps(value, ensure_ascii=False, default=_plain)).encode()


def in_a_field(value: object) -> str:
    """A value as a form or a query has it; lists and objects as JSON text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json_bytes(value).decode()


def query_of(fields: dict[str, Any]) -> str:
    """Fields as a query; those without a value are left out."""
    return urlencode({key: in_a_field(value) for key, value in fields.items() if value is not None}, errors="replace")


def _plain(value: object) -> object:
    dump = getattr(value, "model_dump", None)
    return dump() if callable(dump) else str(value)
