"""Where code of the test stands, as a person finds it."""

from __future__ import annotations

import traceback
from functools import cache
from pathlib import Path


@cache
def _installed() -> tuple[str, ...]:
    """Where what is installed is: nobody's own code."""
    import sysconfig  # for a mistake only

    found = map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib"))
    return tuple({path for path in found if path})


def near(path: str) -> str:
    """A path from the working directory on, where it is below it."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (ValueError, OSError):  # it is elsewhere, or the working directory is gone
        return path


def raised_at(error: BaseException) -> str:
    """Where an exception left the user's own code: file, line and function; "" where none of it is on the way."""
    found = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        module, path = str(frame.f_globals.get("__name__")), frame.f_code.co_filename
        if module.partition(".")[0] == "scenario" or path.startswith(("<", *_installed())):
            continue
        # Of a file elsewhere the name alone: folders may tell who runs the tests.
        shown = near(path)
        found = f"{Path(path).name if Path(shown).is_absolute() else shown}:{line}, in {frame.f_code.co_name}"
    return found
