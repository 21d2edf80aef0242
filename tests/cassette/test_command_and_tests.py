"""Cassettes as people use them: on the command line, in scenario files, by a mark in pytest."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import web

from scenario.testing import AgentServer, ModelServer
from scenario.testing.local_server import LocalServer
from tests.cassette.sockets import sockets_noted
from tests.cli_run.command import typed
from tests.pytest_plugin.sessions import INI

pytest_plugins = ["pytester"]

_FILE = """
name: weather
agent: {{url: $env.AGENT_URL, headers: {{Authorization: Bearer $env.AGENT_TOKEN}}}}
model: openai/test-model
user: {{api_base: $env.MODEL_URL, api_key: $env.MODEL_KEY}}
judge: {{criteria: [The agent names the city], api_base: $env.MODEL_URL, api_key: $env.MODEL_KEY}}
parameters: {{matrix: {{city: [Paris, Rome]}}}}
script:
  - user: "What is the weather in ${{city}}?"
  - agent
  - user
  - agent
  - check: {{text_contains: "${{city}}"}}
  - judge
{more}
"""
_SAME_TEST = """
import asyncio, os
import pytest, scenario

@pytest.mark.scenario(cassette=os.environ["TAPE"])
def test_it():
    agent = scenario.RemoteAgent(os.environ["AGENT_URL"])
    script = [scenario.user("Hi"), scenario.agent(), scenario.succeed()]
    result = asyncio.run(scenario.run("x", "", [agent], script=script, verbose=False))
    print("SAID", result.messages[-1]["content"])
"""
_AGENT = """
import scenario
class Agent(scenario.AgentAdapter):
    async def call(self, input): return "Hello"
"""
_TOKEN = "tok" + "en-" + "0123456789abcdef"


class AcceptsAll(LocalServer):
    """An agent that answers whatever it is sent."""

    def _routes(self) -> list[web.RouteDef]:
        return [web.post("/ask", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"content": "Fine."})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def results(path: Path) -> list[object]:
    """What a JSON report says of the runs, without when and under which id they ran."""
    told = json.loads(path.read_text())
    return [
        {key: one[key] for key in ("name", "outcome", "messages", "criteria", "reasoning", "seconds") if key in one}
        for one in told["scenarios"]
    ]


async def test_a_suite_is_recorded_once_and_then_needs_neither_network_nor_keys(folder: Path) -> None:
    """Variables, keys and the agent's address are those of the recording; each run is the same, byte for byte."""
    Path("weather.yaml").write_text(_FILE.format(more=""))  # noqa: ASYNC240
    async with AgentServer("Rome, Paris: sunny") as agent, ModelServer() as model:
        variables = {
            "AGENT_URL": agent.url,
            "AGENT_TOKEN": _TOKEN,
            "MODEL_URL": model.base_url,
            "MODEL_KEY": _TOKEN[::-1],
        }
        live = await typed("run", "weather.yaml", "--cassette", "tapes/w.cassette", "--no-store", **variables)
    assert live.code == 0, live
    assert "tapes/w.cassette holds 2 scenarios, 2 of them new" in live.err
    replayed = ("--cassette", "tapes/w.cassette", "--cassette-mode", "replay", "--no-store")
    with sockets_noted() as opened:
        for number in "12":
            done = await typed("run", "weather.yaml", *replayed, "--json", f"{number}.json", "-j", "2")
            assert done.code == 0, done
    assert not opened
    assert results(Path("1.json")) == results(Path("2.json"))
    content = Path("tapes/w.cassette").read_text()  # noqa: ASYNC240
    assert _TOKEN not in content
    assert _TOKEN[::-1] not in content


async def test_a_files_own_cassette_lies_beside_it(folder: Path) -> None:
    """It is recorded where there is none, and another mode is given on the command line."""
    Path("sub").mkdir()  # noqa: ASYNC240
    Path("sub/greeting.yaml").write_text(  # noqa: ASYNC240
        "agent: $env.AGENT_URL\nscript: [{user: Hi}, agent, succeed]\n"
        "cassette: {path: greeting.cassette, match: order}\n"
    )
    async with AgentServer("Hello") as agent:
        assert (await typed("run", "sub", "--no-store", AGENT_URL=agent.url)).code == 0
        assert (await typed("run", "sub", "--no-store", AGENT_URL=agent.url)).code == 0
        assert len(agent.requests) == 1
        again = await typed("run", "sub", "--no-store", "--cassette-mode", "record", AGENT_URL=agent.url)
        assert again.code == 0
        assert len(agent.requests) == 2
    assert Path("sub/greeting.cassette").exists()  # noqa: ASYNC240


@pytest.mark.parametrize(
    "agent",
    [
        "url: '$env.AGENT_URL?access=$env.CODE&x=1', request: {ask: $message, more: 'a $env.CODE'}",
        "url: $env.AGENT_URL, form: {ask: $message, code: $env.CODE, more: 'a $env.CODE'}",
        "url: $env.AGENT_URL, headers: {Content-Type: multipart/form-data}, form: {ask: $message, code: $env.CODE}",
        "url: $env.AGENT_URL, headers: {Content-Type: text/plain}, request: 'with $env.CODE: $message'",
    ],
    ids=["query and JSON", "form", "multipart", "text"],
)
async def test_a_variable_of_a_request_may_have_any_value_or_none(agent: str, folder: Path) -> None:
    """It is masked wherever it stands, and its mask is no difference; what the user says is one."""
    Path("s.yaml").write_text(f"agent: {{{agent}, reply: content}}\nscript: [{{user: Hi & bye}}, agent, succeed]\n")  # noqa: ASYNC240
    run = ("run", "s.yaml", "--no-store", "--cassette", "s.cassette")
    async with AcceptsAll() as server:
        done = await typed(*run, AGENT_URL=f"{server.url}/ask", CODE=_TOKEN)
    assert done.code == 0, done
    assert _TOKEN not in Path("s.cassette").read_text()  # noqa: ASYNC240
    for variables in ({}, {"CODE": _TOKEN}, {"CODE": "another-and-longer-value-of-it"}):
        done = await typed(*run, "--cassette-mode", "replay", AGENT_URL="http://127.0.0.1:1/ask", **variables)
        assert done.code == 0, done
    Path("s.yaml").write_text(Path("s.yaml").read_text().replace("bye", "goodbye"))  # noqa: ASYNC240
    done = await typed(*run, "--cassette-mode", "replay", AGENT_URL="http://127.0.0.1:1/ask")
    assert (done.code, "differs" in done.out) == (2, True)


async def test_files_of_one_name_in_two_folders_are_two(folder: Path) -> None:
    """Neither is played by the other's recording, in whatever order they run; a folder that was moved is found."""
    for name in ("a", "b"):
        Path(name).mkdir()  # noqa: ASYNC240
        Path(name, "hi.yaml").write_text(  # noqa: ASYNC240
            f"agent: $env.AGENT_{name.upper()}\n"
            f"script: [{{user: Hi}}, agent, {{check: {{text_contains: I am {name}}}}}, succeed]\n"
        )
    recorded = ("--cassette", "tapes/c.cassette", "--no-store")
    async with AgentServer("I am a") as first, AgentServer("I am b") as second:
        addresses = {"AGENT_A": first.url, "AGENT_B": second.url}
        for name in "ab":
            done = await typed("run", name, *recorded, **addresses)
            assert (done.code, "1 of them new" in done.err) == (0, True), done
    for chosen in (("b",), ("b", "a"), ("a",), (".", "-j", "4")):
        done = await typed("run", *chosen, *recorded, "--cassette-mode", "replay")
        assert done.code == 0, done
    Path("b").rename("c")  # noqa: ASYNC240
    assert (await typed("run", "c", *recorded, "--cassette-mode", "replay")).code == 0
    Path("a", "b").mkdir()  # noqa: ASYNC240
    Path("a", "hi.yaml").rename(Path("a", "b", "hi.yaml"))  # noqa: ASYNC240
    done = await typed("run", "a", *recorded, "--cassette-mode", "replay")
    assert (done.code, "no recording of '../a/b/hi.yaml::hi'" in " ".join(done.out.split())) == (2, True), done


async def test_an_option_without_effect_is_refused(folder: Path) -> None:
    """With what it goes with."""
    Path("greeting.yaml").write_text("agent: http://127.0.0.1:1/\nscript: [{user: Hi}, agent, succeed]\n")  # noqa: ASYNC240
    for option, value in (("match", "order"), ("speed", "10"), ("ignore", "id")):
        done = await typed("run", "greeting.yaml", f"--cassette-{option}", value)
        assert done.code == 2
        assert f"--cassette-{option} goes with --cassette FILE" in done.err
    done = await typed("run", "greeting.yaml", "--cassette-mode", "replay")
    assert done.code == 2
    assert "none of these scenarios has a cassette" in done.err


async def test_what_has_no_cassette_is_not_asked_where_all_is_to_be_played(folder: Path) -> None:
    """By the option and by the environment; an agent in this process, and one with its own cassette, are no matter."""
    scripts = "script: [{user: Hi}, agent, succeed]\n"
    async with AgentServer("Hello") as agent:
        Path("taped.yaml").write_text(f"agent: {agent.url}\ncassette: t.cassette\n{scripts}")  # noqa: ASYNC240
        Path("own.yaml").write_text(f"agent: {{url: '{agent.url}', cassette: o.cassette}}\n{scripts}")  # noqa: ASYNC240
        Path("here.yaml").write_text(f"agent: {{python: 'beside_it:Agent'}}\n{scripts}")  # noqa: ASYNC240
        Path("beside_it.py").write_text(_AGENT)  # noqa: ASYNC240
        assert (await typed("run", ".", "--no-store")).code == 0
        asked = len(agent.requests)
        replayed = await typed("run", ".", "--no-store", "--cassette-mode", "replay")
        assert replayed.code == 0, replayed
        Path("live.yaml").write_text(f"agent: {agent.url}\n{scripts}")  # noqa: ASYNC240
        option = await typed("run", ".", "--cassette-mode", "replay")
        variable = await typed("run", "live.yaml", SCENARIO_CASSETTE_MODE="replay")
        assert len(agent.requests) == asked
        assert (await typed("run", ".", "--no-store", "--cassette-mode", "auto")).code == 0
    for done, said in ((option, "--cassette-mode replay"), (variable, "SCENARIO_CASSETTE_MODE=replay")):
        assert done.code == 2
        assert f"{said} opens no socket, and 'live' would be asked live" in done.err


async def test_an_option_that_the_environment_goes_before_is_refused(folder: Path) -> None:
    """Who asks for a new recording is not played the old one; the same said twice is no matter."""
    Path("s.yaml").write_text("agent: $env.AGENT_URL\nscript: [{user: Hi}, agent, succeed]\n")  # noqa: ASYNC240
    run = ("run", "s.yaml", "--no-store", "--cassette", "s.cassette")
    async with AgentServer("Hello") as agent:
        assert (await typed(*run, AGENT_URL=agent.url)).code == 0
        again = (*run, "--cassette-mode", "record")
        done = await typed(*again, AGENT_URL=agent.url, SCENARIO_CASSETTE_MODE="replay")
        assert len(agent.requests) == 1
        assert (done.code, "SCENARIO_CASSETTE_MODE='replay' is set, and goes before it" in done.err) == (2, True)
        assert (await typed(*again, AGENT_URL=agent.url, SCENARIO_CASSETTE_MODE="record")).code == 0
        assert len(agent.requests) == 2


async def test_what_became_of_a_cassette_is_said(folder: Path) -> None:
    """That it was played, in `auto`; of a run that was stopped nothing, least of all that its agent is not recorded."""
    Path("s.yaml").write_text("agent: $env.AGENT_URL\nscript: [{user: Hi}, agent, succeed]\n")  # noqa: ASYNC240
    never = asyncio.Event()

    async def answer(body: dict[str, object]) -> str:
        await never.wait()
        return "Hello"

    async with AgentServer(answer) as agent:
        stopped = await typed("run", "s.yaml", "--cassette", "s.cassette", "--max-time", "1", AGENT_URL=agent.url)
        assert "1 cancelled" in stopped.out
        assert "Cassette" not in stopped.err
        never.set()
        said = [(await typed("run", "s.yaml", "--cassette", "s.cassette", AGENT_URL=agent.url)).err for _ in "12"]
        assert "holds 1 scenario, 1 of them new" in said[0]
        assert "nothing new was recorded into s.cassette: what it holds is played" in said[1]
    assert "Cassette" not in (await typed("run", "s.yaml", "--cassette", "s.cassette", "--cassette-mode", "replay")).err


async def test_a_repetition_that_was_not_recorded_is_not_played_by_another(folder: Path) -> None:
    """Five times the same answer would be no measure of anything."""
    Path("greeting.yaml").write_text("agent: $env.AGENT_URL\nscript: [{user: Hi}, agent, succeed]\n")  # noqa: ASYNC240
    options = ("run", "greeting.yaml", "--no-store", "--cassette", "g.cassette")
    async with AgentServer("Hello") as agent:
        assert (await typed(*options, "--repeat", "2", AGENT_URL=agent.url)).code == 0
    assert (await typed(*options, "--repeat", "2", "--cassette-mode", "replay")).code == 0
    done = await typed(*options, "--repeat", "3", "--cassette-mode", "replay")
    assert done.code != 0
    assert "(repetition 3)" in " ".join(done.out.split())


_TESTS = """
    import pytest, scenario

    pytestmark = pytest.mark.scenario(cassette="tapes/all.cassette")

    @pytest.mark.parametrize("city", ["Paris", "Rome", "Bern", "Oslo"])
    async def test_it(city):
        for _ in range(2):
            result = await scenario.run("weather", "d", [scenario.RemoteAgent(URL)], verbose=False, script=[
                scenario.user(f"Weather in {city}?"), scenario.agent(), scenario.succeed()])
            assert city in result.messages[-1]["content"]

    @pytest.mark.scenario(cassette=None)
    async def test_none(): assert scenario.config.in_force().cassette is None
"""


async def test_tests_are_recorded_and_played_by_their_mark_in_any_order_and_process(
    pytester: pytest.Pytester,
) -> None:
    """Recorded one after the other, and played beside each other under xdist."""
    pytester.makefile(".ini", pytest=INI)

    async def session(url: str, *options: str) -> pytest.RunResult:
        import asyncio

        pytester.makepyfile(test_it=f"URL = {url!r}\n" + __import__("textwrap").dedent(_TESTS))
        return await asyncio.to_thread(pytester.runpytest_subprocess, "-p", "no:cacheprovider", *options)

    async with AgentServer(lambda body: f"It is {body['messages'][-1]['content']}") as agent:
        recorded = await session(agent.url)
        recorded.assert_outcomes(passed=5)
        assert len(agent.requests) == 8
    tape = pytester.path / "tapes" / "all.cassette"
    content = tape.read_text()
    played = await session("http://127.0.0.1:1/chat", "-n", "2", "--scenario-cassette-mode=replay")
    played.assert_outcomes(passed=5)
    assert tape.read_text() == content


async def test_a_test_is_found_from_whatever_folder_pytest_is_called_in(pytester: pytest.Pytester) -> None:
    """Without a file of settings its id goes by that folder; two files that are called alike are two all the same."""
    for folder in ("a", "b"):
        (pytester.mkdir(folder) / "test_it.py").write_text(_SAME_TEST)

    async def session(folder: str, url: str = "http://127.0.0.1:1/chat", mode: str = "replay") -> list[str]:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("AGENT_URL", url)
            patched.setenv("TAPE", str(pytester.path / "t.cassette"))
            patched.chdir(pytester.path / folder)
            options = ("-p", "no:cacheprovider", "-s", "--import-mode=importlib", f"--scenario-cassette-mode={mode}")
            done = await asyncio.to_thread(pytester.runpytest_subprocess, *options)
        assert done.ret == 0, done.outlines
        return [line.partition("SAID ")[2] for line in done.outlines if "SAID " in line]

    answers = iter(range(9))
    async with AgentServer(lambda _: f"answer {next(answers)}") as agent:
        assert await session("a", agent.url, "auto") == ["answer 0"]
        assert await session("b", agent.url, "auto") == ["answer 1"]
    assert await session(".") == ["answer 0", "answer 1"]
    assert await session("b") == ["answer 1"]


def test_a_mark_that_is_misspelt_is_refused(pytester: pytest.Pytester) -> None:
    """It would have no effect."""
    pytester.makefile(".ini", pytest=INI)
    pytester.makepyfile(
        test_it="""
        import pytest
        @pytest.mark.scenario(casette="a")
        def test_it(): pass
        @pytest.mark.scenario(cassette_mode="replay")
        def test_mode(): pass
        @pytest.mark.scenario(cassette="a", cassette_mode="rewind")
        def test_rewind(): pass
    """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*casette*it takes cassette, cassette_mode*"])
    result.stdout.fnmatch_lines(["*there is no cassette for it*"])
    result.stdout.fnmatch_lines(["*'rewind'*"])
