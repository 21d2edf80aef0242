"""What denies a verdict inside its JSON, what is harmless there, and which criterion a verdict is about."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from scenario.llm.functions import Unreadable
from tests.judge.courts import item
from tests.judge.test_verdict import CRITERIA, statuses, together


@pytest.mark.parametrize(
    "beside",
    [
        {"all_passed": False}, {"all_criteria_met": False}, {"overall_pass": False}, {"overallSuccess": False},
        {"test_passed": "no"}, {"final_verdict": "failed"}, {"finalStatus": "inconclusive"},
        {"overall": {"status": "failed"}}, {"summary": {"status": "failed"}}, {"overall": "The agent fails both."},
        {"failed_criteria": "2"}, {"failed_criteria": 2}, {"failedCriteria": ["2"]}, {"criteria_failed": ["2"]},
        {"not_passed": ["2"]}, {"failed_count": 1}, {"failures": {"2": "rude"}}, {"passed_criteria": []},
        {"corrected_criteria": {"2": {"status": "failed"}}}, {"corrections": ["2 failed"]}, {"result": "1/2"},
        {"3": False}, {"allpassed": False}, {"tests_notpassed": 1}, {"notes": {"status": "failed"}},
    ],
)  # fmt: skip
def test_whatever_denies_a_verdict_beside_it_is_seen(beside: dict[str, Any]) -> None:
    """Under whatever key: a status is told by its words, and failures by there being any."""
    passed = {"criteria": {"1": item("passed"), "2": item("passed")}}
    with pytest.raises(Unreadable, match="whole"):
        statuses({**passed, **beside})
    with pytest.raises(Unreadable, match="whole"):
        together(passed, beside | {"criteria": {"1": "passed"}})
    assert statuses({"criteria": {"1": "passed", "2": "failed"}, **beside}) == ["passed", "failed"]


@pytest.mark.parametrize("name", ["results", "verdicts", "Criteria", "evaluations"])
def test_two_places_of_verdicts_are_read_together(name: str) -> None:
    """Where they differ there is no verdict, and a criterion may stand in either."""
    both = {"1": item("passed"), "2": item("passed")}
    with pytest.raises(Unreadable, match="two things of criterion 2"):
        statuses({"criteria": both, name: {"1": "passed", "2": {"status": "failed"}}})
    with pytest.raises(Unreadable, match="two things of criterion 2"):
        statuses({"criteria": both, "2": {"status": "failed"}})
    assert statuses({"criteria": {"1": "passed"}, name: {"2": "failed"}}) == ["passed", "failed"]


@pytest.mark.parametrize(
    "beside",
    [
        {"final_status": "failed"}, {"revised_status": "failed"}, {"judgment": "failed"}, {"assessment": "failed"},
        {"answer": "no"}, {"criterion_is_met": False}, {"requirementMet": False}, {"meets_criterion": "no"},
        {"compliant": False}, {"parts": [{"status": "failed"}]}, {"checks": {"a": "failed"}}, {"correction": "Rude."},
        {"outcome": "not at all"}, {"result": "fails"}, {"decision": "❌"}, {"notes": {"verdict": "failed"}},
        {"violation": "It was rude."}, {"violations": 2}, {"1": {"status": "failed"}}, {"not_met": "yes"},
    ],
)  # fmt: skip
def test_whatever_denies_a_status_beside_it_is_seen(beside: dict[str, Any]) -> None:
    """A second status under a key of its own, or within what it holds."""
    with pytest.raises(Unreadable):
        statuses({"criteria": {"1": item("passed", **beside), "2": item("failed")}})
    assert statuses({"criteria": {"1": item("failed", **beside), "2": "passed"}})[0] == "failed"


@pytest.mark.parametrize(
    "beside",
    [
        {"violation": ""}, {"violation": "none"}, {"violation": "No violation found."}, {"failed": "none"},
        {"outcome": "The agent greets."}, {"result": "It says hello to the user."}, {"decision": "The agent sings."},
        {"evidence": "failed"}, {"quote": "no"}, {"reasoning": "It never fails: not once."}, {"confidence": 0},
        {"asks_for_password": False}, {"failed_count": 0}, {"summary": "Nothing failed."}, {"pass_fail": "pass"},
        {"evidence": [{"status": "failed"}]}, {"no_violations": True}, {"score": "2/2"}, {"checks": {"a": "passed"}},
        {"password_asked": "no"}, {"message_index": 0}, {"overall": "Both criteria are met."}, {"result": "2/2"},
    ],
)  # fmt: skip
def test_what_denies_nothing_is_harmless(beside: dict[str, Any]) -> None:
    """Free text is no status, nor is that there is nothing to tell."""
    assert statuses({"criteria": {"1": item("passed", **beside), "2": "failed"}}) == ["passed", "failed"]
    assert statuses({"criteria": {"1": "passed", "2": "passed"}, **beside}) == ["passed", "passed"]


def test_what_is_not_violated_is_kept() -> None:
    """That is a status where it is said alone."""
    assert statuses({"1": {"violated": False}, "2": {"is_violated": True}}) == ["passed", "failed"]


ONE = ["is polite"]


@pytest.mark.parametrize(
    "arguments",
    [
        item("passed"), json.dumps(item("passed")), {"criteria": item("passed")}, {"criteria": {"status": "passed"}},
        {"criteria": [item("passed")]}, {"criteria": "passed"}, {"verdict": "passed"}, {"met": True},
        {"criterion": "is polite", "status": "passed"}, {"verdict": {"reasoning": "so", "status": "passed"}},
        {"is polite": "passed"},
    ],
)  # fmt: skip
def test_of_one_criterion_the_verdict_may_stand_alone(arguments: Any) -> None:
    """Models that are asked about one leave the number out."""
    if isinstance(arguments, dict) and isinstance(arguments.get("verdict"), dict):
        with pytest.raises(Unreadable):
            statuses(arguments["verdict"] | {"criterion": "sings"}, ONE)
        return
    assert statuses(arguments, ONE) == ["passed"]
    said = json.dumps(arguments) if not isinstance(arguments, str) else arguments
    failed = said.replace("passed", "failed").replace("true", "false")
    assert statuses(failed, ONE) == ["failed"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"status": "passed", "final_status": "failed"}, {"criteria": {"status": "passed", "met": False}},
        {"criteria": {"status": "passed"}, "all_passed": False}, {"criterion": "sings", "status": "passed"},
        {"reasoning": "fine"}, {"score": 1},
    ],
)  # fmt: skip
def test_a_verdict_that_stands_alone_is_read_no_less_strictly(arguments: Any) -> None:
    """What contradicts it, or is about another thing, is seen."""
    with pytest.raises(Unreadable):
        statuses(arguments, ONE)


def test_of_several_criteria_one_verdict_is_none() -> None:
    """Nobody can tell which of them it is about, unless it says so."""
    with pytest.raises(Unreadable):
        statuses({"status": "passed"})
    with pytest.raises(Unreadable):
        statuses({"criteria": {"status": "passed"}})
    lines = ({"criterion": CRITERIA[0], "status": "passed"}, {"criterion": CRITERIA[1], "status": "failed"})
    assert together(*lines) == ["passed", "failed"]


@pytest.mark.parametrize(
    "names",
    [
        ({"criterion": "politeness (a)"}, {"criterion": "politeness (b)"}),
        ({"criterion": CRITERIA[0]}, {"criterion": f"{CRITERIA[0]}, always"}),
        ({"name": CRITERIA[0]}, {"name": CRITERIA[0]}),
        ({"requirement": CRITERIA[0]}, {"requirement": CRITERIA[0]}),
        ({"criterion": "a temperature"}, {"criterion": "politeness"}),
        ({"index": 1, "criterion": CRITERIA[1]}, {}),
    ],
)
def test_a_lists_order_counts_only_where_its_entries_say_nothing_else(names: tuple[dict[str, Any], ...]) -> None:
    """What is said to be about another thing, or twice about one, is not the verdict on what stands at its place."""
    with pytest.raises(Unreadable):
        statuses([item("passed") | name for name in names])


@pytest.mark.parametrize(
    "status", ["passed: but rude", "passed - partially", "passed - not", "(not)", "passed: 1/2", "x: met"]
)
def test_a_reason_behind_a_status_may_take_it_back(status: str) -> None:
    """Then it is none."""
    with pytest.raises(Unreadable, match="status of criterion 1"):
        statuses({"1": status, "2": "passed"})


DENIALS = st.sampled_from(
    [
        {"status": "failed"}, {"finalStatus": "FAILED"}, {"passed": False}, {"isMet": "no"}, {"verdict": "not met"},
        {"violations": ["rude"]}, {"failed_criteria": "2"}, {"all_passed": False}, {"outcome": "inconclusive"},
    ]
)  # fmt: skip
KEYS = st.sampled_from(["overall", "parts", "checks", "a", "details", "2b", "finalReview", "reasoning", "steps"])


@given(DENIALS, st.lists(st.tuples(KEYS, st.booleans()), max_size=4), st.booleans())
def test_however_deep_a_denial_is_it_is_seen(denial: Any, path: list[tuple[str, bool]], inside: bool) -> None:
    """In objects and lists, beside the verdicts and within one."""
    held = denial
    for key, in_a_list in path:
        held = {key: [held] if in_a_list else held}
    passed = {"criteria": {"1": item("passed"), "2": item("passed")}}
    if inside:
        passed["criteria"]["1"] |= {"more": held}
    with pytest.raises(Unreadable):
        statuses(passed if inside else passed | {"more": held})
