"""Connected agents: any object with a name and an awaitable `invoke` takes part in a run."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from typing import Any, Protocol, runtime_checkable

import msgspec

from scenario.dialogue.adapter import AgentAdapter, AgentInput, AgentReturnTypes
from scenario.errors import ScriptTypeError
from scenario.types import AgentRole, Message


class ConnectedAgentCall(msgspec.Struct, kw_only=True):
    """What a connected agent is invoked with.

    Attributes:
        session: what the agent's last reply in this thread gave as its session; None at first.
        parameters: those of the adapter, overlaid by `run(parameters=...)`.
    """

    messages: list[Message]
    new_messages: list[Message]
    thread_id: str
    session: Any = None
    trace_id: str | None = None
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)


@runtime_checkable
class ConnectedAgent(Protocol):
    """An agent that is not an adapter."""

    name: str

    def invoke(self, call: ConnectedAgentCall) -> Awaitable[Any]:
        """Answer: text, a message, messages, or `{"output": …, "session": …}`."""
        ...


def is_connected_agent(agent: object) -> bool:
    """Whether it has a name and can be invoked."""
    return isinstance(getattr(agent, "name", None), str) and callable(getattr(agent, "invoke", None))


class ConnectedAgentAdapter(AgentAdapter):
    """A connected agent as a participant.

    Args:
        agent: an object with a string `name` and an awaitable `invoke(call)`.
        parameters: handed to each call.

    Raises:
        ScriptTypeError: the object is no such agent.
    """

    role = AgentRole.AGENT

    def __init__(self, agent: ConnectedAgent, parameters: dict[str, Any] | None = None) -> None:
        if not is_connected_agent(agent):
            raise ScriptTypeError(
                f"{agent!r} is no connected agent: it needs a string `name` and `async def invoke(self, call)`."
            )
        self.agent = agent
        self.name = agent.name
        self.parameters = dict(parameters or {})
        self._sessions: dict[str, Any] = {}

    async def call(self, input: AgentInput) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        """Invoke the agent; a session that it returns comes back on the next call of the same thread."""
        given = getattr(input.scenario_state, "parameters", None)
        # Agents in the wild also answer at once, without anything to await.
        reply: Any = self.agent.invoke(
            ConnectedAgentCall(
                messages=input.messages,
                new_messages=input.new_messages,
                thread_id=input.thread_id,
                session=self._sessions.get(input.thread_id),
                parameters={**self.parameters, **(given if isinstance(given, dict) else {})},
            )
        )
        value = await reply if inspect.isawaitable(reply) else reply
        if isinstance(value, dict) and "output" in value and "role" not in value:
            if "session" in value:
                self._sessions[input.thread_id] = value["session"]
            return value["output"]
        return value
