"""How judges write what they quote: with who said it, with the marks they are shown, several at once, or none. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from scenario.agents.judge.compared_words import QUOTES

Speaker = Literal["user", "assistant"]

_SPEAKERS: Final[dict[str, Speaker]] = {
    "user": "user", "customer": "user", "agent": "assistant", "assistant": "assistant", "bot": "assistant",
}  # fmt: skip
_HEAD: Final = re.compile(
    r"\A\s*(?:\[\d+\]\s*)?"
    r"(?:(?P<who>user|agent|assistant|system|tool|result of the agent's call of [^:\n]{1,80})\s*:|\[\d+\])",
    re.IGNORECASE,
)
# Each begins what somebody said; within a line it is one where it is written as a name.
_TURN: Final = re.compile(
    r"(?:(?:^|(?<=\n))[ \t]*|(?<=\s))(?=\[\d+\]\s*(?:user|agent|assistant|system|tool|result of)\b"
    r"|(?:User|Agent|Assistant|USER|AGENT|ASSISTANT)\s*:|(?<=\n)(?:user|agent|assistant)\s*:)"
)
_VERB: Final = (
    r"(?:says?|said|repl(?:y|ies|ied)|answer(?:s|ed)?|asks?|asked|writes?|wrote|states?|stated|responds?|responded|tells?"
    r"|told)(?: the (?:user|agent))?(?: in message \d{1,5})?"
)
_ATTRIBUTED: Final = re.compile(
    r"\A\s*(?:(?:in )?(?:message|msg\.?|turn|line)\s?#?\d{1,5}\s?[:,–-]\s*)?"
    r"(?:(?:the )?(?P<who>user|customer|agent|assistant|bot)\s?(?:[(\[](?:message |turn )?#?\d{1,5}[)\]])?"
    rf"(?:\s?(?:{_VERB})?:\s*|\s{_VERB},?\s*(?=[\"'“‘«„「])))?(?=\S)",
    re.IGNORECASE,
)
_PLACE_AFTER: Final = re.compile(
    r"\s?[(\[](?:(?:in|from) )?(?:message|msg\.?|turn|line|#)\s?#?\d{1,5}[)\]]\s?\.?\Z", re.IGNORECASE
)
_MARK: Final = re.compile(r"^[ \t]*(?:[|=<]|>?\s*calls\b|>)\s?", re.MULTILINE)
# An outline is cut within a word.
_OUTLINE_END: Final = re.compile(r"(?:\S{0,120}…)?\s?\(\d+ characters\)\s?\Z")
_QUOTED: Final = r"(?:\"[^\"]+\"|(?<!\w)'(?:[^']|(?<=\w)'(?=\w))+'(?!\w))"
_SEVERAL_QUOTED: Final = re.compile(
    rf"\s*{_QUOTED}(?:\s*(?:[,;/|&]|,?\s*(?:and|und|et|y)\b)?\s*{_QUOTED})+\s*\.?\s*", re.IGNORECASE
)
_BETWEEN: Final = re.compile(r"(?:\n|\s/\s|;\s|\s\|\s)\s*")
_NUMBERED: Final = re.compile(r"(?:^|\s)(\d{1,2})[.)]\s+")
_MOST_PARTS: Final = 12
_LONGEST: Final = 5000

# What models write where they quote nothing, whoever else may say such words.
_NOTHING: Final = re.compile(
    r"none|null|nil|n[/ ]?a|n\.a\.?|nothing|empty(?: string)?|not applicable|no (?:direct )?quote|no quotation",
    re.IGNORECASE,
)
# What is said in the place of a quotation, where it is not one.
_ABOUT_NOTHING: Final = re.compile(
    rf"(?:{_NOTHING.pattern}|not available|absen(?:ce|t)"
    r"|no(?: (?:direct|specific|exact|single|explicit|verbatim|relevant|particular))? (?:quotes?|quotations?|words)"
    r"(?: (?:is |are )?(?:needed|available|applicable|required|necessary|found|given|possible|exists?))?)"
    r"\s*(?:[-–—:;,.(].*)?"
    r"|(?:the )?(?:entire|whole|full|complete) (?:conversation|transcript|dialogue?|chat|exchange)"
    r"|(?:see|cf\.?|refer to) (?:the )?(?:messages?|turns?|lines?|above|transcript|conversation|reasoning)"
    r"(?: (?:above|below)|[ #]*\d[\d\s,\-–]*(?:(?:and|to) \d+)?)?"
    r"|messages? #?\d[\d\s,\-–]*(?:(?:and|to) \d+)?",
    re.IGNORECASE | re.DOTALL,
)
_AROUND: Final = " \t\n\"'()[]<>*_`.…"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Words that are to stand in one message.

    Attributes:
        text: the words.
        speaker: who is said to have said them; None where nobody is named.
    """

    text: str
    speaker: Speaker | None = None


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """One of several quotations.

    Attributes:
        text: as it is written.
        apart: whether it is marked where it begins and ends, as quotation marks do.
    """

    text: str
    apart: bool


def quotes_nothing(claim: str) -> bool:
    """Whether no words are quoted: no letter, a single one, or a word that says so."""
    return sum(char.isalnum() for char in claim) < 2 or _NOTHING.fullmatch(claim.strip(_AROUND)) is not None


def speaks_of_nothing(claim: str) -> bool:
    """Whether a claim that stands nowhere is none: "No direct quote needed.", "see message 1"."""
    return _ABOUT_NOTHING.fullmatch(claim.strip(_AROUND)) is not None


def readings(claim: str) -> Iterator[Reading]:
    """The quotation as it is, and without what the judge has put around it: who said it, where, marks, lengths."""
    yield Reading(text=claim)
    head = _HEAD.match(claim)
    bare = _OUTLINE_END.sub("", _MARK.sub("", claim[head.end() :] if head else claim))
    if bare != claim:
        yield Reading(text=bare, speaker=_speaker(head))
    told = _PLACE_AFTER.sub("", bare)
    attributed = _ATTRIBUTED.match(told)
    rest = told[attributed.end() :] if attributed else told
    if rest != bare:
        yield Reading(text=rest, speaker=_speaker(attributed) or _speaker(head))


def _speaker(found: re.Match[str] | None) -> Speaker | None:
    return _SPEAKERS.get((found["who"] or "").lower()) if found else None


def several(claim: str) -> Iterator[list[Claimed]]:
    """The ways in which a claim can be several quotations, each by itself; none of one that is too long for that."""
    if len(claim) > _LONGEST:
        return
    plain = claim.translate(QUOTES)
    ways: list[list[Claimed]] = [[Claimed(text=turn, apart=True) for turn in _TURN.split(claim)]]
    if _SEVERAL_QUOTED.fullmatch(plain):
        ways.append([Claimed(text=text, apart=True) for text in re.findall(_QUOTED, plain)])
    ways.append([Claimed(text=text, apart=False) for text in _BETWEEN.split(claim)])
    numbers = [int(number) for number in _NUMBERED.findall(claim)]
    if numbers == [*range(1, len(numbers) + 1)]:
        ways.append([Claimed(text=text, apart=False) for text in _NUMBERED.split(claim)[::2]])
    for way in ways:
        said = [one for one in way if any(char.isalnum() for char in one.text)]
        if 2 <= len(said) <= _MOST_PARTS:
            yield said
