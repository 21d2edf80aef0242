"""Connected agents, where code for this API looks for them."""

from typing import TypeAlias

from scenario.agents.connected_agent import (
    ConnectedAgent,
    ConnectedAgentAdapter,
    ConnectedAgentCall,
    is_connected_agent,
    read_reply,
    trace_id_from_headers,
)
from scenario.dialogue.adapter import AgentAdapter

ConnectedAgentLike = ConnectedAgent
AgentLike: TypeAlias = AgentAdapter | ConnectedAgent

__all__ = [
    "AgentLike",
    "ConnectedAgentAdapter",
    "ConnectedAgentCall",
    "ConnectedAgentLike",
    "is_connected_agent",
    "read_reply",
    "trace_id_from_headers",
]
