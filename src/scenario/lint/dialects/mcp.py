"""L48: MCP's streamable HTTP."""

from __future__ import annotations

from collections.abc import Iterator

from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen


def answers_once(evidence: Evidence) -> Iterator[Seen]:
    """L48: one response with the request's id, last; notifications and the server's own requests before it only."""
    asked = evidence.asked_for("id")
    answered: int | None = None
    for data in evidence.objects:
        is_response = data.get("method") is None and (data.get("result") is not None or data.get("error") is not None)
        if answered is not None:
            what = "a second response" if is_response else "a message"
            remedy = "The response to the request is the stream's last message."
            yield Seen(f"{what} came after the response", remedy, data.index)
        if not is_response:
            continue
        answered = data.index if answered is None else answered
        if asked is not None and data.get("id") != asked:
            remedy = "Answer with the id of the request."
            yield Seen(f"the response's id is {data.get('id')!r}, and the request's {asked!r}", remedy, data.index)
    # A server that asks the user for something answers when it has been told, in a stream that is taken up again.
    waits = evidence.exchange.reply.interrupt is not None
    if answered is None and evidence.data and not (waits or evidence.is_cut or evidence.has_lost_tail):
        yield Seen("the stream ended without a response to the request", "Send one before the stream ends.")
