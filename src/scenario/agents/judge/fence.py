"""The fence around what was said: marks of ours, and of chat templates, that stand in it are marks no more. Pure.

A dot is set into them, behind their bracket, so that nothing that is said ends the transcript, begins other criteria
or, where a server reads such marks in any text, another turn.
"""

from __future__ import annotations

import re
from typing import Final

# Characters that nobody sees, as they may stand between any two: a part of a pattern.
UNSEEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff"
)
_GAP: Final = rf"[\s{UNSEEN}]*"
_ANGLE: Final = r"(?:[<＜﹤‹〈〈⟨❮❰˂ᐸ]|&(?:amp;){0,4}(?:lt|#0*60|#[xX]0*3[cC]);?|\\{1,8}(?:u003[cC]|x3[cC]))"
_SLASH: Final = r"[/／⁄∕⧸\\|｜!?·]"
_NAMES: Final = ("scenario", "criteria", "criterion", "context", "transcript", "system", "instruction", "instructions")
_OF_TEMPLATES: Final = ("start_of_", "end_of_", "end of ", "sys>", "s>", "bos>", "eos>")
_FULL_WIDTH: Final = 0xFEE0


def _seen(name: str) -> str:
    """A pattern of a name in letters of either width, with unseen characters between them."""
    letters = (f"[{char}{chr(ord(char) + _FULL_WIDTH)}]" for char in name)
    return f"[{UNSEEN}]*".join(letters)


def _any(names: tuple[str, ...]) -> str:
    return f"(?:{'|'.join(map(_seen, names))})"


_MARKS: Final = re.compile(
    rf"{_ANGLE}(?={_GAP}(?:{_ANGLE}{_GAP})?(?:{_SLASH}{_GAP})*(?:{_any(_NAMES)}(?![a-z])|{_any(_OF_TEMPLATES)}|[|｜]))"
    rf"|[\[［【](?={_GAP}(?:{_SLASH}{_GAP})?(?:{_seen('inst')}{_GAP}[\]］】]|{_seen('/transcript')}))",
    re.IGNORECASE,
)


def fenced(said: str) -> str:
    """What was said, without a mark that could end the fence around it or pose as one of ours."""
    return _MARKS.sub(r"\g<0>·", said)
