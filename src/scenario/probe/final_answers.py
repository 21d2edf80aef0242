"""Answers after which no other body would bring a better one. Pure."""

from __future__ import annotations

import re
from typing import Final

from scenario.exchange import Exchange
from scenario.protocols.json_text import read_json
from scenario.protocols.protocol import Head
from scenario.protocols.rejection import is_page

_KEY: Final = "it wants to know who asks: give -H 'Authorization: Bearer …', or what else it takes"
_SAYS: Final = {
    401: _KEY,
    402: "it wants to be paid",
    403: "it refuses who asks: a key, a cookie or a token may be missing (-H, or --curl as your browser copies it)",
    404: "there is nothing at this path, or not yet: an agent whose sessions are made first says so in its answer",
    407: "a proxy wants to know who asks",
    410: "there is nothing at this path any more",
    415: "it takes no JSON: where it takes a form, give its fields with -d q=hello, or --curl 'curl -F q=hello URL'",
    421: "it is another host's server",
    426: 'it wants another protocol; an agent behind a WebSocket is tested by scenario.RemoteAgent("ws://…")',
    429: "it takes no more requests now",
    501: "it takes no requests of this kind",
    502: "a proxy is there, and no agent behind it",
    503: "it is not available now",
    504: "a proxy is there, and no answer came from the agent behind it",
}
_OF_A_MODEL: Final = re.compile(
    rb"model_not_found|(?:invalid|unknown|no such|unsupported) model"
    rb"|model\W[^.]{0,80}(?:not (?:exist|found|available|supported)|unknown|invalid)|no model"
)
_REDIRECTS: Final = range(300, 400)


def final_answer(exchange: Exchange) -> str:
    """Why another body would not help at this URL, with what to do; empty where it may."""
    status = exchange.status
    if exchange.outcome in ("timed_out", "stalled"):
        return "it takes requests and does not answer them in time: --timeout gives it more"
    if status is None:
        return ""
    if status in _REDIRECTS:
        where = exchange.headers.get("location", "")
        return f"it sends elsewhere ({where[:120]}): a login, or the agent's URL has changed; try that one"
    if status == 405:
        allowed = exchange.headers.get("allow", "")
        if "GET" in allowed.upper() and exchange.request.method != "GET":
            return f"it allows {allowed[:60]} only"
        return f"it does not take {exchange.request.method}" + (f", but {allowed[:60]} (-X)" if allowed else "")
    if status in (400, 404, 422) and misses_model(exchange):
        return "it knows no model of that name: --model NAME says which to ask for"
    if is_page(Head(status=status, headers=exchange.headers), exchange.body[:1024]) and status < 400:
        return "it answers with a web page: a login, or a site; the agent is at another URL"
    if exchange.request.method == "POST" and status in (400, 426) and b"upgrade" in exchange.body[:2000].lower():
        return _SAYS[426]
    if status in (400, 422) and (names := _headers_missing(exchange.body)):
        return f"it wants the header {', '.join(names)}: give it with -H"
    return _SAYS.get(status, "")


def misses_model(exchange: Exchange) -> bool:
    """Whether a refusal is of the model's name that was sent."""
    said = exchange.body[:2000].lower()
    return b'"model":' in exchange.request.body and _OF_A_MODEL.search(said) is not None


def _headers_missing(body: bytes) -> list[str]:
    """The headers that a validator misses, as FastAPI tells of them."""
    value = read_json(body[:65536])
    details = value.get("detail") if isinstance(value, dict) else None
    places = [one.get("loc") for one in details if isinstance(one, dict)] if isinstance(details, list) else []
    return [str(place[1]) for place in places if isinstance(place, list) and len(place) == 2 and place[0] == "header"]
