"""What of a stored run a person can label: its conversation, and the criteria of the verdict on the whole of it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from scenario.criterion import is_of_check
from scenario.record.last_verdicts import last_of_each
from scenario.store.records import ScenarioRecord
from scenario.types import CriterionResult, Message

# In the store's folder; `scenario label` and the page of `scenario view` add to it.
LABELS = "labels.jsonl"


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """A criterion of a run, which may be labelled.

    Attributes:
        record: the run.
        messages: its conversation.
        criterion: the sentence.
        verdict: what its judge said of it; None where it said nothing.
    """

    record: ScenarioRecord
    messages: Sequence[Message]
    criterion: str
    verdict: CriterionResult | None


def criteria_to_label(record: ScenarioRecord, criteria: Sequence[str] = ()) -> list[Labelled]:
    """The criteria of a run, in its own order; none of one without a conversation.

    Those of checkpoints are left out, where no verdict at the end was given on them: they are about a part. So are
    checks, which no judge decides.

    Args:
        record: the run.
        criteria: in the place of its own.
    """
    messages = [stored.message for stored in record.messages]
    if not messages:
        return []
    of_the_end = [verdict for verdict in record.verdicts if verdict.turn is None]
    said = {one.result.criterion: one.result for one in last_of_each(of_the_end, lambda one: one.result.criterion)}
    return [
        Labelled(record=record, messages=messages, criterion=one, verdict=said.get(one))
        for one in list(dict.fromkeys(criteria)) or [one for one in said if not is_of_check(one)]
    ]


def about(labelled: Labelled, *, at: str, saw_verdict: bool) -> dict[str, str | bool]:
    """What a label's line says beside the label.

    Args:
        labelled: the criterion.
        at: when it was labelled.
        saw_verdict: whether the person had the judge's verdict in sight.
    """
    return {
        "run": labelled.record.scenario.run_id,
        "scenario": labelled.record.scenario.name,
        "at": at,
        "saw_verdict": saw_verdict,
    }
