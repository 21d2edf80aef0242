"""What a judge has said of labels so far, in a file to which each answer is added: who is interrupted loses nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import msgspec

from scenario.calibration.figures import Judged
from scenario.errors import ConfigurationError


def said_before(path: Path) -> dict[str, Judged]:
    """What is in the file, by the labels' keys; a last line that was cut off counts for nothing.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unusable(path, error) from error
    said: dict[str, Judged] = {}
    for line in content.split(b"\n")[:-1]:
        try:
            one = msgspec.json.decode(line, type=Judged)
        except msgspec.DecodeError:
            continue  # a line that a killed process left half-written; its label is judged again
        said[one.key] = one
    return said


class Journal:
    """The file, opened for adding to it.

    Raises:
        ConfigurationError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
        except OSError as error:
            raise _unusable(path, error) from error

    def add(self, judged: Iterable[Judged]) -> None:
        """Add answers, whole and at once.

        Raises:
            ConfigurationError: the disk is full, or has gone.
        """
        # A line of its own before each batch ends one that a killed process may have left half-written.
        lines = b"".join(b"\n" + msgspec.json.encode(one) for one in judged)
        try:
            self._file.write(lines + b"\n")
            self._file.flush()
        except OSError as error:
            raise _unusable(self._path, error) from error

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _unusable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{path} cannot be used: {error.strerror or error}. Name another folder with --store.")
