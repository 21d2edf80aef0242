"""Which dialects rules hold for, and what they have in common."""

from __future__ import annotations

from typing import Final

A2A: Final = frozenset({"a2a-1.0", "a2a-0.3", "a2a-1.0-rest"})
JSON_RPC: Final = frozenset({"a2a-1.0", "a2a-0.3", "mcp"})
OPENAI: Final = frozenset({"openai-chat", "openai-responses"})
VERCEL: Final = frozenset({"vercel-ui"})
# Endpoints of somebody's own: what an event may hold is theirs to say.
HOME_MADE: Final = frozenset({"sse", "ndjson", "text", "json"})

# An event without data is a part of these dialects.
EVENTS_WITHOUT_DATA: Final = frozenset({"dify", "langserve"})
# A ping with data is a part of these dialects.
PINGS_WITH_DATA: Final = frozenset({"anthropic", "dify"})
# Their data is JSON in every event but the sentinel.
JSON_ONLY: Final = frozenset(
    {
        "openai-chat", "openai-responses", "anthropic", "ag-ui", "vercel-ui", "langgraph", "adk", "mcp", "dify",
        "ollama", "gemini", "llamaindex", "agentcore", "ndjson",
        "vercel-full", "chatkit", "agno", "langserve", "gradio",
    }
) | A2A  # fmt: skip
# Tools run in the server, and their results belong into the stream.
SHOWS_RESULTS: Final = frozenset({"ag-ui", "vercel-ui", "vercel-full", "vercel-data", "langgraph", "adk", "agno"})

SENTINEL: Final = "[DONE]"
_SENTINELS: Final = frozenset({SENTINEL, "DONE"})


def is_sentinel(text: str) -> bool:
    """Whether the data of an event is the sentinel, be it written otherwise: `[done]`, `DONE`, or in quotes."""
    return len(text) < 16 and text.strip(" \t\n\"'").upper() in _SENTINELS
