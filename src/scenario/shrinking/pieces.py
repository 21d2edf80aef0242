"""The pieces that a text is shortened by: its sentences, then its words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

_SENTENCES: Final = re.compile(r"(?<=[.!?])\s+|\n+")


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, without the space between them."""
    return [piece for piece in _SENTENCES.split(text) if piece.strip()]


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


def joined(pieces: Sequence[str]) -> str:
    """A text of pieces."""
    return " ".join(pieces)


SPLITS: Final[tuple[Callable[[str], list[str]], ...]] = (sentences, words)
"""From the coarsest to the finest."""
