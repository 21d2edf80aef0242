"""Tokens as the Vercel AI SDK counts them, of all its versions."""

from __future__ import annotations

from collections.abc import Mapping

from scenario.types import Usage


def usage_of(value: object) -> Usage | None:
    """The usage in a part's value, or in a message's metadata, where applications put it as they like; None without."""
    if not isinstance(value, Mapping):
        return None
    for key in ("totalUsage", "usage"):
        if (inner := usage_of(value.get(key))) is not None:
            return inner
    taken = _count(value, "inputTokens", "promptTokens")
    given = _count(value, "outputTokens", "completionTokens")
    total = _count(value, "totalTokens")
    if taken is None and given is None and total is None:
        return None
    taken, given = taken or 0, given or 0
    return Usage(input_tokens=taken, output_tokens=given, total_tokens=total or taken + given)


def _count(value: Mapping[str, object], *keys: str) -> int | None:
    for key in keys:
        found = value.get(key)
        if isinstance(found, int) and not isinstance(found, bool) and found >= 0:
            return found
    return None
