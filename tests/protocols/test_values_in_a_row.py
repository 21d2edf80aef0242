"""Objects that follow one another without lines of their own."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from scenario.protocols.values_in_a_row import Rows
from scenario.reading import read_stream

VALUES = [{"content": "Two hills"}, {"content": " away."}]
ROWS = {
    "indented": "".join(json.dumps(value, indent=1) for value in VALUES),
    "indented, on lines": "\n".join(json.dumps(value, indent=2) for value in VALUES) + "\n",
    "indented, with commas": ",\n".join(json.dumps(value, indent=2) for value in VALUES),
    "with commas": ",".join(map(json.dumps, VALUES)),
    "lines with commas": "".join(json.dumps(value) + ",\n" for value in VALUES),
    "separators after": "".join(json.dumps(value) + "\x1e" for value in VALUES),
    "separators before, indented": "".join("\x1e" + json.dumps(value, indent=2) + "\n" for value in VALUES),
}


@pytest.mark.parametrize("content_type", ["application/json", "application/x-ndjson", "text/plain", ""])
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_objects_in_a_row_are_read_however_they_are_cut(row: str, content_type: str) -> None:
    """Whole and byte by byte alike."""
    data = row.encode()
    for body in (data, [data[at : at + 1] for at in range(len(data))]):
        reply = read_stream(body, content_type=content_type)
        assert (reply.outcome, reply.text) == ("complete", "Two hills away.")


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_a_row_that_is_cut_is_not_complete(row: str) -> None:
    """An object without its end is no answer."""
    cut = row.rstrip("\x1e\n,")[:-3].encode()
    assert read_stream(cut, content_type="application/x-ndjson").outcome != "complete"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_one_indented_object_is_a_body(content_type: str) -> None:
    """Nothing follows it."""
    data = json.dumps({"content": "Two hills away."}, indent=2).encode()
    for body in (data, [data[at : at + 1] for at in range(len(data))]):
        assert read_stream(body, content_type=content_type).text == "Two hills away."


_ODD = ['{"a":1}{"b":2}', '{"a":1} {"b":2}', '{"a":1},{"b":2}', '{"a":1}, {"b":2}', '\x1e{"a":1}', "{", '{"a":1},', ","]


@given(lines=st.lists(st.sampled_from(['{"a":1}', '{"a":"{"}', '{"a":"}"}', *_ODD]), max_size=6))
def test_how_many_lines_come_at_once_makes_no_difference(lines: list[str]) -> None:
    """Lines that are looked at together are cut into the values into which each is cut by itself."""
    together, alone = Rows(1000, 1000), Rows(1000, 1000)
    expected = [value for line in lines for value in alone.feed([line])]
    assert (together.feed(lines), together.close()) == (expected, alone.close())
