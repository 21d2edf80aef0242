"""OpenAI's ChatKit: threads, their items, and what comes back of the user's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.dialects.chatkit import ChatKit
from scenario.errors import ConfigurationError
from scenario.protocols.protocol import Turn
from scenario.reading import read_stream
from scenario.types import Reply

THREAD = {"type": "thread.created", "thread": {"id": "thr-1", "status": {"type": "active"}}}
ECHO = {"type": "thread.item.done", "item": {"id": "u1", "type": "user_message", "content": [{"text": "Any trains?"}]}}


def item(kind: str, text: str | None = None, key: str = "a1", of: str = "assistant_message") -> dict[str, Any]:
    """An event of an item."""
    content = [] if text is None else [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": f"thread.item.{kind}", "item": {"id": key, "type": of, "content": content}}


def update(kind: str, key: str = "a1", **update: Any) -> dict[str, Any]:
    """An event of what has changed in an item."""
    told = {"type": f"assistant_message.content_part.{kind}", "content_index": 0, **update}
    return {"type": "thread.item.updated", "item_id": key, "update": told}


SAID = [item("added"), update("text_delta", delta="Two "), update("text_delta", delta="trains.")]


def read(*events: dict[str, Any]) -> Reply:
    """The reply of these events after the thread's beginning and the user's echo."""
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in (THREAD, ECHO, *events))
    return read_stream(body.encode(), content_type="text/event-stream")


def test_the_assistant_s_text_is_read_once() -> None:
    """Pieces, the part and the item at its end tell the same; the echo is not in it; the thread goes back."""
    done = update("done", content={"type": "output_text", "text": "Two trains."})
    reply = read(*SAID, done, item("done", "Two trains."))
    assert (reply.protocol, reply.text, reply.outcome) == ("chatkit", "Two trains.", "complete")
    assert reply.session == {"thread_id": "thr-1"}


def test_a_text_that_was_not_streamed_is_read() -> None:
    """It stands in the item that is done."""
    assert read(item("added"), item("done", "No trains.")).text == "No trains."


def test_an_item_that_is_not_done_is_truncated() -> None:
    """So is a stream in which nobody has answered."""
    for events in (SAID, SAID[:1], [], [*SAID, item("done", "Two trains."), item("added", key="a2")]):
        assert read(*events).outcome == "truncated"


def test_pieces_and_an_end_that_differ_are_a_contradiction() -> None:
    """A piece is missing."""
    assert read(*SAID[:2], item("done", "Two trains.")).outcome == "error"


def test_an_item_that_is_replaced_or_removed_is_not_what_was_said() -> None:
    """Guards take back an answer so."""
    assert read(*SAID, item("replaced", "One train.")).text == "One train."
    removed = {"type": "thread.item.removed", "item_id": "a1"}
    again = [item("added", key="a2"), item("done", "Later.", key="a2")]
    assert read(*SAID, item("done", "Two trains."), removed, *again).text.strip() == "Later."


def test_workflows_and_widgets_are_no_text() -> None:
    """They have words in them that are shown and not said."""
    task = {"type": "workflow.task.added", "task": {"type": "thought", "title": "Thinking", "content": "of trains"}}
    shown = {"type": "thread.item.updated", "item_id": "w1", "update": task}
    reply = read(item("added", key="w1", of="workflow"), shown, *SAID, item("done", "Two trains."))
    assert reply.text == "Two trains."


def test_a_client_s_tool_is_called() -> None:
    """With its name and arguments, once."""
    call = {"id": "t1", "type": "client_tool_call", "call_id": "c1", "name": "go", "arguments": {"to": "Bergen"}}
    reply = read({"type": "thread.item.done", "item": call}, {"type": "thread.item.done", "item": call})
    assert [(one.id, one.name, one.arguments) for one in reply.tool_calls] == [("c1", "go", {"to": "Bergen"})]


def test_an_error_is_one() -> None:
    """With its words and its code."""
    reply = read(*SAID, {"type": "error", "code": "stream.error", "message": "busy", "allow_retry": True})
    assert reply.error is not None
    assert (reply.outcome, reply.error.message, reply.error.code) == ("error", "busy", "stream.error")


def test_a_thread_is_created_and_then_gone_on_with() -> None:
    """Only what is new is sent."""
    first = ChatKit().request(Turn(messages=[{"role": "user", "content": "Hi"}]))
    said = {"content": [{"type": "input_text", "text": "Hi"}], "attachments": [], "inference_options": {}}
    assert first.body == {"type": "threads.create", "params": {"input": said}}
    new = [{"role": "user", "content": "And now?"}]
    then = ChatKit().request(Turn(messages=[], new_messages=new, session={"thread_id": "thr-1"})).body
    assert (then["type"], then["params"]["thread_id"]) == ("threads.add_user_message", "thr-1")
    assert then["params"]["input"]["content"][0]["text"] == "And now?"


def test_a_picture_is_refused_and_not_left_out() -> None:
    """It would have to be uploaded to the server's own store."""
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/quay.png"}}
    with pytest.raises(ConfigurationError, match="ChatKit cannot carry it"):
        ChatKit().request(Turn(messages=[], new_messages=[{"role": "user", "content": [picture]}]))
