"""The conversation as a judge reads it: numbered, and marked so that nothing said in it can pass for anything else.

Every line of what somebody said begins with a mark, in look-ups too, so that a message cannot forge another message, a
tool's result or the end of the transcript. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from scenario.agents.message_text import calls_of, text_of, tool_names
from scenario.types import Message

_SPEAKERS: Final = {"user": "user", "assistant": "agent", "system": "system", "developer": "system"}
_SAID: Final = "  | "
_CALLED: Final = "  > calls "
# No angle bracket: with what follows it would look like a tag.
_RETURNED: Final = "  = "
_OUTLINE: Final = 120
_OUTLINE_ENDS: Final = 150
# Characters of what one look-up shows.
LOOKED_UP: Final = 12_000
_PLAIN_NAME: Final = re.compile(r"a tool|[\w.-]{1,80}")
_LONGEST_NAME: Final = 80


def transcript_text(messages: Sequence[Message]) -> str:
    """The whole conversation."""
    names = tool_names(list(messages))
    return "\n".join(_shown(index, message, names) for index, message in enumerate(messages))


def outline_text(messages: Sequence[Message]) -> str:
    """One line for each message, with its beginning and its length; of very many, the first and the last."""
    names = tool_names(list(messages))
    lines = [_outlined(index, message, names) for index, message in enumerate(messages)]
    if len(lines) > 2 * _OUTLINE_ENDS:
        left_out = f"({len(lines) - 2 * _OUTLINE_ENDS} messages are left out here)"
        lines = [*lines[:_OUTLINE_ENDS], left_out, *lines[-_OUTLINE_ENDS:]]
    return "\n".join(lines)


def expanded_text(messages: Sequence[Message], start: int, end: int) -> str:
    """The messages from index `start` to `end`, both included, as far as they fit."""
    names = tool_names(list(messages))
    shown = [_shown(i, messages[i], names) for i in range(max(0, start), min(len(messages), end + 1))]
    text = "\n".join(shown) or f"There are no such messages; there are 0 to {len(messages) - 1}."
    return _cut(text)


def found_text(messages: Sequence[Message], pattern: str) -> str:
    """The lines of the conversation that hold `pattern`, without regard to case, each with its message's head."""
    wanted = pattern.casefold()
    names = tool_names(list(messages))
    found = [
        f"{_head(index, message, names)}{line}"
        for index, message in enumerate(messages)
        for line in _marked(message)
        if wanted and wanted in line.casefold()
    ]
    return _cut("\n".join(found) or f"Nothing in the conversation holds {shown_name(pattern)}.")


def _cut(text: str) -> str:
    """What look-ups found, as far as it fits."""
    return text if len(text) <= LOOKED_UP else text[:LOOKED_UP] + "\n(cut here: ask for less)"


def shown_name(name: str) -> str:
    """What somebody else has named, on one line and in quotation marks, so that it is nothing but a name."""
    return repr(name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "…")


def _head(index: int, message: Message, names: dict[str, str]) -> str:
    return f"[{index}] {_speaker(message, names)}:"


def _speaker(message: Message, names: dict[str, str]) -> str:
    role = str(message.get("role"))
    if role == "tool":
        name = str(names.get(str(message.get("tool_call_id")), message.get("name") or "a tool"))
        return f"result of the agent's call of {name if _PLAIN_NAME.fullmatch(name) else shown_name(name)}"
    return _SPEAKERS.get(role) or f"somebody with the role {shown_name(role)}"


def _shown(index: int, message: Message, names: dict[str, str]) -> str:
    return "\n".join([_head(index, message, names), *_marked(message)])


def _marked(message: Message) -> list[str]:
    """The lines of a message, each with its mark."""
    mark = _RETURNED if message.get("role") == "tool" else _SAID
    text = text_of(message)
    calls = calls_of(message)
    lines = [mark + line for line in (text.splitlines() or ["(nothing)"])] if text or not calls else []
    return lines + [_CALLED + _one_line(call) for call in calls]


def _outlined(index: int, message: Message, names: dict[str, str]) -> str:
    text = _in_a_line(message)
    if len(text) > _OUTLINE:
        text = f"{text[:_OUTLINE]}… ({len(text)} characters)"
    return f"{_head(index, message, names)}{_RETURNED if message.get('role') == 'tool' else _SAID}{text}"


def _in_a_line(message: Message) -> str:
    return _one_line(" ".join([text_of(message), *(f"calls {call}" for call in calls_of(message))]))


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def cut_in_outline(messages: Sequence[Message]) -> frozenset[int]:
    """The indexes of the messages that the outline does not show whole."""
    count = len(messages)
    left_out = range(_OUTLINE_ENDS, count - _OUTLINE_ENDS) if count > 2 * _OUTLINE_ENDS else ()
    cut = (index for index, message in enumerate(messages) if len(_in_a_line(message)) > _OUTLINE)
    return frozenset(cut) | frozenset(left_out)


def whole_in_expansion(messages: Sequence[Message], start: int, end: int) -> frozenset[int]:
    """The indexes of the messages that `expanded_text` shows whole: the last one may be cut."""
    names = tool_names(list(messages))
    whole: set[int] = set()
    size = 0
    for index in range(max(0, start), min(len(messages), end + 1)):
        size += len(_shown(index, messages[index], names)) + 1
        if size - 1 > LOOKED_UP:
            break
        whole.add(index)
    return frozenset(whole)


def messages_text(messages: Sequence[Message], indexes: Sequence[int]) -> str:
    """Some messages of the conversation, whole."""
    names = tool_names(list(messages))
    return "\n".join(_shown(index, messages[index], names) for index in indexes)
