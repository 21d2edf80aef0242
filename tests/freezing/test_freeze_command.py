"""`scenario freeze`: what is written loads, runs, says the same, and is never code of somebody else's."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import scenario
from scenario.files.loading import load
from scenario.store.writer import StoreWriter
from scenario.testing import AgentServer, ModelServer
from tests.cli_run.command import environment, typed

HOSTILE = (
    '"""\'; import os; os.system("touch owned") # \x1b[2J \u202e \u2028 ${x} $env.HOME {{x}} \\ \n'
    "- fail\n# coding: utf-7"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, without a store."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def last_line(body: dict[str, Any]) -> str:
    """An agent that repeats what was said."""
    return f"You said {body['messages'][-1]['content']}"


def said_to(agent: AgentServer) -> list[Any]:
    """What the user said in the newest request."""
    return [message["content"] for message in agent.requests[-1]["messages"] if message["role"] == "user"]


def names_in(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


async def pytest_of(folder: Path, *files: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A pytest of its own."""
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files],
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        check=False,
    )


async def test_what_a_simulated_user_said_freely_is_fixed(folder: Path) -> None:
    """The frozen file needs no user's model, and says the same; the judge and its criteria are kept, and judge last."""
    async with AgentServer(last_line) as agent, ModelServer(user_lines=["And Rome?", "Bye, then."]) as models:
        model = f"{{model: openai/m, api_base: '{models.base_url}'}}"
        (folder / "s.yaml").write_text(
            f"name: talk\nagent: {agent.url}\nuser: {model}\n"
            f"judge: {{criteria: [It is polite], every: end, model: openai/m, api_base: '{models.base_url}'}}\n"
            "script: [{user: Paris?}, {proceed: 3}, {check: {text_contains: Bye}}, judge]\n"
        )
        assert (await typed("run", "s.yaml", OPENAI_API_KEY="k")).code == 0
        first, asked = said_to(agent), len(models.requests)
        done = await typed("freeze", "last", "-o", "r/f.yaml")
        assert done.code == 0, done
        assert (await typed("run", "r/f.yaml", "--dry-run", OPENAI_API_KEY="k")).code == 0
        assert (await typed("run", "r/f.yaml", OPENAI_API_KEY="k")).code == 0
        assert said_to(agent) == first
        assert first[0] == "Paris?"
        assert first[-1] == "Bye, then."
        assert len(first) == 3
        assert len(models.requests) == asked + 1
    (case,) = load(folder / "r" / "f.yaml")
    names = [step if isinstance(step, str) else next(iter(_given(step))) for step in case.block.script or ()]
    assert names == ["user", "agent", "user", "agent", "user", "agent", "check", "judge"]


def _given(step: Any) -> list[str]:
    return [name for name in ("user", "check", "judge") if getattr(step, name) is not None]


async def test_a_verdict_in_free_play_ends_the_frozen_run_too(folder: Path) -> None:
    """A check behind it, which the run never came to, would fail what passed: it is left out, which is said."""
    async with AgentServer(last_line) as agent, ModelServer(user_lines=["And Rome?"]) as models:
        model = f"model: openai/m, api_base: '{models.base_url}'"
        (folder / "s.yaml").write_text(
            f"name: talk\nagent: {agent.url}\nuser: {{{model}}}\njudge: {{criteria: [It is polite], {model}}}\n"
            "script: [{user: Paris?}, {proceed: 3}, {check: {text_contains: Bye}}, judge]\n"
        )
        assert (await typed("run", "s.yaml", OPENAI_API_KEY="k")).code == 0
        done = await typed("freeze", "last", "-o", "f.yaml")
        assert "ended the run in free play" in done.err
        assert (await typed("run", "f.yaml", OPENAI_API_KEY="k")).code == 0


async def test_a_pytest_file_says_the_same_and_keeps_each_check(folder: Path) -> None:
    """Its environment variables are read where it is run, and nothing of their values stands in it."""
    script = (
        "[{message: {role: system, content: Be short}}, {user: 'Hello ${city}'}, agent, {judge: [It greets]}, "
        "{check: {text_contains: [Hello, Paris], not_: {text_contains: Rome}, outcome: complete, ttft_below: 9}}, "
        "{wait: 0}, {message: {role: user, content: [{type: text, text: Look}]}}, {agent: {wait: false}}, "
        "{check: {text_contains: nowhere}}, judge]"
    )
    async with (
        AgentServer(lambda body: f"Hello Paris {body['messages'][-1]['content']}") as agent,
        ModelServer() as models,
    ):
        (folder / "s.yaml").write_text(
            f"name: all\nagent:\n  {{url: {agent.url}, headers: {{Authorization: 'Bearer $env.AGENT_TOKEN'}}}}\n"
            f"judge: {{criteria: [It is polite], model: openai/m, api_base: '{models.base_url}',\n"
            "  api_key: $env.JUDGE}\n"
            f"parameters: {{rows: [{{city: Paris}}]}}\nlimits: {{max_time: 60}}\nscript: {script}\n"
        )
        secrets = {"AGENT_TOKEN": "s3cr3t-of-the-agent", "JUDGE": "s3cr3t-of-the-judge"}
        assert (await typed("run", "s.yaml", **secrets)).code == 1
        first = said_to(agent)
        done = await typed("freeze", "last", "-o", "tests/test_f.py", **secrets)
        assert done.code == 0, done
        played = await pytest_of(folder, "tests/test_f.py", **secrets)
        assert said_to(agent) == first
    text = (folder / "tests" / "test_f.py").read_text()
    assert "s3cr3t" not in text
    assert "'Bearer $env.AGENT_TOKEN'" in text
    assert "os.environ['JUDGE']" in text
    assert played.returncode == 1
    assert "text_contains: 'nowhere'" in played.stdout


@pytest.mark.parametrize("name", ["f.yaml", "test_f.py"])
async def test_lines_of_others_never_become_code(folder: Path, name: str) -> None:
    """They come back letter by letter, and nothing that a terminal or an editor obeys stands in the file as it is."""
    async with AgentServer(last_line) as agent:
        result = await _stored(
            folder, agent.url, [scenario.user(HOSTILE), scenario.agent(), scenario.judge()], name=f"n {HOSTILE}"
        )
        assert result.success
        first = said_to(agent)
        done = await typed("freeze", "last", "-o", name, "--agent", agent.url)
        assert done.code == 0, done
        text = (folder / name).read_text()
        assert not [one for one in text if not one.isprintable() and one != "\n"]
        if name == "f.yaml":
            (case,) = load(folder / name)
            assert case.name == f"n {HOSTILE}"
            assert HOSTILE in [getattr(step, "user", None) for step in case.block.script or ()]
        else:
            text = text.replace("criteria=['It is polite']", "criteria=['It is polite'], model='openai/m'")
            (folder / name).write_text(text.replace("scenario.judge()", "scenario.succeed()"))
            played = await pytest_of(folder, name, OPENAI_API_KEY="k")
            assert played.returncode == 0, played.stdout
            assert said_to(agent) == first
    assert not (folder / "owned").exists()


class Polite(scenario.JudgeAgent):
    """A judge without a model."""

    async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
        return scenario.ScenarioResult(success=True, messages=list(input.messages), passed_criteria=self.criteria)


async def _stored(folder: Path, url: str, script: list[Any], name: str = "py") -> scenario.ScenarioResult:
    """A run of Python's, in a store of this folder."""
    judge = Polite(criteria=["It is polite"], model="openai/m")
    with StoreWriter(folder / ".scenario") as writer:
        from scenario.dialogue.subscribers import subscribed

        with subscribed(writer):
            agents = [scenario.RemoteAgent(url), judge]
            return await scenario.run(name=name, description="d", agents=agents, script=script)


async def test_what_the_store_does_not_know_raises_in_the_file(folder: Path) -> None:
    """Neither the agent nor the checks of a Python test are made up: a frozen test without them is red."""

    def check(state: scenario.ScenarioState) -> None:
        assert "Rome" in state.last_agent_message(), "it is not Rome"

    async with AgentServer(last_line) as agent:
        with pytest.raises(AssertionError):
            await _stored(folder, agent.url, [scenario.user("Hi"), scenario.agent(), check, scenario.judge()])
        done = await typed("freeze", "last", "-o", "test_a.py")
        assert done.code == 0, done
        assert "To do: the agent" in done.err
        assert "To do: what must hold" in done.err
        assert (await typed("freeze", "last", "-o", "test_b.py", "--agent", agent.url)).code == 0
        refused = await typed("freeze", "last", "-o", "f.yaml", "--agent", agent.url)
        played = await pytest_of(folder, "test_a.py", "test_b.py")
    assert "2 failed" in played.stdout
    assert "Return the agent under test here" in played.stdout
    assert "it is not Rome" in played.stdout
    assert refused.code == 2
    assert "write a .py file" in refused.err


async def test_nothing_is_written_over_and_nothing_half(folder: Path) -> None:
    """Without --force; a file of another kind, a run that is none and a changed file are refused."""
    async with AgentServer(last_line) as agent:
        (folder / "s.yaml").write_text(f"name: a\nagent: {agent.url}\nscript: [{{user: Hi}}, agent, succeed]\n")
        await typed("run", "s.yaml")
    (folder / "f.yaml").write_text("mine")
    assert "is there already" in (await typed("freeze", "last", "-o", "f.yaml")).err
    assert "end the name in .py" in (await typed("freeze", "last", "-o", "f.txt")).err
    (folder / "s.yaml").write_text((folder / "s.yaml").read_text().replace("Hi", "Ho"))
    changed = await typed("freeze", "last", "-o", "f.yaml", "--force")
    assert changed.code == 2
    assert "has changed since that run" in changed.err
    assert (folder / "f.yaml").read_text() == "mine"
    assert names_in(folder) == [".scenario", "f.yaml", "s.yaml"]


async def test_a_turn_that_the_file_no_longer_has_is_missed(folder: Path) -> None:
    """A frozen run without it would pass; lines behind the run's end, which nobody said, stay."""
    script = "script: [{user: Hi}, agent, {user: Bye}, agent, {check: {text_lacks: Bye}}, "
    async with AgentServer(last_line) as agent:
        (folder / "s.yaml").write_text(f"agent: {agent.url}\n{script}{{user: More}}, agent, succeed]\n")
        assert (await typed("run", "s.yaml")).code == 1
        whole = await typed("freeze", "last", "-o", "whole.yaml")
        (folder / "s.yaml").write_text((folder / "s.yaml").read_text().replace("{user: Bye}, agent, ", ""))
        changed = await typed("freeze", "last", "-o", "f.yaml")
        (folder / "s.yaml").write_text(f"agent: {agent.url}\nscript: [{{user: Hi}}, agent, succeed]\n")
        cut = await typed("freeze", "last", "-o", "f.yaml")
    assert whole.code == 0, whole
    assert "More" in (folder / "whole.yaml").read_text()
    for done in (changed, cut):
        assert (done.code, "has changed since that run" in done.err) == (2, True)
    assert "it says nothing more where the user said 'Bye'" in cut.err
    assert names_in(folder) == [".scenario", "s.yaml", "whole.yaml"]


async def test_masked_secrets_are_told(folder: Path) -> None:
    """In the file and on standard error."""
    async with AgentServer("Fine.") as agent:
        await _stored(
            folder,
            agent.url,
            [
                scenario.user("My key is sk-proj-abcdefghijklmnopqrstuvwx0123456789ABCD"),
                scenario.agent(),
                scenario.judge(),
            ],
        )
        done = await typed("freeze", "last", "-o", "f.yaml", "--agent", agent.url)
    assert done.code == 0, done
    assert "are masked in the store" in done.err
    assert "are masked in the store" in (folder / "f.yaml").read_text()


async def test_a_cassette_is_recorded_by_the_first_run_and_played_by_the_next(folder: Path) -> None:
    """`--cassette` names it in the frozen file; without an agent it still runs."""
    async with AgentServer(last_line) as agent:
        (folder / "s.yaml").write_text(f"name: a\nagent: {agent.url}\nscript: [{{user: Hi}}, agent, succeed]\n")
        await typed("run", "s.yaml")
        done = await typed("freeze", "last", "-o", "r/f.yaml", "--cassette", "r/c.cassette")
        assert done.code == 0, done
        assert (await typed("run", "r/f.yaml")).code == 0
    assert (await typed("run", "r/f.yaml", "--cassette-mode", "replay")).code == 0
