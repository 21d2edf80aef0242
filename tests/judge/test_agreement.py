"""Agreement beyond chance."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from scenario.metrics.agreement import krippendorff_alpha


def test_the_textbook_example_has_its_value() -> None:
    """Three coders, fifteen units, many left out: 0.691, as Krippendorff's example has it for categories."""
    coders = ("*****3412113" + "3*3", "1*213343*" + "******", "**21344*2113" + "3*4")
    units = [[mark for mark in unit if mark != "*"] for unit in zip(*coders, strict=True)]
    assert krippendorff_alpha(units) == pytest.approx(0.691, abs=0.0005)


@pytest.mark.parametrize("units", [[], [[]], [["passed"]], [["passed"] * 3] * 4, [["passed"], ["failed"]]])
def test_where_chance_explains_all_nothing_is_said(units: list[list[str]]) -> None:
    """One answer each, or one category only, tell nothing of agreement."""
    assert krippendorff_alpha(units) is None


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=5), max_size=8))
def test_it_is_at_most_one_and_one_only_where_all_agree(units: list[list[str]]) -> None:
    """Of each unit that two or more judged."""
    alpha = krippendorff_alpha(units)
    if alpha is not None:
        assert alpha <= 1
        assert (alpha == 1) == all(len(set(unit)) == 1 for unit in units if len(unit) > 1)
