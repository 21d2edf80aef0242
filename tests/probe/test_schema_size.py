"""A body for a schema that an agent publishes has a size, whatever the schema refers to."""

from __future__ import annotations

from typing import Any

import pytest

from scenario.probe.schemas import filled

NAMES = [f"part{number}" for number in range(9)]


def count(value: Any) -> int:
    """How many values there are."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(count, inner))


@pytest.mark.parametrize("kind", ["object", "array"])
def test_a_schema_that_names_itself_in_many_places_ends(kind: str) -> None:
    """Nine times in each of eight levels would be forty million values."""
    reference = {"$ref": "#/whole"}
    part = reference if kind == "object" else {"type": "array", "items": reference}
    whole = {"type": "object", "required": NAMES, "properties": dict.fromkeys(NAMES, part)}
    assert count(filled({"whole": whole}, whole)) < 20_000


def test_a_reference_to_itself_ends() -> None:
    """Directly, and by way of alternatives."""
    for looping in ({"$ref": "#/whole"}, {"anyOf": [{"$ref": "#/whole"}]}):
        whole = {"type": "object", "required": ["a"], "properties": {"a": looping}}
        assert count(filled({"whole": looping}, whole)) < 20
