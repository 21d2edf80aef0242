"""JSON without certain keys. Pure."""

from __future__ import annotations

from typing import Any


def without_keys(value: Any, key: str) -> Any:
    """The same value without a key, however deep it stands; a property of that name in a JSON Schema stays."""
    return _without(value, key, named=False)


def _without(value: Any, key: str, *, named: bool) -> Any:
    if isinstance(value, list | tuple):
        return [_without(one, key, named=False) for one in value]
    if not isinstance(value, dict):
        return value
    # What stands in `properties` is named by its author, and means nothing by its name.
    return {
        name: _without(inner, key, named=name == "properties" and not named)
        for name, inner in value.items()
        if named or name != key
    }
