"""Functions of the test as steps: of whatever kind, with what they return and what they raise."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import pytest

import scenario
from scenario.errors import ScriptError, ScriptTypeError
from tests.runner.players import Says, judge, play, said, user, verdict


class Plain:
    def __call__(self, state: scenario.ScenarioState) -> Any:
        return verdict(reasoning=state.name)


class Awaited:
    async def __call__(self, state: scenario.ScenarioState) -> Any:
        return verdict(reasoning=state.name)


def plain(state: scenario.ScenarioState) -> Any:
    """A plain function as a step."""
    return verdict(reasoning=state.name)


async def awaited(state: scenario.ScenarioState) -> Any:
    """A coroutine function as a step."""
    return verdict(reasoning=state.name)


def two(prefix: str, state: scenario.ScenarioState) -> Any:
    """A function of which a part is given beforehand."""
    return plain(state)


ASK = [scenario.user("hi"), scenario.agent()]
STEPS = [plain, awaited, Plain(), Awaited(), lambda state: plain(state), functools.partial(two, "p"), Plain().__call__]


@pytest.mark.parametrize("step", STEPS)
async def test_a_result_that_a_step_returns_ends_the_run(step: Any) -> None:
    """Functions, coroutines, lambdas, partials and objects that can be called."""
    assert (await play(script=[step, scenario.fail()])).reasoning == "a test"


@pytest.mark.parametrize("value", [None, True, "text", {"role": "user"}, 5, []])
async def test_every_other_value_is_ignored(value: Any) -> None:
    """What a step returns is no message."""
    result = await play(script=[lambda state: value, scenario.succeed("on")])
    assert (result.reasoning, result.messages) == ("on", [])


def is_warm(state: scenario.ScenarioState) -> Any:
    """A check in the shape of a question."""
    return "warm" in state.last_agent_message()


async def is_warm_later(state: scenario.ScenarioState) -> Any:
    """The same, asynchronously."""
    return is_warm(state)


class Warm:
    def __call__(self, state: scenario.ScenarioState) -> Any:
        return is_warm(state)

    def asked(self, state: scenario.ScenarioState) -> Any:
        return is_warm(state)


def also(prefix: str, state: scenario.ScenarioState) -> Any:
    """A function of which a part is given beforehand."""
    return is_warm(state)


@functools.wraps(is_warm)
def wrapped(state: scenario.ScenarioState) -> Any:
    """What a decorator makes of a function."""
    return is_warm(state)


LAMBDAS = [lambda s: "warm" in s.last_agent_message(), lambda s: (
    "é" in "é"
    and is_warm(s)
)]  # fmt: skip
COLD = {
    "The function is_warm (tests/runner/test_own_steps.py:": is_warm,
    "The function is_warm_later (": is_warm_later,
    "The function Warm.__call__ (": Warm(),
    "The function Warm.asked (": Warm().asked,
    "The function also (": functools.partial(also, "p"),
    "The function is_warm (": wrapped,
    """The lambda `"warm" in s.last_agent_message()` (tests/runner/test_own_steps.py:""": LAMBDAS[0],
    """The lambda `"é" in "é" and is_warm(s)` (""": LAMBDAS[1],
}


@pytest.mark.parametrize("called", COLD)
async def test_a_function_that_returns_false_fails_the_run(called: str) -> None:
    """The verdict names it, and the steps after it are not played."""
    after: list[Any] = []
    result = await play(
        Says("cold"), script=[*ASK, COLD[called], lambda state: after.append(state), scenario.succeed()]
    )
    assert not result.success
    assert str(result.reasoning).startswith(called)
    assert "returned False" in str(result.reasoning)
    assert after == []
    assert [content for _, content in said(result)] == ["hi", "cold"]


@pytest.mark.parametrize("function", [step for name, step in COLD.items() if name != "The function Warm.__call__ ("])
async def test_a_function_that_returns_true_lets_the_run_go_on(function: Any) -> None:
    """As any value but False does."""
    assert (await play(Says("warm"), script=[*ASK, function, scenario.succeed("on")])).reasoning == "on"


class Falsy:
    """As the booleans of numerical packages: false in a condition, and equal to False."""

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return other is False

    __hash__ = object.__hash__


@pytest.mark.parametrize("value", [0, "", [], {}, None, Falsy(), 0.0])
async def test_what_is_only_falsy_is_ignored(value: Any) -> None:
    """False itself says that something is not so; a zero may be a count."""
    assert (await play(script=[lambda state: value, scenario.succeed("on")])).reasoning == "on"


async def test_passed_checkpoints_stay_passed_where_a_function_returns_false() -> None:
    """As where the script fails by itself."""
    steps = [*ASK, scenario.judge(["It answers."]), lambda state: False]
    result = await play(Says(), judge(verdict()), script=steps)
    assert (result.success, result.passed_criteria) == (False, ["It answers."])


async def test_callbacks_may_return_false() -> None:
    """Their results are ignored, whatever they are."""
    script = [scenario.proceed(1, on_turn=lambda state: False, on_step=lambda state: False), scenario.succeed("on")]
    assert (await play(user(), Says(), script=script)).reasoning == "on"


async def test_a_function_without_source_is_named() -> None:
    """Code that was never in a file has a line all the same, and what a lambda says cannot be shown."""
    made: dict[str, Any] = {}
    exec("unread = lambda state: False\ndef typed(state): return False", made)  # noqa: S102 - code without a file
    assert str((await play(script=[made["unread"]])).reasoning).startswith("A lambda (<string>:1) returned False")
    assert str((await play(script=[made["typed"]])).reasoning).startswith(
        "The function typed (<string>:2) returned False"
    )


async def test_a_step_that_is_returned_is_played() -> None:
    """Returned by a plain or an async function."""

    async def later(state: scenario.ScenarioState) -> Any:
        return scenario.succeed("returned")

    result = await play(Says("a"), script=[lambda state: scenario.user("u"), lambda state: scenario.agent(), later])
    assert said(result) == [("user", "u"), ("assistant", "a")]
    assert result.reasoning == "returned"


async def test_a_step_that_is_called_is_played_too() -> None:
    """`lambda s: scenario.succeed()(s)` ends the run."""
    assert (await play(script=[lambda state: scenario.succeed("called")(state)])).reasoning == "called"


async def test_steps_may_be_awaited_inside_a_step() -> None:
    """Each is played at once, and its result comes back."""
    got: list[Any] = []

    async def drive(state: scenario.ScenarioState) -> None:
        await scenario.user("u")(state)
        await scenario.agent()(state)
        await scenario.proceed(1)(state)
        got.append(await scenario.judge()(state))

    result = await play(user("free"), Says("a"), judge([], verdict(reasoning="v")), script=[drive, scenario.succeed()])
    assert [content for _, content in said(result)] == ["u", "a", "free", "a"]
    assert got[0].reasoning == "v"


@pytest.mark.parametrize("step", [lambda: None, lambda a, b: None, lambda *, state: None])
async def test_a_function_that_does_not_take_the_state_is_refused(step: Any) -> None:
    """Without a parameter for it, or with more that must be given, it is a TypeError that says so."""
    with pytest.raises(ScriptTypeError, match="called with the state"):
        await play(script=[step])


async def test_a_step_may_add_and_take_back_messages() -> None:
    """Added messages reach everybody; what was taken back reaches nobody."""
    agent = Says("a")

    def change(state: scenario.ScenarioState) -> None:
        state.add_message({"role": "user", "content": "wrong"})
        assert [m["content"] for m in state.rollback_messages_to(1)] == ["wrong"]
        state.add_message({"role": "system", "content": "right"})

    await play(agent, script=[scenario.user("u"), change, scenario.agent(), scenario.succeed()])
    assert [message["content"] for message in agent.inputs[0].new_messages] == ["u", "right"]


async def test_a_blocking_step_does_not_block_the_loop() -> None:
    """While a plain function waits, the loop goes on: here the loop itself sets it free."""
    import threading

    free = threading.Event()
    asyncio.get_running_loop().call_soon(free.set)
    assert (await play(script=[lambda state: free.wait(30) and None, scenario.succeed()])).success


class Odd(Exception):
    """An exception of the test's own."""


RAISED = [
    AssertionError("no"),
    KeyError("k"),
    Odd(),
    pytest.fail.Exception("failed"),
    pytest.skip.Exception("skipped"),
    TimeoutError(),
    asyncio.CancelledError("own"),
    GeneratorExit(),
]


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("kind", ["plain", "async", "on_turn", "on_step"])
async def test_what_a_step_or_callback_raises_comes_out_as_it_is(error: BaseException, kind: str) -> None:
    """The same exception object; later steps do not run."""
    agent = Says()

    def raises(state: scenario.ScenarioState) -> None:
        raise error

    async def raises_async(state: scenario.ScenarioState) -> None:
        raise error

    steps: dict[str, Any] = {
        "plain": raises,
        "async": raises_async,
        "on_turn": scenario.proceed(1, on_turn=raises),
        "on_step": scenario.proceed(1, on_step=raises_async),
    }
    with pytest.raises(type(error)) as caught:
        await play(user(), script=[steps[kind], lambda state: agent.inputs.append(state)])
    assert caught.value is error
    assert agent.calls == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)], ids=["KeyboardInterrupt", "SystemExit"])
@pytest.mark.parametrize("plain", [True, False])
def test_an_interruption_comes_out_as_it_is(error: BaseException, plain: bool) -> None:
    """`KeyboardInterrupt` and `SystemExit`, in a thread too, leave `asyncio.run` as the same object."""

    def raises(state: scenario.ScenarioState) -> None:
        raise error

    async def raises_async(state: scenario.ScenarioState) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        asyncio.run(play(script=[raises if plain else raises_async]))
    assert caught.value is error


async def test_an_exception_of_the_test_says_where_in_the_conversation_it_came() -> None:
    """A note on it names the scenario, the turn and the last message."""

    def raises(state: scenario.ScenarioState) -> None:
        raise Odd

    with pytest.raises(Odd) as caught:
        await play(script=[scenario.user("the last words"), raises])
    assert "the last words" in caught.value.__notes__[0]


async def test_stop_iteration_is_told_as_a_runtime_error() -> None:
    """As in a coroutine, which cannot raise it: the original is the cause, and nothing hangs."""

    def raises(state: scenario.ScenarioState) -> None:
        raise StopIteration("odd")

    with pytest.raises(RuntimeError) as caught:
        await play(script=[raises])
    assert isinstance(caught.value.__cause__, StopIteration)


def calls_and_leaves(state: scenario.ScenarioState) -> None:
    """Forgets to await."""
    scenario.judge(["It helps."])(state)


async def calls_and_leaves_later(state: scenario.ScenarioState) -> None:
    """Forgets to await, where it could."""
    left.append(scenario.agent()(state))
    await scenario.user("really")(state)


left: list[Any] = []


@pytest.mark.parametrize(("function", "named"), [(calls_and_leaves, "judge"), (calls_and_leaves_later, "agent")])
async def test_a_step_that_is_called_and_not_awaited_is_an_error_of_the_test(function: Any, named: str) -> None:
    """It was not played: a checkpoint that nobody was asked for must not look like one that was met."""
    with pytest.raises(ScriptError, match=rf"scenario\.{named}\(…\): called .* never awaited.*`await`"):
        await play(Says(), judge(verdict()), script=[*ASK, function, scenario.succeed()])


async def test_a_step_may_be_awaited_later() -> None:
    """By another step, in a task, or not at all where it is closed."""
    kept: list[Any] = []

    async def takes(state: scenario.ScenarioState) -> None:
        await kept.pop()
        kept.append(asyncio.create_task(scenario.agent()(state)))  # type: ignore[arg-type]
        scenario.fail()(state).close()  # type: ignore[attr-defined]

    async def waits(state: scenario.ScenarioState) -> None:
        await kept.pop()

    script = [lambda state: kept.append(scenario.user("kept")(state)), takes, waits, scenario.succeed()]
    result = await play(Says("a"), script=script)
    assert (result.success, said(result)) == (True, [("user", "kept"), ("assistant", "a")])
