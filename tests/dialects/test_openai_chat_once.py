"""Chats whose servers tell a thing more than once, in other choices, or under somebody else's role."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.reading import read_stream
from scenario.types import Reply
from tests.dialects.test_openai_chat import chunk, fragment, reply_to


def said(*pieces: str) -> list[dict[str, Any]]:
    """Chunks that bring these pieces of text."""
    return [chunk(content=piece) for piece in pieces]


def whole(text: str | None, index: int = 0, **message: Any) -> dict[str, Any]:
    """A completion that was not streamed."""
    message = {"role": "assistant", "content": text, **message}
    return {"object": "chat.completion", "choices": [{"index": index, "message": message, "finish_reason": "stop"}]}


def read(*values: Any) -> Reply:
    """The reply of a body in one piece, in which pieces of text are read many at a time."""
    return read_stream("".join(f"data: {json.dumps(value)}\n\n" for value in (*values, "[DONE]")).encode())


REPEATED = {
    "a whole completion": [*said("The gate ", "is open"), whole("The gate is open")],
    "a whole completion with other spaces": [*said("The gate ", "is open "), whole("The gate is open")],
    "a whole completion after the end": [*said("The gate ", "is open"), chunk("stop"), whole("The gate is open")],
    "a whole completion with what was missing": [*said("The gate "), whole("The gate is open")],
    "a message beside an empty delta": [
        *said("The gate ", "is open"),
        {"choices": [{"delta": {}, "message": {"content": "The gate is open"}, "finish_reason": "stop"}]},
    ],
    "the last piece": [*said("The gate ", "is open", "The gate is open"), chunk("stop")],
    "the last piece, with the end": [*said("The gate ", "is "), chunk("stop", content="The gate is open")],
    "so far": [*said("The", "The gate", "The gate is", "The gate is open"), chunk("stop")],
    "so far, after pieces": [*said("The ", "gate", "The gate", "The gate is open"), chunk("stop")],
    "so far, in messages": [
        *({"choices": [{"message": {"content": text}}]} for text in ("The", "The gate", "The gate is")),
        {"choices": [{"message": {"content": "The gate is open"}}]},
        chunk("stop"),
    ],
}


@pytest.mark.parametrize("values", REPEATED.values(), ids=REPEATED.keys())
def test_what_is_told_again_is_told_once(values: list[Any]) -> None:
    """Whether the pieces are read one by one or many at a time; the reading says what was left out."""
    for reply in (reply_to(*values), read(*values)):
        assert reply.text.strip() == "The gate is open"
        assert reply.outcome == "complete"
        assert reply.reading is not None
        assert len(reply.reading.notes) == 1


TWICE = {
    "a word": ["no ", "no ", "no ", "not so"],
    "a word alone": ["bye", "bye"],
    "digits": ["1", "11", "111", "1111"],
    "dashes": ["--", "--", "----", " end"],
    "a syllable": ["ha", "ha", "haha"],
    "two that grow": ["a", "ant", " walks"],
    "what began alike": ["So", "Some", " far", " away"],
    "the beginning again, and more": ["Hi ", "you", "Hi you", " all"],
}


@pytest.mark.parametrize("pieces", TWICE.values(), ids=TWICE.keys())
def test_what_is_said_twice_stays_twice(pieces: list[str]) -> None:
    """Only what cannot be an answer of words is taken for the text so far."""
    for reply in (reply_to(*said(*pieces), chunk("stop")), read(*said(*pieces), chunk("stop"))):
        assert (reply.text, reply.outcome) == ("".join(pieces), "complete")
        assert reply.reading is not None
        assert reply.reading.notes == ()


def test_what_is_held_back_is_told_with_what_comes_next() -> None:
    """Listeners hear all of the text."""
    body = "".join(f"data: {json.dumps(one)}\n\n" for one in (*said("a", "ant", " walks"), chunk("stop"))).encode()
    assert read_stream([body[place : place + 1] for place in range(len(body))]).text == "aant walks"


def test_a_cut_stream_has_what_was_held_back() -> None:
    """It may be a piece like others."""
    reply = reply_to(*said("a", "ant"))
    assert (reply.text, reply.outcome) == ("aant", "truncated")


def test_a_text_so_far_that_becomes_another_is_a_contradiction() -> None:
    """Nobody knows which of them was said."""
    reply = reply_to(*said("The", "The gate", "The gate is", "A door"), chunk("stop"))
    assert reply.outcome == "error"
    assert reply.error is not None
    assert "contradicts" in reply.error.message


def test_a_whole_completion_of_another_text_is_a_contradiction() -> None:
    """Unless it has an identity of its own: then it is what was said next."""
    assert reply_to(*said("The gate ", "is open"), whole("Something else")).outcome == "error"
    first = [{"id": "r-1", **one} for one in said("The gate ", "is open")]
    reply = reply_to(*first, {"id": "r-2", **whole(" Now.")})
    assert (reply.text, reply.outcome) == ("The gate is open Now.", "complete")


def test_the_next_step_may_say_the_same_again() -> None:
    """What the model said when it was called before is no text so far."""
    reply = reply_to(*said("Look", "ing"), chunk("stop"), *said("Looking"), chunk("stop"), "[DONE]")
    assert reply.text == "LookingLooking"


def test_calls_of_a_whole_completion_are_those_of_its_pieces() -> None:
    """By their identity, or by what is called with what; one that has not come is added."""
    again = {"id": "a", "function": {"name": "f", "arguments": '{"x": 1}'}}
    new = {"id": "b", "function": {"name": "g", "arguments": "{}"}}
    pieces = [chunk(tool_calls=[fragment(0, "a", "f", '{"x":')]), chunk(tool_calls=[fragment(0, None, None, "1}")])]
    reply = reply_to(*pieces, whole(None, tool_calls=[again, new]))
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("f", {"x": 1}), ("g", {})]
    reply = reply_to(*pieces, whole(None, tool_calls=[{"function": again["function"]}]))
    assert len(reply.tool_calls) == 1


def test_the_question_is_no_part_of_the_answer() -> None:
    """Nor are the pieces that follow it without a role, until the agent's own comes."""
    echoed = [chunk(role="user", content="Who "), chunk(content="are you?")]
    for values in (echoed, [chunk(role="system", content="Be brief.")]):
        reply = reply_to(*values, chunk(role="assistant", content="Ada."), chunk(content=" And you?"), chunk("stop"))
        assert (reply.text, reply.outcome) == ("Ada. And you?", "complete")


def test_an_answer_without_a_role_after_the_question_is_told() -> None:
    """Where the agent's role never comes, it is what stands after the question."""
    reply = reply_to(chunk(role="user", content="Who are you?"), chunk(content="Ada."), chunk("stop"), "[DONE]")
    assert (reply.text, reply.outcome) == ("Ada.", "complete")


def test_what_a_tool_gave_is_its_result() -> None:
    """And the answer goes on after it."""
    called = chunk(tool_calls=[fragment(0, "a", "f", "{}")])
    reply = reply_to(
        called, chunk(role="tool", tool_call_id="a", content="18"), chunk(content="It is 18."), chunk("stop")
    )
    assert (reply.text, reply.tool_results[0].output) == ("It is 18.", "18")


def _choice(index: int, reason: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": delta, "finish_reason": reason}]}


def test_the_only_choice_may_have_another_index() -> None:
    """Streamed, with and without [DONE], and whole."""
    streamed = [_choice(1, content="Left"), _choice(1, content=" door"), _choice(1, "stop")]
    for values in (streamed, [*streamed, "[DONE]"], [*streamed[:2], "[DONE]"]):
        assert reply_to(*values).text == "Left door"
    assert reply_to(*streamed).outcome == "complete"
    assert reply_to(whole("Left door", index=1), framing="json").text == "Left door"


def test_of_several_choices_the_first_is_the_answer() -> None:
    """Whichever of them begins, and in whichever order a whole completion has them."""
    reply = reply_to(_choice(1, content="B"), _choice(0, content="A"), _choice(1, "stop"), _choice(0, "stop"), "[DONE]")
    assert (reply.text, reply.outcome) == ("A", "complete")
    both = {"choices": [*whole("B", index=1)["choices"], *whole("A")["choices"]]}
    assert reply_to(both, framing="json").text == "A"


def test_calls_in_a_choice_of_their_own_are_the_answer_s() -> None:
    """Streamed and whole, where the first choice has none and asks for tools."""
    calls = [fragment(0, "a", "f", "{}")]
    parts = [_choice(0, content="A moment"), _choice(1, tool_calls=calls), _choice(0, "tool_calls")]
    one, other = whole("A moment")["choices"][0], whole(None, index=1, tool_calls=calls)["choices"][0]
    asking = {"choices": [{**one, "finish_reason": "tool_calls"}, other]}
    for reply in (reply_to(*parts), reply_to(asking, framing="json")):
        assert (reply.text, [call.name for call in reply.tool_calls]) == ("A moment", ["f"])
        assert reply.reading is not None
        assert "choice of their own" in reply.reading.notes[0]


def test_calls_of_another_answer_are_left_out() -> None:
    """A choice that says something itself, or that nobody has asked for, is not the reply's."""
    calls = [fragment(0, "a", "f", "{}")]
    parts = [_choice(0, content="Yes"), _choice(1, content="A moment"), _choice(1, tool_calls=calls)]
    for reason in ("stop", "tool_calls"):
        assert reply_to(*parts, _choice(0, reason), _choice(1, "tool_calls")).tool_calls == []
