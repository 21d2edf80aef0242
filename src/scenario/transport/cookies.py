"""The cookies of one conversation: what its answers have set goes with its later requests, as browsers do it."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import CookieJar
from yarl import URL

from scenario.exchange import HttpRequest
from scenario.transport.pool import LOOPBACK


def new_jar() -> CookieJar:
    """A place for the cookies of one conversation; servers without a name may set them too."""
    return CookieJar(unsafe=True, quote_cookie=False)


def with_cookies(request: HttpRequest, jar: CookieJar) -> dict[str, str]:
    """The request's headers, and the cookies that are for its URL; one that the user gives by name wins."""
    parts = urlsplit(request.url)
    # What is meant for HTTPS alone goes to this machine as well, as it does in browsers.
    url = URL(parts._replace(scheme="https").geturl() if parts.hostname in LOOPBACK else request.url, encoded=True)
    kept = {name: morsel.coded_value for name, morsel in jar.filter_cookies(url).items()}
    headers = dict(request.headers)
    own = next((name for name in headers if name.lower() == "cookie"), "Cookie")
    given = headers.get(own, "")
    named = {one.partition("=")[0].strip() for one in given.split(";")}
    pairs = [f"{name}={value}" for name, value in kept.items() if name not in named]
    if pairs:
        headers[own] = "; ".join([*([given] if given else []), *pairs])
    return headers
