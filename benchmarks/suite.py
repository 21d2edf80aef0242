"""A suite of 1,000 scripted scenarios of 5 turns, stored, beside a loop that posts the same requests.

The agent streams from a process of its own. Each client is a whole process, whose processor time is taken from its end:
`bare` is aiohttp's own client, which sends the same 5,000 requests and reads the bytes; `kept` plays the scenarios in
Python with the store on, `played` without one; `files` is `scenario run` on a folder of the same scenarios, with the
store and what it prints by default.

The target of the first row is half of what it was when this was first measured; that of the second says what reading
files, keeping what happened and telling of it may add to playing the scenarios.

Run it alone with `python -m benchmarks.suite`; `python -m benchmarks.suite kept URL` is one client by itself.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.row import Row

SCENARIOS = 1_000
TURNS = 5
AT_ONCE = 4  # as `scenario run` has it by itself
ROUNDS = 3
STORED_TARGET = 4.1
FILES_TARGET = 1.3
ANSWER = "The weather in Paris is sunny today, with light wind from the west."
QUESTION = "And what will the weather be like in Paris, turn {turn}, if it does not rain?"


def events() -> list[bytes]:
    """An answer: a role, words, a finish reason, and `[DONE]`."""
    head = {
        "id": "chatcmpl-D8Z5oo6uDh67AD85p73",
        "object": "chat.completion.chunk",
        "created": 1770933892,
        "model": "m",
    }

    def chunk(delta: dict[str, object], reason: str | None = None) -> bytes:
        body = {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
        return b"data: " + json.dumps(body, separators=(",", ":")).encode() + b"\n\n"

    words = [chunk({"content": word if index == 0 else f" {word}"}) for index, word in enumerate(ANSWER.split(" "))]
    return [chunk({"role": "assistant", "content": ""}), *words, chunk({}, "stop"), b"data: [DONE]\n\n"]


# --- the agent ---


def _serve(ready: Connection) -> None:
    asyncio.run(_server(ready))


async def _server(ready: Connection) -> None:
    pieces = [b"%x\r\n%s\r\n" % (len(event), event) for event in events()]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = request.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length or b"0"))
                writer.write(head)
                for piece in pieces:
                    writer.write(piece)
                    await asyncio.sleep(0)
                writer.write(b"0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=4096)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


# --- the clients ---


async def _all(one: Callable[[int], Awaitable[object]]) -> None:
    """So many at once, until all are done."""
    numbers = iter(range(SCENARIOS))

    async def work() -> None:
        for number in numbers:
            await one(number)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())


async def _bare(url: str) -> None:
    import aiohttp

    messages, bodies = [], []
    for turn in range(TURNS):
        messages.append({"role": "user", "content": QUESTION.format(turn=turn)})
        bodies.append(json.dumps({"messages": messages, "stream": True}).encode())
        messages.append({"role": "assistant", "content": ANSWER})
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one(number: int) -> None:
            del number
            for body in bodies:
                async with session.post(url, data=body, headers=headers) as response:
                    async for _ in response.content.iter_any():
                        pass

        await _all(one)


async def _played(url: str) -> None:
    import scenario

    async def one(number: int) -> None:
        result = await scenario.run(
            name=f"scenario {number}",
            description="Somebody asks for the weather.",
            agents=[scenario.RemoteAgent(url)],
            script=[
                *(
                    step
                    for turn in range(TURNS)
                    for step in (scenario.user(QUESTION.format(turn=turn)), scenario.agent())
                ),
                scenario.succeed("It has answered."),
            ],
            verbose=False,
        )
        assert result.success
        assert len(result.messages) == 2 * TURNS

    await _all(one)


def _kept(url: str, folder: str) -> None:
    import scenario
    from scenario.store.writer import StoreWriter

    with StoreWriter(folder) as writer, scenario.subscribed(writer):
        asyncio.run(_played(url))


def client(kind: str, url: str, folder: str) -> None:
    """Do what a client does, in this process."""
    match kind:
        case "bare":
            asyncio.run(_bare(url))
        case "played":
            asyncio.run(_played(url))
        case _:
            _kept(url, folder)


# --- the measurement ---


def write_files(folder: Path, url: str) -> None:
    """The same scenarios as files."""
    turns = "".join(f'  - user: "{QUESTION.format(turn=turn)}"\n  - agent\n' for turn in range(TURNS))
    for number in range(SCENARIOS):
        (folder / f"scenario_{number:04}.yaml").write_text(
            f"name: scenario {number}\ndescription: Somebody asks for the weather.\nagent: {url}\n"
            f"script:\n{turns}  - succeed: It has answered.\n"
        )


def cpu_seconds(command: Sequence[str]) -> float:
    """What a process takes of the processor, with all that it starts.

    Raises:
        RuntimeError: it has failed.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} has ended with {process.returncode}")
    return used.ru_utime + used.ru_stime


def _round(url: str, files: Path) -> dict[str, float]:
    """Each client once."""
    here = [sys.executable, "-m", "benchmarks.suite"]
    taken = {}
    with tempfile.TemporaryDirectory() as store:
        for kind in ("bare", "played", "kept"):
            taken[kind] = cpu_seconds([*here, kind, url, f"{store}/python"])
        command = [sys.executable, "-m", "scenario", "run", str(files), "--store", f"{store}/files"]
        taken["files"] = cpu_seconds(command)
    return taken


def measured() -> dict[str, float]:
    """Seconds of the processor that each client took: the least of some rounds."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    server = context.Process(target=_serve, args=(sending,), daemon=True)
    server.start()
    try:
        url = f"http://127.0.0.1:{receiving.recv()}/v1/chat/completions"
        with tempfile.TemporaryDirectory() as name:
            write_files(Path(name), url)
            rounds = [_round(url, Path(name)) for _ in range(ROUNDS)]
    finally:
        server.terminate()
        server.join()
    return {kind: min(taken[kind] for taken in rounds) for kind in rounds[0]}


def rows() -> list[Row]:
    """Measure."""
    taken = measured()
    stored, files = taken["kept"] / taken["bare"], taken["files"] / taken["played"]
    size = f"{SCENARIOS:,} scenarios of {TURNS} turns"
    return [
        Row(
            benchmark=f"suite of {size}, stored: CPU",
            ours=f"{taken['kept']:.2f} s",
            baseline=f"{taken['bare']:.2f} s (bytes only)",
            ratio=1 / stored,
            target=f"at most {STORED_TARGET:g} times the CPU ({stored:.2f})",
            reached=stored <= STORED_TARGET,
        ),
        Row(
            benchmark=f"`scenario run` of {size}, stored: CPU",
            ours=f"{taken['files']:.2f} s",
            baseline=f"{taken['played']:.2f} s (in Python, not stored)",
            ratio=1 / files,
            target=f"at most {FILES_TARGET:g} times the CPU ({files:.2f})",
            reached=files <= FILES_TARGET,
        ),
    ]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        client(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "")
    else:
        for row in rows():
            print(*row, sep=" | ")
