"""Home-made endpoints: what the agent said, once, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from scenario.exchange import Chunk
from scenario.protocols.protocol import Head
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.reading import read_stream
from scenario.types import Reply


def events(*values: Any, **headers: str) -> Reply:
    """An event stream of these; a pair is an event with a name."""
    body = ""
    for value in values:
        name, data = value if isinstance(value, tuple) else ("", value)
        body += f"event: {name}\n" * bool(name) + f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n"
    return read_stream(body.encode(), content_type="text/event-stream")


def body(value: Any) -> Reply:
    """A whole JSON body."""
    return read_stream(json.dumps(value).encode(), content_type="application/json")


def token(text: str) -> dict[str, str]:
    """An event that is plainly a piece of the answer."""
    return {"type": "token", "content": text}


SAID = "Two hills away."


@pytest.mark.parametrize(
    "value",
    [
        {"code": 0, "message": "success", "data": {"reply": SAID}},
        {"status": "ok", "message": "Completed.", "payload": {"content": SAID}},
        {"statusCode": 200, "message": "Message sent", "body": {"text": SAID}},
        {"statusCode": 200, "headers": {}, "body": json.dumps({"answer": SAID})},
        {"success": True, "message": "Query handled successfully", "data": SAID},
        {"ok": True, "message": "OK", "result": {"message": {"role": "assistant", "content": SAID}}},
        {"success": True, "data": {"data": {"output": SAID}}},
        {"text": "Where?", "answer": SAID},
        {"message": "Where?", "response": SAID},
        {"finalAnswer": SAID, "question": "Where?"},
        {"ai_message": SAID, "user_message": "Where?"},
        [{"output": SAID}],
        [{"content": "Two hills"}, {"content": " away."}],
        {"outputs": [{"outputs": [{"results": {"message": {"text": "no"}}, "outputs": {"message": {"text": SAID}}}]}]},
        {"generations": [{"text": SAID}]},
        {"result": "success", "data": {"answer": SAID}},
        {"response": "ok", "data": {"answer": SAID}},
        {"code": 0, "message": "成功", "data": SAID},
        {"content": "Where?", "answer": {"text": SAID}},
        {"llm_response": SAID, "response_id": "r-1"},
        {"bot": {"text": SAID}, "user": {"text": "Where?"}},
    ],
)
def test_an_envelope_is_opened(value: Any) -> None:
    """A status word beside a payload, and the question that is echoed, are not what the agent said."""
    assert (body(value).outcome, body(value).text) == ("complete", SAID)


@pytest.mark.parametrize(
    "value",
    [
        {"success": True, "message": SAID},
        {"code": 0, "message": SAID, "data": None},
        {"code": 0, "message": SAID, "data": {"session_id": "s-1"}},
        {"message": SAID, "data": {"hills": [1, 2]}},
        {"message": SAID, "data": {"text": "A page of the atlas."}},
        {"answer": SAID, "message": "success"},
        {"status": "ok", "reply": SAID},
    ],
)
def test_a_message_that_is_the_answer_stays_it(value: Any) -> None:
    """Whatever data lies beside it."""
    assert body(value).text == SAID


def test_a_status_word_may_be_the_answer() -> None:
    """Where there is nothing else."""
    assert body({"message": "Done.", "success": True}).text == "Done."


@pytest.mark.parametrize(
    "kind",
    [
        "documents",
        "retrieved_docs",
        "search-results",
        "searchResults",
        "context",
        "plan",
        "step_start",
        "chat_title",
        "followUpQuestions",
        "suggested_questions",
        "references",
        "system",
        "userMessage",
        "on_retriever_end",
        "tool",
        "tool_output",
        "toolResult",
        "thinking-delta",
        "agent_thought",
        "blurb",
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_another_kind_is_not_the_answer(kind: str, before: bool) -> None:
    """Once a stream has events that are plainly its text: whether the other ones came before them or after."""
    other, pieces = {"type": kind, "content": "A page of the atlas."}, [token("Two hills"), token(" away.")]
    reply = events(other, *pieces) if before else events(*pieces, other)
    assert (reply.outcome, reply.text) == ("complete", SAID)


def test_what_was_left_out_is_told() -> None:
    """A kind that nobody knows is named in the reading."""
    notes = events({"type": "blurb", "content": "Atlas."}, token("Two hills"), token(" away.")).reading.notes
    assert any("'blurb' was left out" in note for note in notes)


def test_the_only_kind_with_text_is_the_answer() -> None:
    """Whatever it is called."""
    assert events({"type": "blurb", "text": "Two hills"}, {"type": "blurb", "text": " away."}).text == SAID


@pytest.mark.parametrize("speaker", ["role", "sender", "author", "source", "type", "speaker", "from"])
def test_an_echo_of_the_user_is_not_the_answer(speaker: str) -> None:
    """However it is marked."""
    reply = events({speaker: "user", "text": "Where?"}, {speaker: "assistant", "text": SAID})
    assert reply.text == SAID


@pytest.mark.parametrize(
    "whole",
    [
        {"type": "final_answer", "content": SAID},
        {"type": "message", "content": {"type": "ai", "content": SAID}},
        {"type": "result", "subtype": "success", "result": SAID},
        {"type": "complete", "text": SAID},
        {"event": "on_chat_model_end", "data": {"output": {"content": SAID}}},
        ("RunCompleted", {"content": SAID}),
        {"answer": SAID + "\n"},
        token(SAID),
    ],
)
def test_a_whole_after_its_pieces_counts_once(whole: Any) -> None:
    """The answer is told once more: under another name, at another place, or by the last event of the same kind."""
    assert events(token("Two "), token("hills "), token("away."), whole).text == SAID


def test_wholes_of_several_messages_count_once() -> None:
    """Each message's pieces, then the message; and the last one once more at the end."""
    first = [token("Let me "), token("look."), {"type": "message", "content": "Let me look."}]
    second = [token("Two hills "), token("away."), {"type": "message", "content": SAID}]
    reply = events(*first, {"type": "tool_call", "name": "look"}, *second, {"type": "result", "result": SAID})
    assert reply.text == "Let me look.\n" + SAID
    messages = [{"type": "assistant", "message": {"content": text}} for text in ("Let me look.", SAID)]
    assert events(*messages, {"type": "result", "result": SAID}).text == "Let me look.\n" + SAID


def test_everything_so_far_counts_once() -> None:
    """Where each event begins with the one before it, the last one is the answer; each message's, after a call."""
    growing = ["Two", "Two hills", "Two hills away."]
    reply = events(*({"text": text} for text in growing))
    assert (reply.text, len(reply.reading.notes)) == (SAID, 1)
    again = ["And", "And one", "And one river."]
    assert events(*({"text": text} for text in growing + again)).text == f"{SAID}\nAnd one river."
    lines = "".join(json.dumps({"text": text}) + "\n" for text in growing)
    assert read_stream(lines.encode(), content_type="application/x-ndjson").text == SAID


@pytest.mark.parametrize(
    "pieces",
    [
        ["very ", "very ", "very far"],
        ["1", "1", "11"],
        ["-", "--", "---"],
        ["ha", "ha", "haha"],
        ["a", "ab", "c"],
        ["No", " no", " no, no"],
        ["Bye. ", "Bye. ", "See you."],
        ["The", "They"],
    ],
)
def test_a_word_that_is_said_again_stays(pieces: list[str]) -> None:
    """What begins as the word before it is no answer so far: it is too short, or not all of them do."""
    assert events(*map(token, pieces)).text == "".join(pieces)


@given(st.lists(st.sampled_from(["a", "b ", "ab", "the hill ", "away ", "so far so good "]), min_size=1, max_size=8))
def test_pieces_of_one_kind_are_joined_or_the_last_holds_all(pieces: list[str]) -> None:
    """No piece is lost unless a later one holds all that came before it, and none is told twice."""
    reply = events(*map(token, pieces))
    whole = "".join(pieces)
    if reply.text != whole:
        assert reply.reading.notes
        assert whole.endswith(reply.text.rpartition("\n")[2])


def test_several_kinds_that_say_different_things_are_joined_and_told() -> None:
    """None of them can be left out: the reading names them."""
    reply = events({"type": "message", "content": "Two hills."}, {"type": "final_answer", "content": "Or three."})
    assert reply.text == "Two hills.\nOr three."
    assert any(note.startswith("joined:") for note in reply.reading.notes)


def test_a_terminal_event_with_other_words_is_told() -> None:
    """How things went is no part of the answer, and may have been one."""
    reply = events(token("Two hills"), token(" away."), {"type": "done", "message": "Stream finished"})
    assert (reply.text, reply.outcome) == (SAID, "complete")
    assert any("terminal event has a text of its own" in note for note in reply.reading.notes)


def test_the_same_answer_after_the_end_counts_once() -> None:
    """Another answer does not."""
    pieces = [token("Two hills"), token(" away."), {"type": "done"}]
    assert events(*pieces, {"output": SAID}).text == SAID
    assert events(*pieces, {"output": "Or three."}).text == f"{SAID}\nOr three."


@pytest.mark.parametrize(
    "told",
    [
        [{"delta": "Two", "content": "Two"}, {"delta": " hills away.", "content": SAID}],
        [{"answer": "Two", "token": "Two"}, {"answer": SAID, "token": " hills away."}],
        [
            {"messages": [{"role": "user", "content": "Where?"}, {"role": "assistant", "content": said}]}
            for said in ("Two", SAID)
        ],
        [{"status": "searching", "message": "Looking around"}, token("Two hills"), token(" away.")],
        ["connected", {"content": "Two hills"}, {"content": " away."}],
        [{"name": "user", "content": "Where?"}, {"name": "guide", "content": SAID}],
        [{"is_user": True, "text": "Where?"}, {"is_user": False, "text": SAID}],
        [{"type": "agent_action", "content": "Looking around"}, token("Two hills"), token(" away.")],
    ],
)
def test_what_stands_beside_the_pieces_is_not_the_answer(told: list[Any]) -> None:
    """Everything so far, the conversation, how far the agent is, a word before the first event, the user's own."""
    assert events(*told).text == SAID


def test_raw_words_with_some_json_among_them_stay() -> None:
    """It cannot be told which of them are the answer, so both are, and the reading says so."""
    reply = events("Two ", "hills ", "away.", {"text": "Atlas, page 3"})
    assert reply.text.startswith("Two hills away.")
    assert any(note.startswith("joined:") for note in reply.reading.notes)


def test_a_model_s_special_tokens_are_no_text() -> None:
    """Such as the one that ends its answer."""
    last = {"token": {"text": "</s>", "special": True}, "generated_text": SAID}
    assert events({"token": {"text": "Two hills"}}, {"token": {"text": " away."}}, last).text == SAID


@pytest.mark.parametrize(
    "told",
    [
        [{"type": "tool_call", "name": "look", "args": {"x": 1}}],
        [{"type": "toolCall", "toolName": "look", "input": '{"x": 1}'}],
        [{"event": "on_tool_start", "name": "look", "data": {"input": {"x": 1}}}],
        [
            {"type": "tool_call_start", "id": "a", "name": "look"},
            {"type": "tool_call_delta", "id": "a", "delta": '{"x"'},
            {"type": "tool_call_delta", "id": "a", "delta": ": 1}"},
            {"type": "tool_call_end", "id": "a"},
        ],
        [{"type": "tool-call", "payload": {"toolCallId": "a", "toolName": "look", "args": {"x": 1}}}],
        [
            {"type": "tool_call", "id": "a", "name": "look", "arguments": "{}"},
            {"type": "tool_call", "id": "a", "name": "look", "arguments": {"x": 1}},
        ],
    ],
)
def test_a_tool_call_is_one_whatever_its_events_are_called(told: list[Any]) -> None:
    """Whole or in pieces, with its own arguments; what the tool returned is no text."""
    result = {"type": "tool_result", "id": "a", "content": "A page of the atlas."}
    reply = events(*told, result, token("Two hills"), token(" away."))
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("look", {"x": 1})]
    assert (reply.text, len(reply.tool_results)) == (SAID, 1)


def test_messages_of_a_conversation_are_the_agent_s_own() -> None:
    """By role, or by type as LangChain writes it, at the top or one level down."""
    for kind, user, agent in (("role", "user", "assistant"), ("type", "human", "ai")):
        messages = [{kind: user, "content": "Where?"}, {kind: agent, "content": SAID}]
        assert body({"messages": messages}).text == SAID
        assert body({"data": {"messages": messages}}).text == SAID


def test_values_in_a_row_are_read() -> None:
    """Without lines between them, or after record separators."""
    values = [json.dumps({"content": text}) for text in ("Two hills", " away.")]
    row = read_stream("".join(values).encode(), content_type="text/plain")
    assert (row.text, row.protocol) == (SAID, "ndjson")
    sequence = "".join(f"\x1e{value}\n" for value in values)
    assert read_stream(sequence.encode(), content_type="application/json-seq").text == SAID
    braces = read_stream(b'{"content": "a }{ b"}\n{"content": " c"}\n', content_type="application/x-ndjson")
    assert braces.text == "a }{ b c"


def test_a_declared_charset_is_read_in_its_own() -> None:
    """Text, JSON and lines of it; event streams are UTF-8 whatever is declared."""
    said = "Grüße, 5 €"
    for charset, kind, text in (
        ("windows-1252", "text/plain", said),
        ("utf-16", "text/plain", said),
        ("iso-8859-15", "application/json", json.dumps({"answer": said}, ensure_ascii=False)),
        ("windows-1252", "application/x-ndjson", json.dumps({"text": said}, ensure_ascii=False) + "\n"),
    ):
        reply = read_stream(text.encode(charset), content_type=f"{kind}; charset={charset}")
        assert (reply.text, reply.reading.notes) == (said, ())
    stream = f'data: {{"text": "{said}"}}\n\n'.encode()
    assert read_stream(stream, content_type="text/event-stream; charset=iso-8859-1").text == said
    assert read_stream(said.encode(), content_type="text/plain; charset=no-such-charset").text == said


def test_a_sentinel_written_as_json_ends_the_answer() -> None:
    """Who encodes every event encodes this one, too."""
    assert (events({"content": SAID}, '"[DONE]"').text, events({"content": SAID}, '"[DONE]"').reading.end) == (
        SAID,
        "marked",
    )


def test_where_the_user_says_so_the_last_text_is_the_answer() -> None:
    """However short the texts are: nobody could tell otherwise."""
    for pieces, text in (("replace", "Ten"), ("add", "TTen")):
        reception = Reception(
            Head(headers={"content-type": "text/event-stream"}), ReceptionOptions(protocol="sse", pieces=pieces)
        )
        reception.feed(Chunk(0.0, b'data: {"text": "T"}\n\ndata: {"text": "Ten"}\n\n'))
        assert reception.finish(clean=True).text == text
