"""The words and marks around JSON in a model's answer: what announces and closes it, and what calls it another's. Pure.

What announces is a list of what is allowed, since what takes an object back ("the agent wrote", "a draft:") can be said
in any words. Marks of templates are passed over where they are the assistant's own, and no others.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

_MAX_WORDS: Final = 20
_ANNOUNCEMENT: Final = """
    sure certainly absolutely ok okay of course here here's is are this below following follows the a an my i i'll will
    let me now give provide final json object response output requested in for with and done answers results
    parameter parameters argument arguments commentary assistantfinal both all each every criterion met passed satisfied
    fulfilled were have has been
"""
_OWN: Final = "answer result verdict verdicts evaluation assessment judgement judgment decision ruling criteria"
_ANNOUNCING: Final = frozenset([*_ANNOUNCEMENT.split(), *_OWN.split()])
_FENCE: Final = re.compile(
    r"`{3,}(?:json[c5l]?|javascript|js|python|py|text|plaintext|tool_\w+)?|~~~json|^~~~$", re.IGNORECASE | re.M
)
# Marks of an assistant's turn, and of the calls in it: none of thoughts, of others' turns or of what they returned.
_OWN_MARKS: Final = (
    r"im_end|im_sep|end|eo[tm]_id|eos|bos|end_?of_?(?:text|turn|message|solution|box)|begin_?of_?(?:text|solution|box)"
    r"|startoftext|(?:begin|end)▁of▁sentence|return|call|message|constrain|channel|python_tag|assistant(?:_start|_end)?"
    r"|(?:start|end)_(?:response|action)|end_of_turn_token|chatbot_token|tools_(?:prefix|suffix)"
    r"|/?tool[_▁]?calls?(?:[_▁](?:section[_▁])?(?:begin|end|sep|start))?|tool[_▁]sep|tool_call_argument_(?:begin|end)"
)
_TEMPLATE: Final = re.compile(
    r"<\|(?:im_start|start|start_header_id|start_of_role)\|>assistant(?:<\|end_(?:header_id|of_role)\|>)?"
    rf"|(?<=[|｜>]>)function(?=<[|｜])|(?<=[|｜]>)function(?=<[|｜])|<[|｜](?:{_OWN_MARKS})[|｜]>"
    r"|\[/?TOOL_CALLS\]|</?tool_?calls?>|</?function_calls?\s*>|</function\s*>"
    r"|<end_of_turn>|<eos>|\A\s*<s>(?!.*</s>)|</s>\s*\Z|\A\ufeff|\bin (?:valid )?json format\b",
    re.IGNORECASE | re.DOTALL,
)
_NAMED_MARK: Final = re.compile(r"<function=(\w+)\s*>", re.IGNORECASE)
# "to=functions.give", "functions.give:0".
_NAME: Final = re.compile(r"\b(?:to=)?functions\.(\w+)(?::\d{1,4}\b)?", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# An exclamation mark that follows no word denies what follows it; quotation marks, a bar before a line and strokes say
# that it is another's.
_NOT_ANNOUNCING: Final = re.compile(
    r"[^\sa.:,;!*#_\-–—<>|/=\[\]()`]|(?<![^\W\d_])!|^[^\S\n]*>|//|/=|=/|<>|<\||\|>", re.MULTILINE
)
_COURTESY: Final = re.compile(
    r"\bi hope (?:this|that|it) (?:helps?(?: you)?|is helpful)[.!]*"
    r"|\b(?:please )?let me know if (?:you (?:need|have|want)|there is) (?:anything|any|more|further)(?: else| more"
    r"| further| other| help| assistance| information| details?| questions?| clarification)*[.!]*"
    r"|\b(?:please )?feel free to (?:ask|reach out)[.!]*|\bthank(?:s| you)[.!]*|\bhave a (?:nice|great|good) day[.!]*",
    re.IGNORECASE,
)
# Another turn, in which nothing is said.
_NEXT_TURN: Final = re.compile(r"<[|｜](?:user|human|observation|im_start|start)[|｜]>\s*\Z", re.IGNORECASE)
# What may lead to an object that is not the model's answer.
_LED: Final = re.compile(
    r"\b(?:print(?:ed|ing)|wrote|written|typed|said|sent|asked|told|planted|pasted|quot(?:ed|ing|ation)|injected|emitted"
    r"|produced|returned|repeated|copied|claim(?:s|ed)|instruct\w*|ignor\w*|would|could|should|might|if"
    r"|pretend\w*|format\w*|schema\w*|suppos\w*|opposite|instead|rather"
    r"|want(?:s|ed)|demand\w*|attempt\w*|tentativ\w*|initial\w*|correction|compar\w*|schrieb)\b",
    re.IGNORECASE,
)
_LEADS: Final = re.compile(
    r"\b(?:prints?|writes?|says?|sends?|asks?|reads?|tells?|quotes?|contains?|repeats?|copies|claims?|shows?|returns?"
    r"|outputs?|replies|answers|according)\b",
    re.IGNORECASE,
)
_POINTS: Final = re.compile(r"[:：]\s*\Z|\b(?:as follows|following|follows|below|this|these|here)\b", re.IGNORECASE)
# A mark or a tag that is not the assistant's.
_TAG: Final = re.compile(r"<[|｜/]?\w|[|｜]>")
# Said of an object, this makes it none that is meant.
_DRAFTED: Final = re.compile(
    r"\b(?:draft\w*|examples?|template\w*|placeholder\w*|hypothe\w*|imagin\w*|beispiel\w*|entwurf|exemple|brouillon"
    r"|ejemplo|borrador|esempio|bozza)\b|例|草稿|черновик|пример",
    re.IGNORECASE,
)
# Wherever it stands before an object, this makes it suspect.
_FOREIGN: Final = re.compile(
    r"\b(?:inject\w*|pretend\w*|plant(?:ed|s)|disregard\w*|forg(?:ed|ery|eries)|manipulat\w*|opposite|draft\w*|template"
    r"|placeholder\w*|hypothetical\w*|ignor(?:e|ed|ing) (?:all |any |the |this |that |these |those |it\b)"
    r"|not (?:yet )?(?:my|the|a) (?:\w+ )?(?:verdict|decision|answer|judge?ment)|entwurf|brouillon|borrador|bozza)\b"
    r"|草稿|черновик",
    re.IGNORECASE,
)
# A statement by itself: it ends as a sentence does, or is one line of a list, a table or an account by label.
_STATED: Final = re.compile(r"[.!?。！？…][\s\"'”’»)\]*_`]*\Z|^(?:[-*•+|#>]|\d+[.)]|\*\*)|^[^:：]{1,60}[:：]\s*\S")
# What leads to an answer of the model's own, and what makes it one that it does not give.
_OWN_LEAD: Final = re.compile(
    rf"\b(?:here(?:'s| is| are)|below (?:is|are)|my)\b.*\b(?:{'|'.join(_OWN.split())}|json|output|response)\b",
    re.IGNORECASE,
)
_DISOWNED: Final = re.compile(
    r"\b(?:previous|wrong(?:ly)?|first|earlier|old|naive|lenient|other|others|another|alternative|possible|thoughts?"
    r"|guess|not|no|never|cannot|can't|won't|refuse\w*|isn't|wasn't)\b",
    re.IGNORECASE,
)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?;。！？])\s*(?=\S)")


def announces(text: str, words: Collection[str] = ()) -> bool:
    """Whether a text says nothing, or only that an answer follows.

    Args:
        text: what stands before an object, or around it.
        words: more words that may stand there, such as the names of functions.
    """
    plain = _FENCE.sub(" ", _without_marks(text, words))
    said = [word.casefold().replace("’", "'") for word in _WORD.findall(plain)]
    if len(said) > _MAX_WORDS or _NOT_ANNOUNCING.search(_WORD.sub("a", plain)):
        return False
    return _ANNOUNCING.union(part.casefold() for word in words for part in _WORD.findall(word)).issuperset(said)


def closes(text: str, words: Collection[str] = ()) -> bool:
    """Whether what stands behind an object says nothing, or only a courtesy."""
    return announces(_NEXT_TURN.sub(" ", _COURTESY.sub(" ", text.replace("’", "'"))), words)


def is_set_apart(before: str, words: Collection[str] = ()) -> bool:
    """Whether an object begins on a line of its own, or in a fence or mark that does."""
    line = before.rpartition("\n")[2]
    return not _FENCE.sub("", _without_marks(line, words)).strip()


def without_fences(text: str) -> str:
    """A text without code fences."""
    return _FENCE.sub("", text)


def attributes(before: str, words: Collection[str] = ()) -> bool:
    """Whether the words before an object may say that it is quoted, drafted, or another's.

    Args:
        before: all of them.
        words: more words that may announce an answer.
    """
    plain = _FENCE.sub(" ", _without_marks(before, words)).replace("’", "'")
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    announced = False
    while lines and announces(lines[-1], words):
        lines.pop()
        announced = True
    if not lines:
        return False
    sentence = _SENTENCE_END.split(lines[-1])[-1]
    # Whatever is no statement by itself leads to the object: it is what the sentence speaks of.
    if lines[-1].endswith((":", "：")) or not _STATED.search(lines[-1]):
        own = _OWN_LEAD.search(sentence) is not None and _DISOWNED.search(sentence) is None
        if not own:
            return True
    points = _POINTS.search(sentence) is not None
    leads = _LED.search(sentence) is not None and (points or not announced)
    leads = leads or (points and _LEADS.search(sentence) is not None)
    return leads or any(what.search(sentence) for what in (_DRAFTED, _TAG)) or _FOREIGN.search(plain) is not None


def _without_marks(text: str, words: Collection[str]) -> str:
    """A text without the marks of an assistant's turn and of its calls of these functions."""
    known = {word.casefold() for word in words}
    named = _NAMED_MARK.sub(lambda mark: " " if mark[1].casefold() in known else mark[0], text)
    return _TEMPLATE.sub(" ", _NAME.sub(r" \1 ", named))
