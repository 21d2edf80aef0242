"""`scenario.checks.stream_conforms`, and what reports say of the lint."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

import scenario
from scenario import checks
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.report.terminal.glyphs import UNICODE
from scenario.report.terminal.lines import plain
from scenario.report.terminal.summary import summary_lines
from scenario.testing import AgentServer, ScriptedResponse, ScriptedTransport
from tests.lint.planting import CHAT
from tests.lint.streams import HEADERS


async def run(
    *bodies: list[bytes], check: checks.Check, headers: Mapping[str, str] = HEADERS
) -> tuple[scenario.ScenarioResult, RunRecord]:
    """A run whose agent answers with these bodies, one to a turn."""
    responses = [ScriptedResponse(body, headers=headers, seconds=0.1) for body in bodies]
    agent = scenario.RemoteAgent("http://127.0.0.1:1/chat", transport=ScriptedTransport(responses), malformed="skip")
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
    with pytest.raises(AssertionError, match=r"L24 error \(answer 2, event 3 at 0\.30 s\): the JSON is cut .* encoder"):
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
                agents=[scenario.RemoteAgent(agent.url, malformed="skip")],
                script=[
                    scenario.user("Hello"),
                    scenario.agent(),
                    # Text and lines without an end of their own are what many agents send.
                    checks.stream_conforms(level="info", ignore=["L58"]),
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


def totals_of(*records: RunRecord) -> str:
    """The line of totals."""
    return plain(summary_lines(records, glyphs=UNICODE, width=100)[-1])


def test_the_summary_names_broken_rules() -> None:
    """In the totals, the errors first, and not at all where the streams are sound."""
    record = RunRecord(run_id="1", name="one", outcome="passed", turns=1)
    first = msgspec.structs.replace(record, stream_errors=1, stream_rules=("L24",))
    second = msgspec.structs.replace(record, stream_errors=1, stream_warnings=3, stream_rules=("L24", "L03"))
    said = totals_of(first, second)
    assert said == "2 scenarios: 2 passed · 2 turns · stream lint: 2 errors, 3 warnings (L24, L03)"
    many = msgspec.structs.replace(record, stream_warnings=8, stream_rules=tuple(f"L0{n}" for n in range(1, 9)))
    assert totals_of(many).endswith("8 warnings (L01, L02, L03, L04, L05, L06, 2 more)")
    assert "lint" not in totals_of(record)


def test_the_summary_tells_what_was_not_linted() -> None:
    """An answer that is too long for the lint at a run's end is not passed off as sound."""
    record = RunRecord(run_id="1", name="one", outcome="passed", turns=1, unlinted=2)
    assert totals_of(record).endswith("stream lint: 2 answers too long for it")


async def test_a_run_names_the_rules_that_its_agent_breaks() -> None:
    """Errors first, each once."""
    kept = {name: value for name, value in HEADERS.items() if name != "cache-control"}
    broken = [*CHAT[:2], CHAT[2][:40] + b"\n\n", *CHAT[3:]]
    _, record = await run(broken, broken, check=checks.stream_conforms(ignore=["L24"]), headers=kept)
    assert record.stream_rules == ("L24", "L03")
