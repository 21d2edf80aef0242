"""`scenario run --dry-run`: it refuses what a run refuses, and estimates every model that would be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli_run.command import typed


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the command is typed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("judge", "told"),
    [
        ("{criteria: [Good], models: []}", "judge.models: models=[]"),
        ("{criteria: [Good], models: [openai/a, openai/b], model: openai/c}", "models= is the list of all that vote"),
        ("{criteria: [Good], models: [openai/a, openai/b], votes: 1}", "votes=1 leaves some of the 2 models"),
    ],
)
async def test_a_dry_run_refuses_what_a_run_refuses(folder: Path, judge: str, told: str) -> None:
    """Settings of the participants, with the line, exit code 2."""
    (folder / "judged.yaml").write_text(f"agent: http://127.0.0.1:9\njudge: {judge}\n")
    for options in ([], ["--dry-run"]):
        done = await typed("run", "judged.yaml", *options, OPENAI_API_KEY="k")
        assert done.code == 2, done
        assert told in done.err
        assert "judged.yaml:2: " in done.err


async def test_a_dry_run_names_all_models_of_a_panel(folder: Path) -> None:
    """Each with its share of the tokens; what this machine lacks is no mistake of the file."""
    (folder / "judged.yaml").write_text(
        "agent: $env.NOT_SET\nmodel: openai/gpt-4o\nuser: A child\n"
        "judge: {criteria: [Good], models: [openai/gpt-4o-mini, anthropic/claude-haiku-4-5], votes: 4}\n"
    )
    done = await typed("run", "judged.yaml", "--dry-run", OPENAI_API_KEY="k", ANTHROPIC_API_KEY="k")
    assert done.code == 0, done
    shares = [line.split()[1] for line in done.out.splitlines() if "mini: " in line or "haiku" in line]
    assert len(shares) == 2
    assert shares[0] == shares[1]
    assert "openai/gpt-4o: " in done.out
