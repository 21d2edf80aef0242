"""When a conversation is shown, and how."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from scenario.report.terminal.verbosity import display_for
from tests.report.terminal_window import TerminalStream

CASES = [
    # verbose, given, terminal, environ, display
    (True, False, True, {}, "live"),
    (True, False, False, {}, "quiet"),
    (True, False, False, {"CI": "true"}, "plain"),
    (True, False, False, {"CI": "1"}, "plain"),
    (True, False, False, {"CI": "false"}, "quiet"),
    (True, False, False, {"CI": "0"}, "quiet"),
    (True, False, False, {"CI": ""}, "quiet"),
    (True, False, True, {"CI": "true"}, "plain"),
    (True, False, True, {"TERM": "dumb"}, "plain"),
    (True, True, False, {}, "plain"),
    (2, True, False, {}, "plain"),
    (2, True, True, {}, "live"),
    (False, False, True, {}, "quiet"),
    (False, True, True, {"CI": "true"}, "quiet"),
    (0, True, True, {}, "quiet"),
]


@pytest.mark.parametrize(("verbose", "given", "terminal", "environ", "display"), CASES)
def test_display(verbose: bool | int, given: bool, terminal: bool, environ: dict[str, str], display: str) -> None:
    """A terminal is live, CI is plain, anything else is quiet unless asked for; False is silent everywhere."""
    stream = TerminalStream() if terminal else io.StringIO()
    assert display_for(verbose=verbose, verbose_given=given, stream=stream, environ=environ) == display


def test_no_stream() -> None:
    """A process without standard output shows nothing."""
    assert display_for(verbose=True, verbose_given=True, stream=None, environ={}) == "quiet"


def test_closed_stream() -> None:
    """A stream that was closed is no terminal, and no reason to fail."""
    stream = TerminalStream()
    stream.close()
    assert display_for(verbose=True, verbose_given=False, stream=stream, environ={}) in {"live", "quiet"}
    closed = io.StringIO()
    closed.close()
    assert display_for(verbose=True, verbose_given=False, stream=closed, environ={}) == "quiet"


def test_the_decision_is_light() -> None:
    """To decide on quiet, neither msgspec nor the loop is imported."""
    code = (
        "import sys, scenario.report.terminal.verbosity; print([m for m in ('msgspec', 'asyncio') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
