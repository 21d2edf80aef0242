"""The whole response at the end of a stream, held against the events before it, which have no numbers."""

from __future__ import annotations

from typing import Any

import pytest

from scenario.dialects.openai.responses import OpenAIResponses
from scenario.protocols.folding import Folding
from scenario.protocols.protocol import Ending, ReadOptions
from scenario.types import Reply
from scenario.wire.stray_lines import StrayLines
from tests.dialects.odd_events import as_events

Event = dict[str, Any]


def delta(text: str, index: int | None = 0) -> Event:
    """A piece of a message; without a place where that is None."""
    where = {} if index is None else {"output_index": index}
    return {"type": "response.output_text.delta", "delta": text, **where}


def called(arguments: str, index: int = 0, call_id: str = "c1") -> list[Event]:
    """A call, begun and whole."""
    item = {"type": "function_call", "id": f"i{index}", "call_id": call_id, "name": "look", "arguments": arguments}
    added = {"type": "response.output_item.added", "output_index": index, "item": {**item, "arguments": ""}}
    return [added, {"type": "response.output_item.done", "output_index": index, "item": item}]


def message(text: str, **more: Any) -> Event:
    """A message of a whole response."""
    return {"type": "message", "content": [{"type": "output_text", "text": text}], **more}


def call(arguments: str, call_id: str = "c1", name: str = "look") -> Event:
    """A call of a whole response."""
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}


def read(*events: Event, whole: list[Event]) -> Reply:
    """A stream that ends with a response that has these items."""
    end = {"type": "response.completed", "response": {"id": "r", "status": "completed", "output": whole}}
    folding = Folding(OpenAIResponses(), ReadOptions())
    for event in as_events(*events, end):
        folding.read(event)
    return folding.finish(Ending(), StrayLines())


def said(reply: Reply) -> str:
    """The text of an answer that is whole."""
    assert reply.error is None, reply.error
    assert reply.outcome == "complete"
    return reply.text


def is_contradiction(reply: Reply) -> bool:
    """Whether an answer is none since it is told in two ways."""
    return reply.outcome == "error" and reply.error is not None and "contradicts itself" in reply.error.message


@pytest.mark.parametrize("index", [0, 3, None])
def test_a_text_that_is_told_otherwise_at_the_end(index: int | None) -> None:
    """A piece was lost or doubled: which of the two is the answer, nobody knows."""
    pieces = [delta("Hel", index), delta("lo", index)]
    assert said(read(*pieces, whole=[message("Hello")])) == "Hello"
    assert is_contradiction(read(pieces[0], whole=[message("Hello")]))
    assert is_contradiction(read(*pieces, pieces[1], whole=[message("Hello")]))
    assert is_contradiction(read(pieces[0], whole=[message("Hello"), message("Bye")]))


def test_a_message_that_was_never_streamed_is_read() -> None:
    """In its place, wherever in the output that is."""
    assert said(read(delta("A"), whole=[message("A"), message("B")])) == "A\nB"
    assert said(read(delta("B", 1), whole=[message("A"), message("B"), message("C")])) == "A\nB\nC"
    assert said(read(whole=[message("A"), message("B")])) == "A\nB"


def test_a_message_that_is_told_as_it_was_streamed_counts_once() -> None:
    """Whatever places its pieces had, and however its ends are spaced; several may have been told as one."""
    assert said(read(delta("A", 4), whole=[message("A")])) == "A"
    assert said(read(delta("A\n"), whole=[message("A")])) == "A\n"
    assert said(read(delta("A", 1), delta("B", 0), whole=[message("A"), message("B")])) == "A\nB"
    assert said(read(delta("A", None), delta("B", None), whole=[message("A"), message("B")])) == "AB"
    assert said(read(delta("A", 0), delta("B", 1), whole=[message("A")])) == "A\nB"
    assert said(read(delta("A"), whole=[])) == "A"


def test_what_others_have_said_is_no_part_of_the_answer() -> None:
    """Servers that repeat the conversation in the response have told its other side too."""
    assert said(read(delta("A"), whole=[message("Why?", role="user"), message("A", role="assistant")])) == "A"


def test_a_refusal_is_compared_too() -> None:
    """It is what a message says in place of its text."""
    pieces = [{"type": "response.refusal.delta", "output_index": 0, "delta": one} for one in ("I can", "not.")]
    whole = [{"type": "message", "content": [{"type": "refusal", "refusal": "I cannot."}]}]
    assert read(*pieces, whole=whole).outcome == "complete"
    assert is_contradiction(read(pieces[0], whole=whole))


def test_a_call_that_was_never_streamed_is_read() -> None:
    """Also beside one that was."""
    reply = read(*called('{"at": 1}'), whole=[call('{"at": 1}'), call('{"at": 2}', "c2")])
    assert said(reply) == ""
    assert [one.arguments for one in reply.tool_calls] == [{"at": 1}, {"at": 2}]
    reply = read(*called('{"at": 1}'), whole=[call('{"at": 1}'), call("{}", "c2", "find"), message("A")])
    assert [one.name for one in reply.tool_calls] == ["look", "find"]
    assert said(reply) == "A"


def test_a_call_that_is_told_as_it_was_streamed_counts_once() -> None:
    """By its identity, or by what it does where servers give it another each time."""
    for whole in (call('{"at":1}'), call('{"at": 1}', "other"), call('{"at": 1}', "")):
        reply = read(*called('{"at": 1}'), whole=[whole])
        assert (reply.outcome, len(reply.tool_calls)) == ("complete", 1)
    twice = read(*called("{}"), *called("{}", 1, "c2"), whole=[call("{}"), call("{}", "c2")])
    assert [one.id for one in twice.tool_calls] == ["c1", "c2"]


def test_arguments_that_are_told_otherwise_at_the_end() -> None:
    """Whether they came in pieces, or whole."""
    piece = {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": '{"at": 1}'}
    assert is_contradiction(read(*called('{"at": 1}'), whole=[call('{"at": 2}')]))
    assert is_contradiction(read(called("")[0], piece, whole=[call('{"at": 2}')]))
    assert read(called("")[0], piece, whole=[call('{"at": 1}')]).outcome == "complete"


def test_results_are_told_once() -> None:
    """One that only the whole response has is read; one that came before is not read again."""
    result = {"type": "function_call_output", "call_id": "c1", "output": "sun"}
    streamed = {"type": "response.output_item.done", "output_index": 1, "item": result}
    for before in ([], [streamed]):
        reply = read(*called("{}"), *before, delta("A", 2), whole=[call("{}"), result, message("A")])
        assert [(one.id, one.output) for one in reply.tool_results] == [("c1", "sun")]
        assert said(reply) == "A"
