"""A file that is written as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from scenario.errors import ConfigurationError


def write_atomically(path: Path, content: bytes | Iterable[bytes], *, mode: int = 0o644) -> None:
    """Write a file in the place of what may be there; whoever reads it sees the old one or the new one, never a half.

    What comes piece by piece is written so; where a piece raises, the old file stays. Folders that are missing are
    made. What is no file, as a pipe or /dev/null, is written to, and stays what it is.

    Args:
        path: the file's.
        content: what is to stand in it.
        mode: who may read it.

    Raises:
        ConfigurationError: it cannot be written.
    """
    pieces = (content,) if isinstance(content, bytes) else content
    temporary: str | None = None
    try:
        if path.exists() and not path.is_file():
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            with path.open("wb") as file:
                file.writelines(pieces)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        number, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(number, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror or error}. Name another file.") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                Path(temporary).unlink()
