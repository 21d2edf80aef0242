"""Times of what is played are those of the recording, and nothing is waited for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import scenario
from scenario.errors import ConfigurationError
from scenario.testing import ScriptedResponse, ScriptedTransport
from scenario.transport.transport import TransportError

_EVENTS = [b'data: {"content": "It is"}\n\n', b'data: {"content": " sunny"}\n\n', b"data: [DONE]\n\n"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the cassette is to be."""
    return tmp_path / "slow.cassette"


async def play(path: Path, mode: str, *steps: Any, speed: Any = "instant", **agent: Any) -> scenario.ScenarioResult:
    """One turn of an agent whose pieces come 20 seconds apart."""
    transport = ScriptedTransport(
        [ScriptedResponse(_EVENTS, headers={"content-type": "text/event-stream"}, seconds=20)]
    )
    return await scenario.run(
        name="slow",
        description="",
        agents=[scenario.RemoteAgent("http://agent.test/chat", transport=transport, **agent)],
        script=[scenario.user("Hi"), scenario.agent(), *steps, scenario.succeed()],
        verbose=False,
        cassette=scenario.Cassette(str(path), mode=mode, speed=speed),  # type: ignore[arg-type]
    )


async def test_checks_of_times_hold_and_fail_as_they_did(path: Path) -> None:
    """Though the test takes no time: the run's own clock has gone on."""
    await play(path, "record")
    result = await play(path, "replay", scenario.checks.ttft_below(21), scenario.checks.total_below(61))
    assert result.timing.ttft_p50 == 20
    assert result.total_time == result.agent_time == 60
    with pytest.raises(AssertionError):
        await play(path, "replay", scenario.checks.ttft_below(19))
    with pytest.raises(AssertionError):
        await play(path, "replay", scenario.checks.gap_below(19))


async def test_a_pause_of_the_script_takes_no_time_and_is_counted(path: Path) -> None:
    """Three hours in a moment."""
    await play(path, "record")
    result = await play(path, "replay", scenario.sleep(3 * 3600))
    assert result.total_time == 60 + 3 * 3600


@pytest.mark.parametrize(
    ("deadline", "outcome", "at"),
    [("idle", "stalled", 30), ("first_byte", "stalled", 10), ("total", "timed_out", 50)],
)
async def test_a_shorter_deadline_ends_it_where_it_would_have(
    deadline: str, outcome: str, at: float, path: Path
) -> None:
    """Not where the recording ends."""
    await play(path, "record")
    timeouts = scenario.Timeouts(**{deadline: {"idle": 10, "first_byte": 10, "total": 50}[deadline]})
    with pytest.raises(scenario.AgentError) as error:
        await play(path, "replay", timeout=timeouts)
    exchange = error.value.exchange  # type: ignore[attr-defined]
    assert exchange.outcome == outcome
    assert exchange.timing.total == at


async def test_a_longer_deadline_than_the_one_that_ended_it_is_refused(path: Path) -> None:
    """What would have come then nobody knows."""
    late = TransportError("nothing came for 5 s", kind="idle", at=25)

    async def stalled(mode: str, idle: float) -> scenario.ScenarioResult:
        response = ScriptedResponse([_EVENTS[0], late], headers={"content-type": "text/event-stream"}, seconds=20)
        agent = scenario.RemoteAgent(
            "http://agent.test/chat",
            transport=ScriptedTransport([response]),
            timeout=scenario.Timeouts(idle=idle),
            on_incomplete="return",
        )
        return await scenario.run(
            "stalled", "", [agent], script=[scenario.user("Hi"), scenario.agent(), scenario.succeed()], verbose=False,
            cassette=scenario.Cassette(str(path), mode=mode),  # type: ignore[arg-type]
        )  # fmt: skip

    live = await stalled("record", 5)
    assert (await stalled("replay", 5)).exchanges[0].outcome == live.exchanges[0].outcome == "stalled"
    with pytest.raises(ConfigurationError, match="idle deadline of 5 s, and this call may take longer"):
        await stalled("replay", 6)


async def test_the_limit_of_a_run_goes_by_the_recordings_clock(path: Path) -> None:
    """It ends in the middle of the answer, at the limit."""
    from scenario.runner.time_limit import within

    await play(path, "record")
    with within(45):
        result = await play(path, "replay")
    assert not result.success
    assert result.total_time == 45
    assert "45" in (result.reasoning or "")
    with within(61):
        assert (await play(path, "replay")).success


async def test_an_agent_in_the_process_takes_its_own_time(path: Path) -> None:
    """It is not recorded, and a time of exactly 0 seconds was measured by nobody, alone or beside a played agent."""

    class InProcess(scenario.AgentAdapter):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            return "Hi"

    async def run(mode: str, *agents: Any) -> scenario.ScenarioResult:
        steps = [scenario.user("Hi"), *[scenario.agent() for _ in agents], scenario.succeed()]
        cassette = scenario.Cassette(str(path), mode=mode)  # type: ignore[arg-type]
        return await scenario.run("both", "", [*agents], script=steps, verbose=False, cassette=cassette)

    def wired() -> scenario.RemoteAgent:
        response = ScriptedResponse(_EVENTS, headers={"content-type": "text/event-stream"}, seconds=20)
        return scenario.RemoteAgent("http://agent.test/chat", transport=ScriptedTransport([response]))

    await run("record", wired(), InProcess())
    both = await run("replay", wired(), InProcess())
    assert both.agent_time is not None
    assert both.agent_time > 60
    alone = await run("replay", InProcess())
    assert alone.agent_time is not None
    assert alone.agent_time > 0


async def test_at_its_own_speed_it_takes_its_time(path: Path) -> None:
    """A thousand times as fast is waited for a thousandth of it; the times that are told are the same."""
    await play(path, "record")
    loop = asyncio.get_running_loop()
    began = loop.time()
    result = await play(path, "replay", speed=1000)
    assert loop.time() - began >= 0.06
    assert result.exchanges[0].timing.ttft == 20


async def test_what_is_read_further_than_it_was_recorded_is_refused(path: Path) -> None:
    """A limit had ended the reading: behind it, nothing is known."""
    await play(path, "record", max_body_bytes=40, on_incomplete="return")
    again = await play(path, "replay", max_body_bytes=40, on_incomplete="return")
    assert again.exchanges[0].outcome == "aborted"
    with pytest.raises(ConfigurationError, match=r"stops .* where its reader let go of it, and this one wants more"):
        await play(path, "replay", on_incomplete="return")
