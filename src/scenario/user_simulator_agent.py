"""The simulated user, where code for this API looks for it."""

from scenario.agents.user_simulator.agent import UserSimulatorAgent

__all__ = ["UserSimulatorAgent"]
