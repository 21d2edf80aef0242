"""Servers and fakes for tests of agents: a model server, an agent server, and a transport that needs no network.

from scenario.testing import AgentServer, ModelServer

async def test_weather_agent() -> None:
async with ModelServer(verdicts={"temperature": "passed"}) as models, AgentServer("It is 20 °C.") as agent:
scenario.configure(default_model=models.config())
result = await scenario.run(
name="weather",
description="A traveller asks about the weather.",
agents=[
scenario.RemoteAgent(agent.url),
scenario.UserSimulatorAgent(),
scenario.JudgeAgent(criteria=["The agent names a temperature"]),
],
)
assert result.success
"""

from scenario.testing.agent_server import AgentServer
from scenario.testing.model_reply import ModelReply, ToolUse
from scenario.testing.model_server import ModelServer, RecordedRequest
from scenario.testing.scripted_transport import ScriptedResponse, ScriptedTransport

__all__ = [
    "AgentServer",
    "ModelReply",
    "ModelServer",
    "RecordedRequest",
    "ScriptedResponse",
    "ScriptedTransport",
    "ToolUse",
]
