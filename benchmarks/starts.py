"""How long the caller's loop stands still while runs start: the first one of a process, and 2,000 at once.

A task of the caller's notes the time whenever it gets its turn; what is told is the longest gap, beside the time until
all of the runs have ended. It is the processor's time, of all threads of the process, so that other processes do not
count. Run it alone with `python -m benchmarks.starts`; a process of its own measures each row.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Connection

from benchmarks.row import Row

RUNS = 2_000
ROUNDS = 3
LIMIT = 0.1


def _serve(ready: Connection) -> None:
    asyncio.run(_server(ready))


async def _server(ready: Connection) -> None:
    """An agent that takes half a second, and then says one word."""
    event = b'data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Sunny"}}]}\n\n'
    end = b'data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    body = event + end + b"data: [DONE]\n\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n" % len(body)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = request.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length or b"0"))
                await asyncio.sleep(0.5)
                writer.write(head + body)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=4096)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


class Heart:
    """Beats on the loop, within its block.

    Attributes:
        longest: the longest gap between two beats, in seconds of the processor.
    """

    def __init__(self) -> None:
        self.longest = 0.0

    async def __aenter__(self) -> Heart:
        self._last = time.process_time()
        self._task = asyncio.create_task(self._beat())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._note()
        self._task.cancel()

    def _note(self) -> None:
        now = time.process_time()
        self.longest, self._last = max(self.longest, now - self._last), now

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(0.001)
            self._note()


async def _measured(url: str, folder: str, count: int) -> tuple[float, float]:
    import scenario
    from scenario.store.writer import StoreWriter

    agent, script = scenario.RemoteAgent(url), [scenario.user("How is the weather?"), scenario.agent()]
    run = scenario.run
    with StoreWriter(folder) as writer, scenario.subscribed(writer):
        async with Heart() as heart:
            began = time.perf_counter()
            await asyncio.gather(
                *[
                    run(
                        name=f"scenario {number}",
                        description="Somebody asks for the weather.",
                        agents=[agent],
                        script=[*script, scenario.succeed("It has answered.")],
                        verbose=False,
                    )
                    for number in range(count)
                ]
            )
            seconds = time.perf_counter() - began
        return heart.longest, seconds


def client(url: str, count: int) -> None:
    """Start so many, and print the longest gap and how long all of it took, in seconds."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * RUNS)), hard))
    with tempfile.TemporaryDirectory() as folder:
        print(*asyncio.run(_measured(url, folder, count)))


def _gaps(url: str, count: int) -> tuple[float, float]:
    """The shortest of the longest gaps of some processes, each with how long it took."""
    command = [sys.executable, "-m", "benchmarks.starts", url, str(count)]
    rounds = []
    for _ in range(ROUNDS):
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        rounds.append((float(told[0]), float(told[1])))
    return min(rounds)


def rows() -> list[Row]:
    """Measure."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    server = context.Process(target=_serve, args=(sending,), daemon=True)
    server.start()
    found = []
    try:
        url = f"http://127.0.0.1:{receiving.recv()}/v1/chat/completions"
        for name, count in (("the first run of a process", 1), (f"{RUNS:,} runs at once", RUNS)):
            longest, seconds = _gaps(url, count)
            found.append(
                Row(
                    benchmark=f"starts: {name}, the loop's longest block",
                    ours=f"{longest * 1e3:.0f} ms",
                    baseline=f"{seconds:.2f} s until all have ended",
                    ratio=LIMIT / longest,
                    target=f"under {LIMIT * 1e3:.0f} ms",
                    reached=longest < LIMIT,
                )
            )
    finally:
        server.terminate()
        server.join()
    return found


if __name__ == "__main__":
    if len(sys.argv) > 1:
        client(sys.argv[1], int(sys.argv[2]))
    else:
        for row in rows():
            print(*row, sep=" | ")
