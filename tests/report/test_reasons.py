"""What is shown of the error that ended a run: the reason itself, and what to do."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from aiohttp import web

import scenario
from scenario.checks import stream_conforms
from scenario.dialogue.subscribers import subscribed
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.report.files.junit import junit_xml
from scenario.report.reasons import failure_lines, with_its_end
from scenario.report.terminal.glyphs import UNICODE
from scenario.report.terminal.lines import plain
from scenario.report.terminal.progress import end_line
from scenario.report.terminal.summary import summary_lines
from scenario.report.terminal.wrapping import cells
from tests.probe.agents import Agents, events
from tests.suite.records import record

FIRST = "AssertionError: stream_conforms: the stream breaks 2 of its rules:"


async def test_a_stream_that_breaks_a_rule_is_told_with_the_rule() -> None:
    """On the summary's page, in JUnit's message and on the line of a run that has just ended."""

    async def agent(request: web.Request) -> web.StreamResponse:
        return await events(request, {"choices": [{"index": 0, "delta": {"content": "It is 18."}}]}, end=False)

    records: list[RunRecord] = []
    async with Agents({"/chat": agent}) as server:
        remote = scenario.RemoteAgent(f"{server.url}/chat", protocol="openai-chat", on_incomplete="return")
        recorder = RunRecorder(lambda one, *_: records.append(one))
        with pytest.raises(AssertionError), subscribed(recorder):
            await scenario.run(
                name="conforms",
                description="",
                agents=[remote],
                script=[scenario.user("Hello"), scenario.agent(), stream_conforms(), scenario.succeed()],
                verbose=False,
            )
    page = [plain(line) for line in summary_lines(records, glyphs=UNICODE, width=100)]
    at = page.index(f"    {FIRST}")
    assert page[at + 1].startswith("      L")
    (failure,) = ElementTree.fromstring(junit_xml(records)).iter("failure")  # noqa: S314 - our own
    assert str(failure.get("message")).startswith(f"{FIRST} L")
    assert "rules: L" in plain(end_line(records[0], UNICODE, width=200))


def test_a_few_lines_follow_the_first() -> None:
    """Three, of 300 characters together; how many more there are is said, and nothing of what pytest appends."""
    assert failure_lines("a:\n  b\n\n  c\n  d\n  e\n  f") == ["a:", "  b", "  c", "  d", "… 2 more"]
    assert failure_lines(f"a:\n{'b' * 400}\nc") == ["a:", f"{'b' * 300}…", "… 1 more"]
    assert failure_lines("no lookup\nassert []\n +  where [] = calls()") == ["no lookup"]


def test_the_end_of_a_long_error_is_shown() -> None:
    """Its middle is left out: the last words say what to do, and each line fits."""
    long = record(outcome="invalid", error=f"AgentError: {'word ' * 390}Say reply='text'.", fault="test")
    page = [plain(line) for line in summary_lines([long], glyphs=UNICODE, width=60)]
    assert "Say reply='text'. at fault: the test" in " ".join(" ".join(page).split())
    assert all(cells(line) <= 60 for line in page[1:-1])
    assert with_its_end("abcdefghijkl", 9) == "abcd … kl"
    assert with_its_end("abc", 9) == "abc"
