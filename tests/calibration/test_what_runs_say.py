"""What the summary of later runs says of a judge that was calibrated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenario.testing import AgentServer, ModelServer
from tests.calibration.test_labels import line
from tests.cli_run.command import Ended, typed

FILE = """\
agent: $env.AGENT_URL
name: greeting
judge: {criteria: [It greets, It helps]}
script: [{user: Hello}, agent, judge]
"""
LABELS = [
    line(criterion=f"It {verb}", met=met, messages=[{"role": "user", "content": f"{verb} {number}"}])
    for number in range(6)
    for verb, met in (("greets", True), ("is rude", False))
]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test's store, labels and scenario are in its own folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "labels.jsonl").write_text("\n".join(LABELS))
    (tmp_path / "greeting.yaml").write_text(FILE)


async def calibrated_and_run(model: str = "openai/test") -> Ended:
    """The summary of a run whose judge was calibrated before."""
    async with ModelServer(verdicts={"rude": "failed"}) as models, AgentServer("Hello!") as agent:
        asked = ("judge", "--calibrate", "labels.jsonl", "--model", "openai/test", "--api-base", models.base_url)
        assert (await typed(*asked, OPENAI_API_KEY="k")).code == 0
        environment = {"AGENT_URL": agent.url, "OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k"}
        return await typed("run", "greeting.yaml", "--model", model, **environment)


async def test_a_run_prints_the_figures_of_its_judge() -> None:
    """What it passes wrongly at most, where that was measured, and the rate that is left without its errors."""
    ended = await calibrated_and_run()
    assert ended.code == 0, ended
    assert "openai/test passed 0 of 6 (up to 39.0%) criteria that are not met" in ended.out
    assert "labels.jsonl" in ended.out
    assert "Of 2 criteria it passed 2; freed of its errors, 100% (" in ended.out


async def test_figures_of_another_model_do_not_hold() -> None:
    """They are not printed as if they were this judge's."""
    ended = await calibrated_and_run("openai/other")
    assert "do not hold: they are those of openai/test, and here openai/other judged" in ended.out
    assert "freed of its errors" not in ended.out


async def test_figures_of_another_wording_do_not_hold() -> None:
    """A judge that is asked in other words is another judge."""
    await calibrated_and_run()
    path = Path.cwd() / ".scenario" / "judge.json"
    change(path)
    async with ModelServer() as models, AgentServer("Hello!") as agent:
        environment = {"AGENT_URL": agent.url, "OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k"}
        ended = await typed("run", "greeting.yaml", "--model", "openai/test", **environment)
    assert "what a judge is asked has changed since" in ended.out


async def test_labels_that_have_changed_since_are_told(tmp_path: Path) -> None:
    """One that says the opposite now makes other figures; the same ones in another order do not."""
    told = []
    await calibrated_and_run()
    for content in (LABELS[::-1], [LABELS[0].replace("true", "false"), *LABELS[1:]]):
        (tmp_path / "labels.jsonl").write_text("\n".join(content))
        async with ModelServer() as models, AgentServer("Hello!") as agent:
            environment = {"AGENT_URL": agent.url, "OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k"}
            ended = await typed("run", "greeting.yaml", "--model", "openai/test", **environment)
        told.append("labels.jsonl holds other labels now" in " ".join(ended.out.split()))
    assert told == [False, True]


async def test_a_calibration_of_a_day_that_no_calendar_has_is_told() -> None:
    """A file may hold anything: the run ends as it would without it."""
    await calibrated_and_run()
    path = Path.cwd() / ".scenario" / "judge.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"at": 1e300}))
    async with ModelServer() as models, AgentServer("Hello!") as agent:
        environment = {"AGENT_URL": agent.url, "OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k"}
        ended = await typed("run", "greeting.yaml", "--model", "openai/test", **environment)
    assert ended.code == 0, ended
    assert "holds no calibration that can be read" in ended.out


def change(path: Path) -> None:
    """Make the calibration one of another wording."""
    kept = json.loads(path.read_text())
    kept["judge"]["wording"] = "another"
    path.write_text(json.dumps(kept))


async def test_without_a_calibration_nothing_is_said() -> None:
    """Nor where no model judged: checks need no calibration."""
    async with ModelServer() as models, AgentServer("Hello!") as agent:
        environment = {"AGENT_URL": agent.url, "OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k"}
        ended = await typed("run", "greeting.yaml", "--model", "openai/test", **environment)
    assert ended.code == 0
    assert "Judge:" not in ended.out


@pytest.mark.parametrize(
    ("judge", "told"),
    [
        ("temperature: 0.7", "it was asked with votes=1 ask=all then, and with votes=1 ask=all temperature=0.7 here"),
        ("controls: 2", "with votes=1 ask=all controls=2 here"),
        ("votes: 2", "with votes=2 ask=all here"),
    ],
)
async def test_figures_of_another_setting_do_not_hold(judge: str, told: str) -> None:
    """A judge that is asked in another way is another judge."""
    change_file(judge)
    ended = await calibrated_and_run()
    assert "do not hold" in ended.out
    assert told in " ".join(ended.out.split())
    assert "freed of its errors" not in ended.out


async def test_figures_of_another_server_do_not_hold() -> None:
    """Behind the same name another model may stand there."""
    await calibrated_and_run()
    async with ModelServer() as models, AgentServer("Hello!") as agent:
        environment = {"AGENT_URL": agent.url, "OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k"}
        ended = await typed("run", "greeting.yaml", "--model", "openai/test", **environment)
    assert "do not hold: it was asked at http://127.0.0.1:" in ended.out
    assert "freed of its errors" not in ended.out


async def test_figures_of_an_older_version_do_not_hold() -> None:
    """It kept neither the server nor the settings."""
    await calibrated_and_run()
    path = Path.cwd() / ".scenario" / "judge.json"
    forget_the_server(path)
    async with ModelServer() as models, AgentServer("Hello!") as agent:
        environment = {"AGENT_URL": agent.url, "OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k"}
        ended = await typed("run", "greeting.yaml", "--model", "openai/test", **environment)
    assert "do not hold: it was asked at a server that is not known then" in ended.out


def change_file(judge: str) -> None:
    """Give the scenario's judge a setting."""
    changed = FILE.replace("It helps]}", f"It helps], {judge}}}")
    Path("greeting.yaml").write_text(changed)


def forget_the_server(path: Path) -> None:
    """Make the calibration one that knows no server."""
    kept = json.loads(path.read_text())
    kept["judge"]["server"] = ""
    path.write_text(json.dumps(kept))
