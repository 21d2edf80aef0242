"""The deterministic checks: each holds where it should, and says what was there where it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import scenario
from scenario import checks
from scenario.errors import ConfigurationError, ScriptError, ScriptTypeError
from scenario.exchange import Exchange, HttpRequest
from scenario.testing import AgentServer
from scenario.timing import StreamTiming
from tests.runner.players import Says

ARGUMENTS = '{"city": "Paris", "n": {"a": 1}}'
CALLS = [
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "find", "arguments": ARGUMENTS}},
            {"id": "2", "type": "function", "function": {"name": "book", "arguments": "{}"}},
        ],
    },
    {"role": "assistant", "content": "It is 18 °C in Paris."},
]

HOLDS = [
    checks.text_contains("18", "Paris"),
    checks.text_contains("PARIS", ignore_case=True),
    checks.text_lacks("Rome"),
    checks.text_equals(" It is 18 °C in Paris. "),
    checks.matches(r"\d+ °C"),
    checks.matches_not(r"°F"),
    checks.longer_than(20),
    checks.shorter_than(22),
    checks.tool_called("find"),
    checks.tool_called("find", arguments={"city": "Paris"}),
    checks.tool_called("find", arguments={"n": {"a": 1}}, times=1),
    checks.tool_called("nothing", times=0),
    checks.tool_not_called("pay"),
    checks.tools_in_order("find", "book"),
]
FAILS = [
    (checks.text_contains("18", "Rome"), "'Rome' is not in"),
    (checks.text_contains("PARIS"), "'PARIS' is not in"),
    (checks.text_lacks("Paris", "Rome"), "'Paris' is in"),
    (checks.text_equals("18"), "not '18'"),
    (checks.matches("Rome"), "'Rome' is not found"),
    (checks.matches_not(r"\d+"), "'18'"),
    (checks.longer_than(21), "21 characters, not above 21"),
    (checks.shorter_than(21), "21 characters, not below 21"),
    (checks.tool_called("pay"), "Called were: find, book"),
    (checks.tool_called("find", arguments={"city": "Rome"}), "but with"),
    (checks.tool_called("find", times=2), "1 times, not 2"),
    (checks.tool_not_called("book"), "was called"),
    (checks.tools_in_order("book", "find"), "'find' was not called where"),
]


async def checked(check: Any, *answers: Any) -> scenario.ScenarioResult:
    """A run with that check after the agent's answer."""
    return await scenario.run(
        name="x",
        description="",
        agents=[Says(*(answers or (CALLS,)))],
        script=[scenario.user("Hi"), scenario.agent(), check, scenario.succeed()],
        verbose=False,
    )


@pytest.mark.parametrize("check", HOLDS)
async def test_what_holds_goes_on(check: Any) -> None:
    """The run ends as it would without the check."""
    assert (await checked(check)).success


@pytest.mark.parametrize(("check", "told"), FAILS)
async def test_what_does_not_hold_says_why(check: Any, told: str) -> None:
    """An AssertionError that names what was looked for and what was there."""
    with pytest.raises(AssertionError) as caught:
        await checked(check)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("check", "told"),
    [
        (checks.jmespath("a.b"), None),
        (checks.jmespath("a.b", equals=0), None),
        (checks.jmespath("names[1]", contains="ob"), None),
        (checks.jmespath("a.c"), "at 'a.c' stands None"),
        (checks.jmespath("a.b", equals=1), "stands 0, not 1"),
        (checks.jmespath("names[0]", contains="ob"), "'ob' is not in"),
    ],
)
async def test_a_place_in_the_agents_json(check: Any, told: str | None) -> None:
    """In its message where that is JSON."""
    text = '{"a": {"b": 0}, "names": ["Ann", "Bob"]}'
    if told is None:
        assert (await checked(check, text)).success
    else:
        with pytest.raises(AssertionError, match=told):
            await checked(check, text)


async def test_a_place_in_the_body_where_the_message_is_no_json() -> None:
    """What the reply's path left out can be checked, too."""
    async with AgentServer("Hello", style="json") as agent:
        result = await scenario.run(
            name="x",
            description="",
            agents=[scenario.RemoteAgent(agent.url)],
            script=[
                scenario.user("Hi"),
                scenario.agent(),
                checks.jmespath("content", equals="Hello"),
                scenario.succeed(),
            ],
            verbose=False,
        )
    assert result.success


@pytest.mark.parametrize(
    ("check", "told"),
    [
        (checks.outcome("complete"), None),
        (checks.status(200), None),
        (checks.ttft_below(60), None),
        (checks.total_below(60), None),
        (checks.gap_below(60), None),
        (checks.malformed_at_most(0), None),
        (checks.outcome("truncated"), "the stream was complete, not truncated"),
        (checks.status(201), "200, not 201"),
        (checks.ttft_below(1e-9), "not below 1e-09 s"),
        (checks.total_below(1e-9), "not below 1e-09 s"),
    ],
)
async def test_the_last_answer_on_the_wire(check: Any, told: str | None) -> None:
    """How it ended, and when it came."""
    async with AgentServer("It is 18 °C in Paris.") as agent:
        run = scenario.run(
            name="x",
            description="",
            agents=[scenario.RemoteAgent(agent.url)],
            script=[scenario.user("Hi"), scenario.agent(), check, scenario.succeed()],
            verbose=False,
        )
        if told is None:
            assert (await run).success
        else:
            with pytest.raises(AssertionError, match=told):
                await run


async def test_without_a_wire_there_is_nothing_to_check() -> None:
    """An agent in this process leaves no exchange; that is the script's mistake, not the agent's."""
    with pytest.raises(ScriptError, match="RemoteAgent"):
        await checked(checks.ttft_below(1))


@pytest.mark.parametrize("limit", [checks.ttft_below, checks.gap_below])
def test_an_answer_without_content_meets_no_limit(limit: Callable[[float], checks.Check]) -> None:
    """Nothing came, so nothing came in time; an answer in one piece has no silence in it, and does."""
    state = scenario.ScenarioState()
    state.exchanges.append(Exchange(request=HttpRequest(url="u"), timing=StreamTiming(total=1.0)))
    with pytest.raises(AssertionError, match=f"{limit.__name__}: the answer had no content at all"):
        limit(60)(state)
    state.exchanges.append(Exchange(request=HttpRequest(url="u"), timing=StreamTiming(first_content=0.1, total=1.0)))
    limit(60)(state)


def test_what_makes_no_sense_is_refused_when_it_is_made() -> None:
    """Not in the middle of a run."""
    with pytest.raises(ScriptError, match="no regular expression"):
        checks.matches("(")
    with pytest.raises(ScriptTypeError, match="one text or more"):
        checks.text_contains()
    with pytest.raises(ConfigurationError, match="JMESPath"):
        checks.jmespath("a..b")


def test_an_unknown_check_says_which_there_are() -> None:
    """A name that is mistyped."""
    with pytest.raises(AttributeError, match="text_contains"):
        checks.text_contain  # noqa: B018
