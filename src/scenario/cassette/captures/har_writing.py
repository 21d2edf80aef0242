"""Cassettes as HAR 1.2, for browsers' tools and proxies: what HAR has no place for goes along as `_scenario`. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from scenario._version import __version__
from scenario.cassette.captures.har_format import Ours
from scenario.cassette.interaction import COMPLETE, Conversation, Interaction
from scenario.config import Timeouts
from scenario.errors import WireLimitError
from scenario.exchange import Chunk
from scenario.wire.sse import EventStreamParser

_SOCKETS: Final = ("ws://", "wss://")
_EVENT_STREAM: Final = "text/event-stream"
_SWITCHING: Final = 101


def har(conversations: Iterable[Conversation]) -> bytes:
    """Conversations as a HAR file.

    Args:
        conversations: those of a cassette.
    """
    entries = []
    started = datetime(1970, 1, 1, tzinfo=UTC)
    for conversation in conversations:
        head = msgspec.structs.replace(conversation, interactions=())
        for call in conversation.interactions:
            started = max(_date(call) or started, started)
            entries.append(_entry(call, head, started))
            started += timedelta(seconds=max(call.end.at, 0.0))
    creator = {"name": "scenario-testing", "version": __version__}
    value = {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}}
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _date(call: Interaction) -> datetime | None:
    """When it was answered; a cassette has no other date."""
    text = "" if call.answer is None else call.answer.headers.get("date", "")
    try:
        date = parsedate_to_datetime(text)
        return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return None


def _entry(call: Interaction, head: Conversation, started: datetime) -> dict[str, Any]:
    entry = {
        "startedDateTime": started.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "time": _milliseconds(call.end.at),
        "request": _request(call),
        "response": _response(call),
        "cache": {},
        "timings": _timings(call),
        "_resourceType": "websocket" if _is_socket(call) else "fetch",
        "_scenario": _ours(call, head),
    }
    began = started.timestamp()
    if _is_socket(call):
        entry["_webSocketMessages"] = list(_messages(call, began))
    elif _media_type(call) == _EVENT_STREAM:
        entry["_eventSourceMessages"] = list(_events(call.chunks, began))
    return entry


def _request(call: Interaction) -> dict[str, Any]:
    request = call.request
    try:
        query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    except ValueError:
        query = []
    value: dict[str, Any] = {
        "method": request.method,
        "url": request.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(request.headers),
        "queryString": [{"name": name, "value": text} for name, text in query],
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body and not _is_socket(call):
        kind = next((text for name, text in request.headers.items() if name.lower() == "content-type"), "")
        text, encoding = _text(request.body)
        value["postData"] = {
            "mimeType": kind,
            "params": [],
            "text": text,
            **({"_encoding": encoding} if encoding else {}),
        }
    return value


def _response(call: Interaction) -> dict[str, Any]:
    answer = call.answer
    status = 0 if answer is None else answer.status
    text, encoding = ("", "") if _is_socket(call) else _text(call.body)
    size = 0 if _is_socket(call) else len(call.body)
    content = {"size": size, "mimeType": _media_type(call) or "x-unknown", "text": text}
    return {
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named({} if answer is None else answer.headers),
        "content": {**content, **({"encoding": encoding} if encoding else {})},
        "redirectURL": "" if answer is None else answer.headers.get("location", ""),
        "headersSize": -1,
        "bodySize": -1,
        **({"_error": call.end.message or call.end.how} if call.end.how != COMPLETE else {}),
    }


def _timings(call: Interaction) -> dict[str, float]:
    connect = call.end.connect if call.answer is None else call.answer.connect
    opened = call.end.at if call.answer is None else call.answer.opened
    return {
        "blocked": -1,
        "dns": -1,
        "connect": _milliseconds(connect) if connect else -1,
        "send": 0,
        "wait": _milliseconds(max(opened - (connect or 0.0), 0.0)),
        "receive": _milliseconds(max(call.end.at - opened, 0.0)),
        "ssl": -1,
    }


def _ours(call: Interaction, head: Conversation) -> Ours:
    answer = call.answer
    return Ours(
        conversation=head,
        participant=call.participant,
        end=call.end,
        timeouts=None if call.timeouts == Timeouts() else call.timeouts,
        connect=None if answer is None else answer.connect,
        opened=0.0 if answer is None else answer.opened,
        waited=0.0 if answer is None else answer.waited,
        pieces=[(piece.at, len(piece.data)) for piece in call.chunks],
    )


def _messages(call: Interaction, began: float) -> Iterator[dict[str, Any]]:
    sent = [("send", 0.0 if call.answer is None else call.answer.opened, call.request.body)]
    for kind, at, data in [*sent, *(("receive", piece.at, piece.data) for piece in call.chunks)]:
        text, encoding = _text(data)
        yield {"type": kind, "time": began + at, "opcode": 2 if encoding else 1, "data": text}


def _events(chunks: Iterable[Chunk], began: float) -> Iterator[dict[str, Any]]:
    """The events of a stream, each with the time of the piece that it ends in."""
    parser = EventStreamParser()
    for piece in chunks:
        try:
            events = parser.feed(piece.data)
        except WireLimitError:
            return  # the body has it all the same
        for event in events:
            yield {"time": began + piece.at, "eventName": event.event, "eventId": event.id, "data": event.data}


def _named(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def _text(data: bytes) -> tuple[str, str]:
    try:
        return data.decode(), ""
    except UnicodeDecodeError:
        return base64.b64encode(data).decode(), "base64"


def _media_type(call: Interaction) -> str:
    headers = {} if call.answer is None else call.answer.headers
    kind = next((text for name, text in headers.items() if name.lower() == "content-type"), "")
    return kind.partition(";")[0].strip().lower()


def _is_socket(call: Interaction) -> bool:
    return call.request.url.startswith(_SOCKETS) and (call.answer is None or call.answer.status == _SWITCHING)


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
