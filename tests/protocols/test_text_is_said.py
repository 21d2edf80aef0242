"""The text of a reply is what its content events brought, each piece once: in every dialect."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, strategies as st

from scenario.reading import read_stream
from scenario.testing.conformance.small_answers import small_answers
from scenario.testing.conformance.transcript import Transcript
from scenario.types import Reply

ANSWERS = small_answers()


def unsaid(reply: Reply) -> str:
    """The characters of the text, but for line ends between messages, that content events have not brought so often."""
    brought = Counter("".join(event.data for event in reply.events if event.content))
    return "".join((Counter(reply.text.replace("\n", "")) - brought).elements())


@pytest.mark.parametrize("answer", ANSWERS, ids=[answer.name for answer in ANSWERS])
def test_no_piece_is_there_that_no_event_brought(answer: Transcript) -> None:
    """Nor more often than events brought it."""
    reply = read_stream(answer.body, headers=dict(answer.headers), status=answer.status)
    assert reply.text
    assert unsaid(reply) == ""


KINDS = ["token", "message", "sources", "final_answer", "blurb", "done", "user", "thinking", "tool_result"]


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(["It ", "is ", "18.", "It is 18."])), max_size=12))
def test_whatever_kinds_a_stream_has(events: list[tuple[str, str]]) -> None:
    """Home-made streams of all kinds of events, in any order: nothing is made up, and nothing counts twice."""
    body = "".join(f'data: {{"type": "{kind}", "content": "{text}"}}\n\n' for kind, text in events)
    reply = read_stream(body.encode(), content_type="text/event-stream")
    assert unsaid(reply) == ""
    assert len(reply.text.replace("\n", "")) <= sum(len(text) for _, text in events)
