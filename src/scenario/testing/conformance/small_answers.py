"""A small answer in each of Scenario's own dialects, as their agents send it, of always the same text.

They are what a dialect of somebody else's is not to take for its own. A test of Scenario's reads each of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from scenario.testing.conformance.transcript import Transcript
from scenario.testing.model_reply import ModelReply, anthropic_events, openai_chunks
from scenario.wire import ndjson, sse_writing
from scenario.wire.event import ServerSentEvent

TEXT: Final = "It is 18 degrees in Oslo."
_HALVES: Final = ("It is 18 degrees", " in Oslo.")
_SSE: Final = "text/event-stream"


def small_answers() -> list[Transcript]:
    """The answers, each under its dialect's name."""
    return [*_models(), *_agents(), *_frameworks(), *_home_made()]


def _models() -> list[Transcript]:
    """Those of model servers."""
    reply = ModelReply(text=TEXT)
    message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "text": TEXT, "annotations": []}
    whole = message | {"status": "completed", "content": [part]}
    response = {"id": "resp_1", "object": "response", "status": "in_progress", "output": []}
    lines = [{"model": "m", "created_at": "t", "message": _said(half), "done": False} for half in _HALVES]
    last = {"model": "m", "created_at": "t", "message": _said(""), "done": True, "done_reason": "stop"}
    return [
        _events("openai-chat", [*openai_chunks(reply, "m", usage=True), "[DONE]"]),
        _events("anthropic", anthropic_events(reply, "m"), named="type"),
        _events(
            "openai-responses",
            [
                {"type": "response.created", "response": response},
                {"type": "response.output_item.added", "output_index": 0, "item": message},
                {"type": "response.content_part.added", **place, "part": part | {"text": ""}},
                *({"type": "response.output_text.delta", **place, "delta": half} for half in _HALVES),
                {"type": "response.output_text.done", **place, "text": TEXT},
                {"type": "response.output_item.done", "output_index": 0, "item": whole},
                {"type": "response.completed", "response": response | {"status": "completed", "output": [whole]}},
            ],
            named="type",
        ),
        _lines("ollama", [*lines, last]),
        _events(
            "gemini",
            [
                *({"candidates": [{"content": _parts(half), "index": 0}], "modelVersion": "m"} for half in _HALVES),
                {"candidates": [{"content": _parts(""), "finishReason": "STOP", "index": 0}], "modelVersion": "m"},
            ],
        ),
    ]


def _said(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def _agents() -> list[Transcript]:
    """Those of protocols between agents and their clients."""
    ids = {"taskId": "task-1", "contextId": "context-1"}
    artifact = {"artifactId": "a1", "parts": [{"text": TEXT}]}
    updates: list[dict[str, Any]] = [
        {"task": {"id": "task-1", "contextId": "context-1", "status": {"state": "TASK_STATE_WORKING"}}},
        {"artifactUpdate": {**ids, "artifact": artifact, "lastChunk": True}},
        {"statusUpdate": {**ids, "status": {"state": "TASK_STATE_COMPLETED"}}},
    ]
    old_artifact = {"artifactId": "a1", "parts": [{"kind": "text", "text": TEXT}]}
    old: list[dict[str, Any]] = [
        {"kind": "task", "id": "task-1", "contextId": "context-1", "status": {"state": "working"}},
        {"kind": "artifact-update", **ids, "artifact": old_artifact, "lastChunk": True},
        {"kind": "status-update", **ids, "status": {"state": "completed"}, "final": True},
    ]
    text = {"messageId": "m1"}
    tool = {"content": [{"type": "text", "text": TEXT}], "isError": False}
    return [
        _events("a2a-1.0", map(_rpc, updates)),
        _events("a2a-1.0-rest", updates),
        _events("a2a-0.3", map(_rpc, old)),
        _events("mcp", [{"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "x"}}, _rpc(tool)]),
        _events(
            "ag-ui",
            [
                {"type": "RUN_STARTED", "threadId": "t1", "runId": "r1"},
                {"type": "TEXT_MESSAGE_START", **text, "role": "assistant"},
                *({"type": "TEXT_MESSAGE_CONTENT", **text, "delta": half} for half in _HALVES),
                {"type": "TEXT_MESSAGE_END", **text},
                {"type": "RUN_FINISHED", "threadId": "t1", "runId": "r1"},
            ],
        ),
        _events("chatkit", _thread()),
    ]


def _thread() -> list[dict[str, Any]]:
    """A turn of a thread: what the user has said comes back, and the answer after it."""
    said = {"id": "i1", "type": "user_message", "content": [{"type": "input_text", "text": "Is it warm?"}]}
    item = {"id": "i2", "type": "assistant_message"}
    part = {"content_index": 0, "type": "assistant_message.content_part.text_delta"}
    return [
        {"type": "thread.created", "thread": {"id": "t1"}},
        {"type": "thread.item.done", "item": said},
        {"type": "thread.item.added", "item": item | {"content": []}},
        *({"type": "thread.item.updated", "item_id": "i2", "update": part | {"delta": half}} for half in _HALVES),
        {"type": "thread.item.done", "item": item | {"content": [{"type": "output_text", "text": TEXT}]}},
    ]


def _rpc(result: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "result": result}


def _frameworks() -> list[Transcript]:
    """Those of frameworks and platforms."""
    where = {"langgraph_node": "agent"}
    chunks = [[{"content": half, "type": "AIMessageChunk", "id": "m1"}, where] for half in _HALVES]
    agno = {"run_id": "r1", "agent_id": "a1", "session_id": "s1"}
    dify = {"conversation_id": "c1", "message_id": "m1", "task_id": "t1"}
    adk = {"invocationId": "i1", "author": "weather", "id": "e1"}
    return [
        Transcript(
            b"".join(
                [
                    _event({"run_id": "r1", "attempt": 1}, "metadata"),
                    *(_event(chunk, "messages") for chunk in chunks),
                ]
            ),
            "langgraph",
            {"content-type": _SSE},
        ),
        Transcript(
            b"".join(
                [
                    _event({"run_id": "r1"}, "metadata"),
                    *(_event({"content": half, "type": "AIMessageChunk", "id": "m1"}, "data") for half in _HALVES),
                    b"event: end\n\n",
                ]
            ),
            "langserve",
            {"content-type": _SSE},
        ),
        _events(
            "langgraph-v3",
            [
                _channel(1, "lifecycle", {"event": "running", "graph_name": "agent"}),
                _channel(2, "messages", {"event": "message-start", "role": "ai", "id": "m1"}),
                _channel(3, "messages", _block("start", {"content": {"type": "text", "text": ""}})),
                *(
                    _channel(number, "messages", _block("delta", {"delta": {"type": "text-delta", "text": half}}))
                    for number, half in enumerate(_HALVES, start=4)
                ),
                _channel(6, "messages", _block("finish", {"content": {"type": "text", "text": TEXT}})),
                _channel(7, "messages", {"event": "message-finish"}),
                _channel(8, "lifecycle", {"event": "completed", "graph_name": "agent"}),
            ],
            named="method",
        ),
        _events(
            "vercel-full",
            [
                {"type": "start"},
                {"type": "start-step", "request": {}, "warnings": []},
                {"type": "text-start", "id": "0"},
                *({"type": "text-delta", "id": "0", "text": half} for half in _HALVES),
                {"type": "text-end", "id": "0"},
                {"type": "finish-step", "finishReason": "stop"},
                {"type": "finish", "finishReason": "stop"},
            ],
        ),
        _events(
            "vercel-ui",
            [
                {"type": "start"},
                {"type": "text-start", "id": "0"},
                *({"type": "text-delta", "id": "0", "delta": half} for half in _HALVES),
                {"type": "text-end", "id": "0"},
                {"type": "finish", "finishReason": "stop"},
                "[DONE]",
            ],
        ),
        Transcript(
            "".join(
                [
                    'f:{"messageId":"m1"}\n',
                    *(f"0:{msgspec.json.encode(half).decode()}\n" for half in _HALVES),
                    'd:{"finishReason":"stop","usage":{"promptTokens":5,"completionTokens":5}}\n',
                ]
            ).encode(),
            "vercel-data",
            {"content-type": "text/plain; charset=utf-8", "x-vercel-ai-data-stream": "v1"},
        ),
        _events(
            "agentcore",
            [
                {"event": {"messageStart": {"role": "assistant"}}},
                *(
                    {"event": {"contentBlockDelta": {"delta": {"text": half}, "contentBlockIndex": 0}}}
                    for half in _HALVES
                ),
                {"event": {"contentBlockStop": {"contentBlockIndex": 0}}},
                {"event": {"messageStop": {"stopReason": "end_turn"}}},
            ],
        ),
        _events(
            "adk",
            [
                *(
                    {**adk, "content": {"role": "model", "parts": [{"text": half}]}, "partial": True}
                    for half in _HALVES
                ),
                {**adk, "content": {"role": "model", "parts": [{"text": TEXT}]}},
            ],
        ),
        _events(
            "dify",
            [
                *({"event": "message", **dify, "answer": half} for half in _HALVES),
                {"event": "message_end", **dify, "metadata": {}},
            ],
        ),
        _events(
            "agno",
            [
                {**agno, "event": "RunStarted"},
                *({**agno, "event": "RunContent", "content": half, "content_type": "str"} for half in _HALVES),
                {**agno, "event": "RunCompleted", "content": TEXT, "content_type": "str"},
            ],
        ),
        _gradio(),
        _events(
            "llamaindex",
            [
                *({"type": "AgentStream", "types": [], "value": {"delta": half}} for half in _HALVES),
                {"type": "StopEvent", "types": [], "value": {"result": TEXT}},
            ],
        ),
    ]


def _gradio() -> Transcript:
    """Everything so far with each event, the end too; the second output is a chat's state."""
    told = [("generating", TEXT[:3]), ("generating", TEXT), ("complete", TEXT)]
    return Transcript(b"".join(_event([text, None], name) for name, text in told), "gradio", {"content-type": _SSE})


def _parts(text: str) -> dict[str, Any]:
    return {"role": "model", "parts": [{"text": text}]}


def _channel(number: int, method: str, data: dict[str, Any]) -> dict[str, Any]:
    params = {"namespace": [], "timestamp": number, "data": data}
    return {"type": "event", "event_id": str(number), "seq": number, "method": method, "params": params}


def _block(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"event": f"content-block-{kind}", "index": 0, **value}


def _home_made() -> list[Transcript]:
    """Those of nobody's standard."""
    return [
        _events("sse", [*({"content": half} for half in _HALVES), "[DONE]"]),
        _lines("ndjson", [*({"content": half} for half in _HALVES), {"type": "end"}]),
        Transcript(msgspec.json.encode({"answer": TEXT}), "json", {"content-type": "application/json"}),
        Transcript(TEXT.encode(), "text", {"content-type": "text/plain; charset=utf-8"}),
    ]


def _events(name: str, values: Iterable[Any], *, named: str = "") -> Transcript:
    """An event stream of JSON values, and texts as they are; `named`: where in them the events' names stand."""
    pieces = [_event(value, value[named] if named and isinstance(value, dict) else "message") for value in values]
    return Transcript(b"".join(pieces), name, {"content-type": _SSE})


def _event(value: Any, name: str) -> bytes:
    data = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return sse_writing.encode(ServerSentEvent(event=name, data=data))


def _lines(name: str, values: Iterable[Any]) -> Transcript:
    return Transcript(b"".join(map(ndjson.encode, values)), name, {"content-type": "application/x-ndjson"})
