"""Where code of the test stands, as a person finds it."""

from __future__ import annotations

from pathlib import Path


def near(path: str) -> str:
    """A path from the working directory on, where it is below it."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (ValueError, OSError):  # it is elsewhere, or the working directory is gone
        return path
