"""The participants of a run, checked before it begins."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from scenario.agents.connected_agent import ConnectedAgentAdapter, is_connected_agent
from scenario.criterion import written
from scenario.dialogue.interrupt_answers import answers_interrupts
from scenario.errors import ScriptTypeError
from scenario.types import AgentRole


def participants(agents: Iterable[Any]) -> list[Any]:
    """The adapters among which a run is played, each once, in order; connected agents are wrapped.

    Raises:
        ScriptTypeError: something in the list is no participant.
    """
    if isinstance(agents, str | bytes | dict) or not isinstance(agents, Iterable):
        raise ScriptTypeError(f"agents={agents!r}: give a list of participants, such as [my_agent, judge].")
    unique: dict[int, Any] = {}
    for agent in agents:
        unique.setdefault(id(agent), agent)
    return [_adapter(agent) for agent in unique.values()]


def _adapter(agent: Any) -> Any:
    if isinstance(agent, type):
        raise ScriptTypeError(f"{agent.__name__} in `agents` is a class: list an instance, {agent.__name__}(...).")
    if callable(getattr(agent, "call", None)):
        if isinstance(getattr(agent, "role", None), AgentRole):
            if answers_interrupts(agent) and not callable(getattr(agent, "answer_interrupt", None)):
                raise ScriptTypeError(
                    f"{type(agent).__name__} in `agents` has answers_interrupts = True and no method "
                    "`answer_interrupt(interrupt, input)`: add it, or set answers_interrupts = False."
                )
            return agent
        raise ScriptTypeError(
            f"{type(agent).__name__} in `agents` has the role {getattr(agent, 'role', None)!r}: "
            "set `role = scenario.AgentRole.AGENT` (or USER, JUDGE)."
        )
    if is_connected_agent(agent):
        return ConnectedAgentAdapter(agent)
    raise ScriptTypeError(
        f"{agent!r} in `agents` is no participant: list scenario.RemoteAgent(url), a scenario.JudgeAgent(...), "
        "or an object of a class derived from scenario.AgentAdapter."
    )


def criteria_of(agents: Iterable[Any]) -> list[str]:
    """The criteria of the judges among the participants, in order."""
    found: list[str] = []
    for agent in agents:
        if agent.role is AgentRole.JUDGE:
            criteria = getattr(agent, "criteria", None)
            if isinstance(criteria, str):
                found.append(criteria)
            elif isinstance(criteria, Iterable):
                # A judge of one's own may hold whatever it likes there.
                found.extend(written(one) if callable(one) else str(one) for one in criteria)
    return found


def loads_of(agent: Any) -> Mapping[Hashable, Callable[[], object]]:
    """What has to be imported before this one is asked for the first time, by what tells whether it was.

    Participants of this package say so themselves, those of others load when they like.
    """
    kind = type(agent)
    loads = getattr(kind, "scenario_loads", None)
    # One that is derived from ours, and answers in its own way, may need nothing of all that.
    is_ours = str(getattr(getattr(kind, "call", None), "__module__", "")).startswith("scenario.")
    return loads(agent) if callable(loads) and is_ours else {}
