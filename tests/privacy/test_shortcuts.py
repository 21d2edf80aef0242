"""What is found to hold no secret without a close look holds none, and the other way round."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings, strategies as st

from scenario.disguises import begun_at, encoded, spans_in
from scenario.exchange import Chunk, Exchange, HttpRequest
from scenario.masking import masked_exchange
from scenario.protocols.protocol import Head
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.redaction import Secrets
from scenario.sought import sought
from scenario.spread import lines_of, spread
from scenario.spreading import Spreading
from tests.privacy.disguised import DISGUISES, disguises, secrets

# With short ones of a few characters, what is sought comes by chance, in pieces as well, and as the same piece again.
short = st.text("ab1%+\\&;2", min_size=4, max_size=9)
escapes = st.sampled_from(
    ["\\u0061", "%61", "%2561", "&#97;", "&amp;#97;", "&nGt;", "\\\\", '\\"', "+", "%", "&", "\\u"]
)
texts = st.lists(st.one_of(st.text("ab1 25;:,-é\n", max_size=6), escapes, st.text(max_size=3)), max_size=12).map(
    "".join
)

FRAMES: dict[str, Callable[[str, int], str]] = {
    "chunk": lambda text, at: (
        f"data: {json.dumps({'id': 'a1', 'choices': [{'index': 0, 'delta': {'content': text}}]})}\n\n"
    ),
    "named": lambda text, at: f"event: delta\ndata: {json.dumps({'type': 'delta', 'n': at, 'delta': text})}\n\n",
    "numbered": lambda text, at: f'{{"sequence":{at},"content":{json.dumps(text)},"at":"{at % 3}b"}}\n',
    "two texts": lambda text, at: f'data: {{"content":{json.dumps(text)},"id":"a{at}","content":"b"}}\n',
    "indexed": lambda text, at: f'data: {{"index":{at % 2},"content":{json.dumps(text, ensure_ascii=False)}}}\r\n\r\n',
    "a key": lambda text, at: f'data: {{{json.dumps(text)}:"a","content":"b1"}}\n\n',
    "always the same": lambda text, at: 'data: {"content":"ab1"}\n\n',
    "bare": lambda text, at: "".join(f"data: {line}\n" for line in text.split("\n")) + "\n",
    "an id": lambda text, at: f"id: {at}a\n",
    "no JSON": lambda text, at: f'{{"content":"{text}","id":"a\n',
    "raw": lambda text, at: text,
}


def _pieces(text: str, lengths: list[int]) -> list[str]:
    pieces, position = [], 0
    for index in range(len(text)):
        if position >= len(text):
            break
        length = lengths[index % len(lengths)]
        pieces.append(text[position : position + length])
        position += length
    return pieces


@st.composite
def bodies(draw: st.DrawFn) -> tuple[tuple[str, ...], bytes]:
    """Secrets, and a body of some frames, in which one of them may be told: whole, or in pieces among others."""
    values = tuple(draw(st.lists(st.one_of(secrets, short), min_size=1, max_size=2, unique=True)))
    told = draw(st.one_of(st.just(""), st.sampled_from([DISGUISES[draw(disguises)](value) for value in values]), texts))
    pieces = _pieces(told, draw(st.lists(st.integers(1, 9), min_size=1, max_size=3)))
    before, after = draw(st.lists(texts, max_size=8)), draw(st.lists(texts, max_size=8))
    frames = draw(st.lists(st.sampled_from(sorted(FRAMES)), min_size=1, max_size=3))
    turns = draw(st.lists(st.integers(0, len(frames) - 1), min_size=1, max_size=4))
    body = "".join(
        FRAMES[frames[turns[index % len(turns)]]](piece, index)
        for index, piece in enumerate([*before, *pieces, *after])
    )
    return values, body.encode("utf-8", "surrogatepass")


@settings(max_examples=300, deadline=None)
@given(bodies())
def test_whether_a_secret_stands_in_pieces_is_known_without_looking_where(made: tuple[tuple[str, ...], bytes]) -> None:
    """In streams of all kinds, mixed, whatever is told in them."""
    values, body = made
    known = Secrets((), named=values)
    spreading = Spreading(known)
    spreading.add(body.splitlines())
    assert spreading.found == bool(spread(body, lines_of(body), known))


@settings(max_examples=300, deadline=None)
@given(bodies(), st.integers(1, 6))
def test_lines_may_come_in_several_parts(made: tuple[tuple[str, ...], bytes], size: int) -> None:
    """What is let go of between them is nothing that could be the beginning of a secret."""
    values, body = made
    known = Secrets((), named=values)
    spreading = Spreading(known)
    lines = body.splitlines()
    for begin in range(0, len(lines), size):
        spreading.add(lines[begin : begin + size])
    if spread(body, lines_of(body), known):
        assert spreading.found


@settings(max_examples=300, deadline=None)
@given(bodies())
def test_whether_a_secret_stands_in_a_text_is_known_without_looking_where(made: tuple[tuple[str, ...], bytes]) -> None:
    """As it is, and behind escapes of several levels."""
    values, body = made
    assert sought(values).stands_in(body) == bool(spans_in(body, sought(values).forms))


@settings(max_examples=50, deadline=None)
@given(bodies(), st.sampled_from(["a", " ", "%25", "&amp;", "\\", "words, and more: ", "b1 \n"]), st.integers(0, 40))
def test_long_texts_too(made: tuple[tuple[str, ...], bytes], filler: str, more: int) -> None:
    """They are looked through in parts, and the cut may fall anywhere."""
    values, body = made
    fill = (filler * 400_000)[: 128 * 1024 - more].encode()
    text = fill + body + fill + body[:20] + fill
    assert sought(values).stands_in(text) == bool(spans_in(text, sought(values).forms))


@settings(max_examples=300, deadline=None)
@given(st.one_of(secrets, short), texts, disguises, st.integers(0, 200))
@example("ab1c", "xab1", "as it is", 0)
def test_what_may_be_begun_is_known_at_once(secret: str, text: str, disguise: str, cut: int) -> None:
    """Where a text has no escapes, the tail that waits is the one that a close look finds."""
    wanted = sought((secret,))
    said = text + DISGUISES[disguise](secret)[:cut]
    at = wanted.tail_in(said)
    data = encoded(said)
    if at is not None:
        assert len(encoded(said[:at])) == begun_at(data, wanted.forms)
        assert not spans_in(data, wanted.forms)


@settings(max_examples=300, deadline=None)
@given(st.one_of(secrets, short), texts)
def test_a_text_that_is_too_short_has_none(secret: str, text: str) -> None:
    """Whatever its escapes stand for."""
    wanted = sought((secret,))
    if wanted.is_too_short(text):
        assert not spans_in(encoded(text), wanted.forms)


@pytest.mark.parametrize("secret", ["abc%ffdefgh", "%A9abcdefgh", "abcdefg%f0"])
def test_a_form_that_is_no_text_is_found(secret: str) -> None:
    """It may begin in the middle of a character."""
    known = Secrets([secret])
    for form in known.sought.forms:
        text = (b"\xc3" + form if form[:1] == b"\xa9" else form).decode("utf-8", "replace")
        assert bool(spans_in(encoded(text), known.sought.forms)) == (known.in_text(text) != text)


def received(body: bytes, size: int) -> Exchange:
    """A body as an event stream that came in pieces of that size, and was read."""
    reception = Reception(Head(status=200, headers={"content-type": "text/event-stream"}), ReceptionOptions())
    for begin in range(0, len(body), size):
        reception.feed(Chunk(begin / size, body[begin : begin + size]))
    reply = reception.finish(clean=True)
    return Exchange(
        request=HttpRequest(url="http://host/"), chunks=reception.chunks, events=reception.events, reply=reply
    )


@settings(max_examples=200, deadline=None)
@given(
    bodies(),
    st.integers(1, 300),
    st.sampled_from(["", 'data: a\ndata: {"content":"ab1"}\n\n', "\ufeff", "\ufeffdata: a\n"]),
)
def test_events_that_are_not_made_are_masked_like_those_that_are(
    made: tuple[tuple[str, ...], bytes], size: int, first: str
) -> None:
    """Whether an event's words stand in its body is known without reading it, or it is read."""
    values, body = made
    known = Secrets((), named=values)
    came = received(first.encode() + body, size)
    kept = Exchange(request=came.request, chunks=came.chunks, events=list(came.events), reply=came.reply)
    again = received(first.encode() + body, size)
    assert list(masked_exchange(again, known).events) == list(masked_exchange(kept, known).events)


def test_without_a_secret_no_event_is_made() -> None:
    """A stream of a million events stays the bytes that it came in, and the exchange the same object."""
    frame = 'event: delta\nid: 7\ndata: {"content":"word\\n"}\n\n'
    came = received((frame * 1000).encode(), 999)
    assert masked_exchange(came, Secrets(["sk-0123456789"])) is came
    assert came.events._made is None  # type: ignore[attr-defined]


TOLD_APART: dict[str, Callable[[str, int], str]] = {
    "by their number in a line": lambda piece, at: f'data: {{"content":"x{at}","b":[],"content":"{piece}"}}\n\n',
    "by their number, the other always the same": lambda piece, at: f'{{"content":"{piece}","content":"same"}}\n',
    "by their index": lambda piece, at: (
        f'data: {{"index":0,"content":"{piece}"}}\n\ndata: {{"index":1,"content":"of another"}}\n\n'
    ),
    "among lines without an index": lambda piece, at: (
        f'data: {{"content":"other"}}\n\ndata: {{"index":1,"content":"{piece}"}}\n\n'
    ),
    "by their key": lambda piece, at: f'data: {{"id":"{at}","content":"{piece}","at":{at}}}\n\n',
    "by a line's field": lambda piece, at: f"id: {at}\ndata: {piece}\n\n",
    "with escapes between": lambda piece, at: f'data: {{"said":"\\"{at}\\"","content":"{piece}"}}\n\n',
}


@pytest.mark.parametrize("way", sorted(TOLD_APART))
@pytest.mark.parametrize("length", [1, 3, 7])
def test_pieces_are_found_in_each_way_in_which_they_may_belong_together(way: str, length: int) -> None:
    """Some belong together only by their number in a line, or by the index of it; another text is left alone."""
    secret = "sk-0123456789"  # noqa: S105 - made up
    known = Secrets([secret])
    for said, is_told in ((f"it is {secret} then", True), ("it is sk-0123456780 then", False)):
        pieces = ["a", "b", "c", *_pieces(said, [length]), "d"]
        body = "".join(TOLD_APART[way](piece, at) for at, piece in enumerate(pieces)).encode()
        spreading = Spreading(known)
        spreading.add(body.splitlines())
        assert bool(spread(body, lines_of(body), known)) == is_told
        assert spreading.found == is_told
