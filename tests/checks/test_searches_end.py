"""Looking for a pattern in what an agent said comes to an end, and holds up nothing else meanwhile."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import scenario
from scenario import checks
from scenario.errors import ScriptError
from scenario.patterns import search_process
from scenario.patterns.pattern import DEFAULT_TIMEOUT, Pattern
from scenario.patterns.search_process import SearchFailedError, search
from scenario.runner.time_limit import within
from tests.runner.players import Says

# Twice as many ways with each letter. The deadline is what ends the search, and not the patience of whoever tests.
MANY_WAYS = r"(a+)+b"
LETTERS = "a" * 41


def run(check: Any, said: str = LETTERS) -> Any:
    """A run with that check after the agent's answer."""
    return scenario.run(
        name="x",
        description="",
        agents=[Says(said)],
        script=[scenario.user("Hi"), scenario.agent(), check, scenario.succeed()],
        verbose=False,
    )


@pytest.mark.parametrize("make", [checks.matches, checks.matches_not])
async def test_a_search_that_takes_too_long_decides_nothing(make: Any) -> None:
    """Neither holds nor fails: an error that names the pattern, the length, the time and what to do."""
    with pytest.raises(ScriptError) as caught:
        await run(make(MANY_WAYS, timeout=0.2))
    said = str(caught.value)
    assert said.startswith(f"{make.__name__}: the test's pattern {MANY_WAYS!r} was looked for in a message of 41 char")
    for part in ("longer than 0.2 s", "a repeat inside of a repeat", "timeout=", "is not decided"):
        assert part in said
    assert caught.value.fault == "test"


@pytest.mark.parametrize("said", ["aab", LETTERS + "b", "xx" * 50 + "ab"])
async def test_what_may_take_long_and_does_not_is_decided(said: str) -> None:
    """The same pattern, in texts in which it is found soon."""
    assert (await run(checks.matches(MANY_WAYS), said)).success
    with pytest.raises(AssertionError, match=r"is found in .*: 'a+b'"):
        await run(checks.matches_not(MANY_WAYS), said)


async def test_the_loop_goes_on_during_a_search() -> None:
    """Other runs and the program's own tasks are not held up."""
    beats = count()

    async def beat() -> None:
        while True:
            next(beats)
            await asyncio.sleep(0)

    other = asyncio.create_task(beat())
    with pytest.raises(ScriptError):
        await run(checks.matches(MANY_WAYS, timeout=0.2))
    other.cancel()
    assert next(beats) > 100


async def test_the_time_limit_ends_a_search() -> None:
    """The run's verdict is that its time is over; the search had many seconds left."""
    with within(0.2):
        result = await run(checks.matches(MANY_WAYS, timeout=600))
    assert not result.success
    assert "max_time=0.2" in str(result.reasoning)


async def test_a_cancelled_run_waits_for_no_search_and_leaves_none() -> None:
    """Cancelling is immediate, in the middle of a search too, which does not go on for nobody."""
    task = asyncio.ensure_future(run(checks.matches(MANY_WAYS, timeout=600)))
    while not _busy():  # noqa: ASYNC110 - what is waited for is a process, which tells no event
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while _busy():  # noqa: ASYNC110 - as above; the search itself had ten minutes
        await asyncio.sleep(0.01)


def _busy() -> set[Any]:
    """The processes that search."""
    processes = search_process._processes
    with processes._lock:
        return processes._all - set(processes._idle)


async def test_the_end_of_one_run_ends_no_search_of_another() -> None:
    """Each its own; of two at once as well."""
    ended = asyncio.ensure_future(run(checks.matches(MANY_WAYS, timeout=600)))
    while not _busy():  # noqa: ASYNC110 - what is waited for is a process, which tells no event
        await asyncio.sleep(0.01)
    going_on = asyncio.ensure_future(run(checks.matches(MANY_WAYS, timeout=0.5)))
    await asyncio.sleep(0)
    ended.cancel()
    with pytest.raises(ScriptError, match="longer than"):
        await going_on


def test_searches_share_a_process() -> None:
    """Starting one takes far longer than a search."""
    pattern = Pattern(MANY_WAYS, name="matches", timeout=5)
    pattern.find("x" * 50 + "ab")
    before = set(search_process._processes._all)
    for _ in range(50):
        assert pattern.find("x" * 50 + "aab") == "aab"
    assert search_process._processes._all <= before


def test_a_process_that_was_ended_between_searches_is_replaced() -> None:
    """Whoever keeps order on the machine may have ended it: no search suffers."""
    pattern = Pattern(MANY_WAYS, name="matches", timeout=5)
    pattern.find("x" * 50 + "ab")
    for process in search_process._processes._idle:
        process._process.kill()
        process._process.wait()
    assert pattern.find("x" * 50 + "ab") == "ab"


def test_a_process_that_is_ended_in_the_middle_of_a_search_is_told() -> None:
    """It may be the search that has done it; another try would do it again."""
    processes = search_process._Processes()

    def killed() -> None:
        with processes.taken() as process:
            process._process.kill()
            process.find(MANY_WAYS, 0, LETTERS, 5)

    with pytest.raises(SearchFailedError, match="ended by itself"):
        killed()
    assert not processes._all
    processes.end_all()
    with pytest.raises(SearchFailedError, match="about to end"), processes.taken():
        pass


SEARCHING = f"""
import os, sys, threading, time
from scenario.patterns import search_process
from scenario.patterns.pattern import Pattern

def tell():
    while not search_process._processes._all:
        time.sleep(0.01)
    print(*(process._process.pid for process in search_process._processes._all), flush=True)

threading.Thread(target=tell, daemon=True).start()
Pattern({MANY_WAYS!r}, name="matches", timeout=20).find("a" * 41)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_behind(number: signal.Signals) -> None:
    """However the program ends while it searches."""
    program = subprocess.Popen([sys.executable, "-c", SEARCHING], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert program.stdout is not None
    pid = int(program.stdout.readline())
    program.send_signal(number)
    _, said = program.communicate(timeout=15)
    assert program.returncode == -number, said.decode()
    if sys.platform == "linux":
        while _is_running(pid):
            pass


def _is_running(pid: int) -> bool:
    """Whether it uses the processor still; one that nobody has asked after does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_program_searches_with_a_process_of_its_own() -> None:
    """Two programs at one pipe would read each other's answers."""
    forking = f"""
import os, warnings
from scenario.patterns.search_process import search
warnings.simplefilter("ignore")
text = "x" * 50 + "ab"
assert search({MANY_WAYS!r}, 0, text, 5) == (50, 52)
if not (child := os.fork()):
    os._exit(0 if search({MANY_WAYS!r}, 0, text, 5) == (50, 52) else 1)
assert os.waitpid(child, 0)[1] == 0
assert search({MANY_WAYS!r}, 0, text, 5) == (50, 52)
"""
    subprocess.run([sys.executable, "-c", forking], check=True, timeout=60)


@pytest.mark.parametrize("made", [re.compile("PARIS", re.IGNORECASE), "(?i)PARIS", "Paris"])
async def test_a_pattern_may_be_compiled_already(made: Any) -> None:
    """With its flags, here and in the other process."""
    assert (await run(checks.matches(made), "It is Paris.")).success
    flags = made.flags if isinstance(made, re.Pattern) else 0
    text = made.pattern if isinstance(made, re.Pattern) else made
    assert search(text, flags, "It is Paris.", DEFAULT_TIMEOUT) == (6, 11)


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("(", "no regular expression"),
        (b"x", "no regular expression"),
        (None, "no regular expression"),
        ("a{99999999999999999999}", "no regular expression"),
        ("(" * 20_000 + ")" * 20_000, "nested too deep"),
        ("a" * 100_001, "above 100,000"),
    ],
)
def test_what_is_no_pattern_is_told_when_it_is_made(pattern: Any, told: str) -> None:
    """Whatever Python raises for it."""
    for make in (checks.matches, checks.matches_not):
        with pytest.raises(ScriptError, match=told) as caught:
            make(pattern)
        assert len(str(caught.value)) < 500


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan"), True, "5", None])
def test_a_timeout_is_a_number_above_0(timeout: Any) -> None:
    """Without one a search might have no end."""
    with pytest.raises(ScriptError, match="a number of seconds above 0"):
        checks.matches("x", timeout=timeout)


PATTERNS = st.recursive(
    st.sampled_from(["a", "b", ".", r"\w", "[^a]", "é", r"\b", "^", "$", "😀"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        inner.map("(?:{})?".format),
        inner.map("({})".format),
        inner.map("(?={})".format),
        st.tuples(inner, inner).map("(?:{0[0]}|{0[1]})".format),
        st.tuples(inner, st.sampled_from(["{0,2}", "{2}", "??"])).map("(?:{0[0]}){0[1]}".format),
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(PATTERNS, st.text("abé\n 😀\ud800", max_size=12), st.sampled_from([0, re.IGNORECASE, re.DOTALL, re.MULTILINE]))
def test_the_other_process_finds_what_this_one_would(pattern: str, text: str, flags: int) -> None:
    """The same place, in characters, for texts with emoji and halves of them too."""
    found = re.compile(pattern, flags).search(text)
    assert search(pattern, flags, text, 30) == (None if found is None else found.span())
