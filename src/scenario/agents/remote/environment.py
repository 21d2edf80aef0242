"""The variables of the environment that stand in an agent's settings as $env.NAME."""

from __future__ import annotations

import os

from scenario.agents.remote.template import Environment
from scenario.cassette.tapes import current_tapes
from scenario.config.cassette import Cassette
from scenario.errors import ConfigurationError
from scenario.redaction import redacted_url


def environment_of(url: str, cassette: Cassette | None) -> Environment:
    """What looks up a variable; in a run that is played, none has to be set.

    Args:
        url: the agent's, for the error.
        cassette: the agent's own.
    """

    def variable(name: str) -> str:
        value = os.environ.get(name)
        if (tapes := current_tapes.get()) is not None:
            value = tapes.variable(name, value, cassette)
        if value is None:
            raise ConfigurationError(f"$env.{name} is used for {redacted_url(url)}, and {name} is not set: set it.")
        return value

    return variable
