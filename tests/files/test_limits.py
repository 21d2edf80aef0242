"""What a file may ask for has limits, which are looked at before anything that costs much: each told with its line."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from scenario.errors import ScenarioFileError
from scenario.files import load
from scenario.files.json_text import json_node
from scenario.files.node import DEEPEST, LONGEST_NAME, MOST_VALUES
from scenario.files.parameters import rows_of
from scenario.files.toml_size import check_toml_size
from scenario.files.toml_text import toml_node
from scenario.files.yaml_text import yaml_node

NAME = "k" * (LONGEST_NAME + 1)
PARTS = ".".join(["a"] * (DEEPEST + 1))


def refused(reader: Any, text: str) -> str:
    """What the error for that text says."""
    with pytest.raises(ScenarioFileError) as caught:
        reader(text, "f")
    assert len(str(caught.value)) < 500
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"b = 1\n{PARTS} = 1\n", 2),
        (f"b = 1\n[{PARTS}]\n", 2),
        (f"\n\n[[{PARTS}]]\n", 3),
        (f"b = {{{PARTS} = 1}}\n", 1),
        (f"b = [\n{{x = 1, {PARTS} = 1}}]\n", 2),
        (" . ".join(['"a"', "'b'", "c"] * 40) + " = 1", 1),
    ],
)
def test_a_name_in_toml_has_so_many_parts(text: str, line: int) -> None:
    """Each part is a table, wherever the name stands and however it is written."""
    assert refused(toml_node, text) == f"f:{line}: a name has more than {DEEPEST} parts. Make it flatter."


@pytest.mark.parametrize("opening", ["[", "{a=", "[{a=["])
def test_toml_is_nested_so_deep(opening: str) -> None:
    """Before the reader, which knows no limit."""
    assert f"nested more than {DEEPEST} deep" in refused(toml_node, "a = " + opening * (DEEPEST + 1))


def test_depth_in_toml_is_counted_over_names_and_brackets() -> None:
    """Each of them is within the limits; what they make together is not."""
    half = ".".join(["a"] * (DEEPEST // 2))
    text = f"[{half}]\n{half} = {{{half} = 1}}\n"
    assert refused(toml_node, text) == f"f:2: blocks are nested more than {DEEPEST} deep. Make it flatter."
    assert toml_node(f"[{half}]\n{half} = 1\n", "f").value


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (toml_node, f"\n{NAME} = 1"),
        (toml_node, f'\n"{NAME} " = 1'),
        (toml_node, f"\nb.{NAME}.c = 1"),
        (json_node, f'{{\n"{NAME}": 1}}'),
        (yaml_node, f"\n? {NAME}\n: 1"),
    ],
)
def test_a_name_has_so_many_characters(reader: Any, text: str) -> None:
    """In each format; errors that name it stay readable."""
    said = refused(reader, text)
    assert said.startswith("f:2: the name 'kkk")
    assert f"above {LONGEST_NAME:,}" in said


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (toml_node, "a = [\n" + "1," * MOST_VALUES + "1]"),
        (toml_node, "\n" + "".join(f"k{number}=1;".replace(";", "\n") for number in range(MOST_VALUES + 1))),
        (json_node, "[\n" + "1," * MOST_VALUES + "1]"),
        (yaml_node, "[\n" + "1," * MOST_VALUES + "1]"),
    ],
)
def test_a_file_has_so_many_values(reader: Any, text: str) -> None:
    """As many in each format."""
    assert f"{MOST_VALUES:,} values" in refused(reader, text)


@pytest.mark.parametrize("digits", ["0x" + "f" * 900, "0x" + "f" * 5000, "9" * 900, "9" * 5000, "0b" + "1" * 999])
def test_numbers_of_toml_are_no_longer_than_others(digits: str) -> None:
    """However they are written."""
    said = refused(toml_node, f"b = 1\na = {digits}\n")
    assert said.startswith("f:2: ")
    assert "Quotation marks make a text of it" in said


BASIC = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8).map(json.dumps)
QUOTED = [
    BASIC,
    st.text('ab."[]{}=,# \\', max_size=8).map("'{}'".format),
    st.text("ab.[]{}=,#\n '", max_size=8).map('"""{}"""'.format),
    st.lists(st.sampled_from(['"', '""', r"\"", r"\\", "a.b", "\n", "'"]), max_size=5).map(
        lambda parts: '"""' + "x".join(parts) + '"""'
    ),
    st.lists(st.sampled_from(["'", "''", "\\", "a.b", "\n", '"']), max_size=5).map(
        lambda parts: f"'''{'x'.join(parts)}'''"
    ),
    st.just(f'"{PARTS}"'),
    st.just(f"'''\n[{PARTS}]\n'''"),
    st.just('"""""" # ' + PARTS),
]


@given(st.lists(st.one_of(*QUOTED), max_size=5))
def test_what_stands_in_texts_of_toml_is_not_counted(texts: list[str]) -> None:
    """And what follows them is: their ends are found where the reader finds them."""
    text = "".join(f"k{number} = {one}\n" for number, one in enumerate(texts))
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    check_toml_size(text, "f")
    line = text.count("\n") + 1
    assert refused(check_toml_size, f"{text}{PARTS} = 1").startswith(f"f:{line}: a name has more than")


@given(st.text("ab\"'.[]{}=,#\n\\ 1", max_size=60))
def test_whatever_it_is_it_is_read_or_refused(text: str) -> None:
    """Texts that are hardly TOML: nothing but a ScenarioFileError is raised."""
    try:
        node = toml_node(text, "f")
    except ScenarioFileError:
        return
    assert node.plain() == tomllib.loads(text)


def test_a_text_without_an_end_is_told_by_the_reader() -> None:
    """What may stand behind it is not looked at."""
    assert "this is no TOML" in refused(toml_node, f'a = "x\n{PARTS} = 1')
    assert "this is no TOML" in refused(toml_node, 'a = """' + '\\"' * 50_000)


def test_a_row_is_told_with_its_line_however_many_there_are(tmp_path: Path) -> None:
    """Each line is read once: ten thousand rows are no more than ten thousand times one."""
    (tmp_path / "rows.jsonl").write_text('{"a": 1}\n' * 9_999 + '{"a": }\n')
    node = yaml_node("file: rows.jsonl", "f")
    with pytest.raises(ScenarioFileError, match=r"rows.jsonl:10000: this is no JSON: a value is missing"):
        rows_of(node, tmp_path, ())


def test_columns_are_told_apart_however_many_there_are(tmp_path: Path) -> None:
    """Twenty thousand, the last of which stands twice."""
    (tmp_path / "rows.csv").write_text(",".join(f"c{number}" for number in range(20_000)) + ",c7\n")
    with pytest.raises(ScenarioFileError, match="the column 'c7' stands twice"):
        rows_of(yaml_node("file: rows.csv", "f"), tmp_path, ())


def test_anchors_are_named_as_far_as_anybody_reads() -> None:
    """The first of them."""
    said = refused(yaml_node, "".join(f"- &a{number} 1\n" for number in range(1_000)) + "- *other")
    assert "*other names no block above. Anchors so far: *a0, *a1" in said
    assert said.endswith("*a15, ….")


def test_usual_files_are_far_from_the_limits(tmp_path: Path) -> None:
    """Dotted names, tables in lists and numbers, as they are written by hand."""
    text = """
name = "a"
agent.timeouts.idle = 1.5
agent.url = "http://127.0.0.1:8000/chat"
[limits]
max_time = 0x10
[[script]]
user = "Hi"
[[script]]
check.matches = 'a\\.b\\.c'
[[script]]
succeed = "x"
"""
    (tmp_path / "a.toml").write_text(text)
    (case,) = load(tmp_path / "a.toml")
    assert case.block.limits.max_time == 16
