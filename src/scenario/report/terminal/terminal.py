"""The terminal reporter: a run's conversation as it happens, or in plain lines."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TextIO
from weakref import WeakValueDictionary

from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style

from scenario.report.terminal.conversation import Conversation
from scenario.report.terminal.lines import Tone
from scenario.report.terminal.runner_commands import unobeyed_stream
from scenario.report.terminal.screen import Screen
from scenario.report.terminal.verbosity import display_for

if TYPE_CHECKING:
    from scenario.dialogue.events import Subscriber

STYLES: Final[dict[Tone, Style]] = {
    "plain": Style(),
    "strong": Style(bold=True),
    "dim": Style(dim=True),
    "good": Style(color="green", bold=True),
    "bad": Style(color="red", bold=True),
    "unsure": Style(color="yellow", bold=True),
    "invalid": Style(color="magenta", bold=True),
    "user": Style(color="blue", bold=True),
    "agent": Style(color="cyan", bold=True),
    "tool": Style(color="magenta"),
    "name 0": Style(color="cyan"),
    "name 1": Style(color="yellow"),
    "name 2": Style(color="magenta"),
    "name 3": Style(color="green"),
    "name 4": Style(color="blue"),
    "name 5": Style(color="bright_red"),
}
_COLOR_SYSTEMS: Final = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
}

# Runs that are started independently of each other have nothing in common but the stream they print on, so what keeps
# their lines apart can only be found by the stream. An entry lives as long as a run that prints there: the screen
# holds its stream, so that an id cannot be taken over while it is listed.
_screens: Final[WeakValueDictionary[int, Screen]] = WeakValueDictionary()
_opening: Final = threading.Lock()


def terminal_subscriber(
    *, verbose: bool | int, verbose_given: bool, stream: TextIO, environ: Mapping[str, str]
) -> Subscriber | None:
    """What shows one run on a stream; None where nothing is to be shown.

    Args:
        verbose: the run's setting; from 2 on every line carries the scenario's name.
        verbose_given: whether that was set on purpose, and is not the default.
        stream: where to print.
        environ: the environment; `CI`, `TERM`, `NO_COLOR` and what tells a terminal's colours are read.
    """
    display = display_for(verbose=verbose, verbose_given=verbose_given, stream=stream, environ=environ)
    if display == "quiet":
        return None
    with _opening:
        screen = _screens.get(id(stream))
        if screen is None:
            out = unobeyed_stream(stream, environ)
            screen = _live_screen(out, environ) if display == "live" else _plain_screen(out)
            _screens[id(stream)] = screen
    return Conversation(screen, named=verbose >= 2)


def _plain_screen(stream: TextIO) -> Screen:
    return Screen(stream, ink=None, live=False, width=None)


def _live_screen(stream: TextIO, environ: Mapping[str, str]) -> Screen:
    console = Console(file=stream, _environ=environ)
    if console.legacy_windows:  # it obeys no control sequences
        return _plain_screen(stream)
    return Screen(stream, ink=_Colors(console), live=True, width=lambda: console.width)


class _Colors:
    """The tones in the colours that a terminal has; without them where NO_COLOR is set."""

    def __init__(self, console: Console) -> None:
        self._system = _COLOR_SYSTEMS.get(console.color_system or "")
        self._styles = {tone: style.without_color if console.no_color else style for tone, style in STYLES.items()}

    def __call__(self, text: str, tone: Tone) -> str:
        return self._styles[tone].render(text, color_system=self._system)
