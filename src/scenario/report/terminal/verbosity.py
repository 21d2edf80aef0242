"""Whether a run's conversation is shown, and how: decided before anything that can show it is imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TextIO, TypeAlias

Display: TypeAlias = Literal["quiet", "plain", "live"]


def display_for(
    *, verbose: bool | int, verbose_given: bool, stream: TextIO | None, environ: Mapping[str, str]
) -> Display:
    """How a run is shown on `stream`.

    `quiet` prints nothing. `plain` prints whole lines without any control sequence. `live` shows text as it arrives
    and moves the cursor, which only a terminal can.

    Args:
        verbose: the run's setting; False and 0 are silent.
        verbose_given: whether it was set on purpose; then it is obeyed where there is no terminal, too.
        stream: where the lines go; None where the process has no such stream.
        environ: the environment; `CI` and `TERM` are read.
    """
    if not verbose or stream is None:
        return "quiet"
    in_ci = environ.get("CI", "").strip().lower() not in {"", "0", "false"}
    if is_terminal(stream):
        return "plain" if in_ci or environ.get("TERM") == "dumb" else "live"
    return "plain" if in_ci or verbose_given else "quiet"


def is_terminal(stream: TextIO) -> bool:
    """Whether a person may be looking at it; False for a stream that is closed or cannot tell."""
    try:
        return stream.isatty()
    except (AttributeError, OSError, ValueError):
        return False
