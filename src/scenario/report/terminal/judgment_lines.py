"""What a judge's model answered on the way, on a line: its turn, why it was asked, and what it said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from scenario.report.terminal.glyphs import Glyphs, one_line
from scenario.types import Judgment

_ASKED: Final = {
    "turn": " of free play",
    "verdict": ", verdict demanded",
    "confirmation": ", asked a second time to confirm it",
    "split": ", asked once more, as answers differed",
}
_GRAVITY: Final = ("passed", "inconclusive", "goes on", "failed")
_LONGEST_CRITERION: Final = 60
_LONGEST_MODEL: Final = 60


def judgment_line(judgment: Judgment, glyphs: Glyphs, width: int, *, model: bool = False) -> str:
    """The line, such as "judge, turn 2: goes on"; what models said is made safe to print.

    Args:
        judgment: what was answered.
        glyphs: the marks to draw with.
        width: columns that it may take.
        model: whether the model is named where there is one vote; of several it always is.
    """
    several = max(judgment.votes, judgment.vote) > 1 or judgment.asked == "split"
    of = f" of {judgment.votes}" if judgment.votes >= judgment.vote > 0 and judgment.votes > 1 else ""
    vote = f", round {judgment.round}, vote {judgment.vote}{of}" if several else ""
    is_named = judgment.model and (model or several)
    named = f" ({one_line(judgment.model, _LONGEST_MODEL, glyphs)})" if is_named else ""
    line = f"judge{named}, turn {judgment.turn + 1}{_ASKED.get(judgment.asked, '')}{vote}: {_said(judgment, glyphs)}"
    return one_line(line, max(width, 20), glyphs)


def _said(judgment: Judgment, glyphs: Glyphs) -> str:
    about = [one.criterion for one in judgment.criteria if one.status == judgment.answer]
    criteria = ", ".join(
        f"{glyphs.opening}{one_line(one, _LONGEST_CRITERION, glyphs)}{glyphs.closing}" for one in about
    )
    answer = judgment.answer.replace("inconclusive", "undecided")
    return f"{answer} {criteria}" if criteria and judgment.answer != "passed" else answer


def why_it_goes_on(judgments: Sequence[Judgment]) -> str:
    """Why a judge that was asked in free play gave no verdict though one of its votes did; "" where none did.

    Args:
        judgments: its answers in that turn, in their order.
    """
    if all(one.answer == "goes on" for one in judgments):
        return ""
    last = [one for one in judgments if one.round == max(each.round for each in judgments)]
    votes: dict[int, list[Judgment]] = {}  # each may have been asked about every criterion by itself
    for one in last:
        votes.setdefault(one.vote, []).append(one)
    said = {
        tuple(sorted((one.answer, *((each.criterion, each.status) for each in one.criteria)) for one in vote))
        for vote in votes.values()
    }
    if len(said) > 1:
        worst = (max((one.answer for one in vote), key=_GRAVITY.index) for vote in votes.values())
        counts = Counter(answer.replace("inconclusive", "undecided") for answer in worst)
        told = ", ".join(f"{count} {answer}" for answer, count in counts.items())
        return f"votes differ ({told}): the conversation goes on"
    if any(one.asked == "confirmation" for one in last):
        return "the first answer was not confirmed: the conversation goes on"
    return "not everything is decided: the conversation goes on"
