"""Where the text of an answer stands in a home-made endpoint's JSON, and what beside it is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.protocols.parts_in_json import reasoning_in
from scenario.protocols.speakers_in_json import is_of_others, own_messages
from scenario.protocols.text_in_json import text_in

SAID = "Two hills away."
ASKED = "Where is the sea?"
THOUGHT = {"type": "reasoning", "text": "Hm."}
TEXT = {"type": "text", "text": SAID}
ASKED_AND_SAID = [{"role": "user", "content": ASKED}, {"role": "assistant", "content": SAID}]


@pytest.mark.parametrize(
    "value",
    [
        {"code": 0, "message": "", "data": {"answer": SAID}},
        {"code": 0, "message": "", "data": {"content": SAID}},
        {"result": "", "message": SAID},
    ],
)
def test_an_empty_text_hides_none(value: dict[str, Any]) -> None:
    """An envelope's message may be empty where its payload is the answer."""
    assert text_in(value) == SAID


@pytest.mark.parametrize("beside", [{"message": "ok"}, {"data": {"text": "Row 1"}}])
def test_an_empty_piece_is_a_piece(beside: dict[str, Any]) -> None:
    """What stands beside it is not said."""
    assert text_in({"content": "", **beside}) == ""


@pytest.mark.parametrize(
    "parts",
    [
        [THOUGHT, TEXT],
        [TEXT, {"type": "document", "text": "Page 3"}, {"type": "citation", "text": "[3]"}],
        [{"type": "tool-look", "state": "output-available", "text": "Sunny"}, TEXT],
        [{"type": "step-start"}, {"type": "output_text", "text": SAID}],
        [{"text": "Two hills"}, {"type": "text", "text": " away."}],
        [{"text": "Hm.", "thought": True}, {"text": SAID}],
        [{"type": "blurb", "text": "Atlas"}, TEXT],
        ["Two hills", {"type": "text", "text": " away."}],
    ],
)
@pytest.mark.parametrize("key", ["parts", "content"])
def test_parts_are_text_where_they_say_so(parts: list[Any], key: str) -> None:
    """Or say nothing; thinking, documents and what a tool gave are none."""
    message = {"role": "assistant", key: parts}
    assert text_in(message) == text_in({"message": message}) == text_in({"messages": [message]}) == SAID


def test_thinking_among_parts_is_reasoning() -> None:
    """At the top and one level down."""
    assert reasoning_in({"parts": [THOUGHT, TEXT]}) == "Hm."
    assert reasoning_in({"message": {"content": [{"type": "thinking", "thinking": "Hm."}, TEXT]}}) == "Hm."


def test_the_only_kind_of_parts_is_text() -> None:
    """Where none calls itself so, and its name is nobody else's."""
    assert text_in([{"type": "blurb", "text": SAID}]) == SAID


@pytest.mark.parametrize(
    "value",
    [
        {"message": ASKED, "data": {"answer": SAID}},
        {"message": ASKED, "bot_response": SAID},
        {"message": ASKED, "final_answer": SAID},
        {"message": ASKED, "agentReply": SAID},
        {"text": ASKED, "result": SAID},
        {"text": ASKED, "result": {"answer": SAID}},
        {"text": ASKED, "generated_text": SAID},
        {"content": ASKED, "completion": SAID},
    ],
)
def test_what_is_named_an_answer_comes_before_what_is_not(value: dict[str, Any]) -> None:
    """The question is echoed under an earlier name."""
    assert text_in(value) == SAID


@pytest.mark.parametrize(
    "beside",
    [
        {"result": "success"},
        {"result": "ok"},
        {"user_response": ASKED},
        {"toolResponse": "Sunny"},
        {"expected_answer": "Three."},
        {"data": {"output": "Sunny"}},
    ],
)
def test_another_s_answer_is_none(beside: dict[str, Any]) -> None:
    """A user's, a tool's, a word for how things went."""
    assert text_in({"text": SAID, **beside}) == SAID


@pytest.mark.parametrize(
    "value",
    [
        {"message": SAID, "status": "ok", "data": {"text": "row 1"}},
        {"success": True, "message": SAID, "payload": {"type": "card", "content": "Open map"}},
        {"success": True, "message": SAID, "data": {"title": "Atlas", "content": "Page 3"}},
        {"success": True, "message": SAID, "data": [{"page_content": "Page 3", "text": "Page 3"}]},
    ],
)
def test_a_message_does_not_give_way_to_data(value: dict[str, Any]) -> None:
    """Documents, cards and bare rows are not what was said."""
    assert text_in(value) == SAID


@pytest.mark.parametrize(
    "value",
    [
        {"code": 0, "message": "The query was run for you.", "data": {"content": SAID}},
        {"code": 0, "message": "success", "data": {"text": SAID}},
        {"status": "ok", "message": "Here is what I found", "data": {"answer": SAID}},
    ],
)
def test_a_message_gives_way_to_an_answer(value: dict[str, Any]) -> None:
    """Where it is a status word, or where the payload has what is plainly one."""
    assert text_in(value) == SAID


def test_a_short_text_is_no_status() -> None:
    """Nothing marks its object as an envelope."""
    assert text_in({"text": "Done!", "data": {"text": "row"}}) == "Done!"


@pytest.mark.parametrize("key", ["result", "response", "data", "body"])
def test_an_answer_is_taken_out_of_its_json(key: str) -> None:
    """Some write their JSON into a text; JSON that names no answer was said as it is."""
    assert text_in({key: json.dumps({"answer": SAID, "sources": []})}) == SAID
    assert text_in({"result": '{"hills": 2}'}) == '{"hills": 2}'
    assert text_in({"role": "assistant", "content": '{"answer": "two"}'}) == '{"answer": "two"}'


@pytest.mark.parametrize(
    ("user", "agent"),
    [
        ({"sender": {"type": "user"}}, {"sender": {"type": "bot"}}),
        ({"author": {"role": "user"}}, {"author": {"role": "assistant"}}),
        ({"from": {"role": "user"}}, {"from": {"role": "bot"}}),
        ({"senderType": "USER"}, {"senderType": "BOT"}),
        ({"message_type": "user_message"}, {"message_type": "assistant_message"}),
        ({"is_bot": False}, {"is_bot": True}),
        ({"isCreatedByUser": True}, {"isCreatedByUser": False}),
        ({"is_from_self": True}, {"is_from_self": False}),
        ({"direction": "inbound"}, {"direction": "outbound"}),
        ({"role": "visitor"}, {"role": "operator"}),
        ({"source": "user_proxy"}, {"source": "writer"}),
        ({"from": "me"}, {"from": "bot"}),
    ],
)
def test_whose_words_they_are_is_marked_in_many_ways(user: dict[str, Any], agent: dict[str, Any]) -> None:
    """Alone, and in a conversation."""
    assert (is_of_others({**user, "text": ASKED}), is_of_others({**agent, "text": SAID})) == (True, False)
    assert text_in({"messages": [{**user, "text": ASKED}, {**agent, "text": SAID}]}) == SAID


def test_documents_with_sources_are_no_conversation() -> None:
    """Only beside a user's words is a source who speaks."""
    assert own_messages([{"source": "atlas.pdf", "content": "Page 3"}]) is None
    assert text_in({"answer": SAID, "data": [{"source": "atlas.pdf", "content": "Page 3"}]}) == SAID


def test_what_a_tool_says_in_a_conversation_is_not_said() -> None:
    """Though it comes after the user's last."""
    tool = {"role": "tool", "tool_call_id": "a", "content": "Sunny"}
    assert text_in({"chat_history": [ASKED_AND_SAID[0], tool, ASKED_AND_SAID[1]]}) == SAID


@pytest.mark.parametrize(
    "value",
    [
        {"output": {"choices": [{"message": {"content": SAID}}]}},
        {"predictions": [{"choices": [{"message": {"content": SAID}}]}]},
        {"choices": [{"text": SAID}]},
        {"choices": [{"delta": {"content": SAID}}]},
        {"Choices": [{"Delta": {"Content": SAID}}]},
        {"payload": {"choices": {"status": 2, "text": [{"content": SAID, "role": "assistant", "index": 0}]}}},
        {"type": "chunk", "data": json.dumps({"choices": [{"delta": {"content": SAID}}]})},
    ],
)
def test_choices_are_a_place_of_text(value: dict[str, Any]) -> None:
    """Below whichever key, however it is written, and in a JSON text."""
    assert text_in(value) == SAID


def test_choices_that_are_offered_are_none() -> None:
    """Beside a message they are buttons."""
    assert text_in({"message": SAID, "choices": [{"text": "Go"}, {"text": "Stay"}]}) == SAID
    assert text_in({"data": json.dumps({"choices": [{"delta": {"role": "assistant"}}]})}) == ""


@pytest.mark.parametrize(
    "value",
    [
        {"results": [{"generated_text": SAID}]},
        {"results": [{"outputText": SAID, "tokenCount": 3}]},
        {"contents": [{"$type": "text", "text": SAID}]},
        {"items": [{"text": SAID}]},
        {"text": {"value": SAID, "annotations": []}},
        {"messages": [{"type": "human", "data": {"content": ASKED}}, {"type": "ai", "data": {"content": SAID}}]},
        {"type": "ai", "data": {"content": SAID}},
        {"lc": 1, "id": ["langchain", "AIMessage"], "kwargs": {"content": SAID}},
        {"messages": [SAID]},
        {"chat_history": ASKED_AND_SAID},
        {"conversation": ASKED_AND_SAID},
        {"answer": SAID, "history": [ASKED_AND_SAID[0], {"role": "assistant", "content": "Three."}]},
        {"replies": [SAID]},
        {"answers": [{"answer": SAID, "score": 0.9}]},
        {"raw": SAID, "tasks_output": [{"raw": "Look around"}]},
        {"chat_message": {"content": SAID, "source": "writer"}},
        {"responses": [{"text": SAID}]},
        {"output": {"generic": [{"response_type": "text", "text": SAID}]}},
        {"text_output": SAID},
        {"msg": SAID},
        {"final": SAID},
        {"generation": SAID},
        {"user_message": ASKED, "assistant": SAID},
        {"data": {"sendMessage": {"text": SAID}}},
    ],
)
def test_texts_stand_at_many_places(value: dict[str, Any]) -> None:
    """Each is some framework's, or many people's."""
    assert text_in(value) == SAID


@pytest.mark.parametrize(
    "value",
    [
        {"results": [{"title": "Atlas", "text": "Page 3"}]},
        {"items": [{"title": "Atlas", "text": "Page 3"}]},
        {"code": 0, "msg": "All is well"},
        {"raw": "Look around"},
        {"assistant": "guide"},
        {"history": ["Where?"]},
        {"final": True},
        {"id": ["langchain", "HumanMessage"], "kwargs": {"content": ASKED}},
    ],
)
def test_what_only_looks_like_a_place_is_none(value: dict[str, Any]) -> None:
    """What was looked up, how things went, who speaks."""
    assert text_in(value) is None
