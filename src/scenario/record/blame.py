"""Whose fault it was that a run has no verdict, in words."""

from __future__ import annotations

from typing import Final

_AT_FAULT: Final = {
    "test": "the test",
    "agent": "the agent",
    "judge": "the judge's model, not the agent",
    "user simulator": "the user simulator's model, not the agent",
    "model": "a model's server, not the agent",
    "configuration": "the configuration",
    "dialect": "a dialect that another package brings, not the agent",
    "wire": "the bytes on the wire",
    "machine": "this machine, not the agent",
    "scenario": "Scenario itself",
}
# What travelled shows that something is wrong, and not on which side.
_ON_EITHER_SIDE: Final = {
    "ErrorReplyError": "the request, or the agent",
    "AgentUnreachableError": "the address, or the agent's machine",
}


def at_fault(fault: str, error: str) -> str:
    """The words for a fault of `scenario.errors`; one that is none of these, as it is.

    Args:
        fault: whose it was.
        error: type and text of the exception.
    """
    words = _AT_FAULT.get(fault, fault)
    return _ON_EITHER_SIDE.get(error.partition(":")[0], words) if fault == "wire" else words
