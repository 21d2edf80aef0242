"""What is said when a remote agent's answer is not whole: which agent, what happened, what was seen, what to do."""

from __future__ import annotations

from typing import Final

from scenario.agents.remote.settings import RemoteSettings
from scenario.errors import (
    AbortedReplyError,
    AgentError,
    AgentUnreachableError,
    ErrorReplyError,
    IncompleteReplyError,
    MalformedReplyError,
    StalledReplyError,
    TimedOutReplyError,
    TruncatedReplyError,
)
from scenario.exchange import Exchange
from scenario.protocols.finish_reasons import explained, judged
from scenario.protocols.folding import MALFORMED_CODE
from scenario.protocols.nearest import UNREADABLE, matched_nothing
from scenario.types import Outcome

_ERRORS: Final[dict[Outcome, type[IncompleteReplyError]]] = {
    "truncated": TruncatedReplyError,
    "error": ErrorReplyError,
    "stalled": StalledReplyError,
    "timed_out": TimedOutReplyError,
    "aborted": AbortedReplyError,
}
_REMEDIES: Final[dict[Outcome, str]] = {
    "truncated": ('Its bytes are in `error.exchange`. To go on with what came, say on_incomplete="return".'),
    "error": "See the agent's own log; `error.exchange` holds the whole response.",
    "stalled": "If the agent may be silent for so long, raise timeout=Timeouts(first_byte=…, idle=…).",
    "timed_out": "If an answer may take so long, raise timeout=Timeouts(total=…).",
    "aborted": "If answers may be so large, raise max_body_bytes=… or max_event_bytes=….",
}
# What a status that blames the request asks of whoever made it; the agent's own log would say no more.
_ANOTHER_BODY: Final = "If it wants another body, say request={…} or protocol=…: `scenario probe` finds out which."
_A_KEY: Final = 'If it wants a key, say headers={"Authorization": "Bearer $env.NAME"}.'
_ANOTHER_URL: Final = "Is the address right, to the end of its path? `scenario probe` shows what answers there."
_OF_STATUS: Final[dict[int, str]] = {
    400: _ANOTHER_BODY,
    401: _A_KEY,
    403: _A_KEY,
    404: _ANOTHER_URL,
    405: _ANOTHER_URL,
    415: _ANOTHER_BODY,
    422: _ANOTHER_BODY,
}
_UNREACHABLE: Final[dict[str, str]] = {
    "connect": "Is it running, and is the address right?",
    "first_byte": "If it may take so long to answer, raise timeout=Timeouts(first_byte=…).",
    "broken": "It accepted the connection and closed it: see the agent's own log.",
    "redirects": "They may lead in a circle: give the address where they should end.",
    "protocol": "Is that the port of an HTTP server, and does the URL's scheme (http, https) fit it?",
}
# Here the endpoint decides whether there is a terminal event.
_WITHOUT_STANDARD: Final = frozenset({"sse", "ndjson", "vercel-data"})
_SHOWN: Final = 120
_MOST_LEFT_OUT: Final = 3
_LONGEST_REASON: Final = 600
_WEBSOCKET: Final = 101


def refuse_incomplete(exchange: Exchange, failure: str | None, settings: RemoteSettings) -> None:
    """Raise what a call is to raise for an answer that is not whole.

    Args:
        exchange: the record of the call.
        failure: the kind of `TransportError` that ended it; None where none did.
        settings: whether a partial answer is taken (no answer at all never is), and where the text should be.

    Raises:
        AgentUnreachableError: no response came.
        IncompleteReplyError: the answer is not whole; which of its subclasses says how.
    """
    if exchange.status is None and failure is not None and failure != "total":
        raise unreachable(exchange, failure)
    if exchange.outcome != "complete" and (settings.on_incomplete == "raise" or exchange.status is None):
        raise incomplete(exchange, settings.reception.text_path)


def unreachable(exchange: Exchange, kind: str) -> AgentUnreachableError:
    """The error of a call that got no response."""
    return AgentUnreachableError(
        f"{_call(exchange)}: no answer: {_said(exchange)} {_UNREACHABLE.get(kind, '')}".rstrip(), exchange=exchange
    )


def incomplete(exchange: Exchange, reply: str | None = None) -> AgentError:
    """The error of a reply that is not whole; `reply` is the path to the text that the user gave."""
    outcome = exchange.outcome
    remedy = _REMEDIES[outcome]
    if reply is not None and (exchange.error or "").startswith(UNREADABLE):
        remedy = f"{matched_nothing(reply, exchange.body)}. {remedy}"
    if outcome == "error" and exchange.status in _OF_STATUS:
        remedy = f"{_OF_STATUS[exchange.status]} `error.exchange` holds the whole response."
    if outcome == "stalled" and exchange.status == _WEBSOCKET:
        remedy = f"If that was the end of its turn, say what ends one: end=\"type == 'done'\", or quiet=1.0. {remedy}"
    if outcome == "truncated" and exchange.reply.reading.end == "marked":
        remedy = 'Raise the limit, or say finish_reasons={"length": "complete"} if such an answer will do.'
    elif outcome == "truncated" and exchange.protocol in _WITHOUT_STANDARD:
        remedy += " If this endpoint's answers may end without a terminal event, say done=False."
    error, damage = exchange.reply.error, exchange.reply.reading.damage
    is_malformed = outcome == "error" and bool(damage) and error is not None and error.code == MALFORMED_CODE
    if is_malformed:
        remedy = 'To read on past such events, as many hand-written readers do, say malformed="skip".'
    said = f"{_call(exchange)}: the answer is not whole ({outcome}): {_said(exchange)} {_seen(exchange)} {remedy}"
    if is_malformed:
        return MalformedReplyError(
            said, text=exchange.reply.text, exchange=exchange, event=damage[0].data, position=damage[0].index
        )
    return _ERRORS[outcome](said, text=exchange.reply.text, exchange=exchange)


def reason_of(exchange: Exchange) -> str:
    """Why a reply is not whole, where neither the network nor the agent has said so."""
    if exchange.reply.error is not None:
        return exchange.reply.error.message
    if judged(exchange.reply.finish_reason) == "truncated" and exchange.reply.reading.end == "marked":
        return explained(exchange.reply.finish_reason or "")
    if exchange.status == _WEBSOCKET:
        return "the WebSocket was closed before the message that ends a turn"
    if not exchange.chunks:
        return "the body is empty"
    body = exchange.chunks[-1].data
    if exchange.protocol != "json" and not body.endswith((b"\n", b"\r")) and len(exchange.events) > 0:
        return "the body ended inside an event"
    return f"the body ended without the terminal event of {exchange.protocol}"


def _said(exchange: Exchange) -> str:
    """What broke, as a sentence; an agent's own words may be of any length."""
    said = " ".join((exchange.error or "").split())
    if len(said) > _LONGEST_REASON:
        said = f"{said[:_LONGEST_REASON]}…"
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."


def _call(exchange: Exchange) -> str:
    name = "" if exchange.agent in exchange.request.url else f"{exchange.agent}: "
    return f"{name}{exchange.request.method} {exchange.request.url}"


def _seen(exchange: Exchange) -> str:
    timing = exchange.timing
    events, size = _count(timing.events, "event"), _count(timing.bytes, "byte")
    seen = f"Seen: status {exchange.status}, {events}, {size} in {timing.total:.2f} s"
    if exchange.malformed:
        seen += f", {exchange.malformed} malformed"
    if exchange.reading.segments > 1:
        seen += f", {exchange.reading.segments} answers in one body"
    if exchange.reading.left_out:
        seen += f", left out: {', '.join(exchange.reading.left_out[:_MOST_LEFT_OUT])}"
    if exchange.events:
        data = exchange.events[-1].data
        seen += f"; the last event is {data[:_SHOWN]!r}{'…' if len(data) > _SHOWN else ''}"
    return (
        f"{seen}; read as {exchange.protocol}, because {exchange.protocol_reason}."
        if exchange.protocol_reason
        else f"{seen}."
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
