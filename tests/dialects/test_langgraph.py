"""LangGraph Server.

The payloads follow what langgraph-api 0.16.7 (langgraph 1.2.22) sends.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from scenario.dialects.langgraph.streams import LangGraph
from scenario.exchange import Chunk
from scenario.protocols.protocol import CERTAIN, Ending, Head, ReadOptions, Sample
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.types import Reply, Usage
from scenario.wire.sse import ServerSentEvent
from tests.dialects.odd_events import odd_events, survives

Named = tuple[str, Any]
METADATA: Named = ("metadata", {"run_id": "run-1", "attempt": 1})
HUMAN = {"content": "Weather?", "type": "human", "id": "h1"}


def ai(content: Any, id: str = "m1", **fields: Any) -> dict[str, Any]:  # noqa: A002
    """A whole message of the model, or one that is whole so far."""
    return {"content": content, "type": "ai", "id": id, "response_metadata": {}, "tool_calls": [], **fields}


def piece(content: Any, id: str = "m1", **fields: Any) -> list[Any]:  # noqa: A002
    """A piece of a message, with its metadata."""
    return [{"content": content, "type": "AIMessageChunk", "id": id, **fields}, {"langgraph_node": "model"}]


def call(**args: Any) -> dict[str, Any]:
    """A tool call as messages hold it."""
    return {"name": "get_weather", "args": args, "id": "call_1", "type": "tool_call"}


def tool(content: Any = '{"c": 18}', **fields: Any) -> dict[str, Any]:
    """A tool's answer."""
    return {"content": content, "type": "tool", "name": "get_weather", "id": "t1", "tool_call_id": "call_1", **fields}


def events(*named: Named) -> list[ServerSentEvent]:
    """Events with these names and this JSON."""
    return [ServerSentEvent(data=json.dumps(value), event=name) for name, value in named]


def read(*named: Named, options: ReadOptions | None = None) -> Reply:
    """The reply of these events, after the one that names the run."""
    reader = LangGraph().reader(options or ReadOptions())
    for event in events(METADATA, *named):
        reader.read(event)
    return reader.finish(Ending())


def streamed(*named: Named) -> str:
    """The text as it comes, event by event."""
    reader = LangGraph().reader(ReadOptions())
    return "".join([reader.read(event).text for event in events(*named)])


def test_what_a_message_has_so_far_counts_once() -> None:
    """Mode `messages` repeats all of a message in each event."""
    named: list[Named] = [("messages/partial", [ai(text)]) for text in ("It ", "It is ", "It is 18.", "It is 18.")]
    assert read(*named).text == streamed(*named) == "It is 18."


def test_pieces_are_joined() -> None:
    """Mode `messages-tuple` sends what is new."""
    named: list[Named] = [("messages", piece(text)) for text in ("It ", "is ", "18.")]
    assert read(*named).text == streamed(*named) == "It is 18."


@pytest.mark.parametrize("mode", ["messages/partial", "messages/complete", "updates", "values"])
def test_a_message_that_comes_again_in_another_mode_counts_once(mode: str) -> None:
    """Runs may be streamed in several modes at once."""
    whole = ai("It is 18.", tool_calls=[call(city="Paris")])
    again: dict[str, Any] = {"updates": {"model": {"messages": [whole]}}, "values": {"messages": [HUMAN, whole]}}
    chunks = [{"index": 0, "id": "call_1", "name": "get_weather", "args": '{"city":'}, {"index": 0, "args": '"Paris"}'}]
    reply = read(
        ("values", {"messages": [HUMAN]}),
        ("messages", piece("It is ", tool_call_chunks=chunks[:1])),
        ("messages", piece("18.", tool_call_chunks=chunks[1:])),
        (mode, again.get(mode, [whole])),
    )
    assert reply.text == "It is 18."
    assert [one.arguments_raw for one in reply.tool_calls] == ['{"city":"Paris"}']


def test_a_message_that_changes_its_id_when_it_ends_counts_once() -> None:
    """Some models stream under one id and end under another."""
    reply = read(
        ("messages", piece("It is 18.", "lc_run--1")), ("updates", {"model": {"messages": [ai("It is 18.", "resp_7")]}})
    )
    assert reply.text == "It is 18."


def test_two_messages_with_the_same_text_are_two() -> None:
    """What is the same is decided by ids, where both have come whole."""
    node = {"model": {"messages": [ai("OK", "m1"), ai("OK", "m2")]}}
    assert read(("updates", node)).text == "OK\nOK"


def test_the_last_piece_may_have_another_id_than_its_message() -> None:
    """LangChain ends a message that its model named with an empty piece under the run's own id: nothing is cut."""
    more = piece("Hi", "msg_1", chunk_position=None)
    reply = read(("messages", more), ("messages", piece("", "lc_run--1", chunk_position="last")))
    assert (reply.text, reply.outcome) == ("Hi", "complete")
    assert read(("messages", more)).outcome == "truncated"


def test_empty_messages_are_none() -> None:
    """LangGraph adds an empty message under the run's id to those that a model streams."""
    reply = read(("messages", piece("Hi")), ("messages", piece("", "lc_run--1", chunk_position="last")))
    assert reply.messages == [{"role": "assistant", "content": "Hi"}]


def test_the_state_tells_what_was_said_before() -> None:
    """Mode `values` sends the whole conversation; only what the run adds is the reply."""
    before = [HUMAN, ai("Old", "m0"), {**HUMAN, "id": "h2"}]
    reply = read(("values", {"messages": before}), ("values", {"messages": [*before, ai("New")]}))
    assert reply.text == "New"


def test_a_resumed_run_does_not_repeat_the_call_that_it_waited_for() -> None:
    """Its first state ends with the model's message of the earlier reply."""
    before = [HUMAN, ai("", "m0", tool_calls=[call(city="Paris")])]
    reply = read(
        ("values", {"messages": before}),
        ("values", {"messages": [*before, tool()]}),
        ("values", {"messages": [*before, tool(), ai("It is 18.")]}),
    )
    assert reply.tool_calls == []
    assert [result.id for result in reply.tool_results] == ["call_1"]
    assert reply.text == "It is 18."


def test_a_state_that_comes_alone_is_the_reply() -> None:
    """Joining a run that is over gives its last state only."""
    assert read(("values", {"messages": [HUMAN, ai("It is 18.")]})).text == "It is 18."


def test_messages_without_ids_are_told_apart_by_their_places() -> None:
    """Graphs may keep their messages in OpenAI's form."""
    before = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "OK"},
        {"role": "user", "content": "b"},
    ]
    after = [*before, {"role": "assistant", "content": "OK"}]
    assert read(("values", {"messages": before}), ("values", {"messages": after})).text == "OK"


def test_a_tool_call_grows_to_its_last_state() -> None:
    """Mode `messages` parses arguments that are not whole yet."""
    reply = read(
        ("messages/partial", [ai("", tool_calls=[call()])]),
        ("messages/partial", [ai("", tool_calls=[call(city="Paris")])]),
        ("messages/complete", [tool(status="error")]),
    )
    assert [(one.id, one.name, one.arguments) for one in reply.tool_calls] == [
        ("call_1", "get_weather", {"city": "Paris"})
    ]
    assert reply.tool_results[0].is_error


def test_arguments_that_are_no_json_are_kept_as_they_are() -> None:
    """A model may write nonsense."""
    bad = {"name": "get_weather", "args": '{"city": Par', "id": "call_1", "error": None}
    reply = read(("updates", {"model": {"messages": [ai("", invalid_tool_calls=[bad])]}}))
    assert (reply.tool_calls[0].arguments_raw, reply.tool_calls[0].arguments) == ('{"city": Par', None)


def test_thinking_and_content_in_blocks() -> None:
    """Models that think give content as a list of blocks."""
    blocks = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "It is 18."}, {"type": "tool_use"}]
    reply = read(("messages", piece(blocks)), ("updates", {"model": {"messages": [ai(blocks)]}}))
    assert (reply.reasoning, reply.text) == ("Hm.", "It is 18.")


def test_usage_of_pieces_is_added_up_and_that_of_whole_messages_is_not() -> None:
    """A message's pieces report parts of its usage; the message itself all of it."""
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    reply = read(
        ("messages", piece("a", usage_metadata={"input_tokens": 10, "output_tokens": 0, "total_tokens": 10})),
        ("messages", piece("b", usage_metadata={"input_tokens": 0, "output_tokens": 5, "total_tokens": 5})),
    )
    assert reply.usage == Usage(input_tokens=10, output_tokens=5, total_tokens=15)
    twice: Named = ("messages/partial", [ai("a", usage_metadata=usage)])
    assert read(twice, twice).usage == reply.usage


@pytest.mark.parametrize("mode", ["updates", "values"])
def test_an_interrupt_is_what_the_reply_waits_for(mode: str) -> None:
    """It comes with the updates, or, where these were not asked for, under the name of the values."""
    asked = {"value": {"question": "Allow?"}, "id": "i1"}
    named: Named = (mode, {"__interrupt__": [asked]})
    reply = read(("messages/partial", [ai("", tool_calls=[call()])]), named, named)
    assert reply.interrupt == {"kind": "langgraph-interrupt", "interrupts": [asked]}
    assert reply.outcome == "complete"


def test_an_interrupt_without_a_word_is_an_answer() -> None:
    """Nothing but a question has come, and it can be read."""
    body = b'event: metadata\ndata: {"run_id": "r"}\n\nevent: updates\ndata: {"__interrupt__": [{"value": "ok?"}]}\n\n'
    reception = Reception(Head(headers={"content-type": "text/event-stream"}), ReceptionOptions())
    reception.feed(Chunk(0.0, body))
    reply = reception.finish(clean=True)
    assert (reply.protocol, reply.outcome) == ("langgraph", "complete")
    assert reply.interrupt["interrupts"] == [{"value": "ok?"}]


def test_an_error_ends_the_reply() -> None:
    """It comes with status 200, after what had been said."""
    reply = read(("messages", piece("It ")), ("error", {"error": "ValueError", "message": "boom"}))
    assert (reply.outcome, reply.text) == ("error", "It ")
    assert reply.error is not None
    assert (reply.error.message, reply.error.code) == ("boom", "ValueError")


def test_subgraphs_speak_under_their_name_space() -> None:
    """The name of the event goes on after a bar."""
    reply = read(("messages|child:1", piece("Hi")), ("updates|child:1", {"n": {"messages": [ai("Hi")]}}))
    assert reply.text == "Hi"


def test_a_graph_without_messages_answers_by_its_outcome() -> None:
    """The text is where home-made endpoints put it, or at a given path."""
    assert read(("updates", {"answer_node": {"answer": "18"}})).text == "18"
    options = ReadOptions(text_path="*.verdict | [0]")
    assert read(("updates", {"n": {"verdict": "fine"}}), options=options).text == "fine"


def test_a_run_without_a_stream_ends_in_its_state() -> None:
    """`/runs/wait` answers with JSON: the state, an interrupt or an error."""
    options = ReadOptions(framing="json")

    def whole(value: Any) -> Reply:
        reader = LangGraph().reader(options)
        reader.read(ServerSentEvent(data=json.dumps(value)))
        return reader.finish(Ending())

    assert whole({"messages": [HUMAN, ai("It is 18.")]}).text == "It is 18."
    assert whole({"__error__": {"error": "ValueError", "message": "boom"}}).outcome == "error"
    assert whole({"messages": [], "__interrupt__": [{"value": 1}]}).interrupt["interrupts"] == [{"value": 1}]


def test_it_is_known_by_the_event_that_names_the_run() -> None:
    """No other dialect begins so."""
    (event,) = events(METADATA)
    found = LangGraph().detect(Head(), [Sample(event, METADATA[1])])
    assert found is not None
    assert found.certainty == CERTAIN


KNOWN: list[dict[str, Any]] = [
    {"run_id": "r"},
    {"messages": [HUMAN, ai([{"type": "text", "text": "a"}]), tool()]},
    {"n": {"messages": [ai("a", tool_calls=[call(a=1)], usage_metadata={"input_tokens": 1})]}},
    {"__interrupt__": [{"value": 1, "id": "i"}]},
    {"error": "E", "message": "m"},
    {"event": "on_chat_model_stream", "data": {"chunk": piece("a")[0]}},
    {"p": piece("a", tool_call_chunks=[{"index": 0, "id": "c", "name": "n", "args": "{"}])},
]
NAMES = (
    "metadata",
    "messages",
    "messages/partial",
    "messages/complete",
    "updates",
    "values",
    "events",
    "custom",
    "data",
)


@given(odd_events(KNOWN), st.lists(st.sampled_from(NAMES), min_size=6, max_size=6), st.booleans())
def test_no_event_makes_it_raise(odd: list[ServerSentEvent], names: list[str], unpacked: bool) -> None:
    """Whatever stands anywhere in an event is read or skipped."""
    named = []
    for event, name in zip(odd, names, strict=False):
        data = event.data
        if unpacked and data.startswith('{"p"'):
            data = json.dumps(json.loads(data)["p"])
        named.append(ServerSentEvent(data=data, event=name))
    survives(LangGraph(), named)
    survives(LangGraph(), named, "json")
