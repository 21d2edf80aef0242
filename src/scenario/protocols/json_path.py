"""A place in JSON, as a JMESPath (https://jmespath.org)."""

from __future__ import annotations

from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from scenario.errors import ConfigurationError


class JsonPath:
    """A compiled JMESPath.

    Args:
        expression: the path, for example "data.answer".
        argument: the name of the setting that it came from, for the error's text.

    Raises:
        ConfigurationError: the expression is no JMESPath.
    """

    def __init__(self, expression: str, *, argument: str) -> None:
        try:
            self._compiled = jmespath.compile(expression)
        except (JMESPathError, TypeError) as error:
            raise ConfigurationError(
                f"{argument}={expression!r} is no JMESPath: {error}. "
                "Name the place in the answer's JSON, for example 'data.answer' (https://jmespath.org)."
            ) from error
        self.expression = expression

    def find(self, value: object) -> Any:
        """What stands there; None where nothing does."""
        try:
            return self._compiled.search(value)
        # The agent's JSON decides what a path's functions are applied to.
        except (JMESPathError, TypeError, ValueError, RecursionError):
            return None

    def holds(self, value: object) -> bool:
        """Whether what stands there is true, as JMESPath has it: 0 is, and what is empty is not."""
        found = self.find(value)
        return found is not None and found is not False and found not in ("", [], {})

    @property
    def last_key(self) -> str:
        """The name of the field that the path ends in: "id" for "data.conversation.id"."""
        return self.expression.rpartition(".")[2].strip().strip('"').partition("[")[0]
