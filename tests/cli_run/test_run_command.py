"""`scenario run`, as its users meet it."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from scenario.store.reader import StoreReader
from scenario.testing import AgentServer, ModelServer
from tests.cli_run.command import command, ended, started

EXAMPLES = Path(__file__).parents[2] / "examples" / "scenarios"
FILE = """\
agent: $env.AGENT_URL
tags: [all]
scenarios:
  - name: greeting in ${city}
    tags: [all, cities]
    parameters: {matrix: {city: [Paris, Rome, Oslo]}}
    script: [{user: "Hello from ${city}"}, agent, {check: {text_contains: "${city}"}}, succeed]
  - name: parting
    script: [{user: Bye}, agent, {check: {text_contains: Bye}}, succeed]
"""


def echo(body: dict[str, Any]) -> str:
    """An agent that repeats what was said, but does not know Rome."""
    return str(body["messages"][-1]["content"]).replace("Rome", "that place")


def leftovers(folder: Path) -> list[str]:
    """Files that were begun and not finished."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".r.json")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with one scenario file."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "greetings.yaml").write_text(FILE)
    return tmp_path


async def test_the_seed_pattern_is_a_file_of_fifteen_lines(tmp_path: Path) -> None:
    """POST to an agent that streams, three turns, judged."""
    text = (EXAMPLES / "weather.yaml").read_text()
    assert len(text.splitlines()) <= 15
    async with ModelServer(user_lines=["And tomorrow?"]) as models, AgentServer("It is 18 °C in Paris.") as agent:
        url = "http://127.0.0.1:8000/v1/chat/completions"
        assert url in text
        (tmp_path / "weather.yaml").write_text(text.replace(url, agent.url))
        done = await command(tmp_path, "run", "weather.yaml", OPENAI_BASE_URL=models.base_url, OPENAI_API_KEY="k")
    assert done.code == 0, done
    assert len(agent.requests) == 3
    assert "1 scenario: 1 passed · 3 turns" in done.out


async def test_the_other_examples_run(tmp_path: Path) -> None:
    """What is shown works, without a model."""
    from scenario.demo.weather_agent import weather_agent

    for name in ("cities.yaml", "cities.csv"):
        (tmp_path / name).write_text((EXAMPLES / name).read_text())
    async with weather_agent(pace=0) as url:
        text = (tmp_path / "cities.yaml").read_text()
        (tmp_path / "cities.yaml").write_text(text.replace("http://127.0.0.1:8000/v1/chat/completions", url))
        done = await command(tmp_path, "run", ".")
    assert done.code == 0, done
    assert "5 scenarios: 5 passed" in done.out


async def test_a_failure_is_told_stored_and_reported(folder: Path) -> None:
    """Exit code 1; JUnit and JSON say the same as the terminal; nothing but the summary is printed into a pipe."""
    async with AgentServer(echo) as agent:
        done = await command(
            folder, "run", "--junit", "out/j.xml", "--json", "out/r.json", "--html", "out/r.html", AGENT_URL=agent.url
        )
    assert done.code == 1, done
    assert "4 scenarios: 3 passed, 1 failed" in done.out
    assert done.out.count("greeting in Rome") == 1, "what did not pass is told once"
    assert "'Rome' is not in 'Hello from that place'" in done.out
    root = ElementTree.parse(folder / "out" / "j.xml").getroot()  # noqa: S314 - our own file
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "1", "0")
    (failure,) = root.iter("failure")
    assert "'Rome' is not in" in str(failure.get("message"))
    report = json.loads((folder / "out" / "r.json").read_text())
    names = [(one["name"], one["outcome"], one["file"]) for one in report["scenarios"]]
    assert names[1] == ("greeting in Rome", "failed", "scenarios/greetings.yaml")
    assert [name for name, _, _ in names] == ["greeting in Paris", "greeting in Rome", "greeting in Oslo", "parting"]
    assert (report["exit_code"], report["totals"]["passed"]) == (1, 3)
    assert (folder / "out" / "r.html").read_text().startswith("<!doctype html>")
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["j.xml", "r.html", "r.json"]
    with StoreReader(folder / ".scenario") as reader:
        assert reader.invocations()[0].uid == report["invocation"]
        assert len(reader.ended(report["invocation"])) == 4


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["-k", "PARIS"], ["Hello from Paris"]),
        (["-k", "paris", "-k", "oslo"], ["Hello from Paris", "Hello from Oslo"]),
        (["--tag", "!cities"], ["Bye"]),
        (["--tag", "cities", "-k", "paris", "--repeat", "2"], ["Hello from Paris"] * 2),
    ],
)
async def test_scenarios_are_chosen(options: list[str], names: list[str], folder: Path) -> None:
    """By words and by tags; repeated."""
    async with AgentServer(echo) as agent:
        done = await command(folder, "run", "--jobs", "1", "--no-store", *options, AGENT_URL=agent.url)
        assert [body["messages"][-1]["content"] for body in agent.requests] == names
    assert done.code == 0, done
    assert not (folder / ".scenario").exists()


async def test_only_what_failed_last_is_run_again(folder: Path) -> None:
    """And once it passes, nothing is left."""
    async with AgentServer(echo) as agent:
        assert (await command(folder, "run", AGENT_URL=agent.url)).code == 1
    async with AgentServer(lambda body: str(body["messages"][-1]["content"])) as mended:
        done = await command(folder, "run", "--failed", AGENT_URL=mended.url)
        assert [body["messages"][-1]["content"] for body in mended.requests] == ["Hello from Rome"]
        assert done.code == 0, done
        done = await command(folder, "run", "--failed", AGENT_URL=mended.url)
    assert (done.code, done.out) == (0, "Nothing failed when it was last run.\n")


async def test_a_dry_run_asks_nobody(folder: Path) -> None:
    """What would be run, and roughly what it would take."""
    (folder / "scenarios" / "judged.yaml").write_text(
        "agent: $env.AGENT_URL\nmodel: openai/gpt-4o-mini\njudge: [Good]\nlimits: {max_turns: 3}\n"
    )
    async with AgentServer(echo) as agent:
        done = await command(folder, "run", "--dry-run", AGENT_URL=agent.url, OPENAI_API_KEY="k")
        assert agent.requests == []
    assert done.code == 0, done
    assert "5 runs of 5 scenarios; nothing was run." in done.out
    assert "7 agent calls" in done.out
    assert "openai/gpt-4o-mini" in done.out
    assert "$" in done.out


async def test_mistakes_end_with_two_and_nothing_is_run(folder: Path) -> None:
    """Every file is checked before the first request."""
    (folder / "scenarios" / "wrong.yaml").write_text("agent: $env.AGENT_URL\nscript: [usr]\n")
    async with AgentServer(echo) as agent:
        done = await command(folder, "run", AGENT_URL=agent.url)
        assert agent.requests == []
    assert (done.code, done.out) == (2, "")
    assert "scenarios/wrong.yaml:2: script[0]: 'usr' is not known here. Did you mean 'user'?" in done.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere.yaml"], "no such file or folder"),
        (["-k", "nothing"], "None of 4 scenarios"),
        (["--tag", "citys"], "Did you mean 'cities'?"),
        (["--model", "referee=x"], "judge=MODEL"),
        (["--failed"], "There is no store"),
        (["--failed", "--no-store"], "leave out --no-store"),
        (["--junit", "scenarios"], "is a folder"),
        (["--json", "/proc/nowhere/r.json"], "cannot be written"),
    ],
)
async def test_what_cannot_be_done_is_said(arguments: list[str], told: str, folder: Path) -> None:
    """With exit code 2, and the remedy."""
    done = await command(folder, "run", *arguments, AGENT_URL="http://127.0.0.1:9")
    assert done.code == 2
    assert told in done.err


async def test_what_is_missing_is_said_before_anything_is_run(folder: Path) -> None:
    """Variables, modules and models, each once, at its scenario."""
    (folder / "scenarios" / "more.yaml").write_text(
        "scenarios:\n  - name: judged ${n}\n    agent: $env.AGENT_URL\n    judge: [Good]\n"
        "    parameters: {matrix: {n: [1, 2]}}\n"
        "  - {name: here, agent: {python: 'no_such_module:x'}, script: [{user: Hi}, agent, succeed]}\n"
        "  - {name: there, agent: 'http://$env.NOT_SET_HERE/', script: [{user: Hi}, agent, succeed]}\n"
    )
    async with AgentServer(echo) as agent:
        done = await command(folder, "run", AGENT_URL=agent.url, CI="1")
        assert agent.requests == []
    assert (done.code, done.out) == (2, "")
    assert done.err.count("No model is named") == 1
    assert "more.yaml:2: scenarios[0].user: No model is named" in done.err
    assert "on the command line --model" in done.err
    assert "more.yaml:6: scenarios[1].agent.python: 'no_such_module' cannot be imported" in done.err
    assert "more.yaml:7: scenarios[2].agent.url: the environment variable NOT_SET_HERE is not set" in done.err


async def test_an_agent_that_cannot_be_made_is_a_run_like_any_other(tmp_path: Path) -> None:
    """It is reported and stored, with whose fault it was, and `--failed` runs it again."""
    (tmp_path / "agents_of_this_test.py").write_text("def make():\n    raise ValueError('no settings')\n")
    text = "agent: {python: 'agents_of_this_test:make'}\nset_id: made\nscript: [user: Hi, agent, succeed]\n"
    (tmp_path / "own.yaml").write_text(text)
    done = await command(tmp_path, "run", "own.yaml")
    again = await command(tmp_path, "run", "own.yaml", "--failed")
    assert (done.code, again.code) == (2, 2)
    for out in (done.out, again.out):
        assert "'agents_of_this_test:make' raised ValueError: no settings" in out
        assert "at fault: the configuration" in out
    with StoreReader(tmp_path / ".scenario") as reader:
        assert [(row.name, row.set_id, row.status) for row in reader.scenarios()] == [("own", "made", "invalid")] * 2


async def test_a_check_that_cannot_be_imported_is_said_before_anything_is_run(folder: Path) -> None:
    """The line of the check that names no module, and no request to its agent."""
    async with AgentServer() as agent:
        text = f"agent: {agent.url}\nscript: [user: Hi, agent, check: {{python: 'nowhere:check'}}, succeed]\n"
        (folder / "own.yaml").write_text(text)
        done = await command(folder, "run", "own.yaml")
    assert done.code == 2
    assert "own.yaml:2: script[2].check.python: 'nowhere' cannot be imported" in done.err
    assert agent.requests == []


async def test_only_a_run_of_the_same_scenarios_is_gone_on_with(folder: Path) -> None:
    """What another terminal has under way meanwhile, of another file, is neither cancelled nor written into."""
    asked, let_go = asyncio.Event(), asyncio.Event()

    async def slow(body: dict[str, Any]) -> str:
        if body["messages"][-1]["content"] == "Slowly":
            asked.set()
            await let_go.wait()
        return echo(body)

    async with AgentServer(slow) as agent:
        variables = {"AGENT_URL": agent.url}
        (folder / "slow.yaml").write_text("agent: $env.AGENT_URL\nscript: [user: Slowly, agent, succeed]\n")
        await command(folder, "run", "scenarios", **variables)
        async with started(folder, "run", "slow.yaml", **variables) as process:
            await asked.wait()
            resumed = await command(folder, "run", "scenarios", "--resume", **variables)
            let_go.set()
            assert (await ended(process)).code == 0
    assert "is complete, and nothing of it is run again, 4 done before" in resumed.out
    with StoreReader(folder / ".scenario") as reader:
        counts = [row.counts for row in reader.invocations(limit=5)]
    assert counts == [{"passed": 1}, {"passed": 3, "failed": 1}]


async def test_a_cost_that_cannot_be_counted_is_said_before_it_is_spent(folder: Path) -> None:
    """With --max-cost and a model whose price nobody knows, the limit is not passed over in silence."""
    async with AgentServer() as agent, ModelServer() as models:
        (folder / "own.yaml").write_text(f"agent: {agent.url}\njudge: [It answers]\nscript: [user: Hi, agent, judge]\n")
        variables = {"OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "sk-test"}
        done = await command(folder, "run", "own.yaml", "--max-cost", "1", "--model", "openai/own", **variables)
    assert done.code == 0, done
    assert "the price of openai/own is not known" in done.err


async def test_an_agent_that_is_not_there_is_no_failure_of_the_agent(folder: Path) -> None:
    """Exit code 3: CI may try again."""
    done = await command(folder, "run", "-k", "parting", AGENT_URL="http://127.0.0.1:9/chat")
    assert done.code == 3, done
    assert "AgentUnreachableError" in done.out


async def test_in_ci_each_end_is_a_line(folder: Path) -> None:
    """Plain: no control sequence, nothing that moves."""
    async with AgentServer(echo) as agent:
        done = await command(folder, "run", "--jobs", "1", AGENT_URL=agent.url, CI="true")
    assert "\x1b" not in done.out
    ends = [line.split("  ")[0] for line in done.out.splitlines()[:4]]
    assert ends == ["✓ greeting in Paris", "✗ greeting in Rome", "✓ greeting in Oslo", "✓ parting"]


async def test_what_an_agent_says_is_shown_and_not_obeyed(folder: Path) -> None:
    """Escape sequences arrive neither on the terminal nor raw in the reports."""
    async with AgentServer("\x1b[2J\x07<script>alert(1)</script>]]>") as agent:
        done = await command(
            folder, "run", "-k", "parting", "--junit", "j.xml", "--html", "h.html", AGENT_URL=agent.url, CI="1"
        )
    assert done.code == 1
    assert "\x1b" not in done.out
    assert "\x07" not in done.out
    assert "\x1b" not in (folder / "j.xml").read_text()
    ElementTree.parse(folder / "j.xml")  # noqa: S314 - our own file
    assert "<script>alert" not in (folder / "h.html").read_text()


async def test_verbose_streams_the_conversation(folder: Path) -> None:
    """One scenario after the other, as long as nobody asks for more at once."""
    async with AgentServer(echo) as agent:
        done = await command(folder, "run", "-v", "-k", "parting", AGENT_URL=agent.url)
    assert done.code == 0, done
    assert "User   Bye" in done.out


async def test_the_same_seed_is_handed_out_again(folder: Path) -> None:
    """One for each scenario, the same in each run."""
    (folder / "scenarios" / "judged.yaml").write_text(
        "agent: $env.AGENT_URL\nmodel: openai/m\njudge: [Good]\nscript: [{user: Hi}, agent, judge]\n"
    )
    seeds = []
    for _ in range(2):
        async with ModelServer() as models, AgentServer(echo) as agent:
            variables = {"OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k", "AGENT_URL": agent.url}
            done = await command(folder, "run", "-k", "judged", "--seed", "7", "--repeat", "2", **variables)
            assert done.code == 0, done
            seeds.append(sorted(request.body["seed"] for request in models.requests))
    assert seeds[0] == seeds[1]
    assert len(set(seeds[0])) == 2


async def test_spending_too_much_ends_the_run(folder: Path) -> None:
    """Exit code 3, and --resume goes on from there."""
    (folder / "scenarios" / "judged.yaml").write_text(
        "agent: $env.AGENT_URL\nmodel: openai/m\njudge: [Good]\nname: judged ${n}\n"
        "parameters: {matrix: {n: [1, 2, 3, 4]}}\nscript: [{user: Hi}, agent, judge]\n"
    )
    async with ModelServer() as models, AgentServer(echo) as agent:
        variables = {"OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k", "AGENT_URL": agent.url}
        done = await command(folder, "run", "-k", "judged", "--jobs", "1", "--max-tokens", "20", **variables)
        assert done.code == 3, done
        assert "not run: 30 tokens were used (--max-tokens 20)" in done.out
        done = await command(folder, "run", "-k", "judged", "--resume", **variables)
    assert done.code == 0, done
    assert "4 scenarios: 4 passed" in done.out


async def test_ctrl_c_stops_in_good_order(folder: Path) -> None:
    """What is done is reported and kept, exit code 130, reports are whole, and --resume goes on."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(body: dict[str, Any]) -> str:
        text = str(body["messages"][-1]["content"])
        if text != "Hello from Paris":
            asked.set()
            await go_on.wait()
        return text

    async with AgentServer(slow) as agent:
        async with started(folder, "run", "--jobs", "1", "--json", "r.json", AGENT_URL=agent.url) as process:
            await asked.wait()
            process.send_signal(signal.SIGINT)
            done = await ended(process)
        assert done.code == 130, done
        assert "1 scenario cancelled and 2 scenarios not run: interrupted. --resume goes on from here." in done.out
        report = json.loads((folder / "r.json").read_text())
        assert [one["outcome"] for one in report["scenarios"]] == ["passed", "cancelled"]
        assert [one["reason"] for one in report["not_run"]] == ["interrupted"] * 2
        assert leftovers(folder) == []
        go_on.set()
        before = len(agent.requests)
        done = await command(folder, "run", "--resume", AGENT_URL=agent.url)
        assert (done.code, len(agent.requests) - before) == (0, 3), done
    assert "4 scenarios: 4 passed" in done.out


async def test_a_second_ctrl_c_leaves_at_once(folder: Path) -> None:
    """Even where an agent of this process refuses to be cancelled."""
    (folder / "stubborn_agent.py").write_text(
        "import asyncio, sys\nimport scenario\n\n\nclass Stubborn(scenario.AgentAdapter):\n"
        "    async def call(self, input):\n        print('asked', flush=True)\n        while True:\n"
        "            try:\n                await asyncio.sleep(3600)\n            except asyncio.CancelledError:\n"
        "                print('refused', flush=True)\n"
    )
    (folder / "stubborn.yaml").write_text(
        "agent: {python: 'stubborn_agent:Stubborn'}\nscript: [{user: Hi}, agent, succeed]\n"
    )
    async with started(folder, "run", "stubborn.yaml") as process:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"asked\n"
        process.send_signal(signal.SIGINT)
        assert await process.stdout.readline() == b"refused\n"
        process.send_signal(signal.SIGINT)
        assert (await ended(process)).code == 130
