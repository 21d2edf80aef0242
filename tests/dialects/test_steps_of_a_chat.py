"""Steps of an agent's loop in one stream of chat chunks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.reading import read_stream
from scenario.types import Reply

Chunk = dict[str, Any]


def chunk(delta: Chunk, reason: str | None = None) -> Chunk:
    """A chunk, and the reason with which it ends a step."""
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def call(arguments: str, name: str = "f", call_id: str | None = "call_0", index: int = 0) -> Chunk:
    """A fragment of a call."""
    fragment: Chunk = {"index": index, "function": {"name": name, "arguments": arguments}}
    return chunk({"tool_calls": [fragment if call_id is None else {**fragment, "id": call_id}]})


def read(*chunks: Chunk) -> Reply:
    """A stream of these chunks, which ends with a text."""
    end = [chunk({"content": "Done."}), chunk({}, "stop")]
    data = [json.dumps(one) for one in (*chunks, *end)]
    body = "".join(f"data: {one}\n\n" for one in (*data, "[DONE]")).encode()
    return read_stream(body, content_type="text/event-stream", protocol="openai-chat")


ASKS = chunk({}, "tool_calls")


@pytest.mark.parametrize(
    "between", [(ASKS,), (ASKS, chunk({"content": "Well."})), (ASKS, chunk({"role": "assistant"}))]
)
def test_calls_of_the_next_step_are_others(between: tuple[Chunk, ...]) -> None:
    """Though they have the identity and the index of those before."""
    reply = read(call('{"x":1}'), *between, call('{"x":2}'), ASKS)
    assert [one.arguments for one in reply.tool_calls] == [{"x": 1}, {"x": 2}]
    assert reply.outcome == "complete"


def test_calls_of_the_next_step_come_in_pieces_too() -> None:
    """Each piece goes to the call of its own step; without arguments, a name begins one."""
    first = [call('{"x":'), call("1}", "", None), ASKS]
    second = [call(""), call('{"x":', "", None), call("2}", "", None), ASKS]
    assert [one.arguments for one in read(*first, *second).tool_calls] == [{"x": 1}, {"x": 2}]
    several = [call("{}", "f", "a"), call("{}", "g", "b", 1), ASKS, call('{"x":2}', "f", "a"), ASKS]
    assert [one.name for one in read(*several).tool_calls] == ["f", "g", "f"]


def test_what_goes_on_after_a_reason_goes_on_with_the_same_call() -> None:
    """Servers may give the reason with each chunk, or tell the call once more at its end."""
    reasoned = [call('{"x":'), call("1}", "", None)]
    for one in reasoned:
        one["choices"][0]["finish_reason"] = "tool_calls"
    assert [one.arguments for one in read(*reasoned).tool_calls] == [{"x": 1}]
    assert len(read(call('{"x":1}', call_id=None), ASKS, call('{"x":2}', call_id=None), ASKS).tool_calls) == 2


def test_a_function_call_of_old_is_another_in_the_next_step() -> None:
    """It never had an identity."""
    asks = chunk({}, "function_call")
    pieces = [chunk({"function_call": {"name": "f", "arguments": one}}) for one in ('{"x":1}', '{"x":2}')]
    assert [one.arguments for one in read(pieces[0], asks, pieces[1], asks).tool_calls] == [{"x": 1}, {"x": 2}]
