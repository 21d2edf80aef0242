"""A JMESPath looks at an answer a bounded number of times, whoever has written the one or the other."""

from __future__ import annotations

import json
from typing import Any

import jmespath
import pytest
from hypothesis import given, strategies as st

from scenario import checks
from scenario.errors import ConfigurationError
from scenario.protocols.json_path import JsonPath
from scenario.protocols.json_path_work import MOST_COPIES, work_of
from tests.checks.test_checks import checked


@pytest.mark.parametrize(
    "expression",
    [
        "data.answer",
        "choices[0].message.content",
        "items[?price > `10`].{id: id, name: name, price: price, city: where.city, tags: tags[*].name}",
        "a.{" + ", ".join(f"f{number}: f{number}.value" for number in range(300)) + "}",
        "sort_by(items, &price)[-1].name",
        "map(&[name, price], items)",
        "join(', ', items[*].name)",
        "contains(to_string(@), 'Paris')",
        "[a, b, c][] | [?@ != null] | [0]",
        " || ".join(f"a{number}" for number in range(60)),
        "type == 'done' || (type == 'message' && !isPartial)",
        "length(messages[?role == 'assistant'].content[] | [?type == 'text'])",
    ],
)
def test_usual_expressions_are_taken(expression: str) -> None:
    """With many fields, many alternatives, and functions of all kinds."""
    JsonPath(expression, argument="reply")


@pytest.mark.parametrize(
    "expression",
    [
        " | ".join(["[@, @]"] * 7),
        "[" * 7 + "@" + ", @]" * 7 + " | " + " | ".join(["[@, @, @]"] * 4),
        " | ".join(["{a: @, b: @}"] * 30) + " | to_string(@)",
        "map(&[@, @, @, @, @, @, @, @, @], map(&[@, @, @, @, @, @, @, @, @], @))",
        "[" + ", ".join(["@"] * 65) + "]",
        "to_string([to_string([to_string(@)])])",
        "a.[b, b, b, b, b, b, b, b, b].[@, @, @, @, @, @, @, @, @]",
    ],
)
def test_an_expression_that_multiplies_itself_is_refused(expression: str) -> None:
    """When it is made, with the figure and what to write instead."""
    with pytest.raises(
        ConfigurationError, match=f"multiplies what it is applied to.*at most {MOST_COPIES}.*'data.answer'"
    ):
        checks.jmespath(expression)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("a" * 10_001, "has 10,001 characters, above 10,000"),
        ("(" * 3_000 + "a" + ")" * 3_000, "nested too deep"),
        ("!" * 150 + "a", "nested more than 100 deep"),
        ("a" + " | a[*]" * 150, "nested more than 100 deep"),
        (7, "no JMESPath"),
    ],
)
def test_an_expression_has_a_length_and_a_depth(expression: Any, told: str) -> None:
    """Beyond them it is refused when it is made, not passed over where it is used."""
    with pytest.raises(ConfigurationError, match=told):
        checks.jmespath(expression)


VALUES = st.recursive(
    st.one_of(st.none(), st.integers(-9, 9), st.text('ab"\\é', max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)),
    max_leaves=12,
)
EXPRESSIONS = st.recursive(
    st.sampled_from(["@", "a", "b", "a.b", "[0]", "[*]", "*", "[]", "'x'", "@[?a]"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("[{0[0]}, {0[1]}]".format),
        st.tuples(inner, inner).map("{{a: {0[0]}, b: {0[1]}}}".format),
        st.tuples(inner, inner).map("({0[0]}) | ({0[1]})".format),
        st.tuples(inner, inner).map("({0[0]}) || ({0[1]})".format),
        st.tuples(inner, inner).map("map(&({0[0]}), to_array({0[1]}))".format),
        inner.map("to_string({})".format),
        inner.map("({})[*]".format),
    ),
    max_leaves=5,
)


@given(EXPRESSIONS, VALUES)
def test_no_more_comes_out_than_was_told(expression: str, value: Any) -> None:
    """The figure is a bound: what comes out is at most so many times what went in, and the expression's own."""
    compiled = jmespath.compile(expression)
    found = size_of(compiled.search(value))
    copies = work_of(compiled.parsed).copies
    assert found <= copies * (size_of(value) + 20 * len(expression))


def size_of(value: Any) -> int:
    """How large a value is, in characters of its JSON."""
    return len(json.dumps(value, ensure_ascii=False))


def test_a_text_of_the_agent_is_not_joined_without_end() -> None:
    """A separator and a list can both be the agent's: together they are a product."""
    path = JsonPath("join(separator, parts)", argument="jmespath")
    assert path.find({"separator": "-", "parts": ["a", "b"]}) == "a-b"
    assert path.find({"separator": "x" * 100_000, "parts": ["a"] * 100_000}) is None


@pytest.mark.parametrize("expression", ["ceil(to_number(a))", "floor(to_number(a))"])
def test_numbers_without_an_end_are_nothing(expression: str) -> None:
    """A text of the agent's can be read as infinity."""
    assert JsonPath(expression, argument="jmespath").find({"a": "inf"}) is None


def nested(depth: int) -> str:
    """JSON that is nested so deep."""
    return '{"a": ' * depth + "1" + "}" * depth


@pytest.mark.parametrize("depth", [100_000, 900])
@pytest.mark.parametrize(
    "check", [checks.jmespath("b"), checks.jmespath("a", equals=1), checks.jmespath("a", contains="z")]
)
async def test_an_answer_that_is_nested_too_deep_fails_the_check_and_says_so(check: Any, depth: int) -> None:
    """It is no error of Scenario's, nor is it told that there is no JSON."""
    with pytest.raises(AssertionError, match=r"^jmespath: "):
        await checked(check, nested(depth))


async def test_what_is_nested_too_deep_to_be_read_is_told_as_that() -> None:
    """Such text is JSON all the same."""
    with pytest.raises(AssertionError, match="the agent's JSON is nested too deep to be read"):
        await checked(checks.jmespath("a"), nested(100_000))


async def test_what_is_nested_deep_and_can_be_read_is_looked_at() -> None:
    """As before."""
    assert (await checked(checks.jmespath("a.a.a", contains="1"), nested(100))).success


async def test_large_numbers_of_the_agent_are_no_obstacle() -> None:
    """A whole number may have more than 64 bits."""
    assert (await checked(checks.jmespath("a", contains="99999"), '{"a": 99999999999999999999999999}')).success


async def test_arguments_of_a_tool_that_are_nested_too_deep_are_told_without_them() -> None:
    """A check that does not hold shows them, where they can be shown."""
    call = {"id": "1", "type": "function", "function": {"name": "find", "arguments": nested(990)}}
    with pytest.raises(AssertionError, match="'find' was called"):
        await checked(checks.tool_not_called("find"), [{"role": "assistant", "content": "", "tool_calls": [call]}])
