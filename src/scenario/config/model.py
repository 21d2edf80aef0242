"""A model and how to reach it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from scenario.config.model_parameters import tell_of_parameters
from scenario.dumpable import selected
from scenario.errors import SettingTypeError
from scenario.kinds import NUMBER, POSITIVE, TEXT, Kinds, demand_kinds, optional

_KINDS: Final[Kinds] = {
    "api_base": optional(TEXT),
    "api_key": optional(TEXT),
    "temperature": NUMBER,
    "max_tokens": optional(POSITIVE),
}


class ModelConfig:
    """A model and how to reach it.

    Args:
        model: "provider/model", for example "openai/gpt-4o-mini".
        api_base: the server's base URL, for example "http://127.0.0.1:8000/v1".
        api_key: its key; the provider's environment variable otherwise.
        temperature: sampling temperature; one that a participant is given explicitly wins over it.
        max_tokens: the longest answer, in tokens; None leaves it to the server.
        extra: anything else. `timeout` (seconds) and `extra_headers` are settings of the call, the rest goes into the
            request's body as it is, with a warning where no server is known to take it. It can be read as attributes.

    Raises:
        ConfigurationError: a setting is of a wrong kind (a ValueError and a TypeError).
    """

    __slots__ = ("api_base", "api_key", "extra", "max_tokens", "model", "temperature")

    def __init__(
        self,
        model: str,
        api_base: str | None = None,
        api_key: str | None = None,
        temperature: float = 0.0,
        max_tokens: int | None = None,
        **extra: Any,
    ) -> None:
        if not model or not isinstance(model, str):
            raise SettingTypeError(
                f"A model is named by a non-empty string such as 'openai/gpt-4o-mini', not {model!r}."
            )
        self.model: str = model
        self.api_base: str | None = api_base
        self.api_key: str | None = api_key
        self.temperature: float = temperature
        self.max_tokens: int | None = max_tokens
        self.extra: dict[str, Any] = extra
        demand_kinds("ModelConfig", _KINDS, self, SettingTypeError)
        tell_of_parameters("ModelConfig", extra, self.__slots__)

    def __getattr__(self, name: str) -> Any:
        # Copying and unpickling look for methods before there is any `extra`.
        if name != "extra" and not name.startswith("__") and name in self.extra:
            return self.extra[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def model_dump(
        self,
        *,
        mode: str = "python",
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        exclude_none: bool = False,
    ) -> dict[str, Any]:
        """The settings as a new dictionary, as calls of a client library take them: the key is among them.

        Args:
            mode: taken for compatibility, without effect.
            include: the settings to dump; None for all.
            exclude: settings to leave out.
            exclude_none: leave settings out that are None.
        """
        del mode
        values = {name: getattr(self, name) for name in self.__slots__ if name != "extra"} | self.extra
        return selected(values, include=include, exclude=exclude, exclude_none=exclude_none)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> ModelConfig:
        """A copy, with some settings changed.

        Args:
            update: the new values by their names.
            deep: taken for compatibility, without effect.
        """
        del deep
        return ModelConfig(**self.model_dump() | dict(update or {}))

    def __repr__(self) -> str:
        """Without the key: settings are printed in reports and tracebacks."""
        return f"ModelConfig(model={self.model!r}, api_base={self.api_base!r}, temperature={self.temperature!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ModelConfig):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.model, self.api_base))
