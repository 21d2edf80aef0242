"""What servers were found to need, kept for this process and, in the cache's folder, for later ones.

A server is known by its address without user information and query, the model and the dialect, of which a file holds a
hash alone. What is as usual is not written. A file that cannot be read or written is no failure: the server is asked
once more what it takes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import msgspec

from scenario.call_cache import cache_folder
from scenario.cassette.tapes import current_tapes
from scenario.llm.endpoint import url_of
from scenario.llm.needs import Needs
from scenario.llm.resolve import ModelTarget

_VERSION: Final = 1
_FOLDER: Final = "model-servers"
# Seconds. Servers are updated, and may need less then.
_HOLDS: Final = 7 * 24 * 3600.0
# On such a port of this machine something else listens tomorrow.
_HOLDS_AT_A_PASSING_PORT: Final = 3600.0
_FIRST_PASSING_PORT: Final = 32768
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """As it stands in a file.

    Attributes:
        at: when it was learned, in seconds since the epoch.
    """

    version: int = _VERSION
    at: float
    needs: Needs


_Key = tuple[Path | None, str]
_in_this_process: Final[dict[_Key, _Record]] = {}


def forget_memory() -> None:
    """Be as a new process is: what is kept on disk is read again."""
    _in_this_process.clear()


def _memory() -> dict[_Key, _Record]:
    """What this process knows; a run with a cassette knows what it has found itself, so that it always asks alike."""
    tapes = current_tapes.get()
    if tapes is None:
        return _in_this_process
    own: dict[_Key, _Record] = tapes.memory.setdefault(_FOLDER, {})
    return own


class Learned:
    """What one server was found to need for one model. Any number of these may stand for the same server.

    Args:
        target: which.
        environ: the environment, for the cache's folder, which is looked up each time.
        now: the wall clock, in seconds since the epoch.
    """

    def __init__(
        self, target: ModelTarget, environ: Mapping[str, str], *, now: Callable[[], float] = time.time
    ) -> None:
        self._environ = environ
        self._now = now
        address = urlsplit(target.embedded or target.any_llm or url_of(target))
        at = urlunsplit((address.scheme, address.netloc.rpartition("@")[2], address.path, "", ""))
        identity = msgspec.json.encode([_VERSION, at, target.model, target.dialect])
        self._name = hashlib.sha256(identity).hexdigest()
        passes = address.hostname in _LOOPBACK and (address.port or 0) >= _FIRST_PASSING_PORT
        self._holds = _HOLDS_AT_A_PASSING_PORT if passes else _HOLDS

    @property
    def needs(self) -> Needs:
        """What is known; as much as nothing where that was too long ago."""
        key, memory = self._key(), _memory()
        record = memory.get(key)
        if record is None:
            record = memory[key] = self._read(key[0]) or _Record(at=self._now(), needs=Needs())
        if 0 <= self._now() - record.at <= self._holds:
            return record.needs
        self.forget()
        return Needs()

    def learn(self, change: Callable[[Needs], Needs]) -> None:
        """Change what is known, where that changes anything."""
        before = self.needs
        needs = change(before)
        if needs == before:
            return
        key = self._key()
        record = _memory()[key] = _Record(at=self._now(), needs=needs)
        if needs.are_usual:
            self._remove(key[0])
        else:
            self._write(key[0], record)

    def forget(self) -> None:
        """Know nothing any more."""
        key = self._key()
        _memory()[key] = _Record(at=self._now(), needs=Needs())
        self._remove(key[0])

    def _key(self) -> _Key:
        folder = None
        if current_tapes.get() is not None:
            return folder, self._name
        with contextlib.suppress(RuntimeError):  # there is no home folder
            folder = cache_folder(self._environ)
        return folder, self._name

    def _path(self, folder: Path) -> Path:
        return folder / _FOLDER / f"{self._name}.json"

    def _read(self, folder: Path | None) -> _Record | None:
        if folder is None:
            return None
        try:
            record = msgspec.json.decode(self._path(folder).read_bytes(), type=_Record)
        except (OSError, msgspec.DecodeError):
            return None
        return record if record.version == _VERSION and record.needs.are_known else None

    def _write(self, folder: Path | None, record: _Record) -> None:
        if folder is None:
            return
        path = self._path(folder)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(msgspec.json.encode(record))
                Path(temporary).replace(path)
            except BaseException:
                with contextlib.suppress(OSError):
                    Path(temporary).unlink()
                raise

    def _remove(self, folder: Path | None) -> None:
        if folder is not None:
            with contextlib.suppress(OSError):
                self._path(folder).unlink()
