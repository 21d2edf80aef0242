r"""Cassettes as JSON lines: one for each conversation, request, response, piece and end: diffs are small. Pure.

{"scenario_cassette":1}
{"conversation":{"scenario":"weather"},"thread_id":"thread_3f…","calls":1}
{"request":{"participant":"agent","method":"POST","url":"http://…","headers":{…},"json":{…}}}
{"response":{"status":200,"headers":{…},"connect":0.0004,"opened":0.021}}
{"at":0.0312,"text":"data: {…}\n\n"}
{"end":{"at":0.0501,"size":27}}
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from scenario.cassette.interaction import COMPLETE, Answer, Conversation, End, Identity, Interaction
from scenario.config import Timeouts
from scenario.errors import ConfigurationError
from scenario.exchange import Chunk, HttpRequest

VERSION: Final = 1
_HEAD: Final = b'{"scenario_cassette":%d}\n' % VERSION
_CONVERSATION: Final = b'{"conversation":'
# A file that somebody else has written is read whole: it may be as large as this.
MOST_BYTES: Final = 1024 * 1024 * 1024


class _Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    participant: str
    method: str | msgspec.UnsetType = msgspec.UNSET
    url: str
    headers: dict[str, str] = {}
    timeouts: tuple[float | None, float | None, float | None, float | None] | None = None
    json: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    text: str | None = None
    base64: str | None = None


class _Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    conversation: Identity | None = None
    thread_id: str = ""
    calls: int | None = None
    models: dict[str, str] = {}
    addresses: dict[str, str] = {}
    request: _Request | None = None
    response: Answer | None = None
    at: float | None = None
    text: str | None = None
    base64: str | None = None
    end: End | None = None


_decoder: Final = msgspec.json.Decoder(_Line)
_encode: Final = msgspec.json.Encoder().encode


class Block(NamedTuple):
    """A conversation's place in a file.

    Attributes:
        identity: whose it is.
        first: the number of its first line, from 1.
        lines: its lines, the first one included; without their ends.
    """

    identity: Identity
    first: int
    lines: Sequence[bytes]


def head() -> bytes:
    """The first line of a file."""
    return _HEAD


def written(conversation: Conversation) -> bytes:
    """The lines of a conversation."""
    lines: list[Any] = [
        {
            "conversation": conversation.identity,
            "thread_id": conversation.thread_id,
            "calls": len(conversation.interactions),
            **({"models": conversation.models} if conversation.models else {}),
            **({"addresses": conversation.addresses} if conversation.addresses else {}),
        }
    ]
    for one in conversation.interactions:
        lines += _lines_of(one)
    return b"".join([_encode(line) + b"\n" for line in lines])


def _lines_of(one: Interaction) -> Iterator[_Line]:
    request = one.request
    timeouts = None if one.timeouts == Timeouts() else _as_tuple(one.timeouts)
    yield _Line(
        request=_Request(
            participant=one.participant,
            method=request.method,
            url=request.url,
            headers=dict(request.headers),
            timeouts=timeouts,
            **_body(request.body),
        )
    )
    if one.answer is not None:
        yield _Line(response=one.answer)
    for chunk in one.chunks:
        yield _Line(at=chunk.at, **_data(chunk.data))
    size = sum(len(chunk.data) for chunk in one.chunks)
    yield _Line(end=msgspec.structs.replace(one.end, size=size or None))


def _body(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        # As it was sent: a reader that parses it and writes it again gets the same bytes.
        if body[:1] in (b"{", b"[") and _encode(msgspec.json.decode(body)) == body:
            return {"json": msgspec.Raw(body)}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    return _data(body)


def _data(data: bytes) -> dict[str, Any]:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def blocks(content: bytes, name: str) -> Iterator[Block]:
    """Where each conversation of a file stands; of those with the same identity, the last one has replaced the others.

    Args:
        content: the file's.
        name: what the file is called, in errors.

    Raises:
        ConfigurationError: it is no cassette, or one of another version.
    """
    _check_head(content, name)
    lines = content.splitlines() if b"\r" in content else content.split(b"\n")
    begins = [number for number, line in enumerate(lines) if line.startswith(_CONVERSATION)]
    for number, line in enumerate(lines[1 : begins[0] if begins else None], start=2):
        if line.strip():
            raise _damaged(name, number, "a conversation is expected here")
    for begin, end in zip(begins, [*begins, len(lines)][1:], strict=True):
        identity = _line(lines[begin], name, begin + 1).conversation
        assert identity is not None  # noqa: S101 - the line begins so
        yield Block(identity, begin + 1, lines[begin:end])


def _check_head(content: bytes, name: str) -> None:
    first = content.split(b"\n", 1)[0].strip()
    try:
        version = msgspec.json.decode(first, type=dict[str, Any]).get("scenario_cassette")
    except msgspec.DecodeError:
        version = None
    if type(version) is not int or version < 1:
        raise ConfigurationError(
            f'{name} is no cassette: its first line is not {{"scenario_cassette":{VERSION}}}. Name another file; '
            "`scenario cassette from` makes one of a stored run, a HAR file or a curl command."
        )
    if version > VERSION:
        raise ConfigurationError(
            f"{name} is a cassette of version {version}, and this Scenario reads {VERSION}: update scenario-testing."
        )


def read(block: Block, name: str) -> Conversation:
    """The conversation that stands there.

    Raises:
        ConfigurationError: a line is damaged, with its number.
    """
    first = _line(block.lines[0], name, block.first)
    interactions: list[Interaction] = []
    begun: list[tuple[int, _Line]] = []
    for number, data in enumerate(block.lines[1:], start=block.first + 1):
        if not data.strip():
            continue
        line = _line(data, name, number)
        if line.request is not None and begun:
            raise _damaged(name, number, "the call before it has no end")
        begun.append((number, line))
        if line.end is not None:
            interactions.append(_interaction(begun, name))
            begun = []
    if begun:
        raise _damaged(name, begun[0][0], "this call has no end")
    if first.calls is not None and first.calls != len(interactions):
        raise _damaged(
            name, block.first, f"{len(interactions)} calls stand behind it, and not {first.calls}: lines are missing"
        )
    return Conversation(
        identity=block.identity,
        thread_id=first.thread_id,
        models=dict(first.models),
        addresses=dict(first.addresses),
        interactions=tuple(interactions),
    )


def _interaction(lines: Sequence[tuple[int, _Line]], name: str) -> Interaction:
    number, line = lines[0]
    request, last = line.request, lines[-1][1].end
    if request is None or last is None:
        raise _damaged(name, number, "a request is expected here")
    rest = lines[1:-1]
    answer: Answer | None = None
    if rest and (answer := rest[0][1].response) is not None:
        rest = rest[1:]
    chunks = tuple(_chunks(rest, name))
    if answer is None and (chunks or last.how == COMPLETE):
        raise _damaged(name, number, "the answer to this request has no line with its status")
    size = sum(len(chunk.data) for chunk in chunks)
    if last.size is not None and last.size != size:
        raise _damaged(name, lines[-1][0], f"the pieces before it have {size} bytes together, and not {last.size}")
    return Interaction(
        participant=request.participant,
        request=HttpRequest(
            method="POST" if request.method is msgspec.UNSET else request.method,
            url=request.url,
            headers=request.headers,
            body=_request_body(request, name, number),
        ),
        timeouts=Timeouts() if request.timeouts is None else _from_tuple(request.timeouts),
        answer=answer,
        chunks=chunks,
        end=msgspec.structs.replace(last, size=None),
    )


def _request_body(request: _Request, name: str, number: int) -> bytes:
    if request.json is not msgspec.UNSET:
        return bytes(request.json)
    return b"" if request.text is None and request.base64 is None else _bytes(request, name, number)


def _chunks(lines: Iterable[tuple[int, _Line]], name: str) -> Iterator[Chunk]:
    for number, line in lines:
        if line.at is None or line.at < 0:
            raise _damaged(name, number, "a piece of the body, with its time from 0 on, is expected here")
        text = line.text
        yield Chunk(line.at, _bytes(line, name, number) if text is None else text.encode())


def _bytes(line: _Line | _Request, name: str, number: int) -> bytes:
    if line.text is not None:
        return line.text.encode()
    try:
        return base64.b64decode(line.base64 or "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _damaged(name, number, f"its Base64 cannot be read: {error}") from None


def _line(data: bytes, name: str, number: int) -> _Line:
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _damaged(name, number, str(error)) from None


def _damaged(name: str, number: int, why: str) -> ConfigurationError:
    return ConfigurationError(f"{name}, line {number}: {why}. Mend the line, or record anew: --cassette-mode record.")


def _as_tuple(timeouts: Timeouts) -> tuple[float | None, float | None, float | None, float | None]:
    given = timeouts.connect, timeouts.first_byte, timeouts.idle, timeouts.total
    connect, first_byte, idle, total = (None if seconds is None else float(seconds) for seconds in given)
    return connect, first_byte, idle, total


def _from_tuple(told: tuple[float | None, float | None, float | None, float | None]) -> Timeouts:
    connect, first_byte, idle, total = told
    return Timeouts(connect=connect, first_byte=first_byte, idle=idle, total=total)
