"""A regular expression of a test, looked for in what an agent has said; whatever it says, that ends."""

from __future__ import annotations

import math
import re
from typing import Final

from scenario.errors import ScriptError
from scenario.patterns.effort import longest_in_place

DEFAULT_TIMEOUT: Final = 5.0
_LONGEST_PATTERN: Final = 100_000
_LONGEST_TEXT: Final = 50_000_000
_LONGEST_SHOWN: Final = 200


class Pattern:
    """A compiled regular expression.

    Args:
        pattern: the expression, in Python's syntax; or one that was compiled with flags.
        name: whose it is, for errors: "matches".
        timeout: seconds after which a search is ended and decides nothing.

    Raises:
        ScriptError: it is no regular expression, or is too long; or the timeout is no number above 0.
    """

    def __init__(self, pattern: str | re.Pattern[str], *, name: str, timeout: float) -> None:
        self._name = name
        self._timeout = timeout
        if not _is_duration(timeout):
            raise ScriptError(f"scenario.checks.{name}(timeout={timeout!r}): give a number of seconds above 0.")
        self._compiled = self._made(pattern)
        self._quick_up_to = longest_in_place(self._compiled.pattern, self._compiled.flags)

    def find(self, text: str) -> str | None:
        """The first piece of a text that fits; None where there is none.

        Raises:
            ScriptError: that could not be found out, most often since it takes longer than the timeout.
        """
        if len(text) <= self._quick_up_to:
            found = self._compiled.search(text)
            return None if found is None else found[0]
        if len(text) > _LONGEST_TEXT:
            raise self._undecided(text, f"which is above {_LONGEST_TEXT:,}, the most that is searched")
        # A process of its own is for few patterns.
        from scenario.patterns.search_process import SearchFailedError, SearchTooLongError, search

        try:
            span = search(self._compiled.pattern, self._compiled.flags & ~re.DEBUG, text, self._timeout)
        except SearchTooLongError:
            raise self._undecided(text, self._too_long()) from None
        except SearchFailedError as error:
            raise self._undecided(text, f"and the search failed: {error}. Write the pattern simpler") from error
        return None if span is None else text[slice(*span)]

    @property
    def shown(self) -> str:
        """The expression, short enough for a message."""
        return _shown(self._compiled.pattern)

    def _made(self, pattern: str | re.Pattern[str]) -> re.Pattern[str]:
        called = f"scenario.checks.{self._name}({_shown(pattern)})"
        text = pattern.pattern if isinstance(pattern, re.Pattern) else pattern
        if not isinstance(text, str):
            raise ScriptError(f"{called}: that is no regular expression: give a text.")
        if len(text) > _LONGEST_PATTERN:
            raise ScriptError(f"{called}: it has {len(text):,} characters, above {_LONGEST_PATTERN:,}. Split it.")
        try:
            return re.compile(pattern)
        except (re.error, OverflowError) as error:
            raise ScriptError(f"{called}: that is no regular expression: {error}.") from error
        except (RecursionError, MemoryError) as error:
            raise ScriptError(f"{called}: its groups are nested too deep. Make it flatter.") from error

    def _too_long(self) -> str:
        return (
            f"and that took longer than {self._timeout:g} s, so that it was ended. There are too many ways to try: "
            "avoid a repeat inside of a repeat, such as (a+)+, and several .* in a row, or make repeats possessive "
            f"(a++); text_contains looks for plain texts, and checks.{self._name}(…, timeout=30) gives it more time"
        )

    def _undecided(self, text: str, why: str) -> ScriptError:
        return ScriptError(
            f"{self._name}: the test's pattern {self.shown} was looked for in a message of "
            f"{len(text):,} characters, {why}. Whether it is there is not decided."
        )


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


def _shown(pattern: object) -> str:
    shown = repr(pattern)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 1]}…"
