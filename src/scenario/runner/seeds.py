"""A seed for each repetition of each scenario. Pure."""

from __future__ import annotations

import hashlib


def seed_of(seed: int, scenario: str, repeat: int) -> int:
    """The seed of one repetition: the same whichever other scenarios are run, and 31 bits long, as servers take it."""
    digest = hashlib.sha256(f"{seed}\n{scenario}\n{repeat}".encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF
