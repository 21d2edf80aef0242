"""The marks that reports draw with, and how text of strangers is made safe to print."""

from __future__ import annotations

import unicodedata
from typing import Final, NamedTuple


class Glyphs(NamedTuple):
    """The marks of one character set."""

    passed: str
    failed: str
    unsure: str
    errored: str
    tool: str
    arrow: str
    start: str
    bar: str
    dot: str
    ellipsis: str
    opening: str
    closing: str
    symbols: bool


UNICODE: Final = Glyphs("✓", "✗", "?", "!", "⚙", "→", "▶", "│", " · ", "…", "“", "”", symbols=True)
ASCII: Final = Glyphs("+", "x", "?", "!", "*", "->", ">", "|", ", ", "...", '"', '"', symbols=False)


def glyphs_for(encoding: str | None) -> Glyphs:
    """The marks that can be written in an encoding; ASCII where it lacks any of them."""
    try:
        "".join(mark for mark in UNICODE if isinstance(mark, str)).encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


# Format characters that reorder or hide what stands around them. The joiners that emoji and many scripts need are
# not among them.
_REORDERING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad")
_SHOWN_CATEGORIES: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def visible(text: str, glyphs: Glyphs = UNICODE) -> str:
    """Text with its control characters shown instead of executed; line feeds stay, tabs become spaces.

    A terminal obeys whatever an agent sends it: an escape sequence could clear the screen, set the title or forge
    what stands above. C0 characters are shown by their pictures (U+2400 and up), others by their code.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character.isprintable() and character not in _REORDERING else _shown(character, glyphs)
        for character in text.replace("\r\n", "\n")
    )


def _shown(character: str, glyphs: Glyphs) -> str:
    if character == "\n":
        return character
    if character == "\t":
        return "    "
    code = ord(character)
    if glyphs.symbols and code < 0x20:
        return chr(0x2400 + code)
    if glyphs.symbols and code == 0x7F:
        return "\u2421"
    if character in _REORDERING or unicodedata.category(character) in _SHOWN_CATEGORIES:
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return character


def one_line(text: str, limit: int, glyphs: Glyphs = UNICODE) -> str:
    """Text on one line, its white space folded, at most `limit` characters long."""
    folded = visible(" ".join(text[: 4 * limit].split()), glyphs)
    shortened = folded[: limit - len(glyphs.ellipsis)].rstrip() + glyphs.ellipsis
    return folded if len(folded) <= limit and len(text) <= 4 * limit else shortened
