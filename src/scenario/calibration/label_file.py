"""The file to which people's labels are added: each whole or not at all, whoever else adds to it meanwhile."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec

from scenario.calibration.labels import Label, key_of, read_labels
from scenario.errors import ConfigurationError
from scenario.types import Message

_MODE = 0o600

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)

else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)


class LabelFile:
    """Labels as JSON lines, as `scenario judge --calibrate` reads them. Blocking.

    Args:
        path: the file; it and its folder are made with the first label.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def labels(self) -> dict[str, Label]:
        """What is in it, by the labels' keys.

        Raises:
            ConfigurationError: it cannot be read, or something in it is no label.
        """
        try:
            content = self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            raise self._unusable(error) from error
        return self._read(content)

    def put(self, messages: Sequence[Message], criterion: str, *, met: bool, about: Mapping[str, Any]) -> None:
        """Add a label, in the place of what the file says of the same messages and criterion.

        Args:
            messages: the conversation, OpenAI-style.
            criterion: the sentence that was judged.
            met: whether the conversation meets it.
            about: what else is to stand in its line.

        Raises:
            ConfigurationError: the file cannot be read or written, or is none of labels, one a line.
        """
        told = {"criterion": criterion, "met": met, **about, "messages": messages}
        try:
            line = msgspec.json.encode(told)
        except (TypeError, ValueError) as error:
            raise ConfigurationError(f"This conversation cannot be written as a label: {error}.") from error
        with self._taken() as file:
            before = file.read()
            others = self._without(before, key_of(messages, criterion))
            if others is None:
                self._add(file, before, line)
            else:
                self._replace([*others, line])

    def remove(self, messages: Sequence[Message], criterion: str) -> None:
        """Take a label back; nothing happens where there is none.

        Raises:
            ConfigurationError: as `put`.
        """
        with self._taken() as file:
            others = self._without(file.read(), key_of(messages, criterion))
            if others is not None:
                self._replace(others)

    def _read(self, content: bytes) -> dict[str, Label]:
        if not content.strip():
            return {}
        return {label.key: label for label in read_labels(content, str(self.path))}

    def _without(self, content: bytes, key: str) -> list[bytes] | None:
        """The lines but for that of a label; None where it has none."""
        if content.lstrip()[:1] == b"[":
            raise ConfigurationError(f"{self.path} is one JSON list, to which no line can be added: name another file.")
        known = self._read(content)
        if key not in known:
            return None
        number = int(known[key].place.rpartition(":")[2])
        lines = content.splitlines()
        return [line for place, line in enumerate(lines, start=1) if place != number and line.strip()]

    def _add(self, file: IO[bytes], before: bytes, line: bytes) -> None:
        left = memoryview((b"" if not before or before.endswith(b"\n") else b"\n") + line + b"\n")
        try:
            file.seek(0, os.SEEK_END)
            while left:
                left = left[file.write(left) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(file.fileno(), len(before))  # a full disk: no half of a line stays
            raise self._unusable(error) from error

    def _replace(self, lines: Sequence[bytes]) -> None:
        try:
            # Where a link leads: the file behind it would stay as it is, with the label that was taken back.
            path = self.path.resolve()
            number, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(b"".join(line + b"\n" for line in lines))
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).chmod(_MODE)
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise self._unusable(error) from error

    @contextlib.contextmanager
    def _taken(self) -> Iterator[IO[bytes]]:
        """The file, open and ours alone until the block ends."""
        with contextlib.ExitStack() as opened:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                while True:
                    descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), _MODE)
                    file = opened.enter_context(os.fdopen(descriptor, "r+b", buffering=0))
                    _take(file)
                    if os.path.samestat(os.fstat(file.fileno()), self.path.stat()):
                        break  # else somebody has replaced it while we waited
            except OSError as error:
                raise self._unusable(error) from error
            yield file

    def _unusable(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(f"{self.path} cannot be used: {error.strerror or error}. Name another file.")
