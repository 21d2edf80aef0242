"""How models name who speaks, in the languages that they speak: before a line, and before the other side's. Pure."""

from __future__ import annotations

import re
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
# Names of the other side that may as well stand before a user's own words.
_MACHINES: Final = "ai|bot|model|system"


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
_TURN: Final = r"\s*<\|(?:assistant|user|system)\|>|\s*\[/INST\]|\n\s*<(?:assistant|agent)>"
_AGENT_NEXT: Final = re.compile(rf"\n\s*{_label(_AGENTS)}|{_TURN}", re.IGNORECASE)
_ANY_NEXT: Final = re.compile(rf"\n\s*{_label(f'{_AGENTS}|{_MACHINES}|{_USERS}')}|{_TURN}", re.IGNORECASE)
# Within a line only in bold or after the end of a sentence, and by the name that no user writes so.
_IN_LINE: Final = re.compile(r"(?<=[.?!…\"”])[ \t]+(?:\*\*Assistant:?\*\*:?|\*\*Agent:\*\*|Assistant:)\s")
# A line of a form: "Office: Berlin".
_FIELD: Final = re.compile(r"\s*[^\W\d_][\w /-]{0,30}[:：]\s*\S")
_PERSONA_NAME: Final = re.compile(
    r"\A(?:You are |I am |I'm |My name is |This is )?([A-Z][\w'-]+(?: [A-Z][\w'-]+)?)(?=,| \(| is\b| who\b|\.|\Z)"
)


def own_words(text: str, *told: str) -> str:
    """What the user says of a text that may have a name before it, and the other side's answer after it.

    Args:
        text: without thoughts and marks.
        told: texts that say who the user is; the names that they begin with may stand before the line too.
    """
    if (agent := _AGENT_BEGINS.match(text)) is not None:
        # Both sides, the other one first.
        turn = _USER_NEXT.search(text, agent.end())
        text = text if turn is None else text[turn.start() :]
    named = _BEGINS.match(text) or next(filter(None, (_by_name(text, one) for one in told)), None)
    if named is not None:
        text = text[named.end() :]
    for other in (_ANY_NEXT if named else _AGENT_NEXT).finditer(text):
        if not _is_of_a_form(text, other):
            text = text[: other.start()]
            break
    return _IN_LINE.split(text, maxsplit=1)[0].strip()


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
