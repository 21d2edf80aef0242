"""Participants whose `async def call` blocks, and what they wait for: a server, or that it was noticed."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import scenario
from scenario.runner.dispatch import habit_of

PATIENCE = 30.0
TWICE = [scenario.user("1"), scenario.agent(), scenario.user("2"), scenario.agent(), scenario.succeed()]


def until(condition: Callable[[], object]) -> None:
    """Block this thread until it holds, as a request blocks until the answer is there."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.01)):
        if condition():
            return
        pause.wait(0.01)
    raise TimeoutError("what was waited for did not happen")


class Blocks(scenario.AgentAdapter):
    """Blocks in each call until its class is known for it; notes in which loop and thread it was called."""

    def __init__(self, *, role: scenario.AgentRole = scenario.AgentRole.AGENT) -> None:
        self.role = role
        self.loops: list[asyncio.AbstractEventLoop] = []
        self.threads: list[int] = []

    def blocks(self) -> None:
        """What does it: to be called first in `call`."""
        self.loops.append(asyncio.get_running_loop())
        self.threads.append(threading.get_ident())
        until(lambda: is_known(type(self)))

    async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
        self.blocks()
        return "ok"


def is_known(kind: type) -> bool:
    """Whether it was seen that its calls hold the loop."""
    return habit_of(kind) is not None


async def make_known(agent: Blocks) -> None:
    """Let it be seen; what it noted meanwhile is forgotten."""
    await scenario.run("first", "", [agent], script=[scenario.agent(), scenario.succeed()], verbose=False)
    assert is_known(type(agent))
    agent.loops.clear()
    agent.threads.clear()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    answer: Callable[[str], str]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        question = self.rfile.read(int(self.headers["Content-Length"])).decode()
        body = self.server.answer(question).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing is said."""


@contextlib.contextmanager
def server(answer: Callable[[str], str]) -> Iterator[int]:
    """The port of a server that answers each request in a thread of its own."""
    with _Server(("127.0.0.1", 0), _Handler) as running:
        running.answer = answer
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield running.server_address[1]
        finally:
            running.shutdown()


def ask(port: int, question: str) -> str:
    """A request as synchronous clients send it: the thread stands until the answer is there."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", "/", question)
        return connection.getresponse().read().decode()
    finally:
        connection.close()
