"""Whether the words before a written verdict say the opposite of it: that what it says has passed has not. Pure.

Only what says so outright is understood, near a criterion's number where it has one; it costs one more request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from scenario.types import CriterionStatus

_SENTENCE: Final = re.compile(r"(?<=[^\d\s][.!?;])\s|\n")
_OUTRIGHT: Final = re.compile(
    r"\b(?:fail(?:s|ed|ure|ures)?|unmet|unsatisfied|unfulfilled|violat(?:es|ed|ion|ions)|inconclusive|undecided"
    r"|(?:not|n't|never|nicht|no|pas|non|no se|no está|niet)(?: \w+)? (?:met|meet|pass|passed|satisf\w+|fulfil\w*"
    r"|comply|complies|erfüllt|bestanden|rempli\w*|respecté\w*|satisfait\w*|cumpl\w+|soddisfatt\w+|voldaan))\b"
    r"|未满足|不满足|未通过|не выполнен|не соблюд",
    re.IGNORECASE,
)
_NOT_FAILED: Final = re.compile(
    r"\b(?:not|never|n't|no|nothing|none|without)(?: \w+ly)?(?: been| is| was| criteria| criterion| were| has| any| a)*"
    r"(?: see| find| found| contain| show)?(?: any| a)?"
    r" (?:fail\w*|violat\w*|unmet)\b",
    re.IGNORECASE,
)
_NUMBERS: Final = re.compile(
    r"(?:\b(?:criteri\w+|kriterium|critère|number|no\.?|c)\s*|#)(\d{1,6})\b|\A\W*(\d{1,6})[.):]"
)


def takes_back(said: str, statuses: Mapping[int, CriterionStatus]) -> bool:
    """Whether these words deny the verdict that stands behind them.

    Args:
        said: the words.
        statuses: of the verdict, by the criteria's numbers.
    """
    every = all(status == "passed" for status in statuses.values())
    for sentence in _SENTENCE.split(said.replace("’", "'").replace("n't", " n't")):
        if _OUTRIGHT.search(_NOT_FAILED.sub(" ", sentence)) is None:
            continue
        numbers = [int(found[1] or found[2]) for found in _NUMBERS.finditer(sentence.casefold())]
        if any(statuses.get(number) == "passed" for number in numbers) if numbers else every:
            return True
    return False
