"""Which tool of an MCP server is the agent under test, and which of its arguments the user's words are."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from scenario.errors import ConfigurationError
from scenario.late_pattern import late_pattern
from scenario.protocols.content_parts import cannot_carry, media_in
from scenario.protocols.protocol import Turn
from scenario.protocols.text_in_json import text_in

# What agents' tools call the user's words, the most usual first.
_MESSAGE_NAMES: Final = (
    "message",
    "user_message",
    "query",
    "user_query",
    "question",
    "prompt",
    "input",
    "user_input",
    "text",
    "content",
    "request",
    "instruction",
    "task",
    "q",
)
_THREAD_NAMES: Final = frozenset(
    f"{word}{end}" for word in ("thread", "session", "conversation", "context", "chat") for end in ("_id", "Id")
)
_HISTORY_NAMES: Final = frozenset({"messages", "history", "conversation", "chat_history"})
_TOKEN: Final = late_pattern(r"[A-Za-z0-9_-]{1,64}")
_PLAIN_HEADER: Final = late_pattern(r"(?! )[\x20-\x7e]*(?<! )")


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """The tool that is called for each turn.

    Attributes:
        argument: gets the user's words; None where only `history` does.
        thread: gets the conversation's id; None where the tool has no such argument.
        history: gets the whole conversation; None where the tool has no such argument.
        headers: arguments that the protocol of 2026 repeats as headers, with their headers' names.
    """

    name: str
    argument: str | None = None
    thread: str | None = None
    history: str | None = None
    headers: dict[str, str] = {}

    def arguments(self, turn: Turn) -> dict[str, Any]:
        """The arguments for a turn."""
        arguments: dict[str, Any] = {}
        if self.argument is not None:
            new = turn.new_messages or turn.messages[-1:]
            if self.history is None and (media := next(media_in(new), None)) is not None:
                cannot_carry(media, f"the MCP tool {self.name!r}", "its argument is a text")
            said = [text_in(one.get("content")) for one in new]
            arguments[self.argument] = "\n\n".join(text for text in said if text)
        if self.history is not None:
            arguments[self.history] = turn.messages
        if self.thread is not None:
            arguments[self.thread] = turn.thread_id
        return arguments


def tool_for(tools: Sequence[Mapping[str, Any]], wanted: str | None) -> Tool:
    """The tool that is meant: the one that is named as "tool" or "tool:argument", or the only one that there is.

    Raises:
        ConfigurationError: there is none, or several and none was named, or no argument can be the message.
    """
    by_name = {tool["name"]: tool for tool in tools}
    names = ", ".join(map(repr, by_name)) or "no tools"
    if wanted is None:
        if len(by_name) != 1:
            some = next(iter(by_name), "ask")
            raise ConfigurationError(
                f"The MCP server offers {names}. Say which tool is the agent under test: model={some!r}."
            )
        name, argument = next(iter(by_name)), ""
    else:
        name, _, argument = (wanted, "", "") if wanted in by_name else wanted.partition(":")
    if name not in by_name:
        raise ConfigurationError(f"The MCP server has no tool {name!r}. It offers {names}.")
    schema = by_name[name].get("inputSchema")
    return _tool(name, argument, schema if isinstance(schema, dict) else {})


def _tool(name: str, argument: str, schema: Mapping[str, Any]) -> Tool:
    given = schema.get("properties")
    properties = {key: one for key, one in given.items() if isinstance(one, dict)} if isinstance(given, dict) else {}
    required = schema.get("required")
    required = [key for key in properties if key in required] if isinstance(required, list) else []
    history = next((key for key, one in properties.items() if key in _HISTORY_NAMES and one.get("type") == "array"), "")
    thread = next((key for key, one in properties.items() if key in _THREAD_NAMES and _is_text(one)), None)
    if argument and properties and argument not in properties:
        raise ConfigurationError(f"The tool {name!r} has no argument {argument!r}. It has {_listed(properties)}.")
    texts = [key for key, one in properties.items() if _is_text(one) and key != thread]
    argument = argument or _message_argument(texts, required) or ("" if properties else "message")
    if not argument and not history:
        raise ConfigurationError(
            f"Which argument of the tool {name!r} is the user's message? It has {_listed(properties)}. "
            f"Say it: model='{name}:argument'."
        )
    tokens = {key: one.get("x-mcp-header") for key, one in properties.items()}
    return Tool(
        name=name,
        argument=argument or None,
        thread=thread,
        history=history if history and (history in required or not argument) else None,
        headers={
            key: f"Mcp-Param-{token}"
            for key, token in tokens.items()
            if isinstance(token, str) and _TOKEN.fullmatch(token)
        },
    )


def _message_argument(texts: Sequence[str], required: Sequence[str]) -> str:
    """The only text that is demanded, else one of a usual name, else the only text; "" where nothing tells."""
    demanded = [key for key in texts if key in required]
    for candidates in (demanded, list(texts)):
        if len(candidates) == 1:
            return candidates[0]
        if usual := [key for key in _MESSAGE_NAMES if key in candidates]:
            return usual[0]
    return ""


def _is_text(schema: Mapping[str, Any], depth: int = 3) -> bool:
    """Whether a text may stand there; a choice of fixed values is none."""
    if "enum" in schema or "const" in schema:
        return False
    kind = schema.get("type")
    options = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(options, list):
        return depth > 0 and any(isinstance(one, dict) and _is_text(one, depth - 1) for one in options)
    return kind == "string" or (isinstance(kind, list) and "string" in kind)


def _listed(properties: Mapping[str, Any]) -> str:
    return ", ".join(map(repr, properties)) or "no arguments"


def header_value(value: object) -> str:
    """A value as the protocol of 2026 writes it into a header: what would not survive there, in base64."""
    text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    if _PLAIN_HEADER.fullmatch(text) and not text.startswith("=?base64?"):
        return text
    return f"=?base64?{base64.b64encode(text.encode('utf-8', 'replace')).decode('ascii')}?="
