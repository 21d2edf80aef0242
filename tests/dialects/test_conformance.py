"""Our own dialects keep the rules that others' are held to: on recorded answers, small ones, and errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

import scenario
from scenario.protocols.registry import DIALECTS, dialect_named
from scenario.testing import Transcript, check_dialect
from scenario.testing.conformance.small_answers import TEXT, small_answers
from scenario.testing.conformance.subject import Subject

RECORDED = Path(__file__).parent / "recorded"
TYPES = {".sse": "text/event-stream", ".txt": "text/plain; charset=utf-8", ".json": "application/json"}


def events(*values: Any, name: str = "") -> bytes:
    """An event stream of JSON values."""
    line = f"event: {name}\n" if name else ""
    return "".join(f"{line}data: {json.dumps(value)}\n\n" for value in values).encode()


# How each reports an error, where no recording shows it.
ERRORS: Final[Mapping[str, bytes]] = {
    "openai-chat": events({"error": {"message": "busy", "code": "overloaded"}}),
    "openai-responses": events({"type": "error", "code": "overloaded", "message": "busy"}),
    "anthropic": events({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}),
    "mcp": events({"jsonrpc": "2.0", "id": 1, "error": {"code": -32603, "message": "busy"}}),
    "langserve": events({"status_code": 500, "message": "busy"}, name="error"),
    "langgraph": events({"error": "RuntimeError", "message": "busy"}, name="error"),
    "agentcore": events({"error": "busy", "error_type": "RuntimeError", "message": "busy"}),
    "adk": events({"error": "busy", "error_details": "none"}),
    "dify": events({"event": "error", "task_id": "t1", "message_id": "m1", "code": "busy", "message": "busy"}),
    "llamaindex": events({"type": "WorkflowFailedEvent", "types": [], "value": {"exception_message": "busy"}}),
    "vercel-full": events({"type": "error", "error": {"name": "AI_APICallError", "message": "busy"}}),
    "chatkit": events({"type": "error", "code": "stream.error", "message": "busy", "allow_retry": True}),
    "gemini": events({"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}),
    "ollama": b'{"error": "busy"}\n',
    "sse": events({"error": "busy"}),
    "ndjson": b'{"error": "busy"}\n',
    "json": b'{"error": "busy"}',
}

# What must be as it is, and why.
OF_DIALECTS: Final[Mapping[str, Mapping[str, str]]] = {
    "sse": {"others": "it reads what no other dialect knows, and is asked last"},
    "ndjson": {"others": "it reads what no other dialect knows, and is asked last"},
    "text": {"shows-an-error": "plain text has no place for one"},
}
OF_RECORDINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "langgraph-v3-asks-twice.sse": {"end": "the second of two questions comes after the word that the run waits"},
    "langgraph-v3-resumed.sse": {"end": "the stream holds an older run, whose end it was that is cut off there"},
}


def transcripts_of(protocol: str) -> list[Transcript]:
    """What there is in a dialect."""
    found = [one for one in small_answers() if one.name == protocol]
    for path in sorted(path for path in RECORDED.iterdir() if path.suffix in TYPES):
        body, headers = path.read_bytes(), {"content-type": TYPES[path.suffix]}
        reply = scenario.read_stream(body, headers=headers)
        if reply.protocol == protocol:
            exceptions = OF_RECORDINGS.get(path.name, {})
            found.append(Transcript(body, path.name, headers, outcome=reply.outcome, exceptions=exceptions))
    if protocol in ERRORS:
        begun = Subject(dialect_named(protocol), found[0])
        start = begun.transcript.body[: begun.events[2].start] if len(begun.events) > 2 else b""
        exceptions = {"found": "an object without a text is nobody's"} if protocol == "json" else {}
        found.append(Transcript(start + ERRORS[protocol], "an error", outcome="error", exceptions=exceptions))
    return found


@pytest.mark.parametrize("protocol", DIALECTS)
def test_ours_keep_the_rules(protocol: str) -> None:
    """Each of them, but for what is excepted with its reason."""
    check_dialect(dialect_named(protocol), transcripts_of(protocol), exceptions=OF_DIALECTS.get(protocol))


def test_there_is_a_small_answer_in_each_dialect() -> None:
    """Others' dialects are tried on them: each is read as what it is called, and whole."""
    assert sorted(one.name for one in small_answers()) == sorted(DIALECTS)
    for one in small_answers():
        reply = scenario.read_stream(one.body, headers=one.headers)
        assert (reply.protocol, reply.text, reply.outcome) == (one.name, TEXT, "complete")
