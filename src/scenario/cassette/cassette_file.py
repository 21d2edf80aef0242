"""The file of a cassette: read once, added to by any number of runs and processes, and put in order at the end."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from scenario.atomic_file import write_atomically
from scenario.cassette.interaction import Conversation, Identity
from scenario.cassette.json_lines import MOST_BYTES, Block, blocks, head, read, written
from scenario.cassette.rerecorded import kept_as_it_was
from scenario.errors import ConfigurationError

# A file of no more bytes is put in order with each run that is added.
_SMALL: Final = 256 * 1024

if sys.platform == "win32":
    import msvcrt

    def _lock(path: Path) -> int:
        descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        return descriptor

else:
    import fcntl

    def _lock(path: Path) -> int:
        # The folder itself, so that no file of ours lies beside what people commit.
        descriptor = os.open(path.parent, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return descriptor


class CassetteFile:
    """One cassette on disk. Blocking.

    Args:
        path: the file; it and its folder are made with the first recording.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def is_there(self) -> bool:
        """Whether there is anything."""
        return self.path.exists()

    def placed(self, identity: Identity) -> Identity:
        """What finds a run here: the way from this file to its own is the same wherever the project stands.

        Args:
            identity: the run, its file and its test's as seen from the working directory.
        """
        path, colons, rest = identity.test.partition("::")
        test = f"{self._way_to(path)}{colons}{rest}" if colons else identity.test
        return msgspec.structs.replace(identity, file=self._way_to(identity.file), test=test)

    def _way_to(self, file: str) -> str:
        if not file:
            return ""
        try:
            return Path(os.path.relpath(file, self.path.parent)).as_posix()
        except ValueError:  # on another drive of Windows
            return Path(file).name

    def blocks(self) -> Mapping[tuple[object, ...], Block]:
        """Where each conversation stands, by `Identity.sorted_by`.

        Raises:
            ConfigurationError: it cannot be read, or is no cassette.
        """
        try:
            status = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            raise self._unusable(error) from error
        if status.st_size > MOST_BYTES:
            raise ConfigurationError(
                f"{self.path} has {status.st_size:,} bytes, and a cassette {MOST_BYTES:,} at most."
            )
        return _indexed(str(self.path.absolute()), str(self.path), status.st_mtime_ns, status.st_size, status.st_ino)

    def conversations(self) -> list[Conversation]:
        """All that it holds, in order.

        Raises:
            ConfigurationError: it cannot be read, or is damaged.
        """
        found = self.blocks()
        return [read(found[key], str(self.path)) for key in sorted(found)]

    def conversation(self, identity: Identity, *, again: bool) -> Conversation | None:
        """A run's conversation; None where it has none.

        Args:
            identity: which run.
            again: whether one of several runs of a name that is one too many is the first of them again.

        Raises:
            ConfigurationError: it cannot be read, or is damaged.
        """
        found = self.blocks()
        block = found.get(identity.sorted_by) or self._moved(found, identity)
        if block is None and again:
            runs = [found[key] for key in sorted(found) if key[:-1] == identity.sorted_by[:-1]]
            block = runs[identity.run % len(runs)] if runs else None
        return None if block is None else read(block, str(self.path))

    def _moved(self, found: Mapping[tuple[object, ...], Block], identity: Identity) -> Block | None:
        """The one run that is the same but for its file's folder, where that file is no longer there."""
        sought = _named(identity)
        moved = [
            block
            for key, block in found.items()
            if key[2:] == identity.sorted_by[2:]
            and _named(block.identity) == sought
            and not (self.path.parent / _file_of(block.identity)).exists()
        ]
        return moved[0] if _file_of(identity) and len(moved) == 1 else None

    def add(self, conversation: Conversation) -> None:
        """Keep a conversation in the place of the same run's.

        Raises:
            ConfigurationError: it cannot be written.
        """
        with self._locked():
            data = written(conversation)
            try:
                size = self.path.stat().st_size if self.path.exists() else 0
                if size <= _SMALL:
                    self._put_in_order([conversation])
                    return
                with self.path.open("r+b") as file:
                    file.seek(-1, os.SEEK_END)
                    # A file that was edited, or cut off, may have no end of its last line.
                    file.write(data if file.read(1) == b"\n" else b"\n" + data)
            except OSError as error:
                raise self._unusable(error) from error

    def put_in_order(self) -> None:
        """Sort what was added, and drop what it has replaced; where a recording says the same as before, keep that.

        Raises:
            ConfigurationError: it cannot be read or written.
        """
        if self.is_there:
            with self._locked():
                self._put_in_order([])

    def replace(self, conversations: list[Conversation]) -> None:
        """Hold these, and nothing else.

        Raises:
            ConfigurationError: it cannot be written.
        """
        with self._locked():
            self._write(conversations)

    def _put_in_order(self, added: list[Conversation]) -> None:
        before = self.path.read_bytes() if self.is_there else head()
        held: dict[tuple[object, ...], Conversation] = {}
        for block in blocks(before, str(self.path)):
            one = read(block, str(self.path))
            held[one.identity.sorted_by] = kept_as_it_was(held.get(one.identity.sorted_by), one)
        for one in added:
            held[one.identity.sorted_by] = kept_as_it_was(held.get(one.identity.sorted_by), one)
        self._write([held[key] for key in sorted(held)], before)

    def _write(self, conversations: list[Conversation], before: bytes | None = None) -> None:
        content = head() + b"".join(map(written, conversations))
        if content != before or not self.is_there:
            write_atomically(self.path, content)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """No other process adds to it meanwhile."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = _lock(self.path)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            yield
        finally:
            os.close(descriptor)

    def _unusable(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(f"The cassette {str(self.path)!r} cannot be used: {error.strerror or error}.")


def _file_of(identity: Identity) -> str:
    return identity.file or identity.test.partition("::")[0]


def _named(identity: Identity) -> tuple[str, str, str]:
    """A run's file and test, whatever folder they are in."""
    path, _, rest = identity.test.partition("::")
    return PurePosixPath(identity.file).name, PurePosixPath(path).name, rest


@lru_cache(maxsize=16)
def _indexed(_path: str, name: str, _modified: int, _size: int, _inode: int) -> Mapping[tuple[object, ...], Block]:
    """A file's conversations; as long as it is not written, they are looked for once in a process."""
    try:
        content = Path(_path).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"The cassette {name!r} cannot be read: {error.strerror or error}.") from error
    return {block.identity.sorted_by: block for block in blocks(content, name)}
