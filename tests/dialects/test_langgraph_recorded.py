"""LangGraph Server's own streams, in the modes in which a run can be watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenario.protocols.protocol import Head
from tests.dialects.recordings import read, recorded

_PIECES = Path(__file__).parent / "recorded" / "langgraph-pieces.sse"


def test_a_message_that_gets_its_id_in_the_state_counts_once() -> None:
    """A node may write a message without an id; the state has it once more, with one."""
    reply = recorded("langgraph-nameless.sse")
    assert reply.text == "From dict"
    assert len(reply.messages) == 1


@pytest.mark.parametrize("mode", ["tasks", "events"])
def test_what_nodes_have_done_is_read(mode: str) -> None:
    """Where neither messages nor updates were asked for, the answer stands in tasks' results and in the last state."""
    reply = recorded(f"langgraph-{mode}.sse")
    assert (reply.protocol, reply.outcome, reply.text) == ("langgraph", "complete", "Static answer")


@pytest.mark.parametrize("mode", ["tasks", "debug"])
def test_what_a_node_asks_is_in_its_result(mode: str) -> None:
    """An interrupt is known in these modes too."""
    reply = recorded(f"langgraph-{mode}-asks.sse")
    assert reply.outcome == "complete"
    assert [one["value"] for one in reply.interrupt["interrupts"]] == [{"question": "Which?"}]


def test_a_stream_that_ends_in_the_midst_of_a_message_is_cut() -> None:
    """There is no terminal event; but pieces say whether they are the last."""
    *events, _ = _PIECES.read_bytes().split(b"\n\n")
    outcomes = []
    for count in range(2, len(events) + 1):
        body = b"".join(event + b"\n\n" for event in events[:count])
        outcomes.append(read(Head(headers={"content-type": "text/event-stream"}), [body]).outcome)
    assert outcomes == ["truncated", "truncated", "truncated", "complete", "complete"]


def test_pieces_that_a_step_has_taken_over_are_whole() -> None:
    """A node may stop listening to its model; what it then writes ends the message."""
    *events, last, update, _ = _PIECES.read_bytes().split(b"\n\n")
    assert b'"chunk_position":"last"' in last
    body = b"".join(event + b"\n\n" for event in [*events, update])
    assert read(Head(headers={"content-type": "text/event-stream"}), [body]).outcome == "complete"
