"""The marks that chat templates put around a turn, told by their shapes: whose words stand where in a text. Pure.

Templates differ in their names, hardly in their shapes. A mark counts at the edge of a text, beside a role, or where it
ends a turn; one that is only spoken of ("What does <|im_end|> mean?") is part of what is said.
"""

from __future__ import annotations

import itertools
import json
import re
from typing import Final, NamedTuple

USER: Final = "user"
ASSISTANT: Final = "assistant"
SYSTEM: Final = "system"
TOOL: Final = "tool"
# A call of a tool: the model's own.
CALL: Final = "call"
# A turn of a role by a name that templates do not have.
NAMED: Final = "named"
END: Final = "end"
# Says nothing of whose words follow.
PLAIN: Final = ""

_ROLES: Final = {
    **dict.fromkeys(("user", "human", "customer", "client", "caller", "prompter"), USER),
    **dict.fromkeys(("assistant", "model", "gpt", "bot", "chatbot", "agent", "ai"), ASSISTANT),
    **dict.fromkeys(("system", "developer"), SYSTEM),
    **dict.fromkeys(("tool", "function", "functions", "observation", "ipython", "environment"), TOOL),
}
_NAME: Final = r"[/\w](?:[\w.:▁ -]{0,38}\w)?"
_SPECIAL: Final = re.compile(
    r"(?P<channel><\|channel\|>final(?:<\|constrain\|>\w+)?<\|message\|>)"
    rf"|<\|(?P<bar>{_NAME})\|>|<｜(?P<wide>{_NAME})｜>|\[\|(?P<bracket>\w{{3,40}})\|\]"
    r"|<\|(?P<begin>[A-Za-z_]{2,30})>|<(?P<close>[A-Za-z_]{2,30})\|>|<(?P<plain>(?:start|end)_of_(?:turn|utterance|text|sentence))>"
    r"|<(?:extra_id|reserved(?:_special_token)?|special|unused|ctrl)_?(?P<number>\d{1,4})>"
    r"|<(?P<placeholder>[A-Za-z]{2,20}_\d{1,4})>|(?:\A|(?<=\n))<(?P<call>tool_(?:calls?|response))>"
    r"|</?seed:(?P<seed>\w+)>|(?P<minimax>\]~!?b[\[\]])|(?P<minimax_end>\[e~\[)"
    r"|<role>(?P<role>[A-Z]{2,15})</role>",
    re.IGNORECASE,
)
# HTML, XML and users have these as well: they count at the very edge only.
_EDGE: Final = re.compile(
    r"</?s>|<(?:bos|eos|pad|sep|eo[adhmt])>|\[/?INST\]|\[(?:CLS|SEP|PAD|BOS|EOS)\]", re.IGNORECASE
)
_EDGE_ENDS: Final = frozenset(["</s>", "<eos>", "<sep>", "<eod>", "<eoa>", "<eoh>", "<eom>", "<eot>", "[sep]", "[eos]"])
_AFFIXES: Final = frozenset(["im", "hy", "token", "start", "begin", "of", "turn", "role", "message", "the"])
# Simulated users end a conversation with marks of the same shape.
_END_OF_TALK: Final = re.compile(
    r"(?:^|_)(?:conversation|chat|dialog(?:ue)?|session|test|simulation|transcript|talk|stop|done|finish(?:ed)?|exit|quit"
    r"|terminated?|completed?|over|goal|task|satisfied|end_(?:of_)?call)(?:_|$)"
)
_END_NAME: Final = re.compile(
    r"(?:im_end|eot|eom|eos|eod|end|return|end_?of_?(?:the_?)?(?:text|turn|sentence|message|response|solution|document"
    r"|user|assistant|answer|utterance)|end_(?:text|response|message|turn|answer|user|assistant)"
    r"|(?:text|role|turn|message|msg|response|answer|user|assistant|system)_end|turn_close)(?:_id|_token)?"
)
_HEADER_NAME: Final = re.compile(
    r"(?:im_start|start|begin|turn|start_of_turn|start_of_role|start_header_id|header_start|bom|im_\w+|bos"
    r"|start_of_turn_token)"
)
_HEADER_END: Final = r"<\|(?:im_middle|im_sep|end_header_id|header_end|end_of_role)\|>"
_HEADED: Final = re.compile(
    rf"\s{{0,9}}(?P<name>[^\s<>|](?:[^<>\n|]{{0,58}}[^\s<>|])?)\s{{0,9}}(?={_HEADER_END})", re.IGNORECASE
)
_WORDS: Final = "|".join(_ROLES)
_ROLE_WORD: Final = re.compile(
    rf"\s{{0,9}}(?P<name>(?i:{_WORDS}))\b(?:\.[\w.]{{1,60}})?(?:[ \t]+(?:name|to)=[^\s<]{{1,60}})?"
    r"(?=[ \t]*(?:\n|:|\Z|<\||\[\||<｜)|[ \t]+[^\sa-z]|(?:(?<=>user)|(?<=>model)|(?<=>assistant))[ \t]+\S)[ \t]*:?"
)
_LABEL_OR_MARK: Final = re.compile(
    rf"\s{{0,9}}(?:(?:GPT4 (?:Correct )?)?(?:{_WORDS})\s*:|<\||<｜|\[\||\[/?INST\]|</?s>|<[be]os>|<sep>)", re.IGNORECASE
)

_SPOKEN_OF_BEFORE: Final = re.compile(r"[\w,;:] \Z")
_SPOKEN_OF_AFTER: Final = re.compile(r" (?=[^\W\d_A-Z]|\d|\()|[?.,;:!)…]")
_QUOTES: Final = {"`": "`", '"': '"', "'": "'", "“": "”", "‘": "’", "(": ")", "«": "»", "„": "“", "「": "」"}
# Words that no sentence ends with: what follows them is part of it. Others, where the sentence goes on.
_UNFINISHED: Final = re.compile(
    r"(?:\b(?:an?|the|of|by|with|without|is|are|was|called|named|as|than|or|and|between|tokens?|tags?|marks?|string|word)"
    r"|^[ \t]*(?:[-*•]|\d{1,2}[.)])) \Z",
    re.IGNORECASE | re.MULTILINE,
)
_GOES_ON: Final = re.compile(
    r"\b(?:this|that|these|does|do|did|means?|like|in|on|at|to|for|from|before|after|use|uses|write|add|close|type|insert"
    r"|remove|see|get|got|has|have|contains?|prints?|shows?|says?|returns?|outputs?) \Z",
    re.IGNORECASE,
)
_AN_END: Final = re.compile(r"[.?!…]\Z")
_NEW_SENTENCE: Final = re.compile(r"\n|[A-Z]")
_SPEAKS_OF_IT: Final = re.compile(
    r"[ \t]+(?:is|isn't|was|are|were|and|or|in|at|on|means?|appears?|shows?|comes?|came|keeps?|does|doesn't|looks?"
    r"|seems?|stands?|gets?|should|breaks?|leaks?|ends?)\b"
)
_APART: Final = re.compile(r"[ \t]+[^\W\d_A-Z]|[ \t]*[?.,;:!)]")
_CODE: Final = re.compile(r"```.*?```|``[^`]+``|`[^`\n]+`", re.DOTALL)
_WRAPPED: Final = re.compile(r"(?P<begin>\s*(?:```[^\n`]*\n|`))(?P<inner>[^`]+)(?P<end>(?:```|`)\s*)")
_MAX_TRIES: Final = 200
_DECODER: Final = json.JSONDecoder(strict=False)


class Mark(NamedTuple):
    """A mark that counts: where it stands, and what it does."""

    start: int
    end: int
    # A role whose turn it opens, `END` of a turn, or `PLAIN`.
    does: str


def marks_of_turns(text: str) -> list[Mark]:
    """The marks in a text that are not only spoken of, in order."""
    found = sorted([*_special(text), *_at_edges(text)])
    if not found:
        return []
    kept = _kept(text)
    counting: list[Mark] = []
    pending = False  # the end of a turn that is spoken of is so, too
    for mark in found:
        if kept[mark.start] or (counting and mark.start < counting[-1].end):
            continue
        if is_spoken_of(text, mark) or (pending and mark.does == END and text[mark.end :].strip()):
            pending = mark.does != END
            continue
        counting.append(mark)
    return counting


def is_spoken_of(text: str, mark: Mark) -> bool:
    """Whether a mark stands in the midst of a sentence, or in quotation marks."""
    before, after = text[max(0, mark.start - 60) : mark.start], text[mark.end : mark.end + 60]
    if before and after[:1] and _QUOTES.get(before[-1]) == after[0]:
        return len(text) > mark.end - mark.start + 2
    if not before.strip() and not text[: mark.start].strip():
        return mark.does in (END, PLAIN) and _SPEAKS_OF_IT.match(after) is not None
    if _UNFINISHED.search(before) or (after.strip() and _GOES_ON.search(before)):
        return True
    return _SPOKEN_OF_BEFORE.search(before) is not None and _SPOKEN_OF_AFTER.match(after) is not None


def first_turn(text: str) -> str:
    """The first turn of a text without its marks; "" where it is a system's or a tool's, or empty.

    A text without any mark is left as it is. Marks within code that is the whole text stand around what it holds.
    """
    if wrapped := _WRAPPED.fullmatch(text):
        words = first_turn(wrapped["inner"])
        return f"{wrapped['begin']}{words}{wrapped['end']}" if words.strip() else text
    marks = marks_of_turns(text)
    at, opened, ended = 0, PLAIN, False
    for mark in marks:
        if text[at : mark.start].strip():
            break
        if mark.does in (SYSTEM, TOOL, CALL):
            return ""
        if mark.does not in (PLAIN, END):
            if ended or opened not in (PLAIN, mark.does):  # what came before it was an empty turn
                return ""
            opened = mark.does
        ended = ended or mark.does == END
        at = mark.end
    inner = [mark for mark in marks if mark.start >= at]
    end = next((mark.start for mark in inner if mark.does != PLAIN), len(text))
    for mark in reversed(inner):
        if mark.end <= end and not text[mark.end : end].strip():
            end = mark.start
    return text[at:end] if marks else text


def another_speaks(text: str) -> bool:
    """Whether a turn in it that is a user's, a system's or a tool's has words, so that not all are the model's own."""
    marks = marks_of_turns(text)
    another = False
    for mark, following in itertools.zip_longest(marks, [one.start for one in marks[1:]]):
        if mark.does in (USER, SYSTEM, TOOL, ASSISTANT, CALL):
            another = mark.does not in (ASSISTANT, CALL)
        if another and text[mark.end : following].strip():
            return True
    return False


def another_begins(text: str) -> bool:
    """Whether the first turn of a text is a user's, a system's or a tool's."""
    at = 0
    for mark in marks_of_turns(text):
        if text[at : mark.start].strip() or mark.does not in (PLAIN, USER, SYSTEM, TOOL):
            break
        if mark.does != PLAIN:
            return True
        at = mark.end
    return False


def end_of_header(text: str) -> int:
    """Where the marks end with which a turn of a user's or a model's begins; 0 where it begins with none."""
    at = 0
    for mark in marks_of_turns(text):
        if text[at : mark.start].strip() or mark.does in (END, SYSTEM, TOOL, CALL):
            break
        if text.startswith(("<|channel", "<|think", "<|START_THINK"), mark.start):
            break
        at = mark.end
    return at


def _special(text: str) -> list[Mark]:
    marks = []
    for found in _SPECIAL.finditer(text):
        # Users write such placeholders: nothing stands between a mark and the words.
        apart = (found["number"] or found["placeholder"]) and _APART.match(text, found.end())
        apart = apart or (found["placeholder"] and text[: found.start()][-1:].isspace())
        if not apart and not _END_OF_TALK.search(_name_in(found)):
            marks.append(_special_mark(text, found))
    return marks


def _special_mark(text: str, found: re.Match[str]) -> Mark:
    name = _name_in(found)
    if found["role"]:
        return Mark(found.start(), found.end(), _ROLES.get(name, PLAIN))
    if (
        found["minimax_end"]
        or (_END_NAME.fullmatch(name) and not found["begin"])
        or (found["close"] and name == "turn")
    ):
        return Mark(found.start(), found.end(), END)
    does = _role_of(name)
    heads = found["minimax"] or found["number"] or _HEADER_NAME.fullmatch(name)
    headed = _HEADED.match(text, found.end()) if does in (USER, ASSISTANT, SYSTEM) or heads else None
    if headed := headed or (_ROLE_WORD.match(text, found.end()) if heads else None):
        role = _ROLES.get(re.split(r"[_.]", _plain(headed["name"]))[0], NAMED)
        return Mark(found.start(), headed.end(), role)
    # Without a role it still begins another turn, unless the text begins with it.
    opens = found["number"] or found["minimax"] or name in ("im_start", "start_of_turn", "start_header_id", "turn")
    if opens and text[: found.start()].strip():
        does = does or NAMED
    return Mark(found.start(), found.end(), does)


def _name_in(mark: re.Match[str]) -> str:
    return _plain(next((value for value in mark.groupdict().values() if value is not None), ""))


def _plain(name: str) -> str:
    return re.sub(r"[▁ -]", "_", name.casefold())


def _role_of(name: str) -> str:
    words = set(re.split(r"[\W_]+", name)) - _AFFIXES
    if len(words) == 1 and (role := _ROLES.get(next(iter(words)))):
        return role
    if words & {"tool", "tools", "function", "python"}:
        if words & {"response", "responses", "result", "results", "output", "outputs"}:
            return TOOL
        return CALL if words & {"call", "calls", "tag", "use"} else PLAIN
    return PLAIN


def _at_edges(text: str) -> list[Mark]:
    """Marks that count at the very edges of a text, or before a role and another mark."""
    found = list(_EDGE.finditer(text))
    if not found:
        return []
    begun, ending = _edges(text)
    asked = any(one[0].casefold() == "[inst]" and one.end() <= begun for one in found)
    struck = _is_struck(text, found)
    marks: list[Mark] = []
    for one in found:
        name = one[0].casefold()
        at_edge = one.end() <= begun or one.start() >= ending
        if name in ("<s>", "</s>") and struck:
            continue
        if name == "[inst]" and one.end() <= begun:
            marks.append(Mark(*one.span(), USER))
        elif not at_edge and ((name == "[/inst]" and asked) or _ends_before(text, one)):
            marks.append(Mark(*one.span(), END))
        elif at_edge:
            marks.append(Mark(*one.span(), PLAIN))
    return marks


def _ends_before(text: str, mark: re.Match[str]) -> bool:
    """Whether another turn begins behind a mark: by its label or mark, or since both are sentences of their own."""
    if mark[0].casefold() not in _EDGE_ENDS:
        return False
    apart = _AN_END.search(text[: mark.start()][-1:]) and _NEW_SENTENCE.match(text, mark.end())
    return bool(apart) or _LABEL_OR_MARK.match(text, mark.end()) is not None


def _edges(text: str) -> tuple[int, int]:
    """Where the marks end that a text begins with, and where those begin that it ends with."""
    spans = sorted(one.span() for pattern in (_SPECIAL, _EDGE) for one in pattern.finditer(text))
    begun, ending = 0, len(text)
    for start, end in spans:
        if text[begun:start].strip():
            break
        begun = max(begun, end)
    for start, end in reversed(spans):
        if text[end:ending].strip():
            break
        ending = min(ending, start)
    return begun, ending


def _is_struck(text: str, found: list[re.Match[str]]) -> bool:
    """Whether `<s>` and `</s>` are HTML in it: they stand in pairs, but for one around the whole."""
    names = [one[0].casefold() for one in found if one[0].casefold() in ("<s>", "</s>")]
    if "<s>" not in names or "</s>" not in names or names.index("<s>") > names.index("</s>"):
        return False
    first = next(one for one in found if one[0].casefold() == "<s>")
    if text[: first.start()].strip():
        return True
    whole = len(names) == 2 and text.rstrip().casefold().endswith("</s>")
    return not (whole or _LABEL_OR_MARK.match(text, first.end()))


def _kept(text: str) -> bytes:
    """For each character whether it stands in code or in JSON: marks there are quoted."""
    spans = [one.span() for one in _CODE.finditer(text)]
    at = text.find("{")
    for _ in range(_MAX_TRIES):
        if at < 0:
            break
        try:
            _, end = _DECODER.raw_decode(text, at)
            spans.append((at, end))
        except (ValueError, RecursionError):
            end = at + 1
        at = text.find("{", end)
    kept = bytearray(len(text))
    for start, end in spans:
        kept[start:end] = b"\1" * (end - start)
    return bytes(kept)
