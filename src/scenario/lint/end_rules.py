"""L58 to L61: how it is known that the answer is over, why it ended, and which errors came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen
from scenario.protocols.finish_reasons import Judged, explained, judged
from scenario.protocols.folding import MALFORMED_CODE
from scenario.protocols.json_text import write_json
from scenario.protocols.nearest import UNREADABLE

# Errors that no agent has told: a web page in its place, and what nobody can read.
_PAGE_CODE: Final = "content"


def says_that_it_is_over(evidence: Evidence) -> Iterator[Seen]:
    """L58: a stream ends with an event that says so; proxies turn a cut body into one that ended well."""
    exchange = evidence.exchange
    if exchange.outcome != "complete" or exchange.reading.end != "assumed" or not evidence.body:
        return
    if evidence.framing == "json" or _meaning(evidence) == "":
        return
    last = len(exchange.events) - 1 if exchange.events and evidence.framing != "text" else None
    yield Seen(
        "only the end of the body says that the answer is over: one that was cut on its way, behind a proxy that ends "
        "the body for it, looks the same",
        "End the stream with an event that says so, such as `data: [DONE]`, and say RemoteAgent(done=True).",
        last,
    )


def _meaning(evidence: Evidence) -> Judged:
    """What the answer is by its finish reason: what the test has declared goes before what is known."""
    return judged(evidence.exchange.reply.finish_reason, evidence.exchange.finish_reasons)


def stopped_for_a_good_reason(evidence: Evidence) -> Iterator[Seen]:
    """L59: the finish reason is one that is known to be good, or that the test has declared to be."""
    reason = evidence.exchange.reply.finish_reason
    meant = _meaning(evidence)
    if not reason or meant == "complete" or evidence.exchange.reply.interrupt is not None:
        return
    declared = f'RemoteAgent(finish_reasons={{{write_json(reason[:80])}: "complete"}})'
    if meant == "":
        yield Seen(
            f"the finish reason {reason[:80]!r} is not known, and the answer was taken for whole",
            f"Say what it means: {declared}.",
        )
        return
    remedy = (
        f"Raise the limit of the answer's tokens, or say that such an answer will do: {declared}."
        if meant == "truncated"
        else "See the log of the model's server."
    )
    yield Seen(explained(reason), remedy, level="error")


def overcame_no_error(evidence: Evidence) -> Iterator[Seen]:
    """L60: errors of steps, of runs that were begun anew and of model calls that were tried again."""
    for note in evidence.exchange.reading.notes:
        if note.startswith("an error was followed"):
            yield Seen(note, "See the log of the agent: the answer came all the same.")


def reports_no_error(evidence: Evidence) -> Iterator[Seen]:
    """L61: the answer is one, and not an error that was told soundly; nor does it contradict itself."""
    exchange = evidence.exchange
    error = exchange.reply.error
    is_answered = evidence.was_answered or evidence.head.is_websocket
    if error is None or exchange.outcome != "error" or not is_answered:
        return
    if error.code in (MALFORMED_CODE, _PAGE_CODE) or error.message.startswith(UNREADABLE):
        return
    told = max(evidence.errors, default=None)
    code = f" ({error.code})" if error.code else ""
    yield Seen(
        f"the answer ends as an error{code}: {error.message[:300]}",
        "See the agent's own log. How the error was sent is the other rules' to judge.",
        told,
    )
