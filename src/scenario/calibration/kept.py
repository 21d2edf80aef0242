"""The figures of the judge that was calibrated last, kept beside the store for later runs to print."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from scenario.agents.judge.band import KeptBand, Moment
from scenario.calibration.figures import Figures
from scenario.calibration.judging import JudgeIdentity
from scenario.errors import ConfigurationError

_VERSION: Final = 1


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A calibration.

    Attributes:
        judge: whose it is.
        labels: a digest of the labels.
        file: where they were read.
        at: seconds since 1970.
        figures: what came of it.
        bands: those of all judges that give probabilities and were calibrated, the newest first.
    """

    judge: JudgeIdentity
    labels: str
    file: str
    at: Moment
    figures: Figures
    bands: tuple[KeptBand, ...] = ()
    version: int = _VERSION


def encoded(kept: Kept) -> bytes:
    """As it is written."""
    return msgspec.json.format(msgspec.json.encode(kept)) + b"\n"


def kept_at(path: Path) -> Kept | None:
    """The calibration that is kept in this file; None where there is none.

    Raises:
        ConfigurationError: the file is there, and cannot be read.
    """
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        kept = msgspec.json.decode(content, type=Kept)
    except msgspec.DecodeError as error:
        raise ConfigurationError(
            f"{path} holds no calibration that can be read: {error}. Remove it, and calibrate again."
        ) from error
    if kept.version != _VERSION:
        raise ConfigurationError(
            f"{path} was written by another version of Scenario (its version is {kept.version}). Remove it, and "
            "calibrate again."
        )
    return kept
