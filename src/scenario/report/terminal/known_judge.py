"""What is known of the judge, for the summaries of runs: nothing is loaded for it where there is no calibration."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from scenario.errors import ConfigurationError
from scenario.record.run_record import RunRecord
from scenario.report.terminal.glyphs import Glyphs
from scenario.report.terminal.lines import Line, Span
from scenario.store.place import CALIBRATION


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
    return judge_lines(kept, records, {wording_of(None, way=way) for way in WAYS}, glyphs)
