"""The adapter interface, where code for this API looks for it."""

from scenario.dialogue.adapter import AgentAdapter, AgentInput, AgentReturnTypes
from scenario.types import AgentRole

__all__ = ["AgentAdapter", "AgentInput", "AgentReturnTypes", "AgentRole"]
