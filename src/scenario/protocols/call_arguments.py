"""What the fragments of a tool call's arguments are together, however their sender has cut or repeated them.

Fragments that are JSON when they are joined are pieces, whatever else they could be. Where they are not, their sender
may have told everything so far with each, the whole once more after the pieces, or an empty object before them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from scenario.protocols.json_text import NOT_JSON, read_json

_SO_FAR: Final = "each piece of a call's arguments held those before it: the last one is taken"
_AGAIN: Final = "a call's arguments came more than once: they are taken once"
_EMPTY_FIRST: Final = "a call's arguments came after an empty object: they are taken without it"
_IN_A_TEXT: Final = "a call's arguments were a JSON text of their JSON: they are taken out of it"
# Arguments that are cut are taken for told so far only where so many of them have grown.
_FEWEST_GROWING: Final = 3
_DECODER: Final = json.JSONDecoder()


class Settled(NamedTuple):
    """The arguments, and what was decided about them; nothing where their fragments are simply joined."""

    text: str
    note: str = ""


def settled(fragments: Sequence[str]) -> Settled:
    """The arguments that these fragments are together."""
    joined = "".join(fragments)
    if joined[:1] == '"' and isinstance(inner := read_json(joined), str) and isinstance(read_json(inner), dict):
        return Settled(inner, _IN_A_TEXT)
    if joined[:1] not in ("{", "n", " ", "\n") or read_json(joined) is not NOT_JSON:
        return Settled(joined)
    pieces = [piece for piece in fragments if piece.strip()]
    while len(pieces) > 1 and _is_empty(read_json(pieces[0])):
        del pieces[0]
    last = _last_of_growing(pieces)
    if last is not None:
        return Settled(last, _SO_FAR)
    return _once(joined) or Settled(joined)


def _is_empty(value: object) -> bool:
    return value is None or value == {}


def _last_of_growing(pieces: list[str]) -> str | None:
    """The last piece, where each begins with the one before it."""
    if len(pieces) < 2 or not pieces[0].lstrip().startswith("{"):
        return None
    bare = ["".join(piece.split()) for piece in pieces]
    if not all(after.startswith(before) for before, after in pairwise(bare)):
        return None
    whole = isinstance(read_json(pieces[-1]), dict)
    return pieces[-1] if whole or (len(pieces) >= _FEWEST_GROWING and len(set(bare)) == len(bare)) else None


def _once(joined: str) -> Settled | None:
    """The one object of several in a row that are alike, or of which the others are empty; None where it is not so."""
    found, rest = _in_a_row(joined)
    told = [text for value, text in found if not _is_empty(value)]
    values = [read_json(text) for text in told]
    if values and values[0] != values[-1] and not rest and all(is_grown(*pair) for pair in pairwise(values)):
        return Settled(told[-1], _SO_FAR)
    if not found or any(value != values[0] for value in values):
        return None
    if rest and told and not "".join(told[0].split()).startswith("".join(rest.split())):
        return None
    if not told:
        return Settled(rest, _EMPTY_FIRST) if rest else Settled("{}", _AGAIN)
    return Settled(told[0], _AGAIN if len(told) > 1 or rest else _EMPTY_FIRST)


def is_grown(value: object, after: object) -> bool:
    """Whether an object holds all that another one does, some of its texts having gone on."""
    if isinstance(value, dict) and isinstance(after, dict):
        return all(key in after and is_grown(one, after[key]) for key, one in value.items())
    if isinstance(value, str) and isinstance(after, str):
        return after.startswith(value)
    return value == after


def _in_a_row(text: str) -> tuple[list[tuple[Any, str]], str]:
    """The objects that stand one after the other, each with its text, and what is left after them."""
    found: list[tuple[Any, str]] = []
    text = text.strip()
    place = 0
    while place < len(text):
        try:
            value, end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            break
        if not isinstance(value, dict | None):
            return [], text
        found.append((value, text[place:end]))
        place = end
        while place < len(text) and text[place].isspace():
            place += 1
    return found, text[place:]
