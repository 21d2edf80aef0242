"""More calls at once than the system grants descriptors: they wait for each other, and none fails for that."""

from __future__ import annotations

import asyncio
import json
import sys
import textwrap

import pytest

from tests.remote.raw_server import Connection, RawServer, whole

pytest.importorskip("resource", reason="this system has no limit of descriptors")

_CALLS = """
import asyncio, json, resource, sys
from scenario.agents.remote.agent import RemoteAgent
from scenario.config import Timeouts
from scenario.dialogue.adapter import AgentInput
from scenario.errors import AgentUnreachableError

resource.setrlimit(resource.RLIMIT_NOFILE, (128, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

class Observer:
    def __init__(self): self.exchange = None
    def text_delta(self, text): pass
    def exchange_recorded(self, exchange): self.exchange = exchange
    def keeps_secret(self, secrets): pass

async def call(agent):
    message, observer = {"role": "user", "content": "hi"}, Observer()
    given = AgentInput(thread_id="t", messages=[message], new_messages=[message], observer=observer)
    text = await agent.call(given)
    return text, observer.exchange
"""


async def ran(code: str, *urls: str) -> object:
    """What a process of its own prints, whose descriptors are few."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _CALLS + textwrap.dedent(code),
        *urls,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


@pytest.mark.parametrize("keep", [True, False])
async def test_calls_wait_for_a_connection_where_descriptors_are_few(keep: bool) -> None:
    """Their waiting is no slowness of the agent's: no time of the record knows of it."""

    async def behave(connection: Connection) -> None:
        connection.keep = keep
        await asyncio.sleep(0.1)
        await connection.send(whole(b'{"reply": "hello"}', "application/json"))

    async with RawServer(behave) as server:
        said = await ran(
            """
            async def main(url):
                agent = RemoteAgent(url, timeout=Timeouts(connect=20, first_byte=20, idle=20, total=20))
                began = asyncio.get_running_loop().time()
                calls = await asyncio.gather(*[call(agent) for _ in range(600)])
                whole = asyncio.get_running_loop().time() - began
                totals = sorted([exchange.timing.total for _, exchange in calls])
                # They go in ten turns or more: with its waiting, the one in the middle would take half of the time.
                print(json.dumps([[text for text, _ in calls], totals[300] < whole / 4, totals[0] >= 0.1]))
            asyncio.run(main(sys.argv[1]))
            """,
            server.url,
        )
    assert said == [["hello"] * 600, True, True]


async def test_idle_connections_make_room_for_others() -> None:
    """Those to another server that wait for their next request are closed first."""

    async def behave(connection: Connection) -> None:
        connection.keep = True
        # All of them are under way at once, each on a connection of its own.
        await asyncio.sleep(0.2)
        await connection.send(whole(b'{"reply": "hello"}', "application/json"))

    async with RawServer(behave) as one, RawServer(behave) as other:
        said = await ran(
            """
            async def main(*urls):
                for url in urls:
                    agent = RemoteAgent(url)
                    calls = await asyncio.gather(*[call(agent) for _ in range(90)])
                print(json.dumps([text for text, _ in calls]))
            asyncio.run(main(*sys.argv[1:]))
            """,
            one.url,
            other.url,
        )
    assert said == ["hello"] * 90


async def test_where_none_is_ours_the_lack_is_the_machine_s() -> None:
    """There is nothing to wait for: the error says it at once, as before."""

    async def behave(connection: Connection) -> None:
        await connection.send(whole(b'{"reply": "hello"}', "application/json"))

    async with RawServer(behave) as server:
        said = await ran(
            """
            async def main(url):
                held = []
                await call(RemoteAgent(url))
                await asyncio.sleep(0)
                try:
                    while True:
                        held.append(open(sys.argv[0] if len(sys.argv) > 2 else "/dev/null"))
                except OSError:
                    pass
                try:
                    await call(RemoteAgent(url))
                except AgentUnreachableError as error:
                    print(json.dumps([error.fault, "too many open files" in str(error)]))
                del held
            asyncio.run(main(sys.argv[1]))
            """,
            server.url,
        )
    assert said == ["machine", True]
