"""Messages: what participants return becomes OpenAI-style message dictionaries of our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scenario.errors import ScriptTypeError
from scenario.protocols.json_text import write_json
from scenario.types import AgentRole, Message, ScenarioResult

# A JSON document nested deeper than this is no message; the bound keeps a hostile value from exhausting the stack.
MAXIMUM_DEPTH = 64

# To ask an abstract class takes ten times as long, and most messages are dictionaries.
_OBJECT: Final = (dict, Mapping)
_WRITES = {AgentRole.USER: "user", AgentRole.AGENT: "assistant", AgentRole.JUDGE: "assistant"}


def copied(value: Any, depth: int = 0) -> Any:
    """A deep copy of a JSON value; message objects of other libraries become dictionaries.

    Raises:
        ScriptTypeError: JSON cannot hold it.
    """
    if isinstance(value, str):
        return _speakable(value)
    if value is None or isinstance(value, int | float):
        return value
    if depth > MAXIMUM_DEPTH:
        raise ScriptTypeError(f"A message is nested deeper than {MAXIMUM_DEPTH} levels: that is no chat message.")
    if isinstance(value, _OBJECT):
        made = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise ScriptTypeError(f"A message has the key {key!r}: JSON's keys are strings.")
            # Plain texts are most of what there is, and the whole conversation is copied for each who is asked.
            is_plain = type(item) is str and item.isascii()
            made[key if key.isascii() else _speakable(key)] = item if is_plain else copied(item, depth + 1)
        return made
    if isinstance(value, list | tuple):
        return [copied(item, depth + 1) for item in value]
    dump = getattr(value, "model_dump", None)
    if callable(dump) and not isinstance(value, type):
        return copied(_dumped(dump), depth + 1)
    raise ScriptTypeError(
        f"A message holds a {type(value).__name__}, which JSON cannot hold: "
        "use strings, numbers, lists and dictionaries."
    )


def _speakable(text: str) -> str:
    """The text without halves of surrogate pairs: JSON can write them, and no server can be sent them."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _dumped(dump: Any) -> Any:
    # Message objects of client libraries carry dozens of unset fields that no server should be sent.
    try:
        return dump(exclude_unset=True, exclude_none=True)
    except TypeError:
        return dump()


def scripted(content: object, role: AgentRole) -> Message:
    """The message of a scripted line: text, or a message dictionary that is taken as it is.

    Raises:
        ScriptTypeError: it is neither.
    """
    if isinstance(content, str):
        return {"role": _WRITES[role], "content": _speakable(content)}
    if isinstance(content, Mapping):
        message: Message = copied(content)
        return message if "role" in message else {"role": _WRITES[role], **message}
    raise ScriptTypeError(
        f"scenario.{role.value.lower()}(...) takes text or a message dictionary, not {type(content).__name__} "
        f"({_shown(content)}); without an argument the participant itself is asked."
    )


def answer_message(answer: object) -> Message:
    """What the conversation shows of an answer to an interrupt: what a person would have said.

    It is marked with `resume`: agents that are given the answer in their protocol's own way are not told it twice.
    """
    if isinstance(answer, Mapping) and isinstance(approve := answer.get("approve"), bool):
        reason = answer.get("reason")
        said = ("Approved" if approve else "Rejected") + (f": {reason}" if reason else ".")
    else:
        said = answer if isinstance(answer, str) else write_json(answer)
    return {"role": "user", "content": _speakable(said), "resume": True}


def whole_message(message: object) -> Message:
    """A copy of a message dictionary that must have a role.

    Raises:
        ScriptTypeError: it is no dictionary, or has no role.
    """
    if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
        raise ScriptTypeError(
            f'A message is a dictionary such as {{"role": "user", "content": "Hi"}}, not {_shown(message)}.'
        )
    copy: Message = copied(message)
    return copy


def answered(value: object, role: AgentRole) -> list[Message] | ScenarioResult:
    """What a participant's `call` returned, as messages; a `ScenarioResult` stays what it is.

    Raises:
        ScriptTypeError: it is none of the kinds that a participant may return.
    """
    if isinstance(value, ScenarioResult):
        return value
    if isinstance(value, str):
        return [{"role": _WRITES[role], "content": _speakable(value)}]
    if isinstance(value, list):
        return [_message_of(item) for item in value]
    return [_message_of(value)]


def _message_of(value: object) -> Message:
    if isinstance(value, Mapping) or hasattr(value, "model_dump"):
        message = copied(value)
        role = getattr(value, "role", None)
        if isinstance(message, dict) and "role" not in message and isinstance(role, str):
            message = {"role": role, **message}  # a default, which a dump of the set fields leaves out
        if isinstance(message, dict) and isinstance(message.get("role"), str):
            return message
    raise ScriptTypeError(
        f"returned {_shown(value)} ({type(value).__name__}), which is no answer: return text, a message dictionary "
        "with a role, a list of such dictionaries, [] for silence, or a ScenarioResult."
    )


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "..."
