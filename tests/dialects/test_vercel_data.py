"""The AI SDK's data stream, of version 4."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from scenario.dialects.vercel.data_stream import VercelData
from scenario.protocols.protocol import Ending, Head, ReadOptions, Turn
from scenario.types import FunctionCall, FunctionResult, Reply, ReplyError, Usage
from scenario.wire.sse import ServerSentEvent
from tests.dialects.recordings import read, recorded

HEADERS = {"x-vercel-ai-data-stream": "v1"}
TEXT = Head(headers={"content-type": "text/plain; charset=utf-8"})


def reply_of(*lines: str) -> Reply:
    """The reply of these lines, in one piece."""
    return read(Head(headers=HEADERS), ["\n".join([*lines, ""]).encode()])


@pytest.mark.parametrize("headers", [TEXT, Head()])
def test_lines_are_known_without_their_header_however_few_bytes_come_at_once(headers: Head) -> None:
    """The first piece may be the letter alone, which text may begin with as well."""
    body = b'0:"Hi"\nd:{"finishReason":"stop"}\n'
    reply = read(headers, [body[index : index + 1] for index in range(len(body))])
    assert (reply.protocol, reply.text, reply.finish_reason) == ("vercel-data", "Hi", "stop")


def test_a_run_with_a_tool_is_read() -> None:
    """Text before and after the call are messages of their own, the call and its result between them."""
    reply = recorded("vercel-data-4-tool.txt", headers=HEADERS)
    assert (reply.protocol, reply.outcome, reply.finish_reason) == ("vercel-data", "complete", "stop")
    assert reply.text == 'Let me see. \nResult: [{"city":"Paris","temp_c":18}]1'
    assert reply.reasoning == "Need it."
    arguments = {"city": "Paris"}
    assert reply.tool_calls == [
        FunctionCall(id="call_1", name="get_weather", arguments_raw='{"city": "Paris"}', arguments=arguments)
    ]
    assert reply.tool_results == [
        FunctionResult(id="call_1", name="get_weather", output={"city": "Paris", "temp_c": 18})
    ]
    assert reply.usage == Usage(input_tokens=20, output_tokens=10, total_tokens=30)


def test_an_error_part_is_an_error_whatever_follows() -> None:
    """The SDK finishes the stream as if nothing had been."""
    reply = recorded("vercel-data-4-error.txt", headers=HEADERS)
    assert (reply.outcome, reply.text, reply.error) == ("error", "Par", ReplyError(message="model broke"))


def test_the_first_line_tells_the_dialect_where_no_header_does() -> None:
    """Plain text that only begins with a digit stays plain text."""
    assert read(TEXT, [b'0:"Hi"\nd:{"finishReason":"stop"}\n']).protocol == "vercel-data"
    assert read(TEXT, [b"0: nothing\n1: something\n"]).protocol == "text"


def test_without_its_end_a_stream_is_truncated() -> None:
    """The last line needs no end of its own."""
    assert reply_of('0:"Hi"').outcome == "truncated"
    reader = VercelData().reader(ReadOptions(framing="text"))
    reader.read(ServerSentEvent(data='0:"Hi"\nd:{"finishReason":"stop"}'))
    assert reader.finish(Ending()).outcome == "complete"


def test_a_continued_step_is_one_message() -> None:
    """Version 4 goes on with a text that was too long for one answer."""
    reply = reply_of(
        '0:"One "', 'e:{"finishReason":"length","isContinued":true}', '0:"more."', 'd:{"finishReason":"stop"}'
    )
    assert reply.text == "One more."


def test_lines_that_are_no_parts_are_malformed() -> None:
    """And parts that nobody knows are ignored; text after the end begins a run that owes an end of its own."""
    lines = ('0:"Hi"', "nonsense", "z:{}", '8:[{"a":1}]', 'd:{"finishReason":"stop"}')
    reply = reply_of(*lines)
    assert (reply.text, reply.outcome, reply.malformed) == ("Hi", "complete", 1)
    assert reply_of(lines[0], "0:7", *lines[1:]).outcome == "error", "a text that is none may be a part of the answer"
    assert reply_of(*lines, '0:" late"').outcome == "truncated"


def test_what_cannot_be_read_is_judged_alike_however_it_is_cut() -> None:
    """Without the header, a line may come in any number of pieces."""
    body = b'3:"bad" thing"\n'
    outcomes = {read(TEXT, [body[:cut], body[cut:]]).outcome for cut in range(len(body))}
    assert outcomes == {read(TEXT, [body]).outcome} == {"truncated"}


@pytest.mark.parametrize("answered", [True, False])
def test_a_call_and_its_result_are_one_invocation(answered: bool) -> None:
    """Without a result the conversation would be refused."""
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Look:", "tool_calls": [call]},
    ]
    if answered:
        messages.append({"role": "tool", "tool_call_id": "c", "content": "7"})
    body = VercelData().request(Turn(messages=messages, thread_id="t")).body
    assert body["id"] == "t"
    assert [message["content"] for message in body["messages"]] == ["Hi", "Look:"]
    invocation = body["messages"][1]["parts"][1]["toolInvocation"]
    assert (invocation["toolCallId"], invocation["toolName"], invocation["args"]) == ("c", "f", {"a": 1})
    assert (invocation["state"], invocation["result"]) == (
        "result",
        "7" if answered else "The call has not been answered.",
    )


_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["toolCallId", "toolName", "argsTextDelta", "args", "result", "usage"]), inner
        )
    ),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.sampled_from("0239abcdefghijkz"), _value), max_size=8), st.text(max_size=5))
def test_no_line_raises(lines: list[tuple[str, Any]], tail: str) -> None:
    """Whatever stands in a line, reading goes on, and pieces of it are read as the whole is."""
    body = "".join([f"{code}:{json.dumps(value)}\n" for code, value in lines]) + tail
    replies = []
    for cut in (0, 9):
        reader = VercelData().reader(ReadOptions(framing="text"))
        for piece in (body[:cut], body[cut:]):
            reader.read(ServerSentEvent(data=piece))
        replies.append(reader.finish(Ending()))
    assert replies[0] == replies[1]
