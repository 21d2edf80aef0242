"""Home-made streams: JSON objects, JSON strings or raw text, named or not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.dialects.home_made.json_body import JsonBody
from scenario.dialects.home_made.sse import Sse
from scenario.protocols.protocol import Ending, ReadOptions
from scenario.types import Reply
from scenario.wire.sse import ServerSentEvent


def reply_to(*events: Any, **options: Any) -> tuple[Reply, list[str]]:
    """The reply of these events, and what each brought. A pair is an event's name and its data."""
    reader = Sse().reader(ReadOptions(**options))
    kinds = []
    for event in events:
        name, data = event if isinstance(event, tuple) else ("message", event)
        text = data if isinstance(data, str) else json.dumps(data)
        kinds.append(reader.read(ServerSentEvent(event=name, data=text)).kind)
    return reader.finish(Ending()), kinds


@pytest.mark.parametrize(
    "event",
    [
        *[
            {key: "Hi"}
            for key in ("content", "text", "delta", "token", "message", "response", "output", "answer", "chunk")
        ],
        {"data": {"content": "Hi"}},
        {"delta": {"text": "Hi"}},
        {"message": {"role": "assistant", "content": [{"type": "text", "text": "Hi"}]}},
        {"token": {"id": 7, "text": "Hi"}, "generated_text": None},
        {"type": "token", "content": "Hi"},
        {"type": "text-delta", "payload": {"id": "1", "text": "Hi"}},
        '"Hi"',
        "Hi",
    ],
    ids=str,
)
def test_the_text_is_found_where_home_made_endpoints_put_it(event: Any) -> None:
    """At the usual keys, in the usual nestings, as a JSON string, and as raw text."""
    assert reply_to(event)[0].text == "Hi"


def test_raw_text_keeps_its_spaces_and_looks() -> None:
    """Whatever comes in a raw stream is text: numbers, braces, words that JSON has too."""
    assert reply_to("It", " is", " 18", "{", " true", "\n", "null")[0].text == "It is 18{ true\nnull"


def test_in_a_json_stream_what_is_no_json_is_malformed() -> None:
    """It is skipped, and the answer goes on."""
    reply, kinds = reply_to({"content": "a"}, '{"content": "b', "oops", {"content": "c"})
    assert reply.text == "ac"
    assert kinds == ["text", "malformed", "malformed", "text"]


def test_a_first_event_of_cut_json_is_no_raw_text() -> None:
    """It does not turn the stream into one of raw text."""
    reply, kinds = reply_to('{"content": "a', {"content": "b"})
    assert (reply.text, kinds) == ("b", ["malformed", "text"])


@pytest.mark.parametrize(
    "end",
    [
        "[DONE]",
        "[done]",
        ("done", {}),
        ("end", ""),
        ("done", "[DONE]"),
        {"type": "end"},
        {"type": "complete"},
        {"done": True},
        {"event": "finish"},
        {"content": "", "is_final": True},
    ],
    ids=str,
)
def test_what_ends_a_stream(end: Any) -> None:
    """By name, type or flag; nothing after it belongs to the answer."""
    reply, kinds = reply_to({"content": "a"}, end, {"content": "b"}, done=True)
    assert (reply.text, reply.outcome, kinds) == ("a", "complete", ["text", "end", "nothing"])


def test_an_end_that_repeats_the_answer_adds_nothing() -> None:
    """Nor does one that only says that it is the end."""
    assert reply_to({"content": "a"}, ("done", {"content": "a"}))[0].text == "a"
    assert reply_to({"content": "a"}, ("done", {"message": "Stream complete"}))[0].text == "a"


def test_an_end_that_is_all_there_is_is_the_answer() -> None:
    """Endpoints that only show steps before send it so."""
    assert reply_to(("status", {"message": "Searching"}), ("done", {"content": "a"}))[0].text == "a"


def test_what_is_no_answer_is_left_out() -> None:
    """Progress, pings, the user's own words."""
    assert (
        reply_to(
            ("ping", {"content": "x"}),
            {"type": "status", "message": "Searching"},
            {"role": "user", "content": "x"},
            {"content": "a"},
        )[0].text
        == "a"
    )


@pytest.mark.parametrize(
    "error",
    [
        ("error", {"message": "m"}),
        ("error", "m"),
        {"type": "error", "message": "m"},
        {"error": "m"},
        {"error": {"message": "m"}},
        {"status": "error", "message": "m"},
        {"success": False, "detail": "m", "answer": None},
        {"type": "done", "ok": False, "reason": "m"},
    ],
    ids=str,
)
def test_errors_in_the_stream(error: Any) -> None:
    """Named, typed, by their key, or by a flag or a word that says that it went wrong."""
    reply, _ = reply_to({"content": "a"}, error)
    assert reply.error is not None
    assert (reply.outcome, reply.text, reply.error.message) == ("error", "a", "m")


@pytest.mark.parametrize(
    "event",
    [
        {"step": "search", "status": "failed", "message": "trying again"},
        {"status": "error", "content": "b"},
        {"type": "tool_result", "status": "error", "message": "no such city"},
        ("status", {"status": "error", "message": "trying again"}),
        {"success": True, "message": "b"},
    ],
    ids=str,
)
def test_a_step_that_failed_is_not_the_answers_error(event: Any) -> None:
    """The agent goes on, and answers."""
    reply, _ = reply_to(event, {"content": "c"})
    assert (reply.error, reply.outcome, reply.text[-1]) == (None, "complete", "c")


def test_thinking_and_tools_are_told_apart_from_the_answer() -> None:
    """By their names."""
    reply, kinds = reply_to(
        ("thinking", {"content": "hm"}),
        {"type": "tool_call", "id": "c", "name": "f", "args": {"x": 1}},
        {"type": "tool_result", "id": "c", "result": "7"},
        {"content": "a"},
    )
    assert kinds == ["reasoning", "tool_call", "nothing", "text"]
    assert (reply.reasoning, reply.tool_calls[0].arguments, reply.tool_results[0].output) == ("hm", {"x": 1}, "7")


def test_a_path_says_where_the_text_is() -> None:
    """And nothing else is text then."""
    reply, _ = reply_to({"content": "no", "out": [{"say": "yes"}]}, {"content": "no"}, text_path="out[0].say")
    assert reply.text == "yes"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"answer": "Hi"}, "Hi"),
        ("Hi", "Hi"),
        ({"type": "done", "answer": "Hi"}, "Hi"),
        (
            {
                "messages": [
                    {"role": "assistant", "content": "old"},
                    {"role": "user", "content": "q"},
                    {"role": "assistant", "content": "Hi"},
                ]
            },
            "Hi",
        ),
        ([{"role": "assistant", "content": "Hi"}, {"role": "assistant", "content": "there"}], "Hi\nthere"),
    ],
    ids=str,
)
def test_a_whole_body(body: Any, text: str) -> None:
    """The answer, also where the body is the conversation."""
    reader = JsonBody().reader(ReadOptions(framing="json"))
    reader.read(ServerSentEvent(data=json.dumps(body)))
    assert reader.finish(Ending()).text == text


def test_a_whole_body_that_says_it_failed_is_no_answer() -> None:
    """The text beside it is the reason."""
    reader = JsonBody().reader(ReadOptions(framing="json"))
    reader.read(ServerSentEvent(data='{"success": false, "message": "no credits", "data": null}'))
    reply = reader.finish(Ending())
    assert reply.error is not None
    assert (reply.outcome, reply.text, reply.error.message) == ("error", "", "no credits")
