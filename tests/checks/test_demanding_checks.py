"""Checks that take a library or a model: of a schema, a language, a cost, a meaning."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

import scenario
from scenario import checks
from scenario.errors import ConfigurationError, JudgeError, ModelError, ScriptError, ScriptTypeError
from scenario.exchange import Exchange
from scenario.testing import AgentServer, ModelServer
from scenario.transport.transport import HttpRequest
from scenario.types import Reply, Usage
from tests.checks.test_combined import state_of

_WEATHER = {
    "type": "object",
    "required": ["city", "celsius"],
    "properties": {
        "city": {"type": "string", "pattern": "^[A-Z]"},
        "celsius": {"type": "number"},
        "at": {"type": "string", "format": "date-time"},
        "tags": {"type": "array", "uniqueItems": True},
    },
    "patternProperties": {"^x-": {"type": "string"}},
}


def json_state(value: Any) -> scenario.ScenarioState:
    """A conversation in which the agent has said this JSON."""
    return state_of(msgspec.json.encode(value).decode())


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"city": "Paris", "celsius": 20, "at": "2026-12-01T10:00:00Z", "tags": [1, True, "1", [1]], "x-a": "b"}, ""),
        ({"city": "Paris"}, r"\$: 'celsius' is a required property"),
        ({"city": "paris", "celsius": 20}, r"\$\.city: 'paris' does not match '\^\[A-Z\]'"),
        ({"city": "Paris", "celsius": "20"}, r"\$\.celsius: '20' is not of type 'number'"),
        ({"city": "Paris", "celsius": 20, "at": "today"}, r"\$\.at: 'today' is no date-time"),
        ({"city": "Paris", "celsius": 20, "tags": [{"a": 1}, {"a": 1.0}]}, r"\$\.tags: it has an item twice"),
        ({"city": "Paris", "celsius": 20, "x-a": 1}, r"\$\['x-a'\]: 1 is not of type 'string'"),
        ([], r"\$: \[\] is not of type 'object'"),
    ],
)
def test_json_is_as_a_schema_demands(value: Any, words: str) -> None:
    """What is wrong is told with its place."""
    check = checks.json_schema(_WEATHER)
    if not words:
        check(json_state(value))
        return
    with pytest.raises(AssertionError, match=f"json_schema: {words}"):
        check(json_state(value))


def test_a_part_of_the_json_may_be_looked_at() -> None:
    """By a JMESPath; what is no JSON at all does not hold."""
    check = checks.json_schema({"type": "number"}, path="data.celsius")
    check(json_state({"data": {"celsius": 3}}))
    with pytest.raises(AssertionError, match="None is not of type 'number'"):
        check(json_state({"data": {}}))
    with pytest.raises(AssertionError, match="neither the agent's last message nor its answer's body is JSON"):
        check(state_of("Hello"))


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "objekt"}, r"no JSON Schema: \$\.type"),
        ({"pattern": "("}, "'\\(' is not a 'regex'"),
        ({"patternProperties": {"(": {}}}, "'\\(' is not a 'regex'"),
        ([], "give a schema"),
        ("weather.json", "give a schema"),
    ],
)
def test_what_is_no_schema_is_refused_when_it_is_given(schema: Any, words: str) -> None:
    """And not when an agent has answered. A property may be called as a keyword is."""
    with pytest.raises((ConfigurationError, ScriptError), match=words):
        checks.json_schema(schema)
    checks.json_schema({"properties": {"pattern": {"const": {"pattern": "("}}, "format": {"type": "string"}}})


def test_a_schema_reaches_nothing_but_itself() -> None:
    """A reference to elsewhere is not fetched: nobody can tell; one to its own places is followed."""
    schema = {"$defs": {"city": {"type": "string"}}, "properties": {"city": {"$ref": "#/$defs/city"}}}
    checks.json_schema(schema)(json_state({"city": "Paris"}))
    with pytest.raises(ScriptError, match="leads nowhere"):
        checks.json_schema({"$ref": "http://127.0.0.1:1/other.json"})(json_state({}))


@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-1, 1) | st.text(max_size=1),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=1), inner, max_size=2),
            max_leaves=4,
        )
    )
)
def test_items_are_told_apart_as_the_library_does(items: list[Any]) -> None:
    """In time that grows with their number: the library compares each with each."""
    from jsonschema import Draft202012Validator

    expected = Draft202012Validator({"uniqueItems": True}).is_valid(items)
    try:
        checks.json_schema({"uniqueItems": True})(json_state(items))
    except AssertionError:
        assert not expected
    else:
        assert expected


@pytest.mark.parametrize(
    ("code", "said", "outcome"),
    [
        ("de", "Ich kann Ihnen dabei helfen, Ihre Bestellung zu finden.", "holds"),
        ("DE-at", "Ich kann Ihnen dabei helfen, Ihre Bestellung zu finden.", "holds"),
        ("en", "Ich kann Ihnen dabei helfen, Ihre Bestellung zu finden.", "fails"),
        ("fr", "Bonjour, comment puis-je vous aider ?", "holds"),
        ("de", "Bonjour, comment puis-je vous aider ?", "fails"),
        ("ja", "今日はいい天気ですね", "holds"),
        ("en", "今日はいい天気ですね", "fails"),
        ("en", "OK.", "unknown"),
        ("ru", "Ваш заказ отправлен", "unknown"),
        ("en", "", "unknown"),
    ],
)
def test_a_language_is_told_or_is_not(code: str, said: str, outcome: str) -> None:
    """Too short a text, and one between two languages, is neither one nor the other."""
    check = checks.language(code)
    if outcome == "holds":
        check(state_of(said))
        return
    with pytest.raises(AssertionError if outcome == "fails" else ScriptError, match="language: "):
        check(state_of(said))


def test_a_language_that_nobody_knows_is_refused() -> None:
    """With those that there are."""
    with pytest.raises(ConfigurationError, match=r"'german'\): that language is not known. There are: .*de, "):
        checks.language("german")


def _answered(*usages: Usage | None, status: int | None = 200) -> scenario.ScenarioState:
    state = scenario.ScenarioState(messages=[])
    request = HttpRequest(method="POST", url="http://agent/")
    state.exchanges += [Exchange(request=request, status=status, reply=Reply(usage=usage)) for usage in usages]
    return state


def test_what_an_agent_s_tokens_cost_is_summed_up() -> None:
    """Over the conversation, at the prices of its model or those that are given."""
    state = _answered(Usage(input_tokens=1000, output_tokens=100), Usage(input_tokens=1000, output_tokens=100))
    checks.cost_below(0.000421, model="openai/gpt-4o-mini-2024-07-18")(state)
    with pytest.raises(AssertionError, match=r"2,000 tokens in and 200 out cost \$0.000420, not below \$0.00042"):
        checks.cost_below(0.00042, model="gpt-4o-mini")(state)
    checks.cost_below(3, input_price=1000, output_price=0)(state)
    with pytest.raises(ScriptError, match="answer 1 of 1 tells of no tokens"):
        checks.cost_below(1, model="gpt-4o")(_answered(None, status=None))
    with pytest.raises(AssertionError, match=r"cost \$2.000000"):
        checks.cost_below(2, input_price=1000, output_price=0)(state)


@pytest.mark.parametrize(
    "usages", [[], [None], [Usage(input_tokens=1, output_tokens=1), None], [Usage(total_tokens=5)]]
)
def test_tokens_that_nobody_told_cost_nobody_knows_what(usages: list[Usage | None]) -> None:
    """An answer without a usage is not free."""
    with pytest.raises(ScriptError, match="cost_below"):
        checks.cost_below(1, model="gpt-4o")(_answered(*usages))


@pytest.mark.parametrize(
    "settings",
    [{}, {"model": "my-own"}, {"model": "anyhost/gpt-4o"}, {"model": "gpt-4o", "input_price": 1}, {"input_price": 1}],
)
def test_a_cost_needs_prices(settings: dict[str, Any]) -> None:
    """One way or the other."""
    with pytest.raises(ConfigurationError, match="cost_below"):
        checks.cost_below(1, **settings)
    for wrong in (0, -1, float("nan"), "1", True, None):
        with pytest.raises(ScriptTypeError, match="number of US dollars"):
            checks.cost_below(wrong, model="gpt-4o")  # type: ignore[arg-type]  # what is refused


async def _meant(said: str, server: ModelServer, **settings: Any) -> scenario.ScenarioResult:
    given = {"model": "openai/embed", "api_base": server.base_url, "api_key": "sk-of-the-embeddings", **settings}
    async with AgentServer(said) as agent:
        return await scenario.run(
            name="similar",
            description="d",
            agents=[
                scenario.RemoteAgent(agent.url),
                scenario.JudgeAgent(criteria=[checks.similar_to("Paris is warm today", **given)]),
            ],
            script=[scenario.user("Hi"), scenario.agent(), scenario.judge()],
        )


async def test_a_meaning_is_compared_by_embeddings() -> None:
    """Of both texts, in one request; the key stands in no name."""
    async with ModelServer() as server:
        result = await _meant("Today Paris is warm.", server)
        assert result.success
        assert result.passed_criteria == ["similar_to('Paris is warm today', model='openai/embed')"]
        other = await _meant("No idea at all", server)
        assert "similar_to: the cosine is 0.0" in other.criteria[0].reasoning
        assert [request.path for request in server.requests] == ["/v1/embeddings"] * 2
        assert server.requests[0].body["input"] == ["Paris is warm today", "Today Paris is warm."]
        assert (await _meant("Paris, then", server, at_least=0.1)).success


async def test_a_model_of_embeddings_that_fails_gives_no_verdict() -> None:
    """It is the model's fault, in a script and among criteria."""
    async with AgentServer("Hi") as agent:  # no model's server at all
        check = checks.similar_to("Hi", model="openai/embed", api_base=f"{agent.url}/v1", api_key="k")
        with pytest.raises(ModelError):
            await check(state_of("Hi"))
        judge = scenario.JudgeAgent(criteria=[check])
        with pytest.raises(JudgeError) as caught:
            await scenario.run(
                name="a",
                description="d",
                agents=[scenario.RemoteAgent(agent.url), judge],
                script=[scenario.user("Hi"), scenario.agent(), scenario.judge()],
            )
        assert caught.value.fault == "model"
    with pytest.raises(ScriptError, match="has said nothing yet"):
        await checks.similar_to("Hi", model="openai/embed", api_key="k")(state_of())


async def test_combined_with_others_it_is_awaited() -> None:
    """One check of several has to be awaited where one of them has to be, and decides as any other."""
    async with ModelServer() as server:
        warm = checks.similar_to("warm", model="openai/e", api_base=server.base_url, api_key="k")
        await checks.all_of(warm, checks.text_contains("warm"))(state_of("warm"))
        await checks.any_of(checks.text_contains("cold"), checks.not_(checks.not_(warm)))(state_of("warm"))
        with pytest.raises(AssertionError, match=r"not_: similar_to\('warm', model='openai/e'\) holds"):
            await checks.not_(warm)(state_of("warm"))


def test_what_cannot_be_compared_is_refused() -> None:
    """When it is made."""
    for text, settings in (
        ("", {}),
        (3, {}),
        ("a", {"at_least": 0}),
        ("a", {"at_least": 1.1}),
        ("a", {"at_least": True}),
    ):
        with pytest.raises(ScriptTypeError, match="similar_to"):
            checks.similar_to(text, model="openai/e", **settings)  # type: ignore[arg-type]  # what is refused
    with pytest.raises(ConfigurationError, match="OpenAI-compatible"):
        checks.similar_to("a", model="anthropic/claude-haiku-4-5", api_key="k")
