"""Servers and fakes for tests of agents: of a model, a decision model, an agent, and a transport without a network.

`check_dialect` is for the tests of packages that teach Scenario another dialect.

    import scenario
    from scenario.testing import AgentServer, ModelServer

    async def test_weather_agent() -> None:
        async with ModelServer(verdicts={"temperature": "passed"}) as models, AgentServer("It is 20 °C.") as agent:
            result = await scenario.run(
                name="weather",
                description="A traveller asks about the weather.",
                agents=[
                    scenario.RemoteAgent(agent.url),
                    scenario.UserSimulatorAgent(model=models.config()),
                    scenario.JudgeAgent(model=models.config(), criteria=["The agent names a temperature"]),
                ],
            )
        assert result.success

Servers listen on 127.0.0.1, on a free port, within their `async with` block.
"""

from scenario.testing.agent_server import AgentServer
from scenario.testing.conformance.checking import check_dialect
from scenario.testing.conformance.transcript import Transcript
from scenario.testing.decision_server import DecisionServer
from scenario.testing.model_reply import ModelReply, ToolUse
from scenario.testing.model_server import ModelServer, RecordedRequest
from scenario.testing.scripted_transport import ScriptedResponse, ScriptedTransport

__all__ = [
    "AgentServer",
    "DecisionServer",
    "ModelReply",
    "ModelServer",
    "RecordedRequest",
    "ScriptedResponse",
    "ScriptedTransport",
    "ToolUse",
    "Transcript",
    "check_dialect",
]
