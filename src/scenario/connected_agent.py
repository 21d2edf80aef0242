"""Connected agents, where code for this API looks for them."""

from scenario.agents.connected_agent import ConnectedAgentAdapter, ConnectedAgentCall, is_connected_agent

__all__ = ["ConnectedAgentAdapter", "ConnectedAgentCall", "is_connected_agent"]
