"""Events that a hostile or broken agent may send: a dialect's own events with wrong values in any place."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from scenario.protocols.json_text import read_json
from scenario.protocols.protocol import Dialect, Ending, Framing, Head, Reader, ReadOptions, Sample
from scenario.types import Reply
from scenario.wire.sse import ServerSentEvent

_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 3), st.just(10**40), st.floats(), st.text(max_size=4), st.just("\ud83d")
)


def as_events(*values: object) -> list[ServerSentEvent]:
    """Events with these JSON values as their data."""
    return [ServerSentEvent(data=json.dumps(value)) for value in values]


def read_all(reader: Reader, events: Sequence[ServerSentEvent], *, clean: bool = True) -> tuple[Reply, str]:
    """The reply of these events, and the text as it was brought, event by event."""
    text = "".join([reader.read(event).text for event in events])
    return reader.finish(Ending(clean=clean)), text


def survives(dialect: Dialect, events: Sequence[ServerSentEvent], framing: Framing = "sse") -> Reply:
    """Detect and read events that may hold anything; what is brought piece by piece must be the reply's text."""
    dialect.detect(Head(), [Sample(event, read_json(event.data)) for event in events])
    reply, _ = read_all(dialect.reader(ReadOptions(framing=framing)), events)
    return reply


def odd_events(known: Sequence[dict[str, Any]]) -> st.SearchStrategy[list[ServerSentEvent]]:
    """Some of a dialect's events, in any order, with odd values in places; and a few that are no JSON at all."""
    usual = st.sampled_from(list(known))
    odd = st.recursive(
        st.one_of(_SCALARS, usual),
        lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
        max_leaves=4,
    )
    return st.lists(_odd_event(usual, odd), min_size=1, max_size=6)


# What these are made of is built once: built anew for each example, it takes longer than the reading that is tested.
_CHANGES = st.integers(0, 3)
_GOES_DEEPER = st.integers(0, 9)
_NO_JSON = st.sampled_from([None] * 8 + ["", "{", "[DONE]"])
_NAMES = st.sampled_from(["message", "message", "error"])


@st.composite
def _odd_event(draw: st.DrawFn, usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> ServerSentEvent:
    value: Any = copy.deepcopy(draw(usual))
    for _ in range(draw(_CHANGES)):
        value = _replaced(draw, value, odd)
    data = draw(_NO_JSON)
    return ServerSentEvent(data=json.dumps(value) if data is None else data, event=draw(_NAMES))


def _replaced(draw: st.DrawFn, value: Any, odd: st.SearchStrategy[Any]) -> Any:
    """The value with something odd in the place of one of its parts, or of itself."""
    if isinstance(value, dict) and value and draw(_GOES_DEEPER):
        key = draw(st.sampled_from(sorted(value)))
        value[key] = _replaced(draw, value[key], odd)
        return value
    if isinstance(value, list) and value and draw(_GOES_DEEPER):
        index = draw(st.integers(0, len(value) - 1))
        value[index] = _replaced(draw, value[index], odd)
        return value
    return copy.deepcopy(draw(odd))
