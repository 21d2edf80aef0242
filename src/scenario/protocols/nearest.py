"""What an unreadable body looks like, and where it has a text: for the error that says that nothing could be read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from scenario.late_pattern import late_pattern
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.registry import DIALECTS
from scenario.protocols.rejection import shown
from scenario.types import ReplyError

# How the error begins that says so.
UNREADABLE: Final = "nothing in the answer can be read"

# More of a body than this is not looked at.
_LOOKED_AT: Final = 16 * 1024
_MOST: Final = 3
_MOST_LINES: Final = 200
_DEEPEST: Final = 6
_WORD: Final = late_pattern(r"[A-Za-z][A-Za-z_]*(?:[-./][A-Za-z_]+)*")
_IDENTIFIER: Final = late_pattern(r"[A-Za-z_][A-Za-z0-9_]*")
# Fields that hold no answer, whatever they hold.
_KEPT_BOOKS: Final = late_pattern(
    r"(?i:type|kind|event|object|role|sender|author|status|state|model|code|version|lang(?:uage)?|locale|url|uri|path"
    r"|time|timestamp|date|created(?:_?at)?|updated(?:_?at)?|finish_?reason|stop_?reason|jsonrpc|method|(?:.*[_-])?u?u?id"
    r"|query|question|prompt|user_?(?:input|message)|(?:.*_)?token_?type)"
    r"|.*[a-z]Id"
)

# Words of the wire that hardly any other dialect has; each is looked for as a whole word, and as a part of one.
SIGNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "vercel-full": ("text-delta", "start-step", "tool-call", "tool-result", "toolCallId", "totalUsage"),
        "vercel-ui": ("text-delta", "text-start", "tool-input-available", "errorText", "toolCallId", "finish-step"),
        "vercel-data": ("toolCallId", "isContinued", "finishReason"),
        "a2a-1.0": ("jsonrpc", "statusUpdate", "artifactUpdate", "contextId", "TASK_STATE"),
        "a2a-0.3": ("jsonrpc", "status-update", "artifact-update", "contextId", "final"),
        "mcp": ("jsonrpc", "structuredContent", "notifications/progress", "isError", "serverInfo"),
        "langserve": ("AIMessageChunk", "run_id", "additional_kwargs", "feedback_tokens"),
        "langgraph": ("run_id", "messages/partial", "updates", "values", "__interrupt__", "langgraph", "ai"),
        "langgraph-v3": ("content-block-delta", "message-start", "lifecycle", "event_id", "namespace"),
        "openai-responses": ("response.", "sequence_number", "output_text", "output_index"),
        "openai-chat": ("choices", "delta", "chat.completion", "finish_reason", "tool_calls"),
        "anthropic": ("message_start", "content_block", "text_delta", "message_delta", "stop_reason"),
        "chatkit": ("thread.item", "assistant_message", "content_part", "thread_id", "content_index"),
        "ag-ui": ("TEXT_MESSAGE", "RUN_", "TOOL_CALL", "threadId", "runId", "messageId"),
        "a2a-1.0-rest": ("statusUpdate", "artifactUpdate", "TASK_STATE", "contextId"),
        "agentcore": ("contentBlockDelta", "contentBlockStart", "messageStart", "messageStop", "stopReason"),
        "ollama": ("done_reason", "eval_count", "created_at", "model", "total_duration"),
        "gemini": ("candidates", "finishReason", "usageMetadata", "modelVersion", "promptFeedback"),
        "adk": ("invocationId", "author", "partial", "actions", "usageMetadata", "turnComplete"),
        "dify": ("conversation_id", "task_id", "message_end", "agent_message", "workflow_run_id"),
        "agno": ("RunContent", "RunStarted", "RunCompleted", "agent_id", "nested_depth"),
        "gradio": ("generating", "event_id", "session_hash"),
        "llamaindex": ("qualified_name", "StopEvent", "workflow", "types"),
    }
)


def nearest_dialects(body: bytes) -> list[str]:
    """Names of the dialects whose words the body holds most of, the most likely first; empty where it holds none."""
    words = {word.lower() for word in _WORD.findall(body[:_LOOKED_AT].decode("utf-8", "replace"))}
    scores = {name: sum(_weight(sign.lower(), words) for sign in signs) for name, signs in SIGNS.items()}
    found = sorted((name for name in DIALECTS if scores.get(name)), key=lambda name: -scores[name])
    return found[:_MOST]


def _weight(sign: str, words: set[str]) -> int:
    """2 for the word itself, 1 where it is a part of one."""
    if sign in words:
        return 2
    return int(len(sign) > 3 and any(sign in word for word in words))


def text_places(body: bytes) -> list[str]:
    """Where in the JSON of a body's events its texts stand, as JMESPaths, the likeliest first.

    Args:
        body: of any framing, from its beginning.
    """
    found: dict[str, list[str]] = {}
    for value in _values(body[:_LOOKED_AT]):
        for path, text in _texts(value, "", 0):
            found.setdefault(path, []).append(text)
    likely = {path: texts for path, texts in found.items() if _is_said(texts)}
    return sorted(likely, key=lambda path: -_prose(likely[path]))[:_MOST]


def matched_nothing(path: str, body: bytes) -> str:
    """What is said of a `reply=` that found no text: where there is one."""
    places = text_places(body)
    return f"reply={path!r} matched nothing" + (f"; there is a text at {places[0]}" if places else "")


def _values(body: bytes) -> Iterator[object]:
    """The JSON of a body, or of each of its lines or events."""
    whole = read_json(body)
    if whole is not NOT_JSON:
        yield from whole if isinstance(whole, list) else [whole]
        return
    for line in body.splitlines()[:_MOST_LINES]:
        field, colon, value = line.partition(b":")
        for text in (value, line) if colon and field.strip() == b"data" else (line,):
            if (found := read_json(text.strip())) is not NOT_JSON:
                yield found
                break


def _texts(value: object, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """Texts and their places, those of bookkeeping left out."""
    if isinstance(value, str) and path:
        yield path, value
    elif isinstance(value, list) and value and path and depth < _DEEPEST:
        yield from _texts(value[0], f"{path}[0]", depth + 1)
    elif isinstance(value, dict) and depth < _DEEPEST:
        for key, inner in value.items():
            if _KEPT_BOOKS.fullmatch(key) is None:
                name = key if _IDENTIFIER.fullmatch(key) else json.dumps(key)
                yield from _texts(inner, f"{path}.{name}" if path else name, depth + 1)


def _is_said(texts: list[str]) -> bool:
    """Whether texts may be an answer's: words, and not the same one word in every event."""
    joined = "".join(texts)
    if not any(character.isalpha() for character in joined):
        return False
    return " " in joined.strip() or len(texts) == 1 or len(set(texts)) > 1


def _prose(texts: list[str]) -> int:
    joined = "".join(texts)
    return len(joined) * (3 if " " in joined.strip() else 1)


def unreadable(start: bytes, size: int) -> ReplyError:
    """The error of an answer in which nothing could be read.

    Args:
        start: the body's beginning.
        size: all of its bytes.
    """
    hint = f". {named(start)}" if start else ""
    return ReplyError(message=f"{UNREADABLE}: {shown(start, size)}{hint}")


def named(body: bytes) -> str:
    """The sentence of an error that names them, and says how the user's own wire can be told."""
    names = nearest_dialects(body)
    looks = f"It looks most like {' or '.join(names)}: say protocol={names[0]!r} to read it so. " if names else ""
    if places := text_places(body):
        return f"{looks}There is a text at {places[0]}: say reply={places[0]!r} if that is the answer."
    return f"{looks}Where the text stands elsewhere, say reply='path.to.text'."
