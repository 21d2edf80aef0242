"""Which cassette a run records into or is played from, and how."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

from scenario.errors import ConfigurationError, SettingTypeError

Mode: TypeAlias = Literal["auto", "record", "replay", "off"]
Match: TypeAlias = Literal["content", "order"]
Speed: TypeAlias = Literal["instant", "recorded"] | float

MODES: Final[tuple[Mode, ...]] = ("auto", "record", "replay", "off")
MATCHES: Final[tuple[Match, ...]] = ("content", "order")
# Overrides the mode of every cassette of the process: CI replays what a laptop records.
MODE_VARIABLE: Final = "SCENARIO_CASSETTE_MODE"


class Cassette(msgspec.Struct, frozen=True):
    """A file of recorded calls, for the agent and the models of a run.

    Args:
        path: the file; JSON lines.
        mode: "auto" plays a scenario that is recorded and records one that is not; "record" records it anew; "replay"
            never opens a socket, and what is not recorded is an error; "off" does neither.
        match: which recorded call answers a request. "content" finds the same method, URL and body; "order" takes the
            participant's next call in the conversation, whatever its body says, so that a changed prompt still plays.
        ignore: what does not count in a body that is JSON, as JMESPaths of fields, indexes and `[*]`
            ("messages[*].id"); "?name" is a parameter of the URL's query.
        speed: how fast it plays: "instant" waits for nothing, "recorded" as long as it took, 10.0 a tenth of that. What
            times say is the same at any speed: they are those of the recording.

    Raises:
        ConfigurationError: a setting is unknown or has no meaning.
    """

    path: str
    mode: Mode = "auto"
    match: Match = "content"
    ignore: Sequence[str] = ()
    speed: Speed = "instant"

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        given: object = self.path
        if not isinstance(given, str | os.PathLike) or not os.fspath(given):
            raise SettingTypeError(f"Cassette({given!r:.120}): give the path of a file, such as 'weather.cassette'.")
        _chosen("mode", self.mode, MODES)
        _chosen("match", self.match, MATCHES)
        ignore: object = self.ignore
        if isinstance(ignore, str) or not isinstance(ignore, list | tuple | set | frozenset):
            raise SettingTypeError(f"Cassette(ignore={ignore!r:.120}): give a list of JMESPaths.")
        if not all(isinstance(one, str) and one for one in ignore):
            raise SettingTypeError(f"Cassette(ignore={ignore!r:.120}): give a list of JMESPaths.")
        _check_speed(self.speed)
        force = msgspec.structs.force_setattr
        force(self, "path", os.fspath(given))
        force(self, "ignore", tuple(ignore))

    @property
    def file(self) -> Path:
        """The file."""
        return Path(self.path)


def _chosen(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigurationError(f"Cassette({name}={value!r:.120}): give one of {', '.join(map(repr, known))}.")


def _check_speed(speed: object) -> None:
    if speed in ("instant", "recorded"):
        return
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0 < speed < float("inf"):
        raise ConfigurationError(
            f"Cassette(speed={speed!r:.120}): give 'instant', 'recorded', or how many times as fast, such as 10."
        )


def check_mode_of_option(option: str, mode: str | None, environ: Mapping[str, str]) -> None:
    """Refuse an option that the environment's mode leaves without effect.

    Args:
        option: its name.
        mode: what it says; None where it is not given.
        environ: the environment.

    Raises:
        ConfigurationError: they say two things.
    """
    told = environ.get(MODE_VARIABLE)
    if mode is not None and told and told != mode:
        raise ConfigurationError(
            f"{option} {mode}: {MODE_VARIABLE}={told!r:.80} is set, and goes before it. Unset that variable, or leave "
            "the option out."
        )


def cassette_of(given: object, mode: object = None) -> Cassette | None:
    """What a setting `cassette=` says: a path, a `Cassette`, or None.

    Args:
        given: the setting.
        mode: another mode than the cassette's own; None leaves that.

    Raises:
        ConfigurationError: it is neither, or a mode was given without a cassette.
    """
    if given is None:
        if mode is not None:
            raise ConfigurationError(f"cassette_mode={mode!r}: there is no cassette for it. Give cassette=PATH, too.")
        return None
    if isinstance(given, str | os.PathLike):
        given = Cassette(os.fspath(given))
    if not isinstance(given, Cassette):
        raise SettingTypeError(f"cassette={given!r:.120}: give the path of a file, or a scenario.Cassette(…).")
    if mode is None:
        return given
    _chosen("mode", mode, MODES)
    return msgspec.structs.replace(given, mode=mode)
