"""The cassettes of the run that is going on: what its calls are recorded into, or played from."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

import msgspec

from scenario.cassette.request_ids import UNKNOWN
from scenario.config import Timeouts
from scenario.config.cassette import MODE_VARIABLE, MODES, Cassette
from scenario.errors import CassetteError, ConfigurationError
from scenario.exchange import HttpRequest
from scenario.redaction import NO_SECRETS, Secrets
from scenario.transport.transport import Response, Transport

if TYPE_CHECKING:  # most runs have no cassette
    from pathlib import Path

    from scenario.cassette.interaction import Identity
    from scenario.cassette.run_clock import RunClock
    from scenario.cassette.tape import Tape

_ATTRIBUTE: Final = "_scenario_runs_of_an_identity"


class Tapes:
    """What one run records and plays.

    Args:
        whole: the cassette of all of its calls; None where there is none.
        own: those of single agents.
        identity: which run.
        is_wired: whether all agents of the run are behind a wire: what answers in the process takes its own time.

    Attributes:
        clock: the run's, where anything of it is recorded and played; None where all of it is live.
        is_at_once: whether nothing is waited for.
        is_slow: whether what is played takes time of its own.
        thread_id: the conversation's; the recorded one, where there is one.
        memory: what is learnt of servers on the way. Each run that has a cassette learns by itself, so that it asks
            the same whatever was run before it.
        secrets: gives what is masked in what is kept.
        texts: gives the texts of the answers, put together of their pieces.

    Raises:
        ConfigurationError: a cassette cannot be read, or cannot be played.
    """

    def __init__(
        self, whole: Cassette | None, own: Iterable[Cassette], identity: Identity, *, is_wired: bool = True
    ) -> None:
        from scenario.cassette.run_clock import RunClock
        from scenario.cassette.tape import Tape

        # One tape for each file, in the mode of the whole: of two, one would replace what the other has written.
        tapes: dict[Path, Tape] = {}

        def tape_of(cassette: Cassette) -> Tape:
            file = cassette.file.resolve()
            tape = tapes[file] = tapes.get(file) or Tape(cassette, identity)
            if _as_given(msgspec.structs.replace(tape.cassette, path=cassette.path)) != _as_given(cassette):
                raise ConfigurationError(
                    f"{cassette.file} is given twice to one run, with other settings: {tape.cassette} and {cassette}. "
                    "Give them the same, or a file each."
                )
            return tape

        self._whole = None if whole is None else tape_of(whole)
        self._own = {_as_given(cassette): tape_of(cassette) for cassette in own}
        self._every = every = list(tapes.values())
        plays = [tape for tape in every if tape.is_recorded]
        is_played_whole = len(plays) == len(every) and self._whole is not None and is_wired
        self.clock: RunClock | None = None
        if plays:
            self.clock = RunClock(None if is_played_whole else time.perf_counter)
        self.is_slow = any(tape.factor is not None for tape in plays)
        self.is_at_once = bool(plays) and is_played_whole and not self.is_slow
        self.thread_id = next((tape.thread_id for tape in plays if tape.thread_id), None)
        self.memory: dict[Hashable, Any] = {}
        self.secrets: Callable[[], Secrets] = lambda: NO_SECRETS
        self.texts: Callable[[], Iterable[str]] = tuple

    def of(self, own: Cassette | None) -> Tape | None:
        """What a participant's calls go to.

        Args:
            own: the cassette that it was given itself.
        """
        return self._whole if own is None else self._own.get(_as_given(own))

    def variable(self, name: str, value: str | None, own: Cassette | None) -> str | None:
        """A variable of the environment: its value, or what stands for it where it is not set and the run is played.

        Args:
            name: the variable's.
            value: what it is; None where it is not set.
            own: the cassette that the participant was given itself.
        """
        tape = self.of(own)
        if tape is None:
            return value
        if tape.plays:
            return tape.addresses.get(name, UNKNOWN) if value is None else value
        if value is not None and "://" in value:
            # How it is spoken to is what is asked of it; what else stands in it may be secret.
            tape.addresses[name] = f"{value.partition('://')[0]}://{UNKNOWN}"
        return value

    def keep(self) -> None:
        """Write what was recorded.

        Raises:
            ConfigurationError: a file cannot be written.
        """
        recorded = [tape for tape in self._every if not tape.plays]
        if not recorded:
            return
        from scenario.found_secrets import secrets_in_texts

        secrets = self.secrets() | secrets_in_texts(self.texts())
        for tape in recorded:
            tape.keep(self.thread_id or "", secrets)


def _as_given(cassette: Cassette) -> Cassette:
    """The same, whatever its mode, which the environment may have changed."""
    return msgspec.structs.replace(cassette, mode="auto")


current_tapes: ContextVar[Tapes | None] = ContextVar("scenario_current_tapes", default=None)
"""Those of the run that is going on; None where it has none, and outside of a run."""


def in_effect(cassette: Cassette | None, environ: Mapping[str, str]) -> Cassette | None:
    """A cassette with the mode that the environment says; None where that is "off".

    Raises:
        ConfigurationError: the environment names no mode.
    """
    if cassette is None:
        return None
    mode: Any = environ.get(MODE_VARIABLE) or cassette.mode
    if mode not in MODES:
        raise ConfigurationError(f"{MODE_VARIABLE}={mode!r:.120}: give one of {', '.join(MODES)}.")
    return None if mode == "off" else msgspec.structs.replace(cassette, mode=mode)


expected: ContextVar[bool] = ContextVar("scenario_cassette_expected", default=False)
"""Whether the participants that are made are for a run that may be played, so that they may lack a key or a model."""


def may_be_played(cassette: Cassette | None, environ: Mapping[str, str]) -> bool:
    """Whether a run with a cassette may need neither network nor key."""
    cassette = in_effect(cassette, environ)
    return cassette is not None and (cassette.mode == "replay" or (cassette.mode == "auto" and cassette.file.exists()))


def open_tapes(whole: Cassette | None, own: Iterable[Cassette], identity: Identity, *, is_wired: bool) -> Tapes | None:
    """The tapes of a run that begins here; None where it has no cassette. See `Tapes`.

    Raises:
        ConfigurationError: a cassette cannot be read, or cannot be played.
    """
    whole = in_effect(whole, os.environ)
    others = [one for given in own if (one := in_effect(given, os.environ)) is not None]
    if whole is None and not others:
        return None
    number = _runs_before((whole, *others), identity)
    return Tapes(whole, others, msgspec.structs.replace(identity, run=number), is_wired=is_wired)


def _runs_before(cassettes: Hashable, identity: Identity) -> int:
    """How many runs of the same name this loop has begun with the same cassettes; they are told apart by that."""
    loop: Any = asyncio.get_running_loop()
    begun: dict[Hashable, int] | None = getattr(loop, _ATTRIBUTE, None)
    if begun is None:
        begun = {}
        setattr(loop, _ATTRIBUTE, begun)
    key = cassettes, identity.sorted_by
    begun[key] = number = begun.get(key, -1) + 1
    return number


def now() -> float:
    """A monotonic clock, in seconds: that of what is played, where a run is."""
    tapes = current_tapes.get()
    return time.perf_counter() if tapes is None or tapes.clock is None else tapes.clock.now()


async def sleep(seconds: float) -> None:
    """Wait so long; in a run that is played at once, that time has passed at once."""
    tapes = current_tapes.get()
    if tapes is not None and tapes.is_at_once and tapes.clock is not None:
        await tapes.clock.sleep(seconds)
    else:
        await asyncio.sleep(seconds)


def is_played(own: Cassette | None = None) -> bool:
    """Whether a participant's calls are played, so that it needs neither network nor key."""
    tapes = current_tapes.get()
    tape = None if tapes is None else tapes.of(own)
    return tape is not None and tape.plays


class TapedTransport:
    """What a participant's calls go through: recorded, played, or neither, as the run that is going on has it.

    Args:
        inner: makes what sends them; a run that is played needs none.
        participant: who makes the calls: "agent", or what begins so, for agents.
        own: the cassette that the participant was given itself.
    """

    def __init__(self, inner: Callable[[], Transport], participant: str, own: Cassette | None = None) -> None:
        self._inner = inner
        self._participant = participant
        self._own = own

    def open(self, request: HttpRequest, *, timeouts: Timeouts) -> AbstractAsyncContextManager[Response]:
        """Send `request`, or play it; see `scenario.transport.transport.Transport`.

        Raises:
            CassetteError: it is to be played, and is not recorded.
        """
        tapes = current_tapes.get()
        if tapes is None:
            if (own := in_effect(self._own, os.environ)) is not None:
                raise CassetteError(
                    f"{own.file}: a cassette goes with the runs of scenarios, and this call is made outside of one. "
                    "Make it in scenario.run(…), or give no cassette."
                )
            return self._inner().open(request, timeouts=timeouts)
        tape = tapes.of(self._own)
        if tape is None:
            return self._inner().open(request, timeouts=timeouts)
        if not tape.plays:
            return tape.recording(self._inner(), request, timeouts=timeouts, participant=self._participant)
        return tape.playing(
            request,
            timeouts=timeouts,
            participant=self._participant,
            clock=tapes.clock,
            thread_id=tapes.thread_id or "",
            secrets=tapes.secrets,
        )
