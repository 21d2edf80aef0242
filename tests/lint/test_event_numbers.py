"""Events are counted from 1 wherever people read of them, by the lint as by the errors of an answer."""

from __future__ import annotations

import json
import re

import pytest
from aiohttp import web

import scenario
from scenario import checks
from scenario.lint.linting import lint
from tests.cli_run.command import typed
from tests.lint.planting import CHAT, chat
from tests.lint.playing import played
from tests.probe.agents import HEADERS, Agents

ERROR = b'data: {"error": {"message": "overloaded"}}\n\n'


async def damaged(request: web.Request) -> web.StreamResponse:
    """A stream whose third event is cut."""
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    await response.write(b"".join([*CHAT[:2], CHAT[2][:40] + b"\n\n", *CHAT[3:]]))
    return response


def numbers(text: str) -> set[str]:
    """The numbers of the events that a text speaks of."""
    return set(re.findall(r"\bevent (\d+)", text))


async def test_one_event_has_one_number() -> None:
    """In the error and in the finding; for programs, its index is there, from 0."""
    async with Agents({"/chat": damaged}) as server:
        words = ("lint", f"{server.url}/chat", "-d", '{"message": "Hi"}')
        text = (await typed(*words)).out
        found = json.loads((await typed(*words, "--format", "json")).out)
        log = json.loads((await typed(*words, "--format", "sarif")).out)
    assert (text.count("event 3"), numbers(text)) == (2, {"3"})
    (finding,) = [one for one in found["findings"] if one["rule"] == "L24"]
    assert (numbers(found["error"]), finding["event"]) == ({"3"}, 2)
    (result,) = [one for one in log["runs"][0]["results"] if one["ruleId"] == "L24"]
    assert result["locations"][0]["logicalLocations"][0]["name"] == "event 3"
    assert result["properties"]["event"] == 2


async def test_a_check_counts_as_the_error_does() -> None:
    """Both are told in one report."""
    async with Agents({"/chat": damaged}) as server:
        agent = scenario.RemoteAgent(f"{server.url}/chat", on_incomplete="return")
        with pytest.raises(AssertionError, match=r"answer 1, event 3 at"):
            await played(agent, checks.stream_conforms())


def test_a_finding_that_names_another_event_counts_alike() -> None:
    """L41 says after which event the success came."""
    found = [finding for finding in lint(chat(*CHAT[:2], ERROR, *CHAT[2:])) if finding.rule == "L41"]
    assert [(numbers(finding.seen), finding.number) for finding in found] == [({"3"}, 8)]
