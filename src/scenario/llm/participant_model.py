"""The model of a participant: found when it is made, settled when it is used, kept between its calls."""

from __future__ import annotations

import os
from functools import cache, partial
from typing import Any

import msgspec

from scenario.cassette.tapes import TapedTransport, current_tapes, expected, is_played, may_be_played, now, sleep
from scenario.config import ScenarioConfig, in_force
from scenario.llm.any_llm_transport import AnyLlmTransport
from scenario.llm.call_settings import call_settings
from scenario.llm.complaint import is_final
from scenario.llm.model import Model
from scenario.llm.resolve import ModelSettings, ModelTarget, found_model, none_found, ollama_answers, resolve_model
from scenario.transport.transport import Transport


class ParticipantModel:
    """Where a judge or a user simulator has its model from.

    Args:
        settings: what the participant was told.
        who: the participant, in messages.
        is_needed: whether there must be a model now, and not only when it is asked.

    Attributes:
        settings: may be changed between calls.

    Raises:
        ConfigurationError: there is no model anywhere, or a setting has no meaning. A model that was named is not
            looked at before it is used.
    """

    def __init__(self, settings: ModelSettings, *, who: str, is_needed: bool = True) -> None:
        self.settings = settings
        self._who = who
        self._ollama: bool | None = None
        self._target: ModelTarget | None = None
        self._model: Model | None = None
        call_settings(settings.extra)
        if is_needed and settings.model is None and settings.api_base is None:
            self._demand_any()

    def of_run(self, config: ScenarioConfig | None) -> Model:
        """The model to use in a run with these settings; the same object for as long as they stay the same.

        Raises:
            ConfigurationError: there is none, or a setting has no meaning.
        """
        # States that tests make by hand may hold anything else in its place.
        default_model = (config if isinstance(config, ScenarioConfig) else in_force()).default_model
        tapes = current_tapes.get()
        tape = None if tapes is None else tapes.of(None)
        settings = self.settings
        if tape is not None and tape.plays and settings.model is None and default_model is None:
            # Whichever model this machine has: it is the recorded one that answers.
            recorded = tape.models.get(self._who, "")
            settings = msgspec.structs.replace(settings, model=recorded or None)
        target = resolve_model(settings, os.environ, default_model, who=self._who, ollama=self._ollama_answers)
        if tape is not None and not tape.plays:
            # A provider alone is one that is asked for its models.
            tape.models[self._who] = target.name if "/" in target.name else f"{target.name}/"
        if self._model is None or target != self._target:
            self._target, self._model = target, open_model(target, who=self._who)
        return self._model

    def _demand_any(self) -> None:
        configured = in_force().default_model
        if expected.get() or may_be_played(in_force().cassette, os.environ):
            return  # the cassette may know which model it was
        if found_model(os.environ, configured, ollama=self._ollama_answers) is None:
            raise none_found(self._who, os.environ)

    def _ollama_answers(self) -> bool:
        """Asked once: it is a connection, and the answer holds for as long as the participant lives."""
        if is_played():
            return False
        if self._ollama is None:
            self._ollama = ollama_answers()
        return self._ollama


def open_model(target: ModelTarget, *, who: str = "model", **options: Any) -> Model:
    """A model over HTTP or any-llm, with the settings' number of attempts and the usual limit on requests at once.

    Args:
        target: which model, and where.
        who: what its calls are known by in a cassette.
        options: arguments of `RetryingTransport`, such as its `sleep`.
    """

    @cache
    def network() -> Transport:
        # aiohttp is loaded when the first request is about to be sent, not when a judge is made.
        from scenario.transport.limiting import LimitedTransport
        from scenario.transport.retrying import RetryingTransport

        retrying = partial(RetryingTransport, attempts=target.settings.attempts, is_final=is_final)
        return retrying(LimitedTransport(_network(target)), **options)

    transport = TapedTransport(network, who)
    return Model(target, transport=transport, environ=os.environ, clock=now, sleep=options.get("sleep", sleep))


def load_network() -> None:
    """Import what the first request would import, for whoever can do so where nobody waits for it."""
    import scenario.transport.aiohttp_transport
    import scenario.transport.limiting
    import scenario.transport.retrying  # noqa: F401


def _network(target: ModelTarget) -> Transport:
    if target.any_llm is not None:
        base = None if target.api_base.startswith("any-llm:") else target.api_base
        return AnyLlmTransport(target.any_llm, api_base=base, api_key=target.api_key)
    from scenario.transport.aiohttp_transport import AiohttpTransport

    return AiohttpTransport()
