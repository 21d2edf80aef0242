"""A request in the words of a recorded one: what is another one in each conversation is put as it was. Pure."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec

from scenario.cassette.form_fields import fields_of
from scenario.cassette.matching import Ids
from scenario.exchange import HttpRequest
from scenario.late_pattern import late_pattern
from scenario.redaction import REDACTED

# A mask is as long as what it covers, or says so in words; in a URL, it may stand quoted.
_MASK: Final = late_pattern(r"\*{4,}|\[redacted\]|%5Bredacted%5D")
# No id is as short as this; a shorter text stands in too many places to be changed in an answer.
_SHORTEST_ID: Final = 8
# So many masks and ids may a URL have.
_MOST_HOLES: Final = 4
_JSON_RPC: Final = "jsonrpc"


class Recorded(NamedTuple):
    """A recorded request, read once.

    Attributes:
        request: as it was recorded.
        body: its JSON; None where it has none.
        place: path and query, and "" where all of the URL is masked.
        origin: such as "http://127.0.0.1:8000"; "" where it is masked.
        ids: those of its conversation.
    """

    request: HttpRequest
    body: Any
    place: str
    origin: str
    ids: Ids


class AsRecorded(NamedTuple):
    """A request put in the words of a recorded one.

    Attributes:
        request: to be compared with that.
        names: by what the recording says, what this client says.
    """

    request: HttpRequest
    names: dict[str, str]


def recorded(request: HttpRequest, ids: Ids) -> Recorded:
    """A recorded request, read.

    Args:
        request: as it was recorded.
        ids: those of its conversation.
    """
    try:
        parts = urlsplit(request.url)
        has_origin = bool(parts.scheme and parts.netloc) and "*" not in parts.netloc
    except ValueError:
        return Recorded(request, json_of(request.body), request.url, "", ids)
    origin = f"{parts.scheme}://{parts.netloc}" if has_origin else ""
    path = parts.path or ("/" if has_origin else "")
    place = f"{path}?{parts.query}" if parts.query else path
    return Recorded(request, json_of(request.body), "" if not place.strip("*") else place, origin, ids)


def json_of(body: bytes) -> Any:
    """A body's JSON, if it is an object or a list, or the fields of a multipart form; else None."""
    if body[:2] == b"--":
        return fields_of(body)
    if body[:1] not in (b"{", b"["):
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def is_at(place: str, one: Recorded) -> bool:
    """Whether a request for this path and query may be for the recorded one's path."""
    if not one.place:
        return True
    here, there = place.partition("?")[0], one.place.partition("?")[0]
    return here == there or _fits(here, there, one.ids) is not None


def as_recorded(asked: HttpRequest, body: Any, place: str, one: Recorded, origin: str) -> AsRecorded:
    """A request in the words of a recorded one.

    Args:
        asked: what came; with its secrets masked.
        body: its JSON; None where it has none.
        place: its path and query.
        one: the recorded one.
        origin: where it was sent.
    """
    names: dict[str, str] = {}
    url = one.request.url
    if one.place:
        found = _fits(place, one.place, one.ids)
        names.update(found or {})
        url = url if found is not None else f"{one.origin}{place}"
    content = asked.body
    if body is not None and one.body is not None:
        put = _put(body, one.body, one.ids, names, (origin, one.origin))
        content = one.request.body if put == one.body else msgspec.json.encode(put)
    return AsRecorded(HttpRequest(method=asked.method, url=url, body=content), names)


def _fits(place: str, known: str, ids: Ids) -> dict[str, str] | None:
    """What stands in a place for the ids of a recorded one; None where it is another place."""
    if place == known:
        return {}
    thread = ids.thread_id
    holes = [*_MASK.finditer(known), *(re.finditer(re.escape(thread), known) if thread else ())]
    if not holes or len(holes) > _MOST_HOLES:
        return None
    pattern, at, is_thread = "", 0, []
    for hole in sorted(holes, key=lambda found: found.start()):
        if hole.start() < at:
            continue
        pattern += re.escape(known[at : hole.start()]) + "([^/?&]*)"
        is_thread.append(hole[0] == thread)
        at = hole.end()
    found = re.fullmatch(pattern + re.escape(known[at:]), place)
    if found is None:
        return None
    named = {text for text, is_one in zip(found.groups(), is_thread, strict=True) if is_one}
    if len(named) > 1:
        return None
    return {thread: named.pop()} if named - {thread} else {}


def _put(asked: Any, known: Any, ids: Ids, names: dict[str, str], origins: tuple[str, str]) -> Any:
    if isinstance(asked, dict) and isinstance(known, dict):
        put = {}
        for key, value in asked.items():
            if key == "id" and _JSON_RPC in asked and _is_name(value) and _is_name(known.get(key)):
                put[key] = _named(value, known[key], names)
            else:
                put[key] = _put(value, known.get(key), ids, names, origins)
        return put
    if isinstance(asked, list) and isinstance(known, list):
        rest = [None] * (len(asked) - len(known))
        return [
            _put(value, other, ids, names, origins)
            for value, other in zip(asked, [*known, *rest][: len(asked)], strict=True)
        ]
    if not isinstance(asked, str) or not isinstance(known, str) or asked == known:
        return asked
    if ids.is_one(known):
        return _named(asked, known, names)
    if "*" in known or REDACTED in known:
        return known if _is_under(_MASK.split(known), asked) else asked
    here, there = origins
    return asked.replace(here, there) if there and here in asked else asked


def _is_under(shown: list[str], asked: str) -> bool:
    """Whether a text may be one of which these parts were left by masks; a pattern could take for ever."""
    first, *between, last = shown if len(shown) > 1 else [*shown, ""]
    if len(asked) < len(first) + len(last) or not (asked.startswith(first) and asked.endswith(last)):
        return False
    at, end = len(first), len(asked) - len(last)
    for part in between:
        at = asked.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _is_name(value: object) -> bool:
    return isinstance(value, str) and len(value) >= _SHORTEST_ID


def _named(asked: str, known: str, names: dict[str, str]) -> str:
    """What the recording calls what this client calls so; it is one thing throughout."""
    return known if names.setdefault(known, asked) == asked else asked
