"""L03, L04, L09, L62: headers that keep a stream from being buffered, those that do not belong on one, cookies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen
from scenario.lint.time_rules import is_held_back

_CONNECTION_HEADERS: Final = ("connection", "keep-alive", "transfer-encoding", "proxy-connection", "upgrade")


def is_not_buffered(evidence: Evidence) -> Iterator[Seen]:
    """L03: caches, proxies and compression are told to let the stream through."""
    if not evidence.is_stream:
        return
    headers = evidence.headers
    if evidence.is_compressed:
        yield Seen(
            f"the stream is compressed (Content-Encoding: {headers['content-encoding']})",
            "Leave event streams out of compression, or flush after each event: compressors hold back many kilobytes.",
            level="error" if is_held_back(evidence) else None,
        )
    if not evidence.has_whole_head:
        return
    control = headers.get("cache-control", "").lower()
    if "no-cache" not in control and "no-store" not in control:
        said = f"Cache-Control is {control!r}" if control else "there is no Cache-Control"
        yield Seen(said, "Send Cache-Control: no-cache, so that nothing on the way keeps the stream.")
    if headers.get("x-accel-buffering", "").lower() != "no":
        behind = "nginx" in headers.get("server", "").lower() or "via" in headers
        yield Seen(
            "there is no X-Accel-Buffering: no",
            "Send X-Accel-Buffering: no: nginx and proxies like it buffer a stream without it.",
            level=None if behind else "info",
        )


def has_no_hop_headers(evidence: Evidence) -> Iterator[Seen]:
    """L04: no header of a connection over HTTP/2, no length on what is not finished."""
    if not evidence.was_answered:
        return
    if evidence.exchange.http_version.startswith(("2", "3")):
        for name in _CONNECTION_HEADERS:
            if name in evidence.headers:
                version = evidence.exchange.http_version
                yield Seen(
                    f"HTTP/{version} has no {name.title()} header, and the response has one",
                    f"Do not set {name.title()} by hand: over HTTP/2 clients may refuse the response for it.",
                )
    length = evidence.headers.get("content-length")
    # A length that is wrong is another rule's.
    is_right = length == str(evidence.exchange.timing.bytes) or evidence.is_compressed
    if length is not None and is_right and evidence.framing != "json" and evidence.is_stream and evidence.body:
        yield Seen(
            f"the stream has Content-Length: {length}",
            "Do not set it: with a length, the whole answer was made before its first byte was sent.",
        )


def lets_browsers_in(evidence: Evidence) -> Iterator[Seen]:
    """L09: what Access-Control headers say is what browsers act on."""
    headers = evidence.headers
    allowed = headers.get("access-control-allow-origin")
    sent = {name.lower() for name in evidence.exchange.request.headers}
    if "origin" in sent and allowed is None and evidence.has_whole_head:
        yield Seen("the request had an Origin, and the response allows none", "Send Access-Control-Allow-Origin.")
    if allowed == "*" and "access-control-allow-credentials" in headers:
        yield Seen(
            "any origin is allowed together with credentials, which browsers refuse",
            "Name the origin in Access-Control-Allow-Origin, or leave Access-Control-Allow-Credentials out.",
        )


def has_its_cookies_sent_back(evidence: Evidence) -> Iterator[Seen]:
    """L62: what the server asks to be sent back is sent back."""
    if "set-cookie" in evidence.headers and evidence.was_answered and not evidence.exchange.keeps_cookies:
        yield Seen(
            "the response sets a cookie, and it was dropped",
            'If the agent knows its conversation by it, say RemoteAgent(url, cookies="conversation").',
        )
