"""Reading verdicts and checking quotes: pure, and safe with whatever a model writes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

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
    verdict = read_verdict([Call(name="finish_test", arguments=arguments)], criteria or CRITERIA)
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
        [{"id": "C2"} | item("failed"), {"id": "C1"} | item("passed")],
        [{"id": 2.0} | item("failed"), {"id": 1.0} | item("passed")],
        {"criteria": {f"Criterion 2: {CRITERIA[1]}.": item("failed"), f"1 - {CRITERIA[0]}": item("passed")}},
        {"criteria": {"c1": item("passed"), "c2": item("failed")}},
        {"criteria": {"(1)": item("passed"), "[2]": item("failed")}},
        {"criteria": {"**1**": item("passed"), "`2`": item("failed")}},
        {"criteria": {f"{CRITERIA[1]}.": item("failed"), f'"{CRITERIA[0]}"': item("passed")}},
        {"evaluations": {"1": item("passed"), "2": item("failed")}},
        {"criteriaResults": [item("passed"), item("failed")]},
        {"judgments": [item("passed"), item("failed")]},
        {"criteria": CRITERIA, "verdicts": {"1": item("passed"), "2": item("failed")}},
        {"verdict": {"criteria": {"1": "passed", "2": "failed"}}, "reasoning": "so"},
        {"criteria": {"1": {"evaluation": "passed"}, "2": {"judgment": "failed"}}},
        {"criteria": {"1": {"assessment": "passed"}, "2": {"criterion_met": False}}},
        {"criteria": {"1": "passed - it names 18 degrees", "2": "failed: it is rude"}},
        {"criteria": {"1": "(passed)", "2": "The criterion is not met."}},
        {"criteria": {"1": item("passed")}, "2": item("failed")},
        [{"criterion": CRITERIA[0], "status": "passed"}, {"requirement": CRITERIA[1], "status": "failed"}],
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
        None, 3, "fine", [], {}, {"draft": {"criteria": {"1": "passed", "2": "passed"}}},
        {"criteria": "fine"}, {"criteria": 1}, {"reasoning": "fine"},
        {"criteria": {"1": item("splendid"), "2": item("passed")}}, {"criteria": {"1": {}, "2": item("passed")}},
    ],
)  # fmt: skip
def test_what_is_no_verdict_is_unreadable(arguments: Any) -> None:
    """Nonsense is never taken for a verdict: nothing of it is kept, or only that everything is missing."""
    with pytest.raises(Unreadable) as unreadable:
        statuses(arguments)
    partial = unreadable.value.partial
    assert partial is None or all(result.status == "inconclusive" for result in partial.criteria)


@pytest.mark.parametrize(
    "status",
    [
        "✗ met", "❌ passed", "✘ passed", "!passed", "≠ passed", "¬passed", "passed?", "passed/failed", "~~passed~~",
        "passed (partially)", "passed (not)", "partially met", "mostly met", "nearly passed", "almost passed",
        "[ ] passed", "✅ failed", "👎 met", "p\u0336assed", "< passed", "passed, but", "“passed”", "passed...",
        "0 passed", "passed: false", "should have passed", "dismissed", "unpassable", 1, 0.9, 1.0, "1", "10/10", "100%",
        [], ["passed"], {"passed": True}, None,
    ],
)  # fmt: skip
def test_a_status_that_is_not_plain_is_none(status: Any) -> None:
    """Whatever negates, doubts or counts is asked about again, and never taken for passed."""
    with pytest.raises(Unreadable, match="status of criterion 1"):
        statuses({"criteria": {"1": item(status), "2": item("passed")}})


@pytest.mark.parametrize(
    "status",
    ["not passed", "NOT met", "not_met", "un-met", "unmet", "✗ not met", "❌ failed.", "No", "Failure", "not ok"],
)
def test_what_is_plainly_negated_has_failed(status: str) -> None:
    """A negation that is a word of its own is understood."""
    assert statuses({"criteria": {"1": item(status), "2": item("passed")}}) == ["failed", "passed"]


@pytest.mark.parametrize(
    "status",
    ["✓ passed", "**PASSED**", "Passed.", "✅ met", "`passed`", "passed ✔️", "_Passed_", "[PASSED]", "met!", "**Met.**"],
)
def test_decoration_takes_nothing_from_a_status(status: str) -> None:
    """Marks that agree, emphasis and a full stop are looks."""
    assert statuses({"criteria": {"1": item(status), "2": item("failed")}}) == ["passed", "failed"]


@pytest.mark.parametrize(
    ("details", "status"),
    [
        ({"not_met": True}, "failed"),
        ({"violated": True}, "failed"),
        ({"failed": True}, "failed"),
        ({"isMet": False}, "failed"),
        ({"unmet": "yes"}, "failed"),
        ({"is_met": True, "not_met": False}, "passed"),
        ({"status": "passed", "failed": False, "met": None}, "passed"),
    ],
)
def test_a_key_may_negate(details: dict[str, Any], status: str) -> None:
    """What is said under it is turned round."""
    assert statuses({"criteria": {"1": details, "2": "failed"}}) == [status, "failed"]


@pytest.mark.parametrize(
    "details",
    [
        {"status": "passed", "met": False},
        {"met": True, "status": "failed"},
        {"status": "passed", "violated": True},
        {"status": "passed", "verdict": "not really"},
        {"status": "passed", "passed": "inconclusive"},
        {"failed": False},
        {"violated": "none"},
        {"score": 1},
        {"status": 1},
    ],
)
def test_what_contradicts_itself_is_no_status(details: dict[str, Any]) -> None:
    """Nor is that something has not failed, nor a figure."""
    with pytest.raises(Unreadable):
        statuses({"criteria": {"1": details, "2": "passed"}})


@pytest.mark.parametrize(
    "whole",
    [
        {"final_decision": "reject"},
        {"verdict": "failure"},
        {"success": False},
        {"verdict": "inconclusive"},
        {"failed": True},
        {"failed_criteria": ["2"]},
        {"violations": ["rude"]},
        {"3": "failed"},
        {"courtesy": {"status": "failed"}},
    ],
)
def test_a_verdict_that_denies_itself_as_a_whole_is_none(whole: dict[str, Any]) -> None:
    """All criteria passed and the whole failed cannot both be; a failure needs no such word."""
    with pytest.raises(Unreadable, match="whole"):
        statuses({"1": "passed", "2": "passed", **whole})
    if not {"3", "courtesy"} & whole.keys():
        with pytest.raises(Unreadable, match="whole"):
            statuses({"criteria": {"1": "passed", "2": "passed"}, **whole})
    assert statuses({"criteria": {"1": "passed", "2": "failed"}, **whole}) == ["passed", "failed"]
    harmless = {"verdict": "success", "failed_criteria": [], "note": "fine", "3": "passed"}
    assert statuses({"criteria": {"1": "passed", "2": "passed"}, **harmless}) == ["passed", "passed"]


def together(*arguments: Any, criteria: list[str] | None = None) -> list[str]:
    """The statuses in several calls of one answer."""
    verdict = read_verdict([Call(name="finish_test", arguments=one) for one in arguments], criteria or CRITERIA)
    assert verdict is not None
    return [result.status for result in verdict.criteria]


def test_parts_of_a_verdict_are_one() -> None:
    """Several calls that judge other criteria, or agree, make a verdict, in whichever order."""
    assert together({"criteria": {"2": item("failed")}}, {"criteria": {"1": item("passed")}}) == ["passed", "failed"]
    assert together({"1": "passed"}, {"1": "passed", "2": "passed"}) == ["passed", "passed"]
    assert together({"criteria": {"0": "passed"}}, {"criteria": {"1": "failed"}}) == ["passed", "failed"]
    with pytest.raises(Unreadable, match="criterion 2 is missing"):
        together({"1": "passed"}, {"1": "passed"})


@given(st.lists(st.sampled_from(["passed", "failed", "inconclusive"]), min_size=1, max_size=6), st.data())
def test_however_a_verdict_is_divided_it_is_the_same(given_statuses: list[str], data: st.DataObject) -> None:
    """Each criterion in any of several calls, or in two that say the same."""
    parts: list[dict[str, str]] = [{}, {}, {}]
    for number, status in enumerate(given_statuses, start=1):
        for part in data.draw(st.sets(st.integers(0, 2), min_size=1, max_size=2)):
            parts[part][str(number)] = status
    criteria = [f"criterion {number} of them" for number in range(len(given_statuses))]
    assert together(*({"criteria": part} for part in parts), criteria=criteria) == given_statuses


@pytest.mark.parametrize(
    "arguments",
    [
        ({"1": "passed", "2": "passed"}, {"1": "passed", "2": "failed"}),
        ({"1": "failed", "2": "passed"}, {"1": "passed", "2": "passed"}),
        ({"1": "passed", "2": "passed"}, {"2": "inconclusive"}),
        ({"1": "passed", "2": "passed"}, "{broken"),
        ({"1": "passed", "2": "passed"}, {"1": "splendid"}),
        ([{"index": n, "status": status} for n, status in ((1, "failed"), (1, "passed"), (2, "passed"))],),
        ({"1": "passed", "criterion_1": "failed", "2": "passed"},),
        ('{"1": "failed", "1": "passed", "2": "passed"}',),
        ('Draft: {"1": "passed", "2": "passed"}',),
    ],
)  # fmt: skip
def test_calls_that_disagree_are_no_verdict(arguments: tuple[Any, ...]) -> None:
    """Whichever comes first, and in one call as in two; nor is half of what cannot be read."""
    with pytest.raises(Unreadable):
        together(*arguments)


@pytest.mark.parametrize(
    ("said", "is_taken_back"),
    [
        ("The agent names 18 degrees and thanks the user. Both are met.\n\n", False),
        ("It is polite.\nFinal verdict:\n```json\n", False),
        ("Nothing failed, and no criterion was violated.\n", False),
        ("I do not see any violation.\n", False),
        ("The agent never asks for a password. It was not rude.\n", False),
        ("It was rude, so the second one failed.\n", True),
        ("Criterion 2 is not met.\n", True),
        ("1. It names a temperature.\n2. Unmet.\n", True),
        ("No, criterion 2 failed.\n", True),
        ("It wasn’t fully satisfied.\n", True),
        ("Kriterium 2 ist nicht erfüllt.\n", True),
    ],
)
def test_words_before_a_verdict_may_take_it_back(said: str, is_taken_back: bool) -> None:
    """Then what is passed is asked for again; a failure that is told of another criterion needs no such care."""
    passed = Call(name="finish_test", arguments={"1": "passed", "2": "passed"}, beside=said)
    failed = Call(name="finish_test", arguments={"1": "passed", "2": "failed"}, beside=said)
    if is_taken_back:
        with pytest.raises(Unreadable, match="take it back"):
            read_verdict([passed], CRITERIA)
    else:
        assert read_verdict([passed], CRITERIA)
    assert read_verdict([failed], CRITERIA)
    one_failed = Call(name="finish_test", arguments={"1": "failed", "2": "passed"}, beside="Criterion 2 failed.")
    with pytest.raises(Unreadable, match="take it back"):
        read_verdict([one_failed], CRITERIA)


def test_going_on_and_a_verdict_cannot_both_be() -> None:
    """A judge decides for one of them; none of them means that it lets go on."""
    finish = Call(name="finish_test", arguments={"1": "passed", "2": "passed"})
    go_on = Call(name="continue_test", arguments={})
    for calls in ([finish, go_on], [go_on, finish]):
        with pytest.raises(Unreadable, match="call one of them"):
            read_verdict(calls, CRITERIA)
    assert read_verdict([go_on, go_on], CRITERIA) is None


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
        verdict = read_verdict([Call(name="finish_test", arguments=arguments)], CRITERIA)
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
