"""Whatever a script lists and whoever takes part: the run ends, with a result or with an error that has a name."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

import scenario
from scenario import AgentRole
from scenario.errors import ScenarioError
from tests.runner.players import Says, play, verdict


class OfTheTest(Exception):
    """What the tests' own callables raise."""


def raising(_: Any) -> Any:
    """A participant's answer that is an exception."""
    raise OfTheTest("raised")


messages = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system", "tool", "odd", 5])},
    optional={"content": st.one_of(st.text(max_size=5), st.none(), st.binary(max_size=2), st.just([{"text": "x"}]))},
)
results = st.builds(
    verdict,
    st.booleans(),
    passed_criteria=st.lists(st.sampled_from("abc"), max_size=2),
    failed_criteria=st.lists(st.sampled_from("abc"), max_size=2),
)
values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=3), messages, results,
    st.lists(messages, max_size=3), st.tuples(st.text(max_size=2)), st.sets(st.integers(), max_size=2),
    st.sampled_from([object(), raising, Says, [], [[]], ["x"], {}, range(2), 10**400]),
)  # fmt: skip
texts = st.one_of(st.none(), st.text(max_size=5))
simple_steps = st.one_of(
    st.builds(scenario.user, st.one_of(texts, messages, values)),
    st.builds(scenario.agent, st.one_of(texts, messages), wait=st.booleans()),
    st.builds(scenario.message, st.one_of(messages, values)),
    st.builds(scenario.judge, st.one_of(st.none(), st.lists(st.sampled_from("abc"), max_size=2)),
              additional_context=texts),
    st.builds(scenario.succeed, texts),
    st.builds(scenario.fail, texts),
    st.builds(scenario.sleep, st.just(0)),
)  # fmt: skip


def plain(value: Any) -> Any:
    """A plain function that returns a value."""
    return lambda state: value


def coroutine(value: Any) -> Any:
    """A coroutine function that returns a value."""

    async def step(state: scenario.ScenarioState) -> Any:
        return value

    return step


def nested(steps: list[Any]) -> Any:
    """A coroutine function that plays steps; a result that one of them gives is returned."""

    async def step(state: scenario.ScenarioState) -> Any:
        for inner in steps:
            result = inner(state)
            result = await result if hasattr(result, "__await__") else result
            if isinstance(result, scenario.ScenarioResult):
                return result
        return None

    return step


def changing(index: int) -> Any:
    """A function that adds a message and takes some back."""

    def step(state: scenario.ScenarioState) -> None:
        state.add_message({"role": "user", "content": "added"})
        state.rollback_messages_to(index)

    return step


def callables(steps: Any) -> Any:
    """Functions of the test: plain and async, that return anything, play steps, or raise."""
    return st.one_of(
        st.builds(plain, st.one_of(values, steps)),
        st.builds(coroutine, st.one_of(values, steps)),
        st.builds(nested, st.lists(steps, max_size=3)),
        st.builds(changing, st.integers(-1, 5)),
        st.just(raising),
    )


def proceeding(steps: Any) -> Any:
    """Free play with and without callbacks."""
    callback = st.one_of(st.none(), callables(steps))
    turns = st.one_of(st.none(), st.integers(0, 3))
    return st.builds(scenario.proceed, turns, on_turn=callback, on_step=callback)


steps = st.recursive(simple_steps, lambda inner: st.one_of(callables(inner), proceeding(inner)), max_leaves=6)
entries = st.one_of(steps, steps, steps, values)
answers = st.one_of(st.text(max_size=5), st.just([]), messages, values, st.just(raising))
participants = st.builds(
    lambda role, said: Says(*said, role=role), st.sampled_from(AgentRole), st.lists(answers, min_size=1, max_size=3)
)


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.lists(participants, max_size=5), st.lists(entries, max_size=6), st.integers(1, 4))
def test_any_script_ends_in_a_result_or_a_named_error(agents: list[Says], script: list[Any], max_turns: int) -> None:
    """Never another exception, never without end, and never a task that is left behind."""

    async def main() -> Any:
        async with asyncio.timeout(20):
            try:
                return await play(*agents, script=script, max_turns=max_turns)
            except (ScenarioError, OfTheTest):
                return None
            finally:
                assert asyncio.all_tasks() == {asyncio.current_task()}

    result = asyncio.run(main())
    if result is not None:
        assert isinstance(result, scenario.ScenarioResult)
        assert result.total_time is not None
        result.model_dump_json()


lines = st.lists(
    st.sampled_from([scenario.user("u"), scenario.user(), scenario.agent("a"), scenario.agent(), scenario.proceed(1)]),
    max_size=8,
)


def conversation(script: list[Any]) -> Any:
    """What is said when this script is played among a user and two agents."""
    user = Says(lambda given: f"u{len(given.messages)}", role=AgentRole.USER)
    agents = [Says(lambda given, name=name: f"{name}{len(given.new_messages)}") for name in "ab"]
    result = asyncio.run(play(user, *agents, script=[*script, scenario.succeed()], max_turns=20))
    return result.messages


@settings(deadline=None, max_examples=60)
@given(lines, st.lists(st.integers(0, 8), max_size=3))
def test_cutting_a_script_into_callables_changes_nothing(script: list[Any], cuts: list[int]) -> None:
    """Steps in the list, and the same steps awaited or returned in functions, give the same conversation."""
    borders = [0, *sorted(min(cut, len(script)) for cut in cuts), len(script)]
    pieces = [script[start:end] for start, end in pairwise(borders)]
    ordered: list[Any] = []
    for number, piece in enumerate(pieces):
        if piece:
            ordered += [nested(piece)] if number % 2 else [plain(piece[0]), *piece[1:]]
    assert conversation(ordered) == conversation(script)
