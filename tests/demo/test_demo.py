"""`scenario demo`, as a newcomer runs it: in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner

from scenario.cli.main import main
from scenario.demo.demonstration import ending
from scenario.demo.forecast import CITIES, answer, city_in
from scenario.demo.rules import PlannedUser, never_says, says
from scenario.demo.scenarios import OPENING, PLAN
from scenario.demo.weather_agent import weather_agent
from scenario.dialogue.adapter import AgentInput
from scenario.llm.embedded.cache_folder import model_path
from scenario.llm.embedded.manifest import DEFAULT_MODEL, embedded_model
from scenario.testing import ModelServer
from scenario.types import Message, ScenarioResult

# What a model says as the user; the opening is scripted.
LINES = (OPENING, "Do I need an umbrella?", "And what about tomorrow?")


async def demo(tmp_path: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    """Run the command with a home folder and an environment of its own; its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "scenario",
        "demo",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"HOME": str(tmp_path), "PATH": "", **environ},
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


@pytest.mark.parametrize("option", ["--model", "--pull"])
async def test_with_none_rules_play_every_part_whatever_model_could_be_had(tmp_path: Path, option: str) -> None:
    """`none` is no model: neither a server, a key, a setting nor a pulled one is used. Two scenarios are shown."""
    pulled = model_path(DEFAULT_MODEL, {"HOME": str(tmp_path)})
    pulled.parent.mkdir(parents=True)
    pulled.touch()
    os.truncate(pulled, embedded_model(DEFAULT_MODEL).size)  # as large as the model, and takes no room
    async with ModelServer() as server:
        offered = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "k", "SCENARIO_MODEL": "embedded"}
        code, output = await demo(tmp_path, option, "none", **offered)
    assert code == 0, output
    assert server.requests == []
    assert "deterministic checks" in output
    assert "It is 18°C and partly cloudy in Paris today" in output
    assert "failed" in output
    assert "Both ended as they should" in output
    # The lint has nothing to say of the bundled agent's stream.
    assert "stream lint" not in output
    # The figures are explained before they are shown.
    explained, _, shown = output.partition("The agent serves")
    assert all(figure in explained and figure in shown for figure in ("TTFT", "gaps", "p95"))
    assert "time to first token" in explained


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "none", "--llm"], "leave out --llm"),
        (["--model", "none", "--pull", DEFAULT_MODEL], f"leave out --pull {DEFAULT_MODEL}"),
        (["--pull", "none", "--model", "openai/gpt-4o"], "leave out --model openai/gpt-4o"),
        (["--model", "embedded", "--pull", DEFAULT_MODEL], f"leave out --pull {DEFAULT_MODEL}"),
        (["--serve", "--llm"], "leave the others out"),
        (["--pull", "no-such-model"], "No embedded model is called 'no-such-model'"),
    ],
)
def test_options_that_contradict_each_other_or_name_nothing_are_refused(arguments: list[str], said: str) -> None:
    """No option is without effect: what cannot be had together is said, and nothing is played."""
    done = CliRunner().invoke(main, ["demo", *arguments])
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert "Who plays what" not in done.output


async def test_with_a_base_url_the_server_s_model_plays_agent_user_and_judge(tmp_path: Path) -> None:
    """`OPENAI_BASE_URL` alone is enough: its model answers as the agent, asks as the user, and judges."""
    async with ModelServer(user_lines=LINES) as server:
        code, output = await demo(tmp_path, OPENAI_BASE_URL=server.base_url)
    assert code == 0, output
    assert "what OPENAI_BASE_URL has" in output
    # Three answers, two questions (the first is scripted), one verdict.
    assert len(server.requests) == 6


async def test_where_the_user_never_asked_what_the_description_says_it_does_not_pass(tmp_path: Path) -> None:
    """However well the judge's model thinks of it: who never asked about the umbrella has shown nothing of it."""
    async with ModelServer(user_lines=[OPENING, "And what about tomorrow?", "Thanks."]) as server:
        code, output = await demo(tmp_path, OPENAI_BASE_URL=server.base_url)
    assert code == 1
    assert "Not met: The user asks whether she needs an umbrella." in output
    assert "The user never asked" in output
    assert "✓ The user asks what the weather will be tomorrow." in output


async def test_a_verdict_that_is_not_as_it_should_be_exits_1(tmp_path: Path) -> None:
    """A judge that fails the first scenario makes the demo say so, and exit 1."""
    async with ModelServer(user_lines=LINES, verdicts={"temperature": "failed"}) as server:
        code, output = await demo(tmp_path, OPENAI_BASE_URL=server.base_url)
    assert code == 1
    assert "was meant to pass, and did not" in output
    assert "✗ The agent states the temperature in Paris." in output


async def test_a_user_who_improvises_and_falls_silent_asks_what_is_left_of_the_plan() -> None:
    """The plan asks what was not asked yet, in whatever words it was, and is silent when all was."""
    user = PlannedUser(PLAN)
    heard: list[Message] = [{"role": "user", "content": "How about TOMORROW?"}]
    line = await user.call(AgentInput(thread_id="t", messages=heard, new_messages=[]))
    assert line == "And do I need an umbrella?"
    heard.append({"role": "user", "content": line})
    assert await user.call(AgentInput(thread_id="t", messages=heard, new_messages=[])) == []


def test_a_check_quotes_the_words_that_decide_it() -> None:
    """What must not be said is quoted where it was said; what nobody said leaves nothing to quote."""
    messages: list[Message] = [
        {"role": "user", "content": "Book a flight?"},
        {"role": "assistant", "content": "I can book one for you."},
        {"role": "assistant", "content": "Anything else?"},
    ]
    offered = never_says(r"\bbook\b")(messages)
    assert (offered.met, offered.index, offered.quote) == (False, 1, "book")
    assert never_says("umbrella")(messages).met
    missing = says("umbrella")(messages)
    assert (missing.met, missing.index, missing.quote) == (False, 2, "Anything else?")
    assert says("umbrella")([]).quote is None


async def test_interrupted_it_ends_in_silence(tmp_path: Path) -> None:
    """Ctrl-C: it says that it was cancelled, shows no traceback, and exits 130."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-m", "scenario", "demo", "--model", "none"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"HOME": str(tmp_path), "PATH": ""},
    )
    assert process.stdout is not None
    await process.stdout.readuntil(b"User   ")
    process.send_signal(signal.SIGINT)
    output, errors = await process.communicate()
    assert process.returncode == 130
    assert "cancelled" in output.decode()
    assert errors == b""


async def test_it_can_be_left_running_for_a_first_test(tmp_path: Path) -> None:
    """From nothing to a run that passes, without a key or a model; Ctrl-C ends the agent, which is no error."""
    environ = {"HOME": str(tmp_path), "PATH": "", "SCENARIO_MODELS": str(tmp_path)}

    async def started(*arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-u", "-m", "scenario", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environ,
            cwd=tmp_path,
        )

    serving = await started("demo", "--serve")
    assert serving.stdout is not None
    await serving.stdout.readline()
    url = (await serving.stdout.readline()).decode().strip()
    for arguments in (["init", "--url", url], ["run"]):
        done = await started(*arguments)
        output, _ = await done.communicate()
        assert done.returncode == 0, output.decode()
    assert "1 passed" in output.decode()
    serving.send_signal(signal.SIGINT)
    output, _ = await serving.communicate()
    assert (serving.returncode, output.decode().splitlines()[-1]) == (0, "Ended.")


async def test_the_agent_says_nothing_of_a_client_that_hangs_up(caplog: pytest.LogCaptureFixture) -> None:
    """An answer that nobody waits for ends, without an error in the log."""
    question = {"messages": [{"role": "user", "content": "How is the weather in Oslo?"}]}
    async with weather_agent() as url, asyncio.timeout(60):
        waiting = asyncio.all_tasks()
        async with aiohttp.ClientSession() as session, session.post(url, json=question) as response:
            await response.content.readany()
            response.close()
        while asyncio.all_tasks() - waiting:  # noqa: ASYNC110 - the agent tells nobody when its task is over
            await asyncio.sleep(0)
    assert caplog.text == ""


@pytest.mark.parametrize("city", CITIES)
def test_every_city_of_the_table_is_found_in_a_question(city: str) -> None:
    """The agent knows the cities that it says it knows, in any case."""
    question = [{"role": "user", "content": f"how is it in {city.upper()}?"}]
    assert city_in(question[0]["content"]) == city
    assert f"{CITIES[city].celsius}°C" in answer(question)


def test_a_city_that_the_table_lacks_is_refused() -> None:
    """The agent invents nothing: it names the cities that it knows."""
    assert "I have no weather for that place" in answer([{"role": "user", "content": "And in Atlantis?"}])


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [("passed", "failed", 0), ("undecided", "failed", 0), ("failed", "failed", 1), ("passed", "passed", 1),
     ("passed", "undecided", 1)],
)  # fmt: skip
def test_what_a_small_model_cannot_decide_is_no_failure_of_the_demo(
    first: str, second: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """It shows what it is to show, an undecided verdict included, which it explains; a wrong one is exit code 1."""
    results = {
        "passed": ScenarioResult(success=True, messages=[]),
        "failed": ScenarioResult(success=False, messages=[], failed_criteria=["It answers"]),
        "undecided": ScenarioResult(
            success=False, messages=[], failed_criteria=["It answers"], inconclusive_criteria=["It answers"]
        ),
    }
    assert ending(results[first], results[second]) == code
    told = capsys.readouterr().out
    assert ("exit code 5" in told) is ((first, second) == ("undecided", "failed"))
