"""What is known of the judge, for the summaries of runs: nothing is loaded for it where there is no calibration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scenario.errors import ConfigurationError
from scenario.record.run_record import RunRecord
from scenario.report.terminal.glyphs import Glyphs
from scenario.report.terminal.lines import Line, Span
from scenario.store.place import CALIBRATION


def known_judge(folder: Path, records: Sequence[RunRecord], glyphs: Glyphs) -> list[Line]:
    """The lines of the judge that was calibrated; none where none was, or none judged."""
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
