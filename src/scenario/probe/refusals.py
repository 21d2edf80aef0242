"""What a server's refusal says of the request it wants. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from scenario.probe.fields import body_from_names, dialect_of_fields
from scenario.probe.shape import Shape
from scenario.protocols.json_text import read_json

_NAMED: Final = re.compile(
    r"['\"`]([A-Za-z_][A-Za-z0-9_]{0,40})['\"`]"
    r"|\b([A-Za-z_][A-Za-z0-9_]{0,40}) (?:is|are) (?:required|missing)"
    r"|(?:[Mm]issing|[Rr]equired)(?: required)?(?: field| parameter| key)?s?:? ([A-Za-z_][A-Za-z0-9_]{0,40})\b"
)
_MISSING: Final = re.compile(r"missing|required|must (?:have|contain|include)|expected|provide", re.IGNORECASE)
_MOST_FIELDS: Final = 12
# Where a refusal has its sentence, and words of such sentences that are no fields.
_SAYING: Final = ("error", "message", "detail", "title")
_NO_FIELDS: Final = frozenset({"error", "detail", "code", "type", "status", "field", "body", "request", "JSON", "json"})


def shape_of_refusal(status: int | None, headers: Mapping[str, str], body: bytes) -> Shape | None:
    """The way to ask that a refusal asks for; None where it says nothing of it."""
    if status == 405 and "GET" in headers.get("allow", "").upper():
        return Shape(why="it allows GET only", method="GET")
    if status not in (400, 422):
        return None
    value = read_json(body[:65536])
    names = _missing_fields(value) or _named_fields(body[:2000].decode("utf-8", "replace"))
    if not names:
        return None
    shown = ", ".join(names)
    if (dialect := dialect_of_fields(names)) is not None:
        return Shape(why=f"its refusal asks for {shown}, as {dialect} has them", protocol=dialect)
    return Shape(why=f"its refusal asks for {shown}", request=body_from_names(names[:_MOST_FIELDS]))


def _missing_fields(value: Any) -> list[str]:
    """Of a list of what is wrong, as FastAPI and pydantic give it."""
    details = value.get("detail", value.get("errors")) if isinstance(value, dict) else value
    names: list[str] = []
    for detail in details if isinstance(details, list) else ():
        place = detail.get("loc") if isinstance(detail, dict) else None
        if not isinstance(place, list) or "missing" not in str(detail.get("type", "")):
            continue
        fields = [part for part in place if part != "body"]
        if len(fields) == 1 and isinstance(fields[0], str):
            names.append(fields[0])
    return list(dict.fromkeys(names))


def _named_fields(text: str) -> list[str]:
    """Of a sentence that says what is missing."""
    if not _MISSING.search(text):
        return []
    value = read_json(text)
    said = (
        next((value[key] for key in _SAYING if isinstance(value.get(key), str)), text) if type(value) is dict else text
    )
    names = [name for match in _NAMED.findall(said) for name in match if name]
    return [name for name in dict.fromkeys(names) if name not in _NO_FIELDS]
