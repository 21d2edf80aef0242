"""What each mode does, and what an error of a cassette says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import scenario
from scenario.errors import ConfigurationError
from scenario.testing import AgentServer
from tests.cassette.runs import differences, told
from tests.cassette.sockets import sockets_noted

NOWHERE = "http://127.0.0.1:1/chat"


@pytest_asyncio.fixture
async def server() -> AsyncIterator[AgentServer]:
    """An agent that says what it was told."""
    async with AgentServer(lambda body: f"You said {body['messages'][-1]['content']}") as agent:
        yield agent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the cassette is to be; its folder is not there yet."""
    return tmp_path / "cassettes" / "weather.cassette"


def is_there(path: Path) -> bool:
    """Whether there is such a file."""
    return path.exists()


def read(path: Path) -> bytes:
    """What is in it."""
    return path.read_bytes()


def remote(url: str, **settings: Any) -> list[scenario.RemoteAgent]:
    """The agents of a run."""
    return [scenario.RemoteAgent(url, **settings)]


def test_auto_records_once_and_then_plays(path: Path) -> None:
    """The second program asks nobody; a second run of the name in one program is another one."""

    async def first() -> list[scenario.Exchange]:
        async with AgentServer(lambda body: f"You said {body['messages'][-1]['content']}") as agent:
            live, _ = await told(path, "auto", remote(agent.url), ["Hi", "Bye"])
            await told(path, "auto", remote(agent.url), ["And so on"])
            assert len(agent.requests) == 3
        return live

    async def second() -> list[scenario.Exchange]:
        played, _ = await told(path, "auto", remote(NOWHERE), ["Hi", "Bye"])
        await told(path, "auto", remote(NOWHERE), ["And so on"])
        return played

    live = asyncio.run(first())
    content = read(path)
    played = asyncio.run(second())
    assert not differences(live, played, but=("request",))
    assert [one.text for one in played] == ["You said Hi", "You said Bye"]
    assert read(path) == content


async def test_replay_opens_no_socket(server: AgentServer, path: Path) -> None:
    """Neither to the agent nor anywhere else; and it is byte for byte the same each time."""
    await told(path, "record", remote(server.url), ["Hi"])

    with sockets_noted() as opened:
        first, second = [await told(path, "replay", remote(NOWHERE), ["Hi"]) for _ in range(2)]
    assert not opened
    assert first[1] == second[1]
    with sockets_noted() as opened:
        async with AgentServer() as other:
            await told(path, "record", remote(other.url), ["Hi"])
    assert opened, "this would be seen"


async def test_replay_without_a_cassette_says_how_to_make_one(path: Path) -> None:
    """And nothing is asked."""
    with pytest.raises(ConfigurationError, match=r"no cassette .*weather\.cassette.* --cassette-mode record"):
        await told(path, "replay", remote(NOWHERE))
    assert not is_there(path)


async def test_what_is_not_recorded_is_an_error_that_shows_the_nearest(server: AgentServer, path: Path) -> None:
    """With what differs, in auto, too: half of a conversation is never played, and half of it asked."""
    await told(path, "record", remote(server.url), ["What is the weather in Paris?"])
    for mode in ("replay", "auto"):
        with pytest.raises(ConfigurationError) as error:
            await told(path, mode, remote(server.url), ["What is the weather in Rome?"])
        said = str(error.value)
        assert "messages[0].content" in said
        assert "Rome?' here" in said
        assert "Paris?' recorded" in said
        assert "--cassette-mode record" in said
    assert len(server.requests) == 1


async def test_a_call_more_than_was_recorded_is_an_error(server: AgentServer, path: Path) -> None:
    """It says how many there were."""
    agent = remote(server.url, request={"messages": [{"content": "$message"}]}, history="last")
    await told(path, "record", agent, ["Hi"])
    with pytest.raises(ConfigurationError, match="recorded 1 time, and is made once more"):
        await told(path, "replay", agent, ["Hi", "Hi"])


async def test_another_scenario_is_not_played_with_this_ones_answers(server: AgentServer, path: Path) -> None:
    """The error names those that are there."""
    await told(path, "record", remote(server.url), name="greeting")
    with pytest.raises(ConfigurationError, match=r"no recording of '\S*parting'\. It has '\S*greeting'"):
        await told(path, "replay", remote(server.url), name="parting")


async def test_an_agent_is_not_played_with_what_another_said(path: Path) -> None:
    """Both were asked the same; one that has another name than it had is found by what it is asked."""

    def named(name: str, url: str) -> scenario.RemoteAgent:
        return scenario.RemoteAgent(url, name=name, request={"ask": "$message"})

    async def said(mode: str, agents: Sequence[scenario.RemoteAgent], script: Sequence[Any]) -> list[str]:
        cassette = scenario.Cassette(str(path), mode=mode)  # type: ignore[arg-type]
        script = [*script, scenario.succeed()]
        result = await scenario.run("two", "", agents, script=script, cassette=cassette, verbose=False)
        return [str(message["content"]) for message in result.messages if message["role"] == "assistant"]

    ask, answer = scenario.user("Who are you?"), scenario.agent()
    async with AgentServer("I am one") as one, AgentServer("I am two") as two:
        both = (named("one", one.url), named("two", two.url))
        assert await said("record", both, [ask, answer, answer]) == ["I am one", "I am two"]
    again = [ask, answer, ask, answer]
    assert await said("replay", [named("three", NOWHERE)], again) == ["I am one", "I am two"]
    with pytest.raises(ConfigurationError, match="it was recorded 1 time, and is made once more"):
        await said("replay", [named("one", NOWHERE)], again)


async def test_by_order_a_changed_prompt_still_plays(server: AgentServer, path: Path) -> None:
    """But neither one call too many, nor a call to another place."""
    await told(path, "record", remote(server.url), ["one", "two"])
    played, _ = await told(path, "replay", remote(NOWHERE), ["uno", "due"], match="order")
    assert [one.text for one in played] == ["You said one", "You said two"]
    with pytest.raises(ConfigurationError, match="has 2 recorded calls of 'agent'"):
        await told(path, "replay", remote(NOWHERE), ["1", "2", "3"], match="order")
    with pytest.raises(ConfigurationError, match=r"is POST /other, and .* has POST /chat in its place"):
        await told(path, "replay", remote("http://127.0.0.1:1/other"), ["1"], match="order")


async def test_what_changes_from_run_to_run_can_be_ignored(server: AgentServer, path: Path) -> None:
    """By its JMESPath, and a parameter of the query by its name; all else still counts."""
    times = iter(range(100))

    def agent(text: str = "$message") -> list[scenario.RemoteAgent]:
        moment = next(times)
        body = {"meta": {"sent": moment}, "parts": [{"id": moment, "text": text}], "messages": "$messages"}
        return remote(f"{server.url}?t={moment}", request=body)

    ignore = ("meta.sent", "parts[*].id", "?t")
    await told(path, "record", agent(), ignore=ignore)
    played, _ = await told(path, "replay", agent(), ignore=ignore)
    assert played[0].text == "You said Hi"
    with pytest.raises(ConfigurationError, match=r"parts\[0\]\.text"):
        await told(path, "replay", agent("something else"), ignore=ignore)


async def test_off_is_as_if_there_were_none(server: AgentServer, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the setting, and by the environment."""
    await told(path, "off", remote(server.url))
    monkeypatch.setenv("SCENARIO_CASSETTE_MODE", "off")
    await told(path, "record", remote(server.url))
    assert len(server.requests) == 2
    assert not is_there(path)


async def test_the_environment_says_the_mode(server: AgentServer, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CI replays what a laptop records; a mode that is none is refused."""
    monkeypatch.setenv("SCENARIO_CASSETTE_MODE", "replay")
    with pytest.raises(ConfigurationError, match="no cassette"):
        await told(path, "auto", remote(server.url))
    monkeypatch.setenv("SCENARIO_CASSETTE_MODE", "rewind")
    with pytest.raises(ConfigurationError, match="SCENARIO_CASSETTE_MODE='rewind'"):
        await told(path, "auto", remote(server.url))


async def test_an_agents_own_cassette_is_its_alone(server: AgentServer, path: Path) -> None:
    """The others of the run are asked."""

    async def of(url: str, mode: Any) -> scenario.ScenarioResult:
        own = scenario.RemoteAgent(url, cassette=scenario.Cassette(str(path), mode=mode))
        script = [scenario.user("Hi"), scenario.agent(), scenario.agent(), scenario.succeed()]
        agents = [own, *remote(server.url, name="second")]
        return await scenario.run("two agents", "", agents, script=script, verbose=False)

    first = await of(server.url, "record")
    second = await of(NOWHERE, "replay")
    assert first.messages == second.messages
    assert len(server.requests) == 3


async def test_a_file_that_is_given_to_a_run_and_to_its_agent_holds_the_calls_of_both(
    server: AgentServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whatever path it is named; with other settings it is refused."""
    monkeypatch.chdir(path.parents[1])
    short = str(path.relative_to(path.parents[1]))

    async def of(url: str, mode: Any, **settings: Any) -> scenario.ScenarioResult:
        own = scenario.RemoteAgent(url, cassette=scenario.Cassette(short, **settings))
        script = [scenario.user("Hi"), scenario.agent(), scenario.agent(), scenario.succeed()]
        whole = scenario.Cassette(str(path), mode=mode)
        agents = [own, *remote(url, name="second")]
        return await scenario.run("two agents", "", agents, script=script, verbose=False, cassette=whole)

    first = await of(server.url, "record")
    second = await of(NOWHERE, "replay")
    assert first.messages == second.messages
    assert len(server.requests) == 2
    with pytest.raises(ConfigurationError, match="given twice to one run, with other settings"):
        await of(NOWHERE, "replay", match="order")


async def test_a_run_that_is_cancelled_replaces_nothing(server: AgentServer, path: Path) -> None:
    """Its conversation has no end."""
    await told(path, "record", remote(server.url))
    content = read(path)

    async def stuck() -> None:
        async with AgentServer(never) as other:
            await told(path, "record", remote(other.url))

    async def never(_: dict[str, Any]) -> str:
        asked.set()
        return await asyncio.get_running_loop().create_future()

    asked = asyncio.Event()
    task = asyncio.create_task(stuck())
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert read(path) == content


async def test_what_python_takes_for_equal_is_no_equal_request(server: AgentServer, path: Path) -> None:
    """To the agent, 1 is not true."""
    for number, (recorded, asked) in enumerate(((True, 1), (1, 1.0), (0, False))):
        body = {"messages": "$messages", "flag": recorded}
        await told(path, "record", remote(server.url, request=body), name=f"run {number}")
        with pytest.raises(ConfigurationError, match=r"flag: .* here, .* recorded"):
            await told(path, "replay", remote(server.url, request=body | {"flag": asked}), name=f"run {number}")


async def test_an_agents_own_cassette_goes_by_the_environments_mode(
    server: AgentServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the ids of the recording, too; and one that is off is in no cassette of the run's."""

    async def of(mode: Any) -> scenario.ScenarioResult:
        body = {"messages": "$messages", "id": "$request_id"}
        own = scenario.RemoteAgent(server.url, request=body, cassette=scenario.Cassette(str(path), mode=mode))
        script = [scenario.user("Hi"), scenario.agent(), scenario.succeed()]
        return await scenario.run("own", "", [own], script=script, verbose=False)

    monkeypatch.setenv("SCENARIO_CASSETTE_MODE", "record")
    await of("replay")
    monkeypatch.setenv("SCENARIO_CASSETTE_MODE", "replay")
    await of("record")
    assert len(server.requests) == 1
    monkeypatch.delenv("SCENARIO_CASSETTE_MODE")
    other = path.with_name("other.cassette")
    off = scenario.RemoteAgent(server.url, cassette=scenario.Cassette(str(path), mode="off"))
    await told(other, "record", [off])
    assert not is_there(other)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"mode": "rewind"}, "mode='rewind'"),
        ({"match": "guess"}, "match='guess'"),
        ({"speed": "fast"}, "speed='fast'"),
        ({"speed": 0}, "speed=0"),
        ({"ignore": "id"}, "ignore='id'"),
    ],
)
def test_a_setting_without_meaning_is_refused(settings: dict[str, Any], said: str) -> None:
    """Before anything is run."""
    with pytest.raises(ConfigurationError, match=said):
        scenario.Cassette("a.cassette", **settings)


@pytest.mark.parametrize("path_", ["length(messages)", "messages[?id]", "@", "a[", ""])
async def test_a_path_that_is_none_is_refused(path_: str, path: Path) -> None:
    """One that cannot be taken out of a body is no setting without effect."""
    with pytest.raises(ConfigurationError, match="ignore="):
        await told(path, "record", remote(NOWHERE), ignore=(path_,))
