"""Settings, and the one place where they are resolved.

The order is: argument of the call, then `scenario.configure`, then the built-in default. A sentinel means "not given".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Final

import msgspec

from scenario.dumpable import Dumpable, selected
from scenario.errors import ConfigurationError


class _NotGiven:
    """The type of `NOT_GIVEN`: tells "not given" apart from None, which means "off"."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"

    def __bool__(self) -> bool:
        return False


NOT_GIVEN: Final = _NotGiven()


class ModelConfig:
    """A model and how to reach it.

    Args:
        model: "provider/model", for example "openai/gpt-4o-mini".
        api_base: the server's base URL, for example "http://127.0.0.1:8000/v1".
        api_key: its key; the provider's environment variable otherwise.
        temperature: sampling temperature; one that a participant is given explicitly wins over it.
        max_tokens: the longest answer, in tokens; None leaves it to the server.
        extra: anything else. `timeout` (seconds) and `extra_headers` are settings of the call, the rest goes into the
            request's body as it is. It can be read as attributes.
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
            raise ConfigurationError(
                f"A model is named by a non-empty string such as 'openai/gpt-4o-mini', not {model!r}."
            )
        self.model: str = model
        self.api_base: str | None = api_base
        self.api_key: str | None = api_key
        self.temperature: float = temperature
        self.max_tokens: int | None = max_tokens
        self.extra: dict[str, Any] = extra

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


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Deadlines of one call, in seconds; None switches one off.

    Attributes:
        connect: until the connection stands.
        first_byte: from the request's end to the first byte of the response.
        idle: the longest silence between two pieces of the body; any byte counts, a comment too.
        total: the whole call.
    """

    connect: float | None = 10.0
    first_byte: float | None = 60.0
    idle: float | None = 60.0
    total: float | None = 300.0

    def __post_init__(self) -> None:
        """Refuse what cannot be a deadline.

        Raises:
            ConfigurationError: a deadline is zero, negative, or no number.
        """
        for name in self.__struct_fields__:
            seconds = getattr(self, name)
            if seconds is None:
                continue
            if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
                raise ConfigurationError(
                    f"Timeouts({name}={seconds!r}): a deadline is a number of seconds above 0, or None for no deadline."
                )


class ScenarioConfig(Dumpable, kw_only=True):
    """What a run goes by, unless its own arguments say otherwise.

    A setting that is made with None has its default.

    Attributes:
        default_model: the model of judges and user simulators that name none.
        max_turns: how many turns free play lasts at the most.
        min_turns: how many turns are played before the built-in judge may end free play; None for no floor.
        verbose: print the conversation; 2 prefixes each line with the scenario's name.
        cache_key: serve model calls and `@scenario.cache` functions from disk under this key; None switches it off.
        debug: ask on the terminal before each simulated user line.
        headless: taken for compatibility: a run opens no browser anyway. The next four are without effect, too.
        fetch_remote_traces: see `headless`.
        trace_wait_timeout: see `headless`.
        trace_wait_extension: see `headless`.
        observability: see `headless`.
        given: the names that were set on purpose.
    """

    default_model: str | ModelConfig | None = None
    max_turns: int = 10
    min_turns: int | None = None
    verbose: bool | int = True
    cache_key: str | None = None
    debug: bool = False
    headless: bool = False
    fetch_remote_traces: bool | None = None
    trace_wait_timeout: float = 30.0
    trace_wait_extension: float = 30.0
    observability: dict[str, Any] | None = None
    given: frozenset[str] = frozenset()

    _kept_back: ClassVar[frozenset[str]] = frozenset({"given"})

    # The contract names this attribute, and tests put back here what they found, or None; `in_force` reads it.
    default_config: ClassVar[ScenarioConfig]

    def __post_init__(self) -> None:
        """Refuse values that have no meaning.

        Raises:
            ConfigurationError: a limit is out of range.
        """
        for field in msgspec.structs.fields(type(self)):
            if getattr(self, field.name) is None and field.default is not None:
                setattr(self, field.name, field.default)
        check_limits(self.max_turns, self.min_turns)

    def items(self) -> dict[str, Any]:
        """The settings that are not None, by name."""
        settings = {name: getattr(self, name) for name in self.__struct_fields__ if name != "given"}
        return {name: value for name, value in settings.items() if value is not None}

    def merge(self, other: ScenarioConfig) -> ScenarioConfig:
        """A copy with the other's settings in the place of these, but for those that are None there."""
        changes = other.items()
        given = self.given | other.given | {name for name, value in changes.items() if value != getattr(self, name)}
        return msgspec.structs.replace(self, **changes, given=given)

    def merged(self, **changes: object) -> ScenarioConfig:
        """A copy with these settings changed; those that are `NOT_GIVEN` are left as they are.

        Raises:
            ConfigurationError: a setting is unknown or out of range.
        """
        changes = {name: value for name, value in changes.items() if value is not NOT_GIVEN}
        _refuse_unknown(changes)
        given = self.given | changes.keys()
        return msgspec.structs.replace(self, **changes, given=given)

    @classmethod
    def configure(cls, **changes: Any) -> None:
        """Change the settings that are in force; see `scenario.configure`."""
        configure(**changes)


_SETTINGS: Final = frozenset(ScenarioConfig.__struct_fields__) - {"given"}
# For these, None has no meaning of its own as the argument of a run: code written for this API passes it on for
# "not given". For the others, None is "off".
_NONE_IS_NOT_GIVEN: Final = _SETTINGS - {"cache_key", "min_turns"}


def check_limits(max_turns: object, min_turns: object) -> None:
    """Refuse turn limits that have no meaning.

    Raises:
        ConfigurationError: a limit is no whole number, out of range, or the floor is above the limit.
    """
    if isinstance(max_turns, bool) or not isinstance(max_turns, int) or max_turns < 1:
        raise ConfigurationError(f"max_turns={max_turns!r}: give a whole number of at least 1.")
    if min_turns is None:
        return
    if isinstance(min_turns, bool) or not isinstance(min_turns, int) or min_turns < 0:
        raise ConfigurationError(f"min_turns={min_turns!r}: give a whole number of at least 0, or None for no floor.")
    if min_turns > max_turns:
        raise ConfigurationError(
            f"min_turns={min_turns} is above max_turns={max_turns}: lower the floor or raise the limit."
        )


def _refuse_unknown(names: dict[str, object]) -> None:
    for name in names:
        if name not in _SETTINGS:
            raise ConfigurationError(f"There is no setting {name!r}; there are: {', '.join(sorted(_SETTINGS))}.")


ScenarioConfig.default_config = ScenarioConfig()


def in_force() -> ScenarioConfig:
    """What `configure` has set; the built-in defaults where `ScenarioConfig.default_config` was set to None."""
    configured: ScenarioConfig | None = ScenarioConfig.default_config
    return ScenarioConfig() if configured is None else configured


def configure(
    default_model: Any = NOT_GIVEN,
    max_turns: Any = NOT_GIVEN,
    min_turns: Any = NOT_GIVEN,
    verbose: Any = NOT_GIVEN,
    cache_key: Any = NOT_GIVEN,
    debug: Any = NOT_GIVEN,
    headless: Any = NOT_GIVEN,
    fetch_remote_traces: Any = NOT_GIVEN,
    trace_wait_timeout: Any = NOT_GIVEN,
    trace_wait_extension: Any = NOT_GIVEN,
    observability: Any = NOT_GIVEN,
) -> None:
    """Change the settings in force, those of `ScenarioConfig`; what is not given stays, None resets to the default.

    They hold for every run of this process that begins afterwards and does not say otherwise in its own arguments.

    Raises:
        ConfigurationError: a value is out of range; nothing is changed then.
    """
    changes = {name: value for name, value in locals().items() if value is not NOT_GIVEN}
    current = in_force()
    built_in = ScenarioConfig()
    reset = {name for name, value in changes.items() if value is None}
    changed = current.merged(**changes | {name: getattr(built_in, name) for name in reset})
    changed.given -= reset
    ScenarioConfig.default_config = changed


def resolve(**arguments: object) -> ScenarioConfig:
    """The settings of one run: its arguments over what is configured.

    Raises:
        ConfigurationError: a setting is unknown or out of range.
    """
    given = {n: v for n, v in arguments.items() if not (v is None and n in _NONE_IS_NOT_GIVEN)}
    return in_force().merged(**given)
