"""`scenario shrink`, as it is typed, against an agent behind a URL."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from scenario.files.loading import load
from scenario.testing import AgentServer, ModelServer
from tests.cli_run.command import typed

LINES = [f"Tell me about thing number {number}." for number in range(20)]
LINES[4], LINES[13] = "I am a gold member.", "I want a refund."


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, without a store."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def planted(body: dict[str, Any]) -> str:
    """Gives too much to a gold member who wants a refund."""
    said = [str(message["content"]) for message in body["messages"] if message["role"] == "user"]
    if any("gold" in line for line in said) and any("refund" in line for line in said):
        return "You get 900 euros."
    return f"You said {said[-1]}"


def write(folder: Path, url: str, ending: str = "{check: {text_lacks: '900'}}, succeed", more: str = "") -> None:
    """A scenario of twenty turns."""
    turns = "".join(f"{{user: '{line}'}}, agent, {{check: {{longer_than: 3}}}}, " for line in LINES)
    (folder / "s.yaml").write_text(f"name: refunds\nagent: {url}\n{more}script: [{turns}{ending}]\n")


async def test_a_planted_failure_of_two_turns_is_found_in_sixty_runs(folder: Path) -> None:
    """What is written is these two turns with the check that failed; it fails again, and each turn is printed."""
    async with AgentServer(planted) as agent:
        write(folder, agent.url)
        assert (await typed("run", "s.yaml")).code == 1
        done = await typed("shrink", "last", "-o", "r/f.yaml", "--max-runs", "60")
        assert done.code == 0, done
        again = await typed("run", "r/f.yaml")
    assert "20 → 2" in done.out
    assert "turn 5    I am a gold member." in done.out
    assert "turn 14   I want a refund." in done.out
    (case,) = load(folder / "r" / "f.yaml")
    said = [step.user for step in case.block.script or () if not isinstance(step, str) and step.user]
    assert said == [LINES[4], LINES[13]]
    assert again.code == 1
    assert "text_lacks: '900'" in again.out
    assert not list((folder / ".scenario" / "shrinking").iterdir())


async def test_a_budget_that_ends_is_said_and_gone_on_with(folder: Path) -> None:
    """No run more than the budget (two are kept to confirm what is found); a greater one runs only what is left."""
    async with AgentServer(planted) as agent:
        write(folder, agent.url)
        await typed("run", "s.yaml")
        asked = len(agent.requests)
        done = await typed("shrink", "last", "-o", "f.yaml", "--max-runs", "8")
        assert done.code == 3, done
        assert len(agent.requests) - asked <= 8 * 20
        assert "Not shown to be the shortest" in done.out
        done = await typed("shrink", "last", "-o", "f.yaml", "--force")
    assert done.code == 0, done
    assert "Going on: 6 runs done before" in done.out
    assert "20 → 2" in done.out


async def test_a_search_that_goes_on_records_into_the_same_cassette(folder: Path) -> None:
    """Each run is found again by its number: none of those that are left is played by another that came before."""
    async with AgentServer(planted) as agent:
        write(folder, agent.url)
        await typed("run", "s.yaml")
        shrink = ("shrink", "last", "--cassette", "c.cassette")
        assert (await typed(*shrink, "-o", "f.yaml", "--max-runs", "9")).code == 3
        done = await typed(*shrink, "-o", "f.yaml", "--force")
    assert done.code == 0, done
    assert "said nothing" not in done.out
    again = await typed(*shrink, "-o", "again.yaml", "--fresh")
    assert again.code == 0, again
    assert (folder / "again.yaml").read_text().splitlines()[4:] == (folder / "f.yaml").read_text().splitlines()[4:]


async def test_a_line_that_was_cut_off_in_the_journal_is_mended(folder: Path) -> None:
    """A process that is killed while it writes loses that line alone."""
    async with AgentServer(planted) as agent:
        write(folder, agent.url)
        await typed("run", "s.yaml")
        await typed("shrink", "last", "-o", "f.yaml", "--max-runs", "8")
        (journal,) = (folder / ".scenario" / "shrinking").iterdir()
        journal.write_bytes(journal.read_bytes()[:-7])
        done = await typed("shrink", "last", "-o", "f.yaml", "--force")
    assert done.code == 0, done
    assert "Going on: 5 runs done before" in done.out


async def test_a_flaky_agent_is_shrunk_within_the_budget(folder: Path) -> None:
    """It fails seven times in ten."""
    chance, first = random.Random(2), [True]  # noqa: S311 - chance that can be repeated

    def flaky(body: dict[str, Any]) -> str:
        said = planted(body)
        if said.startswith("You get") and not first[0] and chance.random() > 0.7:
            return "You get nothing."
        return said

    async with AgentServer(flaky) as agent:
        write(folder, agent.url)
        await typed("run", "s.yaml")
        first[0] = False
        done = await typed("shrink", "last", "-o", "f.yaml")
    assert done.code == 0, done
    assert "20 → 2" in done.out
    assert "The agent is flaky" in done.out


async def test_a_mended_agent_leaves_nothing_to_write(folder: Path) -> None:
    """Exit code 5, and no file."""
    broken = [True]
    async with AgentServer(lambda body: planted(body) if broken[0] else "No.") as agent:
        write(folder, agent.url)
        await typed("run", "s.yaml")
        broken[0] = False
        done = await typed("shrink", "last", "-o", "f.yaml")
    assert done.code == 5, done
    assert "was not seen again" in done.out
    assert not (folder / "f.yaml").exists()


async def test_an_agent_that_is_gone_says_nothing(folder: Path) -> None:
    """Exit code 3 with the reason, and no file: another failure is not the one that is looked for."""
    async with AgentServer(planted) as agent:
        write(folder, agent.url)
        await typed("run", "s.yaml")
    done = await typed("shrink", "last", "-o", "f.yaml")
    assert done.code == 3, done
    assert "None of 5 runs said anything" in done.out
    assert not (folder / "f.yaml").exists()


async def test_a_criterion_is_what_is_looked_for_where_a_judge_decided(folder: Path) -> None:
    """With the run's judge; another criterion that passes stays in the file."""
    async with AgentServer(planted) as agent, ModelServer(verdicts={"little": "failed", "polite": "passed"}) as models:
        judge = f"judge: {{criteria: [It is polite, It pays little], model: openai/m, api_base: '{models.base_url}'}}\n"
        write(folder, agent.url, "judge", judge)
        assert (await typed("run", "s.yaml", OPENAI_API_KEY="k")).code == 1
        done = await typed("shrink", "last", "-o", "f.yaml", OPENAI_API_KEY="k")
    assert done.code == 0, done
    assert "criterion: It pays little" in done.out
    assert "20 → 1" in done.out
    (case,) = load(folder / "f.yaml")
    assert case.block.judge is not None
    assert (case.block.script or [])[-1] == "judge"


async def test_what_has_not_failed_is_refused(folder: Path) -> None:
    """Before the agent is asked."""
    async with AgentServer("Hello") as agent:
        write(folder, agent.url)
        assert (await typed("run", "s.yaml")).code == 0
        asked = len(agent.requests)
        done = await typed("shrink", "last", "-o", "f.yaml")
        assert len(agent.requests) == asked
    assert done.code == 2
    assert "there is no failure to look for" in done.err
