"""`check_dialect`: each of its rules finds the dialect that breaks it, and says which, where, and what came."""

from __future__ import annotations

import re
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scenario.dialects.openai.chat import OpenAIChat
from scenario.errors import ConfigurationError
from scenario.protocol import Dialect
from scenario.testing import Transcript, check_dialect
from tests.testing.broken_dialects import ANSWER, BROKEN, FAILED, TRANSCRIPTS, Joining, Sound, events, reading_with


def test_a_sound_dialect_passes() -> None:
    """As a class and as an object; transcripts may be bytes."""
    check_dialect(Sound, TRANSCRIPTS)
    check_dialect(Sound(), [ANSWER.body, FAILED])


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_finds_the_dialect_that_breaks_it(rule: str) -> None:
    """It is named, with the place, what was expected and what came."""
    with pytest.raises(AssertionError) as caught:
        check_dialect(BROKEN[rule], TRANSCRIPTS)
    assert f"the rule {rule!r} is broken" in str(caught.value)
    assert re.search(r"where: .+\n.*expected: .+\n.*came: .+", str(caught.value))


def test_joining_all_pieces_at_each_is_found_too() -> None:
    """Though it takes no step of Python more."""
    with pytest.raises(AssertionError, match="'effort' is broken"):
        check_dialect(reading_with(Joining), TRANSCRIPTS)


def test_what_is_said_of_a_cut_names_it() -> None:
    """Which event, of how many, which transcript; and what was called complete."""
    with pytest.raises(AssertionError) as caught:
        check_dialect(BROKEN["end"], TRANSCRIPTS)
    said = str(caught.value)
    assert "the transcript 'an answer', cut within event 3 of 4" in said or "cut after event 2 of 4" in said
    assert "complete, with text 'It is '" in said


def test_an_error_has_to_be_shown() -> None:
    """How a dialect reports one is what its readers get wrong first."""
    with pytest.raises(AssertionError, match="'shows-an-error' is broken"):
        check_dialect(Sound, [ANSWER])


def test_a_rule_may_be_excepted_with_a_reason() -> None:
    """For the dialect, or for one transcript."""
    check_dialect(BROKEN["found"], TRANSCRIPTS, exceptions={"found": "it cannot be told from another"})
    excepted = [msgspec.structs.replace(one, exceptions={"found": "it is cut"}) for one in TRANSCRIPTS]
    check_dialect(BROKEN["found"], excepted)


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"found": "x"}, AssertionError, "the rule 'found' is kept: take the exception away"),
        ({"fnd": "x"}, ConfigurationError, "there is no rule 'fnd'"),
        ({"found": " "}, ConfigurationError, "say why"),
    ],
)
def test_an_exception_has_an_effect(given: dict[str, str], error: type[Exception], said: str) -> None:
    """One that is not needed any more, names nothing or says nothing is refused."""
    with pytest.raises(error, match=said):
        check_dialect(Sound, TRANSCRIPTS, exceptions=given)
    with pytest.raises(error, match=said):
        check_dialect(Sound, [FAILED, msgspec.structs.replace(ANSWER, exceptions=given)])


def test_others_answers_may_be_given() -> None:
    """Those of dialects that Scenario does not know."""
    theirs = Transcript(events({"say": "Hi", "theirs": 1}), "theirs")
    with pytest.raises(AssertionError, match="'others' is broken"):
        check_dialect(Sound, TRANSCRIPTS, others=[theirs])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "openai-chat"}, "a name of Scenario's own"),
        ({"name": "auto"}, "a name of Scenario's own"),
        ({"framings": ()}, "its `framings` are"),
        ({"url_endings": "/talk"}, "its `url_endings` are"),
        ({"has_terminal": None}, "its `has_terminal` is"),
    ],
)
def test_what_could_not_be_installed_is_refused(changes: dict[str, Any], said: str) -> None:
    """By what it declares."""
    with pytest.raises(AssertionError, match=said):
        check_dialect(type("Changed", (Sound,), changes), TRANSCRIPTS)


def test_a_file_may_hold_a_transcript(tmp_path: Path) -> None:
    """As `curl -i` writes it, or the body alone."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    (tmp_path / "captured.txt").write_bytes(head + ANSWER.body)
    (tmp_path / "body.sse").write_bytes(ANSWER.body)
    check_dialect(Sound, [tmp_path / "captured.txt", tmp_path / "body.sse", FAILED])


@pytest.mark.parametrize(("dialect", "transcripts"), [(Sound, []), (Sound, ["data: x"]), (object(), [ANSWER])])
def test_what_is_no_dialect_or_transcript_is_refused(dialect: Any, transcripts: list[Any]) -> None:
    """Nothing is taken for a passed check that looked at nothing."""
    with pytest.raises(ConfigurationError):
        check_dialect(dialect, transcripts)


def test_it_leaves_nothing_behind() -> None:
    """The dialect is as it was, no trace function is set, and memory is not traced."""
    dialect: Dialect = OpenAIChat()
    before = sys.gettrace()
    chunk = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "a"}}]}
    end = b"data: [DONE]\n\n"
    check_dialect(
        dialect, [events(chunk) + end, Transcript(events(chunk, {"error": {"message": "x"}}), outcome="error")]
    )
    assert vars(dialect) == {}
    assert sys.gettrace() is before
    assert not tracemalloc.is_tracing()
