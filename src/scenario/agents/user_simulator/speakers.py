"""How models name who speaks, in the languages that they speak: before a line, and before the other side's. Pure."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

_USERS: Final = (
    "(?:the |end[- ]|simulated |human )?(?:user|customer|client|human|caller)(?: simulator)?|me"
    "|benutzer(?:in)?|nutzer(?:in)?|anwender(?:in)?|kund(?:e|in)"
    "|utilisat(?:eur|rice)|cliente?|usuari[oa]|utente|usuário|gebruiker|klant|klient|użytkownik|kullanıcı|müşteri"
    "|пользователь|клиент|用户|用戶|客户|顾客|ユーザー?|顧客|お客様|사용자|고객|المستخدم|उपयोगकर्ता"
)
_AGENTS: Final = (
    "(?:the |ai |virtual |support |customer service |service )?(?:agent|assistant|chatbot)"
    "|agent(?:in|e)|assistent(?:in|e)?|assistante|asistente|agente|assistente|asistent|asystent|asistan"
    "|ассистент|помощник|агент|助手|助理|客服|アシスタント|エージェント|어시스턴트|상담원|المساعد"
)
# A text with more names than these shows a dialogue: it is not looked at further.
_MOST_LABELS: Final = 50
# Names of the other side that may as well stand before a user's own words.
_MACHINES: Final = (
    "ai|bot|model|system|support(?: agent| team)?|(?:support |customer service )?representative|operator|chatgpt|claude"
    "|gemini|llm|help ?desk|shop|server|staff|clerk"
)
_REPLY: Final = "(?:(?:'s|’s)? (?:response|reply|answer|message))?"


def _label(names: str) -> str:
    """A name and its colon, with what is written around it: "**User (Anna):**", "[Customer]:", "### User:"."""
    beside = r"(?: ?#?\d{1,2})?(?:\s*\([^)\n]{1,40}\))?[*_]{0,3}\s*[:：][*_]{0,3}\s*"
    return rf"(?:#{{1,4}}[ \t]*)?[*_\[<]{{0,3}}(?:{names})(?!\w)[\])>]?{beside}"


# Faces and busts, as transcripts have them.
_PICTURES: Final = "(?:[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f\u200d]{1,5}\\s*)?"
_MARKS: Final = (
    r"[^\W\d_][\w'-]{0,30} \((?:the )?(?:user|customer|client)\)\s*:\s*|<\|(?:user|prompter)\|>\s*|\[INST\]\s*"
)
_BEGINS: Final = re.compile(rf"\A\s*(?:{_PICTURES}{_label(_USERS)}|{_MARKS})", re.IGNORECASE)
_USER_NEXT: Final = re.compile(rf"\n\s*{_label(_USERS)}", re.IGNORECASE)
_AGENT_BEGINS: Final = re.compile(rf"\A\s*{_label(_AGENTS)}", re.IGNORECASE)
_TURN: Final = (
    r"\s*<\|(?:assistant|user|system)\|>|\s*\[/INST\]|\n\s*<(?:assistant|agent)>"
    r"|\n\s*#{2,4}[ \t]*(?:Response|Assistant|Agent|Output):?[ \t]*(?=\n|\Z)"
)
_OTHERS: Final = f"(?:{_AGENTS}|{_MACHINES}){_REPLY}"
_AGENT_NEXT: Final = re.compile(rf"\n\s*(?P<label>{_label(_OTHERS)})|{_TURN}", re.IGNORECASE)
_ANY_NEXT: Final = re.compile(rf"\n\s*(?P<label>{_label(f'{_OTHERS}|{_USERS}')})|{_TURN}", re.IGNORECASE)
_MACHINE_LABEL: Final = re.compile(rf"\A{_label(f'(?:{_MACHINES}){_REPLY}')}", re.IGNORECASE)
# Within a line only in bold or after the end of a sentence, and by the name that no user writes so.
_IN_LINE: Final = re.compile(r"(?<=[.?!…\"”])[ \t]+(?:\*\*Assistant:?\*\*:?|\*\*Agent:\*\*|Assistant:)\s")
# What announces that others' words are quoted.
_COLON_BEFORE: Final = re.compile(r"[:：][ \t*_]*(?:\n|\Z)")
_QUOTATION: Final = re.compile(
    r"\b(?:logs?|chats?|chat ?log|transcripts?|conversations?|dialog(?:ue)?s?|history|said|says|wrote|writes|replied"
    r"|repl(?:y|ies)|answered|answers?|pasted?|pasting|copied|copy|screenshots?|quot(?:e|es|ed)|reads|got|received)\b",
    re.IGNORECASE,
)
_PASTED: Final = re.compile(r"\b(?:logs?|transcripts?|pasted?|pasting|copied)\b", re.IGNORECASE)
_SENTENCE_ENDS: Final = frozenset('.?!…"”')
# A line of a form: "Office: Berlin".
_FIELD: Final = re.compile(r"\s*[^\W\d_][\w /-]{0,30}[:：]\s*\S")
_PERSONA_NAME: Final = re.compile(
    r"\A(?:You are |I am |I'm |My name is |This is )?([A-Z][\w'-]+(?: [A-Z][\w'-]+)?)(?=,| \(| is\b| who\b|\.|\Z)"
)


def own_words(text: str, *told: str) -> str:
    """What the user says of a text that may have a name before it, and the other side's answer after it.

    What may as well be a log or a form that the user shows stays.

    Args:
        text: without thoughts and marks.
        told: texts that say who the user is; the names that they begin with may stand before the line too.
    """
    if (agent := _AGENT_BEGINS.match(text)) is not None:
        # Both sides, the other one first.
        turn = _USER_NEXT.search(text, agent.end())
        text = text if turn is None or _is_form(text) else text[turn.start() :]
    named = _BEGINS.match(text)
    if named is not None and (_is_form(text) or _is_field(named[0], text[named.end() :])):
        named = None
    named = named or next(filter(None, (_by_name(text, one) for one in told)), None)
    if named is not None:
        text = text[named.end() :]
    for number, other in enumerate((_ANY_NEXT if named else _AGENT_NEXT).finditer(text)):
        if number >= _MOST_LABELS and other["label"]:
            continue
        if not _is_of_a_form(text, other) and _is_next_turn(text, other, is_named=named is not None):
            text = re.sub(r"\n\s*(?:#{2,}|[-*_=]{3,})\s*\Z", "", text[: other.start()])
            break
    inline = _IN_LINE.search(text)
    if inline is not None and not _quotes(text[: inline.start()]):
        text = text[: inline.start()]
    return text.strip()


def other_speakers(text: str) -> bool:
    """Whether names of speakers stand before lines of it, be they the user's own words or another's."""
    if _is_form(text):
        return False
    if _BEGINS.match(text) is not None:
        return True
    found = islice((one for one in _ANY_NEXT.finditer(text) if one["label"]), _MOST_LABELS)
    return any(not _is_of_a_form(text, one) for one in found)


def speaks_as_agent(text: str) -> bool:
    """Whether the line bears the other side's name."""
    return re.match(r"\s*[*_\[]{0,3}(?:AI )?Assistant[\]]?[*_]{0,3}\s*:", text) is not None


def _by_name(text: str, persona: str) -> re.Match[str] | None:
    name = _PERSONA_NAME.match(persona.strip())
    if name is None:
        return None
    full = re.escape(name[1])
    first = re.escape(name[1].split()[0])
    return re.match(rf"\s*[*_]{{0,3}}(?:{full}|{first})[*_]{{0,3}}\s*[:：][*_]{{0,3}}\s*", text)


def _is_next_turn(text: str, other: re.Match[str], *, is_named: bool) -> bool:
    """Whether another speaks from here on, and is not quoted: for sure, as the rest of the text is cut."""
    label, before = other["label"], text[: other.start()]
    if label is None:
        return True
    said = text[other.end() :]
    gap = text[other.start() : other.end()].removesuffix(label).count("\n")
    # What is called "System:" may be a field of a form.
    if _MACHINE_LABEL.match(label) and not (is_sentence(said.split("\n", 1)[0]) and said[0].isupper()):
        return False
    if is_named:
        return _COLON_BEFORE.search(before) is None and _PASTED.search(before) is None
    if _quotes(before) or before.rstrip().endswith((",", ";")) or _ANY_NEXT.search(f"\n{before}"):
        return False
    ends = all(part.rstrip()[-1:] in _SENTENCE_ENDS for part in (before, said)) and _MACHINE_LABEL.match(label) is None
    is_sure = gap > 1 or ends or re.match(r"[*#]|assistant", label, re.IGNORECASE) is not None
    return is_sure and not said[:1].islower() and not _is_field(label, said)


def _quotes(before: str) -> bool:
    return _COLON_BEFORE.search(before) is not None or _QUOTATION.search(before) is not None


_TALK: Final = re.compile(
    r"(?:hi|hello|hey|yes|no|ok|okay|sure|thanks?|thx|yep|nope|maybe|please|help|what|why|how|when|where|who|bye|great"
    r"|fine|nothing|none|stop|good|i|hallo|ja|nein|danke|bitte|s[ií]|non|oui|merci|hola|gracias|ciao|wait|sorry)\.?",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[A-Za-zÀ-ÿ0-9&.'’_-]+")


def _is_field(label: str, value: str) -> bool:
    """Whether it is a field with a name in it: "Client: ACME Ltd", "User: bob"."""
    value = value.strip()
    words = value.split()
    if not re.fullmatch(r"\s*[^\W\d_][\w -]*[:：][ \t]*", label) or re.match(r"\s*(?:me|human|simul)", label.lower()):
        return False
    if not 0 < len(words) <= 3 or value[-1] in "?!…,;" or not all(_WORD.fullmatch(word) for word in words):
        return False
    if _TALK.fullmatch(words[0]) or not any(letter.isalpha() for letter in value):
        return False
    return len(words) == 1 != value.endswith(".") or all(word[0].isupper() or word[0].isdigit() for word in words)


def _is_form(text: str) -> bool:
    """Whether the first lines are fields, and not all of them speakers'."""
    first, *rest = text.strip().split("\n")
    return bool(_FIELD.match(first) and rest and _FIELD.match(rest[0])) and not (
        _ANY_NEXT.match(f"\n{first}") and _ANY_NEXT.match(f"\n{rest[0]}")
    )


def is_sentence(text: str) -> bool:
    """Whether it is said, and not the value of a field: "not found", "E42"."""
    words = text.split()
    if not text.isascii():
        return len(text.strip()) > 1
    ends = text.rstrip()[-1:] in (".", "?", "!")
    return len(words) > 3 or (len(words) > 1 and (text.lstrip()[:1].isupper() or ends)) or (len(words) == 1 and ends)


def _is_of_a_form(text: str, label: re.Match[str]) -> bool:
    """Whether the name stands in a list of fields, or in what the user quotes, and nobody speaks."""
    if text[: label.start()].rstrip().endswith((":", "：")):
        return True
    before = text[: label.start()].rsplit("\n", 1)[-1]
    after = text[label.end() :].split("\n", 2)
    following = after[1] if len(after) > 1 else ""
    gap = text[label.start() : label.end()].lstrip(" \t").startswith("\n\n")
    fields = [line for line in ("" if gap else before, following) if _FIELD.match(line)]
    return any(_ANY_NEXT.match("\n" + line) is None and _BEGINS.match(line) is None for line in fields)
