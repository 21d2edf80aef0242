"""Where no response came there is no stream, and the lint has nothing to say of it."""

from __future__ import annotations

import pytest

import scenario
from scenario import checks
from scenario.errors import AgentUnreachableError
from scenario.report.terminal.glyphs import UNICODE
from scenario.report.terminal.lines import plain
from scenario.report.terminal.summary import summary_lines
from tests.lint.playing import Kept, listening, played
from tests.remote.raw_server import Connection, RawServer


async def closes(_connection: Connection) -> None:
    """Takes the request and closes the connection."""


async def unanswered(url: str) -> Kept:
    """What reports keep of a run whose agent does not answer."""
    with listening() as kept, pytest.raises(AgentUnreachableError):
        await played(scenario.RemoteAgent(url))
    return kept


async def test_a_call_without_a_response_is_not_linted() -> None:
    """Be the connection refused or closed: neither the record, the totals nor the page has an error of a stream."""
    async with RawServer(closes) as server:
        url = server.url
        closed = await unanswered(url)
    for kept in (closed, await unanswered(url)):
        record, (stream,) = kept.records[0], kept.accounts[0].streams
        assert (record.stream_errors, record.stream_warnings, record.stream_rules, record.unlinted) == (0, 0, (), 0)
        assert "lint" not in plain(summary_lines([record], glyphs=UNICODE, width=100)[-1])
        assert (stream.status, stream.findings) == (None, [])


class Excusing(scenario.AgentAdapter):
    """Says something in place of an agent that does not answer."""

    def __init__(self, url: str) -> None:
        self._agent = scenario.RemoteAgent(url)

    async def call(self, input: scenario.AgentInput) -> scenario.AgentReturnTypes:  # noqa: A002
        """Ask it, and excuse it."""
        try:
            return await self._agent.call(input)
        except AgentUnreachableError:
            return "It does not answer."


async def test_a_stream_that_never_came_does_not_conform() -> None:
    """A run that goes on after the refusal has no stream to be checked, and the check does not hold."""
    async with RawServer(closes) as server:
        with pytest.raises(AssertionError, match="no response came"):
            await played(Excusing(server.url), checks.stream_conforms())
