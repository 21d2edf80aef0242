"""Words and phrases in a text, whole, whatever their case and accents. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

# These are written with spaces between words: what goes on behind one is another word.
_SPACED: Final = ("LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW", "ARMENIAN", "GEORGIAN", "DEVANAGARI", "DIGIT")


def folded(text: str) -> str:
    """Without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join([sign for sign in decomposed if not unicodedata.combining(sign)])


def place_of(needle: str, text: str) -> int | None:
    """Where a word or phrase stands in a text, whole; None where it does not. Both are folded."""
    begin = text.find(needle)
    while begin >= 0:
        end = begin + len(needle)
        before, after = text[begin - 1 : begin], text[end : end + 1]
        if not _goes_on(before, needle[0]) and not _goes_on(after, needle[-1]):
            return begin
        begin = text.find(needle, begin + 1)
    return None


def _goes_on(neighbour: str, edge: str) -> bool:
    """Whether a word goes on beyond its edge."""
    return neighbour.isalnum() and edge.isalnum() and unicodedata.name(edge, "").startswith(_SPACED)
