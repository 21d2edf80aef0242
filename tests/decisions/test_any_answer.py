"""Whatever a server answers: an answer or none, and never a crash."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, strategies as st

from scenario.llm.decisions.asking import read_decisions
from scenario.llm.decisions.question import Question
from scenario.llm.fetch import answer_of
from scenario.llm.resolve import ModelTarget

_QUESTIONS = [Question(id="q1", text="?"), Question(id="q2", text="?")]
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_IDS = st.sampled_from(["q1", "q2", "q3"])
_ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["noul", "predicate", "refusal"]) | _VALUES,
        "name": st.sampled_from(["q1", "q2"]) | _VALUES,
        "noul": st.floats() | _VALUES,
        "probability": st.floats() | _VALUES,
    },
)
_BODIES = st.fixed_dictionaries(
    {
        "answers": st.dictionaries(st.sampled_from(["q1", "q2", "q3"]), _ANSWERS | _VALUES)
        | st.lists(_ANSWERS | _VALUES)
    },
    optional={
        name: _VALUES | st.fixed_dictionaries({}, optional=dict.fromkeys(("q1", "warnings", "truncated"), _VALUES))
        for name in ("model", "usage", "meta", "diagnostics", "truncated", "state_tokens_dropped")
    },
)


@given(body=_BODIES, kind=st.sampled_from(["systemone", "decisions"]))
def test_every_question_has_a_probability_or_a_reason(body: dict[str, Any], kind: Any) -> None:
    """There are as many answers as questions, each a number from 0 to 1 or the reason why there is none."""
    target = ModelTarget(name=f"{kind}/m", dialect=kind, model="m", api_base="http://127.0.0.1:1/v1")
    decisions = read_decisions(target, answer_of(msgspec.json.encode(body)), _QUESTIONS)
    assert len(decisions.answers) == 2
    for answer in decisions.answers:
        if answer.probability is None:
            assert answer.why_none
        else:
            assert 0 <= answer.probability <= 1
            assert not answer.why_none
