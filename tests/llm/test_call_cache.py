"""`@scenario.cache` and the answers of models on disk: what is the same call, and when it is served."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pydantic
import pytest
from hypothesis import given, strategies as st

import scenario
from scenario.cache import scenario_cache
from scenario.call_cache import CallCache
from scenario.call_key import call_key
from scenario.dialogue.current_run import current_config
from scenario.errors import ConfigurationError, ScriptTypeError
from scenario.testing import ModelServer
from tests.judge.courts import forced, hearing
from tests.llm.asking import QUESTION, model_at


@contextmanager
def run_with(cache_key: str | None) -> Iterator[None]:
    """As if a scenario with this cache key was running."""
    token = current_config.set(scenario.ScenarioConfig(cache_key=cache_key))
    try:
        yield
    finally:
        current_config.reset(token)


def a_input(thread: str, text: str = "hi") -> scenario.AgentInput:
    """What an adapter is handed, in a run of its own."""
    return scenario.AgentInput(
        thread_id=thread,
        messages=[{"role": "user", "content": text}],
        propagation_headers={"traceparent": thread},
    )


class Counter:
    """Counts the calls that were not served from disk."""

    def __init__(self) -> None:
        self.calls = 0

    @scenario.cache(ignore=["hint"])
    def plain(self, x: object, *, y: object = 1, hint: object = None) -> list[object]:
        self.calls += 1
        return [str(x), str(y)]

    @scenario.cache()
    async def awaited(self, x: object) -> str:
        self.calls += 1
        return str(x)

    @scenario.cache(ignore=["hint"])
    def other(self, x: object, *, y: object = 1, hint: object = None) -> str:
        self.calls += 1
        return "other"


def test_another_scenario_is_another_question() -> None:
    """The same words in a scenario with another description or other fields are not served from its answers."""
    counter = Counter()
    for values in ({"description": "a"}, {"description": "b"}, {"description": "b", "fields": {"x": 1}}):
        for thread in ("one", "two"):
            state = scenario.ScenarioState(thread_id=thread, **values)  # type: ignore[arg-type]
            with run_with("k"):
                counter.plain(scenario.AgentInput(thread_id=thread, messages=[], scenario_state=state))
                counter.plain(state)
    assert counter.calls == 6


def test_a_second_call_is_served_from_disk() -> None:
    """Equal calls of a run with a cache key run once, in every later run too."""
    counter = Counter()
    for _ in range(3):
        with run_with("k"):
            assert counter.plain(1, y=2) == ["1", "2"]
    assert counter.calls == 1


async def test_coroutines_are_served_too() -> None:
    """An awaited function is cached as a plain one is."""
    counter = Counter()
    with run_with("k"):
        assert [await counter.awaited(1), await counter.awaited(1)] == ["1", "1"]
    assert counter.calls == 1


@pytest.mark.parametrize("cache_key", [None, "outside"])
def test_without_a_key_it_calls_through(cache_key: str | None) -> None:
    """Outside of a scenario, and in one without a key, nothing is kept."""
    counter = Counter()
    if cache_key is None:
        with run_with(None):
            counter.plain(1)
            counter.plain(1)
    else:
        counter.plain(1)
        counter.plain(1)
    assert counter.calls == 2


def test_keyword_arguments_and_the_function_are_part_of_the_key() -> None:
    """Other arguments, another function or another cache key are another call."""
    counter = Counter()
    with run_with("k"):
        counter.plain(1, y=1)
        counter.plain(1, y=2)
        assert counter.other(1, y=1) == "other"
    with run_with("l"):
        counter.plain(1, y=1)
    assert counter.calls == 4


def test_defaults_and_spelling_do_not_matter() -> None:
    """By position, by name or by default: it is the same call."""
    counter = Counter()
    with run_with("k"):
        counter.plain(1)
        counter.plain(x=1)
        counter.plain(1, y=1)
        counter.plain(1, hint="ignored")
    assert counter.calls == 1


def test_another_object_of_the_class_shares_the_results() -> None:
    """`self` is left out."""
    first, second = Counter(), Counter()
    with run_with("k"):
        first.plain(1)
        second.plain(1)
    assert (first.calls, second.calls) == (1, 0)


def test_an_agent_input_is_its_conversation() -> None:
    """Thread ids and trace headers, new in every run, do not prevent a hit; another text does."""
    counter = Counter()
    with run_with("k"):
        counter.plain(a_input("one"))
        counter.plain(a_input("two"))
        assert counter.calls == 1
        counter.plain(a_input("one", "other"))
    assert counter.calls == 2


def test_the_module_is_the_decorator() -> None:
    """`scenario.cache` is a module that can be called, and `scenario_cache` the function in it."""
    assert scenario.cache.scenario_cache is scenario_cache  # type: ignore[attr-defined]

    @scenario.cache
    def bare(x: int) -> int:
        return x

    with run_with("k"):
        assert (bare(1), bare.__name__) == (1, "bare")


def test_names_to_ignore_may_stand_alone() -> None:
    """`@scenario.cache(["client"])` means `ignore=["client"]`, as the contract's first parameter is that list."""
    calls = []

    @scenario.cache(["client"])
    def ask(client: object, question: str) -> str:
        calls.append(question)
        return question

    with run_with("names"):
        assert [ask(1, "why"), ask(2, "why")] == ["why", "why"]
    assert calls == ["why"]


def test_what_is_no_function_is_refused() -> None:
    """Decorating something else says what to write."""
    with pytest.raises(ScriptTypeError, match="decorates a function, not int"):
        scenario.cache(3)  # type: ignore[call-overload]


def test_generators_are_refused() -> None:
    """What is yielded cannot be kept, and that is told when the test is loaded."""
    with pytest.raises(ScriptTypeError, match="generator"):

        @scenario.cache()
        def generator() -> Iterator[int]:
            yield 1


def test_a_spoilt_entry_is_computed_anew(tmp_path: Path) -> None:
    """A file that no longer loads is no failure of the test."""
    counter = Counter()
    with run_with("k"):
        counter.plain(1)
        for file in (tmp_path / "cache").rglob("*"):
            if file.is_file():
                file.write_bytes(b"spoilt")
        assert counter.plain(1) == ["1", "1"]
    assert counter.calls == 2


@dataclasses.dataclass
class Point:
    x: int


class Struct(msgspec.Struct):
    x: int


class Model(pydantic.BaseModel):
    x: int


class Plain:
    def __init__(self, x: int) -> None:
        self.x = x
        self._lock = threading.Lock()


@pytest.mark.parametrize("make", [Point, Struct, lambda x: Model(x=x), Plain, lambda x: {x}, lambda x: Path(str(x))])
def test_arguments_count_by_what_they_hold(make: Any) -> None:
    """Two equal objects are one call, wherever they lie in memory; a different one is another."""

    def key(value: object) -> str:
        return call_key("k", "f", {"a": value})

    assert key(make(1)) == key(make(1))
    assert key(make(1)) != key(make(2))


def test_half_an_emoji_has_a_key() -> None:
    """A text that UTF-8 cannot hold is a text all the same."""
    assert call_key("k", "f", {"a": "\ud83d"}) != call_key("k", "f", {"a": {"\ud83d"}})


def test_functions_count_by_their_name() -> None:
    """A function as an argument is its name, not its address."""
    assert call_key("k", "f", {"a": json.loads}) != call_key("k", "f", {"a": json.dumps})


def test_a_value_that_holds_itself_has_a_key() -> None:
    """Circles end."""
    circle: list[object] = []
    circle.append(circle)
    assert call_key("k", "f", {"a": circle})


def test_keys_are_the_same_in_another_process() -> None:
    """Nothing in a key depends on the process: hash seeds, addresses, order of sets."""
    code = (
        "from scenario.call_key import call_key\n"
        "print(call_key('k', 'f', {'a': {'x', 'y', 'z'}, 'b': object(), 'c': print, 'd': [1.5, None, b'x']}))"
    )
    keys = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(keys) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(JSON, JSON)
def test_keys_are_equal_exactly_where_values_are(one: Any, other: Any) -> None:
    """A hit is never wrong, and never missed."""
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (call_key("k", "f", {"a": one}) == call_key("k", "f", {"a": other})) is same


async def test_an_empty_folder_switches_the_cache_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """For functions, and for the answers of models."""
    monkeypatch.setenv("SCENARIO_CACHE_DIR", "")
    counter = Counter()
    async with ModelServer() as server:
        with run_with("k"):
            for _ in range(2):
                counter.plain(1)
                await model_at(server).complete(QUESTION)
        assert (counter.calls, len(server.requests)) == (2, 2)


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """The error names the folder and the variable."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ConfigurationError, match="SCENARIO_CACHE_DIR"):
        CallCache(blocked).put("ab" * 32, b"")


def test_writers_at_once_leave_whole_entries(tmp_path: Path) -> None:
    """A reader sees one writer's bytes or another's, never a mixture."""
    cache, key = CallCache(tmp_path), "ab" * 32
    values = [bytes([number]) * 100_000 for number in range(4)]
    threads = [threading.Thread(target=cache.put, args=(key, value)) for value in values]
    for thread in threads:
        thread.start()
    seen = {cache.get(key) for _ in range(50)}
    for thread in threads:
        thread.join()
    assert seen <= {None, *values}
    assert [file.name for file in (tmp_path / "ab").iterdir()] == [key]


async def test_a_models_answer_is_served_in_the_second_run() -> None:
    """With a cache key, an equal request reaches the server once; it has cost nothing the second time."""
    async with ModelServer(["fresh"]) as server:
        with run_with("k"):
            first = await model_at(server).complete(QUESTION)
            second = await model_at(server).complete(QUESTION)
        assert (first.reply.text, second.reply.text, second.cached) == ("fresh", "fresh", True)
        assert len(server.requests) == 1


@pytest.mark.parametrize("who", ["judge", "user"])
async def test_answers_of_no_use_are_not_kept(who: str) -> None:
    """A run that failed for them can succeed the next time; one that recovered is served from disk."""
    good = "hello" if who == "user" else '{"criteria": {"1": {"status": "passed"}}}'
    async with ModelServer(["", "", "", good]) as server:

        async def ask() -> object:
            with run_with("k"):
                if who == "user":
                    return await scenario.UserSimulatorAgent(model=server.config()).call(hearing([]))
                judge = scenario.JudgeAgent(criteria=["polite"], model=server.config())
                return await judge.call(hearing(request=forced()))

        with pytest.raises(RuntimeError, match="twice"):
            await ask()
        await ask()
        await ask()
        assert len(server.requests) == 4


async def test_a_whole_run_is_served_from_disk() -> None:
    """The built-in simulator and judge ask nothing in a second run of the same scenario."""

    class Agent(scenario.AgentAdapter):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002
            await asyncio.sleep(0)
            return "It is 20 °C."

    async def play() -> scenario.ScenarioResult:
        return await scenario.run(
            name="weather",
            description="A traveller asks about the weather.",
            agents=[Agent(), scenario.UserSimulatorAgent(), scenario.JudgeAgent(criteria=["It names a temperature"])],
            cache_key="k",
            verbose=False,
        )

    async with ModelServer() as server:
        scenario.configure(default_model=server.config())
        assert (await play()).success
        asked = len(server.requests)
        again = await play()
    # A line, and a pass that is asked for twice.
    assert asked == 3
    assert len(server.requests) == asked
    assert again.success
