"""Checks among the criteria of scenario files."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from scenario.errors import ScenarioFileError
from scenario.files import load
from scenario.files.estimate import estimate
from scenario.testing import AgentServer, ModelServer
from tests.cli_run.command import typed
from tests.freezing.test_freeze_command import pytest_of

_SCRIPT = "script: [{user: Hi}, agent, {judge: [{text_lacks: Oslo}]}, judge]\n"
_CHECKS = "{text_contains: Paris, longer_than: 3}, {python: 'own:is_short'}"
_OWN = "def is_short(state):\n    return len(state.last_agent_message()) < 30\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(_OWN)
    return tmp_path


def _written(folder: Path, url: str, criteria: str, **more: str) -> None:
    rest = "".join(f"{name}: {value}\n" for name, value in more.items())
    (folder / "a.yaml").write_text(f"name: a\nagent: {url}\njudge: [{criteria}]\n{rest}{_SCRIPT}")


@pytest.mark.parametrize(("said", "code"), [("It is Paris.", 0), ("It is Rome.", 1), ("Paris or Oslo", 1)])
async def test_each_check_is_a_criterion_and_no_model_is_needed(folder: Path, said: str, code: int) -> None:
    """Neither to look whether it can run, nor to run."""
    async with AgentServer(said) as agent:
        _written(folder, agent.url, _CHECKS)
        assert (await typed("run", "a.yaml", "--dry-run")).code == 0
        done = await typed("run", "a.yaml", "--json", "r.json")
    assert done.code == code, done
    (run,) = msgspec.json.decode((folder / "r.json").read_bytes())["scenarios"]
    named = [one["criterion"] for one in run["criteria"]]
    own = ["text_contains('Paris')", "longer_than(3)", "is_short()"]
    assert sorted(named) == sorted(["text_lacks('Oslo')", *(() if "Oslo" in said else own)]), run


async def test_they_stand_beside_sentences(folder: Path) -> None:
    """And only these are asked about, judged again and labelled."""
    async with AgentServer("It is Paris.") as agent, ModelServer() as models:
        judge = f"{{criteria: [It greets, {{text_contains: Paris}}], model: openai/m, api_base: '{models.base_url}'}}"
        (folder / "a.yaml").write_text(f"name: a\nagent: {agent.url}\njudge: {judge}\n{_SCRIPT}")
        assert (await typed("run", "a.yaml", OPENAI_API_KEY="k")).code == 0
        assert len(models.requests) == 1
        assert "text_contains" not in str(models.requests[0].body)
        again = await typed(
            "judge", "last", "--model", "openai/m", "--api-base", models.base_url, "--json", OPENAI_API_KEY="k"
        )
    assert again.code == 0, again
    assert [one["criterion"] for one in msgspec.json.decode(again.out)["verdicts"]] == ["It greets"]
    assert "Not judged again, as checks decide them while a run goes on: text_contains('Paris')" in again.err
    labelled = await typed("label", "last", "--met", "It greets", "--not-met", "text_contains('Paris')")
    assert "is no criterion of this run. It has 'It greets'" in labelled.err


@pytest.mark.parametrize(
    ("criteria", "words"),
    [
        ("{text_contains: ''}", "judge.criteria[0].text_contains: '' is in every text"),
        ("{}", "judge.criteria[0]: there is no check"),
        ("{text_contain: a}", "judge.criteria[0].text_contain: there is no 'text_contain' in judge.criteria"),
        ("{matches: '('}", "judge.criteria[0].matches"),
        ("{text_contains: a}, {text_contains: a}", "judge.criteria[1]: the criterion"),
        ("It greets, 3", "judge.criteria[1]"),
    ],
)
def test_mistakes_in_them_are_told_with_their_lines(folder: Path, criteria: str, words: str) -> None:
    """As those in a script's checks are, in a checkpoint, too."""
    _written(folder, "http://localhost:1", criteria)
    with pytest.raises(ScenarioFileError) as caught:
        load(folder / "a.yaml")
    assert f"a.yaml:3: {words}" in str(caught.value).replace("judge[", "judge.criteria[")
    (folder / "a.yaml").write_text(
        f"agent: http://localhost:1\nscript: [{{user: a}}, agent, {{judge: [{criteria}]}}, succeed]\n"
    )
    with pytest.raises(ScenarioFileError, match=r"a\.yaml:2"):
        load(folder / "a.yaml")


async def test_a_function_that_is_not_there_is_told_before_anything_runs(folder: Path) -> None:
    """As one in a script is."""
    async with AgentServer("Paris") as agent:
        _written(folder, agent.url, "{python: 'own:nothing'}")
        done = await typed("run", "a.yaml")
        assert (done.code, agent.requests) == (2, [])
    assert done.err.count("there is no 'nothing' in 'own'") == 1


def test_they_cost_nothing(folder: Path) -> None:
    """An estimate counts what a model is asked about."""
    _written(folder, "http://localhost:1", _CHECKS)
    (case,) = load(folder / "a.yaml")
    assert estimate(case.block).judge_calls == 0
    _written(folder, "http://localhost:1", f"It greets, {_CHECKS}")
    (case,) = load(folder / "a.yaml")
    assert estimate(case.block).judge_calls == 1


async def test_a_frozen_run_keeps_them(folder: Path) -> None:
    """As a scenario file and as a test; a failed one is found again by what shortens the run."""
    async with AgentServer(lambda body: f"{body['messages'][-1]['content']} Rome") as agent:
        _written(folder, agent.url, _CHECKS)
        assert (await typed("run", "a.yaml")).code == 1
        shrunk = await typed("shrink", "last", "-o", "s.yaml", "--criterion", "text_contains('Paris')")
        assert shrunk.code == 0, shrunk
        for name in ("r/f.yaml", "test_f.py"):
            done = await typed("freeze", "last", "-o", name)
            assert done.code == 0, done
        text = (folder / "test_f.py").read_text()
        assert "checks.text_contains('Paris'), checks.longer_than(3), attribute('own:is_short'" in text
        assert (await typed("run", "r/f.yaml")).code == 1
        played = await pytest_of(folder, "test_f.py")
        assert "text_contains('Paris')" in played.stdout
        assert (await typed("run", "s.yaml")).code == 1


async def test_of_a_python_test_they_are_told_and_not_made_sentences(folder: Path) -> None:
    """The store has a check's name alone: a frozen test says what is to be written, and passes nothing."""
    (folder / "test_own.py").write_text(
        "import scenario\nfrom scenario import checks\n\n"
        "async def test_it(agent_url):\n"
        "    judge = scenario.JudgeAgent(criteria=[checks.text_contains('Paris')])\n"
        "    script = [scenario.user('Hi'), scenario.agent(), scenario.judge()]\n"
        "    agents = [scenario.RemoteAgent(agent_url), judge]\n"
        "    assert (await scenario.run(name='a', description='d', agents=agents, script=script)).success\n"
    )
    async with AgentServer("It is Paris.") as agent:
        (folder / "conftest.py").write_text(
            f"import pytest\n\n@pytest.fixture\ndef agent_url() -> str:\n    return {agent.url!r}\n"
        )
        given = ("-o", "asyncio_mode=auto", "--scenario-store=.scenario", "test_own.py")
        played = await pytest_of(folder, *given)
        assert played.returncode == 0, played.stdout
        done = await typed("freeze", "last", "-o", "test_f.py")
    assert done.code == 0, done
    text = (folder / "test_f.py").read_text()
    assert "NotImplementedError" in text
    assert "checks: text_contains(" in text
    assert "criteria=" not in text
