"""The providers' public price lists. Prices change: the table says of which day it is."""

from __future__ import annotations

from typing import Final

PRICES_AS_OF: Final = "2025-10-01"

# US dollars for a million tokens, input and output; without discounts for cached or batched input.
PRICES: Final[dict[str, tuple[float, float]]] = {
    "gpt-4o": (2.50, 10.00),
    "gpt-4o-mini": (0.15, 0.60),
    "gpt-4.1": (2.00, 8.00),
    "gpt-4.1-mini": (0.40, 1.60),
    "gpt-4.1-nano": (0.10, 0.40),
    "gpt-5": (1.25, 10.00),
    "gpt-5-mini": (0.25, 2.00),
    "gpt-5-nano": (0.05, 0.40),
    "o3": (2.00, 8.00),
    "o4-mini": (1.10, 4.40),
    "claude-opus-4-1": (15.00, 75.00),
    "claude-sonnet-4": (3.00, 15.00),
    "claude-sonnet-4-5": (3.00, 15.00),
    "claude-3-7-sonnet": (3.00, 15.00),
    "claude-3-5-haiku": (0.80, 4.00),
    "claude-haiku-4-5": (1.00, 5.00),
}


def price_of(model: str) -> tuple[float, float] | None:
    """US dollars for a million tokens, input and output; None where no price is known.

    Args:
        model: its name; a dated version ("gpt-4o-2024-08-06") has its family's price.
    """
    return PRICES.get(_family(model))


def _family(model: str) -> str:
    """The name without a date at its end: "-2024-08-06", "-20250514" or "-latest"."""
    parts = model.removesuffix("-latest").split("-")
    if len(parts) > 3 and [len(part) for part in parts[-3:]] == [4, 2, 2] and all(p.isdigit() for p in parts[-3:]):
        parts = parts[:-3]
    elif len(parts) > 1 and len(parts[-1]) == 8 and parts[-1].isdigit():
        parts = parts[:-1]
    return "-".join(parts)
