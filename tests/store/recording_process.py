"""A process that records runs, told what to do line by line: what the tests of killed and simultaneous writers start.

Lines are `turns RUN_ID N` (begin a run, play N turns of it and stop inside the next, its agent having answered),
`end RUN_ID` (end it), `runs PREFIX N` (N whole runs), `close`. Each is answered with a line; of `runs` each run is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from scenario.dialogue.events import CallFinished, RunEvent
from scenario.store.invocation import Invocation
from scenario.store.writer import StoreWriter
from tests.store.stored_runs import a_run


def begin(writer: StoreWriter, run_id: str, turns: int) -> Iterator[RunEvent]:
    """Play that many turns, and the next one up to its agent's answer; returns what is left."""
    events = a_run(run_id, turns=turns + 2)
    answered = 0
    for event in events:
        writer(event)
        answered += isinstance(event, CallFinished)
        if answered > turns:
            break
    return events


def main(folder: str, uid: str) -> None:
    """Do what standard input says."""
    # However slow this machine is just now: what is promised is waited for.
    writer = StoreWriter(folder, invocation=Invocation(uid=uid, started=1.0, source="run"), patience=60.0)
    under_way: dict[str, Iterator[RunEvent]] = {}
    for line in sys.stdin:
        match line.split():
            case ["turns", run_id, number]:
                under_way[run_id] = begin(writer, run_id, int(number))
            case ["end", run_id]:
                for event in under_way.pop(run_id):
                    writer(event)
            case ["runs", prefix, number]:
                for index in range(int(number)):
                    for event in a_run(f"{prefix}{index:04}", name=f"{prefix} {index}"):
                        writer(event)
                    sys.stdout.write(f"{index}\n")
                    sys.stdout.flush()
            case ["close"]:
                writer.close()
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
