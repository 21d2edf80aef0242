"""Which files of a folder are scenario files: what is left out is told, and what was meant to be one fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenario.errors import ScenarioFileError
from scenario.files import load
from scenario.files.finding import LeftOutFile

GOOD = "agent: http://127.0.0.1:1/chat\nuser: x\n"
STEPS = "script: [{user: hi}, agent, succeed]\n"


def left_out(folder: Path, name: str, text: str) -> LeftOutFile | None:
    """What is told of one file beside a good one; None where it is a scenario file."""
    (folder / "good.yaml").write_text(GOOD)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    told: list[LeftOutFile] = []
    load(folder, left_out=told.append)
    return told[0] if told else None


@pytest.mark.parametrize(
    ("name", "text", "near"),
    [
        ("a.yaml", "agents: http://127.0.0.1:1/chat\nuser: a customer\n", "'agents' and no 'agent'"),
        ("a.yaml", f"Agent: http://127.0.0.1:1/chat\nname: x\n{STEPS.capitalize()}", "'Agent' and no 'agent'"),
        ("a.yaml", "AGENT: http://127.0.0.1:1/chat\nname: x\n", "'AGENT' and no 'agent'"),
        ("a.yaml", f"scenario:\n  - {{name: x}}\nlimits: {{max_turns: 2}}\n# {STEPS}", "'scenario' and no 'scenarios'"),
        ("a.yaml", "agnet: http://127.0.0.1:1/chat\njudges: [It answers]\n", "'agnet' and no 'agent'"),
        ("a.toml", 'agents = "http://127.0.0.1:1/chat"\nuser = "x"\n', "'agents' and no 'agent'"),
        ("a.json", '{"agents": "http://127.0.0.1:1/chat", "user": "x"}', "'agents' and no 'agent'"),
        ("a.yaml", "scenarios: {image: x, script: [agent, succeed]}\n", "it is a list of scenarios"),
        ("a.yaml", "scenarios: {name: x, agent: x, script: [say hi]}\n", "it is a list of scenarios"),
        ("a.yaml", "scenarios: {image: x, script: [say hi]}\nset_id: x\n", "it is a list of scenarios"),
        ("a.yaml", f"- name: x\n  agent: http://127.0.0.1:1/chat\n  {STEPS}", "Write `scenarios:` above it"),
    ],
)
def test_a_file_that_was_meant_to_be_a_scenario_is_no_silence(name: str, text: str, near: str, tmp_path: Path) -> None:
    """Several of its names are ours or nearly ours: that it would not run is a mistake, told with its line."""
    with pytest.raises(ScenarioFileError) as caught:
        left_out(tmp_path, name, text)
    assert f"{name}:1: " in str(caught.value)
    assert near in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("package.json", '{"name": "x", "scripts": {"test": "x"}, "description": "y", "user": 1}', "other"),
        ("tsconfig.json", '{"extends": "./base", "compilerOptions": {}, "include": []}', "other"),
        ("tsconfig.json", '{\n  // comment\n  "extends": "./base",\n  "agent": 1\n}', "unreadable"),
        ("eslint.yaml", "extends: base\nrules: {}\nplugins: []\n", "other"),
        ("compose.yaml", "services: {agent: {image: x}}\n", "other"),
        ("workflow.yaml", "name: ci\non: push\njobs: {}\n", "other"),
        ("gitlab-ci.yml", "scenarios:\n  image: python\n  script: [pip install x, make test]\n", "other"),
        ("gitlab-ci.yml", "stages: [a]\nscenarios: {stage: a, script: [make]}\n", "other"),
        ("gitlab-ci.yml", "stages: [test]\nagent:\n  stage: test\n  script: make test\n", "other"),
        ("data.json", '[{"city": "Paris"}]', "other"),
        ("crew.yaml", "agents: {researcher: {role: x}}\ntasks: {}\ntools: []\n", "nearly"),
        ("team.yaml", "agents: [a, b]\nname: x\n", "nearly"),
        ("template.yaml", "image: {{ .Values.image }}\n", "unreadable"),
        ("stream.json", '{"agent": "x"}\n{"agent": "y"}\n', "unreadable"),
    ],
)
def test_other_programs_files_are_left_out_and_told(name: str, text: str, kind: str, tmp_path: Path) -> None:
    """They fail nothing, and each is told of with what kind it is."""
    told = left_out(tmp_path, name, text)
    assert told is not None
    assert (told.kind, told.file.endswith(name), bool(told.why)) == (kind, True, True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{\n  "agent": "http://127.0.0.1:1/chat",\n  "user": "x",\n}'),
        ("a.toml", 'agent = "http://127.0.0.1:1/chat\nuser = "x"\n'),
        ("a.yaml", "agent: [\n"),
    ],
)
def test_a_scenario_that_cannot_be_read_is_a_mistake_in_every_format(name: str, text: str, tmp_path: Path) -> None:
    """A comma too many in JSON, a quote that is missing in TOML: told with its line, not passed over."""
    with pytest.raises(ScenarioFileError, match=rf"{name}:\d"):
        left_out(tmp_path, name, text)


def test_what_is_to_be_built_on_is_passed_over(tmp_path: Path) -> None:
    """Names that begin with an underscore or a dot say that the file is no scenario: nothing is told of it."""
    assert left_out(tmp_path, "_base.yaml", "agents: x\nuser: y\n") is None
    assert left_out(tmp_path, ".hidden/a.yaml", "agents: x\nuser: y\n") is None


def test_installed_packages_are_passed_over(tmp_path: Path) -> None:
    """A file of a Node package is nobody's scenario, whatever it holds; one of a folder beside it is."""
    assert left_out(tmp_path, "node_modules/a/s.yaml", "agent: x\nscript: [bad]\n") is None
    assert len(load(tmp_path)) == 1
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "other.yaml").write_text(GOOD)
    assert len(load(tmp_path)) == 2


def test_a_file_that_only_builds_on_another_is_a_scenario(tmp_path: Path) -> None:
    """`extends` among names of ours."""
    (tmp_path / "_base.yaml").write_text(GOOD)
    assert left_out(tmp_path, "a.yaml", "extends: _base.yaml\nname: x\n") is None
