"""What is known of the judge, for the summaries of runs: nothing is loaded for it where there is no calibration."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scenario.errors import ConfigurationError
from scenario.record.run_record import RunRecord
from scenario.report.terminal.glyphs import Glyphs, one_line
from scenario.report.terminal.lines import Line, Span
from scenario.store.place import CALIBRATION

if TYPE_CHECKING:
    from scenario.calibration.kept import Kept

_LONGEST: Final = 80
# Read at the end of every run.
_MOST_READ: Final = 8 * 1024 * 1024


def known_judge(folder: Path, records: Sequence[RunRecord], glyphs: Glyphs) -> list[Line]:
    """The lines of the judge that was calibrated, and of controls; none where there were none, or none judged.

    Args:
        folder: the store's, which may not be there.
        records: of the runs.
        glyphs: the marks that can be shown.
    """
    return [*_calibrated(folder, records, glyphs), *_controlled(folder, records, glyphs)]


def _controlled(folder: Path, records: Sequence[RunRecord], glyphs: Glyphs) -> list[Line]:
    told = [
        (one.model, one.server, one.controls, one.missed)
        for record in records
        for one in record.judgments
        if one.controls
    ]
    if not told:
        return []
    from scenario.report.terminal.control_lines import Heard, control_lines, summed
    from scenario.store.figures import FiguresReader

    before: dict[tuple[str, str], Heard] = {}
    # A store that is not there or cannot be read was told of where it was to be written.
    with contextlib.suppress(ConfigurationError), FiguresReader(folder) as reader:
        before = summed(reader.controls(without=[record.run_id for record in records]))
    return control_lines(summed(told), before, glyphs)


def _calibrated(folder: Path, records: Sequence[RunRecord], glyphs: Glyphs) -> list[Line]:
    if not (folder / CALIBRATION).is_file():
        return []
    from scenario.agents.judge.wording import WAYS, wording_of
    from scenario.calibration.kept import kept_at
    from scenario.report.terminal.judge_lines import judge_lines

    try:
        kept = kept_at(folder / CALIBRATION)
    except ConfigurationError as error:
        return [(Span(f"Judge: {error}", "unsure"),)]
    if kept is None:
        return []
    lines = judge_lines(kept, records, {wording_of(None, way=way) for way in WAYS}, glyphs)
    if lines and _are_others(kept, folder):
        file = one_line(kept.file, _LONGEST, glyphs)
        told = f"{file} holds other labels now than these figures are of: calibrate again."
        lines.append((Span(" " * len("Judge: ")), Span(told, "unsure")))
    return lines


def _are_others(kept: Kept, folder: Path) -> bool:
    """Whether the labels have changed since; what cannot be read, or is very long, does not tell."""
    from scenario.calibration.labels import digest_of, read_labels
    from scenario.store.labelled import LABELS

    if kept.file == "shipped":
        return False
    path = folder / LABELS if kept.file == "mine" else Path(kept.file)
    try:
        content = path.read_bytes() if path.stat().st_size <= _MOST_READ else b""
        return bool(content) and digest_of(read_labels(content, str(path))) != kept.labels
    except (OSError, ConfigurationError):
        return False
