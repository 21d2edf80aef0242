"""How a simulated user says that it has nothing more to say: marks of an end, alone or after last words. Pure.

`END` is ours; the others are those that prompts of simulators are written with. They count in their own notation only,
as all that is said, as the last line, or after a last sentence. Ordinary words are none: a user may say "stop",
"CALL ENDED" and "I'm done, thanks!", and speak of a mark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from scenario.agents.user_simulator.line import is_spoken_of
from scenario.llm.json_in_text import json_objects, without_thoughts

END: Final = "###STOP###"

_TALK: Final = r"(?:CONVERSATION|CHAT|DIALOG(?:UE)?|SESSION|TEST|SIMULATION|TRANSCRIPT|CALL|TALK)"
_GAP: Final = r"[ _-]?"
_COMPOUND: Final = (
    rf"(?:(?:END|STOP|FINISH|TERMINATE|CLOSE|EXIT|QUIT|LEAVE)S?{_GAP}(?:OF{_GAP})?(?:THE{_GAP})?{_TALK}"
    rf"|(?:THE{_GAP})?{_TALK}{_GAP}(?:IS{_GAP}|HAS{_GAP})?(?:ENDS?|ENDED|OVER|DONE|COMPLETED?|FINISHED|STOPS?|TERMINATED?|CLOSED)"
    rf"|(?:GOAL|TASK){_GAP}(?:IS{_GAP})?(?:REACHED|ACHIEVED|COMPLETED?|DONE|FINISHED|MET)"
    rf"|USER{_GAP}(?:DONE|EXIT|STOP|LEFT|SATISFIED)|NOTHING{_GAP}MORE{_GAP}TO{_GAP}SAY)"
)
_SIMPLE: Final = r"(?:STOP|END|DONE|FINISH(?:ED)?|TERMINATED?|EXIT|QUIT|COMPLETED?|OVER|EOC|EOD|SATISFIED)"
_ANY: Final = rf"(?:{_COMPOUND}|{_SIMPLE})"
# Written so, in any case, nothing is a word.
_NOTED: Final = (
    rf"#{{2,8}}\s?{_ANY}\s?#{{2,}}|<{{1,2}}/?\|?{_ANY}\|?/?>{{1,2}}|\[\[\s?{_ANY}\s?\]\]|\{{{{1,2}}\s?{_ANY}\s?\}}{{1,2}}"
    rf"|[%$@~]{{1,3}}{_ANY}[%$@~]{{1,3}}|__{_ANY}__|[\[(*]{{1,2}}{_COMPOUND}\.?[\])*]{{1,2}}|={{2,8}}\s?{_ANY}\s?={{2,}}"
    rf"|/(?:{_SIMPLE}|BYE|{_COMPOUND})"
    # What a narrator tells of the user's leaving.
    r"|[\[(*]{1,2}(?:leaves|hangs up|disconnects|walks away|ends (?:the )?(?:call|chat|conversation))[\])*]{1,2}"
    r"|[\[(*]{1,2}(?:the )?(?:user|customer|client|caller) (?:has )?(?:left|leaves|ends|ended|closes|closed|hangs up"
    r"|disconnect(?:s|ed)|is satisfied|(?:has )?nothing (?:more|else) to (?:say|ask|add))[^\])*\n]{0,40}[\])*]{1,2}"
)
_NOTED_IN_CAPITALS: Final = (
    rf"[\[(]{_SIMPLE}[\])]|\*{{2,3}}{_SIMPLE}\*{{2,3}}|-{{2,8}}\s?{_ANY}\s?-{{2,}}|#{{2,8}}\s?{_ANY}|{_ANY}#{{2,8}}"
    rf"|(?=\S*_){_COMPOUND}"
)
# Bare words in capitals, as an end of the talk itself: only where nothing else is said.
_BARE: Final = re.compile(
    r"(?:END|STOP|FINISH|TERMINATE|CLOSE)(?: OF)?(?: THE)? (?:CONVERSATION|DIALOG(?:UE)?|SIMULATION)"
    r"|(?:THE )?(?:CONVERSATION|DIALOG(?:UE)?|SIMULATION) (?:IS |HAS )?(?:ENDS?|ENDED|OVER|DONE|COMPLETED?|FINISHED)"
    r"|(?i:the conversation (?:has ended|is over)|no (?:further|more) messages?)"
    rf"|(?i:no (?:further )?(?:response|reply) needed)|# ?{_SIMPLE}"
)
_MARK: Final = re.compile(rf"[\"'`*]*(?:(?i:{_NOTED})|{_NOTED_IN_CAPITALS}|TERMINATE)[\"'`*.!]*")
# On the line of other words only after a sentence; ours, and what is written in no other way, after any words.
_LAST_IN_LINE: Final = re.compile(
    rf"(?:(?<=[^\w\s,;:=/\\])[ \t]+(?:(?i:{_NOTED})|{_NOTED_IN_CAPITALS})"
    rf"|(?<=\S)[ \t]+(?:(?i:#{{2,8}}\s?{_ANY}\s?#{{2,}}|<\|{_ANY}\|>|\[\[\s?{_ANY}\s?\]\])|###STOP))[.!]?\s*\Z"
)
_MARK_AT_END: Final = re.compile(rf"\s(?P<mark>(?i:{_NOTED})|{_NOTED_IN_CAPITALS}|TERMINATE)[.!]?\s*\Z")
_OWN: Final = re.compile(rf"[\"'`*]*{END}[\"'`*.!]*")
# A narrator's last words, after our mark.
_NARRATED: Final = re.compile(r"\A\s*[\[(*][^\])*\n]{1,200}[\])*]\s*\Z")
# "Please reply with [DONE]": a mark that is quoted without quotation marks.
_QUOTING: Final = re.compile(
    r"\b(?:with|say|says|said|saying|print|prints|printed|type|typed|typing|write|writes|wrote|called|named|tag|mark|marker"
    r"|token|string|word|send|sends|sent|shows?|showing|read|reads|is|are|was|a|an|the|this|of|as|to|my|your|use|command"
    r"|please|must|can|not|or|and)\s\Z",
    re.IGNORECASE,
)
# A last line that belongs to what is shown: code, a log, a stream.
_SHOWN_BEFORE: Final = re.compile(
    r"[:;,={}()\[\]<>/\\|]\s*\Z|^\s*(?:data:|event:|#|//|[{}]|BEGIN\b|>>>|\$ )|```", re.MULTILINE
)
_OVER: Final = re.compile(
    r"(?:is_?)?(?:done|finished|over|ended|complete)|end|stop|should_?(?:end|stop)|end_?(?:of_?)?(?:the_?)?(?:conversation|chat)"
    r"|conversation_?(?:over|ended|done|finished)"
)


# How a test's own words name a mark: 'When you are done, reply with "OVER-AND-OUT".'
_NAMED: Final = re.compile(
    r"(?i:\b(?:say|write|reply|respond|output|send|type|answer|emit|return|print|with|token|word|string|message))"
    r"(?:\s+(?:with|only|exactly|just|the|a|word|token|string|phrase|message|single|literal))*:?\s+"
    r"(?:[\"'`“‘*]{1,2}([^\"'`”’*\n]{2,40})[\"'`”’*]{1,2}|([A-Z][A-Z0-9_-]{2,30})\b)"
)
_WHEN_OVER: Final = re.compile(
    r"\b(?:done|end|ends|ended|finish\w*|goals?|nothing (?:more|else|left)|complet\w*|satisf\w*|over|achiev\w*"
    r"|stop\w*|reach\w*"
    r"|resolved|conclud\w*|fulfil\w*)\b",
    re.IGNORECASE,
)


class Said(NamedTuple):
    """A line, and whether the user has nothing to say after it.

    Attributes:
        words: what is still said; "" where there is nothing.
    """

    words: str
    is_last: bool


def named_ends(*told: str | None) -> tuple[str, ...]:
    """The marks of an end that a test's own instructions name; ordinary words are none, whoever names them."""
    found: dict[str, None] = {}
    for sentence in re.split(r"(?<=[.!?])\s+|\n", "\n".join(filter(None, told))):
        if _WHEN_OVER.search(sentence):
            found |= dict.fromkeys((named[1] or named[2]).strip().rstrip(".") for named in _NAMED.finditer(sentence))
    return tuple(mark for mark in found if len(mark) > 1 and mark.upper() == mark and mark.lower() != mark)


def last_words(line: str, written: str, named: Sequence[str] = ()) -> Said:
    """A line without marks of an end.

    Args:
        line: the user's words, and the marks.
        written: all that the model wrote, in which it may say so beside the words.
        named: further marks, those of `named_ends`: a line of its own at the end, or all there is.
    """
    for own in named:
        before = re.sub(rf"(?:\A|\n|(?<=[.!?…])\s)\s*[\"'`*]*{re.escape(own)}[\"'`*.!]*\s*\Z", "", line)
        if before != line:
            return Said(before.strip(), is_last=True)
    words = _before_the_end(line)
    if words is None:
        said, is_over = _beside_words_in_json(line, written)
        return Said(said, is_over)
    return Said(words, is_last=True)


def _before_the_end(line: str) -> str | None:
    """The words before a mark that ends the line, or is the line; None where there is none."""
    if _MARK.fullmatch(line.strip()) or _BARE.fullmatch(line.strip(" \n.!")):
        return ""
    before, at_all, last = line.rstrip().rpartition("\n")
    if at_all and _MARK.fullmatch(last.strip()) and not _SHOWN_BEFORE.search(before):
        return before.strip()
    found = _LAST_IN_LINE.search(line)
    if found is not None and not is_spoken_of(line, *found.span()) and not _is_quoted(line, found):
        return line[: found.start()].strip()
    for own in _OWN.finditer(line):
        # Ours is never a user's, but where it is spoken of.
        if not _is_quoted(line, own) and not is_spoken_of(line, *own.span()):
            after = line[own.end() :]
            return f"{line[: own.start()].rstrip()} {'' if _NARRATED.match(after) else after.strip()}".strip()
    return None


def mark_at_end(line: str) -> bool:
    """Whether a line ends with what may be a mark, and is not told of."""
    found = _MARK_AT_END.search(line)
    return (
        found is not None and not _is_quoted(line, found) and not is_spoken_of(line, found.start("mark"), found.end())
    )


def _is_quoted(line: str, mark: re.Match[str]) -> bool:
    before = line[: mark.start()]
    return _QUOTING.search(f"{before.rstrip()} ") is not None or "```" in before or "`" in mark[0]


def _beside_words_in_json(line: str, written: str) -> tuple[str, bool]:
    """The words, and whether a field beside them says so: not for JSON that is shown, or that is asked about."""
    text = without_thoughts(written).strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    objects = json_objects(text) if text.startswith("{") and text.endswith("}") else []
    if len(objects) != 1 or line.endswith("?"):
        return line, False
    over = [key for key, value in objects[0].items() if value is True and _OVER.fullmatch(_words_of(key))]
    if line.startswith("{"):
        return ("", True) if len(over) == len(objects[0]) > 0 else (line, False)
    return line, bool(over)


def _words_of(key: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()
