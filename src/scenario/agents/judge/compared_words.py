"""What is compared of a text that is quoted: its words, and the marks that change what they say. Pure.

Letters and digits stay as they are. What models change when they copy goes: white space, quotation marks, Markdown,
escapes, bullets, most punctuation. What is kept is a mark between two digits, a sign before a number, an operator
between its operands, a number in parentheses, and what strikes words through. Where sentences end is kept beside them.
"""

from __future__ import annotations

import bisect
import html
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

import msgspec

from scenario.agents.judge.fence import UNSEEN

QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟«»‹›❝❞〝〞「」『』＂", '"') | dict.fromkeys("‘’‚‛′`´ʼ＇", "'"))

_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–−", "-") | {"≠": "!=", "≤": "<=", "≥": ">=", "⁄": "/"})
_LINK: Final = re.compile(r"!?\[([^\[\]]*)\](?:\([^()\s]*(?:\s[^()]*)?\)|\[[^\[\]]*\])")
_TAG: Final = re.compile(
    r"</?(?:a|b|i|u|em|strong|code|pre|p|br|hr|div|span|small|sub|sup|mark|font|center|section|blockquote|h[1-6]|ul|ol|li"
    r"|table|thead|tbody|tr|td|th|img)(?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))*\s*/?>",
    re.IGNORECASE,
)
_ESCAPED: Final = re.compile(r"\\{1,8}u([0-9a-fA-F]{4})")
_ESCAPED_LINE: Final = re.compile(r"\\{1,8}[nr]")
_ESCAPED_SPACE: Final = re.compile(r"\\{1,8}[tbf]")
_UNSEEN: Final = re.compile(f"[{UNSEEN}\ue000-\uf8ff]")
_POWER: Final = re.compile("[⁰¹²³⁴-⁹]+")
# Digits in a shape of their own: a half after "1" makes no eleven.
_SHAPED: Final = re.compile("[¼-¾⅐-⅞↉①-⓿❶-➓]")
_BULLET: Final = re.compile(r"^[ \t]*(?:[-*+•‣◦]|>)[ \t]+", re.MULTILINE)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])[\"')\]*_]*\s+|(?<=[。！？])|\n\s*")
_SIGNS: Final = "%$€£¥₹₽¢"
_NUMBER: Final = r"\d(?:[\d.,]*\d)?"
_CURRENCY_BEFORE: Final = re.compile(rf"(?<!\d)(?<!\d )(-?)([$€£¥₹₽])({_NUMBER})")
_THOUSANDS: Final = re.compile(
    r"(?<![\d.,])\d{1,3}(?:(?:,\d{3})+(?=\.\d)|(?:,\d{3}){2,}(?![\d,])|(?:\.\d{3})+(?=,\d{1,2}(?!\d)))"
)
_SPACED_MARK: Final = re.compile(r"(?<=\d) ([-/*×]) (?=\d)")
# A word that a hyphen makes the opposite of.
_OPPOSITE: Final = re.compile(
    r"\b(non|not|no|un|in|im|ir|anti|dis|mis|ex|pseudo|nicht)-(?=[^\W\d])|(?<=[^\W\d])-(?=(?:free|less|proof)\b)",
    re.IGNORECASE,
)
_PARTING_DASH: Final = re.compile(r"(?<!\d)(?<=\s)–(?=\s)")
# A number in groups: a space in it is no border of words.
_GROUPS_APART: Final = re.compile(r"(?<![\d.,\ue000-\uf8ff])\d{1,3}(?: \d{3})+(?!\d)")
_JOINT: Final = "\uf8ff"
_SPACES: Final = re.compile(r"[^\S\n]+")
_CALLS: Final = re.compile(r">\s*calls\b")
# Each alternative is a mark that is kept; what stands glued to it is one with it.
_KEPT: Final = re.compile(
    r"(?P<struck>~~)"
    r"|(?P<between>(?<=\d)[^\w\s|]{1,3}(?=\d)|(?<=\d)_(?=\d))"
    r"|(?P<sign>(?<![\w.,)])- ?(?=\d))"
    rf"|(?P<opens>\((?= ?{_NUMBER} ?[{_SIGNS}]? ?\)))"
    r"|(?P<before>(?<![\w.])\.(?=\d)|(?<![\w!?.])!(?=\w)|(?<=\w)\^(?=\w))"
    rf"|(?P<operator>(?<=[\w)\]\"'{_SIGNS}])[ \t]*(?:[=!]=+|[<>]=?|=)[ \t]*(?=[\w(\"'{_SIGNS}-])|<=?[ \t]?(?=\d))"
)
_KEPT_AS: Final = 0xE000
_LAST_KEPT: Final = 0x17FF
_JOINS: Final = re.compile(r"[*_'\\]")
# Vowels of Indic and other scripts are no letters to `\w`.
_MARKS_OF_LETTERS: Final = "\u0300-\u036f\u0591-\u05bd\u064b-\u0655\u0900-\u0963\u0966-\u0dff\u0e00-\u0e7f\u1000-\u109f"
_SAYS_NOTHING: Final = re.compile(rf"[^\w\n{_SIGNS}{_MARKS_OF_LETTERS}\ue000-\uf8ff]+|_")
_NO_SPACES: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff"
_SPACELESS: Final = re.compile(rf"[{_NO_SPACES}]")
_CJK_SPACE: Final = re.compile(rf"(?<=[{_NO_SPACES}]) | (?=[{_NO_SPACES}])")
# Where words have no spaces between them: what turns the word behind it, or before it, into its opposite.
_TURNS_NEXT: Final = frozenset("不没沒未非無无勿莫")
_TURNS_LAST: Final = re.compile("ません|ない|なく|なかっ|ずに")
# Where they have: what is quoted from right behind it lacks the word that turns it round.
_DENIED: Final = re.compile(
    r"(?:^|[\s\"(*_])(?:(?:not|never|cannot|(?:do|does|did|is|are|was|were|has|have|had|wo|ca|would|could|should"
    r"|must)n'?t)(?: ever)?|nobody|no one|nothing|nicht|niemals|kein\w{0,2}|не|não|non|nie|안|못"
    r"|(?:unable|impossible|refus(?:e|es|ed|ing)|declin(?:e|es|ed|ing)|fail(?:s|ed|ing)?|forbidden|prohibited) to)"
    r"[*_]* \Z",
    re.IGNORECASE,
)
# Characters that tell it.
DENIAL: Final = 20


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a text.

    Attributes:
        text: each a space apart, where the script has spaces.
        ends: where in `text` sentences, lines and items of lists end.
        joints: where in `text` a space stands within a number.
    """

    text: str
    ends: tuple[int, ...] = ()
    joints: frozenset[int] = frozenset()

    def found(self, wanted: str, at: int = 0) -> Iterator[int]:
        """Where words stand, whole: no word, number or mark of theirs goes on beyond them."""
        while wanted and (start := self.text.find(wanted, at)) >= 0:
            if self._is_whole(start, start + len(wanted)):
                yield start
            at = start + 1

    def _is_whole(self, start: int, end: int) -> bool:
        before, after = self.text[start - 1 : start] if start else "", self.text[end : end + 3]
        if _are_one(before, self.text[start]) or _are_one(self.text[end - 1], after[:1]):
            return False
        if before in _TURNS_NEXT or _TURNS_LAST.match(after) or start - 1 in self.joints or end in self.joints:
            return False
        return not is_denied(self.text[max(0, start - DENIAL) : start]) or self.begins_a_sentence(start)

    def begins_a_sentence(self, start: int) -> bool:
        """Whether nothing but a number in a list stands before it in its sentence."""
        number = bisect.bisect_right(self.ends, start)
        last = self.ends[number - 1] if number else 0
        return re.fullmatch(r"\s*(?:\d{1,3} )?", self.text[last:start]) is not None

    def ends_a_sentence(self, end: int) -> bool:
        """Whether nothing follows in its sentence."""
        return end == len(self.text) or self.ends_within(end, end)

    def ends_within(self, start: int, end: int) -> bool:
        """Whether a sentence ends between the two places."""
        number = bisect.bisect_left(self.ends, start)
        return number < len(self.ends) and self.ends[number] <= end


def is_denied(before: str) -> bool:
    """Whether what stands right before a quotation ends with a word that turns it round."""
    return _DENIED.search(before) is not None


def _are_one(char: str, other: str) -> bool:
    pair = char + other
    return len(pair) == 2 and " " not in pair and _SPACELESS.search(pair) is None


def words_of(text: str) -> Words:
    """The words of a text, as they are compared."""
    plain = _ESCAPED_LINE.sub("\n", html.unescape(html.unescape(text)))
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), plain)
    plain = _BULLET.sub("\n", _CALLS.sub(" calls", plain).translate(QUOTES))
    said: list[str] = []
    ends: list[int] = []
    joints: list[int] = []
    length = 0
    for sentence in _folded(_SENTENCE_END.sub("\n", plain)).split("\n"):
        words = sentence.strip()
        if not words:
            continue
        if said:
            ends.append(length)
            said.append("" if _SPACELESS.match(words) or _SPACELESS.match(said[-1][-1]) else " ")
            length += len(said[-1])
        if _JOINT in words:
            joints += [length + place for place, char in enumerate(words) if char == _JOINT]
        said.append(words)
        length += len(words)
    return Words(text="".join(said).replace(_JOINT, " "), ends=tuple(ends), joints=frozenset(joints))


def forms_of(text: str) -> list[Words]:
    """A message's words, as they stand there and without what a judge leaves out: targets of links, and tags."""
    if "](" not in text and "][" not in text and "<" not in text:
        return [words_of(text)]
    bare = _LINK.sub(r"\1", text)
    return [words_of(one) for one in dict.fromkeys((text, bare, _TAG.sub(" ", bare), _TAG.sub("", bare)))]


def _folded(text: str) -> str:
    """The words of sentences, each on a line of its own."""
    plain = _POWER.sub(lambda found: "^" + found[0], _PARTING_DASH.sub("—", text).translate(_DASHES))
    plain = unicodedata.normalize("NFKC", _SHAPED.sub(r" \g<0> ", _UNSEEN.sub("", plain))).translate(_DASHES)
    plain = _UNSEEN.sub("", _ESCAPED_SPACE.sub(" ", plain)).translate(QUOTES)
    plain = _SPACED_MARK.sub(r"\1", _SPACES.sub(" ", plain))
    plain = _THOUSANDS.sub(lambda found: re.sub(r"[.,]", "", found[0]), plain)
    plain = _CURRENCY_BEFORE.sub(r"\1\3 \2 ", plain)
    if "-" in plain:
        plain = _OPPOSITE.sub(lambda found: found[1] or "", plain)
    plain = _KEPT.sub(_kept, plain)
    plain = _GROUPS_APART.sub(lambda found: found[0].replace(" ", _JOINT), plain)
    plain = re.sub(rf"[{_SIGNS}]", r" \g<0> ", _JOINS.sub("", plain))
    return _CJK_SPACE.sub("", _SPACES.sub(" ", _SAYS_NOTHING.sub(" ", plain)))


def _kept(found: re.Match[str]) -> str:
    """A mark as characters that nothing else is written in."""
    mark = "".join(found[0].split())
    coded = "".join(chr(_KEPT_AS + min(ord(char), _LAST_KEPT)) for char in mark)
    if found.lastgroup in ("sign", "opens"):
        return f" {coded}"
    if found.lastgroup == "operator":
        binds = mark[0] in "<>!" and found.string[found.end() : found.end() + 1].isdigit()
        return f" {coded}" if binds else f" {coded} "
    return coded
