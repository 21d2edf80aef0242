"""The adapter interface, where code for this API looks for it."""

from scenario.dialogue.adapter import AgentAdapter, AgentInput, AgentReturnTypes, resolve_agent_name
from scenario.types import AgentRole

__all__ = ["AgentAdapter", "AgentInput", "AgentReturnTypes", "AgentRole", "resolve_agent_name"]
