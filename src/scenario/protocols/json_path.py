"""A place in JSON, as a JMESPath (https://jmespath.org)."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from scenario.errors import ConfigurationError
from scenario.protocols.json_path_work import MOST_COPIES, MOST_LOOKS, NestedTooDeepError, work_of

_LONGEST: Final = 10_000
_REMEDY: Final = "Name one place in it, for example 'data.answer'."


class JsonPath:
    """A compiled JMESPath. However an agent answers, finding what stands there takes time in proportion to the answer.

    Args:
        expression: the path, for example "data.answer".
        argument: the name of the setting that it came from, for the error's text.

    Raises:
        ConfigurationError: the expression is no JMESPath, or multiplies what it is applied to beyond measure.
    """

    def __init__(self, expression: str, *, argument: str) -> None:
        # Loaded where a path is: most agents' answers are read without.
        from scenario.protocols.json_path_functions import OPTIONS, JMESPathError, compiled

        try:
            if len(expression) > _LONGEST:
                raise ConfigurationError(
                    f"{argument}={expression[:60]!r}… has {len(expression):,} characters, above {_LONGEST:,}. {_REMEDY}"
                )
            found = compiled(expression)
            work = work_of(found.parsed)
        except RecursionError as error:
            raise ConfigurationError(f"{argument}={expression!r} is nested too deep to be read. {_REMEDY}") from error
        except (JMESPathError, TypeError, NestedTooDeepError) as error:
            raise ConfigurationError(
                f"{argument}={expression!r} is no JMESPath: {error}. "
                "Name the place in the answer's JSON, for example 'data.answer' (https://jmespath.org)."
            ) from error
        if work.copies > MOST_COPIES or work.looks > MOST_LOOKS:
            raise ConfigurationError(
                f"{argument}={expression!r} multiplies what it is applied to: it makes up to {_shown(work.copies)} of "
                f"it (at most {MOST_COPIES}) and looks at it up to {_shown(work.looks)} times (at most "
                f"{MOST_LOOKS:,}). {_REMEDY}"
            )
        self.expression = expression
        self._search = partial(found.search, options=OPTIONS)
        # The agent's JSON decides what a path's functions are applied to.
        self._mistakes = (JMESPathError, TypeError, ValueError, ArithmeticError)

    def find(self, value: object) -> Any:
        """What stands there; None where nothing does."""
        try:
            return self.found_in(value)
        except RecursionError:
            return None

    def found_in(self, value: object) -> Any:
        """The same, where it matters why nothing stands there.

        Raises:
            RecursionError: the value is nested too deep for Python.
        """
        try:
            return self._search(value)
        except self._mistakes:
            return None

    def holds(self, value: object) -> bool:
        """Whether what stands there is true, as JMESPath has it: 0 is, and what is empty is not."""
        found = self.find(value)
        return found is not None and found is not False and found not in ("", [], {})

    @property
    def last_key(self) -> str:
        """The name of the field that the path ends in: "id" for "data.conversation.id"."""
        return self.expression.rpartition(".")[2].strip().strip('"').partition("[")[0]


def _shown(count: int) -> str:
    return f"{count:,}" if count < 10**9 else "more than a billion"
