"""Streams in dialects that other packages bring: what holds for all holds for them, and their reader is believed."""

from __future__ import annotations

import pytest

from scenario.exchange import Exchange
from scenario.lint.linting import lint
from scenario.types import Outcome
from tests.lint.streams import exchange, framed


def theirs(*values: object, outcome: Outcome) -> Exchange:
    """An exchange in a dialect that is not installed here, as its reader left it."""
    made = exchange(framed(values), protocol="sse", outcome=outcome)
    made.protocol = "house"
    return made


@pytest.mark.parametrize(("outcome", "found"), [("truncated", [("L40", 1)]), ("complete", [])])
def test_a_missing_end_is_found_by_what_its_reader_says(outcome: Outcome, found: list[tuple[str, int]]) -> None:
    """Which event it would be, only the reader knows."""
    told = lint(theirs({"content": "Good "}, {"content": "day."}, outcome=outcome))
    assert [(one.rule, one.event) for one in told if one.level != "info"] == found
