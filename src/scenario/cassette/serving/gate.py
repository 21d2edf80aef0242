"""Who may ask a served cassette: programs and pages of this machine. Nobody else.

A page of any other site can make a browser send requests to loopback, and can have its own name resolve to it. So the
`Host` must be ours, and the `Origin`, where there is one, that of a page that this machine serves.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from multidict import CIMultiDict

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_CLEAR: Final = frozenset({"same-origin", "same-site", "none"})
_SAFE: Final = ("cache-control", "content-language", "content-length", "content-type", "expires", "last-modified")


def refusal(request: web.Request, port: int) -> str:
    """Why a request is refused; empty where it is not.

    Args:
        request: what came.
        port: where the server listens.
    """
    hosts = request.headers.getall("Host", [])
    if len(hosts) != 1 or not _is_ours(f"http://{hosts[0]}", port):
        return "This server answers to its own address only: 127.0.0.1 or localhost."
    origins = request.headers.getall("Origin", [])
    if not all(_is_ours(origin) for origin in origins):
        return "This server answers pages only that this machine serves (http://localhost:…)."
    if not origins and request.headers.get("Sec-Fetch-Site", "none") not in _CLEAR:
        return "This server answers pages only that this machine serves, and that say so (Origin)."
    return ""


def _is_ours(origin: str, port: int | None = None) -> bool:
    try:
        parts = urlsplit(origin)
        return parts.hostname in LOOPBACK and (port is None or (parts.port or 80) == port) and "@" not in parts.netloc
    except ValueError:
        return False


def for_pages(request: web.Request, names: list[str]) -> CIMultiDict[str]:
    """The headers with which a page of another port may read an answer.

    Args:
        request: what came.
        names: of the answer's own headers.
    """
    headers: CIMultiDict[str] = CIMultiDict()
    if origin := request.headers.get("Origin"):
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Allow-Credentials"] = "true"
        headers["Vary"] = "Origin"
        if shown := [name for name in names if name.lower() not in _SAFE]:
            headers["Access-Control-Expose-Headers"] = ", ".join(shown)
    return headers


def is_preflight(request: web.Request) -> bool:
    """Whether a browser asks whether a page may send a request."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def preflight(request: web.Request) -> web.Response:
    """The answer to that: it may."""
    asked = request.headers.get("Access-Control-Request-Headers", "")
    headers = for_pages(request, [])
    headers["Access-Control-Allow-Methods"] = request.headers["Access-Control-Request-Method"]
    if asked:
        headers["Access-Control-Allow-Headers"] = asked
    headers["Access-Control-Max-Age"] = "600"
    return web.Response(status=204, headers=headers)
