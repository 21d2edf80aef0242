"""Folding a reply (decoding its events' data, assembling, noting each event) beside decoding the same payloads' JSON.

The baseline is the quickest untyped decoding that there is: `msgspec.json.decode` of each event's data. What cutting
the bytes into events takes is measured in the same rounds and taken off; the time with it is printed too, and
`benchmarks.sse` has more of it. All take turns in one run, and the shortest time of each counts. Run it alone with
`python -m benchmarks.folding`, which also prints what the standard library's `json.loads` takes.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from benchmarks.row import Row
from scenario.exchange import Chunk
from scenario.protocols.framing import framer
from scenario.protocols.protocol import Framing, Head
from scenario.protocols.reception import Reception, ReceptionOptions

EVENTS: Final = 20_000
ROUNDS: Final = 15
PIECE_BYTES: Final = 16 * 1024
TARGET: Final = 1.5
ROOMY: Final = 1 << 30
# What a piece costs beside the JSON of its event.
APART: Final = 7.5e-6
# What "no more per event" means on a machine that others use as well.
NOISE: Final = 1.5
WORDS: Final = ("Hello", " there", ", how", " can", " I", " help", "?", " Grüße", " 世界", " the", " weather", " today")


def openai_chat(word: str, number: int, /) -> Any:
    """As OpenAI's API writes it."""
    return {
        "id": "chatcmpl-D8Z5oo6uDh67AD85p73ksdT1KxhE0",
        "object": "chat.completion.chunk",
        "created": 1770933892,
        "model": "gpt-4.1-nano-2025-04-14",
        "service_tier": "default",
        "system_fingerprint": "fp_de604bd877",
        "choices": [{"index": 0, "delta": {"content": word}, "logprobs": None, "finish_reason": None}],
        "usage": None,
        "obfuscation": f"{number * 2654435761 % 2**32:08x}",
    }


def anthropic(word: str, _: int, /) -> Any:
    """As Anthropic's API writes it."""
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}


def openai_responses(word: str, number: int, /) -> Any:
    """As OpenAI's API writes it."""
    return {
        "type": "response.output_text.delta",
        "sequence_number": number,
        "item_id": "msg_68af4030baa48193b0b43b4c2a176a1a0e6967589f080e78",
        "output_index": 0,
        "content_index": 0,
        "delta": word,
        "logprobs": [],
        "obfuscation": f"{number * 2654435761 % 2**36:09x}",
    }


def ag_ui(word: str, _: int, /) -> Any:
    """As ag-ui-protocol's encoder writes it."""
    return {"type": "TEXT_MESSAGE_CONTENT", "messageId": "7f1d8a52-3c55-4a5e-9d0e-5a4f2d1c9b77", "delta": word}


def vercel_ui(word: str, _: int, /) -> Any:
    """As the AI SDK writes it."""
    return {"type": "text-delta", "id": "txt-0", "delta": word}


def langgraph(word: str, _: int, /) -> Any:
    """As LangGraph Server writes it in the mode messages-tuple."""
    message = {
        "content": word,
        "additional_kwargs": {},
        "response_metadata": {},
        "type": "AIMessageChunk",
        "name": None,
        "id": "lc_run--019a2063-b56c-77d2-ac27-856396d0ec67",
        "tool_calls": [],
        "invalid_tool_calls": [],
        "usage_metadata": None,
        "tool_call_chunks": [],
        "chunk_position": None,
    }
    metadata = {
        "created_by": "system",
        "graph_id": "agent",
        "assistant_id": "fe096781-5601-53d2-b2f6-0d3403f7e9ca",
        "run_attempt": 1,
        "langgraph_version": "1.2.22",
        "langgraph_api_version": "0.16.7",
        "thread_id": "01a20638-b56c-77d2-ac27-856396d0ec67",
        "run_id": "01a20638-b56e-717a-9ca2-45b5511db878",
        "langgraph_step": 1,
        "langgraph_node": "model",
        "langgraph_triggers": ["branch:to:model"],
        "langgraph_path": ["__pregel_pull", "model"],
        "langgraph_checkpoint_ns": "model:e8fc85b9-597e-c28c-2f0d-1c11689977bd",
        "ls_provider": "openai",
        "ls_model_type": "chat",
        "lc_versions": {"langchain-core": "1.7.2"},
    }
    return [message, metadata]


def ollama(word: str, number: int, /) -> Any:
    """As `/api/chat` writes it."""
    created = f"2025-07-07T20:22:19.{number:06}Z"
    return {
        "model": "llama3.2",
        "created_at": created,
        "message": {"role": "assistant", "content": word},
        "done": False,
    }


def agentcore(word: str, _: int, /) -> Any:
    """As an AgentCore runtime writes what Strands yields."""
    return {"event": {"contentBlockDelta": {"delta": {"text": word}, "contentBlockIndex": 0}}}


def home_made(word: str, _: int, /) -> Any:
    """The commonest home-made event."""
    return {"content": word}


# The dialect, its framing, the event's name where it has one, and what an event of text looks like.
_Shape = tuple[str, Framing, str, Callable[[str, int], Any]]
SHAPES: Final[tuple[_Shape, ...]] = (
    ("openai-chat", "sse", "", openai_chat),
    ("anthropic", "sse", "content_block_delta", anthropic),
    ("openai-responses", "sse", "response.output_text.delta", openai_responses),
    ("ag-ui", "sse", "", ag_ui),
    ("vercel-ui", "sse", "", vercel_ui),
    ("langgraph", "sse", "messages", langgraph),
    ("ollama", "ndjson", "", ollama),
    ("agentcore", "sse", "", agentcore),
    ("sse", "sse", "", home_made),
    ("ndjson", "ndjson", "", home_made),
)
_TYPES: Final[dict[Framing, str]] = {"sse": "text/event-stream", "ndjson": "application/x-ndjson"}


def body_of(shape: _Shape, events: int) -> bytes:
    """The body of one reply."""
    _, framing, name, make = shape
    head = f"event: {name}\n" if name else ""
    lines = [
        json.dumps(make(WORDS[number % len(WORDS)], number), ensure_ascii=False, separators=(",", ":"))
        for number in range(events)
    ]
    if framing == "ndjson":
        return "".join(f"{line}\n" for line in lines).encode()
    return "".join(f"{head}data: {line}\n\n" for line in lines).encode()


def pieces_of(body: bytes, size: int = PIECE_BYTES) -> list[Chunk]:
    """The body as it comes out of a socket."""
    return [Chunk(start / size, body[start : start + size]) for start in range(0, len(body), size)]


def events_apart(shape: _Shape, body: bytes) -> list[Chunk]:
    """The body as it comes from a model that is waited for: one event a piece."""
    end = b"\n" if shape[1] == "ndjson" else b"\n\n"
    return [Chunk(float(place), event + end) for place, event in enumerate(body.split(end)[:-1])]


def fold(shape: _Shape, pieces: list[Chunk]) -> Callable[[], int]:
    """What is measured: one reply, from its bytes to its text."""
    protocol, framing, _, _ = shape
    head = Head(headers={"content-type": _TYPES[framing]})

    def job() -> int:
        reception = Reception(head, ReceptionOptions(protocol=protocol, max_body_bytes=ROOMY))
        for piece in pieces:
            reception.feed(piece)
        return len(reception.finish(clean=True).text)

    return job


def frame(framing: Framing, pieces: list[Chunk]) -> Callable[[], int]:
    """What folding is not: the bytes cut into events."""

    def job() -> int:
        cut = framer(framing, max_event_bytes=ROOMY)
        return sum(len(run.data) for piece in pieces for run in cut.feed(piece.data))

    return job


def payloads_of(shape: _Shape, body: bytes) -> list[str]:
    """What each event holds."""
    return [data for run in framer(shape[1], max_event_bytes=len(body)).feed(body) for data in run.data]


def decode(payloads: list[str], decoder: Callable[[str], Any]) -> Callable[[], int]:
    """The baseline."""

    def job() -> int:
        for payload in payloads:
            decoder(payload)
        return len(payloads)

    return job


def shortest(jobs: Sequence[Callable[[], int]], rounds: int) -> list[float]:
    """The shortest time of each, taking turns: whatever else the machine does makes it longer, never shorter."""
    times = [[seconds(job) for job in jobs] for _ in range(rounds)]
    return [min(of_one) for of_one in zip(*times, strict=True)]


def seconds(job: Callable[[], int]) -> float:
    """The processor's time that a job takes: others use the machine as well."""
    gc.collect()
    began = time.process_time()
    job()
    return time.process_time() - began


def speed_row(shape: _Shape, events: int = EVENTS, rounds: int = ROUNDS) -> Row:
    """One dialect beside its JSON."""
    body = body_of(shape, events)
    payloads = payloads_of(shape, body)
    assert len(payloads) == events, (shape[0], len(payloads))
    pieces = pieces_of(body)
    jobs = (fold(shape, pieces), frame(shape[1], pieces), decode(payloads, msgspec.json.decode))
    whole, cutting, theirs = shortest(jobs, rounds)
    ours = whole - cutting
    return Row(
        benchmark=f"folding {shape[0]}",
        ours=f"{ours / events * 1e6:.2f} us an event ({whole / events * 1e6:.2f} from the bytes on)",
        baseline=f"msgspec {theirs / events * 1e6:.2f} us",
        ratio=theirs / ours,
        target=f"at most {TARGET:g} times the JSON ({ours / theirs:.2f})",
        reached=ours <= TARGET * theirs,
    )


def apart_row(shape: _Shape, events: int = EVENTS // 4, rounds: int = 5) -> Row:
    """The same, where each event comes in a piece of its own: what there is to do for a piece is then most of it."""
    body = body_of(shape, events)
    jobs = (fold(shape, events_apart(shape, body)), decode(payloads_of(shape, body), msgspec.json.decode))
    ours, theirs = shortest(jobs, rounds)
    return Row(
        benchmark=f"folding {shape[0]}, one event a piece",
        ours=f"{ours / events * 1e6:.2f} us an event from the bytes on",
        baseline=f"msgspec {theirs / events * 1e6:.2f} us",
        ratio=theirs / ours,
        target=f"at most the JSON and {APART * 1e6:g} us",
        reached=ours <= theirs + APART * events,
    )


def linearity_row(shape: _Shape) -> Row:
    """An event of a reply of 100,000, beside one of a reply of 10,000."""
    few, many = (fold(shape, pieces_of(body_of(shape, count))) for count in (10_000, 100_000))
    ours, theirs = shortest((many, few), 3)
    ours, theirs = ours / 100_000, theirs / 10_000
    return Row(
        benchmark=f"folding {shape[0]}, 100,000 events",
        ours=f"{ours * 1e6:.2f} us an event",
        baseline=f"of 10,000: {theirs * 1e6:.2f} us",
        ratio=theirs / ours,
        target=f"at most {NOISE:g} times ({ours / theirs:.2f})",
        reached=ours <= NOISE * theirs,
    )


def rows() -> list[Row]:
    """Each dialect beside its JSON, and whether a long reply costs more per event."""
    apart = [apart_row(shape) for shape in SHAPES]
    return [speed_row(shape) for shape in SHAPES] + apart + [linearity_row(shape) for shape in SHAPES]


def main() -> None:
    """Print the rows, and the standard library's decoding beside them."""
    for row in rows():
        print(row.benchmark, row.ours, row.baseline, row.target, "ok" if row.reached else "MISSED", sep=" | ")
    for shape in SHAPES:
        payloads = payloads_of(shape, body_of(shape, EVENTS))
        taken, quick = shortest((decode(payloads, json.loads), decode(payloads, msgspec.json.decode)), 5)
        print(f"json.loads {shape[0]}: {taken / EVENTS * 1e6:.2f} us, {taken / quick:.1f} times msgspec")


if __name__ == "__main__":
    main()
