"""How a response is to be read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from scenario.protocols.finish_reasons import Judged
from scenario.protocols.folding import Malformed
from scenario.protocols.framing import DEFAULT_MAX_EVENTS
from scenario.protocols.protocol import Pieces
from scenario.protocols.registry import AUTO

_MIB: Final = 1024 * 1024
DEFAULT_MAX_BODY_BYTES: Final = 64 * _MIB
DEFAULT_MAX_EVENT_BYTES: Final = 8 * _MIB


class ReceptionOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a response is to be read.

    Attributes:
        protocol: a dialect's name, or "auto": then headers and first events decide.
        text_path: a JMESPath to the text in each event's JSON.
        session_path: a JMESPath to a value that goes back on the next turn; over each event's JSON, and over the
            response's headers at `headers`.
        session_key: the name under which `Reply.session` gets it.
        done: what ends a home-made stream; see `ReadOptions`.
        end: a JMESPath over each event's JSON: the event for which it holds ends the reply, and is a part of it.
        pieces: what the texts of a home-made stream are; see `ReadOptions`.
        known_terminals: dialects in which this endpoint has sent a terminal event before: where a dialect leaves it
            to the endpoint, it is then demanded.
        malformed: what is done about an event that was meant to be JSON and cannot be read: "error" ends the reply as
            one, "skip" reads on and counts.
        finish_reasons: what the user says that finish reasons mean ("complete", "truncated", "error"), by their plain
            form; see `scenario.protocols.finish_reasons.plain`.
        max_body_bytes: the most that is kept of a body.
        max_event_bytes: the most that one event may have.
        max_events: the most that there may be.
    """

    protocol: str = AUTO
    text_path: str | None = None
    session_path: str | None = None
    session_key: str = "session"
    done: bool | str | None = None
    end: str | None = None
    pieces: Pieces = "add"
    known_terminals: frozenset[str] = frozenset()
    malformed: Malformed = "error"
    finish_reasons: Mapping[str, Judged] = MappingProxyType({})
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES
    max_events: int = DEFAULT_MAX_EVENTS
