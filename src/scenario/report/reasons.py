"""What is shown of the error that ended a run: pure, and the same on a terminal, in JUnit and beside a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scenario.record.needed import needed
from scenario.record.run_record import RunRecord

# Of what follows a failure's first line.
_MOST_LINES: Final = 3
_MOST_CHARACTERS: Final = 300
# Of criteria on one line.
_MOST_LISTED: Final = 20
# What pytest appends to an assertion's message; it stands in the test's own report.
_PYTESTS: Final = ("assert ", "+  where", "+  and")


def failure_lines(error: str) -> list[str]:
    """The first line of a check's message, and some of those that follow it."""
    first, *rest = error.split("\n")
    lines, left, told = [first], _MOST_CHARACTERS, [line for line in rest if line.strip()]
    for index, line in enumerate(told):
        if line.lstrip().startswith(_PYTESTS):
            break
        if index == _MOST_LINES or left <= 0:
            lines.append(f"… {len(told) - index:,} more")
            break
        lines.append(line if len(line) <= left else f"{line[:left].rstrip()}…")
        left -= len(line)
    return lines


def undecided_word(needs: str) -> str:
    """How a criterion is called that is inconclusive; with what could decide it, where that is known."""
    return f"undecided: needs {needs}" if needs else "undecided"


def undecided_words(record: RunRecord) -> str:
    """Of a run that nobody could decide: what was left open, or why there is no verdict."""
    open_ones = [one.criterion for one in record.criteria if one.status == "inconclusive"]
    if not open_ones:
        return f"undecided: {record.reasoning}" if record.reasoning else "undecided: nobody gave a verdict"
    told = undecided_word(needed(one.needs for one in record.criteria if one.status == "inconclusive"))
    return f"{told}: {undecided_criteria(open_ones, len(record.criteria))}"


def undecided_criteria(left: Sequence[str], of: int) -> str:
    """Which criteria could not be decided, and of how many."""
    word = "criterion" if of == 1 else "criteria"
    return f"{len(left):,} of {of:,} {word} could not be decided: {listed(left)}"


def listed(criteria: Sequence[str]) -> str:
    """Some criteria on one line; of very many, how many more there are."""
    more = len(criteria) - _MOST_LISTED
    return "; ".join([*criteria[:_MOST_LISTED], *([f"… {more:,} more"] if more > 0 else [])])


def with_its_end(text: str, limit: int) -> str:
    """At most so many characters of a text, the middle left out: the end of an error says what to do."""
    if len(text) <= limit:
        return text
    head = limit // 2
    return f"{text[:head].rstrip()} … {text[head + 3 - limit :].lstrip()}"
