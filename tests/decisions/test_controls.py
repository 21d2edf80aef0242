"""Statements whose truth the transcript settles."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, strategies as st

from scenario.agents.judge.band import WIDE, Band
from scenario.agents.judge.controls import _SAID_NOWHERE, controls_for
from scenario.agents.judge.examination import Examination, Said
from scenario.agents.judge.scored import said_of
from scenario.agents.judge.turned import is_turned, turned_conversation
from scenario.llm.decisions.question import DecisionAnswer
from scenario.types import Message

_CHANCE = random.Random(1)  # noqa: S311
_SPEAKERS = {"user": "user", "agent": "assistant"}


@given(
    said=st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=300)), min_size=1, max_size=6),
    seed=st.integers(0, 1000),
    count=st.integers(2, 16),
)
def test_what_is_stated_is_true_or_false_as_it_says(said: list[tuple[str, str]], seed: int, count: int) -> None:
    """True words stand in the first or the last message, said by whom it says; false ones stand nowhere."""
    messages: list[Message] = [{"role": role, "content": text} for role, text in said]  # type: ignore[typeddict-item,misc]
    controls = controls_for(messages, count, random.Random(seed))  # noqa: S311
    with_words = [(role, _plain(text)) for role, text in said if any(char.isalnum() for char in text)]
    assert len(controls) == (count if with_words else 0)
    for control in controls:
        words = control.text[control.text.index("“") + 1 : -1].replace("·", "")
        if not control.is_true:
            assert all(words not in text for _, text in with_words)
            continue
        role, text = with_words[0] if control.about == "beginning" else with_words[-1]
        assert words in text.replace("·", "")
        assert _SPEAKERS["user" if " user " in control.text.split("“")[0] else "agent"] == role


def _plain(text: str) -> str:
    return re.sub('["“”„«»]', "'", " ".join(text.split()))


def test_an_agent_that_says_all_that_is_said_nowhere_leaves_no_false_statement() -> None:
    """Then there are too few controls, and nobody is judged."""
    messages: list[Message] = [{"role": "assistant", "content": ". ".join(_SAID_NOWHERE)}]
    assert len(controls_for(messages, 3, _CHANCE)) == 2
    messages[0]["content"] = ". ".join(_SAID_NOWHERE[1:])  # type: ignore[index]
    assert _SAID_NOWHERE[0] in controls_for(messages, 3, _CHANCE)[1].text


@pytest.mark.parametrize(
    ("probability", "is_true"), [(0.51, True), (0.5, None), (0.49, False), (None, None), (1.0, True), (0.0, False)]
)
def test_the_middle_and_nothing_are_on_no_side(probability: float | None, is_true: bool | None) -> None:
    """What a model says of a statement is told by the middle of its band alone."""
    answer = DecisionAnswer(probability=probability, why_none="" if probability is not None else "nothing came")
    assert said_of(answer, WIDE).is_true is is_true


def test_a_yes_bias_moves_the_middle() -> None:
    """Where labels have shown that a server says 0.8 of what is false, 0.8 is no yes."""
    band = Band(false_to=0.8, true_from=0.9)
    assert said_of(DecisionAnswer(probability=0.8), band).is_true is False
    assert said_of(DecisionAnswer(probability=0.86), band).is_true is True


@given(count=st.integers(2, 16), criteria=st.integers(0, 12), seed=st.integers(0, 1000))
def test_none_is_lost_and_two_stand_opposite(count: int, criteria: int, seed: int) -> None:
    """All criteria stand there in their order, all controls too, and the opposite order shows at one place at least."""
    messages: list[Message] = [{"role": "user", "content": f"Hello {seed}"}, {"role": "assistant", "content": "Bye"}]
    texts = [f"It does {number}" for number in range(criteria)]
    mixed = Examination[bool](messages, lambda said: Said(is_true=said, words="")).mixed(texts, count)
    assert mixed is not None
    assert [text for text, one in zip(mixed.texts, mixed.places, strict=True) if one is None] == texts
    assert sum(one is not None for one in mixed.places) == count
    opposite = zip(mixed.places, mixed.places[::-1], strict=True)
    assert any(one is not None and other is not None and one.is_true != other.is_true for one, other in opposite)


@given(
    said=st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=60)), min_size=1, max_size=4),
    seed=st.integers(0, 1000),
    count=st.integers(2, 16),
)
def test_each_is_the_other_way_round_there(said: list[tuple[str, str]], seed: int, count: int) -> None:
    """What was said nowhere is said in the little conversation, where and by whom it is stated; the rest is not."""
    messages: list[Message] = [{"role": role, "content": text} for role, text in said]  # type: ignore[typeddict-item,misc]
    controls = controls_for(messages, count, random.Random(seed))  # noqa: S311
    if len(controls) < count:
        return
    conversation = turned_conversation(controls)
    shown = " ".join(str(message["content"]) for message in conversation)
    for control in controls:
        if not control.is_true:
            role = "user" if control.who == "user" else "assistant"
            assert {"role": role, "content": control.words} in conversation
            assert is_turned(control, shown)
        elif is_turned(control, shown):
            assert control.words not in shown


def test_two_controls_reach_both_ends_over_many_conversations() -> None:
    """One is true, one is false, and the true one is about either end as chance has it."""
    about = set()
    for seed in range(20):
        messages: list[Message] = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Bye"}]
        controls = controls_for(messages, 2, random.Random(seed))  # noqa: S311
        assert [control.is_true for control in controls] == [True, False]
        about.add(controls[0].about)
    assert about == {"beginning", "end"}
