"""What others say, in a file: any text comes out of it as it went in, and nothing else does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, strategies as st

from scenario.files.loading import cases_of
from scenario.generating.from_card import goals_of_card
from scenario.generating.from_openapi import goals_of_openapi
from scenario.generating.hearsay import LONGEST_LINE, said
from scenario.generating.likeness import DOUBLE, likeness, pieces_of
from scenario.generating.proposal import file_name, grid
from scenario.generating.scenario_text import scenario_text

NAMES = ["post", "requestBody", "content", "application/json", "example", "message", "name", "examples"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(NAMES),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@given(st.text(min_size=1, max_size=80), st.text(max_size=2000))
def test_any_text_is_one_line_of_the_user(name: str, text: str) -> None:
    """Whatever it holds, the file has the same steps, is trusted with nothing, and says it word by word."""
    for goal in goals_of_card({"skills": [{"name": name, "description": text, "examples": [text]}]}):
        (proposal,) = grid([goal], ["plain"], 0)
        content = scenario_text(proposal, {"url": "http://127.0.0.1:9/"}, with_model=False, model=None)
        (case,) = cases_of(content, Path("x.yaml"), untrusted=True)
        assert case.block.script is not None
        first, *others = case.block.script
        assert getattr(first, "user", None) == proposal.lines[0]
        assert len(proposal.lines[0]) <= 2 * LONGEST_LINE
        assert len(others) == 3
        assert set(file_name(goal.title)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@given(ANYTHING)
def test_no_document_makes_it_raise(value: Any) -> None:
    """Whatever stands where something else is expected."""
    list(goals_of_card({"skills": value}))
    list(goals_of_openapi({"paths": {"/chat": value, "/other": value}}, "/chat"))


def test_a_text_keeps_its_words() -> None:
    """Spaces and control characters apart; what is too long is cut where it shows."""
    assert said("  a\n\tb\x00c\x85d ") == "a b c d"
    assert said(3) == ""
    assert said("x" * 10_000).endswith("…")


def test_likeness_is_that_of_the_words_in_any_language() -> None:
    """Case and marks count for nothing, other words do."""
    assert likeness(pieces_of(["Wie warm ist es?"]), pieces_of(["wie WARM ist es"])) == 1.0
    assert likeness(pieces_of(["東京の天気は？"]), pieces_of(["東京の天気は"])) == 1.0
    assert likeness(pieces_of(["Is it warm in Rome?"]), pieces_of(["Will it snow in Oslo?"])) < DOUBLE
    assert likeness(pieces_of([""]), pieces_of(["!"])) == 1.0
