"""What the fields of a request are for, by their names: how a body is filled, and made a template. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

_TEXTS: Final = frozenset(
    {
        "message", "prompt", "input", "query", "question", "text", "content", "userinput", "usermessage", "msg", "q",
        "inputtext", "userquery", "userprompt", "utterance", "chatinput", "inputvalue", "request",
    }
)  # fmt: skip
_LISTS: Final = frozenset({"messages", "history", "conversation", "chathistory", "inputs"})
_IDS: Final = frozenset(
    {
        "threadid", "sessionid", "conversationid", "chatid", "session", "thread", "contextid", "sessionkey", "userid",
        "user", "id",
    }
)  # fmt: skip
# What a conversation is called whose field holds its id, and not its messages.
_CONVERSATION: Final = re.compile(
    r".*(?:session|conversation|thread)(?:uuid|id)?|.*(?:chat|dialog|dialogue|context)(?:uuid|id)"
)
_STREAMS: Final = frozenset({"stream", "streaming", "isstream", "streamresponse"})


# Fields that only one dialect's request has.
_MARKS: Final[Mapping[str, frozenset[str]]] = {
    "ag-ui": frozenset({"threadId", "runId"}),
    "adk": frozenset({"appName", "newMessage"}),
    "vercel-ui": frozenset({"messages", "trigger"}),
    "a2a-1.0": frozenset({"jsonrpc", "method"}),
    "langgraph": frozenset({"assistant_id"}),
    "openai-chat": frozenset({"model", "messages"}),
}


def dialect_of_fields(names: Iterable[str]) -> str | None:
    """The dialect whose requests have fields of these names; None where they are anybody's."""
    given = set(names)
    return next((dialect for dialect, marks in _MARKS.items() if marks <= given), None)


# All that a dialect's own requests have where nothing was added to them.
_WHOLE: Final[Mapping[str, frozenset[str]]] = {
    "ag-ui": frozenset(
        {"threadId", "runId", "parentRunId", "messages", "tools", "context", "state", "forwardedProps", "resume",
         "protocolVersion"}
    ),
    "vercel-ui": frozenset({"id", "messages", "trigger", "messageId"}),
}  # fmt: skip


def is_whole_request(dialect: str, body: Any) -> bool:
    """Whether a body is the dialect's own and nothing more, so that the dialect can write the next one."""
    if not isinstance(body, dict) or dialect_of_fields(body) != dialect or dialect not in _WHOLE:
        return False
    own = _WHOLE[dialect]
    return all(name in own or not value for name, value in body.items()) and not body.get("tools")


def plain_name(name: str) -> str:
    """A name without what tells spellings apart: sessionId, session_id and session-id are one."""
    return name.replace("_", "").replace("-", "").lower()


def holds_conversation_id(name: str) -> bool:
    """Whether a text under that name is a conversation's id."""
    return _CONVERSATION.fullmatch(plain_name(name)) is not None


def value_for(name: str, kind: str = "") -> Any:
    """What a field of that name is filled with; None where its name says nothing.

    Args:
        name: of the field.
        kind: the JSON Schema type, if that is known.
    """
    plain = plain_name(name)
    if plain in _LISTS and kind in ("", "array"):
        return "$messages"
    if kind == "string" and holds_conversation_id(name):
        return "$thread_id"
    if plain in _TEXTS and kind in ("", "string"):
        return "$message"
    if plain in _IDS and kind in ("", "string"):
        return "$thread_id"
    if plain in _STREAMS and kind in ("", "boolean"):
        return True
    return None


def body_from_names(names: list[str]) -> dict[str, Any]:
    """A body of the fields that a server said are missing; one of no known name is taken for the text."""
    body = {name: value_for(name) for name in names}
    unknown = [name for name, value in body.items() if value is None]
    holds_text = any(value in ("$message", "$messages") for value in body.values())
    return body | dict.fromkeys(unknown, "" if holds_text else "$message")


def template_of(body: Any) -> Any:
    """A body that was sent, its dollar signs escaped, as a template: text, conversation and its id are placeholders."""
    if isinstance(body, list):
        return [template_of(item) for item in body]
    if not isinstance(body, dict):
        return body
    template: dict[str, Any] = {}
    for key, value in body.items():
        replaced = _placeholder(key, value)
        template[key] = template_of(value) if replaced is None else replaced
    return template


def _placeholder(key: str, value: Any) -> str | None:
    plain = plain_name(key)
    if plain in _LISTS and isinstance(value, list) and all(isinstance(one, dict) and "role" in one for one in value):
        simple = all(set(one) <= {"role", "content", "id"} for one in value)
        return "$messages" if value and simple else None
    if isinstance(value, str) and plain in _TEXTS:
        return "$message"
    if not isinstance(value, str):
        return None
    if plain in _IDS - {"user", "userid", "id"} or (holds_conversation_id(key) and " " not in value):
        return "$thread_id"
    return None


def escaped(value: Any) -> Any:
    """A value in which dollar signs stand for themselves."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, Mapping):
        return {key: escaped(item) for key, item in value.items()}
    return [escaped(item) for item in value] if isinstance(value, list) else value
