"""Errors and bad reasons that something comes after: overcome by an answer, and by nothing less."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from scenario.exchange import Chunk
from scenario.protocols.protocol import Head
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.reading import read_stream
from scenario.types import Reply

FAILED = {"error": {"message": "worker lost", "code": "w1"}}


def chunk(reason: str | None = None, id: str = "one", **delta: Any) -> dict[str, Any]:  # noqa: A002 - as on the wire
    """A chunk of a completion."""
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"id": id, "object": "chat.completion.chunk", "choices": [choice]}


def body(*events: Any) -> bytes:
    """An event stream of JSON values and words."""
    data = [one if isinstance(one, str) else json.dumps(one) for one in events]
    return "".join([f"data: {one}\n\n" for one in data]).encode()


def read(*events: Any, protocol: str = "auto") -> Reply:
    """How these events are read."""
    return read_stream(body(*events), content_type="text/event-stream", protocol=protocol)


NOTHING_AFTER = {
    "chat": (chunk(content="Warm "), FAILED, chunk("stop"), "[DONE]"),
    "chat, begun anew": (chunk(content="Warm "), FAILED, chunk(id="two", role="assistant"), chunk("stop"), "[DONE]"),
    "anthropic": (
        {"type": "message_start", "message": {"id": "m1"}},
        {"type": "error", "error": {"message": "worker lost"}},
        {"type": "message_start", "message": {"id": "m2"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ),
    "ag-ui": (
        {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
        {"type": "RUN_ERROR", "message": "worker lost"},
        {"type": "RUN_STARTED", "threadId": "t", "runId": "s"},
        {"type": "RUN_FINISHED", "threadId": "t", "runId": "s"},
    ),
    "vercel-ui": (
        {"type": "start"},
        {"type": "error", "errorText": "worker lost"},
        {"type": "start"},
        {"type": "finish"},
        "[DONE]",
    ),
}


@pytest.mark.parametrize("name", NOTHING_AFTER)
def test_a_beginning_and_an_end_overcome_no_error(name: str) -> None:
    """Where nothing of an answer comes between them, it is the error that is told."""
    reply = read(*NOTHING_AFTER[name])
    assert (reply.outcome, reply.error.message if reply.error else "") == ("error", "worker lost")
    assert not any("answer of its own" in note for note in reply.reading.notes)


def test_an_answer_that_begins_anew_overcomes_an_error() -> None:
    """A model call that is tried again, and told as another completion."""
    again = (
        chunk(id="two", role="assistant", content=""),
        chunk(id="two", content="Warm."),
        chunk("stop", id="two"),
        "[DONE]",
    )
    reply = read(chunk(role="assistant"), FAILED, *again)
    assert (reply.outcome, reply.text) == ("complete", "Warm.")
    assert any("worker lost" in note for note in reply.reading.notes)


def test_the_rest_of_a_completion_that_failed_is_no_answer() -> None:
    """Its chunks have the same id, or none and no role: something is missing between them."""
    for id in ("one", ""):  # noqa: A001 - as on the wire
        reply = read(
            chunk(id=id, content="It is "), FAILED, chunk(id=id, content="cold."), chunk("stop", id=id), "[DONE]"
        )
        assert (reply.outcome, len(reply.messages)) == ("error", 1)


def test_an_answer_after_an_error_that_is_cut_overcomes_nothing() -> None:
    """The error is what went wrong."""
    reply = read(chunk(role="assistant"), FAILED, chunk(id="two", role="assistant", content="War"))
    assert (reply.outcome, reply.error.message if reply.error else "") == ("error", "worker lost")


@pytest.mark.parametrize(("bad", "outcome"), [("length", "truncated"), ("content_filter", "error"), ("error", "error")])
def test_a_good_reason_after_a_bad_one_takes_nothing_back(bad: str, outcome: str) -> None:
    """In the same segment or in an empty one after it; the reply says the bad one."""
    for rest in ((chunk("stop"), "[DONE]"), ("[DONE]", chunk(role="assistant", content=""), chunk("stop"), "[DONE]")):
        reply = read(chunk(content="It is "), chunk(bad), *rest)
        assert (reply.outcome, reply.finish_reason) == (outcome, bad)


def test_a_message_that_met_its_limit_does_not_end_well_without_more() -> None:
    """Anthropic's events, with two reasons."""
    reply = read(
        {"type": "message_start", "message": {"id": "m1"}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "It is"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    )
    assert (reply.outcome, reply.finish_reason) == ("truncated", "max_tokens")


def test_content_after_a_bad_reason_makes_the_next_one_count() -> None:
    """An agent that goes on after a limit has answered."""
    reply = read(chunk(content="It is "), chunk("length"), chunk(content="cold."), chunk("stop"), "[DONE]")
    assert (reply.outcome, reply.text, reply.finish_reason) == ("complete", "It is cold.", "stop")


NEVER_READ = {
    "an error in a list": ([FAILED], "[DONE]"),
    "an error in a delta": ({"choices": [{"index": 0, "delta": FAILED}]}, "[DONE]"),
    "an error in a delta, and a reason": ({"choices": [{"index": 0, "delta": FAILED}]}, chunk("stop"), "[DONE]"),
    "an error beside a piece": (chunk(content="It"), chunk(content=" is", **FAILED), chunk("stop"), "[DONE]"),
    "chunks of nothing": ({"choices": [{"index": 0, "delta": {"x": 1}}]}, "[DONE]"),
}


@pytest.mark.parametrize("protocol", ["auto", "openai-chat"])
@pytest.mark.parametrize("name", NEVER_READ)
def test_what_nobody_read_is_no_empty_answer(name: str, protocol: str) -> None:
    """An end alone, after events of which nothing could be taken, ends no answer."""
    assert read(*NEVER_READ[name], protocol=protocol).outcome == "error"


POOL = (
    chunk(content="It is "),
    chunk(content="cold."),
    chunk(id="two", role="assistant", content=""),
    chunk(id="two", content="Warm."),
    chunk("stop"),
    chunk("length"),
    chunk("content_filter"),
    FAILED,
    [FAILED],
    {"type": "node_error", "error": "worker lost"},
    {"type": "tool_result", "error": "not found"},
    "[ERROR]",
    "[heartbeat]",
    "[DONE]",
)


def sliced(content: bytes, cuts: list[int]) -> Reply:
    """How a body in pieces is read."""
    reception = Reception(Head(headers={"content-type": "text/event-stream"}), ReceptionOptions())
    for start, end in pairwise([0, *cuts, len(content)]):
        reception.feed(Chunk(0.0, content[start:end]))
    return reception.finish(clean=True)


@settings(deadline=None, max_examples=200)
@given(events=st.lists(st.sampled_from(POOL), max_size=7), data=st.data())
def test_slices_make_no_difference_to_errors(events: list[Any], data: st.DataObject) -> None:
    """Whatever fails, ends and begins anew: the reply is that of the body in one piece."""
    content = body(*events)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(content)), max_size=8)))
    whole = sliced(content, [])
    assert sliced(content, cuts) == whole
    assert sliced(content, list(range(1, len(content)))) == whole


@settings(deadline=None, max_examples=300)
@given(events=st.lists(st.sampled_from(POOL), max_size=6))
def test_no_end_makes_a_failure_good(events: list[Any]) -> None:
    """After an error or a limit, ends of any number and order do not complete an answer."""
    for bad in (FAILED, chunk("length"), chunk("content_filter")):
        reply = read(chunk(content="It "), *events, chunk(content="is"), bad, chunk("stop"), "[DONE]", chunk("stop"))
        assert not reply.complete
