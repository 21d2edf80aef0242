"""`scenario.checks.stream_conforms`, and what reports say of the lint."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

import scenario
from scenario import checks
from scenario.report.glyphs import UNICODE
from scenario.report.lines import plain
from scenario.report.run_record import RunRecord, RunRecorder
from scenario.report.summary import summary_lines
from scenario.testing import AgentServer, ScriptedResponse, ScriptedTransport
from tests.lint.planting import CHAT
from tests.lint.streams import HEADERS


async def run(
    *bodies: list[bytes], check: checks.Check, headers: Mapping[str, str] = HEADERS
) -> tuple[scenario.ScenarioResult, RunRecord]:
    """A run whose agent answers with these bodies, one to a turn."""
    responses = [ScriptedResponse(body, headers=headers, seconds=0.1) for body in bodies]
    agent = scenario.RemoteAgent("http://127.0.0.1:1/chat", transport=ScriptedTransport(responses))
    records: list[RunRecord] = []
    with scenario.subscribed(RunRecorder(lambda record, *_: records.append(record))):
        result = await scenario.arun(
            name="weather",
            description="A traveller asks about the weather.",
            agents=[agent],
            script=[
                *[step for _ in bodies for step in (scenario.user("Hello"), scenario.agent())],
                check,
                scenario.succeed(),
            ],
        )
    return result, records[0]


async def test_a_sound_stream_conforms() -> None:
    """Nothing is raised, and the record counts nothing."""
    result, record = await run(CHAT, check=checks.stream_conforms(level="info"))
    assert result.success
    assert record.stream_errors == 0


async def test_what_is_broken_is_named() -> None:
    """The rule, the answer, the event with its time, what was seen and what to do."""
    broken = [*CHAT[:2], CHAT[2][:40] + b"\n\n", *CHAT[3:]]
    with pytest.raises(AssertionError, match=r"L24 error \(answer 2, event 2 at 0\.30 s\): the JSON is cut .* encoder"):
        await run(CHAT, broken, check=checks.stream_conforms())


async def test_rules_can_be_left_out() -> None:
    """By their ids."""
    broken = [*CHAT[:2], CHAT[2][:40] + b"\n\n", *CHAT[3:]]
    result, record = await run(broken, check=checks.stream_conforms(ignore=["L24"]))
    assert result.success
    assert record.stream_errors == 1


async def test_warnings_count_where_they_are_asked_for() -> None:
    """The level is the least that counts."""
    kept = {name: value for name, value in HEADERS.items() if name != "cache-control"}
    await run(CHAT, check=checks.stream_conforms(), headers=kept)
    with pytest.raises(AssertionError, match="L03 warning"):
        await run(CHAT, check=checks.stream_conforms(level="warning"), headers=kept)


async def test_the_agents_for_tests_stream_soundly() -> None:
    """Who tries Scenario with them is not warned of what is ours."""
    for style in ("openai-chat", "sse", "ndjson", "json", "text"):
        async with AgentServer("Hello there.", style=style) as agent:
            result = await scenario.arun(
                name="weather",
                description="",
                agents=[scenario.RemoteAgent(agent.url)],
                script=[
                    scenario.user("Hello"),
                    scenario.agent(),
                    checks.stream_conforms(level="info"),
                    scenario.succeed(),
                ],
            )
        assert result.success


async def test_without_a_stream_there_is_nothing_to_check() -> None:
    """The test is told that its agent answered over no wire."""
    with pytest.raises(scenario.ScenarioError, match="RemoteAgent"):
        await run(check=checks.stream_conforms())


@pytest.mark.parametrize("settings", [{"ignore": ["L99"]}, {"level": "errors"}])
def test_unknown_rules_and_levels_are_refused(settings: dict[str, object]) -> None:
    """Where the check is made, not where it runs."""
    with pytest.raises(scenario.ConfigurationError, match="stream_conforms"):
        checks.stream_conforms(**settings)  # type: ignore[arg-type]


def test_the_summary_tells_of_broken_rules() -> None:
    """In the totals, and not at all where the streams are sound."""
    records = [
        RunRecord(run_id="1", name="one", outcome="passed", turns=1, stream_errors=1),
        RunRecord(run_id="2", name="two", outcome="passed", turns=1, stream_errors=1, stream_warnings=3),
    ]
    totals = plain(summary_lines(records, glyphs=UNICODE, width=100)[-1])
    assert totals == "2 scenarios: 2 passed · 2 turns · stream lint: 2 errors, 3 warnings"
