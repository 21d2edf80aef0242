"""L01, L02: whether an answer came, and as what it is declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from scenario.late_pattern import late_pattern
from scenario.lint.dialect_groups import JSON_RPC
from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen
from scenario.protocols.rejection import shown
from scenario.protocols.sniffing import declared_framing

_TYPES: Final = {
    "sse": "text/event-stream",
    "ndjson": "application/x-ndjson",
    "json": "application/json",
    "text": "text/plain",
}
_CHARSET: Final = late_pattern(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_STATUSES: Final = frozenset(map(int, HTTPStatus))
_USE_THE_STATUS: Final = "Errors that are known before the first byte belong into a 4xx or 5xx status with a JSON body."


def answers_with_200(evidence: Evidence) -> Iterator[Seen]:
    """L01: an answer, and not an error dressed as one."""
    exchange = evidence.exchange
    status = evidence.head.status
    if evidence.head.is_websocket:
        return
    elif not evidence.was_answered:
        yield Seen(f"{_refused(status)}; {shown(evidence.body)}", _remedy(evidence, status))
    elif status == 201 and exchange.request.method in ("", "POST"):
        # What frameworks answer a POST with by themselves; readers that take streams of a POST take it.
        return
    elif status != 200:
        yield Seen(f"the status is {status}", "Answer a stream with 200: readers of event streams take nothing else.")
    elif not evidence.body and not evidence.data:
        # A record may have been kept without its bytes: its timing still tells that some came.
        came = exchange.timing.bytes or exchange.timing.first_content is not None
        if not evidence.is_cut and not came:
            yield Seen("status 200, and the body is empty", _USE_THE_STATUS)
    elif evidence.data and _is_refusal(evidence):
        data = evidence.data[0].event.data
        yield Seen(f"status 200, and the first event is an error: {_short(data)}", _USE_THE_STATUS, event=0)


def _refused(status: int) -> str:
    """What the status says, in words."""
    phrase = f" ({HTTPStatus(status).phrase})" if status in _STATUSES else ""
    if 300 <= status < 400:
        return f"the request was sent elsewhere: the status is {status}{phrase}"
    who = "the request was refused" if 400 <= status < 500 else "the request was not answered"
    return f"{who}: the status is {status}{phrase}"


def _remedy(evidence: Evidence, status: int) -> str:
    """What to do about a request that was not answered: most of it is the request's own to mend."""
    match status:
        case 401 | 403:
            if any(name.lower() == "authorization" for name in evidence.exchange.request.headers):
                return "An Authorization header was sent: is it the right one, not too old, and may it do this?"
            return "Say who asks: -H 'Authorization: Bearer …', or RemoteAgent(headers={…}) in a test."
        case 404 | 410:
            return "There is nothing at this path: is the URL right, to its end?"
        case 405:
            allowed = evidence.headers.get("allow", "")
            takes = f", which takes {allowed[:80]}" if allowed else ""
            return f"Ask by another method{takes}: -X, or RemoteAgent(method=…) in a test. Or it is another path."
        case 400 | 415 | 422:
            return "Give the body that the agent takes: --data, or RemoteAgent(request={…}) in a test."
        case 429:
            return "There were too many requests: ask again later, or fewer at once."
        case _ if 300 <= status < 400:
            return "Give the URL where it leads."
    return "See the agent's own log for the request."


def is_declared(evidence: Evidence) -> Iterator[Seen]:
    """L02: the Content-Type is the one of the body's framing, and its charset is UTF-8."""
    if not evidence.was_answered or not evidence.body:
        return
    if evidence.is_page:
        yield Seen(
            f"the answer is a web page; {shown(evidence.body)}", "Is that the agent's own URL, and not a site's?"
        )
        return
    if evidence.is_misdeclared:
        wanted = "an event stream" if evidence.framing == "sse" else "JSON"
        remedy = f"Send {wanted}, or declare what is sent; errors before the first byte have a 4xx or 5xx status."
        yield Seen(f"the body is declared as {wanted} and is none; {shown(evidence.body)}", remedy)
        return
    declared = evidence.headers.get("content-type", "")
    framing = evidence.framing
    if not declared or framing is None:
        if evidence.has_whole_head:
            wanted = _TYPES[framing or "sse"]
            yield Seen("there is no Content-Type", f"Send Content-Type: {wanted}.", level="warning")
        return
    # Lines, which version 4 of the AI SDK declares as text.
    framing = "text" if evidence.dialect == "vercel-data" else framing
    wanted = _TYPES[framing]
    if declared_framing(evidence.head.content_type) != framing:
        said = "Browsers and SDKs refuse an event stream under any other name."
        remedy = f"Send Content-Type: {wanted}. {said if framing == 'sse' else ''}".rstrip()
        yield Seen(f"the Content-Type is {declared!r}, and the body is {_NAMES[framing]}", remedy)
    charset = _CHARSET.search(declared)
    if charset is not None and charset[1].lower() not in ("utf-8", "utf8"):
        remedy = f"Send Content-Type: {wanted}; charset=utf-8. Event streams and JSON are UTF-8 whatever is declared."
        yield Seen(f"the declared charset is {charset[1]!r}", remedy, level="warning")


_NAMES: Final = {"sse": "an event stream", "ndjson": "lines of JSON", "json": "one JSON value", "text": "plain text"}


def _short(text: str) -> str:
    return repr(text if len(text) <= 160 else f"{text[:160]}…")


def _is_refusal(evidence: Evidence) -> bool:
    """Whether the first event is an error. JSON-RPC answers requests with errors under status 200."""
    in_rpc = evidence.framing == "json" and evidence.dialect in JSON_RPC
    return not in_rpc and 0 in evidence.errors
