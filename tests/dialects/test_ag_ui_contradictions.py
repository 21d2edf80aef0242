"""AG-UI runs whose events cannot all be true: what was lost, doubled or swapped on the way is no answer."""

from __future__ import annotations

from typing import Any

import pytest

from scenario.reading import read_stream
from scenario.types import Reply
from scenario.wire.sse_writing import encode
from tests.dialects.odd_events import as_events

Event = dict[str, Any]
STARTED: Event = {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}
FINISHED: Event = {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}
BEGIN: Event = {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"}
END: Event = {"type": "TEXT_MESSAGE_END", "messageId": "m"}
CALL: Event = {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "look"}
ARGUMENTS: Event = {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": "{}"}
CALL_END: Event = {"type": "TOOL_CALL_END", "toolCallId": "c"}


def piece(text: str) -> Event:
    """A piece of the message."""
    return {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": text}


def snapshot(text: str) -> Event:
    """The conversation as the agent has it."""
    asked = {"id": "u", "role": "user", "content": "Safe?"}
    return {"type": "MESSAGES_SNAPSHOT", "messages": [asked, {"id": "m", "role": "assistant", "content": text}]}


def reply_to(*events: Event) -> Reply:
    """How a run with these events is read."""
    body = b"".join(encode(event) for event in as_events(*events))
    return read_stream(body, content_type="text/event-stream")


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([piece("It is "), piece("safe."), END], "has not begun"),
        ([BEGIN, piece("It is "), END, piece("safe.")], "had ended"),
        ([BEGIN, BEGIN, piece("It is safe."), END], "began twice"),
        ([ARGUMENTS, CALL_END], "has not begun"),
        ([CALL, CALL, ARGUMENTS, CALL_END], "began twice"),
        ([BEGIN, piece("It is "), piece("safe."), END, snapshot("It is not safe.")], "snapshot"),
    ],
)
def test_what_cannot_all_be_true_is_no_answer(events: list[Event], said: str) -> None:
    """The error says what contradicts what."""
    reply = reply_to(STARTED, *events, FINISHED)
    assert reply.outcome == "error"
    assert said in (reply.error.message if reply.error else "")


def test_what_fits_together_is_an_answer() -> None:
    """A message and a call, and a snapshot that says the same; a call may be told again once it has ended."""
    told = [BEGIN, piece("It is "), piece("safe."), END, CALL, ARGUMENTS, CALL_END]
    reply = reply_to(STARTED, *told, CALL, ARGUMENTS, CALL_END, snapshot("It is safe."), FINISHED)
    assert (reply.outcome, reply.text, len(reply.tool_calls)) == ("complete", "It is safe.", 1)


@pytest.mark.parametrize(
    ("told", "kept"), [("It is safe.\n", "It is safe."), ("It is safe.", "It is safe. \n"), ("a ", "a\n")]
)
def test_a_snapshot_that_differs_by_the_spaces_at_its_end(told: str, kept: str) -> None:
    """Agents cut them off from what they keep; no word is in them."""
    reply = reply_to(STARTED, BEGIN, piece(told), END, snapshot(kept), FINISHED)
    assert (reply.outcome, reply.text) == ("complete", told)
    assert reply_to(STARTED, BEGIN, piece(told), END, snapshot(f" {kept}"), FINISHED).outcome == "error"


def test_runs_after_one_another_are_one_answer() -> None:
    """Each owes an end of its own; one that failed and was begun anew is told, and is not the outcome."""
    first, second = [BEGIN, piece("One."), END], [{**BEGIN, "messageId": "n"}, {**piece("Two."), "messageId": "n"}]
    whole = reply_to(STARTED, *first, FINISHED, STARTED, *second, {**END, "messageId": "n"}, FINISHED)
    assert (whole.outcome, whole.text, whole.reading.segments) == ("complete", "One.\nTwo.", 2)
    assert reply_to(STARTED, *first, FINISHED, STARTED, *second).outcome == "truncated"
    assert reply_to(STARTED, *first, FINISHED, STARTED).outcome == "truncated"
    failed: Event = {"type": "RUN_ERROR", "message": "overloaded"}
    anew = reply_to(STARTED, failed, STARTED, *first, FINISHED)
    assert (anew.outcome, anew.text) == ("complete", "One.")
    assert any("overloaded" in note for note in anew.reading.notes)
    assert reply_to(STARTED, *first, FINISHED, STARTED, failed).outcome == "error"


def test_a_snapshot_of_the_second_run_has_the_first_ones_words_too() -> None:
    """They are said once."""
    first = [BEGIN, piece("One."), END]
    second = [{**BEGIN, "messageId": "n"}, {**piece("Two."), "messageId": "n"}, {**END, "messageId": "n"}]
    both = snapshot("One.")
    both["messages"].append({"id": "n", "role": "assistant", "content": "Two."})
    reply = reply_to(STARTED, *first, FINISHED, STARTED, *second, both, FINISHED)
    assert (reply.outcome, reply.text) == ("complete", "One.\nTwo.")
