"""What a run goes by, and the one place where that is resolved."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, Final

import msgspec

from scenario.config.cassette import Cassette, cassette_of
from scenario.config.model import ModelConfig
from scenario.config.without_effect import tell_without_effect
from scenario.dumpable import Dumpable
from scenario.errors import ConfigurationError, SettingTypeError
from scenario.kinds import MAPPING, SECONDS, TEXT, TRUTH, Kind, Kinds, demand_kinds, optional
from scenario.not_given import NOT_GIVEN
from scenario.redaction import named_secrets


@cache
def _defaults(of: type[msgspec.Struct]) -> list[tuple[str, Any]]:
    """The fields whose default is not None: each run makes a configuration, and looking them up reads annotations."""
    return [(field.name, field.default) for field in msgspec.structs.fields(of) if field.default is not None]


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
        headless: taken for compatibility: a run opens no browser anyway.
        fetch_remote_traces: without effect, as the next three are, and as a warning says: there is no tracing yet.
        trace_wait_timeout: see `fetch_remote_traces`; in seconds.
        trace_wait_extension: see `fetch_remote_traces`; in seconds.
        observability: see `fetch_remote_traces`.
        secrets: texts of 4 characters or more that are masked in whatever is kept or shown of a run.
        cassette: what the calls of runs are recorded into, or played from; a path, or a `Cassette`.
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
    trace_wait_timeout: float | None = None
    trace_wait_extension: float | None = None
    observability: dict[str, Any] | None = None
    secrets: list[str] | None = None
    cassette: Cassette | None = None
    given: frozenset[str] = frozenset()

    _kept_back: ClassVar[frozenset[str]] = frozenset({"given", "secrets"})
    # The turn limits have a check of their own.
    _kinds: ClassVar[Kinds] = {
        "default_model": optional(Kind(lambda model: isinstance(model, str | ModelConfig), "a text or a ModelConfig")),
        "verbose": Kind(
            lambda level: isinstance(level, int) and level >= 0, "True, False, or 2 for the scenarios' names"
        ),
        "cache_key": optional(TEXT),
        "debug": TRUTH,
        "headless": TRUTH,
        "fetch_remote_traces": optional(TRUTH),
        "trace_wait_timeout": optional(SECONDS),
        "trace_wait_extension": optional(SECONDS),
        "observability": optional(MAPPING),
    }

    # The contract names this attribute, and tests put back here what they found, or None; `in_force` reads it.
    default_config: ClassVar[ScenarioConfig]

    def __post_init__(self) -> None:
        """Refuse values that have no meaning, and warn of what has no effect.

        Raises:
            ConfigurationError: a setting is of a wrong kind, or a limit is out of range.
        """
        for name, default in _defaults(type(self)):
            if getattr(self, name) is None:
                setattr(self, name, default)
        model: object = self.default_model
        if isinstance(model, dict):
            self.default_model = ModelConfig(**{"model": "", **model})
        self.cassette = cassette_of(self.cassette)
        demand_kinds("ScenarioConfig", self._kinds, self, SettingTypeError)
        check_limits(self.max_turns, self.min_turns)
        if self.secrets is not None:
            self.secrets = list(named_secrets(self.secrets, "secrets=[…]"))
        tell_without_effect("ScenarioConfig", **{n: getattr(self, n) for n in _WITHOUT_EFFECT if n not in self.given})

    def __repr__(self) -> str:
        """Without the secrets."""
        shown = [f"{n}={getattr(self, n)!r}" for n in self.__struct_fields__ if n not in self._kept_back]
        return f"{type(self).__name__}({', '.join(shown)})"

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


_WITHOUT_EFFECT: Final = ("fetch_remote_traces", "trace_wait_timeout", "trace_wait_extension", "observability")
_SETTINGS: Final = frozenset(ScenarioConfig.__struct_fields__) - {"given"}
# For these, None has no meaning of its own as the argument of a run: code written for this API passes it on for
# "not given". For the others, None is "off".
_NONE_IS_NOT_GIVEN: Final = _SETTINGS - {"cache_key", "min_turns", "cassette"}


def check_limits(max_turns: object, min_turns: object) -> None:
    """Refuse turn limits that have no meaning.

    Raises:
        ConfigurationError: a limit is no whole number, out of range, or the floor is above the limit.
    """
    if isinstance(max_turns, bool) or not isinstance(max_turns, int) or max_turns < 1:
        raise SettingTypeError(f"max_turns={max_turns!r}: give a whole number of at least 1.")
    if min_turns is None:
        return
    if isinstance(min_turns, bool) or not isinstance(min_turns, int) or min_turns < 0:
        raise SettingTypeError(f"min_turns={min_turns!r}: give a whole number of at least 0, or None for no floor.")
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
    secrets: Any = NOT_GIVEN,
    cassette: Any = NOT_GIVEN,
    cassette_mode: Any = NOT_GIVEN,
) -> None:
    """Change the settings in force, those of `ScenarioConfig`; what is not given stays, None resets to the default.

    They hold for every run of this process that begins afterwards and does not say otherwise in its own arguments.

    Raises:
        ConfigurationError: a value is out of range; nothing is changed then.
    """
    changes = {name: value for name, value in locals().items() if value is not NOT_GIVEN}
    current = in_force()
    if (mode := changes.pop("cassette_mode", None)) is not None:
        changes["cassette"] = cassette_of(changes.get("cassette", current.cassette), mode)
    built_in = ScenarioConfig()
    reset = {name for name, value in changes.items() if value is None}
    changed = current.merged(**changes | {name: getattr(built_in, name) for name in reset})
    changed.given -= reset
    tell_without_effect("scenario.configure", **{n: changes[n] for n in _WITHOUT_EFFECT if n in changes})
    ScenarioConfig.default_config = changed


def resolve(**arguments: object) -> ScenarioConfig:
    """The settings of one run: its arguments over what is configured.

    Raises:
        ConfigurationError: a setting is unknown or out of range.
    """
    given = {n: v for n, v in arguments.items() if not (v is None and n in _NONE_IS_NOT_GIVEN)}
    return in_force().merged(**given)
