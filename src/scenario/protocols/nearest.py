"""The dialects that an unreadable body looks most like: for the error that says that nothing of it could be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scenario.protocols.registry import DIALECTS

# More of a body than this is not looked at.
_LOOKED_AT: Final = 16 * 1024
_MOST: Final = 3
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_]*(?:[-./][A-Za-z_]+)*")

# Words of the wire that hardly any other dialect has; each is looked for as a whole word, and as a part of one.
SIGNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "vercel-ui": ("text-delta", "text-start", "tool-input-available", "errorText", "toolCallId", "finish-step"),
        "vercel-data": ("toolCallId", "isContinued", "finishReason"),
        "a2a-1.0": ("jsonrpc", "statusUpdate", "artifactUpdate", "contextId", "TASK_STATE"),
        "a2a-0.3": ("jsonrpc", "status-update", "artifact-update", "contextId", "final"),
        "mcp": ("jsonrpc", "structuredContent", "notifications/progress", "isError", "serverInfo"),
        "langgraph": ("run_id", "messages/partial", "updates", "values", "__interrupt__", "langgraph", "ai"),
        "langgraph-v3": ("content-block-delta", "message-start", "lifecycle", "event_id", "namespace"),
        "openai-responses": ("response.", "sequence_number", "output_text", "output_index"),
        "openai-chat": ("choices", "delta", "chat.completion", "finish_reason", "tool_calls"),
        "anthropic": ("message_start", "content_block", "text_delta", "message_delta", "stop_reason"),
        "ag-ui": ("TEXT_MESSAGE", "RUN_", "TOOL_CALL", "threadId", "runId", "messageId"),
        "a2a-1.0-rest": ("statusUpdate", "artifactUpdate", "TASK_STATE", "contextId"),
        "agentcore": ("contentBlockDelta", "contentBlockStart", "messageStart", "messageStop", "stopReason"),
        "ollama": ("done_reason", "eval_count", "created_at", "model", "total_duration"),
        "adk": ("invocationId", "author", "partial", "actions", "usageMetadata", "turnComplete"),
        "dify": ("conversation_id", "task_id", "message_end", "agent_message", "workflow_run_id"),
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


def named(body: bytes) -> str:
    """The sentence of an error that names them, and says how the user's own wire can be told."""
    names = nearest_dialects(body)
    looks = f"It looks most like {' or '.join(names)}: say protocol={names[0]!r} to read it so. " if names else ""
    return f"{looks}Where the text stands elsewhere, say reply='path.to.text'."
