"""What is remembered of conversations: the values that go back to the agent, and what its last reply waits for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from scenario.types import Reply

MOST_THREADS: Final = 10_000


class Waiting(NamedTuple):
    """What a conversation's last reply waits for, and the dialect that it was read as."""

    protocol: str
    interrupt: Any


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of one conversation.

    Attributes:
        session: what requests and replies have left for the turns to come: `Reply.session`, `Reply.carried` and
            `RequestDraft.session`, by name; the newest of each.
        waiting: what the last reply waits for; None where it ended by itself.
    """

    session: Mapping[str, Any] = {}
    waiting: Waiting | None = None


_NOTHING: Final = Thread()


class Threads:
    """The conversations of one agent, by their ids.

    Args:
        most: so many are remembered; the one that was used longest ago is forgotten first.
    """

    def __init__(self, most: int = MOST_THREADS) -> None:
        self._most = most
        self._known: OrderedDict[str, Thread] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def of(self, thread_id: str) -> Thread:
        """What is remembered of a conversation; nothing of one that is new or was forgotten."""
        if (thread := self._known.get(thread_id)) is None:
            return _NOTHING
        self._known.move_to_end(thread_id)
        return thread

    def prepared(self, thread_id: str, session: Mapping[str, Any]) -> None:
        """Take what a request that prepares a turn has left: it stands however the turn goes on."""
        if session:
            thread = self.of(thread_id)
            self._keep(thread_id, Thread(session={**thread.session, **session}, waiting=thread.waiting))

    def replied(self, thread_id: str, reply: Reply) -> None:
        """Take what a reply leaves for the next turn."""
        waiting = None if reply.interrupt is None else Waiting(reply.protocol, reply.interrupt)
        session = {**self.of(thread_id).session, **reply.session, **reply.carried}
        self._keep(thread_id, Thread(session=session, waiting=waiting))

    def _keep(self, thread_id: str, thread: Thread) -> None:
        if thread == _NOTHING:
            # One that has left nothing needs no place among those that are remembered.
            self._known.pop(thread_id, None)
            return
        self._known[thread_id] = thread
        self._known.move_to_end(thread_id)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
