"""`scenario run --retry-invalid`: tried again, kept, and told."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scenario.store.reader import StoreReader
from scenario.testing import AgentServer, ModelServer
from tests.cli_run.command import Ended, typed
from tests.report_html.held import held

FILE = """\
name: greets
agent: $env.AGENT_URL
judge: ["The agent greets"]
script: [{user: Hello}, agent, judge]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one judged scenario, in which the command is typed."""
    (tmp_path / "greets.yaml").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def run(*options: str, statuses: tuple[int, ...] = (), verdict: str = "passed") -> Ended:
    """Run it against a judge's model that answers with these statuses first."""
    async with (
        ModelServer(statuses=statuses, verdicts={"greets": verdict}) as models,
        AgentServer("Hello to you") as agent,
    ):
        return await typed(
            *("run", "greets.yaml", "--store", "s", *options),
            AGENT_URL=agent.url,
            OPENAI_BASE_URL=models.base_url,
            OPENAI_API_KEY="k",
        )


async def test_a_judge_that_failed_is_asked_again(folder: Path) -> None:
    """The scenario passes by its second try; the first is kept in the store, and every page says why there were two."""
    files = ("--junit", "j.xml", "--json", "r.json", "--html", "r.html")
    done = await run("--retry-invalid", "2", *files, statuses=(418,))
    assert done.code == 0, done
    assert "tried 2 times: judge" in done.out
    assert "1 scenario: 1 passed (tried again)" in done.out
    with StoreReader(folder / "s") as reader:
        rows = [(row.status, row.tries, row.tried_for, row.fault) for row in reader.scenarios()]
    assert rows == [("passed", 2, ("judge",), ""), ("retried", 1, (), "judge")]
    assert "(try 2: judge)" in (await typed("list", "--store", "s")).out
    report = json.loads((folder / "r.json").read_text())
    (told,) = report["scenarios"]
    assert (told["outcome"], told["tries"], told["tried_for"]) == ("passed", 2, ["judge"])
    (case,) = ElementTree.parse(folder / "j.xml").getroot().iter("testcase")  # noqa: S314 - our own file
    assert {"tries": "2", "tried_for": "judge"}.items() <= {
        one.get("name"): one.get("value") for one in case.iter("property")
    }.items()
    page = held((folder / "r.html").read_text())
    assert '"status":"retried"' in page
    assert '"tried_for":["judge"]' in page
    markdown = await typed("report", "last", "--format", "markdown", "--store", "s")
    assert "(tried 2 times: judge)" in markdown.out


async def test_without_it_the_run_is_invalid(folder: Path) -> None:
    """Exit code 3, and whose fault it was, everywhere; it is no failure of the agent's."""
    done = await run("--junit", "j.xml", statuses=(418,))
    assert done.code == 3, done
    assert "! greets" in done.out
    assert "at fault: the judge's model, not the agent" in done.out
    assert "1 scenario: 1 invalid (judge)" in done.out
    assert "failed" not in done.out
    root = ElementTree.parse(folder / "j.xml").getroot()  # noqa: S314 - our own file
    assert (root.get("failures"), root.get("errors")) == ("0", "1")


async def test_it_fails_where_no_try_helps(folder: Path) -> None:
    """All tries are kept, and the last one counts."""
    done = await run("--retry-invalid", "1", "--no-store", "--html", "r.html", statuses=(418,) * 9)
    assert done.code == 3, done
    assert "tried 2 times: judge" in done.out
    page = held((folder / "r.html").read_text())
    assert (page.count('"status":"retried"'), page.count('"status":"invalid"')) == (1, 1)


@pytest.mark.parametrize(("verdict", "code", "told"), [("failed", 1, "1 failed"), ("inconclusive", 5, "1 undecided")])
async def test_a_verdict_is_not_tried_again(folder: Path, verdict: str, code: int, told: str) -> None:
    """Neither where the agent failed, nor where nobody could tell: that is exit code 5."""
    done = await run("--retry-invalid", "3", verdict=verdict)
    assert (done.code, told in done.out) == (code, True), done
    with StoreReader(folder / "s") as reader:
        assert [row.status for row in reader.scenarios()] == [told.partition(" ")[2]]


async def test_a_wrong_key_of_the_test_is_not_tried_again(folder: Path) -> None:
    """What is wrong stays wrong."""
    (folder / "greets.yaml").write_text(FILE.replace("agent: $env.AGENT_URL", "agent: 'python:missing:agent'"))
    done = await run("--retry-invalid", "3")
    assert done.code == 2, done
    assert "tried" not in done.out


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_is_refused_is_not_tried_again(status: int, folder: Path) -> None:
    """It is a setting that is wrong: exit code 2, as `scenario doctor` says, and no second try with the same key."""
    done = await run("--retry-invalid", "2", "--json", "r.json", statuses=(status,))
    assert done.code == 2, done
    assert "at fault: the configuration" in done.out
    (told,) = json.loads((folder / "r.json").read_text())["scenarios"]
    assert (told["outcome"], told["fault"], told["tries"]) == ("invalid", "configuration", 1)
