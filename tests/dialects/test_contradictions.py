"""Streams that tell a thing twice and not alike, or a piece of what never began: no answer, and said so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.reading import read_stream
from scenario.types import Reply
from scenario.wire.sse_writing import encode
from tests.dialects.odd_events import as_events

Event = dict[str, Any]


def reply_to(protocol: str, *events: Event) -> Reply:
    """How a stream of these events is read."""
    body = b"".join(encode(event) for event in as_events(*events))
    return read_stream(body, content_type="text/event-stream", protocol=protocol)


TEXT = [
    {"type": "text-start", "id": "0"},
    {"type": "text-delta", "id": "0", "delta": "It is "},
    {"type": "text-delta", "id": "0", "delta": "safe."},
    {"type": "text-end", "id": "0"},
]
INPUT = [
    {"type": "tool-input-start", "toolCallId": "c", "toolName": "look"},
    {"type": "tool-input-delta", "toolCallId": "c", "inputTextDelta": '{"at":'},
    {"type": "tool-input-delta", "toolCallId": "c", "inputTextDelta": '"home"}'},
    {"type": "tool-input-available", "toolCallId": "c", "toolName": "look", "input": {"at": "home"}},
]
FINISH = [{"type": "finish", "finishReason": "stop"}]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([TEXT[1], TEXT[0], *TEXT[2:]], "after a piece"),
        ([TEXT[0], TEXT[1], {**TEXT[2], "id": "9"}, TEXT[3]], "has not begun"),
        ([*TEXT, *INPUT[1:]], "has not begun"),
        ([*TEXT, INPUT[0], INPUT[2], INPUT[1], INPUT[3]], "no JSON together"),
        ([*TEXT, INPUT[0], INPUT[2], INPUT[3]], "no JSON together"),
    ],
)
def test_parts_of_the_ai_sdk_that_do_not_fit(parts: list[Event], said: str) -> None:
    """A part begins once, before its pieces; a tool's input is JSON in pieces as it is whole."""
    reply = reply_to("vercel-ui", {"type": "start"}, *parts, *FINISH)
    assert reply.outcome == "error"
    assert said in (reply.error.message if reply.error else "")
    whole = reply_to("vercel-ui", {"type": "start"}, *TEXT, *INPUT, *FINISH)
    assert (whole.outcome, whole.text) == ("complete", "It is safe.")


def artifact(text: str, *, append: bool, name: str = "a") -> Event:
    """A piece of an artifact."""
    inner = {"artifactId": name, "parts": [{"text": text}]}
    return {"result": {"artifactUpdate": {"taskId": "t", "contextId": "c", "artifact": inner, "append": append}}}


TASK_DONE: Event = {"result": {"statusUpdate": {"taskId": "t", "status": {"state": "TASK_STATE_COMPLETED"}}}}


def test_what_is_added_to_an_artifact_that_never_began_creates_it() -> None:
    """Servers may write each piece so: it is told, and the answer is whole."""
    first, second = artifact("It is ", append=True), artifact("safe.", append=True)
    reply = reply_to("a2a-1.0", first, second, TASK_DONE)
    assert (reply.outcome, reply.text, reply.reading.end) == ("complete", "It is safe.", "marked")
    assert reply.reading.notes == ("artifact 'a' begins with a piece that is to be added to it",)
    other = artifact("Really.", append=True, name="b")
    assert reply_to("a2a-1.0", first, second, other, TASK_DONE).text == "It is safe.\nReally."
    begun = artifact("It is ", append=False)
    assert reply_to("a2a-1.0", begun, second, TASK_DONE).reading.notes == ()


def test_an_artifact_whose_first_piece_was_lost_or_comes_late() -> None:
    """It shows where the server begins its artifacts otherwise."""
    first, second = artifact("It is not ", append=False), artifact("safe.", append=True)
    assert reply_to("a2a-1.0", first, second, TASK_DONE).outcome == "complete"
    assert reply_to("a2a-1.0", second, first, TASK_DONE).outcome == "error"
    others = [artifact("Well.", append=False, name="b"), artifact(" So.", append=True, name="b")]
    assert reply_to("a2a-1.0", *others, second, TASK_DONE).outcome == "error"
    assert reply_to("a2a-1.0", second, *others, TASK_DONE).outcome == "error"
    assert reply_to("a2a-1.0", others[0], second, TASK_DONE).outcome == "complete"


def adk(text: str, **more: Any) -> Event:
    """An event of an ADK agent."""
    return {"author": "agent", "invocationId": "i", "content": {"role": "model", "parts": [{"text": text}]}, **more}


def test_the_whole_of_an_adk_agent_is_held_against_its_pieces() -> None:
    """It may say more than they have; what is neither their beginning nor their end contradicts them."""
    pieces = [adk("It is ", partial=True), adk("not ", partial=True), adk("safe.", partial=True)]
    assert reply_to("adk", *pieces, adk("It is not safe.")).outcome == "complete"
    for damaged in ([pieces[0], pieces[2]], [pieces[0], pieces[1], pieces[1], pieces[2]]):
        reply = reply_to("adk", *damaged, adk("It is not safe."))
        assert reply.outcome == "error"
        assert "contradicts itself" in (reply.error.message if reply.error else "")


def test_an_adk_result_of_a_call_that_never_was_is_no_answer() -> None:
    """The call was lost on its way."""
    call = adk("", content={"parts": [{"functionCall": {"id": "c1", "name": "look", "args": {}}}]})
    answer = {"parts": [{"functionResponse": {"id": "c2", "name": "find", "response": {"ok": 1}}}]}
    assert reply_to("adk", call, adk("", content=answer), adk("Done.")).outcome == "error"


def streamed(*values: object) -> Reply:
    """A stream of events; text is data as it is."""
    data = [value if isinstance(value, str) else json.dumps(value) for value in values]
    return read_stream("".join(f"data: {one}\n\n" for one in data).encode(), content_type="text/event-stream")


def test_done_without_a_finish_reason_may_be_a_relay_s() -> None:
    """The answer is taken for whole, and its end for assumed: relays write [DONE] after a cut, too."""
    chunk = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "It is"}}]}
    last = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    doubted, certain = streamed(chunk, "[DONE]"), streamed(chunk, last, "[DONE]")
    assert (doubted.outcome, doubted.reading.end) == ("complete", "assumed")
    assert "without a finish_reason" in doubted.reading.notes[0]
    assert (certain.outcome, certain.reading.end, certain.reading.notes) == ("complete", "marked", ())


def test_a_text_that_is_open_at_the_stream_s_own_end_was_cut() -> None:
    """What the model had not ended, nobody but the relay did."""
    begun = [{"type": "text-start", "id": "1"}, {"type": "text-delta", "id": "1", "delta": "It is"}]
    ended = {"type": "text-end", "id": "1"}
    assert streamed({"type": "start"}, *begun, "[DONE]").outcome == "truncated"
    assert streamed({"type": "start"}, *begun, ended, "[DONE]").outcome == "complete"
    assert streamed({"type": "start"}, *begun, {"type": "finish"}, "[DONE]").outcome == "complete"
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "It is"}}
    message = [{"type": "message_start", "message": {"id": "m"}}, block]
    assert streamed(*message, {"type": "message_stop"}).outcome == "truncated"
    stopped = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    assert streamed(*message, stopped, {"type": "message_stop"}).outcome == "complete"


def test_the_end_of_a_response_counts_once() -> None:
    """Told a second time, without numbers, it brings no text again; another response does."""
    content = [{"type": "output_text", "text": "Hi"}]
    whole = {
        "id": "r1",
        "object": "response",
        "status": "completed",
        "output": [{"type": "message", "content": content}],
    }
    delta = {"type": "response.output_text.delta", "output_index": 0, "delta": "Hi"}
    end = {"type": "response.completed", "response": whole}
    created = {"type": "response.created", "response": {"id": "r1", "status": "in_progress"}}
    assert streamed(created, delta, end, end).text == "Hi"
    assert streamed(created, delta, end, {**end, "response": {**whole, "id": "r2"}}).text == "Hi\nHi"
