"""What is said when a remote agent's answer is not whole: which agent, what happened, what was seen, what to do."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from scenario.agents.remote.settings import RemoteSettings
from scenario.errors import (
    AbortedReplyError,
    AgentError,
    AgentUnreachableError,
    ErrorReplyError,
    Fault,
    IncompleteReplyError,
    MalformedReplyError,
    StalledReplyError,
    TimedOutReplyError,
    TruncatedReplyError,
    fault_of,
)
from scenario.exchange import Exchange
from scenario.protocols.body_ends import start_of
from scenario.protocols.finish_reasons import explained, judged
from scenario.protocols.folding import MALFORMED_CODE
from scenario.protocols.nearest import UNREADABLE, matched_nothing, text_places
from scenario.redaction import redacted_url
from scenario.transport.redirects import not_followed
from scenario.transport.transport import SSL_CERT_FILE
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
    "aborted": "If answers may be so large, raise max_body_bytes=…, max_event_bytes=… or max_events=….",
}
# What a status that blames the request asks of whoever made it; the agent's own log would say no more.
_ANOTHER_BODY: Final = (
    "If it wants another body, say request={…}, form={…} or protocol=…: `scenario probe` finds out which."
)
_A_KEY: Final = 'If it wants a key, say headers={"Authorization": "Bearer $env.NAME"}.'
_ANOTHER_URL: Final = (
    "Is the address right, to the end of its path, and does it take this method=? `scenario probe` shows what answers "
    "there."
)
_A_PAGE: Final = f"Is the address right, to the end of its path? If this is a page to log in with: {_A_KEY}"
_A_TEXT: Final = (
    "Is the address right, to the end of its path? What is read is text: events, JSON or plain text, in UTF-8 or the "
    "charset= of its Content-Type, compressed only where Content-Encoding says so."
)
_EITHER: Final = "At fault is the request, or the agent."
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
    "first_byte": "If it may take so long to answer, raise timeout=Timeouts(first_byte=…).",
    "broken": "It accepted the connection and closed it: see the agent's own log.",
    "redirects": "They may lead in a circle: give the address where they should end.",
    "protocol": "Is that the port of an HTTP server, and does the URL's scheme (http, https) fit it?",
}
_LIMIT: Final = "That is a limit of this machine: raise it (`ulimit -n`), or let fewer scenarios run at once (--jobs)."
# There, the agent has taken the connection: what did not come is its own.
_OF_THE_AGENT: Final = frozenset({"first_byte", "broken", "total"})
# Here the endpoint decides whether there is a terminal event.
_WITHOUT_STANDARD: Final = frozenset({"sse", "ndjson", "vercel-data"})
_INSIDE: Final = "the body ended inside an event"
_ANOTHER_KIND: Final = "the answer is "
_PAGE: Final = f"{_ANOTHER_KIND}a web page"
_SHOWN: Final = 120
_MOST_LEFT_OUT: Final = 3
_LONGEST_REASON: Final = 600
_WEBSOCKET: Final = 101


def refuse_incomplete(
    exchange: Exchange, failure: str | None, settings: RemoteSettings, cause: BaseException | None = None
) -> None:
    """Raise what a call is to raise for an answer that is not whole.

    Args:
        exchange: the record of the call.
        failure: the kind of `TransportError` that ended it; None where none did.
        settings: whether a partial answer is taken (no answer at all never is), and where the text should be.
        cause: what ended the call; where that was a limit of this machine, the agent is not to blame.

    Raises:
        AgentUnreachableError: no response came.
        IncompleteReplyError: the answer is not whole; which of its subclasses says how.
    """
    if fault_of(cause) == "machine":
        raise _limited(exchange) from cause
    if exchange.status is None and failure is not None and failure != "total":
        raise unreachable(exchange, failure)
    if exchange.outcome != "complete" and (settings.on_incomplete == "raise" or exchange.status is None):
        raise incomplete(exchange, settings.reception.text_path)


def _limited(exchange: Exchange) -> AgentUnreachableError:
    """The error of a call that a limit of this machine has ended."""
    error = AgentUnreachableError(f"{_call(exchange)}: no answer: {_said(exchange)} {_LIMIT}", exchange=exchange)
    error.fault = "machine"
    return error


def unreachable(exchange: Exchange, kind: str) -> AgentUnreachableError:
    """The error of a call that got no response."""
    said, remedy = _said(exchange), _UNREACHABLE.get(kind, "")
    if kind == "connect":
        said, remedy = _unconnected(said, exchange.request.url)
    error = AgentUnreachableError(f"{_call(exchange)}: no answer: {said} {remedy}".rstrip(), exchange=exchange)
    return blamed(error, kind)


def blamed(error: AgentUnreachableError, kind: str) -> AgentUnreachableError:
    """The error of a call that got no response, with whose fault it was: of no agent that nobody has reached."""
    if kind not in _OF_THE_AGENT:
        error.fault = "wire"
    return error


def _unconnected(said: str, url: str) -> tuple[str, str]:
    """Why no connection stands, and what to do: a server whose certificate is not trusted is there."""
    if said.endswith(f"{SSL_CERT_FILE}."):
        said = f"{said.removesuffix(f': {SSL_CERT_FILE}.')}."
        return said, 'Say verify="ca.pem", a file with what signed it, or verify=False, which trusts any.'
    if said.endswith("?"):
        return said, ""
    place = urlsplit(url).netloc.rpartition("@")[2] or url
    return said, f"Nothing answers at {place}: is it running, and is the address right?"


def incomplete(exchange: Exchange, reply: str | None = None) -> AgentError:
    """The error of a reply that is not whole; `reply` is the path to the text that the user gave."""
    outcome, error = exchange.outcome, exchange.reply.error
    remedy, fault = _remedy(exchange, reply)
    damage = exchange.reply.reading.damage
    is_malformed = outcome == "error" and bool(damage) and error is not None and error.code == MALFORMED_CODE
    if is_malformed:
        remedy = 'To read on past such events, as many hand-written readers do, say malformed="skip".'
    said = f"{_call(exchange)}: {_what_came(exchange)} {_seen(exchange)} {remedy}"
    made: IncompleteReplyError = (
        MalformedReplyError(
            said, text=exchange.reply.text, exchange=exchange, event=damage[0].data, position=damage[0].index
        )
        if is_malformed
        else _ERRORS[outcome](said, text=exchange.reply.text, exchange=exchange)
    )
    made.fault = fault
    return made


def _remedy(exchange: Exchange, reply: str | None) -> tuple[str, Fault]:
    """What is to be done about an answer that is not whole, and whose fault that is."""
    outcome, said = exchange.outcome, exchange.error or ""
    remedy = _REMEDIES[outcome]
    if outcome == "error":
        return _remedy_of_an_error(exchange, reply if said.startswith(UNREADABLE) else None)
    if outcome == "stalled" and exchange.status == _WEBSOCKET:
        remedy = f"If that was the end of its turn, say what ends one: end=\"type == 'done'\", or quiet=1.0. {remedy}"
    is_limited = exchange.reply.reading.end == "marked" and judged(exchange.reply.finish_reason) == "truncated"
    if outcome == "truncated" and is_limited and not exchange.broke:
        remedy = 'Raise the limit, or say finish_reasons={"length": "complete"} if such an answer will do.'
    elif outcome == "truncated" and exchange.protocol in _WITHOUT_STANDARD and not _is_broken(exchange):
        remedy += " If this endpoint's answers may end without a terminal event, say done=False."
    return remedy, "agent"


def _remedy_of_an_error(exchange: Exchange, reply: str | None) -> tuple[str, Fault]:
    """The same for what is an error; `reply` is the path that found no text."""
    if reply is not None:
        start = start_of(exchange.chunks)
        told = matched_nothing(reply, start)
        if text_places(start):
            return f"{told}. `error.exchange` holds the whole response.", "test"
        return f"{told}. {_REMEDIES['error']}", "agent"
    status = exchange.status or 0
    change = _of_a_redirect(exchange) or _OF_STATUS.get(
        status, _A_PAGE if _is_page(exchange) or 300 <= status < 400 else ""
    )
    if status in (404, 405) and (base := exchange.request.url.partition("?")[0].rstrip("/")).endswith("/v1"):
        change = f"That is the base of an API: give the endpoint, as {redacted_url(base)}/chat/completions. {change}"
    if change:
        return f"{_EITHER} {change} `error.exchange` holds the whole response.", "wire"
    error = exchange.reply.error
    if error is not None and error.code == "content" and error.message.startswith(_ANOTHER_KIND):
        return f"{_A_TEXT} `error.exchange` holds the whole response.", "agent"
    return _REMEDIES["error"], "agent"


def _of_a_redirect(exchange: Exchange) -> str:
    """Why a redirect was not followed, and what follows it; empty where the response is none."""
    request, location = exchange.request, exchange.headers.get("location", "")
    refused = not_followed(request.method, request.url, exchange.status or 0, location)
    if refused is None:
        return ""
    if refused.setting is None:
        return f"{refused.why} {_A_PAGE}"
    return f'{refused.why} Give that address, or say redirects="{refused.setting}" to have it followed.'


def _what_came(exchange: Exchange) -> str:
    """What became of the answer, as a sentence; a refusal and a page are none."""
    said, status = _said(exchange), exchange.status or 0
    if exchange.outcome == "error" and _is_page(exchange):
        return f"the agent did not answer: status {status}, {said.removeprefix('the answer is ')}"
    if exchange.outcome == "error" and not 200 <= status < 300 and status != _WEBSOCKET:
        return f"the agent did not answer: {said}"
    return f"the answer is not whole ({exchange.outcome}): {said}"


def _is_broken(exchange: Exchange) -> bool:
    """Whether the transfer was cut, whatever ends an answer here."""
    return bool(exchange.broke) or exchange.error == _INSIDE


def _is_page(exchange: Exchange) -> bool:
    error = exchange.reply.error
    return error is not None and error.code == "content" and error.message.startswith(_PAGE)


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
        return _INSIDE
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
