"""Each mistake in a scenario file is told with its file, its line, the value and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenario.errors import ScenarioFileError
from scenario.files.building import Overrides
from scenario.files.loading import load
from scenario.files.node import Problem
from scenario.files.readiness import obstacles
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


def test_there_are_at_least_sixty_kinds() -> None:
    """More than anybody makes in a day."""
    assert len({mistake.kind for mistake in MISTAKES}) >= 60


@pytest.mark.parametrize(
    "step", ["judge: [It is polite]", "judge: It is polite", "judge: {criteria: [It is polite]}", "proceed: 2"]
)
def test_steps_behind_one_that_may_go_on_are_no_mistake(step: str, tmp_path: Path) -> None:
    """A checkpoint and free play of so many turns let the script go on."""
    (tmp_path / "weather.yaml").write_text(GOOD.replace("  - judge\n", f"  - {step}\n  - judge\n"))
    assert len(load(tmp_path / "weather.yaml")) == 1


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


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_mistake_is_in_its_line_however_the_file_was_saved(encoding: str, end: str, tmp_path: Path) -> None:
    """With a byte order mark or without, and with the line ends of any system."""
    (tmp_path / "weather.yaml").write_bytes(GOOD.replace("- agent", "- agnt").replace("\n", end).encode(encoding))
    with pytest.raises(ScenarioFileError, match="'agnt'") as caught:
        load(tmp_path / "weather.yaml")
    assert [problem.line for problem in caught.value.problems if isinstance(problem, Problem)] == [10]


@pytest.mark.parametrize(("encoding", "line"), [("utf-16", 1), ("latin-1", 9)])
def test_a_file_that_is_no_utf_8_says_where(encoding: str, line: int, tmp_path: Path) -> None:
    """The first byte that is none is in this line."""
    (tmp_path / "weather.yaml").write_bytes(GOOD.replace("Hi", "Café").encode(encoding))
    with pytest.raises(ScenarioFileError, match=f"weather.yaml:{line}: this is no UTF-8"):
        load(tmp_path / "weather.yaml")


def test_a_file_that_is_no_mapping_is_nothing_to_build_on(tmp_path: Path) -> None:
    """It is not left out in silence."""
    (tmp_path / "base.yaml").write_text("- x\n")
    problems = problems_of(GOOD + "extends: base.yaml\n", tmp_path)
    assert [(problem.line, problem.path) for problem in problems] == [(12, "extends")]
    assert "'base.yaml'" in str(problems[0])


def obstacle(text: str, folder: Path, **environ: str) -> Problem:
    """The one thing that keeps a file from being run here."""
    (folder / "weather.yaml").write_text(text)
    (folder / "checks_of_this_test.py").write_text("limit = 3\n")
    nowhere = {"SCENARIO_MODELS": str(folder / "none"), **environ}
    (found,) = obstacles(load(folder / "weather.yaml"), Overrides(), nowhere)
    return found


WITHOUT_MODEL = GOOD.replace("- judge", "- succeed").replace(
    "judge:\n  criteria:\n    - The agent names a temperature\n", ""
)


@pytest.mark.parametrize(
    ("text", "line", "path", "told"),
    [
        (WITHOUT_MODEL.replace("  url:", "  headers: {a: $env.NOT_THERE}\n  url:"), 4, "agent.headers.a", "NOT_THERE"),
        (WITHOUT_MODEL.replace("http://127.0.0.1:8000", "$env.NOT_THERE"), 4, "agent.url", "NOT_THERE"),
        (
            WITHOUT_MODEL.replace("url: http://127.0.0.1:8000/chat", "python: not_there:a"),
            4,
            "agent.python",
            "not_there",
        ),
        (
            WITHOUT_MODEL.replace("- succeed", '- check: {python: "checks_of_this_test:limit"}\n  - succeed'),
            *(8, "script[2].check.python", "int: name a function"),
        ),
        (
            GOOD.replace("judge:\n", "judge:\n  model: openai/x\n  api_key: $env.NOT_THERE\n", 1),
            *(7, "judge.api_key", "NOT_THERE is not set"),
        ),
        (
            GOOD.replace("judge:\n", "judge:\n  model: ollama/x\n  options: {timeout: soon}\n", 1),
            *(7, "judge.options.timeout", "seconds"),
        ),
    ],
)
def test_what_is_missing_here_is_told_at_its_line(text: str, line: int, path: str, told: str, tmp_path: Path) -> None:
    """A variable, a module, a check that is none: found before anything runs, at the setting that names it."""
    found = obstacle(text, tmp_path)
    assert (found.line, found.path) == (line, path), found
    assert told in found.text
