"""What a call cost, by the providers' public price lists."""

from __future__ import annotations

from typing import Final

from scenario.prices import price_of
from scenario.types import Usage

_PRICED_HOSTS: Final = ("https://api.openai.com", "https://api.anthropic.com")


def cost_of(model: str, usage: Usage, *, api_base: str) -> float | None:
    """US dollars that a call cost; None where no price is known.

    Args:
        model: the name that was sent; a dated version ("gpt-4o-2024-08-06") has its family's price.
        usage: the tokens.
        api_base: where it was sent: only the providers' own servers ask the providers' prices.
    """
    if not api_base.startswith(_PRICED_HOSTS):
        return None
    price = price_of(model)
    if price is None:
        return None
    return (usage.input_tokens * price[0] + usage.output_tokens * price[1]) / 1_000_000
