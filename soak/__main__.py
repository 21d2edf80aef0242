"""`make soak`, `make soak MINUTES=5`: runs against good and hostile agents, several at once, and what grows meanwhile.

Exit code 1: memory grows, a descriptor or a thread is left, or a run ended otherwise than is right.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import signal
import sys
import tempfile
from pathlib import Path
from typing import Final

from scenario.store.writer import StoreWriter
from soak.tally import Tally
from tests.hostile.behaviour import Hostile, Kind, sends
from tests.hostile.corpus import CORPUS
from tests.hostile.events import END, says
from tests.hostile.playing import play
from tests.hostile.resources import descriptors, threads
from tests.remote.raw_server import whole

# MiB an hour; what the allocator and caches that fill up may take is below it in a run of half an hour.
MOST_GROWTH: Final = 24.0
_EVERY: Final = 15.0
_SAMPLE: Final = 1.0


def _answered(body: bytes) -> bytes:
    return whole(body, "text/event-stream", more="Connection: close\r\n")


def good_agents() -> list[Hostile]:
    """Agents that answer as they should: three of a few turns each."""
    kind = Kind("good")
    for words in (5, 50, 500):
        pieces = [says(f"word {index} ") for index in range(words)]
        answer = "".join(f"word {index} " for index in range(words))
        kind.add(
            f"{words} words", sends(_answered(b"".join(pieces) + END)), "complete", text=answer, turns=3, reaches=3
        )
    return kind.all


async def soak(tally: Tally, folder: Path, *, minutes: float, at_once: int, dice: random.Random) -> None:
    """Runs, until the time is over or Ctrl-C comes."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, over.set)
    with StoreWriter(folder) as writer:
        players = [asyncio.create_task(_plays(tally, writer, over, dice)) for _ in range(at_once)]
        telling = asyncio.create_task(_tells(tally))
        try:
            async with asyncio.timeout(minutes * 60):
                await over.wait()
        except TimeoutError:
            over.set()
        await asyncio.gather(*players)
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        if writer.broken:
            tally.wrong.append("the store could not be written")


async def _plays(tally: Tally, writer: StoreWriter, over: asyncio.Event, dice: random.Random) -> None:
    good = good_agents()
    while not over.is_set():
        hostile = dice.choice(good) if dice.random() < 0.4 else dice.choice(CORPUS)
        try:
            tally.count(hostile, await play(hostile, writer))
        except Exception as error:  # noqa: BLE001 - whatever a run raises that is no outcome is what is looked for
            tally.count(hostile, None, error)


async def _tells(tally: Tally) -> None:
    told = 0.0
    while True:
        if tally.seconds - told >= _EVERY or not told:
            told = tally.seconds
            print(tally.line(), flush=True)
        else:
            tally.sample()
        await asyncio.sleep(_SAMPLE)


def ended(tally: Tally, held: int, lived: set[str], *, warm_up: float) -> int:
    """Print what came of it; the exit code."""
    gc.collect()
    slope = tally.slope(warm_up)
    left = descriptors() - held
    threads_left = sorted(threads() - lived)
    print(f"\n{tally.line()}\n\n{tally.table()}\n")
    print(f"memory, after the first {warm_up / 60:.1f} min: {slope.per_hour:+.1f} ± {slope.error:.1f} MiB an hour")
    print(f"left: {left} descriptors, {len(threads_left)} threads {' '.join(threads_left)}")
    for wrong in tally.wrong[:20]:
        print(f"wrong: {wrong}")
    grows = slope.exceeds(MOST_GROWTH)
    if grows:
        print(f"memory is not flat: more than {MOST_GROWTH:g} MiB an hour")
    elif slope.error > MOST_GROWTH:
        print(f"that was too short a time to tell a growth of {MOST_GROWTH:g} MiB an hour from none")
    return int(grows or left > 0 or bool(threads_left) or bool(tally.wrong) or not tally.runs)


def main() -> int:
    """Soak, and tell."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--seed", type=int, default=None, help="which agents come in which order")
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if given.seed is None else given.seed
    print(f"{len(CORPUS)} hostile behaviours, {given.at_once} at once, {given.minutes:g} min, seed {seed}")
    held, lived, tally = descriptors(), threads(), Tally()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SCENARIO_CACHE_DIR"] = folder
        asyncio.run(soak(tally, Path(folder), minutes=given.minutes, at_once=given.at_once, dice=random.Random(seed)))
    return ended(tally, held, lived, warm_up=min(given.minutes * 60 / 4, 300.0))


if __name__ == "__main__":
    sys.exit(main())
