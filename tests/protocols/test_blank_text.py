"""A body of plain text that says nothing."""

from __future__ import annotations

import pytest

from scenario.reading import read_stream


@pytest.mark.parametrize("body", [b"\n", b" ", b"\r\n\r\n", b"\t\n" * 9000])
@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "text/event-stream"])
def test_nothing_but_white_space_is_no_answer(body: bytes, content_type: str) -> None:
    """As an empty body is none: a run was passed for an answer of line ends only, though as JSON they were an error."""
    reply = read_stream(body, content_type=content_type)
    assert (reply.outcome, reply.complete) == ("error", False)
    assert reply.error is not None
    assert "nothing in the answer can be read" in reply.error.message


@pytest.mark.parametrize("body", [b"\n.\n", b"\n\n  yes"])
def test_white_space_around_a_text_is_kept(body: bytes) -> None:
    """Of an answer that says something, every character is its own."""
    reply = read_stream(body, content_type="text/plain")
    assert (reply.outcome, reply.text) == ("complete", body.decode())
