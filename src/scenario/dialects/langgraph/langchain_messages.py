"""LangChain's messages as they stand in JSON: what kind one is, and the text, thinking, usage and calls in it.

They come in three spellings: LangChain's own (`{"type": "ai", …}`), its constructor form (`{"lc": 1, "type":
"constructor", "id": […, "AIMessage"], "kwargs": {…}}`), and OpenAI's (`{"role": "assistant", …}`), which graphs may
keep in their state too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import msgspec

from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.types import Usage

Speaker: TypeAlias = Literal["agent", "tool", "other"]

_SPEAKERS: Final[Mapping[str, Speaker]] = MappingProxyType(
    {
        "ai": "agent",
        "assistant": "agent",
        "AIMessage": "agent",
        "AIMessageChunk": "agent",
        "tool": "tool",
        "ToolMessage": "tool",
        "ToolMessageChunk": "tool",
        "function": "tool",
        "human": "other",
        "user": "other",
        "system": "other",
        "developer": "other",
        "remove": "other",
        "chat": "other",
        "HumanMessage": "other",
        "HumanMessageChunk": "other",
        "SystemMessage": "other",
        "SystemMessageChunk": "other",
    }
)
_FINISH_KEYS: Final = ("finish_reason", "stop_reason", "done_reason")
_THOUGHT_BLOCKS: Final = ("thinking", "reasoning", "reasoning_content")


class ChatMessage(NamedTuple):
    """A message, whatever its spelling.

    Attributes:
        speaker: whose it is.
        chunk: whether it is a piece, to be added to what came of the same message.
        fields: its fields.
    """

    speaker: Speaker
    chunk: bool
    fields: dict[str, Any]

    @property
    def id(self) -> str:
        """Its id; empty where it has none."""
        return word(self.fields.get("id"))


class _NoThought(msgspec.Struct, gc=False):
    reasoning_content: None = None


class _NoReason(msgspec.Struct, gc=False):
    finish_reason: None = None
    stop_reason: None = None
    done_reason: None = None


class TextPiece(msgspec.Struct, gc=False):
    """A piece of a message that is nothing but text, as strictly as JSON can be held to it."""

    type: Literal["AIMessageChunk"]
    content: str
    id: str
    additional_kwargs: _NoThought | None = None
    response_metadata: _NoReason | None = None
    usage_metadata: None = None
    chunk_position: None = None
    tool_call_chunks: tuple[()] | None = None
    tool_calls: tuple[()] | None = None


class _Block(msgspec.Struct, gc=False):
    text: str | None = None


class _Function(msgspec.Struct, gc=False):
    name: str | None = None


class _Call(msgspec.Struct, gc=False):
    id: str | None = None
    name: str | None = None
    function: _Function | None = None


class _CallPiece(msgspec.Struct, gc=False):
    id: str | None = None
    name: str | None = None
    args: str | None = None


class Fields(msgspec.Struct, gc=False):
    """What the places that are read in an agent's message may hold."""

    id: str | None = None
    content: str | list[str | _Block] | None = None
    tool_calls: list[_Call] | None = None
    invalid_tool_calls: list[_Call] | None = None
    tool_call_chunks: list[_CallPiece] | None = None


class ToolCall(NamedTuple):
    """A whole tool call; the arguments are JSON or, where the model wrote none, text."""

    id: str
    name: str
    arguments: Any


def message_in(value: object) -> ChatMessage | None:
    """The message that a JSON value is; None where it is none."""
    if not isinstance(value, dict):
        return None
    kind = value.get("type", value.get("role"))
    if kind == "constructor" and isinstance(fields := value.get("kwargs"), dict):
        path = value.get("id")
        kind = path[-1] if isinstance(path, list) and path else None
        value = fields
    speaker = _SPEAKERS.get(kind) if isinstance(kind, str) else None
    return None if speaker is None else ChatMessage(speaker, str(kind).endswith("Chunk"), value)


def own_messages(values: list[Any]) -> list[ChatMessage]:
    """The agent's messages of its present turn: those after the last that is somebody else's."""
    own: list[ChatMessage] = []
    for value in values:
        message = message_in(value)
        if message is None:
            continue
        if message.speaker == "other":
            own.clear()
        else:
            own.append(message)
    return own


def is_of_a_kind(message: dict[str, Any]) -> bool:
    """Whether what is no message of a known kind says of which kind it is, as far as it says anything."""
    kind = message.get("type", message.get("role"))
    if kind == "constructor":
        return isinstance(message.get("kwargs"), dict) and isinstance(message.get("id"), list)
    return isinstance(kind, str | None)


def has_damage(values: object, *, are_messages: bool = False) -> bool:
    """Whether something stands among messages, or in their place, that can be none, or says of no kind what it is.

    Args:
        values: what a state has under `messages`, which may be anything.
        are_messages: whether it is known that messages stand there.
    """
    if not isinstance(values, list):
        return are_messages and values is not None
    unknown = [value for value in values if message_in(value) is None]
    if not unknown or len(unknown) == len(values):
        return False
    return any(
        isinstance(value, int | float) or (isinstance(value, dict) and not is_of_a_kind(value)) for value in unknown
    )


def text_and_thought(message: ChatMessage) -> tuple[str, str]:
    """The text and the thinking of a message, or of a piece of one."""
    content = message.fields.get("content")
    extra = message.fields.get("additional_kwargs")
    thought = word(extra.get("reasoning_content")) if isinstance(extra, dict) else ""
    if isinstance(content, str):
        return content, thought
    texts: list[str] = []
    thoughts: list[str] = [thought]
    for block in content if isinstance(content, list) else ():
        if isinstance(block, str):
            texts.append(block)
        elif isinstance(block, dict):
            if block.get("type") in _THOUGHT_BLOCKS:
                thoughts.append(_thought(block))
            else:
                texts.append(word(block.get("text")))
    return "".join(texts), "".join(thoughts)


def whole_calls(message: ChatMessage) -> list[ToolCall]:
    """The tool calls of a whole message, those with arguments that are no JSON among them."""
    calls: list[ToolCall] = []
    for key in ("tool_calls", "invalid_tool_calls"):
        found = message.fields.get(key)
        for call in found if isinstance(found, list) else ():
            if not isinstance(call, dict):
                continue
            function = call.get("function")
            if isinstance(function, dict):
                arguments = function.get("arguments")
                parsed = read_json(arguments) if isinstance(arguments, str) else arguments
                name = word(function.get("name"))
                calls.append(ToolCall(word(call.get("id")), name, arguments if parsed is NOT_JSON else parsed))
            else:
                calls.append(ToolCall(word(call.get("id")), word(call.get("name")), call.get("args")))
    return calls


def call_pieces(message: ChatMessage) -> list[dict[str, Any]]:
    """The pieces of tool calls in a chunk, in OpenAI's form."""
    pieces = message.fields.get("tool_call_chunks")
    return [
        {
            "index": piece.get("index"),
            "id": piece.get("id"),
            "function": {"name": piece.get("name"), "arguments": piece.get("args")},
        }
        for piece in (pieces if isinstance(pieces, list) else ())
        if isinstance(piece, dict)
    ]


def usage_in(message: ChatMessage) -> Usage | None:
    """The usage that a message reports."""
    usage = message.fields.get("usage_metadata")
    if not isinstance(usage, dict):
        return None
    taken, given = count(usage.get("input_tokens")), count(usage.get("output_tokens"))
    return Usage(
        input_tokens=taken, output_tokens=given, total_tokens=count(usage.get("total_tokens")) or taken + given
    )


def more_comes(message: ChatMessage) -> bool | None:
    """Whether a piece of a message says that others follow; None where it says nothing (langchain-core before 1.0)."""
    return message.fields["chunk_position"] is None if "chunk_position" in message.fields else None


def finish_reason_in(message: ChatMessage) -> str:
    """Why the model stopped, as its provider says it; empty where it says nothing."""
    metadata = message.fields.get("response_metadata")
    if isinstance(metadata, dict):
        for key in _FINISH_KEYS:
            if reason := word(metadata.get(key)):
                return reason
    return ""


def word(value: object) -> str:
    """A value that should be text, and is empty where it is not."""
    return value if isinstance(value, str) else ""


def count(value: object) -> int:
    """A value that should be a number of things, and is none where it is not."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _thought(block: dict[str, Any]) -> str:
    """The thinking in a block: Anthropic's, LangChain's own, and OpenAI's summaries."""
    for key in ("thinking", "reasoning", "reasoning_content", "text"):
        if isinstance(found := block.get(key), str):
            return found
        if isinstance(found, dict):
            return word(found.get("text"))
    summary = block.get("summary")
    parts = summary if isinstance(summary, list) else ()
    return "".join(word(part.get("text")) for part in parts if isinstance(part, dict))
