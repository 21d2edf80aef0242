"""Verdicts that say of themselves that they are none, or another one."""

from __future__ import annotations

from typing import Any

import pytest

from scenario.llm.functions import Unreadable
from tests.judge.courts import item
from tests.judge.test_verdict import statuses


@pytest.mark.parametrize(
    ("beside", "is_none"),
    [
        ({"error": "could not judge"}, True),
        ({"refusal": "I cannot judge this"}, True),
        ({"draft": True}, True),
        ({"example": True}, True),
        ({"name": "reject_verdict", "parameters": {}}, True),
        ({"reasoning": "Overall criterion 2 is not met."}, True),
        ({"error": None, "draft": False, "errors": []}, False),
        ({"reasoning": "One call of a tool failed, and it recovered. Criterion 2 is met."}, False),
    ],
)
def test_what_says_of_itself_that_it_is_no_verdict_is_none(beside: dict[str, Any], is_none: bool) -> None:
    """Beside criteria that all passed; a tool that failed in the conversation is another matter."""
    given = {"criteria": {"1": item("passed"), "2": item("passed")}, **beside}
    if not is_none:
        assert statuses(given) == ["passed", "passed"]
        return
    with pytest.raises(Unreadable):
        statuses(given)


@pytest.mark.parametrize(
    "reasoning", ["It is rude. Status: failed", "So this criterion is not met.", "Verdict: not met"]
)
def test_a_reasoning_that_ends_in_another_status_denies_it(reasoning: str) -> None:
    """What passed by its status has not."""
    with pytest.raises(Unreadable, match="two things"):
        statuses({"1": {**item("passed"), "reasoning": reasoning}, "2": item("passed")})
