"""Labelled criteria are read as they are, or refused with their line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from scenario.calibration.label_file import LabelFile
from scenario.calibration.labels import digest_of, read_labels
from scenario.errors import ConfigurationError

HELLO: list[dict[str, Any]] = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]


def line(**changed: object) -> str:
    """A label as a line of a file; what is `...` is left out."""
    label = {"messages": HELLO, "criterion": "The agent greets", "met": True} | changed
    return json.dumps({key: value for key, value in label.items() if value is not ...})


def test_lines_and_a_list_are_read_alike() -> None:
    """With what else stands in them left alone, and a mark of the byte order, too."""
    other = line(criterion="The agent says goodbye", met=False, kind="end", source="a corpus")
    lines = read_labels(f"\ufeff{line()}\n\n{other}\r\n".encode(), "labels.jsonl")
    listed = read_labels(f"[{line()}, {other}]".encode(), "labels.json")
    assert [(one.criterion, one.met, one.kind) for one in lines] == [
        ("The agent greets", True, ""),
        ("The agent says goodbye", False, "end"),
    ]
    assert [one.key for one in lines] == [one.key for one in listed]
    assert lines[1].place == "labels.jsonl:3"


def test_labels_of_one_conversation_are_one_group() -> None:
    """Unless the file says what belongs together."""
    first, second, third = read_labels(
        "\n".join([line(), line(criterion="B"), line(criterion="C", group=7)]).encode(), "labels"
    )
    assert first.group == second.group != third.group == "7"


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("{", "no JSON"),
        ("[]", "no label"),
        ("3", "a label is an object"),
        (line(met="yes"), "met is true or false"),
        (line(met=1), "met is true or false"),
        (line(met=...), "met missing"),
        (line(criterion=" "), "criterion is a sentence"),
        (line(messages=[]), "at least one message"),
        (line(messages=[{"role": "narrator", "content": ""}]), "message 1 has no role"),
        (line(messages=["Hi"]), "message 1 has no role"),
        (line(messages=[{"role": ["user"]}]), "message 1 has no role"),
        (line()[:-1] + ', "met": false}', "'met' has two values"),
        (line(kind=["a"]), "kind is a text"),
    ],
)
def test_what_is_no_label_is_refused_with_its_line(broken: str, told: str) -> None:
    """None is left out: figures of half the labels would be wrong ones."""
    lines = f"{line(criterion='Another')}\n{broken}" if not broken.startswith("[") else broken
    with pytest.raises(ConfigurationError, match=told) as raised:
        read_labels(lines.encode(), "labels")
    assert str(raised.value).startswith("labels:2" if not broken.startswith("[") else "labels")


@pytest.mark.parametrize(
    ("misspelt", "meant"), [("kindd", "kind"), ("mett", "met"), ("groupp", "group"), ("Criterion", "criterion")]
)
def test_a_field_that_is_nearly_one_of_ours_is_refused(misspelt: str, meant: str) -> None:
    """It would be left alone in silence, as the fields of others are."""
    with pytest.raises(ConfigurationError, match=f"labels:1: '{misspelt}'.*Did you mean '{meant}'"):
        read_labels(line(**{misspelt: "a"}).encode(), "labels")
    others = dict.fromkeys(("id", "source", "method", "grade", "mode", "message_count", "metadata", "set", "king"), "a")
    assert len(read_labels(line(**others).encode(), "labels")) == 1


@pytest.mark.parametrize(("met", "told"), [(True, "says again"), (False, "says the opposite of")])
def test_a_label_counts_once(met: bool, told: str) -> None:
    """Twice, it would make intervals narrower than they are; and of two that differ one is wrong."""
    with pytest.raises(ConfigurationError, match=f"labels:2: it {told} .*labels:1"):
        read_labels(f"{line()}\n{line(met=met)}".encode(), "labels")


def test_a_set_of_labels_is_known_by_what_it_says() -> None:
    """Whatever its order; another answer makes another set."""
    one, other = line(), line(criterion="B")
    same = [digest_of(read_labels("\n".join(lines).encode(), "x")) for lines in ([one, other], [other, one])]
    changed = digest_of(read_labels("\n".join([one, line(criterion="B", met=False)]).encode(), "x"))
    assert same[0] == same[1] != changed


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_label_that_is_changed_behind_a_link_is_changed_in_the_file(tmp_path: Path) -> None:
    """Else there were two files after that, which say the opposite of each other."""
    link, file = tmp_path / "link.jsonl", tmp_path / "labels.jsonl"
    file.touch()
    link.symlink_to(file)
    for met in (True, False):
        LabelFile(link).put([{"role": "user", "content": "Hi"}], "It greets", met=met, about={})
    assert [one.met for one in LabelFile(file).labels().values()] == [False]
    assert link.is_symlink()
