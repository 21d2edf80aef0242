"""A cassette's conversation made of calls that were recorded elsewhere, such as in the store. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from scenario.cassette.interaction import COMPLETE, LEFT, Answer, Conversation, End, Identity, Interaction
from scenario.cassette.request_ids import AGENT
from scenario.config import Timeouts
from scenario.exchange import Exchange


def conversation_of(identity: Identity, thread_id: str, exchanges: Iterable[Exchange]) -> Conversation:
    """The conversation of a run whose calls to agents are known.

    Args:
        identity: which run it is played for.
        thread_id: the conversation's.
        exchanges: its calls, in order, with their bytes.
    """
    return Conversation(
        identity=identity, thread_id=thread_id, interactions=tuple([_interaction(one) for one in exchanges])
    )


def _interaction(one: Exchange) -> Interaction:
    timing = one.timing
    answer = None
    if one.status is not None:
        answer = Answer(
            status=one.status, headers=dict(one.headers), connect=timing.connect, opened=timing.headers or 0.0
        )
    # Its reader let go of a body that stayed open behind the answer's end, or that it was not to read to its end.
    left = one.lingered > 0 or (one.outcome == "aborted" and not one.broke)
    how = one.broke or (LEFT if left else COMPLETE)
    return Interaction(
        participant=_participant(one),
        request=one.request,
        timeouts=one.timeouts or Timeouts(),
        answer=answer,
        chunks=tuple(one.chunks),
        end=End(
            how=how,
            at=timing.total + one.lingered,
            message=(one.error or "") if one.broke else "",
            connect=timing.connect,
        ),
    )


def _participant(one: Exchange) -> str:
    try:
        host = urlsplit(one.request.url).netloc
    except ValueError:
        host = ""
    # An agent without a name of its own is called by its address.
    is_named = one.agent not in ("", host, one.request.url) and not one.agent.startswith("$env.")
    return f"{AGENT} {one.agent}" if is_named else AGENT
