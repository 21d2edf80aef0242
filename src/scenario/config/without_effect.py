"""Settings of this API that have no effect here: code that gives them runs, and is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scenario.warning import is_given, warn_once

_TRACING: Final = "tracing is not part of this version: the judge reads the conversation, and no traces"
_VOICE: Final = "voice is not part of this package: the conversation is text"
_REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    _TRACING: (
        "fetch_remote_traces",
        "include_traces",
        "observability",
        "remote_trace_fetcher",
        "span_collector",
        "trace_wait_extension",
        "trace_wait_timeout",
    ),
    _VOICE: (
        "audio_effects",
        "audio_playback",
        "include_audio",
        "include_timeline",
        "interrupt_probability",
        "modality",
        "on_audio_chunk",
        "on_voice_event",
        "voice",
    ),
}
# What happens anyway when it is asked for.
_AS_IT_IS: Final = {"modality": "text"}


def tell_without_effect(owner: str, **settings: Any) -> None:
    """Warn of those that ask for something: one warning for each reason, and each name of an owner once in a process.

    A value that asks for nothing (None, False, 0, an empty collection) asks for what happens anyway.

    Args:
        owner: what was given them, as users write it.
        settings: the values by name.

    Raises:
        ScenarioWarning: a filter of warnings makes an error of it.
    """
    asked = {name: value for name, value in settings.items() if _asks(name, value) and not is_given((owner, name))}
    for reason, names in _REASONS.items():
        if told := [name for name in asked if name in names]:
            shown = ", ".join(f"{name}={_shown(asked[name])}" for name in told)
            warn_once(f"{owner}({shown}) has no effect here, as {reason}.", *((owner, name) for name in told))


def _asks(name: str, value: Any) -> bool:
    plain = value is None or isinstance(value, bool | int | float | str | list | tuple | dict)
    return bool(value) and value != _AS_IT_IS.get(name) if plain else True


def _shown(value: object) -> str:
    """Numbers and switches as they are; what else there is may be long, or secret."""
    return repr(value) if isinstance(value, bool | int | float) else "…"
