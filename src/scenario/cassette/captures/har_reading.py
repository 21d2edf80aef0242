"""Calls of a HAR file, as Chrome, Firefox, Charles, mitmproxy and others write it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from scenario.cassette.captures.capture import Capture
from scenario.cassette.captures.har_bodies import NoBodyError, response_body, sent_body
from scenario.cassette.captures.har_format import Entry, Har, Named, Ours, Timings
from scenario.cassette.captures.har_sockets import socket_calls
from scenario.cassette.interaction import COMPLETE, LEFT, Answer, Conversation, End, Identity, Interaction
from scenario.cassette.request_ids import AGENT
from scenario.config import Timeouts
from scenario.errors import ConfigurationError
from scenario.exchange import Chunk, HttpRequest

# What pages are made of, and no agent answers with.
_OF_PAGES: Final = frozenset({"document", "stylesheet", "script", "image", "font", "media", "manifest", "preflight"})
_TYPES_OF_PAGES: Final = ("text/html", "text/css", "text/javascript", "application/javascript", "image/", "font/")
_UNREACHED: Final = ("CONNECTION_REFUSED", "NAME_NOT_RESOLVED", "ADDRESS_UNREACHABLE", "CONNECTION_TIMED_OUT", "CERT_")
_GIVEN_UP: Final = ("ABORTED", "CANCELED", "CANCELLED")


def is_har(content: bytes) -> bool:
    """Whether a file looks like one."""
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") and b'"log"' in start


def calls_of_har(content: bytes, name: str, identity: Identity, only: str = "") -> Capture:
    """The calls of a HAR file.

    Args:
        content: the file's.
        name: what the file is called, in errors.
        identity: of the conversation that they become; of a HAR that Scenario has written, each has its own.
        only: what the URLs have in them; where it is empty, those that pages are made of are left out.

    Raises:
        ConfigurationError: it is none, or it is damaged.
    """
    try:
        entries = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=Har, strict=False).log.entries
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{name} is no HAR 1.2: {error}. Export it anew, with content.") from None
    chosen = [one for one in entries if (only in one.request.url if only else not _is_of_a_page(one))]
    notes: list[str] = []
    if others := len(entries) - len(chosen):
        why = f"have no {only!r} in their URL" if only else "are parts of pages (--url TEXT takes those with it)"
        notes.append(f"{others} of {len(entries)} entries {why}, and are left out.")
    held: dict[tuple[object, ...], Conversation] = {}
    for number, entry in enumerate(chosen, start=1):
        head = Conversation(identity=identity, thread_id="") if entry.ours is None else entry.ours.conversation
        key = head.identity.sorted_by
        before = held.get(key, msgspec.structs.replace(head, interactions=()))
        try:
            calls = _calls(entry, notes)
        except NoBodyError as error:
            notes.append(f"Entry {number}, {entry.request.method} {entry.request.url[:200]}: {error}; it is left out.")
            continue
        held[key] = msgspec.structs.replace(before, interactions=(*before.interactions, *calls))
    return Capture([one for one in held.values() if one.interactions], list(dict.fromkeys(notes)))


def _is_of_a_page(entry: Entry) -> bool:
    if entry.resource_type in _OF_PAGES or entry.request.method.upper() in ("OPTIONS", "CONNECT"):
        return True
    kind = ((entry.response.content and entry.response.content.mime_type) or "").lower()
    return entry.request.method.upper() == "GET" and kind.startswith(_TYPES_OF_PAGES)


def _calls(entry: Entry, notes: list[str]) -> list[Interaction]:
    ours = entry.ours
    if ours is None and entry.web_socket_messages is not None:
        return socket_calls(entry, _joined(entry.response.headers), notes)
    request = HttpRequest(
        method=entry.request.method.upper(),
        url=entry.request.url,
        headers=_plain(entry.request.headers),
        body=sent_body(entry, is_ours=ours is not None),
    )
    if ours is not None:
        return [_our_call(entry, ours, request, notes)]
    timings = entry.timings or Timings()
    connect = sum(_seconds(one) for one in (timings.blocked, timings.dns, timings.connect))
    opened = connect + _seconds(timings.send) + _seconds(timings.wait)
    total = max(_seconds(entry.time), opened + _seconds(timings.receive))
    error = entry.response.error or entry.error or ""
    if entry.response.status <= 0:
        return [_unanswered(request, total, error)]
    answer = Answer(status=entry.response.status, headers=_joined(entry.response.headers), opened=_rounded(opened))
    chunks = response_body(entry, opened, total, notes)
    return [
        Interaction(
            participant=AGENT,
            request=request,
            answer=msgspec.structs.replace(answer, connect=_rounded(connect)),
            chunks=tuple(chunks),
            end=End(
                how=_how(error, COMPLETE), at=_rounded(max(total, *(one.at for one in chunks), 0.0)), message=error
            ),
        )
    ]


def _unanswered(request: HttpRequest, total: float, error: str) -> Interaction:
    """A call that no response came to; without a word about it, its page has let go of it."""
    how = _how(error, "broken") if error else LEFT
    return Interaction(participant=AGENT, request=request, end=End(how=how, at=_rounded(total), message=error))


def _how(error: str, otherwise: str) -> str:
    if any(one in error.upper() for one in _UNREACHED):
        return "connect"
    if any(one in error.upper() for one in _GIVEN_UP):
        return LEFT
    return "broken" if error else otherwise


def _our_call(entry: Entry, ours: Ours, request: HttpRequest, notes: list[str]) -> Interaction:
    """A call that Scenario has written; where its body was changed since, it is in one piece."""
    if (messages := entry.web_socket_messages) is not None:
        body, chunks = _our_messages(entry, ours)
        request = msgspec.structs.replace(request, body=body)
        if len(chunks) != len(messages) - 1:
            raise NoBodyError("its messages are not those that were written")
    else:
        whole = b"".join(one.data for one in response_body(entry, 0.0, 0.0, []))
        chunks = _cut(whole, ours.pieces)
        if not chunks and whole:
            notes.append(
                f"{entry.request.method} {entry.request.url[:200]}: its body was changed, and is in one piece."
            )
            chunks = [Chunk(ours.end.at, whole)]
    status = entry.response.status
    answer = None
    if status > 0:
        answer = Answer(
            status=status,
            headers={one.name: one.value or "" for one in entry.response.headers or []},
            connect=ours.connect,
            opened=ours.opened,
            waited=ours.waited,
        )
    return Interaction(
        participant=ours.participant,
        request=request,
        timeouts=ours.timeouts or Timeouts(),
        answer=answer,
        chunks=tuple(chunks),
        # The format leaves out what is the constant itself.
        end=msgspec.structs.replace(ours.end, how=COMPLETE) if ours.end.how == COMPLETE else ours.end,
    )


def _our_messages(entry: Entry, ours: Ours) -> tuple[bytes, list[Chunk]]:
    from scenario.cassette.captures.har_sockets import message_data

    sent, *came = [message_data(one) for one in entry.web_socket_messages or []] or [b""]
    return sent, [Chunk(at, data) for (at, _), data in zip(ours.pieces, came, strict=False)]


def _cut(body: bytes, pieces: Sequence[tuple[float, int]]) -> list[Chunk]:
    if sum(length for _, length in pieces) != len(body) or any(length < 0 for _, length in pieces):
        return []
    chunks, start = [], 0
    for at, length in pieces:
        chunks.append(Chunk(at, body[start : start + length]))
        start += length
    return chunks


def _plain(headers: Sequence[Named] | None) -> dict[str, str]:
    """Headers without those of HTTP/2 that are none (`:authority`)."""
    told: dict[str, str] = {}
    for one in headers or []:
        if one.name and not one.name.startswith(":"):
            value = one.value or ""
            told[one.name] = f"{told[one.name]}, {value}" if one.name in told else value
    return told


def _joined(headers: Sequence[Named] | None) -> dict[str, str]:
    """Headers of a response: names in lower case, repeated ones joined."""
    return _plain([Named(name=one.name.lower(), value=one.value) for one in headers or []])


def _seconds(milliseconds: float | None) -> float:
    """-1 and nothing are none; what is no time at all is none either."""
    return milliseconds / 1000 if milliseconds is not None and 0 < milliseconds < 1e12 else 0.0


def _rounded(seconds: float) -> float:
    return round(seconds, 6)
