"""Results of calls on disk, one file each, shared by every process of a user."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from scenario.errors import ConfigurationError

# A key as `call_key` makes them: a SHA-256 in hexadecimal digits.
_KEY: Final = re.compile(r"[0-9a-f]{64}")


def cache_folder(environ: Mapping[str, str] | None = None) -> Path | None:
    """Where results are kept: `SCENARIO_CACHE_DIR`, else `~/.scenario/cache`. It is read at each call.

    None where the variable is set to nothing, which switches the cache off.
    """
    named = (os.environ if environ is None else environ).get("SCENARIO_CACHE_DIR")
    if named is None:
        return Path.home() / ".scenario" / "cache"
    return Path(named).expanduser() if named else None


class CallCache:
    """A folder of results, by key. Writing is atomic, so any number of processes may share it.

    Args:
        folder: where they are kept; made when the first one is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> bytes | None:
        """What was put under `key`; None where there is nothing."""
        try:
            return self._path(key).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._unusable(error) from error

    def put(self, key: str, value: bytes) -> None:
        """Keep `value` under `key`, in the place of what was there.

        Raises:
            ConfigurationError: the folder cannot be written.
        """
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(value)
                Path(temporary).replace(path)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    Path(temporary).unlink()
                raise
        except OSError as error:
            raise self._unusable(error) from error

    def remove(self, key: str) -> None:
        """Keep nothing under `key`."""
        with contextlib.suppress(OSError):
            self._path(key).unlink()

    def values(self) -> Iterator[bytes]:
        """All that is kept, in no order; what others have put into the folder is left out."""
        for path in self.folder.glob("??/*"):
            if _KEY.fullmatch(path.name) and (value := self.get(path.name)) is not None:
                yield value

    def clear(self) -> None:
        """Keep nothing; what others have put into the folder is left alone.

        Raises:
            ConfigurationError: the folder cannot be written.
        """
        try:
            for path in self.folder.glob("??/*"):
                if _KEY.fullmatch(path.name) and path.parent.name == path.name[:2]:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable(error) from error

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key

    def _unusable(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(
            f"The cache folder {str(self.folder)!r} cannot be used: {error}. "
            "Name another one in SCENARIO_CACHE_DIR, or run without a cache_key."
        )
