"""What a participant that is played by a model was told about it, as attributes that may be read and changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final

import msgspec

from scenario.config import ModelConfig, in_force
from scenario.config.model_parameters import tell_of_parameters
from scenario.dialogue.adapter import AgentAdapter
from scenario.errors import SettingTypeError
from scenario.kinds import NUMBER, POSITIVE, TEXT, Kinds, demand_kinds, optional
from scenario.llm.participant_model import ParticipantModel, load_network
from scenario.llm.resolve import ModelSettings

_KINDS: Final[Kinds] = {
    "api_base": optional(TEXT),
    "api_key": optional(TEXT),
    "temperature": optional(NUMBER),
    "max_tokens": optional(POSITIVE),
}


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

    def _be_played_by(
        self,
        *,
        model: str | ModelConfig | None,
        api_base: str | None,
        api_key: str | None,
        temperature: float | None,
        max_tokens: int | None,
        extra: dict[str, Any],
        is_needed: bool = True,
    ) -> None:
        """Take the arguments of the construction.

        Args:
            model: that of the participant, as the next ones are.
            api_base: see `model`.
            api_key: see `model`.
            temperature: see `model`.
            max_tokens: see `model`.
            extra: see `model`.
            is_needed: whether there must be a model now; else one is looked for when it is first asked.

        Raises:
            ConfigurationError: there is no model anywhere, or a setting has no meaning or is of a wrong kind.
        """
        tell_of_parameters(type(self).__name__, extra, type(self).__init__.__kwdefaults__ or ())
        self.played_by = self._participant_model(
            model=model,
            api_base=api_base,
            api_key=api_key,
            temperature=temperature,
            max_tokens=max_tokens,
            extra=extra,
            is_needed=is_needed,
        )

    def _participant_model(
        self,
        *,
        model: str | ModelConfig | None,
        api_base: str | None,
        api_key: str | None,
        temperature: float | None,
        max_tokens: int | None,
        extra: dict[str, Any],
        is_needed: bool = True,
    ) -> ParticipantModel:
        """A model of this participant; a `ModelConfig` in the place of a name brings its own settings.

        The model is that of the argument, else that of the class, which may have `model = "openai/gpt-4o-mini"`.

        Raises:
            ConfigurationError: there is no model anywhere, or a setting has no meaning or is of a wrong kind.
        """
        who = type(self).__name__
        of_class = getattr(type(self), "model", None)
        if model is None and isinstance(of_class, str | ModelConfig):
            model = of_class
        settings = ModelSettings(
            model=model if isinstance(model, str) else None,
            api_base=api_base,
            api_key=api_key,
            temperature=temperature,
            max_tokens=max_tokens,
            extra=extra,
        )
        demand_kinds(who, _KINDS, settings, SettingTypeError)
        if isinstance(model, ModelConfig):
            settings = ModelSettings(
                model=model.model,
                api_base=api_base or model.api_base,
                api_key=api_key or model.api_key,
                temperature=model.temperature if temperature is None else temperature,
                max_tokens=model.max_tokens if max_tokens is None else max_tokens,
                extra={**model.extra, **extra},
            )
        elif model is not None and not isinstance(model, str):
            raise SettingTypeError(f"{who}(model={model!r}): give a model's name, 'provider/model', or a ModelConfig.")
        return ParticipantModel(settings, who=who, is_needed=is_needed)

    def scenario_loads(self) -> dict[Hashable, Callable[[], object]]:
        """What its first call would import."""
        return {"models": load_network}
