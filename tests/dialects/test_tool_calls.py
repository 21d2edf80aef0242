"""Tool calls whose fragments are told twice, so far, after nothing, or under identities that are wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.protocols.call_arguments import settled
from scenario.reading import read_stream
from scenario.types import Reply
from tests.dialects.test_openai_chat import calls, chunk, fragment, reply_to

TOLD_AGAIN = {
    "pieces, then the whole": ['{"town":', ' "Oslo"}', '{"town":"Oslo"}'],
    "the whole, then pieces": ['{"town":"Oslo"}', '{"town":', '"Oslo"}'],
    "the whole twice": ['{"town":"Oslo"}', '{"town": "Oslo"}'],
    "so far": ['{"town', '{"town":"Os', '{"town":"Oslo"}'],
    "so far, written otherwise at the end": ['{"town":"Os', '{"town": "Oslo"}'],
    "so far, after an empty object": ["{}", '{"town":', '{"town":"Oslo"}'],
    "after an empty object": ["{}", '{"town":', '"Oslo"}'],
    "after null": ["null", '{"town":"Oslo"}'],
    "before an empty object": ['{"town":"Oslo"}', "{}"],
    "as a text in JSON": [json.dumps('{"town":"Oslo"}')],
    "in one fragment": ['{}{"town":"Oslo"}'],
}


@pytest.mark.parametrize("pieces", TOLD_AGAIN.values(), ids=TOLD_AGAIN.keys())
def test_arguments_are_taken_once(pieces: list[str]) -> None:
    """However often they are told, the call has them as they are meant, and the reading says so."""
    reply = reply_to(*(chunk(tool_calls=[fragment(0, "c1", "f", piece)]) for piece in pieces), chunk("tool_calls"))
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("f", {"town": "Oslo"})]
    assert reply.reading is not None
    assert "arguments" in reply.reading.notes[0]


def test_arguments_that_are_objects_may_grow() -> None:
    """Where they are text, two objects under one identity are two calls."""
    first, then = {"town": "Os"}, {"town": "Oslo", "days": 2}
    parts = [{"index": 0, "id": "a", "function": {"name": "f", "arguments": one}} for one in (first, then)]
    reply = reply_to(*(chunk(tool_calls=[part]) for part in parts), chunk("tool_calls"))
    assert [call.arguments for call in reply.tool_calls] == [then]


def test_calls_that_are_told_once_more_at_other_indexes_are_the_same() -> None:
    """As in a last chunk that holds all calls."""
    pieces = [fragment(1, "a", "f", '{"x":'), fragment(1, "a", None, "1}"), fragment(2, "b", "g", "{}")]
    again = chunk(tool_calls=[fragment(0, "a", "f", '{"x": 1}'), fragment(1, "b", "g", "{}")])
    reply = reply_to(*(chunk(tool_calls=[one]) for one in pieces), again, chunk("tool_calls"))
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("f", {"x": 1}), ("g", {})]


AS_THEY_STAND = {
    "equal pieces": ['{"x":"', "ha", "ha", '"}'],
    "an object in an object": ['{"a":', '{"a":', "1}}"],
    "an empty object within": ['{"a":', "{}", "}"],
    "one piece": ['{"a":1}'],
    "a text": ["print(", "1)"],
    "cut": ['{"a"', ":1"],
    "two that differ": ['{"a":1}', '{"a":2}'],
}


@pytest.mark.parametrize("pieces", AS_THEY_STAND.values(), ids=AS_THEY_STAND.keys())
def test_what_is_nothing_but_pieces_is_joined(pieces: list[str]) -> None:
    """Equal pieces stay two, and nothing is noted."""
    assert settled(pieces) == ("".join(pieces), "")


def test_arguments_so_far_that_are_cut_are_what_was_told_last() -> None:
    """They are no JSON, and not told several times."""
    assert settled(['{"a"', '{"a":1', '{"a":12', '{"a":123']).text == '{"a":123'


IDENTITIES = {
    "an index that is a fraction": [fragment(0, "a", "f", "{"), {"index": 0.0, "function": {"arguments": "}"}}],
    "an index that is a text": [{**fragment(0, "a", "f", "{"), "index": "0"}, fragment(0, None, None, "}")],
    "an index for each fragment": [fragment(0, "a", "f", "{"), fragment(1, "a", None, "}")],
    "an index for each fragment, no id": [fragment(0, "a", "f", "{"), fragment(1, None, None, "}")],
    "the name so far": [fragment(0, "a", "", ""), fragment(0, "a", "f"), fragment(0, "a", "f", "{}")],
    "the function's name alone": [{"index": 0, "id": "a", "function": "f", "arguments": "{}"}],
    "again without an id": [fragment(0, "a", "f", "{}"), fragment(0, None, "f", "{}")],
}


@pytest.mark.parametrize("fragments", IDENTITIES.values(), ids=IDENTITIES.keys())
def test_fragments_of_one_call_are_one(fragments: list[Any]) -> None:
    """Whatever their index is written as."""
    assert calls(*fragments) == [("a", "f", "{}")]


SEVERAL = {
    "equal ids, other names": [fragment(0, "c", "f", "{}"), fragment(0, "c", "g", "{}")],
    "equal ids, other names, no index": [fragment(None, "c", "f", "{}"), fragment(None, "c", "g", "{}")],
    "equal ids, other arguments": [fragment(0, "c", "f", '{"x":1}'), fragment(0, "c", "f", '{"x":2}')],
    "equal ids, no arguments yet": [fragment(0, "c", "f"), fragment(1, "c", "f", '{"x":1}')],
    "nothing but names": [fragment(None, None, "f", "{}"), fragment(None, None, "g", "{}")],
}


@pytest.mark.parametrize("fragments", SEVERAL.values(), ids=SEVERAL.keys())
@pytest.mark.parametrize("together", [True, False])
def test_calls_that_are_several_stay_several(fragments: list[Any], *, together: bool) -> None:
    """In one chunk and in several, with the same identity or none."""
    chunks = [chunk(tool_calls=fragments)] if together else [chunk(tool_calls=[one]) for one in fragments]
    reply = reply_to(*chunks, chunk("tool_calls"))
    assert [call.name for call in reply.tool_calls] == [one["function"]["name"] for one in fragments]
    told = [one["function"]["arguments"] for one in fragments]
    assert [call.arguments_raw for call in reply.tool_calls] == told


def test_an_object_in_the_place_of_the_list_is_one_call_or_several() -> None:
    """By what its keys are."""
    one = reply_to(chunk(tool_calls=fragment(0, "a", "f", "{}")), chunk("tool_calls"))
    assert [call.name for call in one.tool_calls] == ["f"]
    two = {"0": fragment(None, "a", "f", "{"), "1": fragment(None, "b", "g", "{}")}
    reply = reply_to(chunk(tool_calls=two), chunk(tool_calls={"0": fragment(arguments="}")}), chunk("tool_calls"))
    assert [(call.name, call.arguments_raw) for call in reply.tool_calls] == [("f", "{}"), ("g", "{}")]


def _events(*values: dict[str, Any], named: bool = False) -> bytes:
    heads = [f"event: {value['type']}\n" if named else "" for value in values]
    return "".join(f"{h}data: {json.dumps(v)}\n\n" for h, v in zip(heads, values, strict=True)).encode()


def _anthropic(*pieces: str) -> Reply:
    tool = {"type": "tool_use", "id": "c1", "name": "f", "input": {}}
    place: dict[str, Any] = {"index": 0}
    return read_stream(
        _events(
            {"type": "message_start", "message": {"id": "m1", "type": "message", "role": "assistant", "content": []}},
            {"type": "content_block_start", **place, "content_block": tool},
            *(
                {"type": "content_block_delta", **place, "delta": {"type": "input_json_delta", "partial_json": piece}}
                for piece in pieces
            ),
            {"type": "content_block_stop", **place},
            {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
            {"type": "message_stop"},
            named=True,
        )
    )


@pytest.mark.parametrize("pieces", TOLD_AGAIN.values(), ids=TOLD_AGAIN.keys())
def test_proxies_of_anthropic_s_repeat_arguments_too(pieces: list[str]) -> None:
    """The rule is the same in each dialect."""
    reply = _anthropic(*pieces)
    assert (reply.outcome, [call.arguments for call in reply.tool_calls]) == ("complete", [{"town": "Oslo"}])


@pytest.mark.parametrize("pieces", TOLD_AGAIN.values(), ids=TOLD_AGAIN.keys())
def test_so_do_gateways_of_the_responses_api(pieces: list[str]) -> None:
    """What stands at the end of the call is no contradiction of them."""
    place: dict[str, Any] = {"output_index": 0, "item_id": "i1"}
    call = {"type": "function_call", "id": "i1", "call_id": "c1", "name": "f"}
    deltas = [{"type": "response.function_call_arguments.delta", **place, "delta": piece} for piece in pieces]
    whole = {**call, "arguments": '{"town":"Oslo"}', "status": "completed"}
    response = {"id": "r1", "object": "response", "status": "completed", "output": [whole]}
    reply = read_stream(
        _events(
            {"type": "response.output_item.added", "output_index": 0, "item": call | {"arguments": ""}},
            *deltas,
            {"type": "response.output_item.done", "output_index": 0, "item": whole},
            {"type": "response.completed", "response": response},
            named=True,
        )
    )
    assert (reply.outcome, [call.arguments for call in reply.tool_calls]) == ("complete", [{"town": "Oslo"}])


def test_pieces_that_are_no_json_together_are_a_contradiction_still() -> None:
    """One of them is missing."""
    assert _anthropic('{"town":', "}").outcome == "error"
