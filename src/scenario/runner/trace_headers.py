"""The headers that link what an agent does with the turn it does it in: https://www.w3.org/TR/trace-context/."""

from __future__ import annotations

import hashlib

from scenario.dialogue.actions import Call


def trace_headers(run_id: str, call: Call) -> dict[str, str]:
    """One trace to a turn, and in it one parent to a call.

    Args:
        run_id: distinguishes the traces of this run from those of any other.
        call: the participant's call that the headers go with.
    """
    # All 128 bits differ from turn to turn: there are systems that keep half of them.
    trace = hashlib.sha256(f"{run_id}:{call.turn}".encode()).hexdigest()[:32]
    return {"traceparent": f"00-{trace}-{call.call_id:016x}-01"}
