"""The JSON Schema of scenario files: published with the package, and telling of what files may say."""

from __future__ import annotations

import inspect
from pathlib import Path

import msgspec

import scenario
import scenario.files
from scenario.checks import __all__ as checks
from scenario.files.blocks import SCENARIO_NAMES, AgentBlock
from scenario.files.check_blocks import ChecksBlock
from scenario.files.schema import file_schema

PUBLISHED = Path(scenario.files.__file__).parent / "scenario.schema.json"


def test_the_published_schema_is_the_one_of_the_structs() -> None:
    """`scenario schema -o src/scenario/files/scenario.schema.json` writes it anew."""
    assert msgspec.json.decode(PUBLISHED.read_bytes()) == msgspec.to_builtins(file_schema())


def test_it_knows_every_setting_of_a_scenario() -> None:
    """And what stands beside them in a file."""
    assert set(file_schema()["properties"]) == {*SCENARIO_NAMES, "extends", "shared", "scenarios"}


def test_every_setting_is_described() -> None:
    """The descriptions are what an editor shows."""
    for name, part in file_schema()["$defs"].items():
        for setting, value in part.get("properties", {}).items():
            assert value.get("description"), f"{name}.{setting}"


def test_every_check_can_be_written_in_a_file() -> None:
    """Under the name that it has in Python."""
    assert set(checks) - {"Check"} <= set(ChecksBlock.__struct_fields__)


def test_a_remote_agent_takes_nothing_that_a_file_cannot_say() -> None:
    """But a transport, which is an object; deadlines go under the plural that their block has."""
    takes = set(inspect.signature(scenario.RemoteAgent).parameters) - {"transport", "timeout"} | {"timeouts"}
    assert takes == set(AgentBlock.__struct_fields__) - {"python", "arguments"}
