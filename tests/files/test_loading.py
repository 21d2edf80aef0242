"""What files say becomes cases: shared blocks, rows of parameters, three formats, and nothing hostile."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from scenario.errors import ConfigurationError, ScenarioFileError
from scenario.files import ScenarioCase, load
from scenario.files.building import agent_block, judge_block, user_block
from scenario.files.json_text import json_node
from scenario.files.toml_text import toml_node
from scenario.files.yaml_text import yaml_node

URL = "http://127.0.0.1:8000/chat"


def cases_of(text: str, folder: Path, name: str = "cases.yaml") -> list[ScenarioCase]:
    """The cases of a file with this text."""
    (folder / name).write_text(text)
    return load(folder / name)


def test_the_file_names_a_scenario_without_a_name(tmp_path: Path) -> None:
    """Nobody must write a name twice."""
    assert [case.name for case in cases_of(f"agent: {URL}\njudge: [It is good]\n", tmp_path)] == ["cases"]


def test_short_forms_stand_for_long_ones(tmp_path: Path) -> None:
    """A URL is an agent, a text a persona, a list criteria."""
    (case,) = cases_of(f"agent: {URL}\nuser: A child\njudge: [It is good]\n", tmp_path)
    assert agent_block(case.block).url == URL
    assert user_block(case.block).persona == "A child"
    assert judge_block(case.block).criteria == ["It is good"]


def test_what_stands_beside_scenarios_holds_for_all(tmp_path: Path) -> None:
    """Mappings are merged, lists and values replaced."""
    text = f"""
agent: {{url: "{URL}", timeouts: {{idle: 5}}}}
tags: [a]
judge: {{model: openai/x, criteria: [One]}}
scenarios:
  - name: first
  - name: second
    agent: {{timeouts: {{total: 9}}}}
    tags: [b]
    judge: [Two]
"""
    first, second = cases_of(text, tmp_path)
    assert (first.tags, second.tags) == (("a",), ("b",))
    timeouts = agent_block(second.block).timeouts
    assert (timeouts.idle, timeouts.total) == (5, 9)  # type: ignore[union-attr]
    assert (judge_block(second.block).model, judge_block(second.block).criteria) == ("openai/x", ["Two"])


def test_shared_blocks_and_files_are_built_upon(tmp_path: Path) -> None:
    """The nearer block counts; a file's shared block is reached by its name."""
    (tmp_path / "_base.yaml").write_text(
        f"agent: {URL}\ntags: [base]\nshared:\n  slow:\n    limits: {{max_time: 60}}\n"
    )
    text = """
extends: [_base.yaml, "_base.yaml#slow", polite]
shared:
  polite: {judge: [The agent is polite]}
name: built
"""
    (case,) = cases_of(text, tmp_path)
    assert (case.name, case.tags, case.block.limits.max_time) == ("built", ("base",), 60)
    assert judge_block(case.block).criteria == ["The agent is polite"]


def test_an_agent_in_this_process_takes_the_place_of_a_url(tmp_path: Path) -> None:
    """One of the two is meant; the nearer one."""
    text = f"agent: {URL}\nuser: A child\nscenarios:\n  - {{name: a, agent: {{python: 'agents:make'}}}}\n"
    (case,) = cases_of(text, tmp_path)
    assert (agent_block(case.block).url, agent_block(case.block).python) == (None, "agents:make")


def test_a_matrix_is_every_combination(tmp_path: Path) -> None:
    """In order, and each named by its row."""
    text = (
        f"agent: {URL}\nname: greet\nuser: 'From ${{city}}'\nparameters:\n  matrix: {{city: [Rome, Oslo], n: [1, 2]}}\n"
    )
    found = cases_of(text, tmp_path)
    assert [case.name for case in found] == ["greet [Rome, 1]", "greet [Rome, 2]", "greet [Oslo, 1]", "greet [Oslo, 2]"]
    assert user_block(found[2].block).persona == "From Oslo"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.csv", 'city,degrees\nParis,18\n"New, York",21\n'),
        ("rows.jsonl", '{"city":"Paris","degrees":"18"}\n\n{"city":"New, York","degrees":"21"}\n'),
    ],
)
def test_rows_come_from_files(name: str, content: str, tmp_path: Path) -> None:
    """CSV with a heading, JSONL without; quoted commas and empty lines are as usual."""
    (tmp_path / name).write_text(content)
    text = f"agent: {URL}\nname: in ${{city}}\nuser: x\nparameters: {{file: {name}}}\n"
    found = cases_of(text, tmp_path)
    assert [case.name for case in found] == ["in Paris", "in New, York"]
    assert found[0].parameters == {"city": "Paris", "degrees": "18"}


def test_a_row_that_is_too_short_is_told_with_its_line(tmp_path: Path) -> None:
    """The data has the mistake, not the scenario."""
    (tmp_path / "rows.csv").write_text("city,degrees\nParis,18\nRome\n")
    with pytest.raises(ScenarioFileError, match=r"rows\.csv:3: there is 1 value for 2 columns"):
        cases_of(f"agent: {URL}\nuser: x\nparameters: {{file: rows.csv}}\n", tmp_path)


def test_a_placeholder_that_is_the_whole_value_keeps_its_type(tmp_path: Path) -> None:
    """Numbers and lists come through parameters; two dollar signs are one."""
    text = f"""
agent: {URL}
user: 'costs $${{n}}'
limits: {{max_turns: "${{n}}"}}
judge: "${{wanted}}"
parameters: {{rows: [{{n: 3, wanted: [It is short]}}]}}
"""
    (case,) = cases_of(text, tmp_path)
    assert case.block.limits.max_turns == 3
    assert judge_block(case.block).criteria == ["It is short"]
    assert user_block(case.block).persona == "costs ${n}"


def test_the_three_formats_say_the_same(tmp_path: Path) -> None:
    """Whichever a team prefers."""
    said: dict[str, Any] = {
        "name": "same",
        "agent": {"url": URL, "timeouts": {"idle": 5}, "headers": {"x-a": "1"}},
        "judge": {"criteria": ["One", "Two"]},
        "script": [{"user": "Hi"}, "agent", "judge"],
        "limits": {"max_turns": 3},
    }
    (as_json,) = cases_of(json.dumps(said, indent=1), tmp_path, "same.json")
    (as_yaml,) = cases_of(json.dumps(said), tmp_path, "same.yaml")
    toml = f"""
name = "same"
script = [{{user = "Hi"}}, "agent", "judge"]
[agent]
url = "{URL}"
timeouts = {{idle = 5}}
headers = {{x-a = "1"}}
[judge]
criteria = ["One", "Two"]
[limits]
max_turns = 3
"""
    (as_toml,) = cases_of(toml, tmp_path, "same.toml")
    assert as_json.block == as_yaml.block == as_toml.block


def test_a_folder_gives_its_scenario_files(tmp_path: Path) -> None:
    """Files to build on, data and other programs' files are left alone; what cannot be read is told."""
    (tmp_path / "inner").mkdir()
    good = f"agent: {URL}\nuser: x\n"
    for name in ("b.yaml", "inner/a.yml", "_base.yaml", ".hidden.yaml"):
        (tmp_path / name).write_text(good)
    (tmp_path / "package.json").write_text('{"name": "x", "scripts": {}}')
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert [case.name for case in load(tmp_path)] == ["b", "a"]
    (tmp_path / "broken.yaml").write_text("agent: [")
    with pytest.raises(ScenarioFileError, match=r"broken\.yaml"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["nowhere.yaml", "notes.txt"])
def test_what_is_no_scenario_file_is_refused(name: str, tmp_path: Path) -> None:
    """With what would be one."""
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(ConfigurationError, match=r"no such file|ends in"):
        load(tmp_path / name)


def test_yes_and_times_are_texts(tmp_path: Path) -> None:
    """A user who says yes says no boolean."""
    text = f"agent: {URL}\nscript:\n  - user: yes\n  - agent\n  - user: 12:30\n  - succeed\n"
    (case,) = cases_of(text, tmp_path)
    assert [getattr(step, "user", None) for step in case.block.script or ()] == ["yes", None, "12:30", None]


def test_a_step_with_a_colon_and_nothing_behind_it_is_the_bare_step(tmp_path: Path) -> None:
    """`- agent:` is what many write."""
    (case,) = cases_of(f"agent: {URL}\nscript:\n  - user: Hi\n  - agent:\n  - succeed:\n", tmp_path)
    assert (case.block.script or [])[1:] == ["agent", "succeed"]


def test_aliases_that_unfold_endlessly_are_refused_before_they_do() -> None:
    """Ten lines can stand for ten thousand million values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 11)]
    with pytest.raises(ScenarioFileError, match="unfolds to more than 100,000 values"):
        yaml_node("\n".join(lines), "laughs.yaml")


@pytest.mark.parametrize("read", [yaml_node, json_node, toml_node])
def test_endless_nesting_is_refused(read: Any) -> None:
    """Neither the stack nor the memory is the limit."""
    with pytest.raises(ScenarioFileError, match=r"deep"):
        read(("a = " if read is toml_node else "") + "[" * 100_000, "deep")


NUMBERS = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_json_is_read_as_the_standard_library_reads_it(value: Any) -> None:
    """The lines are all that is added."""
    assert json_node(json.dumps(value, indent=1), "x.json").plain() == value


@given(st.text(alphabet=st.sampled_from(list("ab:-[]{}#&*!|>'\"%@`,? \n\t0\\$~.")), max_size=60))
@settings(max_examples=300)
def test_any_text_is_read_or_told_as_a_mistake(text: str) -> None:
    """A scenario file may hold anything; nothing but our own error comes of it."""
    for read in (yaml_node, json_node, toml_node):
        with contextlib.suppress(ScenarioFileError):
            read(text, "any").plain()


@pytest.mark.parametrize(
    ("rows", "name"),
    [("n,wait,text\n3,false,7\n", "rows.csv"), ('{"n": 3, "wait": false, "text": 7}\n', "rows.jsonl")],
)
def test_a_value_of_a_row_takes_the_type_of_its_place(rows: str, name: str, tmp_path: Path) -> None:
    """A CSV knows texts only, and JSON's 7 may be what somebody says: both give the same scenario."""
    (tmp_path / name).write_text(rows)
    text = f"""
agent: {URL}
parameters: {{file: {name}}}
limits: {{max_turns: "${{n}}", max_time: "${{n}}"}}
metadata: {{n: "${{n}}"}}
script: [{{user: "${{text}}"}}, {{agent: {{wait: "${{wait}}"}}}}, {{check: {{text_contains: "${{text}}"}}}}, succeed]
"""
    (case,) = cases_of(text, tmp_path)
    assert (case.block.limits.max_turns, case.block.limits.max_time) == (3, 3)
    said, answered, checked, _ = case.block.script or ()
    assert said.user == "7"  # type: ignore[union-attr]
    assert answered.agent.wait is False  # type: ignore[union-attr]
    assert checked.check.text_contains == "7"  # type: ignore[union-attr]
    # What may be anything stays what it is.
    assert case.block.metadata == {"n": "3" if name.endswith("csv") else 3}


def test_yaml_of_other_programs_is_left_alone_though_it_cannot_be_read(tmp_path: Path) -> None:
    """Tags and several documents are what others write; a scenario with such a mistake is told of all the same."""
    (tmp_path / "mkdocs.yaml").write_text("theme: !!python/name:material.extensions x\n")
    (tmp_path / "deploy.yaml").write_text("kind: Service\n---\nkind: Deployment\n")
    (tmp_path / "mine.yaml").write_text(f"agent: {URL}\nuser: A child\n")
    assert [case.name for case in load(tmp_path)] == ["mine"]
    (tmp_path / "broken.yaml").write_text(f"name: x\nagent: {URL}\n---\n")
    with pytest.raises(ScenarioFileError, match=r"broken\.yaml:3"):
        load(tmp_path)
