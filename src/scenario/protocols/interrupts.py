"""What an agent that stopped for a human asks, in words; and whether it can be answered in words.

An interrupt is whatever the dialect's reader put into `Reply.interrupt`: {"kind": …} with what was asked beside it, or
in a list at "interrupts".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scenario.protocols.json_text import repaired, write_json

# A question is shown to people and models: no longer than so many characters.
_LONGEST: Final = 2000
_DEPTH: Final = 5
_WORD_KEYS: Final = ("message", "question", "prompt", "hint", "description", "prefix", "text", "form_content", "title")
# Where interrupts have what was asked, the most telling first.
_INNER_KEYS: Final = ("value", "toolConfirmation", "action_requests", "action_request", "args", "request")
_NAME_KEYS: Final = ("toolName", "name", "action")
_ARGUMENT_KEYS: Final = ("input", "arguments", "args")
# An agent that waits for one of these goes on with the next message.
_TALKS: Final = frozenset({"input-required"})


def question_of(interrupt: object) -> str:
    """What is asked, in words: the agent's own where it has some, else the call that it wants to make, else JSON."""
    asked = [words for one in _each(interrupt) if (words := _words(one, _DEPTH))]
    text = "\n".join(dict.fromkeys(asked)) or _words(interrupt, _DEPTH) or write_json(interrupt)
    return repaired(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def presentable(interrupt: object, depth: int = 64) -> Any:
    """An interrupt as it can be kept and written as JSON, whatever it holds and however deep it is nested."""
    if isinstance(interrupt, str):
        return repaired(interrupt)
    if interrupt is None or isinstance(interrupt, bool | float):
        return interrupt
    if isinstance(interrupt, int):
        return interrupt if interrupt.bit_length() < 64 else str(interrupt)
    if depth == 0:
        return "…"
    if isinstance(interrupt, Mapping):
        return {repaired(str(key)): presentable(value, depth - 1) for key, value in interrupt.items()}
    if isinstance(interrupt, list | tuple):
        return [presentable(value, depth - 1) for value in interrupt]
    return repr(interrupt)


def kind_of(interrupt: object) -> str:
    """The kind of an interrupt, as its dialect names it; empty where it has none."""
    kind = interrupt.get("kind") if isinstance(interrupt, Mapping) else None
    return kind if isinstance(kind, str) else ""


def takes_words(interrupt: object) -> bool:
    """Whether a line of the user's answers it: an open question does, an approval or a form does not."""
    return kind_of(interrupt) in _TALKS or _is_open_question(interrupt)


def spoken(interrupt: object, text: str) -> str | None:
    """The answer that a line of the user's is; None where it is none, or a message like any other."""
    return text if _is_open_question(interrupt) and text else None


def _is_open_question(interrupt: object) -> bool:
    asked = _each(interrupt)
    if len(asked) != 1 or not isinstance(one := asked[0], Mapping) or kind_of(interrupt) in _TALKS:
        return False
    value = one.get("value")
    if isinstance(value, str):
        # What a graph hands to `interrupt()`.
        return True
    if one.get("type") == "InputRequiredEvent":
        # LlamaIndex's own event for it, which HumanResponseEvent answers.
        return True
    schema = one.get("requestedSchema") or one.get("responseSchema")
    if not isinstance(schema, Mapping):
        return False
    fields = schema.get("properties")
    if one.get("requestedSchema") is not None and isinstance(fields, Mapping):
        return len(fields) == 1 and _is_text(next(iter(fields.values())))
    return _is_text(schema)


def _is_text(schema: object) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "string" and "enum" not in schema


def _each(interrupt: object) -> list[Any]:
    listed = interrupt.get("interrupts") if isinstance(interrupt, Mapping) else None
    return listed if isinstance(listed, list) and listed else [interrupt]


def _words(asked: object, depth: int) -> str:
    if isinstance(asked, str):
        return asked.strip()
    if depth == 0:
        return ""
    if isinstance(asked, list):
        return "\n".join(words for one in asked if (words := _words(one, depth - 1)))
    if not isinstance(asked, Mapping):
        return ""
    for key in _WORD_KEYS:
        if isinstance(found := asked.get(key), str) and found.strip():
            return found.strip()
    name = next((asked[key] for key in _NAME_KEYS if isinstance(asked.get(key), str) and asked[key]), "")
    if name:
        given = next((asked[key] for key in _ARGUMENT_KEYS if asked.get(key)), "")
        return f"{name}({given if isinstance(given, str) else write_json(given)})"
    for key in _INNER_KEYS:
        if words := _words(asked.get(key), depth - 1):
            return words
    reason = asked.get("reason")
    return reason if isinstance(reason, str) else ""
