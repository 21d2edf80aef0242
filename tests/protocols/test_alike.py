"""Events that are alike but for one text are not decoded one by one, and nothing may tell that they were not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import assume, example, given, strategies as st

from scenario.protocols.alike import NO_JSON, differing_texts, strings_between


class _Delta(msgspec.Struct):
    text: str


class _Event(msgspec.Struct):
    delta: _Delta
    index: int = 0


class _Piece(msgspec.Struct):
    delta: str
    id: str = ""


def _only(value: dict[str, str]) -> str | None:
    return next(iter(value.values())) if len(value) == 1 else None


# How events are decoded, where their text is, and the value with another one.
_Form = tuple[Callable[[str], Any], Callable[[Any], str | None], Callable[[Any, str], Any]]
FORMS: dict[str, _Form] = {
    "nested": (
        msgspec.json.Decoder(_Event).decode,
        lambda value: value.delta.text,
        lambda value, text: _Event(_Delta(text), value.index),
    ),
    "flat": (
        msgspec.json.Decoder(_Piece).decode,
        lambda value: value.delta,
        lambda value, text: _Piece(text, value.id),
    ),
    "object": (
        msgspec.json.Decoder(dict[str, str]).decode,
        _only,
        lambda value, text: dict.fromkeys(value, text),
    ),
}

# What stands around a text, in one of the forms at least: the last ones have it twice, or beside what looks like it.
FRAMES = [
    ('{"delta":{"text":"', '"}}'),
    ('{"index":1,"delta":{"type":"a","text":"', '"},"other":[{}]}'),
    ('{"delta":"', '"}'),
    ('{"type":"text-delta","id":"7","delta":"', '"}'),
    ('{"id":"a","delta":"b","delta":"', '"}'),
    ('{"delta":"', '","id":"a"}'),
    ('{"delta":"', '","other":"x"}'),
    ('{ "delta" : "', '"\n}'),
]
WORDS = ["a", "b", "delta", "text", " ", "x", "", "Grüße", "世界", "😀", ":", ",", "}"]
# Inside of a string or not: what ends one, begins another, or cannot be in one.
PIECES = [
    *WORDS,
    '"',
    "\\",
    '\\"',
    "\\\\",
    "\\n",
    "\\u00e9",
    "\\ud83d\\ude00",
    "\\ud83d",
    "\n",
    "\r",
    "\x00",
    "\x1f",
    "\x7f",
    "\u2028",
    "\ufeff",
    "\ufffd",
    "\ud800",
    '","',
    '"\n,"',
    '"}\n{"delta":"',
    '"},{"delta":"',
    '"}{"delta":"',
    '{"delta":"',
    '"}',
    '","delta":"',
    '","id":"b',
    '"]',
    '["',
    "NaN",
    "1e999",
    "[" * 40,
]
insides = st.lists(st.sampled_from(PIECES), max_size=3).map("".join)
alike = st.lists(st.sampled_from(WORDS) | insides, min_size=1, max_size=6)
framed = st.tuples(st.sampled_from(FRAMES), alike).map(lambda one: [f"{one[0][0]}{text}{one[0][1]}" for text in one[1]])
fragments = st.sampled_from([part for frame in FRAMES for part in frame] + PIECES)
anything = st.lists(st.lists(fragments, max_size=5).map("".join), min_size=1, max_size=5)


@st.composite
def cut_elsewhere(draw: st.DrawFn) -> list[str]:
    """As many events as there were, of the same characters, with their ends elsewhere."""
    data = draw(framed)
    joined = draw(st.sampled_from(["\n", "", ",", " "])).join(data)
    ends = sorted(draw(st.lists(st.integers(0, len(joined)), min_size=len(data) - 1, max_size=len(data) - 1)))
    return [joined[start:end] for start, end in zip([0, *ends], [*ends, len(joined)], strict=True)]


hostile = framed | st.tuples(framed, anything).map(lambda two: two[0] + two[1]) | anything | cut_elsewhere()


def _decoded(decode: Callable[[str], Any], data: Sequence[str]) -> list[Any] | None:
    try:
        return [decode(one) for one in data]
    except NO_JSON:
        return None


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@given(data=hostile)
@example(data=['{"delta":"a"}', '{"delta":"b"}\n{"delta":"c"}', '{"delta":"', 'd"}', '{"delta":"e"}'])
@example(data=['{"delta":"a"}', '{"delta":"b","x":[{}', '{}],"y":{}}', '{"delta":"c"},{"delta":"d"}'])
@example(data=['{"delta":"delta"}', '{"delta":"a"}'])
@example(data=['{"id":"a","delta":"a"}', '{"id":"b","delta":"a"}'])
def test_what_is_told_is_what_decoding_each_tells(form: _Form, data: list[str]) -> None:
    """Of whatever data, either nothing is told, or the values that decoding one by one gives, each with its text."""
    decode, text_of, with_text = form
    expected = _decoded(decode, data)
    try:
        found = differing_texts(data, decode, text_of)
    except NO_JSON:
        assert expected is None
        return
    if found is not None:
        value, texts = found
        assert [with_text(value, text) for text in texts] == expected


@given(data=hostile, frame=st.sampled_from(FRAMES))
@example(data=['{"delta":"}'], frame=('{"delta":"', '"}'))
@example(data=['{"delta":"a"}\n{"delta":"b"}', '{"delta":"c"}'], frame=('{"delta":"', '"}'))
@example(data=['{"delta":"a"}\n{"delta":"b"}', '{"delta":"c', 'd"}'], frame=('{"delta":"', '"}'))
@example(data=['{ "delta" : "a"', '}\n{ "delta" : "b"\n}', '{ "delta" : "c"\n}'], frame=('{ "delta" : "', '"\n}'))
@example(data=['{"delta":"a","b"}', '{"delta":"c"}'], frame=('{"delta":"', '"}'))
@example(data=['{"delta":"a","b"}', '{"delta":"c\\"}', '{"delta":"d"}'], frame=('{"delta":"', '"}'))
@example(data=['{"delta":"a"}', '{"delta":"\ud800"}'], frame=('{"delta":"', '"}'))
@example(data=['{"delta":"a"}', '{"delta":"}'], frame=('{"delta":"', '"}'))
def test_strings_are_those_that_stand_between(data: list[str], frame: tuple[str, str]) -> None:
    """A string is told for each, where each has just one between what stands around it; else none."""
    before, after = frame
    expected: list[str] | None = []
    for one in data:
        inside = one[len(before) : len(one) - len(after)]
        try:
            text = msgspec.json.decode(f'"{inside}"', type=str) if one == f"{before}{inside}{after}" else None
        except NO_JSON:
            text = None
        expected = None if text is None or expected is None else [*expected, text]
    assert strings_between(data, before, after) == expected


ENCODERS: dict[str, Callable[[Any], str]] = {
    "compact": lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    "spaces": json.dumps,
    "msgspec": lambda value: msgspec.json.encode(value).decode(),
}


@pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS.keys())
@given(texts=st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=3, max_size=20))
def test_whatever_an_encoder_writes_is_told(encode: Callable[[Any], str], texts: list[str]) -> None:
    """Texts in the events of one encoder are told, whatever is in them: else nothing would be gained."""
    decode, text_of, with_text = FORMS["nested"]

    def event(text: str) -> str:
        return encode({"type": "content_block_delta", "index": 2, "delta": {"text": text}})

    # Where all that are looked at have the same text elsewhere, its place is not found.
    assume(any(encode(text) not in event("") for text in (texts[0], texts[len(texts) // 2], texts[-1])))
    data = [event(text) for text in texts]
    found = differing_texts(data, decode, text_of)
    assert found is not None
    value, told = found
    assert (with_text(value, texts[0]), told) == (decode(data[0]), texts)
