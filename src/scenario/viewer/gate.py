"""Who may talk to the live page's server: this machine's browser, at this address, with the token. Nobody else.

A page of any other site can make a browser send requests to loopback, and can have its own name resolve to it. So the
`Host` must be ours, the `Origin`, where there is one, must be ours, and whatever holds data asks for the token, which
travels in a header that no foreign page can set.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from scenario.report.files.html import content_policy

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_NAMES: Final = ("127.0.0.1", "localhost")


def new_token() -> str:
    """A token that nobody guesses, of letters that stand in an address as they are."""
    return secrets.token_urlsafe(24)


class Gate:
    """Lets requests through, and puts the page's policy on every answer.

    Args:
        token: what requests for data must carry.

    Attributes:
        port: where the server listens; set before the first request.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._headers = {
            "Content-Security-Policy": content_policy(live=True),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
        self.port = 0

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer the request, or refuse it."""
        refusal = self._refusal(request)
        if refusal is None:
            try:
                return await handler(request)
            except web.HTTPException as error:
                refusal = (error.status, error.reason)
        status, why = refusal
        return web.json_response({"error": why}, status=status)

    async def on_prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        """Put the policy on an answer, whatever it is."""
        del request
        response.headers.update(self._headers)

    def _refusal(self, request: web.Request) -> tuple[int, str] | None:
        hosts = {f"{name}:{self.port}" for name in _NAMES}
        if request.headers.getall("Host", []) not in [[host] for host in hosts]:
            return 403, "This server answers to its own address only."
        origins = request.headers.getall("Origin", [])
        if any(origin not in {f"http://{host}" for host in hosts} for origin in origins):
            return 403, "This server answers its own page only."
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return 403, "This server answers its own page only."
        if request.path.startswith("/api/") and not self._has_token(request):
            return 401, "The token is missing or wrong. Open the address that `scenario view` printed."
        return None

    def _has_token(self, request: web.Request) -> bool:
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        return kind == "Bearer" and hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token.encode())
