"""Each mistake in a scenario file is told with its file, its line, the value and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenario.errors import ScenarioFileError
from scenario.files.loading import load
from scenario.files.node import Problem
from tests.files.mistakes import GOOD, MISTAKES, Mistake


def problems_of(text: str, folder: Path, name: str = "weather.yaml") -> list[Problem]:
    """What is wrong with a file."""
    (folder / name).write_text(text)
    with pytest.raises(ScenarioFileError) as caught:
        load(folder / name)
    return [problem for problem in caught.value.problems if isinstance(problem, Problem)]


def test_the_good_file_is_good(tmp_path: Path) -> None:
    """What the mistakes are made in has none itself."""
    (tmp_path / "weather.yaml").write_text(GOOD)
    assert [case.name for case in load(tmp_path / "weather.yaml")] == ["weather"]


def test_there_are_at_least_thirty_kinds() -> None:
    """As promised."""
    assert len({mistake.kind for mistake in MISTAKES}) >= 30


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.kind)
def test_each_mistake_is_told_where_it_is(mistake: Mistake, tmp_path: Path) -> None:
    """One problem, at its line, with the value or name and the remedy."""
    problems = problems_of(mistake.text, tmp_path, mistake.name)
    shown = "\n".join(map(str, problems))
    assert [problem.line for problem in problems] == [mistake.line], shown
    assert shown.startswith(f"{tmp_path}/{mistake.name}:{mistake.line}: ")
    for text in mistake.told:
        assert text in shown


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    """Nobody mends a file one message at a time."""
    text = GOOD.replace("description:", "desciption:").replace("- agent", "- agnt") + "tags: smoke\n"
    assert [problem.line for problem in problems_of(text, tmp_path)] == [2, 10, 12]


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    """A value whose name says that it is a secret stays out of messages."""
    problems = problems_of(GOOD.replace("judge:\n", "judge:\n  api_key: [sk-abcdef]\n", 1), tmp_path)
    assert "sk-abcdef" not in str(problems[0])
