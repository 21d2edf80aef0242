"""L08: what keeps a stream alive is a comment, and breaks no reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scenario.late_pattern import late_pattern
from scenario.lint.data import Data
from scenario.lint.dialect_groups import EVENTS_WITHOUT_DATA, JSON_RPC, OPENAI, PINGS_WITH_DATA
from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen
from scenario.lint.sse_scan import Block
from scenario.wire.stray_lines import may_be_lost_data

_PING: Final = late_pattern(r"ping|heart[-_ ]?beat|keep[-_ ]?alive|hb", re.IGNORECASE)
# OpenAI sends this one itself.
_OWN_PINGS: Final = frozenset({("openai-responses", "keepalive")})
_STRICT: Final = OPENAI | JSON_RPC
_REMEDY: Final = "Send a comment line instead: `: keep-alive` and an empty line, which every reader skips."


def keeps_alive_by_comments(evidence: Evidence) -> Iterator[Seen]:
    """L08: heartbeats are comments; blocks without data break OpenAI's own client."""
    if evidence.framing != "sse":
        return
    strict = evidence.dialect in _STRICT
    if not evidence.scan.plain and evidence.dialect not in EVENTS_WITHOUT_DATA:
        sent_id = False
        for block in evidence.scan.blocks:
            sent_id = sent_id or bool(block.values(b"id"))
            if block.event is None and (said := _fault(block, evidence.dialect, sent_id=sent_id)) is not None:
                what, is_error = said
                at = evidence.time_of(block.start)
                yield Seen(what, _REMEDY, at=at, level="error" if is_error else None)
    if evidence.dialect not in PINGS_WITH_DATA:
        for data in evidence.data:
            if data.event.content:
                continue
            if data.event.event != "message" and not data.event.data and not strict:
                # A named event of nothing, as tRPC keeps its streams alive: nobody hears it who does not ask for it.
                continue
            if (name := heartbeat(data)) and (evidence.dialect, name) not in _OWN_PINGS:
                yield Seen(
                    f"a heartbeat is an event with data ({name!r}), which this dialect does not have",
                    _REMEDY,
                    event=data.index,
                    level="error" if strict else None,
                )


def _fault(block: Block, dialect: str, *, sent_id: bool) -> tuple[str, bool] | None:
    """What is wrong with a block that dispatched nothing, and whether it is an error."""
    if any(may_be_lost_data(line.whole) for line in block.lines):
        # Its data stands where readers skip it, as another rule tells.
        return None
    fields = {line.field for line in block.lines}
    names = [value.decode("utf-8", "replace") for value in block.values(b"event")]
    if names:
        ping = _PING.fullmatch(names[-1]) is not None
        shown = repr(names[-1][:80])
        kind = "a heartbeat is an event without data" if ping else "an event has no data"
        return f"{kind} (event: {shown}), which readers drop or fail at", ping and dialect in _STRICT
    if dialect not in OPENAI:
        return None
    if fields & {b"id", b"retry"}:
        return "a block has an id or a retry and no data: OpenAI's Python client fails at it", False
    if fields == {b""} and sent_id:
        return "a comment is followed by an empty line after an id was sent: OpenAI's Python client fails at it", False
    return None


def heartbeat(data: Data) -> str:
    """The name by which an event with data is a heartbeat; empty where it is none."""
    if data.event.content:
        return ""
    for name in (data.event.event, data.word("type"), data.word("event"), data.word("method")):
        if name and _PING.fullmatch(name):
            return name
    return ""
