"""Tests that look as if they tested something: runs that nobody awaits, and asynchronous tests that nobody runs."""

from __future__ import annotations

import asyncio
import gc
import inspect
import pickle
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Coroutine
from typing import Any
from unittest import mock

import pytest

import scenario
from scenario.dialogue.handed_out import HandedOut, runs_noted
from tests.pytest_plugin.sessions import AGENTS

pytest_plugins = ["pytester"]

LEFT = """
    kept = []

    def test_plain():
        play("dropped", scenario.succeed())

    async def test_async():
        scenario.run("left", "", script=[scenario.succeed()])

    async def test_arun():
        scenario.arun("left", "")

    async def test_kept():
        kept.append(play("kept", scenario.succeed()))

    def test_cycle():
        ring = [play("in a cycle", scenario.succeed())]
        ring.append(ring)

    def test_returned():
        return play("returned", scenario.succeed())

    async def test_some():
        await play("awaited", scenario.succeed())
        play("forgotten", scenario.succeed())
        play("forgotten too", scenario.succeed())

    def test_in_a_thread():
        thread = threading.Thread(target=lambda: play("in a thread", scenario.succeed()))
        thread.start()
        thread.join()

    class TestMethod:
        def test_it(self):
            play("in a method", scenario.succeed())

    class TestUnit(unittest.TestCase):
        def test_it(self):
            play("in a test case", scenario.succeed())

    class TestUnitAsync(unittest.IsolatedAsyncioTestCase):
        async def test_it(self):
            play("in an asynchronous test case", scenario.succeed())
"""
PLAYED = """
    async def test_awaited():
        assert (await play("a", scenario.succeed())).success

    def test_run():
        assert asyncio.run(play("a", scenario.succeed())).success

    async def test_gathered():
        await asyncio.gather(*(play("a", scenario.succeed()) for _ in range(3)))

    async def test_task():
        task = asyncio.create_task(play("a", scenario.succeed()))
        assert (await task).success

    async def test_group():
        async with asyncio.TaskGroup() as group:
            group.create_task(play("a", scenario.succeed()))

    async def test_no_time():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(play("a", scenario.sleep(60)), 0)

    async def test_closed():
        play("a").close()

    async def test_many():
        for _ in range(200):
            await scenario.run("a", "", script=[scenario.succeed()])

    @pytest.fixture
    def made():
        return play("a", scenario.succeed())

    async def test_made_by_a_fixture(made):
        assert (await made).success
"""
OTHERWISE = """
    def test_that_fails_itself():
        play("a")
        assert 1 == 2, "its own failure"

    def test_that_skips_itself():
        play("a")
        pytest.skip("not here")

    @pytest.mark.xfail(strict=True)
    def test_that_is_expected_to_fail():
        play("a")
"""


def failures(result: pytest.RunResult) -> dict[str, str]:
    """What the session says of each test that failed."""
    text = result.stdout.str().partition("= FAILURES =")[2].partition("= short test summary")[0]
    parts = re.split(r"^_+ (\S+) _+$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.filterwarnings("default")
def test_a_run_that_nobody_awaits_fails_the_test(project: pytest.Pytester) -> None:
    """However it was left: the test says which, where, and what to write; Python says nothing more of it."""
    project.makepyfile(test_left="    import unittest\n" + AGENTS + LEFT, test_played=AGENTS + PLAYED)
    result = project.runpytest_subprocess("-p", "no:anyio", "-W", "error")
    told = failures(result)
    result.assert_outcomes(failed=11, passed=9)
    assert {name.rpartition(".")[2] for name in told} == {*re.findall(r"def (test_\w+)", LEFT)}
    for name, text in told.items():
        assert re.search("never awaited, so nothing of (it|them) was played or tested", text), name
        assert "await scenario.run(...)" in text
        assert "hidden" not in text
    assert "scenario.run('left', …) (test_left.py:" in told["test_async"]
    assert re.search(r"'forgotten', … *\)? \(test_left.py:\d+\), scenario.run\('forgotten too'", told["test_some"])
    assert "'awaited'" not in told["test_some"]
    assert "RuntimeWarning" not in result.stdout.str() + result.stderr.str()


STRICT = """
    async def test_unmarked():
        assert (await play("a", scenario.succeed())).success

    async def test_generator():
        yield await play("a", scenario.succeed())

    def test_returns():
        async def played():
            return await play("a", scenario.succeed())
        return played()

    def test_forgets():
        play("a")

    @pytest.mark.asyncio
    async def test_marked_and_forgets():
        play("a")

    @pytest.mark.asyncio
    async def test_marked():
        assert (await play("a", scenario.succeed())).success
"""
REMEDY = "Mark the test with @pytest.mark.asyncio"


def test_in_strict_mode_the_remedy_is_the_mark_or_the_mode(project: pytest.Pytester) -> None:
    """pytest-asyncio is there: who is told to install it looks in the wrong place."""
    project.makepyfile(test_it=AGENTS + STRICT + OTHERWISE)
    result = project.runpytest_subprocess("-o", "asyncio_mode=strict", "-p", "no:anyio")
    told = failures(result)
    result.assert_outcomes(passed=1, failed=6, skipped=1, xfailed=1)
    for name in ("test_unmarked", "test_generator"):
        assert "its mode is strict" in told[name]
    for name in ("test_unmarked", "test_generator", "test_returns", "test_forgets"):
        assert REMEDY in told[name]
        assert "asyncio_mode" in told[name]
    assert "returned what is to be awaited" in told["test_returns"]
    assert REMEDY not in told["test_marked_and_forgets"]
    assert "install" not in "".join(told.values())
    assert "its own failure" in told["test_that_fails_itself"]
    assert "never awaited, so" not in told["test_that_fails_itself"]


ANYIO = """
    @pytest.fixture(scope="module")
    def anyio_backend():
        return "asyncio"

    @pytest.fixture(scope="module")
    async def shared(anyio_backend):
        yield

    @pytest.mark.anyio
    async def test_anyio(shared):
        assert (await play("a", scenario.succeed())).success

    @pytest.mark.anyio
    async def test_anyio_forgets(shared):
        play("a", scenario.succeed())
"""


def test_without_pytest_asyncio_pytest_s_own_words_stay(project: pytest.Pytester) -> None:
    """There it is right that a plug-in has to be installed; and anyio's tests are anyio's."""
    project.makefile(".ini", pytest="[pytest]")
    project.makepyfile(
        test_it=AGENTS.replace(", pytest_asyncio", "")
        + "\n    async def test_unmarked(): await play('a', scenario.succeed())\n"
        + ANYIO
    )
    result = project.runpytest_subprocess("-p", "no:asyncio")
    told = failures(result)
    result.assert_outcomes(passed=1, failed=2)
    assert "pytest-asyncio" in told["test_unmarked"]
    assert "never awaited, so" in told["test_anyio_forgets"]


# --- what is handed out ---


def a_run() -> Coroutine[Any, Any, Any]:
    """A run that can be played."""
    return scenario.run("a", "b", script=[scenario.succeed()])


def test_what_is_handed_out_is_a_coroutine_of_python_s_own() -> None:
    """For everything that takes one, as before."""
    coroutine = a_run()
    assert inspect.iscoroutine(coroutine)
    assert inspect.isawaitable(coroutine)
    assert repr(coroutine).startswith("<coroutine object run at")
    assert asyncio.run(coroutine).success


def test_the_function_is_a_coroutine_function_for_everybody() -> None:
    """`inspect`, `asyncio` and mocks know it as one; it is found by its name, and shows its own source and words."""
    for function in (scenario.run, scenario.arun):
        assert inspect.iscoroutinefunction(function)
        assert pickle.loads(pickle.dumps(function)) is function  # noqa: S301 - our own bytes
        assert function.__name__ == "run"
        assert str(inspect.getdoc(function)).startswith("Play a scenario")
        assert "async def run(" in inspect.getsource(function)
    with mock.patch("scenario.run") as replaced:
        assert isinstance(replaced, mock.AsyncMock)


def test_outside_of_a_test_python_speaks_for_itself() -> None:
    """A coroutine that is dropped is collected at once, with Python's own warning."""
    code = "import scenario; scenario.run('a', 'b'); print('on')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "coroutine 'run' was never awaited" in done.stderr
    assert done.stdout == "on\n"


def test_what_was_begun_is_let_go_of() -> None:
    """However many runs there are, those that are over are not kept."""

    async def nothing() -> None:
        pass

    noted = HandedOut()
    for _ in range(500):
        coroutine = nothing()
        noted.add(coroutine, "nothing")
        with pytest.raises(StopIteration):
            coroutine.send(None)
        del coroutine
    assert sum(inspect.iscoroutine(one) and one.__name__ == "nothing" for one in gc.get_objects()) < 100
    assert noted.never_begun() == []


def test_only_the_test_that_is_on_hears_of_runs() -> None:
    """Of those inside it the innermost; after it nobody does, also from a context that is older."""
    with runs_noted() as outer:
        first = a_run()
        with runs_noted() as inner:
            second = a_run()
            thread = threading.Thread(target=lambda: a_run().close())
            thread.start()
            thread.join()
        third = a_run()
    assert [len(inner.never_begun()), len(outer.never_begun())] == [1, 2]
    assert {inspect.getcoroutinestate(one) for one in (first, second, third)} == {inspect.CORO_CLOSED}
    with warnings.catch_warnings(record=True) as caught, runs_noted() as another:
        warnings.simplefilter("always")
        another.forget()
        a_run().close()
    assert caught == []
