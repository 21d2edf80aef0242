"""The terminal reporter: a run's conversation as it happens, or in plain lines."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TextIO
from weakref import WeakValueDictionary

from scenario.report.terminal.colors import colors_for, columns_of
from scenario.report.terminal.conversation import Conversation
from scenario.report.terminal.runner_commands import unobeyed_stream
from scenario.report.terminal.screen import Screen
from scenario.report.terminal.verbosity import display_for

if TYPE_CHECKING:
    from scenario.dialogue.events import Subscriber

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
    colors = colors_for(stream, environ)
    if colors is None:  # it obeys no control sequences
        return _plain_screen(stream)
    return Screen(stream, ink=colors, live=True, width=lambda: columns_of(stream, environ))
