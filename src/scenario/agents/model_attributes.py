"""What a participant that is played by a model was told about it, as attributes that may be read and changed."""

from __future__ import annotations

from typing import Any

import msgspec

from scenario.config import ModelConfig, in_force
from scenario.dialogue.adapter import AgentAdapter
from scenario.llm.participant_model import ParticipantModel


class ModelAttribute:
    """One of the settings: what the participant was told, else what is configured."""

    def __init__(self, default: Any = None) -> None:
        self._default = default
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, participant: ModelParticipant | None, owner: type) -> Any:
        if participant is None:
            return self
        # Classes of users' own may leave our __init__ out, and keep everything themselves.
        if self._name in participant.__dict__:
            return participant.__dict__[self._name]
        told = getattr(participant.played_by.settings, self._name) if "played_by" in participant.__dict__ else None
        return self._configured() if told is None else told

    def __set__(self, participant: ModelParticipant, value: Any) -> None:
        if "played_by" not in participant.__dict__:
            participant.__dict__[self._name] = value
            return
        model = participant.played_by
        model.settings = msgspec.structs.replace(model.settings, **{self._name: value})

    def _configured(self) -> Any:
        configured = in_force().default_model
        if isinstance(configured, ModelConfig):
            value = getattr(configured, self._name)
        else:
            value = configured if self._name == "model" else None
        return self._default if value is None else value


class ModelParticipant(AgentAdapter):
    """A participant that is played by a model.

    Attributes:
        model: "provider/model"; None where nobody has named one, and the environment decides.
        api_base: the base URL; None for the provider's own.
        api_key: the key; None where the environment has it.
        temperature: the sampling temperature.
        max_tokens: the longest answer, in tokens; None leaves it to the server.
    """

    played_by: ParticipantModel
    model: Any = ModelAttribute()
    api_base: Any = ModelAttribute()
    api_key: Any = ModelAttribute()
    temperature: Any = ModelAttribute(0.0)
    max_tokens: Any = ModelAttribute()

    def _named(self, model: str | ModelConfig | None) -> str | ModelConfig | None:
        """The model of the argument, else that of the class, which may have `model = "openai/gpt-4o-mini"`."""
        of_class = getattr(type(self), "model", None)
        return of_class if model is None and isinstance(of_class, str | ModelConfig) else model
