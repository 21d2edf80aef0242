"""The rule of asking: what the user says is put to the agent."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from scenario.protocols.protocol import Dialect, Turn
from scenario.testing.conformance.rule import Breach

_SAID = "Is it cold in Oslo?"
_TURN = Turn(
    messages=[{"role": "user", "content": _SAID}],
    new_messages=[{"role": "user", "content": _SAID}],
    thread_id="thread-1",
    request_id="request-1",
)


def puts_the_turn(dialect: Dialect) -> Iterator[Breach]:
    """A turn's request is JSON, and holds what the user said; where others prepare it, the first of them is JSON."""
    requests = dialect.requests(_TURN)
    try:
        draft, is_last = next(requests), False
    except StopIteration as stop:
        draft, is_last = stop.value, True
    try:
        body = msgspec.json.encode(draft.body).decode()
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        yield Breach("the request of a turn", "a body of JSON values", f"{type(error).__name__}: {error}")
        return
    if (is_last or draft.puts_turn) and draft.body is not None and _SAID not in body:
        yield Breach("the request of a turn", f"{_SAID!r}, which the user said, in its body", body[:200])
