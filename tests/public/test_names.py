"""The public names: pinned, documented, loaded on first use, and found where code for this API looks for them."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from typing import Any

import pytest

import scenario

NAMES = [
    "AgentAdapter", "AgentError", "AgentInput", "AgentReturnTypes", "AgentRole", "ConfigurationError",
    "ConnectedAgentAdapter", "ConnectedAgentCall", "CriterionResult", "Exchange", "JudgeAgent", "JudgeError",
    "Judgment", "JudgmentRequest", "ModelConfig", "PlannedTurn", "PlannedUserAgent", "RemoteAgent", "Reply",
    "ScenarioConfig", "ScenarioError", "ScenarioResult", "ScenarioState", "ScenarioWarning", "Slot", "Timeouts",
    "ToolCall", "ToolCalls", "TurnView",
    "UserSimulatorAgent", "UserSimulatorError", "__version__", "agent", "approve", "arun", "cache", "configure",
    "default_config", "fail", "judge", "message", "proceed", "read_stream", "reject", "resume", "run",
    "scenario_cache", "sleep", "subscribed", "succeed", "user",
]  # fmt: skip

PLACES = {
    "scenario.types": [
        "AgentInput", "AgentReturnTypes", "AgentRole", "CriterionResult", "JudgmentRequest", "ScenarioResult",
        "ToolCall", "ToolCalls", "TurnView",
    ],
    "scenario.config": ["ModelConfig", "ScenarioConfig"],
    "scenario.config.model": ["ModelConfig"],
    "scenario.config.scenario": ["ScenarioConfig"],
    "scenario.script": [
        "agent", "approve", "fail", "judge", "message", "proceed", "reject", "resume", "sleep", "succeed", "user",
    ],
    "scenario.agent_adapter": ["AgentAdapter"],
    "scenario.connected_agent": ["ConnectedAgentAdapter", "ConnectedAgentCall"],
    "scenario.judge_agent": ["JudgeAgent"],
    "scenario.user_simulator_agent": ["UserSimulatorAgent"],
    "scenario.scenario_state": ["ScenarioState"],
    "scenario.scenario_executor": ["run", "arun"],
    "scenario.cache": ["scenario_cache"],
}  # fmt: skip

# Constants: their module's documentation says what they are.
WITHOUT_A_DOCSTRING = {"__version__", "AgentReturnTypes", "default_config"}


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_the_public_surface_is_pinned() -> None:
    """A name that comes or goes is a decision, and this list its record."""
    assert scenario.__all__ == NAMES


def test_names_are_listed_in_order() -> None:
    """Sorted, and each once."""
    assert sorted(set(scenario.__all__)) == scenario.__all__


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_there(name: str) -> None:
    """It can be read, is found by `dir`, and is the same object every time."""
    assert getattr(scenario, name) is getattr(scenario, name)
    assert name in dir(scenario)


def public_members(thing: Any) -> list[tuple[str, Any]]:
    """A class's own public methods and properties."""
    if not inspect.isclass(thing):
        return []
    found = [(name, value) for name, value in vars(thing).items() if not name.startswith("_")]
    return [
        (name, value)
        for name, value in found
        if inspect.isfunction(value) or isinstance(value, property | classmethod | staticmethod)
    ]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITHOUT_A_DOCSTRING])
def test_each_name_has_a_docstring(name: str) -> None:
    """So have its public methods and properties."""
    thing = getattr(scenario, name)
    own = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
    assert own
    assert own.strip()
    assert [member for member, value in public_members(thing) if not value.__doc__] == []


def test_everything_can_be_imported_at_once() -> None:
    """`from scenario import *` gives all names and nothing else."""
    code = "from scenario import *; print(sorted(n for n in dir() if not n.startswith('__') or n == '__version__'))"
    assert python(code).strip() == str(sorted(NAMES))


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in PLACES.items() for name in names])
def test_each_module_path_has_the_public_object(module: str, name: str) -> None:
    """Code that imports by path gets the very object that the package offers."""
    assert getattr(importlib.import_module(module), name) is getattr(scenario, name)


@pytest.mark.parametrize("module", PLACES)
def test_each_module_path_is_an_attribute_of_the_package(module: str) -> None:
    """Also where nobody has imported it."""
    name = module.removeprefix("scenario.")
    assert python(f"import scenario; print(scenario.{name}.__name__)").strip() == module


@pytest.mark.parametrize("first", ["", "import scenario.cache; ", "from scenario.cache import scenario_cache; "])
def test_cache_is_a_decorator_whatever_was_imported_first(first: str) -> None:
    """With and without brackets, though a module of this name exists."""
    code = f"""
{first}
import scenario
@scenario.cache()
def one(x): return x
@scenario.cache
def two(x): return x
@scenario.cache(ignore=["x"])
async def three(x): return x
print(one(1), two(2))
from scenario import cache, scenario_cache
print(cache(ignore=[])(lambda: 3)(), scenario_cache()(lambda: 4)())
"""
    assert python(code).split() == ["1", "2", "3", "4"]


@pytest.mark.parametrize("name", ["nonsense", "setId", "RedTeamAgent", "silence", "setup_scenario_tracing"])
def test_an_unknown_name_is_an_attribute_error(name: str) -> None:
    """As Python says it, with a word about what this package leaves out."""
    with pytest.raises(AttributeError, match=name):
        getattr(scenario, name)
    with pytest.raises(ImportError, match=name):
        exec(f"from scenario import {name}", {})  # noqa: S102 - the statement itself is what is tested


def test_the_roles_are_the_contracts() -> None:
    """An Enum of three."""
    assert [(role.name, role.value) for role in scenario.AgentRole] == [
        ("USER", "User"),
        ("AGENT", "Agent"),
        ("JUDGE", "Judge"),
    ]


def test_an_adapter_without_call_is_abstract() -> None:
    """It cannot be made."""

    class Incomplete(scenario.AgentAdapter):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Incomplete()  # type: ignore[abstract]


def test_errors_are_what_existing_code_catches() -> None:
    """Failures of participants are RuntimeErrors, errors of the test ValueErrors and TypeErrors, all in one tree."""
    errors = scenario.errors
    assert issubclass(scenario.AgentError, RuntimeError)
    assert issubclass(scenario.JudgeError, RuntimeError)
    assert issubclass(scenario.UserSimulatorError, RuntimeError)
    assert issubclass(scenario.ConfigurationError, ValueError)
    assert issubclass(errors.ScriptError, ValueError)
    assert issubclass(errors.ScriptTypeError, TypeError)
    tree = [thing for thing in vars(errors).values() if inspect.isclass(thing) and issubclass(thing, Exception)]
    assert all(issubclass(thing, scenario.ScenarioError) for thing in tree)
