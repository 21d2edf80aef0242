"""OpenAI's chat dialect, and what compatible servers make of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

import scenario
from scenario.dialects.openai.chat import OpenAIChat, build_body
from scenario.protocols.folding import Folding
from scenario.protocols.protocol import Ending, ReadOptions
from scenario.types import FunctionCall, Reply, Usage
from scenario.wire.sse import ServerSentEvent
from scenario.wire.stray_lines import StrayLines


def reply_to(*values: Any, clean: bool = True, framing: Any = "sse") -> Reply:
    """The reply of these events; text is data as it is."""
    reader = Folding(OpenAIChat(), ReadOptions(framing=framing))
    for value in values:
        reader.read(ServerSentEvent(data=value if isinstance(value, str) else json.dumps(value)))
    return reader.finish(Ending(clean=clean), StrayLines())


def chunk(reason: str | None = None, **delta: Any) -> dict[str, Any]:
    """A chunk whose choice 0 has this delta."""
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def calls(*fragments: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The calls that these fragments are joined to: id, name, arguments."""
    reply = reply_to(*[chunk(tool_calls=[fragment]) for fragment in fragments], chunk("tool_calls"))
    return [(call.id, call.name, call.arguments_raw) for call in reply.tool_calls]


def fragment(index: int | None = None, call_id: str | None = None, name: str | None = None, arguments: str = "") -> Any:
    """A tool-call delta with only those fields that are given."""
    made: dict[str, Any] = {"function": {"arguments": arguments}}
    made |= {} if index is None else {"index": index}
    made |= {} if call_id is None else {"id": call_id}
    if name is not None:
        made["function"]["name"] = name
    return made


TOOL_CALLS = {
    "by the book": (
        [
            fragment(0, "a", "f", "{"),
            fragment(1, "b", "g"),
            fragment(0, None, None, "}"),
            fragment(1, None, None, "{}"),
        ],
        [("a", "f", "{}"), ("b", "g", "{}")],
    ),
    "counted from 1": ([fragment(1, "a", "f", "{"), fragment(1, None, None, "}")], [("a", "f", "{}")]),
    "an index for two calls": (
        [fragment(0, "a", "f", "{}"), fragment(0, "b", "g", "{"), fragment(0, None, None, "}")],
        [("a", "f", "{}"), ("b", "g", "{}")],
    ),
    "an index for two calls without ids": (
        [fragment(0, None, "f", '{"x":1}'), fragment(0, None, "g", '{"y":2}')],
        [("", "f", '{"x":1}'), ("", "g", '{"y":2}')],
    ),
    "no index, with ids": (
        [fragment(None, "a", "f", "{"), fragment(None, "a", None, "}"), fragment(None, "b", "g", "{}")],
        [("a", "f", "{}"), ("b", "g", "{}")],
    ),
    "no index, no id after the first": (
        [fragment(None, "a", "f"), fragment(None, None, None, "{"), fragment(None, None, None, "}")],
        [("a", "f", "{}")],
    ),
    "an id that comes late": ([fragment(0, None, "f", "{"), fragment(0, "a", None, "}")], [("a", "f", "{}")]),
    "an empty id in later fragments": ([fragment(0, "a", "f", "{"), fragment(0, "", None, "}")], [("a", "f", "{}")]),
    "a new id with each fragment": ([fragment(0, "a", "f", "{"), fragment(0, "b", None, "}")], [("a", "f", "{}")]),
    "the name with each fragment": ([fragment(0, "a", "f", "{"), fragment(0, "a", "f", "}")], [("a", "f", "{}")]),
    "the name with each fragment, no id": (
        [fragment(0, None, "f", '{"a":'), fragment(0, None, "f", "1}")],
        [("", "f", '{"a":1}')],
    ),
    "a name in pieces": ([fragment(0, "a", "get_"), fragment(0, None, "weather", "{}")], [("a", "get_weather", "{}")]),
}


@pytest.mark.parametrize(("fragments", "expected"), TOOL_CALLS.values(), ids=TOOL_CALLS.keys())
def test_fragments_become_the_calls_that_were_meant(fragments: list[Any], expected: list[Any]) -> None:
    """Also where the index is missing, repeated or counts from 1."""
    assert calls(*fragments) == expected


def test_arguments_that_came_as_an_object_are_read() -> None:
    """Some servers do not write them as text."""
    reply = reply_to(
        chunk(tool_calls=[{"id": "a", "function": {"name": "f", "arguments": {"x": 1}}}]), chunk("tool_calls")
    )
    assert reply.tool_calls == [FunctionCall(id="a", name="f", arguments_raw='{"x": 1}', arguments={"x": 1})]


def test_arguments_that_are_no_json_are_kept_as_they_came() -> None:
    """And have no parsed value."""
    reply = reply_to(chunk(tool_calls=[fragment(0, "a", "f", '{"x')]), chunk("length"))
    assert (reply.tool_calls[0].arguments_raw, reply.tool_calls[0].arguments) == ('{"x', None)


def test_everything_of_a_chunk_is_read() -> None:
    """Text, reasoning, refusal, usage, finish reason, id."""
    reply = reply_to(
        {"id": "r-1", "choices": []},
        chunk(role="assistant", content=""),
        chunk(reasoning_content="hm "),
        chunk(reasoning="hm"),
        chunk(content="Hi"),
        chunk("stop", refusal="no"),
        {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}},
        "[DONE]",
    )
    assert (reply.text, reply.reasoning, reply.finish_reason) == ("Hi", "hm hm", "stop")
    assert reply.messages == [{"role": "assistant", "content": "Hi", "refusal": "no"}]
    assert reply.usage == Usage(input_tokens=3, output_tokens=2, total_tokens=5)
    assert reply.session == {"response_id": "r-1"}
    assert reply.complete


def test_choice_0_is_the_reply() -> None:
    """With n > 1 the others are left out."""
    other = {"choices": [{"index": 1, "delta": {"content": "B"}, "finish_reason": "stop"}]}
    assert reply_to(chunk(content="A"), other, chunk("stop"), "[DONE]").text == "A"


def test_content_may_be_a_list_of_parts() -> None:
    """Mistral's, with thinking in it."""
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "Hi"}]
    reply = reply_to(chunk("stop", content=parts), "[DONE]")
    assert (reply.text, reply.reasoning) == ("Hi", "hm")


@pytest.mark.parametrize("kind", ["reasoning", "thinking", "reasoning_text"])
def test_a_part_of_thoughts_is_none_of_the_answer(kind: str) -> None:
    """Where its text stands as other parts' texts do; a summary of thoughts is not the answer either."""
    parts = [
        {"type": kind, "text": "Hm."},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Well."}]},
        {"type": "output_text", "text": "Hi"},
    ]
    reply = reply_to(chunk("stop", content=parts), "[DONE]")
    assert (reply.text, reply.reasoning) == ("Hi", "Hm.")


def test_an_emoji_cut_between_two_events_is_joined() -> None:
    """Each event has half of a surrogate pair, which is no text by itself."""
    halves = [r'{"choices":[{"delta":{"content":"\ud83c"}}]}', r'{"choices":[{"delta":{"content":"\udf26"}}]}']
    assert reply_to(*halves, "[DONE]").text == "🌦"


ENDS = {
    "[DONE]": ([chunk(content="a"), "[DONE]"], True, "complete"),
    "a finish reason and a clean end": ([chunk(content="a"), chunk("stop")], True, "complete"),
    "neither": ([chunk(content="a")], True, "truncated"),
    "a finish reason and a broken end": ([chunk(content="a"), chunk("stop")], False, "truncated"),
    "an error": ([chunk(content="a"), {"error": {"message": "m", "code": 7}}], True, "error"),
    "an error as text": ([{"error": "m"}], True, "error"),
    "an error of vLLM": ([{"object": "error", "message": "m", "code": 400}], True, "error"),
    "an error and [DONE]": ([{"error": {"message": "m"}}, "[DONE]"], True, "error"),
    "no error": ([{"error": None, **chunk("stop", content="a")}], True, "complete"),
}


@pytest.mark.parametrize(("values", "clean", "outcome"), ENDS.values(), ids=ENDS.keys())
def test_how_a_stream_ends(values: list[Any], clean: bool, outcome: str) -> None:
    """`[DONE]` may be left out where a finish reason came; nothing else may."""
    reply = reply_to(*values, clean=clean)
    assert reply.outcome == outcome
    if reply.error is not None:
        assert reply.error.message == "m"


def test_a_completion_that_was_not_streamed_is_read() -> None:
    """The same reader, one value."""
    message = {
        "content": "Hi",
        "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    }
    whole = {"object": "chat.completion", "choices": [{"message": message, "finish_reason": "tool_calls"}]}
    reply = reply_to(whole, framing="json")
    assert (reply.text, reply.tool_calls[0].name, reply.complete) == ("Hi", "f", True)


def test_a_server_that_has_sent_its_sentinel_owes_it() -> None:
    """A stream without `[DONE]` is then a cut one, whatever its finish reason; what is no stream has none."""
    for framing, outcome in (("sse", "truncated"), ("ndjson", "truncated"), ("json", "complete")):
        reader = OpenAIChat().reader(ReadOptions(framing=framing, done=True))
        reader.read(ServerSentEvent(data=json.dumps(chunk("stop", content="a"))))
        assert reader.finish(Ending()).outcome == outcome


def test_a_finish_reason_may_be_the_only_sign_of_an_error() -> None:
    """The text up to it is no answer; where the error is told too, its own words stay."""
    silent = reply_to(chunk(content="a"), chunk("error"), "[DONE]")
    assert (silent.text, silent.outcome, silent.finish_reason) == ("a", "error", "error")
    told = reply_to(chunk("error"), {"error": {"message": "m", "code": 502}})
    assert (told.error.message, told.error.code) == ("m", "502") if told.error else False


def test_a_custom_tools_text_is_its_arguments() -> None:
    """In pieces and whole; it is no JSON."""
    call = {"id": "a", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}
    first, rest = {**call, "index": 0, "custom": {"name": "sql", "input": "SELECT"}}, {"input": " 1"}
    streamed = reply_to(chunk(tool_calls=[first]), chunk("tool_calls", tool_calls=[{"index": 0, "custom": rest}]))
    function = {"id": "b", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    whole = reply_to({"choices": [{"message": {"tool_calls": [function, call]}}]}, framing="json")
    for made in (streamed.tool_calls[-1], whole.tool_calls[-1]):
        assert (made.id, made.name, made.arguments_raw, made.arguments) == ("a", "sql", "SELECT 1", None)


def test_what_was_spoken_is_the_text() -> None:
    """A model that answers in sound says what it said; the sound itself is left out."""
    pieces = [chunk(audio={"id": "x", "transcript": "Hel"}), chunk("stop", audio={"transcript": "lo", "data": "AAAA"})]
    assert reply_to(*pieces, "[DONE]").text == "Hello"


def test_groqs_usage_stands_at_a_place_of_its_own() -> None:
    """In the last chunk."""
    last = chunk("stop") | {"x_groq": {"usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}}
    assert reply_to(last, "[DONE]").usage == Usage(input_tokens=3, output_tokens=2, total_tokens=5)


def test_a_body_has_what_was_asked_for_and_nothing_else() -> None:
    """What is None is left out; extra options win."""
    body = build_body([{"role": "user", "content": "q"}], model="m", stream=False, temperature=0.0, extra={"seed": 1})
    assert body == {"model": "m", "messages": [{"role": "user", "content": "q"}], "temperature": 0.0, "seed": 1}
    assert build_body([], model="gpt-5-mini", max_tokens=5)["max_completion_tokens"] == 5
    assert build_body([], model="gpt-4o", max_tokens=5)["max_tokens"] == 5
    assert "tool_choice" not in build_body([], model="m", tool_choice="auto")


def test_a_part_that_refuses_is_a_refusal() -> None:
    """Beside text as well: whoever reads the message sees that the model has refused."""
    parts = [{"type": "text", "text": "Sorry."}, {"type": "refusal", "refusal": "I can't help with that."}]
    choice = {"index": 0, "message": {"role": "assistant", "content": parts}, "finish_reason": "stop"}
    body = json.dumps({"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})
    reply = scenario.read_stream(body.encode(), headers={"content-type": "application/json"})
    assert (reply.text, reply.messages[0]["refusal"]) == ("Sorry.", "I can't help with that.")
