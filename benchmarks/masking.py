"""What it costs that a secret is known, where none comes back: the same runs with one and without.

The agent is a server in a process of its own that streams events in OpenAI's chunk format, of about 330 bytes. What
counts is the processor time of the run's process: the request, the stream, its events, and what subscribers are told.
"""

from __future__ import annotations

import asyncio
import gc
import io
import json
import multiprocessing
import time
from collections.abc import Callable, Coroutine
from multiprocessing.connection import Connection
from typing import Any

import scenario
from benchmarks.row import Row
from scenario.redaction import Secrets
from scenario.report.terminal.terminal import terminal_subscriber

EVENTS = 200
TURNS = 5
ROUNDS = 40
EACH = 5
TARGET = 1.1
SECRET = {"Authorization": "Bearer sk-proj-AbCdEf0123456789ghijKLMNOPqrst"}
TEXT = "The weather in Paris is mild today, with some clouds in the west and no rain before the evening.\n"
WORDS = [word.replace("|", " ") for word in TEXT.replace(" ", "_|").split("_")]


def events() -> bytes:
    """One stream: a role, words, a finish reason, and `[DONE]`."""
    head = {
        "id": "chatcmpl-D8Z5oo6uDh67AD85p73ksdT1KxhE0",
        "object": "chat.completion.chunk",
        "created": 1770933892,
        "model": "gpt-4o-mini-2024-07-18",
        "service_tier": "default",
        "system_fingerprint": "fp_373a14eb6f",
    }

    def chunk(delta: dict[str, object], reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        body = {**head, "choices": [choice], "usage": None, "obfuscation": "kKQ1TFcnyGtzZ0"}
        return f"data: {json.dumps(body, separators=(',', ':'))}\n\n"

    words = [chunk({"content": WORDS[index % len(WORDS)]}) for index in range(EVENTS - 3)]
    stream = [chunk({"role": "assistant", "content": ""}), *words, chunk({}, "stop"), "data: [DONE]\n\n"]
    return "".join(stream).encode()


def _serve(ready: Connection) -> None:
    asyncio.run(_server(ready))


async def _server(ready: Connection) -> None:
    body = events()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n" % len(body)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = request.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length or b"0"))
                writer.write(head + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


class _Speaking(scenario.AgentAdapter):
    """Says its words one by one, in process."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        if self._secrets:
            input.observer.keeps_secret(self._secrets)
        text = [WORDS[index % len(WORDS)] for index in range(EVENTS)]
        for word in text:
            input.observer.text_delta(word)
        return "".join(text)


class _Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


async def _run(agent: Any, turns: int) -> None:
    script = [step for _ in range(turns) for step in (scenario.user("How is the weather?"), scenario.agent())]
    result = await scenario.run("masking", "-", agents=[agent], script=[*script, scenario.succeed()], verbose=False)
    assert result.success


def _called(url: str, turns: int) -> list[Callable[[], Coroutine[Any, Any, None]]]:
    """A run of so many turns whose request has a secret in it, and one whose request has none."""
    with_secret = scenario.RemoteAgent(url, protocol="openai-chat", headers=SECRET)
    without = scenario.RemoteAgent(url, protocol="openai-chat", headers={"X-Note": SECRET["Authorization"]})
    return [lambda: _run(with_secret, turns), lambda: _run(without, turns)]


def _printed() -> list[Callable[[], Coroutine[Any, Any, None]]]:
    async def one(secrets: Secrets) -> None:
        shows = terminal_subscriber(verbose=True, verbose_given=True, stream=_Terminal(), environ={"TERM": "xterm"})
        assert shows is not None
        with scenario.subscribed(shows):
            script = [scenario.user("Hi"), scenario.agent(), scenario.succeed()]
            await scenario.run("masking", "-", agents=[_Speaking(secrets)], script=script)

    known = Secrets.of_request("http://host/", SECRET)
    return [lambda: one(known), lambda: one(Secrets())]


async def _seconds(work: Callable[[], Coroutine[Any, Any, None]]) -> float:
    gc.collect()
    began = time.process_time()
    for _ in range(EACH):
        await work()
    return (time.process_time() - began) / EACH


async def _compared(name: str, works: list[Callable[[], Coroutine[Any, Any, None]]]) -> Row:
    heard: list[object] = []
    with scenario.subscribed(heard.append):
        for work in works:
            await _seconds(work)
        rounds = []
        for _ in range(ROUNDS):
            rounds.append([await _seconds(work) for work in works])
            heard.clear()
    # Others use the machine as well: the least is what the work itself takes.
    ours, baseline = (min(times) for times in zip(*rounds, strict=True))
    return Row(
        benchmark=f"{name}, a secret known",
        ours=f"{ours * 1e3:.2f} ms CPU",
        baseline=f"none known: {baseline * 1e3:.2f} ms",
        ratio=baseline / ours,
        target=f"at most {TARGET:g} times the CPU ({ours / baseline:.2f})",
        reached=ours <= TARGET * baseline,
    )


async def _rows(url: str) -> list[Row]:
    return [
        await _compared(f"a call of {EVENTS} events", _called(url, 1)),
        await _compared(f"a run of {TURNS} such calls", _called(url, TURNS)),
        await _compared(f"{EVENTS} pieces of text, printed as they come", _printed()),
    ]


def rows() -> list[Row]:
    """Measure."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    server = context.Process(target=_serve, args=(sending,), daemon=True)
    server.start()
    try:
        return asyncio.run(_rows(f"http://127.0.0.1:{receiving.recv()}/chat"))
    finally:
        server.terminate()
        server.join()


if __name__ == "__main__":
    for row in rows():
        print(row)
