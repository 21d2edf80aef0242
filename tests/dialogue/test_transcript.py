"""The transcript: who has seen what, what stays as it was, and what a turn costs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from scenario.dialogue.transcript import Transcript
from scenario.errors import ScriptError

PLAYERS = 3
operations = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.one_of(st.none(), st.integers(0, PLAYERS - 1))),
        st.tuples(st.just("take"), st.integers(0, PLAYERS - 1)),
        st.tuples(st.just("rollback"), st.integers(0, 12)),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(operations)
def test_it_is_what_a_plain_list_would_be(done: list[tuple[str, Any]]) -> None:
    """Additions, readings and rollbacks in any order, beside a model that copies everything at once."""
    transcript = Transcript(PLAYERS)
    model: list[tuple[str, int | None]] = []
    pending: list[list[str]] = [[] for _ in range(PLAYERS)]
    snapshots: list[tuple[Any, list[str]]] = []
    for number, (what, value) in enumerate(done):
        snapshots.append((transcript.snapshot(), [text for text, _ in model]))
        if what == "add":
            transcript.add({"role": "user", "content": str(number)}, author=value, turn=0)
            model.append((str(number), value))
            for player in range(PLAYERS):
                if player != value:
                    pending[player].append(str(number))
        elif what == "take":
            read = transcript.take_new(value)
            expected, pending[value] = pending[value], []
            snapshots.append((read, expected))
        else:
            removed = [message["content"] for message in transcript.rollback(value)]
            assert removed == [text for text, _ in model[value:]]
            model = model[:value]
            pending = [[text for text in texts if text not in removed] for texts in pending]
    assert [message["content"] for message in transcript.messages] == [text for text, _ in model]
    for read, expected in snapshots:
        assert [message["content"] for message in read()] == expected


def test_a_negative_index_is_refused() -> None:
    """A rollback counts from the start."""
    with pytest.raises(ScriptError, match="at least 0"):
        Transcript(1).rollback(-1)


def test_the_live_list_stays_the_same_object() -> None:
    """Whoever holds it sees additions and rollbacks."""
    transcript = Transcript(1)
    held = transcript.messages
    transcript.add({"role": "user", "content": "x"}, author=None, turn=0)
    transcript.rollback(0)
    transcript.add({"role": "user", "content": "y"}, author=None, turn=0)
    assert held is transcript.messages
    assert held == [{"role": "user", "content": "y"}]


class Counted(dict[str, Any]):
    """A message that counts how often it is copied."""

    copies = 0

    def items(self) -> Any:
        type(self).copies += 1
        return super().items()


def test_what_nobody_reads_is_not_copied() -> None:
    """Handing out the conversation costs nothing, so that a late turn costs what an early one does."""
    transcript = Transcript(1)
    for number in range(1000):
        transcript.add(Counted(role="user", content=str(number)), author=None, turn=number)
        transcript.snapshot()
        new = transcript.take_new(0)
    assert Counted.copies == 0
    assert [message["content"] for message in new()] == ["999"]
    assert Counted.copies == 1
