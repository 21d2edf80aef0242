"""Turns at a server: one after the other, whatever thread or loop they come from, and none is lost."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from scenario.llm.embedded.turns import Turns, turns_at


async def test_they_come_one_after_the_other_in_the_order_of_asking() -> None:
    """They come one after the other, in the order of asking."""
    turns, seen = Turns(), list[str]()

    async def take(name: str) -> None:
        async with turns:
            seen.append(f"{name} begins")
            await asyncio.sleep(0)
            seen.append(f"{name} ends")

    await asyncio.gather(*(take(name) for name in "abc"))
    assert seen == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]


async def test_a_turn_that_is_given_up_goes_to_the_next() -> None:
    """A waiting one that is cancelled, before or after its turn came, leaves the turn to the next."""
    turns = Turns()

    async def take() -> None:
        async with turns:
            pass

    async with turns:
        waiting = [asyncio.create_task(take()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
    # Its turn was handed to it and it does not know yet.
    waiting[1].cancel()
    assert [type(each) for each in await asyncio.gather(*waiting, return_exceptions=True)] == [
        asyncio.CancelledError,
        asyncio.CancelledError,
        type(None),
    ]
    async with turns:
        pass


async def test_an_error_hands_the_turn_on() -> None:
    """An error hands the turn on."""
    turns = Turns()
    with pytest.raises(ValueError, match="broken"):
        async with turns:
            raise ValueError("broken")
    async with turns:
        pass


def test_several_threads_with_loops_of_their_own_share_them() -> None:
    """Nobody is inside beside another, and all get their turns."""
    turns, inside, most, done = Turns(), [0], [0], list[int]()

    async def take(number: int) -> None:
        for _ in range(50):
            async with turns:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                await asyncio.sleep(0)
                inside[0] -= 1
        done.append(number)

    async def several(thread: int) -> None:
        await asyncio.gather(*(take(10 * thread + each) for each in range(3)))

    threads = [threading.Thread(target=asyncio.run, args=(several(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert len(done) == 12


def test_a_model_has_one_queue_whatever_its_path_is_written_like(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model has one queue, whatever its path is written like, and another model has its own."""
    monkeypatch.chdir(tmp_path)
    assert turns_at("some.gguf") is turns_at(tmp_path / "some.gguf")
    assert turns_at("some.gguf") is not turns_at("other.gguf")
