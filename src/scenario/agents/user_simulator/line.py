"""The user's words alone, of what a model wrote: no thoughts, names, remarks, wrappings, no answer after it. Pure.

What a user may say stays: HTML, JSON, code, lists, and marks that are only spoken of.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from scenario.agents.user_simulator.both_sides import users_turn
from scenario.agents.user_simulator.speakers import is_sentence, own_words
from scenario.agents.user_simulator.stage_directions import without_stage_directions
from scenario.agents.user_simulator.wrapping import unwrapped
from scenario.llm.json_in_text import without_thoughts
from scenario.llm.thoughts import said_in_turn

# Marks of templates and thoughts, and of code, where all marks are spoken of.
_THOUGHT_NAMES: Final = r"(?:think(?:ing)?|thoughts?|reasoning|reflection|scratchpad)"
_MARK: Final = re.compile(
    rf"```.*?```|``[^`]+``|`[^`\n]+`|(?<=[\w,;:] )<(?P<element>{_THOUGHT_NAMES})>.{{0,500}}?</(?P=element)>"
    r"|<\|[\w ]{1,30}\|>|</?[a-z_:]{1,30}\s*/?>|\[/?[A-Z]{1,20}\]|◁/?think▷",
    re.IGNORECASE | re.DOTALL,
)
_SPOKEN_OF_BEFORE: Final = re.compile(r"[\w,;:] \Z")
# "<thinking> tags show up in your answer": at the beginning, as what is told of.
_SUBJECT: Final = re.compile(
    r" (?:tags?|elements?|tokens?|blocks?|marks?|markers?|is|are|was|were|shows?|appears?|keeps?)\b", re.IGNORECASE
)
_SPOKEN_OF_AFTER: Final = re.compile(r" (?=[^\W\d_A-Z]|\d|\()|[?.,;:!)…]")
_QUOTES: Final = {"`": "`", '"': '"', "'": "'", "“": "”", "‘": "’", "(": ")", "«": "»", "„": "“", "「": "」"}
# Stands for a mark that is only spoken of: private to this file, and in no text of a model's.
_KEPT: Final = "\ue000{}\ue001"

# Thoughts in words, before a label of what is said.
_THOUGHT_ALOUD: Final = re.compile(
    r"\A\s*[*_#\s]{0,6}(?:thoughts?|thinking|reasoning|analysis|inner monologue|internal(?: thoughts?)?|plan|strategy)"
    r"[*_]{0,3}\s*:.*?\n\s*[*_#]{0,4}\s*(?:user(?:'s|’s)? )?(?:user|customer|message|response|reply|utterance|says?"
    r"|output|final(?: \w+)?|answer|line)[*_]{0,3}\s*:[*_]{0,3}\s*",
    re.IGNORECASE | re.DOTALL,
)
_WHO: Final = r"(?:simulated |end[- ]|human )?(?:user|customer|client|human|caller)"
_WHAT: Final = r"(?:message|reply|response|line|turn|utterance|query|question|answer|prompt|words|input)"
_KIND: Final = (
    r"(?:(?:next|first|opening|initial|simulated|possible|likely|short|realistic|follow-?up|natural|brief) )*"
)
_SURE: Final = r"(?:(?:sure|okay|ok|certainly|of course|got it|alright|understood|absolutely)[,.!:]*\s+)?"
_PREAMBLES: Final = re.compile(
    rf"\A\s*{_SURE}(?:"
    rf"(?:here(?:'s|’s| is| would be)|this is|below is) (?:the|a|an|my|your) "
    rf"{_KIND}{_WHO}(?:'s|’s|s'|s’)? {_KIND}{_WHAT}(?: (?:to|for|in) [^:\n]{{1,60}})?"
    rf"|(?:here(?:'s|’s| is)) (?:the|a|my) {_KIND}{_WHAT} (?:as|from) (?:the|a) {_WHO}"
    rf"|here(?:'s|’s| is) how i(?:'d|’d| would) (?:say|write|reply|respond|ask|answer)(?: it)? as (?:the|an?) {_WHO}"
    rf"|here(?:'s|’s| is) an? {_WHAT} (?:that |which )?(?:the|an?)(?: \w+)? {_WHO} (?:might|would|could|may) \w+"
    rf"|here(?:'s|’s| is) an? (?:possible|realistic|likely|natural|short|sample) {_WHAT}(?=:\s*[\"“][^\"”]*[\"”]\s*\Z)"
    rf"|here(?:'s|’s| is) what (?:the|a|my) {_WHO} (?:would|might|could|will)? ?"
    rf"(?:say|write|reply|respond|type)s?(?: next)?"
    rf"|here(?:'s|’s| is) (?:the|a|my) (?:next|follow-?up|opening) {_WHAT}(?=:\s*(?:\n|[\"“]))"
    rf"|as the {_WHO},? (?:i|I)(?:'d| would| will|'ll)? (?:say|write|reply|respond|ask)(?: next)?"
    # A user may tell of a user of theirs: "The user says: it crashes."
    rf"|(?:the )?{_WHO} (?:would |might |could |then |now )?(?:says?|writes?|replies|reply|responds?|asks?|types?)"
    r"(?=:\s*(?:\n|[\"“][^\"”]*[\"”]\s*\Z))"
    rf"|(?:the )?{_KIND}{_WHO}(?:'s|’s)? {_KIND}{_WHAT}"
    rf")\s*[:：](?!\s*[\"“'‘][^\"”'’]*[\"”'’]\s*[^\s\"”'’])\s*",
    re.IGNORECASE,
)
# As whoever asked is answered: where nobody else is, it is a draft that the user shows.
_ANSWERED: Final = re.compile(
    rf"\A\s*(?:sure|certainly|of course|absolutely)[,.!]* here(?:'s|’s| is) an? {_KIND}(?:realistic )?{_WHAT}:\s*",
    re.IGNORECASE,
)
# Elements of thoughts by other names, before what is said, and thoughts in brackets with a label.
_THOUGHT_ELEMENT: Final = re.compile(
    r"\A\s*<((?:inner_?|internal_?|ant_?)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|monologue|scratch_?pad"
    r"|dialogue)(?:_?process)?|plan(?:ning)?|strategy)(?:\s[^>]*)?>(?:.*?</\1\s*>|.*\Z)",
    re.IGNORECASE | re.DOTALL,
)
# An element that is told of: "<thinking>Hm</thinking> is what your bot printed."
_TOLD_OF: Final = re.compile(
    rf"\s*<({_THOUGHT_NAMES})>[^\n]{{0,500}}?</\1> "
    r"(?:is|was|shows?|appears?|stands?) (?:what|in|at|on|your|the|up|printed)\b",
    re.IGNORECASE,
)
_THOUGHT_IN_BRACKETS: Final = re.compile(
    r"\A\s*([\[(*]{1,2})(?:internal(?:ly)?|inner|thinking|thoughts?|thinks|note to self|reasoning"
    r"|planning)\b[^\])*\n]{0,40}:"
    r"[^\])*]{0,1000}[\])*]{1,2}\s*(?=\S)",
    re.IGNORECASE,
)
_END_OF_MESSAGE: Final = re.compile(
    r"\s*(?:[\[<(]{1,2}/?(?:end[ _-]?(?:of[ _-]?)?(?:the[ _-]?)?(?:user[ _-]?)?(?:message|turn|text|response|line)"
    r"|eom|eot|eos|eof)"
    r"[\]>)]{1,2})\s*\Z",
    re.IGNORECASE,
)
# Labels that a user may write as well, unless they stand in bold, or above what is said.
_LABEL: Final = re.compile(
    r"\A\s*(?:\*\*(?:(?:final |next |my )?(?:message|response|reply|answer|utterance)|output):?\*\*:?\s*"
    r"|(?:(?:final |next |my )?(?:message|response|reply|answer|utterance)|output):[ \t]*(?=\n|[\"“][^\"”]*[\"”]\s*\Z)"
    r"|#{1,4}[ \t]*(?:the )?(?:user(?:'s|’s)? ?|customer(?:'s|’s)? ?|final |next )?(?:message|response|reply|turn"
    r"|utterance)?[ \t]*\n"
    rf"|{_SURE}here (?:you go|it is)[:!.]?[ \t]*\n)",
    re.IGNORECASE,
)
# Thoughts after what was said, be they cut or not.
_AFTERTHOUGHT: Final = re.compile(
    rf"(?:(?<=[.?!…\"”])|\n)\s*<({_THOUGHT_NAMES})>\s*\w(?:.*</\1>\s*\Z|(?:(?!</\1>).)*\Z)", re.IGNORECASE | re.DOTALL
)
# What a model says to whoever asked it, after the line and in a paragraph of its own.
_ABOUT: Final = (
    r"\b(?:users?|customers?|personas?|tone|roles?|scenario|instructions|this (?:message|line|reply|response)"
    r"|the agent(?:'s|’s)?|in character)\b"
)
_REMARK: Final = re.compile(
    r"\n[ \t\r]{0,9}\n\s{0,9}(?:"
    rf"[(\[*]{{1,2}}note:?[^\n]*{_ABOUT}[^\n]*[)\]*]"
    r"|[(\[*]{1,2}(?:the (?:user|customer|persona) (?:is|has|wants|stays|sounds|seems|speaks|remains|keeps"
    r"|shows|waits|expresses|would|should|may)\b|this (?:message|response|reply|line) (?:is (?:short|written|meant)"
    r"|shows|expresses|reflects|conveys|uses|keeps|stays))[^\n]*[)\]*]"
    r"|[(\[*]{1,2}(?:waiting for|awaiting) (?:the |your |an? )?(?:agent|assistant|support|response|reply|answer)\b"
    r"[^\n]*[)\]*]|[(\[*]{1,2}(?:your turn|please respond as the (?:agent|assistant))[.!]?[)\]*]{1,2}"
    r"|let me know if you(?:'d|’d| would) like (?:me to )?(?:(?:adjust|revise|change|modify|rewrite|rephrase)\b[^\n]*"
    r"\b(?:tone|message|wording|style|persona|line|reply|response|length)|another (?:version|message|variation)"
    r"|a different (?:version|tone|message|style)|any (?:adjustments|changes) to)\b[^\n]*"
    r"|would you like me to continue the (?:conversation|role-?play)\?"
    r"|(?:-{3,}|\*{3,}|_{3,})\s*\n[^\n]*\b(?:persona|the user|this message)\b[^\n]*)\s*\Z",
    re.IGNORECASE,
)
# Where a model narrates that the user says nothing.
_SILENCE: Final = re.compile(
    r"\s*[(\[*]{1,2}(?:silence|no (?:response|reply)|says nothing|remains silent)[.…]?[)\]*]{1,2}\s*",
    re.IGNORECASE,
)


def user_line(text: str, *told: str) -> str:
    """What the user says; "" where nothing has been said, as where thoughts were cut.

    Args:
        text: what the model wrote.
        told: texts that say who the user is; the names that they begin with may stand before the line.
    """
    if _TOLD_OF.match(text):
        return text.strip()
    text, restored = _with_mentions_kept(_AFTERTHOUGHT.sub("", text))
    line = users_turn(said_in_turn(_without_thought_element(without_thoughts(text))).strip())
    aloud = _THOUGHT_ALOUD.match(line)
    line = line[aloud.end() :] if aloud is not None and is_sentence(line[aloud.end() :]) else line
    line = _THOUGHT_IN_BRACKETS.sub("", line)
    for _ in range(3):  # models put one wrapping into another
        before = line
        line = _LABEL.sub("", _PREAMBLES.sub("", _ANSWERED.sub("", line), count=1), count=1)
        line = own_words(unwrapped(line, restored), *told)
        line = without_stage_directions(_END_OF_MESSAGE.sub("", _REMARK.sub("", line)).strip())
        if line == before:
            break
    return "" if _SILENCE.fullmatch(line) else restored(line).strip()


def _without_thought_element(text: str) -> str:
    """A plan that is all there is may be the user's XML."""
    said = _THOUGHT_ELEMENT.sub("", text)
    return said if said.strip() or not re.match(r"\s*<(?:plan|strategy|dialogue)", text) else text


def _with_mentions_kept(text: str) -> tuple[str, Callable[[str], str]]:
    """The text with something else in the place of marks that are only spoken of, and what puts them back."""
    kept: list[str] = []

    def keep(mark: re.Match[str]) -> str:
        whole = mark.start() == 0 and mark.end() == len(text)
        # An element in the midst of a sentence is no thought, whatever comes after it.
        spoken_of = mark["element"] is not None or is_spoken_of(text, mark.start(), mark.end())
        if whole or not (mark[0].startswith("`") or spoken_of):
            return mark[0]
        if mark.start() == 0 and re.match(rf"```\s*{_THOUGHT_NAMES}\b", mark[0], re.IGNORECASE):
            return mark[0]
        # A fence that is all of a text, or of what stands below a preamble, is a wrapping.
        if mark[0].startswith("```") and not text[mark.end() :].strip():
            return mark[0]
        kept.append(mark[0])
        return _KEPT.format(len(kept) - 1)

    marked = _MARK.sub(keep, text)

    def restored(line: str) -> str:
        return re.sub("\ue000(\\d+)\ue001", lambda found: kept[int(found[1])], line) if kept else line

    return marked, restored


def is_spoken_of(text: str, start: int, end: int) -> bool:
    """Whether a mark at this place stands in the midst of a sentence, or in quotation marks."""
    before, after = text[:start], text[end:]
    if before and after[:1] and _QUOTES.get(before[-1]) == after[0]:
        return True
    if not before.strip() and _SUBJECT.match(after):
        return True
    return _SPOKEN_OF_BEFORE.search(before) is not None and _SPOKEN_OF_AFTER.match(after) is not None
