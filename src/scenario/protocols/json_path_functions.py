"""JMESPath's functions, as a path has them: those of jmespath, bounded."""

from __future__ import annotations

from typing import Final

import jmespath
from jmespath.exceptions import JMESPathError as JMESPathError
from jmespath.functions import Functions, signature

_LONGEST_JOINED: Final = 50_000_000

compiled = jmespath.compile


class _Functions(Functions):
    """JMESPath's own, but for the one whose text can be as long as one text of an agent times the number of others."""

    @signature({"types": ["string"]}, {"types": ["array-string"]})
    def _func_join(self, separator: str, array: list[str]) -> str:
        if len(separator) * len(array) > _LONGEST_JOINED:
            raise JMESPathError(f"join() would give more than {_LONGEST_JOINED:,} characters")
        return separator.join(array)


OPTIONS: Final = jmespath.Options(custom_functions=_Functions())
