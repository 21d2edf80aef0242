"""Names that a recording goes by: who makes a call, and the ids of requests that are the same each time. Pure."""

from __future__ import annotations

import hashlib
from typing import Final

# What the names of agents' participants begin with.
AGENT: Final = "agent"
# What stands for a variable that is not set where a run is played, and for one that is an address.
UNKNOWN: Final = "****"
UNKNOWN_ADDRESS: Final = f"http://127.0.0.1/{UNKNOWN}"


def request_id_of(thread_id: str, turn: int) -> str:
    """The id of a conversation's request that is the same each time it is played: 32 hexadecimal digits.

    Args:
        thread_id: the conversation's.
        turn: how many requests it had before.
    """
    return hashlib.sha256(f"{thread_id}\n{turn}".encode()).hexdigest()[:32]
