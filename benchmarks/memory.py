"""How much memory a large answer takes, each case in a process of its own: the height of its resident set.

A body of 64 MiB is read by a scenario's `RemoteAgent`, without a store and with one, in events as chat servers send
them and in events of a MiB each: what it takes beyond the process that has read a small one, beside the body's own
size. Twenty million tiny events are refused: what the whole process takes then.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Final

from benchmarks.remote_streams import events
from benchmarks.row import Row

MIB: Final = 1024 * 1024
BODY_MIB: Final = 62  # with what ends it, below the 64 MiB that are allowed
RATIO: Final = 1.5
TINY_MIB: Final = 200.0
_DONE: Final = b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
_BODIES: Final[dict[str, Sequence[bytes]]] = {
    "events of 290 bytes": events()[1:-2],
    "events of a MiB": [b'data: {"object": "chat.completion.chunk", "choices": [], "x": "%s"}\n\n' % (b"x" * MIB)],
}
_TINY: Final[dict[str, tuple[str, bytes]]] = {
    "data:x": ("text/event-stream", b"data:x\n\n"),
    "{}": ("application/x-ndjson", b"{}\n"),
}


def _serve(ready: Connection, content_type: str, pieces: Sequence[bytes]) -> None:
    asyncio.run(_server(ready, content_type, b"".join(pieces)))


async def _server(ready: Connection, content_type: str, block: bytes) -> None:
    """The first answer is small, the others are large."""
    block *= max(1, 64 * 1024 // len(block))
    large = False

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal large
        request = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = request.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length or b"0"))
        count, large = BODY_MIB * MIB // len(block) if large else 1, True
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: %s\r\n\r\n" % content_type.encode())
        with contextlib.suppress(ConnectionError):
            for _ in range(count):
                writer.write(block)
                await writer.drain()
            writer.write(_DONE)
            await writer.drain()
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _resident() -> float:
    """The height of this process, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _run(url: str) -> float:
    """Play a scenario of one turn; the MiB that its answer has."""
    import scenario

    agent = scenario.RemoteAgent(url, on_incomplete="return", timeout=300)
    script = [scenario.user("Hi"), scenario.agent(), scenario.succeed()]
    result = await scenario.run("memory", "A long answer.", agents=[agent], script=script, verbose=False)
    return result.exchanges[0].timing.bytes / MIB


def measured(name: str, *, stored: bool) -> tuple[float, float, float]:
    """The answer's MiB, the MiB that its run takes beyond a small one's, and the MiB of the whole process."""
    from scenario.dialogue.subscribers import subscribed
    from scenario.store.writer import StoreWriter

    content_type, pieces = ("text/event-stream", _BODIES[name]) if name in _BODIES else _of_tiny(name)
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    server = context.Process(target=_serve, args=(sending, content_type, pieces), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{receiving.recv()}/chat"
    try:
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            if stored:
                stack.enter_context(subscribed(stack.enter_context(StoreWriter(folder))))
            asyncio.run(_run(url))
            before = _resident()
            size = asyncio.run(_run(url))
    finally:
        server.terminate()
        server.join()
    return size, _resident() - before, _resident()


def _of_tiny(name: str) -> tuple[str, Sequence[bytes]]:
    content_type, event = _TINY[name]
    return content_type, [event] * 1_000


def _in_a_process(name: str, *options: str) -> tuple[float, float, float]:
    command = [sys.executable, "-m", "benchmarks.memory", name, *options]
    size, more, whole = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-3:]
    return float(size), float(more), float(whole)


def rows() -> list[Row]:
    """Each large body beside its size, and tiny events beside their limit."""
    found: list[Row] = []
    for name in _BODIES:
        for options in ((), ("stored",)):
            size, more, _ = _in_a_process(name, *options)
            found.append(
                Row(
                    benchmark=f"memory, {name}{', stored' if options else ''}",
                    ours=f"{more:.0f} MiB",
                    baseline=f"{size:.0f} MiB of body",
                    ratio=size / more,
                    target=f"at most {RATIO:g} times the body ({more / size:.2f})",
                    reached=more <= RATIO * size,
                )
            )
    for name in _TINY:
        _, _, whole = _in_a_process(name)
        found.append(
            Row(
                benchmark=f"memory, millions of {name}",
                ours=f"{whole:.0f} MiB in all",
                baseline=f"{TINY_MIB:g} MiB",
                ratio=TINY_MIB / whole,
                target=f"at most {TINY_MIB:g} MiB",
                reached=whole <= TINY_MIB,
            )
        )
    return found


if __name__ == "__main__":
    print(*measured(sys.argv[1], stored="stored" in sys.argv[2:]))
