"""What the runs of a shrinking came to, kept line by line, so that one that was stopped is gone on with."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import msgspec

from scenario.errors import ConfigurationError
from scenario.shrinking.evidence import Outcome
from scenario.shrinking.search import Turns

_FOLDER: Final = "shrinking"
_KEY_LENGTH: Final = 16


class _Line(msgspec.Struct, frozen=True):
    turns: Turns
    outcome: Outcome
    said: str = ""


class ShrinkJournal:
    """A file in the store's folder; each run that has ended is a line in it.

    Args:
        store: the store's folder.
        run_id: of the run that is shrunk.
        asked: all that decides how a run ends; what was kept under other settings is not taken up.
    """

    def __init__(self, store: Path, run_id: str, asked: Any) -> None:
        plain = msgspec.json.encode(asked, order="deterministic")
        key = hashlib.sha256(plain).hexdigest()[:_KEY_LENGTH]
        self.path = store / _FOLDER / f"{run_id}-{key}.jsonl"
        self._known: dict[Turns, list[_Line]] = {}
        self.count = 0
        for line in self._lines():
            self._known.setdefault(line.turns, []).append(line)
            self.count += 1

    def _lines(self) -> list[_Line]:
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be read: {error}.") from error
        found = []
        # What stands behind the last line end was cut off while it was written.
        for line in lines[:-1]:
            try:
                found.append(msgspec.json.decode(line, type=_Line))
            except msgspec.MsgspecError as error:
                raise ConfigurationError(f"{self.path} is damaged: {error}. --fresh begins anew.") from error
        return found

    def taken(self, turns: Turns) -> tuple[Outcome, str] | None:
        """The outcome of a run of these turns that was kept and not taken yet; None where there is none."""
        lines = self._known.get(turns)
        if not lines:
            return None
        line = lines.pop(0)
        return line.outcome, line.said

    def put(self, turns: Turns, outcome: Outcome, said: str = "") -> None:
        """Keep how a run ended.

        Raises:
            ConfigurationError: it cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._mend()
            with self.path.open("ab") as file:
                file.write(msgspec.json.encode(_Line(turns, outcome, said)) + b"\n")
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be written: {error}.") from error

    def _mend(self) -> None:
        """Take away what was cut off in the middle of a line."""
        if not self.path.exists():
            return
        content = self.path.read_bytes()
        if content and not content.endswith(b"\n"):
            self.path.write_bytes(content[: content.rfind(b"\n") + 1])

    def forget(self) -> None:
        """Begin anew: what was kept is gone."""
        self.path.unlink(missing_ok=True)
        self._known.clear()
        self.count = 0
