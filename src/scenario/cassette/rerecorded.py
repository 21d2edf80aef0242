"""A conversation that is recorded again: what says the same as before stays as it was: diffs are small. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final
from uuid import UUID

import msgspec

from scenario.cassette.ignored_fields import Ignored
from scenario.cassette.interaction import Conversation, Interaction
from scenario.cassette.matching import MOST_TURNS, Ids, told
from scenario.cassette.request_ids import request_id_of
from scenario.exchange import Chunk, HttpRequest
from scenario.redaction import cut_as

# Two times are alike within so many seconds, or within so much of the longer one.
_ALIKE_SECONDS: Final = 0.05
_ALIKE_SHARE: Final = 0.5
# Headers that are another one with each response.
_VOLATILE: Final = frozenset(
    {"date", "age", "expires", "etag", "last-modified", "set-cookie", "x-request-id", "request-id", "server-timing",
     "cf-ray", "traceparent", "x-trace-id", "x-amzn-requestid", "x-amzn-trace-id", "openai-processing-ms", "via"}
)  # fmt: skip


def kept_as_it_was(before: Conversation | None, now: Conversation) -> Conversation:
    """The new recording, with the ids of the one before, and with those calls of it that say the same.

    Args:
        before: None where there was none.
        now: the new one.
    """
    if before is None:
        return now
    now = _with_thread_id(now, before.thread_id)
    ids = Ids(before.thread_id)
    interactions = [
        old if old is not None and _say_the_same(old, one, ids) else one
        for old, one in zip(_padded(before, len(now.interactions)), now.interactions, strict=True)
    ]
    return msgspec.structs.replace(now, interactions=tuple(interactions))


def _padded(before: Conversation, length: int) -> list[Interaction | None]:
    known: list[Interaction | None] = list(before.interactions[:length])
    return known + [None] * (length - len(known))


def _say_the_same(old: Interaction, new: Interaction, ids: Ids) -> bool:
    if (old.participant, old.end.how, old.timeouts) != (new.participant, new.end.how, new.timeouts):
        return False
    if old.body != new.body or not told(old.request, ids, Ignored()).says_the_same(told(new.request, ids, Ignored())):
        return False
    if (old.answer is None) != (new.answer is None) or _headers(old.request.headers) != _headers(new.request.headers):
        return False
    if old.answer is not None and new.answer is not None:
        same = old.answer.status, _headers(old.answer.headers)
        if same != (new.answer.status, _headers(new.answer.headers)):
            return False
    return all(map(_alike, _times(old), _times(new)))


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if name.lower() not in _VOLATILE}


def _times(one: Interaction) -> tuple[float, float, float, float]:
    """When the headers came, the first piece, the end; and the longest silence."""
    at = [chunk.at for chunk in one.chunks]
    gaps = [later - earlier for earlier, later in pairwise(at)]
    opened = one.answer.opened if one.answer is not None else 0.0
    return opened, at[0] if at else 0.0, one.end.at, max(gaps, default=0.0)


def _alike(old: float, new: float) -> bool:
    return abs(old - new) <= max(_ALIKE_SECONDS, _ALIKE_SHARE * max(old, new))


def _with_thread_id(conversation: Conversation, thread_id: str) -> Conversation:
    """The same conversation under another id of the same length."""
    known = conversation.thread_id
    if known == thread_id or len(known) != len(thread_id) or not known:
        return conversation
    turns = min(MOST_TURNS, 2 * len(conversation.interactions) + 2)
    changes = {known.encode(): thread_id.encode()}
    for turn in range(turns):
        mine, its = request_id_of(known, turn), request_id_of(thread_id, turn)
        changes[mine.encode()] = its.encode()
        changes[str(UUID(mine)).encode()] = str(UUID(its)).encode()
    interactions = tuple([_changed(one, changes) for one in conversation.interactions])
    return msgspec.structs.replace(conversation, thread_id=thread_id, interactions=interactions)


def _changed(one: Interaction, changes: Mapping[bytes, bytes]) -> Interaction:
    def text(value: str) -> str:
        return _replaced(value.encode(errors="surrogatepass"), changes).decode(errors="surrogatepass")

    request = HttpRequest(
        method=one.request.method,
        url=text(one.request.url),
        headers={name: text(value) for name, value in one.request.headers.items()},
        body=_replaced(one.request.body, changes),
    )
    answer = one.answer
    if answer is not None:
        headers = {name: text(value) for name, value in answer.headers.items()}
        answer = msgspec.structs.replace(answer, headers=headers)
    # The ids are as long as they were, so that the pieces stay where they were cut.
    pieces = cut_as([chunk.data for chunk in one.chunks], _replaced(one.body, changes))
    chunks = tuple([Chunk(old.at, data) for old, data in zip(one.chunks, pieces, strict=True)])
    return msgspec.structs.replace(one, request=request, answer=answer, chunks=chunks)


def _replaced(data: bytes, changes: Mapping[bytes, bytes]) -> bytes:
    for before, after in changes.items():
        if before in data:
            data = data.replace(before, after)
    return data
