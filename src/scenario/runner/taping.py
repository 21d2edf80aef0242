"""The cassettes of a run that begins: the run's own, and those of its participants."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from scenario.cassette.tapes import Tapes, open_tapes
from scenario.config import ScenarioConfig
from scenario.config.cassette import Cassette
from scenario.record.plain import json_text
from scenario.redaction import NO_SECRETS, Secrets, environment_secrets, redacted_json
from scenario.run_source import RunSource, current_source
from scenario.types import AgentRole

if TYPE_CHECKING:
    from scenario.cassette.interaction import Identity


def tapes_of_run(config: ScenarioConfig, agents: Iterable[Any], name: str) -> Tapes | None:
    """What the run records and plays; None where it has no cassette.

    Args:
        config: the run's settings.
        agents: its participants.
        name: what it is called.

    Raises:
        ConfigurationError: a cassette cannot be read, or cannot be played.
    """
    agents = list(agents)
    own = [one for agent in agents if isinstance(one := getattr(agent, "cassette", None), Cassette)]
    if config.cassette is None and not own:
        return None
    is_wired = all(getattr(agent, "is_wired", False) for agent in agents if agent.role is AgentRole.AGENT)
    secrets = Secrets((), named=config.secrets or ())
    identity = identity_of(name, current_source.get() or RunSource(), secrets)
    return open_tapes(config.cassette, own, identity, is_wired=is_wired)


def identity_of(name: str, source: RunSource, secrets: Secrets = NO_SECRETS) -> Identity:
    """Which run it is, its file as seen from the working directory; secrets in it are masked."""
    from scenario.cassette.interaction import Identity
    from scenario.cassette.masked import masked_identity

    parameters = msgspec.json.decode(json_text(redacted_json(dict(source.parameters))))
    identity = Identity(scenario=name, file=source.file, test=source.test, parameters=parameters, repeat=source.repeat)
    return masked_identity(identity, environment_secrets(os.environ) | secrets)
