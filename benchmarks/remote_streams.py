"""A thousand streams at once through `RemoteAgent`, beside a loop that only reads the bytes.

The server runs in a process of its own, so that its time is not counted. Each stream has 23 events in OpenAI's chunk
format, of about 290 bytes, and each event is sent by itself. The baseline is aiohttp's own client reading
`content.iter_any()`. What counts is the processor time of the client's process.
"""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import resource
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection

import aiohttp

from benchmarks.row import Row
from scenario.agents.remote.agent import RemoteAgent
from scenario.dialogue.adapter import AgentInput

STREAMS = 1_000
EVENTS = 23
ROUNDS = 5
# Long enough that the client keeps up, so that the events of a stream arrive one by one.
PAUSE_SECONDS = 0.12
CPU_TARGET = 1.0
MEMORY_TARGET_KB = 20.0


def events() -> list[bytes]:
    """One stream: a role, words, a finish reason, the usage, and `[DONE]`."""
    head = {
        "id": "chatcmpl-D8Z5oo6uDh67AD85p73ksdT1KxhE0",
        "object": "chat.completion.chunk",
        "created": 1770933892,
        "model": "gpt-4o-mini-2024-07-18",
        "service_tier": "default",
        "system_fingerprint": "fp_373a14eb6f",
    }

    def chunk(delta: dict[str, object], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        body = {**head, "choices": [choice], "usage": None, "obfuscation": "kKQ1TFcnyGtzZ0"}
        return b"data: " + json.dumps(body, separators=(",", ":")).encode() + b"\n\n"

    words = [chunk({"content": f" word{index}"}) for index in range(EVENTS - 3)]
    return [chunk({"role": "assistant", "content": ""}), *words, chunk({}, "stop"), b"data: [DONE]\n\n"]


def _serve(ready: Connection) -> None:
    asyncio.run(_server(ready))


async def _server(ready: Connection) -> None:
    pieces = [b"%x\r\n%s\r\n" % (len(event), event) for event in events()]
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = request.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length or b"0"))
                writer.write(head)
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(PAUSE_SECONDS)
                writer.write(b"0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=4096)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def _bare(url: str) -> Callable[[], Awaitable[int]]:
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    body = json.dumps({"messages": [{"role": "user", "content": "hi"}], "stream": True}).encode()

    async def one() -> int:
        size = 0
        async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
            async for piece in response.content.iter_any():
                size += len(piece)
        return size

    async def stop() -> None:
        await session.close()

    one.stop = stop  # type: ignore[attr-defined]
    return one


class _Keeping:
    """An observer that counts the text and keeps the exchange."""

    def __init__(self) -> None:
        self.exchange: object = None

    def text_delta(self, text: str) -> None:
        pass

    def exchange_recorded(self, exchange: object) -> None:
        self.exchange = exchange

    def model_called(self, model: str, usage: object, *, seconds: float, cost: float | None) -> None:
        pass


def _remote(url: str, kept: list[object] | None = None) -> Callable[[], Awaitable[int]]:
    agent = RemoteAgent(url)
    message = {"role": "user", "content": "hi"}

    async def one() -> int:
        observer = _Keeping()
        given = AgentInput(thread_id="t", messages=[message], new_messages=[message], observer=observer)
        text = await agent.call(given)
        if kept is not None:
            kept.append(observer.exchange)
        return len(text)

    return one


async def _round(one: Callable[[], Awaitable[int]]) -> float:
    """Processor seconds for each stream of a round of all of them at once."""
    gc.collect()
    began = time.process_time()
    await asyncio.gather(*[one() for _ in range(STREAMS)])
    return (time.process_time() - began) / STREAMS


async def _measure(url: str) -> tuple[float, float, float]:
    bare, remote = await _bare(url), _remote(url)
    await _round(bare)
    await _round(remote)
    pairs = [(await _round(bare), await _round(remote)) for _ in range(ROUNDS)]
    await bare.stop()  # type: ignore[attr-defined]
    # Neighbours share the machine's mood: the pair in the middle by its ratio speaks for all.
    pairs.sort(key=lambda pair: pair[1] / pair[0])
    return *pairs[len(pairs) // 2], await _memory(url)


async def _memory(url: str) -> float:
    """KiB of Python memory that a kept stream takes at the height of a round, beyond the bytes of its body."""
    kept: list[object] = []
    one = _remote(url, kept)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    await asyncio.gather(*[one() for _ in range(STREAMS)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    body = sum(map(len, events()))
    return ((peak - before) / STREAMS - body) / 1024


def rows() -> list[Row]:
    """Processor time beside the bare loop, and memory beside its limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * STREAMS)), hard))
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    server = context.Process(target=_serve, args=(sending,), daemon=True)
    server.start()
    try:
        port = receiving.recv()
        bare, remote, memory = asyncio.run(_measure(f"http://127.0.0.1:{port}/chat"))
    finally:
        server.terminate()
        server.join()
    ratio = remote / bare
    return [
        Row(
            benchmark=f"{STREAMS} streams at once, CPU of one",
            ours=f"{remote * 1e3:.2f} ms",
            baseline=f"{bare * 1e3:.2f} ms (bytes only)",
            ratio=bare / remote,
            target=f"at most {CPU_TARGET:g} times the CPU ({ratio:.2f})",
            reached=ratio <= CPU_TARGET,
        ),
        Row(
            benchmark=f"{STREAMS} streams at once, memory of one",
            ours=f"{memory:.0f} KiB beyond its bytes",
            baseline=f"{MEMORY_TARGET_KB:g} KiB",
            ratio=MEMORY_TARGET_KB / memory,
            target=f"at most {MEMORY_TARGET_KB:g} KiB",
            reached=memory <= MEMORY_TARGET_KB,
        ),
    ]


if __name__ == "__main__":
    for row in rows():
        print(row)
