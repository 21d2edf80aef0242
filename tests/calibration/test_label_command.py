"""`scenario label`, as it is typed at a terminal of its own."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from scenario.calibration.label_file import LabelFile
from scenario.calibration.labels import read_labels
from scenario.errors import ConfigurationError
from scenario.store.invocation import Invocation
from scenario.store.writer import StoreWriter
from scenario.testing import ModelServer
from tests.calibration.terminal import at_a_terminal
from tests.cli_run.command import command, typed
from tests.store.stored_runs import a_run

CRITERION = "The agent tells the weather"
FILE = Path(".scenario/labels.jsonl")


@pytest.fixture(autouse=True)
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three runs of one invocation; the second one failed, and says something that a terminal would obey."""
    monkeypatch.chdir(tmp_path)
    with StoreWriter(Path(".scenario"), invocation=Invocation(uid="a" * 32, started=1.0, source="run")) as writer:
        for number, (said, success) in enumerate((("sunny", True), ("\x1b[2Jrain", False), ("snow", True))):
            for event in a_run(f"{number}1aa", name=f"run {number}", question=said, success=success, wire=False):
                writer(event)
    return tmp_path


def labels() -> list[tuple[str, bool]]:
    """What is in the file: the run and its label."""
    content = FILE.read_bytes()
    read_labels(content, "labels")
    return [(told["run"], told["met"]) for told in map(json.loads, content.splitlines())]


def is_there() -> bool:
    """Whether anything was written."""
    return FILE.exists()


def is_its_owners_alone() -> bool:
    """Whether others may not look into it."""
    return FILE.stat().st_mode & 0o077 == 0


async def test_a_person_labels_without_seeing_what_the_judge_said(stored: Path) -> None:
    """Each answer is in the file before the next question; the agreement comes at the end."""
    async with at_a_terminal(stored, "label", "last") as terminal:
        await terminal.type("y")
        await terminal.until("2 of 3")
        assert labels() == [("01aa", True)]
        await terminal.type("no")
        await terminal.until("3 of 3")
        first = terminal.shown
        await terminal.type("maybe")
        await terminal.type("s")
        assert await terminal.ended() == 0
        await terminal.until("right")
    assert "\x1b[2J" not in terminal.shown
    assert "\\x1b[2Jrain" in first
    for word in ("passed", "failed", "It says so", "verdict"):
        assert word not in first, word
    assert "Type one of these" in terminal.shown
    assert "2 new labels in" in terminal.shown
    assert "1 skipped" in terminal.shown
    assert "2 of 2 (100.0%" in terminal.shown
    assert labels() == [("01aa", True), ("11aa", False)]
    assert is_its_owners_alone()


async def test_it_goes_on_where_it_stopped(stored: Path) -> None:
    """After Ctrl-C, too, which leaves whole lines alone."""
    async with at_a_terminal(stored, "label", "last") as terminal:
        await terminal.type("y")
        await terminal.until("Is it met? ")
        os.killpg(terminal.process.pid, signal.SIGINT)
        assert await terminal.ended() == 130
        await terminal.until("1 new label in")
    assert labels() == [("01aa", True)]
    async with at_a_terminal(stored, "label", "last") as terminal:
        await terminal.until("Is it met? ")
        os.write(terminal._master, b"half of an ans")
        await terminal.until("half of an ans")
        os.killpg(terminal.process.pid, signal.SIGINT)
        assert await terminal.ended() == 130
        await terminal.until("0 new labels in")
    async with at_a_terminal(stored, "label", "last") as terminal:
        await terminal.until("1 of 3 are labelled already")
        await terminal.type("q")
        assert await terminal.ended() == 0
    assert labels() == [("01aa", True)]


async def test_an_answer_is_taken_back(stored: Path) -> None:
    """Out of the file, and the question comes again; what others wrote stays."""
    async with at_a_terminal(stored, "label", "last") as terminal:
        await terminal.type("u")
        await terminal.until("nothing to undo")
        await terminal.type("y")
        await terminal.type("n")
        await terminal.type("u")
        await terminal.until("2 of 3")
        assert labels() == [("01aa", True)]
        await terminal.type("y")
        await terminal.type("q")
        assert await terminal.ended() == 0
    assert labels() == [("01aa", True), ("11aa", True)]


async def test_the_verdict_is_shown_on_request(stored: Path) -> None:
    """Before the question, with what the judge gave as its reason."""
    async with at_a_terminal(stored, "label", "11aa", "--show-verdict") as terminal:
        assert "Its judge: failed. It says so." in await terminal.until("Is it met? ")


async def test_a_long_conversation_is_shown_in_part_and_whole_on_request(stored: Path) -> None:
    """What is left out is said."""
    long = "\n".join(f"line {number}" for number in range(60))
    with StoreWriter(Path(".scenario"), invocation=Invocation(uid="b" * 32, started=2.0, source="run")) as writer:
        for event in a_run("b1aa", answer=long, turns=1, wire=False):
            writer(event)
    async with at_a_terminal(stored, "label", "b1aa") as terminal:
        shown = await terminal.until("Is it met? ")
        assert "36 more lines; a shows all" in shown
        assert "line 59" not in shown
        os.write(terminal._master, b"a\n")
        assert "line 59" in await terminal.until("Is it met? ")


async def test_without_a_terminal_it_says_what_to_do(stored: Path) -> None:
    """It asks nobody who is not there, and writes nothing."""
    ended = await command(stored, "label", "last")
    assert ended.code == 2
    assert "--met" in ended.err
    assert not is_there()


async def test_a_script_gives_what_is_known(stored: Path) -> None:
    """The newest word counts; `--calibrate mine` takes it."""
    none = await typed("judge", "--calibrate", "mine", "--model", "openai/test")
    assert none.code == 2
    assert "scenario label" in none.err
    assert (await typed("label", "01aa", "--not-met", CRITERION)).code == 0
    ended = await typed("label", "01aa", "--met", CRITERION)
    assert ended.code == 0, ended.err
    other = ("label", "11aa", "--criterion", "It is short", "--not-met", "It is short")
    assert (await typed(*other)).code == 0
    assert labels() == [("01aa", True), ("11aa", False)]
    async with ModelServer() as server:
        judged = await typed(
            *("judge", "--calibrate", "mine", "--model", "openai/test", "--api-base", server.base_url),
            OPENAI_API_KEY="k",
        )
    assert judged.code == 0, judged.err
    assert "false passes  1 of 1" in judged.out


async def test_what_is_known_of_a_runs_own_criterion_and_of_another_is_given_at_once(stored: Path) -> None:
    """A criterion of `--criterion` takes none of the run's away; a word that is misspelt is told what to do."""
    other = ("--criterion", "It is short", "--not-met", "It is short")
    ended = await typed("label", "11aa", "--met", CRITERION, *other)
    assert ended.code == 0, ended.err
    assert sorted(labels()) == [("11aa", False), ("11aa", True)]
    refused = await typed("label", "11aa", "--met", "It sings")
    assert "--criterion 'It sings' beside --met" in refused.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("last", "--met", CRITERION), "about one conversation"),
        (("01aa", "--met", CRITERION, "--not-met", CRITERION), "cannot be met and not met"),
        (("01aa", "--met", "It sings"), "is no criterion of this run"),
        (("01aa", "--met", CRITERION, "--show-verdict"), "goes with questions"),
        (("99",), "No run in"),
    ],
)
async def test_what_cannot_be_meant_is_refused(arguments: tuple[str, ...], told: str) -> None:
    """And nothing is written."""
    ended = await typed("label", *arguments)
    assert ended.code == 2
    assert told in ended.err
    assert not is_there()


def test_a_label_replaces_that_of_the_same_and_leaves_others_alone(tmp_path: Path) -> None:
    """Lines of others stay as they are; one without its end gets it."""
    path = tmp_path / "mine.jsonl"
    hello = [{"role": "user", "content": "Hi"}]
    path.write_text(
        '{"note":  "mine", "messages": [{"role": "user", "content": "Bye"}], "criterion": "A", "met": true}'
    )
    file = LabelFile(path)
    file.put(hello, "A", met=True, about={})
    file.put(hello, "B", met=True, about={})
    file.put(hello, "A", met=False, about={})
    file.remove(hello, "C")
    assert [(label.criterion, label.met) for label in file.labels().values()] == [
        ("A", True),
        ("B", True),
        ("A", False),
    ]
    assert path.read_text().startswith('{"note":  "mine"')
    file.remove(hello, "B")
    assert len(path.read_text().splitlines()) == 2


@pytest.mark.parametrize("content", ["[]", "{", '{"criterion": "A"}'])
def test_a_file_of_something_else_is_left_as_it_is(tmp_path: Path, content: str) -> None:
    """A label that stands among lines that are none would be lost to who reads it."""
    path = tmp_path / "mine.jsonl"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"mine\.jsonl"):
        LabelFile(path).put([{"role": "user", "content": "Hi"}], "A", met=True, about={})
    assert path.read_text() == content
