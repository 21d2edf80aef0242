"""Stage directions that models put around a line: "*sighs*", "(typing…)", "[frustrated]". Pure.

Only what no user writes for a word of their own: an emphasis (*Please* help me) and brackets with contents stay.
"""

from __future__ import annotations

import re
from typing import Final

_ACTS: Final = (  # in their stems: "typ(es|ing)", "nod(s|ding)"
    "sigh|typ|think|ponder|paus|smil|frown|wait|nod|laugh|chuckl|groan|grumbl|mutter|hesitat|shrug|scratch|yawn"
    "|roll|clear|click|glanc|grin|winc|gasp|whisper|cough|sniff|sob|cri|cry|blink|fidget|tap|scroll|squint|send"
    "|look|check|read|tak(?=es a|ing a)"
)
_MOODS: Final = (
    "annoyed|frustrated|angry|confused|impatient|excited|worried|nervous|relieved|irritated|skeptical|curious|hesitant"
    "|sarcastic|exasperated|calm|cheerful|puzzled|anxious|impressed|disappointed|surprised|thoughtful|tired|upset"
)
_MANNER: Final = r"(?:(?:\w+ly|still|a bit|very|slightly|getting|sounding|feeling|looking) ){0,2}"
_ACT: Final = rf"(?:{_ACTS})(?:e?s|\w?ing)?"
_DOTS: Final = r"(?:…|\.{1,3})?"
_FREE: Final = rf"{_MANNER}(?:{_ACT}(?: [\w' ,-]{{1,40}})?|(?:{_MOODS})(?:ly)?){_DOTS}"
# In brackets a user may well say more: "(typing this on my phone)".
_BARE: Final = rf"{_MANNER}(?:{_ACT}(?: \w+ly)?|(?:{_MOODS})(?:ly)?){_DOTS}"
_DIRECTION: Final = rf"(?:\*{_FREE}\*|_{_FREE}_|\({_BARE}\)|\[{_BARE}\])"
# Before a line, or on a line of its own; after a line, or between sentences.
# What a sentence goes on after is a word of it: "_waiting_ since Monday".
_EMPHASIS: Final = re.compile(r"\A(?:_[^_\n]+_|\*\w+ing\*)[ \t]+[^\WA-Z\d_]")
_BEFORE: Final = re.compile(rf"\A(?:{_DIRECTION}[ \t]*\n*)+(?=\S)", re.IGNORECASE)
_OWN_LINE: Final = re.compile(rf"(?:\A|\n)[ \t]*{_DIRECTION}[ \t]*(?=\n|\Z)", re.IGNORECASE)
_AFTER: Final = re.compile(rf"(?<=[.?!…])\s+(?:\*{_FREE}\*|\({_BARE}\)|\[{_BARE}\])\s*\Z", re.IGNORECASE)
_BETWEEN: Final = re.compile(rf"(?<=[.?!…])\s+\*(?i:{_FREE})\*(?=\s+[A-Z])")


def without_stage_directions(line: str) -> str:
    """The line without them; one that is nothing else stays, as there is no telling."""
    begun = line if _EMPHASIS.match(line) else _BEFORE.sub("", line)
    said = _AFTER.sub("", _BETWEEN.sub("", _OWN_LINE.sub("", begun))).strip()
    return said or line
