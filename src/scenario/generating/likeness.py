"""How much two conversations of users are alike, in any language. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

# The share of their pieces of three characters that two have in common, from which on one is the other's double.
DOUBLE: Final = 0.8
_PIECE: Final = 3


def pieces_of(texts: Iterable[str]) -> frozenset[str]:
    """The pieces of three characters of what is said, without case, marks and spaces that tell nothing."""
    folded = unicodedata.normalize("NFKC", " ".join(texts)).casefold()
    text = " ".join("".join(c if c.isalnum() else " " for c in folded).split())
    return frozenset(text[at : at + _PIECE] for at in range(max(len(text) - _PIECE + 1, 1)))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of pieces that both have, of those that any of them has; from 0 to 1."""
    return len(one & other) / len(one | other)
