"""Reading verdicts and checking quotes: pure, and safe with whatever a model writes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from scenario.agents.judge.quotes import checked_quote
from scenario.agents.judge.transcript_text import expanded_text, found_text, outline_text, transcript_text
from scenario.agents.judge.verdict import Verdict, finish_function, read_verdict
from scenario.llm.functions import Call, Unreadable
from tests.judge.courts import WEATHER, item

CRITERIA = ["names a temperature", "is polite within 2 replies"]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["passed", "1", "criteria"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["criteria", "1", "2", "status", "quote", "message_index"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def statuses(arguments: Any, criteria: list[str] | None = None) -> list[str]:
    """The statuses in a verdict with these arguments."""
    verdict = read_verdict(Call(name="finish_test", arguments=arguments), criteria or CRITERIA)
    assert verdict is not None
    return [result.status for result in verdict.criteria]


@pytest.mark.parametrize(
    "arguments",
    [
        {"criteria": {"1": item("passed"), "2": item("failed")}},
        {"criteria": {1: item("passed"), 2: item("failed")}},
        {"criteria": {"0": item("passed"), "1": item("failed")}},
        {"criteria": {"criterion_2": item("failed"), "criterion_1": item("passed")}},
        {"criteria": {"Criterion 1:": item("passed"), "#2": item("failed")}},
        {"criteria": {"Is polite within 2 replies": item("failed"), "names a  temperature": item("passed")}},
        {"criteria": {"is_polite_within_2_replies_": item("failed"), "names_a_temperature": item("passed")}},
        {"criteria": [item("passed"), item("failed")]},
        {"criteria": json.dumps({"1": item("passed"), "2": item("failed")})},
        json.dumps({"criteria": {"1": item("passed"), "2": item("failed")}}),
        "Here:\n```json\n" + json.dumps({"criteria": {"1": item("passed"), "2": item("failed")}}) + "\n```",
        {"1": item("passed"), "2": item("failed")},
        [item("passed"), item("failed")],
        {"criteria": {"1": True, "2": False}},
        {"criteria": {"1": "true", "2": "Not met."}},
        {"criteria": {"1": {"met": True}, "2": {"result": "FAIL"}}},
        {"criteria": {"1": json.dumps(item("passed")), "2": item("failed")}},
        {"criteria": {"1": " **PASSED** ", "2": {"status": "❌ failed."}}},
        {"verdict": {"criteria": {"1": "passed", "2": "failed"}}},
        {CRITERIA[1]: item("failed"), CRITERIA[0]: item("passed")},
        {"criteria": {"1": {"pass": True}, "2": {"satisfied": False}}},
        {"criteria": [{"index": 2} | item("failed"), {"index": 1} | item("passed")]},
        {"criteria": [{"index": 1} | item("failed"), {"index": 0} | item("passed")]},
        [{"criterion": CRITERIA[1]} | item("failed"), {"criterion": f"1. {CRITERIA[0]}"} | item("passed")],
        [{"criterion": "a temperature"} | item("passed"), {"criterion": "politeness"} | item("failed")],
        {"criteria": {f"2. {CRITERIA[1]}": item("failed"), f"1) {CRITERIA[0]}": item("passed")}},
        json.dumps({"criteria": {"1": item("passed"), "2": {"status": "failed", "reasoning": "so\nit is"}}}).replace(
            "\\n", "\n"
        ),
    ],
)
def test_a_verdict_is_read_in_whatever_shape_it_comes(arguments: Any) -> None:
    """Models fill shapes in their own ways; what is meant is plain."""
    assert statuses(arguments) == ["passed", "failed"]


@pytest.mark.parametrize(
    "arguments",
    [
        None, 3, "fine", [], {}, {"criteria": "fine"}, {"criteria": 1}, {"reasoning": "fine"},
        {"criteria": {"1": item("splendid"), "2": item("passed")}}, {"criteria": {"1": {}, "2": item("passed")}},
    ],
)  # fmt: skip
def test_what_is_no_verdict_is_unreadable(arguments: Any) -> None:
    """Nonsense is never taken for a verdict: nothing of it is kept, or only that everything is missing."""
    with pytest.raises(Unreadable) as unreadable:
        statuses(arguments)
    partial = unreadable.value.partial
    assert partial is None or all(result.status == "failed" for result in partial.criteria)


def test_a_name_that_could_mean_several_criteria_means_none() -> None:
    """Criteria that differ in punctuation, in other scripts, or behind a long beginning never share a verdict by it."""
    long = "a very long beginning that two criteria have in common, word for word, and then "
    for criteria in (["is it ok?", "is it ok!"], ["礼貌", "准确"], [f"{long}one", f"{long}two"]):
        for name in ("is_it_ok", "__", long.replace(" ", "_")):
            with pytest.raises(Unreadable, match="missing"):
                statuses({"criteria": {name: item("passed")}}, criteria)
    assert statuses(
        {"criteria": {f"{long}on".replace(" ", "_"): "passed", "1": "failed"}}, [f"{long}two", f"{long}one"]
    ) == [
        "failed",
        "passed",
    ]


def test_a_list_that_names_one_criterion_twice_leaves_the_other_out() -> None:
    """Entries that say what they are about are not taken for another's because of their place."""
    with pytest.raises(Unreadable, match="criterion 2 is missing"):
        statuses([{"index": 1} | item("passed"), {"index": 1} | item("passed")])


def test_a_text_with_a_number_in_it_is_no_number() -> None:
    """Only a key that is a number, or says that it is one, means the criterion of that number."""
    with pytest.raises(Unreadable, match="criterion 1, 2 is missing"):
        statuses({"criteria": {"within 2 seconds": item("passed")}})


@pytest.mark.parametrize("criteria", [["0", "1"], ["2", "1"], ["No 2", "x"]])
def test_a_criterion_may_be_called_by_a_number(criteria: list[str]) -> None:
    """The numbers that were asked for mean the criteria in their order, whatever these are called."""
    assert statuses({"criteria": {"1": item("passed"), "2": item("failed")}}, criteria) == ["passed", "failed"]


@given(JSON)
def test_any_json_is_a_verdict_or_unreadable(arguments: Any) -> None:
    """Nothing that a model may write breaks the reader; a verdict has one result for each criterion."""
    try:
        verdict = read_verdict(Call(name="finish_test", arguments=arguments), CRITERIA)
    except Unreadable as error:
        verdict = error.partial
    assert verdict is None or (isinstance(verdict, Verdict) and len(verdict.criteria) == len(CRITERIA))


@given(st.lists(st.text(min_size=1), min_size=1, max_size=12), st.data())
def test_every_criterion_has_its_own_verdict(criteria: list[str], data: st.DataObject) -> None:
    """Whatever the texts, the verdict under a number is that criterion's."""
    given_statuses = [data.draw(st.sampled_from(["passed", "failed", "inconclusive"])) for _ in criteria]
    properties = finish_function(criteria).parameters["properties"]["criteria"]["properties"]
    assert len(properties) == len(criteria)
    answer = {"criteria": {key: item(status) for key, status in zip(properties, given_statuses, strict=True)}}
    assert statuses(answer, criteria) == given_statuses


def test_the_shape_is_plain_and_complete() -> None:
    """Every property is required, closed and of a plain type: what the strictest servers demand."""

    def check(schema: dict[str, Any]) -> None:
        assert schema["type"] in ("object", "string", "integer")
        if schema["type"] == "object":
            assert schema["required"] == [*schema["properties"]]
            assert schema["additionalProperties"] is False
            for inner in schema["properties"].values():
                check(inner)

    shape = finish_function(CRITERIA).parameters
    check(shape)
    names = [*shape["properties"]["criteria"]["properties"]["1"]["properties"]]
    assert names.index("reasoning") < names.index("status")


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5), st.data())
def test_what_stands_there_is_found_and_only_that(texts: list[str], data: st.DataObject) -> None:
    """A part of a message is found in a message that holds it; the spaces in it do not matter."""
    messages: list[dict[str, Any]] = [{"role": "assistant", "content": text} for text in texts]
    index = data.draw(st.integers(0, len(texts) - 1))
    begin = data.draw(st.integers(0, len(texts[index])))
    quote = texts[index][begin : data.draw(st.integers(begin, len(texts[index])))]
    found = checked_quote(messages, quote.replace(" ", "\n "), index)
    if any(char.isalnum() for char in quote):
        assert found is not None
        assert found[1] == index
    else:
        assert found is None


@given(st.text(), st.none() | st.integers())
def test_a_quote_that_nobody_said_is_none(quote: str, index: int | None) -> None:
    """No number and no text finds anything in a conversation without words."""
    assert checked_quote([{"role": "assistant", "content": "…"}, {"role": "user"}], quote, index) is None


MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "assistant", "tool", "system", "odd\nrole"])},
        optional={
            "content": JSON,
            "tool_calls": JSON | st.just(WEATHER[1]["tool_calls"]),
            "tool_call_id": JSON,
            "refusal": JSON,
        },
    ),
    max_size=4,
)


@given(MESSAGES)
def test_any_conversation_can_be_shown(messages: list[dict[str, Any]]) -> None:
    """Each message has one head; every other line is marked."""
    lines = transcript_text(messages).split("\n") if messages else []
    heads = [line for line in lines if not line.startswith("  ")]
    assert [head.split("]")[0] for head in heads] == [f"[{index}" for index in range(len(messages))]
    assert len(outline_text(messages).split("\n") if messages else []) == len(messages)
    assert expanded_text(messages, -5, 10**9)
    assert found_text(messages, "x")
