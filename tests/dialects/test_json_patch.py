"""JSON Patch, as far as a hostile sender may take it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from scenario.dialects.ag_ui.json_patch import PatchedState


def patched(value: Any, *operations: Any) -> tuple[Any, bool]:
    """The value after these operations, and whether all of them fitted."""
    state = PatchedState()
    state.replace(value)
    fitted = state.patch(list(operations))
    return state.value, fitted


@pytest.mark.parametrize(
    ("value", "operation", "expected"),
    [
        ({"a": 1}, {"op": "add", "path": "/b", "value": 2}, {"a": 1, "b": 2}),
        ({"a": [1, 3]}, {"op": "add", "path": "/a/1", "value": 2}, {"a": [1, 2, 3]}),
        ({"a": [1]}, {"op": "add", "path": "/a/-", "value": 2}, {"a": [1, 2]}),
        ({"a": 1}, {"op": "add", "path": "", "value": [2]}, [2]),
        ({"a": 1}, {"op": "replace", "path": "/a", "value": None}, {"a": None}),
        ([1, 2], {"op": "replace", "path": "/0", "value": 9}, [9, 2]),
        ({"a": [1, 2]}, {"op": "remove", "path": "/a/0"}, {"a": [2]}),
        ({"a/b": {"~": 1}}, {"op": "remove", "path": "/a~1b/~0"}, {"a/b": {}}),
        ({"a": {"b": 1}}, {"op": "move", "from": "/a/b", "path": "/c"}, {"a": {}, "c": 1}),
        ({"a": {"b": 1}}, {"op": "copy", "from": "/a", "path": "/c"}, {"a": {"b": 1}, "c": {"b": 1}}),
        ({"a": 1}, {"op": "test", "path": "/a", "value": 1}, {"a": 1}),
        ({"a": 1}, {"op": "move", "from": "/a", "path": "/a"}, {"a": 1}),
    ],
)
def test_operations_of_the_standard(value: Any, operation: Any, expected: Any) -> None:
    """Each operation does what RFC 6902 says."""
    assert patched(value, operation) == (expected, True)


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/x"},
        {"op": "replace", "path": "/x", "value": 1},
        {"op": "add", "path": "/x/y", "value": 1},
        {"op": "add", "path": "/l/9", "value": 1},
        {"op": "add", "path": "/l/01x", "value": 1},
        {"op": "remove", "path": "/l/-"},
        {"op": "move", "from": "/l", "path": "/l/0"},
        {"op": "test", "path": "/l", "value": [2]},
        {"op": "copy", "from": "/x", "path": "/y"},
        {"op": "add", "path": "x", "value": 1},
        {"op": "explode", "path": "/l"},
        {},
        "no operation",
    ],
)
def test_what_does_not_fit_changes_nothing(operation: Any) -> None:
    """An operation that cannot be applied, and all that follow it, are left out."""
    follower = {"op": "add", "path": "/after", "value": 1}
    assert patched({"l": [1]}, operation, follower) == ({"l": [1]}, False)


def test_copies_of_copies_have_an_end() -> None:
    """Doubling a state again and again, a few bytes each time, stops at a limit."""
    state = PatchedState()
    state.replace({"a": ["x" * 1000]})
    doubling = {"op": "copy", "from": "/a", "path": "/a/-"}
    assert not all(state.patch([doubling]) for _ in range(40))
    assert len(str(state.value)) < 4_000_000


def test_a_state_too_deep_to_be_written_is_none() -> None:
    """Nesting by moving, which costs a few bytes for each level, cannot break the next request."""
    state = PatchedState()
    state.replace({"s": 1})
    for _ in range(20_000):
        assert state.patch(
            [
                {"op": "add", "path": "/n", "value": {}},
                {"op": "move", "from": "/s", "path": "/n/s"},
                {"op": "move", "from": "/n", "path": "/s"},
            ]
        )
    assert state.value is None


_json = st.recursive(
    st.none() | st.integers(0, 3) | st.text(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "-", "0"]), inner, max_size=3)
    ),
    max_leaves=8,
)
_path = st.lists(st.sampled_from(["a", "b", "-", "0", "1", "~1"]), max_size=3).map(
    lambda keys: "".join(f"/{key}" for key in keys)
)


@given(
    _json,
    st.lists(
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]),
                "path": _path | _json,
                "from": _path | _json,
                "value": _json,
            }
        )
        | _json,
        max_size=8,
    ),
)
def test_no_patch_raises(value: Any, operations: list[Any]) -> None:
    """Whatever is sent as a patch, the state stays a value that can be written."""
    patched(value, *operations)
