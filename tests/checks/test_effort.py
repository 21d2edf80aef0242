"""How much work a pattern may be is told by its parts: what may explode is never searched in place."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings, strategies as st

from scenario.patterns.effort import longest_in_place
from scenario.patterns.search_process import search

USUAL = [
    ("Paris", 1_000_000),
    (r"\d+ °C", 1_500),
    (r"[A-Z]{2}\d{6}", 1_000_000),
    (r"(?i)sorry|cannot|unable", 100_000),
    (r"\border (\d{3,8}) is confirmed\b", 100_000),
    (r"^\s*\{", 1_500),
    (r"https?://\S+", 1_500),
    (r"a++b", 1_500),
]
MANY_WAYS = [
    r"(a+)+b",
    r"(a*)*b",
    r"(a|aa)+b",
    r"(?:a|a)*b",
    r"(a?){40}a{40}",
    r"(?:a?b?)+c",
    r"(\w+\s?)*!",
    r"((a{1,9}){1,9}){1,9}b",
    r"(?=(a+)+b)a",
    r"(?<!x)(?:(a+)+b|c)",
    r"(?>(a+)+b)",
    r"(?:(a+)+)++b",
    r"(x)?(?(1)a|(a+)+b)",
    r"a*a*a*a*a*a*b",
    r"(?:(?:(?!b))+?){30}c",
    r"(?:(?:$|^)?){30}c",
]


@pytest.mark.parametrize(("pattern", "length"), USUAL)
def test_usual_patterns_are_searched_in_place(pattern: str, length: int) -> None:
    """In messages of usual length and, where that does no harm, far longer ones."""
    assert longest_in_place(pattern, re.compile(pattern).flags) >= length


@pytest.mark.parametrize("pattern", MANY_WAYS)
def test_what_has_many_ways_is_not(pattern: str) -> None:
    """At 41 characters some of these would take hours."""
    assert longest_in_place(pattern, re.compile(pattern).flags) < 41


@pytest.mark.parametrize("repeats", [1, 2, 3, 4])
def test_each_repeat_in_a_row_shortens_the_text(repeats: int) -> None:
    """Several are as many loops inside of each other."""
    fewer = longest_in_place("a.*" * repeats + "b", 0)
    more = longest_in_place("a.*" * (repeats + 1) + "b", 0)
    assert 0 < more < fewer


PARTS = st.recursive(
    st.sampled_from(["a", ".", "[ab]", r"\b", "(?!b)", "^"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("(?:{0[0]}|{0[1]})".format),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2,5}", "{30}", "+?", "*+"])).map("(?:{0[0]}){0[1]}".format),
    ),
    max_leaves=6,
)


@given(PARTS, PARTS)
def test_more_pattern_is_never_less_work(one: str, other: str) -> None:
    """Something before or behind, around or as another way never makes the text longer that is searched in place."""
    # What stands behind thirty of something is never reached in a text of fewer.
    assume("{30}" not in one + other)
    least = min(longest_in_place(one, 0), longest_in_place(other, 0))
    for whole in (one + other, f"(?:{one}|{other})", f"(?={one})(?:{other})", f"(?:{one}{other})+"):
        assert longest_in_place(whole, 0) <= least


@settings(deadline=None)
@given(PARTS, st.sampled_from(["a", "ab", "aab"]))
def test_what_is_searched_in_place_is_not_endless(pattern: str, unit: str) -> None:
    """At the very length up to which that is allowed, in texts in which it nearly fits everywhere."""
    length = min(longest_in_place(f"{pattern}c", 0), 3_000)
    search(f"{pattern}c", 0, (unit * length)[:length], 60)


def test_what_the_parser_does_not_know_is_searched_elsewhere() -> None:
    """It is no public part of Python, and may change."""
    assert longest_in_place("(", 0) == -1


def test_an_empty_text_may_have_many_ways_too() -> None:
    """There is nothing to be seen in it, and that often."""
    assert longest_in_place("(?:(?:$|^)?){30}c", 0) == -1
