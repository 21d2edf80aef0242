"""Patterns that are compiled when they are first used: a command loads hundreds of them, and uses a few."""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


def late_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A pattern of our own source; compiling all of them would be a third of what loading our modules takes.

    Args:
        pattern: the regular expression.
        flags: those of `re`.

    Returns:
        What has the methods and attributes of a compiled pattern. What is wrong with the pattern is told at its first
        use (`re.error`), which is why a test uses each.
    """
    return cast("re.Pattern[AnyStr]", _LatePattern(pattern, flags))


class _LatePattern:
    """Looked up once, a method is an attribute of its own, so that later uses cost no more than those of a pattern."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self._source = pattern, flags

    def __getattr__(self, name: str) -> Any:
        if name == "_compiled":
            pattern, flags = self._source
            value: Any = re.compile(pattern, flags)
        elif name.startswith("__"):
            raise AttributeError(name)
        else:
            value = getattr(self._compiled, name)
        setattr(self, name, value)
        return value
