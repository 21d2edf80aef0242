"""What a suite has spent, and whether that is too much: a subscriber. Pure."""

from __future__ import annotations

from collections.abc import Callable

from scenario.dialogue.events import ModelCalled, RunEvent


class Spending:
    """Counts tokens and cost as calls are answered.

    Args:
        max_tokens: tokens, in and out, after which `on_limit` is told; None for no limit.
        max_cost: US dollars, likewise. Calls whose price is not known cost nothing here.
        on_limit: told, once, which limit was passed.

    Attributes:
        tokens: in and out, of the models that are called here. What an agent says that it has used itself is its own
            affair: an agent could end the suite by it.
        cost: US dollars; None while no price was known.
    """

    def __init__(
        self,
        *,
        max_tokens: int | None = None,
        max_cost: float | None = None,
        on_limit: Callable[[str], None] = lambda _reason: None,
    ) -> None:
        self.tokens = 0
        self.cost: float | None = None
        self._max_tokens = max_tokens
        self._max_cost = max_cost
        self._on_limit = on_limit
        self._told = False

    def __call__(self, event: RunEvent) -> None:
        """Take an event in."""
        if not isinstance(event, ModelCalled):
            return
        self.tokens += event.usage.tokens
        if event.cost is not None:
            self.cost = (self.cost or 0.0) + event.cost
        if self._told:
            return
        reason = self._passed()
        if reason:
            self._told = True
            self._on_limit(reason)

    def _passed(self) -> str:
        if self._max_tokens is not None and self.tokens >= self._max_tokens:
            return f"{self.tokens:,} tokens were used (--max-tokens {self._max_tokens:,})"
        if self._max_cost is not None and (self.cost or 0.0) >= self._max_cost:
            return f"${self.cost:.2f} were spent (--max-cost {self._max_cost:g})"
        return ""
