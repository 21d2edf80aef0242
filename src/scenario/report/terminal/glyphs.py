"""The marks that reports draw with, and how text of strangers is made safe to print."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from scenario.late_pattern import late_pattern


class Glyphs(NamedTuple):
    """The marks of one character set."""

    passed: str
    failed: str
    unsure: str
    invalid: str
    cancelled: str
    tool: str
    arrow: str
    times: str
    start: str
    bar: str
    dot: str
    ellipsis: str
    opening: str
    closing: str
    symbols: bool


UNICODE: Final = Glyphs("✓", "✗", "?", "!", "–", "⚙", "→", "×", "▶", "│", " · ", "…", "“", "”", symbols=True)
ASCII: Final = Glyphs("+", "x", "?", "!", "-", "*", "->", "x", ">", "|", ", ", "...", '"', '"', symbols=False)


def glyphs_for(encoding: str | None) -> Glyphs:
    """The marks that can be written in an encoding; ASCII where it lacks any of them."""
    try:
        "".join(mark for mark in UNICODE if isinstance(mark, str)).encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


# Characters that nobody sees, or that reorder or hide what stands around them. The joiners and variation selectors that
# emoji and many scripts need are not among them. The pages have the same list (viewer/src/text.js).
_RANGES: Final = (
    *((0x00, 0x09), (0x0B, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160)),
    *((0x17B4, 0x17B5), (0x180E, 0x180E), (0x200B, 0x200B), (0x200E, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F)),
    *((0x3164, 0x3164), (0xD800, 0xDFFF), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB), (0xE0000, 0xE007F)),
)
_UNSEEN: Final = late_pattern("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _RANGES) + "]")


def visible(text: str) -> str:
    r"""Text with its control characters shown instead of executed; line feeds stay, tabs become spaces.

    A terminal obeys whatever an agent sends it: an escape sequence could clear the screen, set the title or forge
    what stands above. What cannot be seen is written as Python writes it, `\x1b` and `\u202e`, in letters that every
    font has.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub(_escape, text.replace("\r\n", "\n").replace("\t", "    "))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str, limit: int, glyphs: Glyphs = UNICODE) -> str:
    """Text on one line, its white space folded, at most `limit` characters long."""
    folded = visible(" ".join(text[: 4 * limit].split()))
    shortened = folded[: limit - len(glyphs.ellipsis)].rstrip() + glyphs.ellipsis
    return folded if len(folded) <= limit and len(text) <= 4 * limit else shortened
