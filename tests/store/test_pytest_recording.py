"""Test sessions in processes of their own, stored: by themselves, over workers, and not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scenario.store.reader import StoreReader

TESTS = """
import pytest, scenario

class Echo(scenario.AgentAdapter):
    async def call(self, input):
        yield "You said: "
        yield input.last_new_user_message_str()

async def play(name, *steps):
    return await scenario.run(name=name, description="", agents=[Echo()], script=[*steps, scenario.succeed()])

@pytest.mark.asyncio
@pytest.mark.parametrize("number", range(8))
async def test_many(number):
    assert (await play("many", scenario.user("hello"), scenario.agent())).success

@pytest.mark.asyncio
async def test_twice():
    await play("first", scenario.user("one"))
    await play("first", scenario.user("two"))

def check(state):
    assert False, "does not hold"

@pytest.mark.asyncio
async def test_failing():
    await play("failing", check)
"""


BESIDE = """
import asyncio, pytest, scenario

tasks = []

@pytest.mark.asyncio(loop_scope="module")
async def test_begins():
    global go
    go = asyncio.Event()
    async def wait(state):
        await go.wait()
    script = [wait, scenario.user("hi"), scenario.succeed()]
    tasks.append(asyncio.create_task(scenario.run("slow", "", script=script)))
    await asyncio.sleep(0.01)

@pytest.mark.asyncio(loop_scope="module")
async def test_ends():
    await scenario.run("quick", "", script=[scenario.succeed()])
    go.set()
    await tasks[0]
"""


def session(folder: Path, *arguments: str, tests: str = TESTS, **environ: str) -> subprocess.CompletedProcess[str]:
    """A pytest session of these tests in that folder."""
    (folder / "test_them.py").write_text(tests)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "SCENARIO_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *arguments],
        cwd=folder,
        env={**inherited, **environ},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_run_is_stored_under_the_test_that_began_it(tmp_path: Path) -> None:
    """Also where it ends in another, as tests do that run beside each other."""
    done = session(tmp_path, "--scenario-store", tests=BESIDE)
    assert done.returncode == 0, done.stdout + done.stderr
    with StoreReader(tmp_path / ".scenario") as reader:
        rows = {row.name: row for row in reader.scenarios(limit=-1)}
    assert {name: row.test for name, row in rows.items()} == {
        "slow": "test_them.py::test_begins",
        "quick": "test_them.py::test_ends",
    }


@pytest.mark.parametrize("workers", [[], ["-n", "4"]])
def test_a_session_is_one_invocation_with_every_run_once(tmp_path: Path, workers: list[str]) -> None:
    """Alone or over four workers that write at once, each run is stored once, under its test, in one invocation."""
    done = session(tmp_path, "--scenario-store", *workers)
    assert done.returncode == 1, done.stdout + done.stderr
    with StoreReader(tmp_path / ".scenario") as reader:
        invocations = reader.invocations()
        rows = reader.scenarios(limit=-1)
    assert [one.counts for one in invocations] == [{"passed": 10, "failed": 1}]
    assert invocations[0].source == "pytest"
    assert invocations[0].command.startswith("pytest -q")
    assert invocations[0].ended is not None
    tests = sorted(row.test for row in rows)
    many = [f"test_them.py::test_many[{number}]" for number in range(8)]
    assert tests == sorted(["test_them.py::test_failing", *many, *["test_them.py::test_twice"] * 2])
    twice = [row for row in rows if row.test.endswith("test_twice")]
    assert len({row.key for row in twice}) == 1
    assert sorted(row.repeat for row in twice) == [0, 1]


def test_a_session_is_stored_by_itself_only_where_a_store_is(tmp_path: Path) -> None:
    """Without an option nothing is made; where `.scenario` is, runs go into it, unless they are not to."""
    session(tmp_path)
    assert not (tmp_path / ".scenario").exists()
    (tmp_path / ".scenario").mkdir()
    session(tmp_path, "--scenario-store=off")
    assert list((tmp_path / ".scenario").iterdir()) == []
    session(tmp_path, "-k", "twice")
    with StoreReader(tmp_path / ".scenario") as reader:
        assert len(reader.scenarios()) == 2


def test_the_place_can_be_named(tmp_path: Path) -> None:
    """An option and the environment name the store, relative to where pytest was started."""
    session(tmp_path, "--scenario-store=kept/here", "-k", "twice")
    session(tmp_path, "-k", "failing", SCENARIO_STORE="kept/here")
    with StoreReader(tmp_path / "kept" / "here") as reader:
        assert [row.name for row in reader.scenarios()] == ["failing", "first", "first"]


def test_a_path_of_tests_is_not_taken_for_the_store(tmp_path: Path) -> None:
    """`--scenario-store tests` would record into the tests and run all others: it is refused with the remedy."""
    done = session(tmp_path, "--scenario-store", "test_them.py")
    assert done.returncode == 4
    assert "write --scenario-store=test_them.py" in done.stderr


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_a_store_that_cannot_be_written_fails_no_test(tmp_path: Path, workers: list[str]) -> None:
    """Where the store's place is taken by a file, tests end as they would, and one line says that nothing is stored."""
    (tmp_path / "taken").write_text("a file")
    done = session(tmp_path, "--scenario-store=taken", "-k", "twice", *workers)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("scenario store: ") == 1
