"""Checks made of checks, and checks of the whole conversation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

import scenario
from scenario import checks
from scenario.errors import ScriptError, ScriptTypeError


def state_of(*said: str) -> scenario.ScenarioState:
    """A conversation in which the agent has said this."""
    return scenario.ScenarioState(messages=[{"role": "assistant", "content": text} for text in said])


def holds(_: Any) -> None:
    """It does."""


def fails(_: Any) -> None:
    """It does not."""
    raise AssertionError("it fails")


def cannot_tell(_: Any) -> None:
    """Nobody knows."""
    raise ScriptError("nobody knows")


_BY_NAME: dict[str, Any] = {"holds": holds, "fails": fails, "unknown": cannot_tell}


def outcome(check: Any) -> str:
    """What came of it."""
    try:
        check(state_of("Hi"))
    except AssertionError:
        return "fails"
    except ScriptError:
        return "unknown"
    return "holds"


@given(st.lists(st.sampled_from(sorted(_BY_NAME)), min_size=1, max_size=5))
def test_what_cannot_be_told_is_neither_true_nor_false(parts: list[str]) -> None:
    """As in logic with three values: what the others decide without it is decided."""
    made = [_BY_NAME[name] for name in parts]
    every = "fails" if "fails" in parts else "unknown" if "unknown" in parts else "holds"
    some = "holds" if "holds" in parts else "unknown" if "unknown" in parts else "fails"
    assert outcome(checks.all_of(*made)) == every
    assert outcome(checks.any_of(*made)) == some
    turned = {"holds": "fails", "fails": "holds", "unknown": "unknown"}
    assert outcome(checks.not_(checks.all_of(*made))) == turned[every]
    assert outcome(checks.not_(checks.any_of(*made))) == turned[some]


def test_the_message_says_which_part_it_was() -> None:
    """With the part's own words, or its name."""
    state = state_of("It is 18 °C in Paris.")
    paris, rome = checks.text_contains("Paris"), checks.text_contains("Rome")
    with pytest.raises(AssertionError, match="all_of: 1 of 2 do not hold: text_contains: 'Rome' is not in"):
        checks.all_of(paris, rome)(state)
    with pytest.raises(
        AssertionError, match=r"any_of: none of 2 holds: .*'Rome'.*; not_: text_contains\('Paris'\) holds"
    ):
        checks.any_of(rome, checks.not_(paris))(state)
    with pytest.raises(AssertionError, match=r"says_no\(\) is False"):
        checks.all_of(says_no)(state)
    checks.any_of(rome, paris)(state)
    checks.not_(rome)(state)


def says_no(_: Any) -> bool:
    """A function that gives its answer back."""
    return False


def test_what_is_no_plain_check_is_refused() -> None:
    """When it is made, or where it has to be awaited."""

    async def awaited(_: Any) -> None: ...

    for made in (lambda: checks.all_of(), lambda: checks.any_of("Paris"), lambda: checks.not_(None)):  # type: ignore[arg-type]
        with pytest.raises(ScriptTypeError, match="give checks"):
            made()
    with pytest.raises(ScriptTypeError, match="is to be awaited"):
        checks.not_(lambda state: awaited(state))(state_of("Hi"))


@pytest.mark.parametrize("value", [0, 1, "", "no", [], object()])
def test_what_is_neither_true_nor_false_decides_nothing(value: object) -> None:
    """A part that gives 0 would hold in one of them, and fail in what negates it."""
    for made in (checks.all_of, checks.any_of, checks.not_):
        with pytest.raises(ScriptTypeError, match="neither: return None, True or False"):
            made(lambda state: value)(state_of("Hi"))


@pytest.mark.parametrize(
    ("word", "said", "is_said"),
    [
        ("refund", "We offer a REFUND.", True),
        ("refund", "Refunds are another word.", False),
        ("art", "The party starts.", False),
        ("cafe", "Das Café ist offen.", True),
        ("straße", "in der STRASSE", True),
        ("money back", "your money\n  back", True),
        ("返金", "全額返金します", True),
        ("возврат", "Возврат денег", True),
        ("C++", "I like C++.", True),
        ("e", "é", True),
        ("42", "1427", False),
    ],
)
def test_a_word_is_found_whole_in_any_message(word: str, said: str, is_said: bool) -> None:
    """Whatever its case and accents; the message that says it is named."""
    state = state_of("Hello.", said, "Anything else?")
    if not is_said:
        checks.says_nothing_about(word)(state)
        return
    with pytest.raises(AssertionError, match="says_nothing_about: message 1 says"):
        checks.says_nothing_about(word)(state)


def test_an_agent_that_said_nothing_has_not_kept_silent_about_it() -> None:
    """There is nothing to look at yet."""
    with pytest.raises(ScriptError, match="has said nothing yet"):
        checks.says_nothing_about("refund")(scenario.ScenarioState(messages=[{"role": "user", "content": "refund"}]))
    for words in ((), ("",), (5,)):
        with pytest.raises(ScriptTypeError, match="give words"):
            checks.says_nothing_about(*words)  # type: ignore[arg-type]
