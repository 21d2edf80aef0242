"""A run against a hostile agent: stored, shown, and what is left of it."""

from __future__ import annotations

import asyncio
import io
from contextlib import ExitStack
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from click.testing import CliRunner

import scenario
from scenario.cli.main import main
from scenario.dialogue.events import ExchangeRecorded, RunEvent
from scenario.errors import fault_of
from scenario.exchange import Exchange
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.report.terminal.terminal import terminal_subscriber
from scenario.store.writer import StoreWriter
from tests.hostile.behaviour import MAX_BODY_BYTES, MAX_EVENT_BYTES, SECRET, Hostile

# No run of the corpus may take so many seconds: the longest deadline of each is a fraction of it.
GIVE_UP: Final = 60.0
REPORTS: Final = ("markdown", "html", "junit", "json")


class Played(msgspec.Struct, kw_only=True):
    """A run that is over.

    Attributes:
        exchanges: what went over the wire.
        record: what reports know of it.
        error: what it raised.
        printed: what the terminal showed.
        requests: how many requests reached the server.
        tasks: the tasks that were left when the run and the server were over.
    """

    exchanges: list[Exchange]
    record: RunRecord | None
    error: scenario.ScenarioError | None
    printed: str
    requests: int
    tasks: list[str]

    @property
    def exchange(self) -> Exchange:
        """The last one."""
        return self.exchanges[-1]

    @property
    def fault(self) -> str | None:
        """Whose fault the error says it was."""
        return fault_of(self.error)


def agent_of(hostile: Hostile, url: str) -> scenario.RemoteAgent:
    """The agent as a user would name it, with a key."""
    parts = urlsplit(url)
    headers = {"Authorization": f"Bearer {SECRET}", **hostile.agent.get("headers", {})}
    settings = {
        "protocol": "openai-chat",
        "timeout": hostile.timeouts,
        "max_body_bytes": MAX_BODY_BYTES,
        "max_event_bytes": MAX_EVENT_BYTES,
        "name": "agent",
        **hostile.agent,
        "headers": headers,
    }
    address = f"{'https' if hostile.secure else 'http'}://{parts.netloc}{hostile.path}"
    return scenario.RemoteAgent(address, **settings)


async def play(hostile: Hostile, writer: StoreWriter) -> Played:
    """One run with it, on the loop of who calls."""
    exchanges: list[Exchange] = []
    records: list[RunRecord] = []
    error: scenario.ScenarioError | None = None
    stream = io.StringIO()

    def hear(event: RunEvent) -> None:
        if isinstance(event, ExchangeRecorded):
            exchanges.append(event.exchange)

    shows = terminal_subscriber(
        verbose=True, verbose_given=True, stream=stream, environ={"GITHUB_ACTIONS": "true", "TERM": "dumb"}
    )
    assert shows is not None
    script = [step for _ in range(hostile.turns) for step in (scenario.user("Hi"), scenario.agent())]
    before = asyncio.all_tasks()
    async with hostile.server() as server:
        with ExitStack() as stack:
            for subscriber in (writer, hear, RunRecorder(lambda record, *_: records.append(record)), shows):
                stack.enter_context(scenario.subscribed(subscriber))
            agent = agent_of(hostile, server.url)
            try:
                async with asyncio.timeout(GIVE_UP):
                    await scenario.run(
                        name=f"{hostile}",
                        description="",
                        agents=[agent],
                        script=[*script, scenario.succeed()],
                        verbose=False,
                    )
            except scenario.ScenarioError as raised:
                error = raised
        requests = len(server.requests)
    left = [repr(task) for task in asyncio.all_tasks() - before]
    return Played(
        exchanges=exchanges,
        record=records[0] if records else None,
        error=error,
        printed=stream.getvalue(),
        requests=requests,
        tasks=left,
    )


def written(folder: Path) -> dict[str, str]:
    """What the commands write of the last run in a store: each report, the run as it is shown, and its bytes."""
    runner = CliRunner(env={"GITHUB_ACTIONS": "true"})
    said: dict[str, str] = {}
    commands = {form: ["report", "last", "--format", form] for form in REPORTS}
    commands |= {"show": ["show", "last"], "show --json": ["show", "last", "--json"], "list": ["list"]}
    for name, command in commands.items():
        done = runner.invoke(main, [*command, "--store", str(folder)])
        assert done.exit_code == 0, f"{command}: {done.output[-2000:]} {done.exception!r}"
        said[name] = done.output
    return said
