"""Where a body that could not be read has a text, and what is said of a path that found none."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from scenario import read_stream
from scenario.protocols.nearest import matched_nothing, text_places

PLACES = {
    "result.say": b'{"status": "ok", "result": {"say": "It is 18 degrees.", "trace_id": "ab cd"}}',
    "say": b'data: {"kind": "zork", "say": "Hel"}\n\ndata: {"kind": "zork", "say": "lo"}\n\ndata: [DONE]\n\n',
    "zork.words": b'{"zork": {"words": "Hi"}}\n{"zork": {"words": " you"}}\n',
    'items[0]."the-text"': b'{"items": [{"the-text": "Hi you"}]}',
}


@pytest.mark.parametrize("place", PLACES)
def test_a_text_is_found_and_read_at_its_place(place: str) -> None:
    """In JSON, its lines and its events; what keeps books is passed over."""
    body = PLACES[place]
    assert text_places(body)[0] == place
    assert read_stream(body, reply=place).outcome == "complete"


@pytest.mark.parametrize("body", [b"", b"[DONE]", b'{"a": 1}', b'{"id": "one two", "status": "ok"}', b"\xff{"])
def test_where_there_is_none_none_is_named(body: bytes) -> None:
    """Ids, states and numbers are no answers."""
    assert text_places(body) == []


def test_a_path_that_found_nothing_is_told_with_one_that_would() -> None:
    """In the words of the setting."""
    body = b'{"result": {"answer_text": "It is 18."}}'
    assert matched_nothing("data.x", body) == "reply='data.x' matched nothing; there is a text at result.answer_text"
    assert matched_nothing("data.x", b"{}") == "reply='data.x' matched nothing"


def test_an_answer_that_cannot_be_read_names_the_place_of_a_text() -> None:
    """Whatever reads it."""
    error = read_stream(PLACES["result.say"]).error
    assert error is not None
    assert "There is a text at result.say: say reply='result.say'" in error.message


@given(st.binary(max_size=200))
def test_any_body_is_looked_at(body: bytes) -> None:
    """What a server sends is hostile."""
    text_places(body)
    text_places(b"data: " + body)
