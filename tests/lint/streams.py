"""Sound streams in several dialects, made with the project's own encoder, and exchanges made from bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from scenario.exchange import Chunk, Exchange, HttpRequest
from scenario.reading import read_exchange
from scenario.wire import ndjson, sse_writing
from scenario.wire.sse import ServerSentEvent

HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
    "transfer-encoding": "chunked",
    "date": "Mon, 23 Nov 2026 08:00:00 GMT",
}
WORDS = ("It is ", "18 degrees ", "in Paris, ", "and the ", "sky is blue.")


def framed(values: Iterable[Any], *, named: bool = False, ids: bool = False) -> list[bytes]:
    """Events of JSON values; texts are written as they are. `named`: by their `type`; `ids`: with ids that count."""
    pieces: list[bytes] = []
    last = ""
    for number, value in enumerate(values, start=1):
        data = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        name = value["type"] if named and isinstance(value, dict) else "message"
        event = ServerSentEvent(event=name, data=data, id=str(number) if ids else "")
        pieces.append(sse_writing.encode(event, last_event_id=last))
        last = event.id
    return pieces


def openai_chat() -> list[bytes]:
    """A chat completion: a role, five words, a reason, usage, the sentinel."""

    def chunk(delta: Mapping[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}

    usage = {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}
    last = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m", "choices": [], "usage": usage}
    words = [chunk({"content": word}) for word in WORDS]
    return framed([chunk({"role": "assistant", "content": ""}), *words, chunk({}, "stop"), last, "[DONE]"])


def anthropic_events() -> list[dict[str, Any]]:
    """A message with one block of text."""
    start = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "m", "usage": {}}
    return [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        *[{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}} for word in WORDS],
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ]


def responses_events() -> list[dict[str, Any]]:
    """A response with one message."""
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    text = "".join(WORDS)
    part = {"type": "output_text", "text": text, "annotations": []}
    whole = item | {"status": "completed", "content": [part]}
    response = {"id": "resp_1", "object": "response", "status": "in_progress", "output": []}
    done = response | {"status": "completed", "output": [whole]}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": response},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", **place, "part": {"type": "output_text", "text": ""}},
        *[{"type": "response.output_text.delta", **place, "delta": word} for word in WORDS],
        {"type": "response.output_text.done", **place, "text": text},
        {"type": "response.content_part.done", **place, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": whole},
        {"type": "response.completed", "response": done},
    ]
    return [event | {"sequence_number": number} for number, event in enumerate(events)]


def ag_ui_events() -> list[dict[str, Any]]:
    """A run with a tool call, its result and a message."""
    return [
        {"type": "RUN_STARTED", "threadId": "t1", "runId": "r1"},
        {"type": "TOOL_CALL_START", "toolCallId": "c1", "toolCallName": "weather"},
        {"type": "TOOL_CALL_ARGS", "toolCallId": "c1", "delta": '{"city": '},
        {"type": "TOOL_CALL_ARGS", "toolCallId": "c1", "delta": '"Paris"}'},
        {"type": "TOOL_CALL_END", "toolCallId": "c1"},
        {"type": "TOOL_CALL_RESULT", "messageId": "m0", "toolCallId": "c1", "content": "18", "role": "tool"},
        {"type": "TEXT_MESSAGE_START", "messageId": "m1", "role": "assistant"},
        *[{"type": "TEXT_MESSAGE_CONTENT", "messageId": "m1", "delta": word} for word in WORDS],
        {"type": "TEXT_MESSAGE_END", "messageId": "m1"},
        {"type": "RUN_FINISHED", "threadId": "t1", "runId": "r1"},
    ]


def vercel_events() -> list[Any]:
    """A step with text."""
    return [
        {"type": "start"},
        {"type": "start-step"},
        {"type": "text-start", "id": "0"},
        *[{"type": "text-delta", "id": "0", "delta": word} for word in WORDS],
        {"type": "text-end", "id": "0"},
        {"type": "finish-step"},
        {"type": "finish", "finishReason": "stop"},
        "[DONE]",
    ]


VERCEL_HEADERS = HEADERS | {"x-vercel-ai-ui-message-stream": "v1"}


def a2a_events() -> list[dict[str, Any]]:
    """A task from its submission to its completion."""
    ids = {"taskId": "task-1", "contextId": "ctx-1"}

    def update(kind: str, value: dict[str, Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": "req-1", "result": {kind: value}}

    def artifact(text: str, **more: Any) -> dict[str, Any]:
        return update("artifactUpdate", {**ids, "artifact": {"artifactId": "a1", "parts": [{"text": text}]}, **more})

    return [
        update("task", {"id": "task-1", "contextId": "ctx-1", "status": {"state": "TASK_STATE_SUBMITTED"}}),
        update("statusUpdate", {**ids, "status": {"state": "TASK_STATE_WORKING"}}),
        artifact("It is 18 degrees "),
        artifact("in Paris.", append=True, lastChunk=True),
        update("statusUpdate", {**ids, "status": {"state": "TASK_STATE_COMPLETED"}}),
    ]


def mcp_events() -> list[dict[str, Any]]:
    """A notification of progress, and the response."""
    result = {"content": [{"type": "text", "text": "It is 18 degrees."}], "isError": False}
    return [
        {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": "p", "progress": 1}},
        {"jsonrpc": "2.0", "id": 1, "result": result},
    ]


def langgraph() -> list[bytes]:
    """A run in which messages come as chunks."""
    where = {"langgraph_node": "agent"}
    chunks = [
        [{"content": word, "type": "AIMessageChunk", "id": "m1", "tool_calls": [], "tool_call_chunks": []}, where]
        for word in WORDS
    ]
    head = ServerSentEvent(event="metadata", data='{"run_id": "run-1", "attempt": 1}')
    events = [ServerSentEvent(event="messages", data=msgspec.json.encode(chunk).decode()) for chunk in chunks]
    return [sse_writing.encode(event) for event in (head, *events)]


LANGGRAPH_HEADERS = HEADERS | {"content-location": "/threads/t1/runs/run-1"}


def ollama() -> list[bytes]:
    """Lines of a chat."""
    lines = [{"model": "m", "message": {"role": "assistant", "content": word}, "done": False} for word in WORDS]
    end = {"model": "m", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
    return [ndjson.encode(line) for line in (*lines, end)]


OLLAMA_HEADERS = HEADERS | {"content-type": "application/x-ndjson"}


def home_made() -> list[bytes]:
    """A stream of nobody's dialect."""
    return framed([*[{"content": word} for word in WORDS], "[DONE]"])


def exchange(
    pieces: Sequence[bytes],
    *,
    headers: Mapping[str, str] = HEADERS,
    status: int | None = 200,
    times: Sequence[float] | None = None,
    asked: Any = None,
    protocol: str = "auto",
    **changes: Any,
) -> Exchange:
    """An exchange as it is recorded while it happens.

    Args:
        pieces: of the body.
        headers: of the response.
        status: of the response.
        times: when each piece arrived; a tenth of a second apart by default.
        asked: the request's JSON body.
        protocol: what it is read as.
        changes: fields of the exchange that are set after it was read.
    """
    times = times or [0.1 * number for number in range(1, len(pieces) + 1)]
    chunks = [Chunk(at, piece) for at, piece in zip(times, pieces, strict=True)]
    made = read_exchange(chunks, headers=headers, status=status, protocol=protocol)
    made.status = status
    made.timing = msgspec.structs.replace(made.timing, headers=0.05, total=changes.pop("total", made.timing.total))
    body = b"" if asked is None else msgspec.json.encode(asked)
    made.request = HttpRequest(url="http://127.0.0.1:1/chat", body=body)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def sound() -> dict[str, Exchange]:
    """A sound exchange for each dialect that has rules of its own, and some that have none."""
    return {
        "openai-chat": exchange(openai_chat(), asked={"stream": True, "stream_options": {"include_usage": True}}),
        "anthropic": exchange(framed(anthropic_events(), named=True)),
        "openai-responses": exchange(framed(responses_events(), named=True)),
        "ag-ui": exchange(framed(ag_ui_events())),
        "vercel-ui": exchange(framed(vercel_events()), headers=VERCEL_HEADERS),
        "a2a-1.0": exchange(framed(a2a_events()), asked={"jsonrpc": "2.0", "id": "req-1"}),
        "mcp": exchange(framed(mcp_events()), asked={"jsonrpc": "2.0", "id": 1}),
        "langgraph": exchange(langgraph(), headers=LANGGRAPH_HEADERS),
        "ollama": exchange(ollama(), headers=OLLAMA_HEADERS),
        "sse": exchange(home_made()),
    }
