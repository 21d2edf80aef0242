"""Errors that an agent reports of itself: asking it otherwise would change nothing. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from scenario.exchange import Exchange
from scenario.probe.complaints import complaints_in
from scenario.protocols.folding import MALFORMED_CODE
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.nearest import UNREADABLE
from scenario.protocols.protocol import Head
from scenario.protocols.rejection import is_page

# So many ways that are answered with the same error suffice.
ENOUGH: Final = 2
_LOOKED_AT: Final = 64 * 1024
_LONGEST: Final = 200
# What another request may mend: words of validators, and of code that failed at a field that it did not find.
_OF_THE_REQUEST: Final = re.compile(
    r"invalid|bad request|malformed|unsupported|\bmust\b|expect|requir|missing|not allowed|validation|schema|\bfield"
    r"|pars(?:e|ing)|undefined|NoneType|(?:Type|Key|Value|Attribute)Error|has no attribute|not (?:found|subscriptable)"
    r"|unknown method|\A'[A-Za-z_]\w{0,40}'\Z",
    re.IGNORECASE,
)
# JSON-RPC's own codes of requests that are none.
_NO_REQUEST: Final = frozenset({-32700, -32600, -32601, -32602})
_STATUS: Final = re.compile(r"status \d+: ")
# What servers write where nothing was caught: Starlette, aiohttp, Express, …
_WORDLESS: Final = re.compile(
    r"\W*(?:500\W*)?(?:internal )?(?:server )?error\W*(?:Server got itself in trouble)?\W*", re.IGNORECASE
)


def own_error(exchange: Exchange | None) -> str:
    """What an answer says of the agent's own failure; empty where it is none, or where another request may mend it."""
    if exchange is None or exchange.status is None:
        return ""
    if exchange.status >= 500:
        return "" if _blames_the_request(exchange) else _said_by_status(exchange)
    if not 200 <= exchange.status < 300 or exchange.reply.text.strip() or exchange.reply.tool_calls:
        return ""
    if not exchange.body.strip() and not exchange.broke:
        return "its answer is empty"
    error, head = exchange.reply.error, Head(status=exchange.status, headers=exchange.headers)
    if is_page(head, exchange.body[:1024]):
        return ""
    if error is None or error.code == MALFORMED_CODE or (exchange.error or "").startswith(UNREADABLE):
        return ""
    return "" if _blames_the_request(exchange) else f"the agent itself reports: {error.message[:_LONGEST]}"


def is_wordless(exchange: Exchange | None) -> bool:
    """Whether a server failed and did not say at what."""
    return exchange is not None and exchange.status == 500 and "fails" in own_error(exchange)


def repeated_error(exchanges: Sequence[Exchange | None], *, at_least: int = ENOUGH) -> str:
    """The error that the agent reports of itself, told by so many ways; empty where fewer did."""
    told = [said for exchange in exchanges if (said := own_error(exchange))]
    if not told or told.count(told[-1]) < at_least:
        return ""
    of_all = len(exchanges)
    return f"{told[-1]} ({told.count(told[-1])} of {of_all} way{'' if of_all == 1 else 's'}); see its log"


def _said_by_status(exchange: Exchange) -> str:
    error = exchange.reply.error
    text = exchange.body[:_LOOKED_AT].decode("utf-8", "replace").strip()
    # Plain text is quoted in the error.
    is_plain = read_json(exchange.body) is NOT_JSON
    said = text if is_plain or error is None else _STATUS.sub("", error.message)
    head = Head(status=exchange.status or 0, headers=exchange.headers)
    if not exchange.body.strip() or is_page(head, exchange.body[:1024]) or _WORDLESS.fullmatch(said):
        return f"the agent itself fails: status {exchange.status}, without a reason"
    return f"the agent itself reports: {' '.join(said.split())[:_LONGEST]}"


def _blames_the_request(exchange: Exchange) -> bool:
    body = exchange.body[:_LOOKED_AT]
    if complaints_in(body) or complaints_in(body, failed=True) or _code(read_json(exchange.body)) in _NO_REQUEST:
        return True
    error = exchange.reply.error
    if is_page(Head(status=exchange.status or 0, headers=exchange.headers), body[:1024]):
        return False
    return error is not None and _OF_THE_REQUEST.search(_STATUS.sub("", error.message)) is not None


def _code(value: Any) -> Any:
    error = value.get("error") if isinstance(value, dict) and "jsonrpc" in value else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else None
