"""Notes on their way to the disk: gathered, unless somebody waits for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from scenario.dialogue.events import RunFinished, TurnStarted
from scenario.store.backlog import Backlog
from scenario.store.notes import Note

HOURS = 3600.0


def note(turn: int) -> Note:
    """A note that can be told from others."""
    return Note(TurnStarted(run_id="r", at=0.0, turn=turn), None)


@contextmanager
def writing(backlog: Backlog) -> Iterator[list[list[int]]]:
    """A thread that writes what it takes; the value is what stood in each transaction."""
    transactions: list[list[int]] = []

    def write() -> None:
        while (notes := backlog.take(None)) is not None:
            transactions.append([one.event.turn for one in notes if isinstance(one.event, TurnStarted)])
            backlog.done()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield transactions
    finally:
        backlog.close()
        thread.join()


def test_notes_that_nobody_waits_for_are_written_together() -> None:
    """A transaction is not made for each note, though the thread that writes has nothing else to do."""
    backlog = Backlog(gather=HOURS)
    with writing(backlog) as transactions:
        for turn in range(20):
            backlog.put(note(turn))
        assert backlog.wait_until_written(20, None)
        assert transactions == [list(range(20))]


def test_the_end_of_a_run_is_written_at_once_with_what_was_gathered() -> None:
    """Nobody waits for it, and a process that is killed the next moment has not lost a verdict."""
    backlog = Backlog(gather=HOURS)
    backlog.put(note(0))
    backlog.put(note(1))
    backlog.put(Note(RunFinished(run_id="r", at=1.0), None))
    notes = backlog.take(None)
    assert notes is not None
    assert [type(one.event) for one in notes] == [TurnStarted, TurnStarted, RunFinished]


def test_who_waits_for_the_disk_does_not_wait_for_others_to_be_gathered() -> None:
    """Each note that is waited for is written at once."""
    backlog = Backlog(gather=HOURS)
    with writing(backlog) as transactions:
        for turn in range(3):
            assert backlog.wait_until_written(backlog.put(note(turn)), None)
        assert transactions == [[0], [1], [2]]


def test_notes_that_are_enough_for_a_transaction_wait_for_nothing() -> None:
    """Five hundred are written without anybody's asking for it."""
    backlog = Backlog(gather=HOURS)
    for turn in range(500):
        backlog.put(note(turn))
    assert len(backlog.take(0.0) or []) == 500


def test_at_the_end_nothing_is_gathered_any_more() -> None:
    """What is left when no more will come is taken at once, and then there is nothing."""
    backlog = Backlog(gather=HOURS)
    backlog.put(note(0))
    backlog.close()
    assert backlog.take(None) == [note(0)]
    backlog.done()
    assert backlog.take(None) is None


@pytest.mark.parametrize("patience", [0.0, None])
def test_nobody_waits_for_a_disk_that_was_given_up(patience: float | None) -> None:
    """Who waits is told that it is in vain; what comes later is forgotten."""
    backlog = Backlog(gather=HOURS)
    number = backlog.put(note(0))
    backlog.give_up()
    assert not backlog.wait_until_written(number, patience)
    backlog.put(note(1))
    assert backlog.take(0.0) == []
