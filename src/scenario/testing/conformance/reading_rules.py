"""Rules of reading: an answer is what it is, however it is cut, and all of it is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from scenario.protocols.protocol import Ending, Reader
from scenario.protocols.sound_values import make_sound
from scenario.received_events import as_list
from scenario.testing.conformance.rule import Breach, difference, shown
from scenario.testing.conformance.subject import Subject
from scenario.wire.event import EventRun, ServerSentEvent

_SIZES = (1, 3, 64)
# Plain text has no events of its own: its pieces are.
_OF_PIECES = ("events", "malformed", "reading")
# Texts that are read at once come so many at a time.
_AT_A_TIME = (1, 2, 16, 1000)


def reads_as_it_says(subject: Subject) -> Iterator[Breach]:
    """The answer is read as the transcript says."""
    expected, (reply, _) = subject.transcript, subject.whole
    if reply.outcome != expected.outcome:
        yield Breach("the whole answer", f"outcome {expected.outcome!r}", shown(reply))
    if expected.text is not None and reply.text != expected.text:
        yield Breach("the whole answer", f"text {expected.text!r}", shown(reply))
    if expected.outcome == "error" and not (reply.error is not None and reply.error.message):
        yield Breach("the whole answer", "an error with a message", shown(reply))
    if expected.outcome == "complete" and reply.malformed:
        yield Breach("the whole answer", "no event that cannot be read", shown(reply))


def slices_make_no_difference(subject: Subject) -> Iterator[Breach]:
    """However the body is cut, and whichever line ends its events have, the reply is the same."""
    body, whole = subject.transcript.body, subject.whole
    for where, pieces in _slicings(body, subject.framing):
        reply, told = subject.read(pieces)
        if found := difference(whole.reply, reply, but=_OF_PIECES if subject.framing == "text" else ()):
            yield Breach(where, "the reply of the body in one piece", found)
        if told != whole.told:
            yield Breach(where, f"{whole.told!r} told on the way, as of the body in one piece", repr(told))


def _slicings(body: bytes, framing: str) -> Iterator[tuple[str, list[bytes]]]:
    bodies = {"": body}
    if framing in ("sse", "ndjson") and b"\r" not in body:
        bodies[", with CRLF at the end of lines"] = body.replace(b"\n", b"\r\n")
    if framing == "sse" and b"\r" not in body:
        bodies[", with CR at the end of lines"] = body.replace(b"\n", b"\r")
    for ends, one in bodies.items():
        for size in (*_SIZES, max(len(one), 1)):
            words = (
                "in one piece" if size >= len(one) else "byte by byte" if size == 1 else f"in pieces of {size} bytes"
            )
            yield f"read {words}{ends}", [one[start : start + size] for start in range(0, len(one), size)]


def tells_the_text(subject: Subject) -> Iterator[Breach]:
    """What is told piece by piece, as `Brought.text`, is the reply's text."""
    reply, told = subject.whole
    if told and told != reply.text:
        yield Breach("the whole answer", f"pieces that add up to {reply.text!r}", repr(told))


def reads_many_as_one_by_one(subject: Subject) -> Iterator[Breach]:
    """`read_texts` agrees with `read`: how many events come at once makes no difference."""
    events = [event for event, _, _ in subject.events]
    one_by_one = subject.reader()
    brought = [one_by_one.read(event) for event in events]
    expected, text = one_by_one.finish(Ending()), "".join(one.text for one in brought)
    names = [event.event for event in events]
    # As they come, and those by themselves that bring a piece of text.
    for keys in (names, list(zip(names, (one.kind for one in brought), strict=True))):
        for size in _AT_A_TIME:
            reader = subject.reader()
            told = "".join(_read_at_once(reader, _parts(events, keys, size)))
            where = f"up to {size} events at once"
            if found := difference(expected, reader.finish(Ending())):
                yield Breach(where, "the reply of events that are read one by one", found)
            if told != text:
                yield Breach(where, f"the texts {text!r}", repr(told))


def _parts(events: Sequence[ServerSentEvent], keys: Sequence[object], size: int) -> Iterator[EventRun]:
    # As the wire puts them together: events of one run have the same id.
    for _, group in groupby(zip(keys, events, strict=True), lambda pair: (pair[0], pair[1].id)):
        run = [event for _, event in group]
        yield from EventRun([event.data for event in run], run[0].event, run[0].id).parts(size)


def _read_at_once(reader: Reader, parts: Iterable[EventRun]) -> Iterator[str]:
    for part in parts:
        texts = reader.read_texts(part.data, part.event)
        yield from [reader.read(event).text for event in part.events()] if texts is None else texts


def can_be_written(subject: Subject) -> Iterator[Breach]:
    """The reply can be written as JSON, as stores and reports do."""
    reply = subject.whole.reply
    make_sound(reply)
    try:
        msgspec.json.encode(reply, enc_hook=as_list)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        yield Breach("the whole answer", "a reply of JSON values", f"{type(error).__name__}: {error}")
