"""What a judge's model answered on the way, on a line: its turn, why it was asked, and what it said."""

from __future__ import annotations

from typing import Final

from scenario.report.terminal.glyphs import Glyphs, one_line
from scenario.types import Judgment

_ASKED: Final = {
    "turn": "",
    "verdict": "",
    "confirmation": ", asked a second time",
    "split": ", asked once more, as answers differed",
}
_LONGEST_CRITERION: Final = 60
_LONGEST_MODEL: Final = 60


def judgment_line(judgment: Judgment, glyphs: Glyphs, width: int, *, model: bool = False) -> str:
    """The line, such as "judge, turn 2: goes on"; what models said is made safe to print.

    Args:
        judgment: what was answered.
        glyphs: the marks to draw with.
        width: columns that it may take.
        model: whether the model is named.
    """
    vote = f", vote {judgment.vote}" if judgment.vote > 1 or judgment.asked == "split" else ""
    named = f" ({one_line(judgment.model, _LONGEST_MODEL, glyphs)})" if model and judgment.model else ""
    line = f"judge{named}, turn {judgment.turn + 1}{_ASKED.get(judgment.asked, '')}{vote}: {_said(judgment, glyphs)}"
    return one_line(line, max(width, 20), glyphs)


def _said(judgment: Judgment, glyphs: Glyphs) -> str:
    about = [one.criterion for one in judgment.criteria if one.status == judgment.answer]
    criteria = ", ".join(
        f"{glyphs.opening}{one_line(one, _LONGEST_CRITERION, glyphs)}{glyphs.closing}" for one in about
    )
    answer = judgment.answer.replace("inconclusive", "undecided")
    said = f"{answer} {criteria}" if criteria and judgment.answer != "passed" else answer
    if judgment.asked != "confirmation":
        return said
    return f"confirmed, {said}" if judgment.answer == "failed" else f"not confirmed, {said}"
