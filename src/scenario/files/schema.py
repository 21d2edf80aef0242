"""The JSON Schema of scenario files, generated from the structs that files are checked against. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, get_args

import msgspec

from scenario.files.blocks import BareStep, Extends, ScenarioBlock
from scenario.protocols.registry import AUTO, DIALECTS

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_PLACEHOLDER: Final = {"type": "string", "pattern": r"\$\{[^{}]*\}"}


def file_schema(*, protocols: Iterable[str] = (AUTO, *sorted(DIALECTS))) -> dict[str, Any]:
    """The schema, for editors: everything a file may say, with descriptions.

    A scenario may take its agent from what it extends, so that nothing is required here; `scenario run --dry-run` is
    the whole check.

    Args:
        protocols: what an agent's protocol may be; by default, what it may be everywhere.
    """
    (reference, extends), parts = msgspec.json.schema_components(
        [ScenarioBlock, Extends], ref_template="#/$defs/{name}"
    )
    del reference
    for name in ("StepBlock", "ChecksBlock"):
        parts[name]["minProperties"] = 1
    parts["StepBlock"]["maxProperties"] = 1
    for name in get_args(BareStep):
        _allow_null(parts["StepBlock"]["properties"][name])
    parts["AgentBlock"]["properties"]["protocol"]["enum"] = list(protocols)
    scenario = parts["ScenarioBlock"]
    scenario.pop("required", None)
    scenario["properties"]["extends"] = extends
    for part in parts.values():
        for setting in part.get("properties", {}).values():
            _allow_placeholder(setting)
    partial = {"$ref": "#/$defs/ScenarioBlock"}
    properties = {
        **scenario["properties"],
        "scenarios": {
            "description": "several scenarios; what stands beside this holds for all of them",
            "type": "array",
            "minItems": 1,
            "items": partial,
        },
        "shared": {
            "description": "blocks for `extends`, by name",
            "type": "object",
            "additionalProperties": partial,
        },
    }
    return {
        "$schema": _DIALECT,
        "title": "Scenario file",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": parts,
    }


def _allow_null(setting: dict[str, Any]) -> None:
    """`- user:` with nothing behind it is the same as `- user`."""
    if "anyOf" in setting and {"type": "null"} not in setting["anyOf"]:
        setting["anyOf"].append({"type": "null"})


def _allow_placeholder(setting: dict[str, Any]) -> None:
    """A number or a choice may be written as ${name}, where the scenario has parameters."""
    kinds = [one.get("type") for one in setting.get("anyOf", [setting])]
    if "string" in kinds and "enum" not in setting and "pattern" not in setting:
        return
    if "anyOf" in setting:
        setting["anyOf"].append(dict(_PLACEHOLDER))
    elif "enum" in setting or setting.get("type") in ("integer", "number", "boolean"):
        kept = {key: setting.pop(key) for key in list(setting) if key not in ("description", "default")}
        setting["anyOf"] = [kept, dict(_PLACEHOLDER)]
