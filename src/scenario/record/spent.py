"""What a run took of models' tokens: those that its user pays for, and apart from them what agents tell of."""

from __future__ import annotations

from scenario.dialogue.events import ExchangeRecorded, ModelCalled, RunEvent
from scenario.types import AgentRole, RoleUsage, ScenarioResult, Usage

_AGENT = AgentRole.AGENT.name.lower()


class Spent:
    """Counts, event by event.

    Attributes:
        models: of the models that are called here: the simulator's, the judge's, those of an agent in process.
        agents: what agents over the wire say that they have used themselves. Nobody here has counted or paid it.
        cost: US dollars, of the calls whose price is known; None while none was.
    """

    __slots__ = ("_of_agents", "agents", "cost", "models")

    def __init__(self) -> None:
        self.models = Usage()
        self.agents = Usage()
        self.cost: float | None = None
        self._of_agents = Usage()

    def add(self, event: RunEvent) -> None:
        """Take in an event."""
        if isinstance(event, ModelCalled):
            self.models += event.usage
            if event.role is AgentRole.AGENT:
                self._of_agents += event.usage
            if event.cost is not None:
                self.cost = (self.cost or 0.0) + event.cost
        elif isinstance(event, ExchangeRecorded) and event.exchange.reply.usage is not None:
            self.agents += event.exchange.reply.usage

    def settle(self, result: ScenarioResult | None) -> None:
        """Take what the result sums up, where it does: it knows better."""
        if result is None or not result.usage:
            return
        others = [role.usage for name, role in result.usage.items() if name != _AGENT]
        self.models = sum(others, start=self._of_agents)
        self.agents = _without(result.usage.get(_AGENT, RoleUsage()).usage, self._of_agents)
        prices = [role.cost for role in result.usage.values() if role.cost is not None]
        self.cost = sum(prices) if prices else None


def _without(usage: Usage, part: Usage) -> Usage:
    return Usage(
        input_tokens=max(0, usage.input_tokens - part.input_tokens),
        output_tokens=max(0, usage.output_tokens - part.output_tokens),
        total_tokens=max(0, usage.total_tokens - part.total_tokens),
    )
