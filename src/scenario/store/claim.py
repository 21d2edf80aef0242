"""Which process an invocation belongs to: a lock on a file of its own, which the system takes back when that ends.

A sign of life in the database would tell the same later: for as long as it may be silent, a run that was killed just
now could not be gone on with.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scenario.errors import ConfigurationError
from scenario.store.database import unusable
from scenario.store.place import database_path, make_folder
from scenario.store.privacy import FILE_MODE

# Some file systems have no locks. There, nothing tells two processes apart, as if nobody had asked.
_NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})
_TAKEN: Final = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
_PATTERN: Final = "run-*.lock"


class Claim:
    """An invocation that this process has: made by `claimed`, and given back by `release` or by the process's end."""

    def __init__(self, path: Path, descriptor: int | None) -> None:
        self._path = path
        self._descriptor = descriptor

    def release(self) -> None:
        """Let others have it."""
        if self._descriptor is not None:
            # While it is still locked: whoever opens it meanwhile sees that it is gone, and makes another.
            with contextlib.suppress(OSError):
                self._path.unlink()
            os.close(self._descriptor)
            self._descriptor = None


def claimed(folder: Path, invocation: str) -> Claim | None:
    """Claim an invocation; None where another process that is alive has it.

    Args:
        folder: the store's; made where there is none.
        invocation: the whole id.

    Raises:
        ConfigurationError: nothing can be written there.
    """
    path = folder / _PATTERN.replace("*", invocation)
    try:
        make_folder(folder)
        _sweep(folder, path)
        return _locked(path)
    except OSError as error:
        raise unusable(database_path(folder), error) from error


def owner_of(folder: Path, invocation: str) -> str:
    """The process that has an invocation, in words."""
    with contextlib.suppress(OSError):
        if (pid := (folder / _PATTERN.replace("*", invocation)).read_text().strip()).isdigit():
            return f"process {pid}"
    return "another process"


def still_going_on(folder: Path, invocation: str) -> ConfigurationError:
    """The error for an invocation that another process has."""
    return ConfigurationError(
        f"The run {invocation[:8]} of these scenarios is still going on, in {owner_of(folder, invocation)}: to go on "
        "with it here would run them twice. Wait for its end, or stop it with Ctrl-C there; then use --resume."
    )


def _locked(path: Path) -> Claim | None:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            if error.errno in _NO_LOCKS:
                return Claim(path, None)
            if error.errno in _TAKEN:
                return None
            raise
        if _is_still_there(path, descriptor):
            with contextlib.suppress(OSError):  # on a full disk the lock holds all the same
                os.write(descriptor, f"{os.getpid()}\n".encode())
            return Claim(path, descriptor)
        os.close(descriptor)


def _is_still_there(path: Path, descriptor: int) -> bool:
    """Whether the file is what others will open: whoever had it before may have deleted it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _sweep(folder: Path, but: Path) -> None:
    """Delete what processes left behind that were killed."""
    for path in _others(folder, but):
        with contextlib.suppress(OSError):
            if (claim := _locked(path)) is not None:
                claim.release()


def _others(folder: Path, but: Path) -> Iterator[Path]:
    return (path for path in folder.glob(_PATTERN) if path != but)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
