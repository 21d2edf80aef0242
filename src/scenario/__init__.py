"""Scenario: test AI agents the way their users meet them.

A simulated user talks to the agent over its public interface, a judge decides whether each criterion was met, and the
wire itself is evidence.

    import scenario

    result = await scenario.run(
        name="weather",
        description="A traveller asks about the weather.",
        agents=[
            scenario.RemoteAgent("http://127.0.0.1:8000/chat"),
            scenario.UserSimulatorAgent(),
            scenario.JudgeAgent(criteria=["The agent names a temperature"]),
        ],
    )
    assert result.success, result.reasoning

Everything is loaded on first use: importing the package costs a few milliseconds.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

from scenario._version import __version__ as __version__

if TYPE_CHECKING:
    from scenario import (
        agent_adapter as agent_adapter,
        checks as checks,
        config as config,
        connected_agent as connected_agent,
        errors as errors,
        exchange as exchange,
        judge_agent as judge_agent,
        protocol as protocol,
        scenario_executor as scenario_executor,
        scenario_state as scenario_state,
        script as script,
        testing as testing,
        types as types,
        user_simulator_agent as user_simulator_agent,
    )
    from scenario.agents.connected_agent import (
        ConnectedAgentAdapter as ConnectedAgentAdapter,
        ConnectedAgentCall as ConnectedAgentCall,
    )
    from scenario.agents.judge.agent import JudgeAgent as JudgeAgent
    from scenario.agents.planned_user.agent import PlannedUserAgent as PlannedUserAgent
    from scenario.agents.planned_user.plan import PlannedTurn as PlannedTurn, Slot as Slot
    from scenario.agents.remote.agent import RemoteAgent as RemoteAgent
    from scenario.agents.user_simulator.agent import UserSimulatorAgent as UserSimulatorAgent
    from scenario.cache import scenario_cache, scenario_cache as cache
    from scenario.config import (
        Cassette as Cassette,
        ModelConfig as ModelConfig,
        ScenarioConfig as ScenarioConfig,
        Timeouts as Timeouts,
        configure as configure,
    )
    from scenario.dialogue.adapter import (
        AgentAdapter as AgentAdapter,
        AgentInput as AgentInput,
        AgentReturnTypes as AgentReturnTypes,
    )
    from scenario.dialogue.state import ScenarioState as ScenarioState
    from scenario.dialogue.steps import (
        agent as agent,
        approve as approve,
        fail as fail,
        judge as judge,
        message as message,
        proceed as proceed,
        reject as reject,
        resume as resume,
        sleep as sleep,
        succeed as succeed,
        user as user,
    )
    from scenario.dialogue.subscribers import subscribed as subscribed
    from scenario.errors import (
        AgentError as AgentError,
        ConfigurationError as ConfigurationError,
        JudgeError as JudgeError,
        ScenarioError as ScenarioError,
        UserSimulatorError as UserSimulatorError,
    )
    from scenario.exchange import Exchange as Exchange
    from scenario.reading import read_stream as read_stream
    from scenario.runner.running import arun as arun, run as run
    from scenario.types import (
        AgentRole as AgentRole,
        CriterionResult as CriterionResult,
        Judgment as Judgment,
        JudgmentRequest as JudgmentRequest,
        Reply as Reply,
        ScenarioResult as ScenarioResult,
        ToolCall as ToolCall,
        ToolCalls as ToolCalls,
        TurnView as TurnView,
    )
    from scenario.warning import ScenarioWarning as ScenarioWarning

    default_config: ScenarioConfig

# Where each public name lives; the module is loaded when the name is first asked for.
_HOMES = {
    "scenario.agents.connected_agent": ("ConnectedAgentAdapter", "ConnectedAgentCall"),
    "scenario.agents.judge.agent": ("JudgeAgent",),
    "scenario.agents.planned_user.agent": ("PlannedUserAgent",),
    "scenario.agents.planned_user.plan": ("PlannedTurn", "Slot"),
    "scenario.agents.remote.agent": ("RemoteAgent",),
    "scenario.agents.user_simulator.agent": ("UserSimulatorAgent",),
    "scenario.cache": ("scenario_cache",),
    "scenario.config": ("Cassette", "ModelConfig", "ScenarioConfig", "Timeouts", "configure"),
    "scenario.dialogue.adapter": ("AgentAdapter", "AgentInput", "AgentReturnTypes"),
    "scenario.dialogue.state": ("ScenarioState",),
    "scenario.dialogue.steps": (
        "agent",
        "approve",
        "fail",
        "judge",
        "message",
        "proceed",
        "reject",
        "resume",
        "sleep",
        "succeed",
        "user",
    ),
    "scenario.dialogue.subscribers": ("subscribed",),
    "scenario.errors": ("AgentError", "ConfigurationError", "JudgeError", "ScenarioError", "UserSimulatorError"),
    "scenario.exchange": ("Exchange",),
    "scenario.reading": ("read_stream",),
    "scenario.runner.running": ("arun", "run"),
    "scenario.types": (
        "AgentRole",
        "CriterionResult",
        "Judgment",
        "JudgmentRequest",
        "Reply",
        "ScenarioResult",
        "ToolCall",
        "ToolCalls",
        "TurnView",
    ),
    "scenario.warning": ("ScenarioWarning",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

# Modules that code reads as attributes of the package without importing them. `cache` is both: the module itself is
# the decorator, as importing `scenario.cache` binds the name to it.
_MODULES = frozenset(
    {
        "agent_adapter",
        "cache",
        "checks",
        "config",
        "connected_agent",
        "errors",
        "exchange",
        "judge_agent",
        "protocol",
        "scenario_executor",
        "scenario_state",
        "script",
        "testing",
        "types",
        "user_simulator_agent",
    }
)

__all__ = [
    "AgentAdapter",
    "AgentError",
    "AgentInput",
    "AgentReturnTypes",
    "AgentRole",
    "ConfigurationError",
    "ConnectedAgentAdapter",
    "ConnectedAgentCall",
    "CriterionResult",
    "Exchange",
    "JudgeAgent",
    "JudgeError",
    "Judgment",
    "JudgmentRequest",
    "ModelConfig",
    "PlannedTurn",
    "PlannedUserAgent",
    "RemoteAgent",
    "Reply",
    "ScenarioConfig",
    "ScenarioError",
    "ScenarioResult",
    "ScenarioState",
    "ScenarioWarning",
    "Slot",
    "Timeouts",
    "ToolCall",
    "ToolCalls",
    "TurnView",
    "UserSimulatorAgent",
    "UserSimulatorError",
    "__version__",
    "agent",
    "approve",
    "arun",
    "cache",
    "configure",
    "default_config",
    "fail",
    "judge",
    "message",
    "proceed",
    "read_stream",
    "reject",
    "resume",
    "run",
    "scenario_cache",
    "sleep",
    "subscribed",
    "succeed",
    "user",
]


if not TYPE_CHECKING:  # a checker that saw this would let any name pass

    def __getattr__(name: str) -> Any:
        if name in _HOME_OF:
            # Not kept here: where modules are unloaded and loaded again (a pytest session inside another does), names
            # that were kept would be of the old ones, and steps of one loading mean nothing to the engine of another.
            return getattr(importlib.import_module(_HOME_OF[name]), name)
        if name in _MODULES:
            return importlib.import_module(f"scenario.{name}")
        if name == "default_config":
            return importlib.import_module("scenario.config").in_force()
        left_out = importlib.import_module("scenario.left_out")
        raise left_out.missing(__name__, name, sys._getframe(1))  # noqa: SLF001 - nothing else tells who asks


# What tells this file from another package's of the same folder; see `neighbour.py`. One look costs microseconds.
_DISTRIBUTION = "scenario-testing"
if os.path.exists(os.path.join(__path__[0], "_error_messages.py")):  # noqa: PTH110, PTH118 - pathlib is slow to load
    importlib.import_module("scenario.neighbour").warn()


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
