"""What `@scenario.cache` keeps: data that is read without running code; and why a call is not served."""

from __future__ import annotations

import dataclasses
import json
import pickle
import threading
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, strategies as st

import scenario
from scenario.kept_value import value_of, written
from tests.llm.test_call_cache import Counter, run_with


@dataclasses.dataclass
class Sample:
    """A class that is nothing but its fields."""

    text: str
    inner: Any


class Named(NamedTuple):
    """Another one."""

    first: Any
    second: str


def test_what_cannot_be_kept_is_handed_through() -> None:
    """A result that is more than data is computed each time, of which a warning tells with the place in it."""
    calls: list[int] = []

    @scenario.cache()
    def locked() -> object:
        calls.append(1)
        return {"locks": [threading.Lock()]}

    with run_with("k"):
        with pytest.warns(scenario.ScenarioWarning, match=r"locked\S* is called each time: the result\['locks'\]\[0\]"):
            locked()
        locked()
    assert len(calls) == 2


def test_reading_a_result_runs_no_code(tmp_path: Path) -> None:
    """What others would have put into the folder, as older versions did, is neither run nor believed."""
    counter, done = Counter(), tmp_path / "done"

    class Harmless:
        def __reduce__(self) -> Any:
            return Path.touch, (done,)

    with run_with("k"):
        counter.plain(1)
        for file in (tmp_path / "cache").rglob("*"):
            if file.is_file():
                file.write_bytes(pickle.dumps(Harmless()))
        assert counter.plain(1) == ["1", "1"]
    assert not done.exists()
    assert counter.calls == 2


_DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.datetimes()
    | st.dates()
    | st.timedeltas()
    | st.uuids()
    | st.sampled_from(scenario.AgentRole),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner)
        | st.dictionaries(st.integers(), inner)
        | st.frozensets(st.text())
        | st.builds(Sample, text=st.text(), inner=inner)
        | st.builds(Named, inner, st.text())
    ),
    max_leaves=8,
)


@given(_DATA)
def test_what_was_kept_is_what_is_served(value: Any) -> None:
    """Whatever data it is, of the same classes; as a file has it, too."""
    found = value_of(json.loads(json.dumps(written(value))))
    assert found == value
    assert type(found) is type(value)


def test_why_says_what_another_call_has_other_than_this_one() -> None:
    """The argument; that nothing is kept; that it is served; that there is no key."""
    counter, kept = Counter(), scenario.cache.get_cache()
    assert "No run with a cache_key" in kept.why(Counter.plain, counter, 1)
    with run_with("k"):
        assert "Nothing is kept" in kept.why(Counter.plain, counter, 1)
        counter.plain(1, y=2)
        assert "served from disk" in kept.why(Counter.plain, counter, 1, y=2)
        assert "the nearest has another y." in kept.why(Counter.plain, counter, 1, y=3)
    assert "Nothing is kept" in kept.why(Counter.plain, counter, 1, y=2, cache_key="another")
