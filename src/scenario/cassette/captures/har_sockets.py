"""Conversations over WebSockets in HAR files: each message that was sent, with what came before the next."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from scenario.cassette.captures.har_format import Entry, SocketMessage
from scenario.cassette.interaction import LEFT, Answer, End, Interaction
from scenario.cassette.request_ids import AGENT
from scenario.exchange import Chunk, HttpRequest

_BINARY: Final = 2
_UNASKED: Final = "Messages that came over a WebSocket before any was sent are left out."
_OPEN: Final = "When a WebSocket's turn was over is not in a HAR: each ends as one does whose reader has let go."


def socket_calls(entry: Entry, headers: Mapping[str, str], notes: list[str]) -> list[Interaction]:
    """The calls of one connection.

    Args:
        entry: the connection.
        headers: of the response to its handshake.
        notes: what is not known of them is added.
    """
    turns: list[tuple[SocketMessage, list[SocketMessage]]] = []
    for message in entry.web_socket_messages or []:
        if message.type == "send":
            turns.append((message, []))
        elif turns:
            turns[-1][1].append(message)
        else:
            notes.append(_UNASKED)
    notes += [_OPEN] if turns else []
    began = _began(entry)
    url = entry.request.url
    url = f"ws{url.removeprefix('http')}" if url.startswith("http") else url
    sent = {one.name: one.value or "" for one in entry.request.headers or [] if not one.name.startswith(":")}
    calls = []
    for number, (asked, came) in enumerate(turns):
        connect = max(asked.time - began, 0.0) if began and not number else 0.0
        start = asked.time - connect
        chunks = tuple(Chunk(round(max(one.time - start, 0.0), 6), message_data(one)) for one in came)
        at = max([connect, *(one.at for one in chunks)])
        calls.append(
            Interaction(
                participant=AGENT,
                request=HttpRequest(url=url, headers=sent, body=message_data(asked)),
                answer=Answer(status=101, headers=headers, connect=round(connect, 6), opened=round(connect, 6)),
                chunks=chunks,
                end=End(how=LEFT, at=round(at, 6)),
            )
        )
    return calls


def message_data(message: SocketMessage) -> bytes:
    """A message's bytes; binary ones are in Base64, where a tool has kept to it."""
    if message.opcode == _BINARY:
        try:
            return base64.b64decode(message.data, validate=True)
        except (binascii.Error, ValueError):
            pass
    return message.data.encode(errors="replace")


def _began(entry: Entry) -> float:
    try:
        return datetime.fromisoformat(entry.started_date_time).timestamp()
    except (ValueError, OverflowError):
        return 0.0
