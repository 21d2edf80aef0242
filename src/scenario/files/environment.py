"""Variables of the environment, for which `$env.NAME` stands in a scenario file."""

from __future__ import annotations

import os
import re
from typing import Final

from scenario.cassette.request_ids import UNKNOWN, UNKNOWN_ADDRESS
from scenario.cassette.tapes import expected
from scenario.errors import ConfigurationError
from scenario.late_pattern import late_pattern

_ENVIRONMENT: Final = late_pattern(r"\$env\.([A-Za-z_][A-Za-z0-9_]*)")


def from_environment(text: str, setting: str) -> str:
    """A text with the variables' values.

    Args:
        text: which may name variables.
        setting: where it stands, in messages: "judge.api_key".

    Raises:
        ConfigurationError: one is not set.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ and expected.get():
            # It is played: it needs neither a key nor the server.
            return UNKNOWN_ADDRESS if setting.endswith(".api_base") else UNKNOWN
        if match[1] not in os.environ:
            raise ConfigurationError(
                f"{setting}: the environment variable {match[1]} is not set. Set it, or export it."
            )
        return os.environ[match[1]]

    return _ENVIRONMENT.sub(value, text)
