"""NDJSON: one value to a line, whatever the cuts, within a limit."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from scenario.errors import ConfigurationError, WireError, WireLimitError
from scenario.wire.ndjson import NdjsonParser, encode

ALPHABET = [
    b"\n",
    b"\r",
    b"\r\n",
    b" ",
    b"\t",
    b'{"a":1}',
    b"[]",
    "é🌍".encode(),
    b"\xef\xbb\xbf",
    b"\xef",
    b"\xff",
    b"\xe2",
]
bodies = st.lists(st.sampled_from(ALPHABET), max_size=40).map(b"".join)


def _read(pieces: list[bytes]) -> list[str]:
    parser = NdjsonParser()
    lines = [line for piece in pieces for line in parser.feed(piece)]
    return lines + parser.close()


def _outcome(parser: NdjsonParser, pieces: list[bytes]) -> tuple[list[str], str]:
    lines: list[str] = []
    try:
        for piece in pieces:
            lines += parser.feed(piece)
        lines += parser.close()
    except WireLimitError as error:
        return lines, error.limit
    return lines, ""


def _sliced(body: bytes, size: int) -> list[bytes]:
    return [body[i : i + size] for i in range(0, len(body), size)]


def test_each_line_is_a_value() -> None:
    """Lines end with LF or CRLF."""
    assert _read([b'{"a":1}\n{"b":2}\r\n']) == ['{"a":1}', '{"b":2}']


def test_a_line_is_there_with_its_end() -> None:
    """A line is returned by the piece that ends it."""
    parser = NdjsonParser()
    assert (parser.feed(b"1"), parser.feed(b"2\n3")) == ([], ["12"])


def test_the_last_line_needs_no_end() -> None:
    """At the end of the stream an unfinished line is a value, unlike in an event stream."""
    assert _read([b"1\n2"]) == ["1", "2"]


@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b"  \n", b"\t\r\n", b"  "])
def test_blank_lines_are_skipped(blank: bytes) -> None:
    """A line of nothing but white space is no value."""
    assert _read([b"1\n" + blank]) == ["1"]


def test_other_line_ends_are_text() -> None:
    """Neither a lone CR nor what Unicode calls a line end splits a value."""
    assert _read(['"a\u2028b\x85c"\r,\n'.encode()]) == ['"a\u2028b\x85c"\r,']


def test_a_bom_is_dropped_once() -> None:
    """One byte-order mark at the start is dropped, also when it is cut."""
    assert _read([b"\xef\xbb", b"\xbf1\n", b"\xef\xbb\xbf2\n"]) == ["1", "\ufeff2"]


def test_invalid_utf8_is_replaced() -> None:
    """What is no UTF-8 becomes U+FFFD."""
    assert _read([b'"\xff"\n']) == ['"\ufffd"']


def test_pending_is_the_unfinished_line() -> None:
    """The bytes held are those of the line that has not ended."""
    parser = NdjsonParser()
    parser.feed(b"1\n234")
    assert parser.pending == 3


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_bytes_can_be_fed(kind: type[bytes] | type[bytearray] | type[memoryview]) -> None:
    """A piece is bytes, a bytearray or a memoryview."""
    assert NdjsonParser().feed(kind(b"1\n")) == ["1"]


@given(body=bodies, size=st.integers(1, 30))
def test_slicing_never_changes_the_lines(body: bytes, size: int) -> None:
    """However a body is cut, the lines are those of the body as a whole."""
    text = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    whole = [line.removesuffix("\r") for line in text.split("\n") if line.strip(" \t\r")]
    assert _read(_sliced(body, size)) == whole


@given(body=bodies, size=st.integers(1, 30), limit=st.integers(1, 20))
def test_the_limit_does_not_depend_on_the_cuts(body: bytes, size: int, limit: int) -> None:
    """The same lines are returned, and the limit is passed or not, however the body is cut."""
    sliced = _outcome(NdjsonParser(max_line_bytes=limit), _sliced(body, size))
    assert sliced == _outcome(NdjsonParser(max_line_bytes=limit), [body])


@pytest.mark.parametrize("body", [b"123\n", b"123\r\n", b"123"])
def test_a_line_at_the_limit_is_read(body: bytes) -> None:
    """The limit is the longest line that is allowed, its end not counted."""
    assert _outcome(NdjsonParser(max_line_bytes=3), [body]) == (["123"], "")


def test_a_bom_is_not_part_of_the_line() -> None:
    """A byte-order mark does not count, and neither does one that has come in part."""
    assert _outcome(NdjsonParser(max_line_bytes=1), [b"\xef", b"\xbb", b"\xbf", b"1"]) == (["1"], "")


@pytest.mark.parametrize("body", [b"1234\n", b"1234"])
def test_a_line_above_the_limit_is_refused(body: bytes) -> None:
    """A longer line is refused, whether it ends or not, and the error names the limit and the remedy."""
    with pytest.raises(WireLimitError, match=r"max_line_bytes \(3 bytes\).*NdjsonParser\(max_line_bytes=") as caught:
        NdjsonParser(max_line_bytes=3).feed(body)
    assert (caught.value.limit, caught.value.maximum) == ("max_line_bytes", 3)


def test_lines_before_the_limit_are_returned() -> None:
    """Lines that are complete before the limit is passed in the same piece are not lost: the error waits for them."""
    parser = NdjsonParser(max_line_bytes=3)
    assert parser.feed(b"1\n2\n3333\n4\n") == ["1", "2"]
    with pytest.raises(WireLimitError):
        parser.close()


def test_a_parser_that_failed_stays_so() -> None:
    """After the limit was passed, every call raises, and nothing is held any more."""
    parser = NdjsonParser(max_line_bytes=3)
    for _ in range(3):
        with pytest.raises(WireLimitError):
            parser.feed(b"4444")
    assert parser.pending == 0


def test_a_limit_is_at_least_one_byte() -> None:
    """A limit that nothing could keep is refused when it is set."""
    with pytest.raises(ConfigurationError, match="max_line_bytes"):
        NdjsonParser(max_line_bytes=0)


def test_a_closed_parser_takes_no_bytes() -> None:
    """One parser reads one body: bytes after its end are an error."""
    parser = NdjsonParser()
    parser.close()
    with pytest.raises(WireError, match="closed"):
        parser.feed(b"1\n")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(values=st.lists(json_values, max_size=5))
def test_values_read_back_equal(values: list[object]) -> None:
    """What is written is one line to a value, and reads back as the same values."""
    assert [json.loads(line) for line in _read([encode(value) for value in values])] == values


@pytest.mark.parametrize("value", [object(), "\ud800", {1, object()}])
def test_a_value_that_json_does_not_have_is_refused(value: object) -> None:
    """Writing what JSON cannot hold is an error of the wire, whatever the encoder calls it."""
    with pytest.raises(WireError, match="JSON"):
        encode(value)


def test_blank_lines_mean_nothing_beyond_the_limit_either() -> None:
    """Lines of spaces and tabs are left out, also where the lines together are longer than one may be."""
    parser = NdjsonParser(max_line_bytes=8)
    assert parser.feed(b'{"a":1}\n \t \n\n{"a":2}\n  \n') == ['{"a":1}', '{"a":2}']
