"""Who is told of run events: the subscribers in force where a run is started.

They are a context variable because the callers between the one who subscribes (a test session, a fixture) and the run
hand nothing on: the public `run` has no parameter for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scenario.dialogue.events import Subscriber

subscribers: Final[ContextVar[tuple[Subscriber, ...]]] = ContextVar("scenario_subscribers", default=())

# A thread that is started by hand begins with an empty context, so no context variable reaches the runs in it. Only
# something that belongs to the process does; it is read in such threads alone, and empty unless a test session is on.
_in_bare_threads: Final[list[tuple[Subscriber, ...]]] = []


def in_force() -> tuple[Subscriber, ...]:
    """The subscribers of a run that starts here: read once, at its start."""
    inherited = subscribers.get(None)
    if inherited is not None:
        return inherited
    return _in_bare_threads[-1] if _in_bare_threads else ()


@contextmanager
def subscribed(subscriber: Subscriber) -> Iterator[None]:
    """Within the block, runs tell `subscriber` too, also those in tasks and threads that inherit the context.

    Args:
        subscriber: called with each event of a run as it happens (`scenario.dialogue.events`), on the run's event loop:
            it should be quick.

    Example:
        events: list[object] = []
        with scenario.subscribed(events.append):
            await scenario.run(...)
    """
    token = subscribers.set((*subscribers.get(), subscriber))
    try:
        yield
    finally:
        subscribers.reset(token)


@contextmanager
def subscribed_alone(*in_their_place: Subscriber) -> Iterator[None]:
    """Within the block, runs tell these subscribers only, also those in threads that were started by hand."""
    token = subscribers.set(in_their_place)
    _in_bare_threads.append(in_their_place)
    try:
        yield
    finally:
        _in_bare_threads.remove(in_their_place)
        subscribers.reset(token)
