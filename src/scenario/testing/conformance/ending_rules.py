"""Rules of ending: nothing is called whole that is not, whatever is missing from it."""

from __future__ import annotations

from collections.abc import Iterator

from scenario.protocols.json_text import read_json
from scenario.testing.conformance.rule import Breach, content_of, shown
from scenario.testing.conformance.subject import Framed, Place, Subject
from scenario.types import Reply


def owes_its_end(subject: Subject) -> Iterator[Breach]:
    """Where replies end with an event that says so, an answer that breaks off before it is not complete."""
    if not subject.dialect.has_terminal:
        return
    body, whole = subject.transcript.body, subject.whole.reply
    for place in subject.cuts():
        reply = subject.read([body[: place.offset]]).reply
        if reply.outcome == "complete" and not _is_all(reply, whole):
            yield Breach(place.words, "an answer that is not complete, or holds all there is", shown(reply))


def _is_all(reply: Reply, whole: Reply) -> bool:
    return whole.outcome == "complete" and content_of(reply) == content_of(whole)


def believes_no_broken_transfer(subject: Subject) -> Iterator[Breach]:
    """A transfer that broke is never a whole answer, whatever had come before."""
    body = subject.transcript.body
    for place in (*list(subject.cuts())[-8:], Place(len(body), "broken after the last byte")):
        reply = subject.read([body[: place.offset]], clean=False).reply
        if reply.outcome == "complete":
            yield Breach(f"{place.words}, the transfer broken", "an answer that is not complete", shown(reply))


def keeps_its_errors(subject: Subject) -> Iterator[Breach]:
    """An error that the agent reports stays one, whatever comes after it, even the end of an answer that went well."""
    body, error = subject.transcript.body, subject.whole.reply.error
    if subject.transcript.outcome != "error":
        return
    failed = ""
    for place in subject.cuts():
        reply = subject.read([body[: place.offset]]).reply
        if reply.error == error:
            failed = failed or place.words
        elif failed and reply.outcome != "error":
            yield Breach(place.words, f"an error, as it is {failed}", shown(reply))
    for end in subject.ends if subject.framing in ("sse", "ndjson") else ():
        reply = subject.read([body, end]).reply
        if reply.outcome != "error":
            yield Breach(f"the whole answer, and {end[:80]!r} after it", "an error all the same", shown(reply))


def misses_spoilt_events(subject: Subject) -> Iterator[Breach]:
    """An event that lacks its last brace is malformed, or the answer is not complete: it is never passed over."""
    body, whole = subject.transcript.body, subject.whole.reply
    if whole.outcome != "complete":
        return
    count = len(subject.events)
    for number, framed in enumerate(subject.events, start=1):
        spoilt = _spoilt(body, framed)
        if spoilt is None:
            continue
        before = subject.read([body[: framed.start]]).reply
        if before.outcome == "complete" and subject.dialect.has_terminal and _is_all(before, whole):
            return  # what comes after the end is none of the answer
        reply = subject.read([spoilt]).reply
        if reply.outcome == "complete" and not reply.malformed:
            where = f"event {number} of {count} without its last brace, {framed.event.data[-60:]!r}"
            yield Breach(where, "an event that is malformed, or an answer that is not complete", shown(reply))


def _spoilt(body: bytes, framed: Framed) -> bytes | None:
    """The body, with the last brace of the event's JSON gone; None where it holds no JSON object or array."""
    data = framed.event.data
    start = min((place for place in (data.find("{"), data.find("[")) if place >= 0), default=-1)
    if start < 0 or not isinstance(read_json(data[start:]), dict | list):
        return None
    block = body[framed.start : framed.end]
    brace = max(block.rfind(b"}"), block.rfind(b"]"))
    return body[: framed.start] + block[:brace] + block[brace + 1 :] + body[framed.end :]
