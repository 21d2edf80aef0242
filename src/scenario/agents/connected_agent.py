"""Connected agents: any object with a name and an awaitable `invoke` takes part in a run."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Mapping
from typing import Any, Protocol, runtime_checkable

import msgspec

from scenario.dialogue.adapter import AgentAdapter, AgentInput, AgentReturnTypes
from scenario.errors import ScriptTypeError
from scenario.types import AgentRole, Message


class ConnectedAgentCall(msgspec.Struct):
    """What a connected agent is invoked with.

    Attributes:
        session: what the agent's last reply in this thread gave as its session; None at first.
        trace_id: of the turn, 32 hexadecimal digits; None outside of a run.
        parameters: those of the adapter, overlaid by `run(parameters=...)`.
    """

    messages: list[Message]
    new_messages: list[Message] = msgspec.field(default_factory=list)
    thread_id: str = ""
    session: Any = None
    trace_id: str | None = None
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)

    def turn_fields(self) -> dict[str, Any]:
        """What differs from turn to turn: everything but the parameters."""
        fields = msgspec.structs.asdict(self)
        del fields["parameters"]
        return fields


@runtime_checkable
class ConnectedAgent(Protocol):
    """An agent that is not an adapter."""

    name: str

    def invoke(self, call: ConnectedAgentCall) -> Awaitable[Any]:
        """Answer: text, a message, messages, or `{"output": …, "session": …}`, or an object with these attributes."""
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
        self.name: str | None = agent.name
        self.parameters: dict[str, Any] = dict(parameters or {})
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
                session=self.session_for(input.thread_id),
                trace_id=trace_id_from_headers(input.propagation_headers),
                parameters={**self.parameters, **(given if isinstance(given, dict) else {})},
            )
        )
        output, session = read_reply(await reply if inspect.isawaitable(reply) else reply)
        if session is not None:
            self._sessions[input.thread_id] = session
        return output

    def session_for(self, thread_id: str) -> Any:
        """The session of a thread; None before its first reply."""
        return self._sessions.get(thread_id)


def read_reply(reply: Any) -> tuple[Any, Any]:
    """What a connected agent's reply says, and the session it leaves; None where it leaves none.

    A number is shown as text, a tuple is a list, and nothing is said by None.

    Args:
        reply: text, a message, messages, a mapping with "output" and "session", or an object with these attributes.
    """
    output, session = reply, None
    if isinstance(reply, Mapping):
        if "output" in reply and "role" not in reply:
            output, session = reply["output"], reply.get("session")
    elif hasattr(reply, "output"):
        output, session = reply.output, getattr(reply, "session", None)
    if output is None:
        return "", session
    if isinstance(output, tuple):
        return list(output), session
    return str(output) if isinstance(output, int | float) else output, session


def trace_id_from_headers(headers: Mapping[str, str]) -> str | None:
    """The trace's id in a `traceparent` header, as https://www.w3.org/TR/trace-context/ has it."""
    parts = str(headers.get("traceparent", "")).split("-")
    return parts[1] if len(parts) >= 3 and len(parts[1]) == 32 else None
