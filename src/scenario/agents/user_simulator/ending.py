"""How a simulated user says that it has nothing more to say: marks of an end, alone or beside last words. Pure.

`END` is ours; the others are those that prompts of simulators are written with. Ordinary words are none: a user may say
"stop", "STOP" and "I'm done, thanks!", and speak of a mark.
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
# Marks in any case, as nothing else is written so; those in brackets, stars and dashes are told by capitals.
_ANY_CASE: Final = (
    rf"(?<!#)#{{2,8}}\s?{_ANY}\s?#{{2,}}|<{{1,2}}/?\|?{_ANY}\|?/?>{{1,2}}|\[\[\s?{_ANY}\s?\]\]|\{{{{1,2}}\s?{_ANY}\s?\}}{{1,2}}"
    rf"|[%$@~]{{1,3}}{_ANY}[%$@~]{{1,3}}|__{_ANY}__|[\[(*]{{1,2}}{_COMPOUND}\.?[\])*]{{1,2}}|(?<!=)={{2,8}}\s?{_ANY}\s?={{2,}}"
)
_CAPITALS: Final = (
    rf"[\[(]{_SIMPLE}[\])]|\*{{1,3}}{_SIMPLE}\*{{1,3}}|(?<!-)-{{2,8}}\s?{_ANY}\s?-{{2,}}|(?<!#)#{{1,3}}\s?{_ANY}(?=\s*\Z)"
    rf"|(?<![\w-]){_COMPOUND}(?![\w-])"
)
_COMMAND: Final = rf"(?<!\S)/(?:{_SIMPLE}|BYE|{_COMPOUND})(?=[.!]?\s*\Z)"
_MARK: Final = re.compile(
    rf"(?i:{_ANY_CASE}|{_COMMAND})|{_CAPITALS}|(?<![\w-])TERMINATE(?=[.!]?\s*\Z)",
)
# "Please reply with [DONE]": a mark that is quoted without quotation marks.
_QUOTING: Final = re.compile(
    r"\b(?:with|say|says|said|saying|print|prints|printed|type|typed|typing|write|writes|wrote|called|named|tag|mark|marker"
    r"|token|string|word|send|sends|sent|shows?|showing|read|reads|is|are|was|a|an|the|this|of|as|to|my|your|use|command"
    r"|please|must|can|not|or|and)\s\Z",
    re.IGNORECASE,
)
# Marks that are words too end something only as a sentence of their own.
_A_SENTENCE_BEFORE: Final = re.compile(r"(?:\A|[.!?…\n\"”)\]]|[^\w\s])\s*\Z")
_SENTENCES: Final = re.compile(rf"/|TERMINATE|{_COMPOUND}\Z")
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
    marks = [mark for mark in _MARK.finditer(line) if _ends(line, mark)]
    words = line
    for mark in reversed(marks):
        words = f"{words[: mark.start()].rstrip()} {words[mark.end() :].lstrip()}"
    words = re.sub(r"(?:\A|\s+)[\s.!*-]+\Z", "", words).strip() if marks else line
    return Said(words, bool(marks) or _is_over_in_json(written))


def _ends(line: str, mark: re.Match[str]) -> bool:
    before = line[: mark.start()]
    if not before.strip() and not line[mark.end() :].strip(" \n.!"):
        return True
    if is_spoken_of(line, mark.start(), mark.end()) or _QUOTING.search(before):
        return False
    return _SENTENCES.match(mark[0]) is None or _A_SENTENCE_BEFORE.search(before) is not None


def _is_over_in_json(written: str) -> bool:
    text = without_thoughts(written).strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    if not (text.startswith("{") and text.endswith("}")):
        return False
    objects = json_objects(text)
    return len(objects) == 1 and any(
        value is True and _OVER.fullmatch(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()) is not None
        for key, value in objects[0].items()
    )
