"""Which verdicts of stored runs count, as SQL: of each criterion of a run the last one, whatever checkpoints had said.

`record/last_verdicts.py` is the same rule for one run in memory.
"""

from __future__ import annotations


def last_verdicts(where: str) -> str:
    """A query for `scenario`, `criterion`, `status`, `needs` and `id` of the verdicts that count.

    Args:
        where: the condition, about verdicts as `v` and their scenarios as `s`. It may not name `v.status`: a verdict
            that it left out would make way for the one before it.
    """
    # SQLite takes the columns beside a single max() from the row that has it.
    return (
        "SELECT v.scenario, v.criterion, v.status, v.needs, max(v.id) AS id FROM verdicts v"  # noqa: S608 - our own words
        f" JOIN scenarios s ON s.id = v.scenario WHERE {where} GROUP BY v.scenario, v.criterion"
    )
