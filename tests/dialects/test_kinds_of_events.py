"""Home-made streams: what an event is for is told by its names, wherever they stand."""

from __future__ import annotations

import pytest

from scenario.exchange import Chunk
from scenario.protocols.protocol import Head
from scenario.protocols.reception import Reception, ReceptionOptions
from tests.dialects.test_only_the_answer import SAID, events, token


@pytest.mark.parametrize("outer", ["data", "update", "event", "chunk", "stream", "custom", "agent_event", "trace"])
def test_a_name_that_only_carries_an_event_is_looked_into(outer: str) -> None:
    """The kind inside says what it is, wherever the carrier's name stands."""
    inside = [{"type": "thinking", "content": "Hm."}, {"type": "document", "content": "Atlas."}]
    inside += [token("Two hills"), token(" away."), {"type": "suggestion", "content": "More?"}, {"type": "done"}]
    named = events(*((outer, value) for value in inside))
    assert (named.text, named.reasoning, named.reading.end) == (SAID, "Hm.", "marked")
    wrapped = events(*({"event": outer, "data": value} for value in inside))
    assert (wrapped.text, wrapped.reading.end) == (SAID, "marked")


@pytest.mark.parametrize(
    "key", ["kind", "event_type", "eventType", "message_type", "msg_type", "subtype", "chunk_type", "stage"]
)
def test_a_kind_is_one_under_any_key(key: str) -> None:
    """Documents, thoughts and suggestions are none of the answer, however their kind is told."""
    others = [{key: kind, "content": "Atlas."} for kind in ("document", "thinking", "suggested_question")]
    pieces = [{key: "token", "content": text} for text in ("Two hills", " away.")]
    assert events(*others, *pieces).text == SAID


def test_where_nothing_but_silent_kinds_has_a_text_the_answer_is_not_whole_and_empty() -> None:
    """Something was said, and it cannot be told what of it to whom."""
    assert events({"type": "status", "content": "Two hills away."}, {"type": "done"}).outcome == "error"
    assert events({"type": "search_answer", "content": SAID}, {"type": "done"}).text == SAID
    assert events(("trace", {"type": "text", "payload": {"message": SAID}}), ("end", "{}")).text == SAID


def test_a_whole_that_goes_on_brings_only_what_is_new() -> None:
    """Its pieces came before it; white space that was set otherwise is no difference."""
    pieces = [token("Two hills "), token("away.")]
    assert events(*pieces, {"type": "final_answer", "content": f"{SAID}\n\nSee [1]"}).text == f"{SAID}\n\nSee [1]"
    assert events(*pieces, {"type": "final_answer", "content": "Two  hills\naway."}).text == SAID


def test_a_line_that_is_sung_twice_stays() -> None:
    """What ends a stream of pieces is everything so far only if it is that to the letter."""
    assert events(token("Over the hill "), token("we go. "), token("Over the hill we go.")).text == (
        "Over the hill we go. Over the hill we go."
    )


def test_a_text_that_replaces_does() -> None:
    """By the event's own name."""
    assert events(("text", {"text": "Let me see…"}), ("replace_response", {"text": SAID})).text == SAID


def test_a_cursor_and_padding_are_no_text() -> None:
    """Interfaces draw the one, and chat-ui's server pads its tokens with the other."""
    growing = [{"text": text} for text in ("Two▌", "Two hills▌", SAID)]
    assert events(*growing).text == SAID
    assert events(token(SAID + "\0\0\0"), {"type": "finalAnswer", "text": SAID}).text == SAID


@pytest.mark.parametrize(
    "kind", ["code_delta", "sql_chunk", "critique_token", "worker_message", "tokens_used", "quick_reply"]
)
def test_pieces_of_something_else_are_not_the_answer(kind: str) -> None:
    """Where other events are plainly its text."""
    assert events({"type": kind, "content": "Atlas."}, token("Two hills"), token(" away.")).text == SAID


@pytest.mark.parametrize("key", ["type", "kind"])
def test_the_event_that_ends_the_answer_is_a_part_of_it(key: str) -> None:
    """Whatever it is called, where the user has said so."""
    reception = Reception(
        Head(headers={"content-type": "text/event-stream"}), ReceptionOptions(protocol="sse", end=f"{key} == 'over'")
    )
    reception.feed(Chunk(0.0, b'data: {"text": "a"}\n\ndata: {"text": "b", "%b": "over"}\n\n' % key.encode()))
    assert reception.finish(clean=True).text == "ab"


def test_an_end_with_words_of_its_own_has_the_answer_s_last() -> None:
    """Where they stand in an answer's place; a message that it went well is none."""
    assert events(token("Let me look. "), {"type": "final", "content": SAID}).text == f"Let me look. {SAID}"
    assert events(token("Two hills"), {"type": "done", "content": " away."}).text == SAID
    assert events(token(SAID), {"type": "done", "content": "Completed."}).text == SAID


def test_raw_words_in_quotation_marks_are_not_taken_for_all_there_is() -> None:
    """The first of them looked like JSON: that the others are none is damage, signs of life are not."""
    assert events('"Two"', " hills", " away.").outcome == "error"
    assert events('"Two hills"', "ping", "[heartbeat]", '" away."').text == SAID


def test_a_failure_in_brackets_is_no_text() -> None:
    """As code writes it into a stream of raw words; brackets within a sentence are the agent's own."""
    assert events("Two hills", "[ERROR] no model", "[DONE]").outcome == "error"
    assert events("Two hills", " [error bars] away.").text == "Two hills [error bars] away."


def test_a_refusal_beside_tokens_is_a_part_of_the_answer() -> None:
    """And so are a clarification and an apology: they are what the user reads."""
    for kind in ("refusal", "clarification", "apology"):
        assert events(token("Let me look. "), {"type": kind, "content": SAID}).text.endswith(SAID)


def test_marks_by_themselves_are_no_words() -> None:
    """Ends and signs of life among raw words; within a sentence they are the agent's own."""
    for mark in ("[END]", "[eos]", "</s>", "<|im_end|>"):
        assert (events("Two hills", "[heartbeat]", " away.", mark).text, events("x", mark).reading.end) == (
            SAID,
            "marked",
        )
    assert events("Say [END] ", "or </s>.").text == "Say [END] or </s>."
