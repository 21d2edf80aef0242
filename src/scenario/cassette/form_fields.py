"""The fields of a multipart form (RFC 7578), as forms are compared: its boundary is another one each time. Pure."""

from __future__ import annotations

import contextlib
import hashlib
from typing import Any, Final

import msgspec

_LONGEST_BOUNDARY: Final = 200  # RFC 2046 allows 70
_MOST_FIELDS: Final = 1000


def fields_of(body: bytes) -> list[dict[str, Any]] | None:
    """The fields in order, each with what heads its part and what it holds; None where it is no such form.

    What is JSON stands as its value, a file that is no text as its digest.
    """
    first, _, rest = body.partition(b"\r\n")
    if not first.startswith(b"--") or not 2 < len(first) <= _LONGEST_BOUNDARY or not rest:
        return None
    if not body.rstrip(b"\r\n").endswith(b"\r\n" + first + b"--"):
        return None
    parts = (b"\r\n" + body).split(b"\r\n" + first)[1:-1]
    if len(parts) > _MOST_FIELDS:
        return None
    fields = [_field(part) for part in parts]
    return None if any(field is None for field in fields) else [field for field in fields if field is not None]


def _field(part: bytes) -> dict[str, Any] | None:
    heads, found, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not found:
        return None
    told: dict[str, Any] = {}
    for line in heads.decode("utf-8", "replace").split("\r\n"):
        name, _, said = line.partition(":")
        told[name.strip().lower()] = said.strip()
    if "filename" not in told.get("content-disposition", ""):
        told.pop("content-type", None)  # some write that a text is one
    return told | {"value": _value(value)}


def _value(value: bytes) -> Any:
    if value[:1] in (b"{", b"["):
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return msgspec.json.decode(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"{len(value)} bytes, SHA-256 {hashlib.sha256(value).hexdigest()}"
