"""What a decision server tells beside its probabilities: where it says that they are worth nothing, none counts."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from scenario.errors import ModelResponseError
from scenario.llm.decisions.asking import read_decisions
from scenario.llm.decisions.question import Decisions, Question
from scenario.llm.fetch import answer_of
from scenario.llm.resolve import ModelTarget

_KEY: Final = "sk-" + "0123456789" * 10
_ANSWERS: Final = {"q1": {"type": "noul", "noul": 0.99}, "q2": {"type": "noul", "noul": 0.01}}
_OF_THE_WHOLE: Final[dict[str, dict[str, Any]]] = {
    "an error": {"error": {"message": "overloaded, the last answers are given"}},
    "errors": {"errors": ["timeout upstream"]},
    "failed": {"status": "failed"},
    "incomplete": {"status": "incomplete", "incomplete_details": {"reason": "max_input"}},
    "truncated, with the tokens": {"usage": {"input_tokens": 5, "truncated": True}},
    "truncated, with the diagnostics": {"diagnostics": {"truncated": True}},
    "dropped, as a text": {"state_tokens_dropped": "812"},
    "a warning of its own": {"warnings": ["input truncated to 512 tokens"]},
    "a warning as one text": {"meta": {"warnings": "input truncated to 512 tokens"}},
    "a warning as an object": {"meta": {"warnings": [{"message": "input truncated to 512 tokens"}]}},
}
_OF_ONE: Final[dict[str, dict[str, Any]]] = {
    "truncated": {"truncated": True},
    "an error": {"error": "backend down, the default is given"},
}
_OF_A_DIAGNOSIS: Final[dict[str, dict[str, Any]]] = {
    "truncated": {"truncated": True},
    "a mass that is a text": {"label_mass": "0.01"},
}


def _read(body: Any) -> Decisions:
    target = ModelTarget(
        name="systemone/m", dialect="systemone", model="m", api_base="http://127.0.0.1:1/v1", api_key=_KEY
    )
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_decisions(target, answer_of(content), [Question(id="q1", text="?"), Question(id="q2", text="?")])


@pytest.mark.parametrize("told", _OF_THE_WHOLE.values(), ids=_OF_THE_WHOLE)
def test_what_is_told_of_the_whole_takes_all_answers(told: dict[str, Any]) -> None:
    """Wherever in a response it stands that not all was read, or that something failed."""
    answers = _read({"model": "m", "answers": _ANSWERS} | told).answers
    assert [one.probability for one in answers] == [None, None]
    assert all(one.why_none for one in answers)


@pytest.mark.parametrize("told", _OF_ONE.values(), ids=_OF_ONE)
def test_what_is_told_of_one_answer_takes_that_one(told: dict[str, Any]) -> None:
    """The others count."""
    answers = _read({"model": "m", "answers": _ANSWERS | {"q1": _ANSWERS["q1"] | told}}).answers
    assert [one.probability for one in answers] == [None, 0.01]


@pytest.mark.parametrize("told", _OF_A_DIAGNOSIS.values(), ids=_OF_A_DIAGNOSIS)
def test_what_is_told_in_a_diagnosis_takes_that_answer(told: dict[str, Any]) -> None:
    """The others count."""
    answers = _read({"model": "m", "answers": _ANSWERS, "diagnostics": {"q2": told}}).answers
    assert [one.probability for one in answers] == [0.99, None]


def test_what_tells_that_all_is_well_takes_nothing() -> None:
    """Members that are there and empty, and a status that says that it is done."""
    well = {"error": None, "errors": [], "status": "completed", "warnings": [], "state_tokens_dropped": 0}
    body = {"model": "m", "answers": _ANSWERS, "usage": {"input_tokens": 5, "truncated": False}} | well
    assert [one.probability for one in _read(body).answers] == [0.99, 0.01]


@pytest.mark.parametrize(
    "twice", ['"q1": {"type": "noul", "noul": 0.5}, "q1"', '"q1": {"noul": 0.5, "noul": 0.6}, "q2"']
)
def test_two_values_under_one_key_are_no_answer(twice: str) -> None:
    """Readers differ in which of them counts, so that nobody knows what was said."""
    body = json.dumps({"model": "m", "answers": _ANSWERS}).replace('"q1"', twice, 1)
    with pytest.raises(ModelResponseError, match="two values under one key"):
        _read(body.encode())


@pytest.mark.parametrize("member", ["type", "noul"])
def test_a_key_that_is_echoed_stands_in_no_reason(member: str) -> None:
    """Not in part either: reasons show the beginning of what came, and are written to files."""
    echoed = _ANSWERS["q1"] | {member: f"Bearer {_KEY}"}
    answer = _read({"model": "m", "answers": {"q1": echoed}}).answers[0]
    assert answer.why_none
    assert _KEY[:12] not in answer.why_none


def test_a_key_that_is_echoed_is_no_models_name() -> None:
    """The name by which a server answers is kept with what was calibrated."""
    assert _KEY[:12] not in _read({"model": f"m {_KEY}", "answers": _ANSWERS}).model
