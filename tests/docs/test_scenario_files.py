"""The guide to scenario files is true: its files run as they stand there, its commands and checks are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from scenario.cli.main import main
from scenario.files import load
from scenario.files.check_blocks import ChecksBlock
from scenario.testing import AgentServer, DecisionServer, ModelServer

GUIDE = (Path(__file__).parents[2] / "docs" / "scenario-files.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(yaml|toml|json)\n(.*?)```", GUIDE, re.DOTALL)
URL = "http://localhost:8000/chat"


def written(kind: str, text: str, folder: Path, url: str) -> Path:
    """The block as a file, with the rows that the guide shows beside it."""
    rows = re.search(r"```csv\n(.*?)```", GUIDE, re.DOTALL)
    assert rows is not None
    (folder / "cities.csv").write_text(rows[1])
    path = folder / f"guide.{kind}"
    path.write_text(text.replace(URL, url))
    return path


@pytest.mark.parametrize(("kind", "text"), BLOCKS, ids=range(len(BLOCKS)))
async def test_the_guide_s_files_pass(kind: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file of the guide passes against a streaming agent and models' servers."""
    monkeypatch.setenv("AGENT_TOKEN", "t")
    async with (
        AgentServer(lambda _: "It is 20 °C in Paris.") as agent,
        ModelServer() as model,
        DecisionServer() as decisions,
    ):
        monkeypatch.setenv("TYPESAFE_BASE_URL", decisions.base_url)
        monkeypatch.setenv("OPENAI_BASE_URL", model.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "test-key")
        cases = load(written(kind, text, tmp_path, agent.url))
        assert cases
        for case in cases:
            result = await case.run()
            assert result.success, (case.name, result.reasoning)


def test_the_guide_shows_every_format_and_every_check() -> None:
    """A check that the guide does not tell of is one that nobody uses."""
    assert {kind for kind, _ in BLOCKS} == {"yaml", "toml", "json"}
    assert len(BLOCKS) == 11
    named = set(re.findall(r"`(\w+)`", "".join(line for line in GUIDE.splitlines(True) if line.startswith("| `"))))
    assert set(ChecksBlock.__struct_fields__) - {"python"} <= named


@pytest.mark.parametrize("line", [line for line in GUIDE.splitlines() if line.startswith("scenario ")])
def test_the_guide_s_commands_are_accepted(line: str) -> None:
    """Each command and each of its options is there."""
    name, *arguments = shlex.split(line)[1:]
    context = click.Context(main)
    found = main.get_command(context, name)
    assert found is not None
    found.make_context(name, arguments, parent=context)


def test_the_readme_leads_to_the_guide() -> None:
    """Who starts with the README finds it."""
    assert "docs/scenario-files.md" in (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
