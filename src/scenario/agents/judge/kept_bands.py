"""The bands that were calibrated, as they are kept beside the store, and which of them holds for a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import msgspec

from scenario.agents.judge.band import WIDE, Band, KeptBand
from scenario.agents.judge.scored import BandInForce
from scenario.agents.judge.wording import way_of, wording_of
from scenario.llm.endpoint import url_of
from scenario.llm.model import Model
from scenario.store_folder import CALIBRATION, store_folder


class _File(msgspec.Struct, frozen=True):
    """What is read of the file."""

    bands: tuple[KeptBand, ...] = ()


def server_of_judge(model: Model) -> str:
    """Where a model is asked, as far as a band holds for it: "" for one that runs on this machine for us."""
    if model.target.embedded is not None and not model.target.api_base:
        return ""
    address = urlsplit(url_of(model.target))
    return urlunsplit((address.scheme, address.netloc.rpartition("@")[2], address.path, "", ""))


def band_in_force(model: Model, path: Path | None, *, default: Band = WIDE) -> BandInForce:
    """The band for this model, where it is asked as it was when that was calibrated.

    Args:
        model: which.
        path: the file; that of the store's folder by default.
        default: what decides where there is none.
    """
    try:
        bands = bands_at(store_folder() / CALIBRATION if path is None else path)
    except (OSError, msgspec.MsgspecError) as error:
        return BandInForce(why_none=f"what is kept cannot be read: {error}", default=default)
    server, wording = server_of_judge(model), wording_of(None, way=way_of([model]))
    for kept in bands:
        if (kept.server, kept.model, kept.wording) == (server, model.name, wording) and kept.band.is_one:
            return BandInForce(kept=kept, default=default)
    return BandInForce(why_none=_why_none(bands, server, model.name), default=default)


def bands_at(path: Path) -> tuple[KeptBand, ...]:
    """The bands in a file; none where there is no file.

    Raises:
        OSError: it is there, and cannot be read.
        msgspec.MsgspecError: it holds something else.
    """
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return msgspec.json.decode(content, type=_File).bands


def with_band(bands: Sequence[KeptBand], new: KeptBand) -> tuple[KeptBand, ...]:
    """The bands with a new one, in the place of that which held for the same."""
    return (new, *without_band(bands, new.server, new.model, new.wording))


def without_band(bands: Sequence[KeptBand], server: str, model: str, wording: str) -> tuple[KeptBand, ...]:
    """The bands without that which holds for these."""
    return tuple(one for one in bands if (one.server, one.model, one.wording) != (server, model, wording))


def _why_none(bands: Sequence[KeptBand], server: str, model: str) -> str:
    """What is otherwise than when a band was calibrated; "" where there is none that could be meant."""
    if not bands:
        return ""
    for kept in bands:
        if kept.model == model and kept.server == server:
            return "it was calibrated for another wording, or is none; calibrate it again"
    for kept in bands:
        if kept.model == model:
            return f"it was calibrated at {kept.server or 'this machine'}, and {server or 'this machine'} is asked"
    for kept in bands:
        if kept.server == server:
            return f"it was calibrated for {kept.model}, and {model} is asked"
    return f"it was calibrated for {bands[0].model}, and {model} is asked"
