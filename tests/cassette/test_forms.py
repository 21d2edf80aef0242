"""Multipart forms are compared by their fields: the boundary, and the conversation's ids, are others each time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from scenario.cassette.form_fields import fields_of
from scenario.cassette.ignored_fields import ignored
from scenario.cassette.matching import Ids, told
from scenario.exchange import HttpRequest
from scenario.protocols.multipart import FormFile, multipart

_TEXT = st.text(max_size=20).filter(lambda text: "----" not in text)


def form(thread: str, boundary: str, *more: tuple[str, str | FormFile]) -> HttpRequest:
    """A form of a conversation."""
    body = multipart([("message", "hello"), ("session_id", thread), *more], boundary)
    return HttpRequest(method="POST", url="http://127.0.0.1:1/runs", body=body)


def same(one: HttpRequest, other: HttpRequest, *, threads: tuple[str, str] = ("t1", "t2")) -> bool:
    """Whether they say the same, each in its own conversation."""
    what = ignored(())
    first, second = (told(request, Ids(thread), what) for request, thread in zip((one, other), threads, strict=True))
    return first.says_the_same(second)


def test_the_boundary_and_the_conversation_do_not_count() -> None:
    """All else does: a field, its name, its place, a file's bytes."""
    recorded = form("t1", "a", ("stream", "true"), ("file", FormFile("a.png", b"\xff\x00", "image/png")))
    assert same(recorded, form("t2", "b", ("stream", "true"), ("file", FormFile("a.png", b"\xff\x00", "image/png"))))
    for other in (
        form("t2", "b", ("stream", "false"), ("file", FormFile("a.png", b"\xff\x00", "image/png"))),
        form("t2", "b", ("file", FormFile("a.png", b"\xff\x00", "image/png")), ("stream", "true")),
        form("t2", "b", ("stream", "true"), ("file", FormFile("a.png", b"\xff\x01", "image/png"))),
        form("t2", "b", ("stream", "true"), ("file", FormFile("b.png", b"\xff\x00", "image/png"))),
        form("other", "b", ("stream", "true"), ("file", FormFile("a.png", b"\xff\x00", "image/png"))),
        form("t2", "b", ("stream", "true")),
    ):
        assert not same(recorded, other)


def test_json_in_a_field_is_compared_as_json() -> None:
    """With the conversation's id in it; 1 is not true."""
    one = form("t1", "a", ("tools", '{"a": 1, "thread": "t1"}'))
    assert same(one, form("t2", "b", ("tools", '{"thread":"t2","a":1}')))
    assert not same(one, form("t2", "b", ("tools", '{"thread":"t2","a":true}')))


@given(
    st.lists(
        st.tuples(_TEXT, st.one_of(_TEXT, st.binary(max_size=9).map(lambda b: FormFile("f", b, "a/b")))), max_size=4
    )
)
def test_what_is_written_is_read(fields: list[tuple[str, Any]]) -> None:
    """Each field, once, in order."""
    found = fields_of(multipart(fields, "----boundary"))
    assert found is None if not fields else found is not None and len(found) == len(fields)


_NO_FORMS = [b"", b"--", b"--a", b"--a\r\n", b"--a\r\nx", b"--a\r\n\r\n--b--", b"-- a list\r\n--", b"--a\r\nx\r\n--a--"]


@pytest.mark.parametrize("body", _NO_FORMS)
def test_what_is_no_form_is_none(body: bytes) -> None:
    """It is compared as it is."""
    assert fields_of(body) is None
