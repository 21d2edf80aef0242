"""What a test declares that a finish reason means is what the lint goes by."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

import scenario
from scenario import checks
from scenario.store.packing import packed, unpacked
from tests.lint.planting import CHAT
from tests.lint.playing import Played, played
from tests.probe.agents import HEADERS, Agents


async def stops_at_a_limit(request: web.Request) -> web.StreamResponse:
    """A sound stream whose model stopped at a limit."""
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    await response.write(b"".join(CHAT).replace(b'"stop"', b'"length"'))
    return response


async def limited(*checked: checks.Check, **settings: Any) -> Played:
    """A run with that agent, under these settings."""
    async with Agents({"/chat": stops_at_a_limit}) as server:
        return await played(scenario.RemoteAgent(f"{server.url}/chat", **settings), *checked)


async def test_a_reason_that_is_declared_to_be_good_is_good() -> None:
    """For the check, for the run's record and for its page; and so when it comes out of a store."""
    run = await limited(checks.stream_conforms(level="warning"), finish_reasons={"length": "complete"})
    assert run.result.success
    assert (run.record.stream_errors, run.record.stream_rules, run.account.streams[0].findings) == (0, (), [])
    blobs = packed(run.exchanges[0], 0, None)
    stored, _ = unpacked(blobs.details, blobs.trace, blobs.body, 0, None)
    assert stored.finish_reasons == {"length": "complete"}


async def test_a_reason_that_is_not_declared_is_told() -> None:
    """With the setting that declares it among the remedies."""
    with pytest.raises(AssertionError, match=r'L59 error .*finish_reasons=\{"length": "complete"\}'):
        await limited(checks.stream_conforms(), on_incomplete="return")


async def test_a_reason_that_is_declared_to_be_bad_is_told() -> None:
    """Although it is known to be a good one elsewhere."""
    run = await limited(on_incomplete="return", finish_reasons={"length": "error"})
    assert "L59" in run.record.stream_rules
