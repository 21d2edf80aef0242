"""Which redirects are followed: those that keep the request as it is.

307 and 308 mean "send the same request there" (RFC 9110, sections 15.4.8 and 15.4.9). 301, 302 and 303 turn a POST into
a GET at most clients, which would drop the conversation: for a POST they are handed back as they are, and the caller
reports them. Nothing secret goes to another origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin, urlsplit

import msgspec

from scenario.exchange import HttpRequest

MAX_REDIRECTS: Final = 5

_SAME_REQUEST: Final = frozenset({307, 308})
_SEE_OTHER: Final = frozenset({301, 302, 303})
# What may go to another origin: everything else may hold a secret under a name that nobody knows.
_PUBLIC_HEADERS: Final = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent"})
_DEFAULT_PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443}


def redirected(request: HttpRequest, status: int, headers: Mapping[str, str]) -> HttpRequest | None:
    """The request to send next; None where the response is the answer."""
    location = headers.get("location")
    if not location:
        return None
    if status not in _SAME_REQUEST and not (status in _SEE_OTHER and request.method.upper() in ("GET", "HEAD")):
        return None
    try:
        url = urljoin(request.url, location)
        same = _origin(url) == _origin(request.url)
    except ValueError:
        return None
    if urlsplit(url).scheme not in _DEFAULT_PORTS:
        return None
    kept = {name: value for name, value in request.headers.items() if same or name.lower() in _PUBLIC_HEADERS}
    return msgspec.structs.replace(request, url=url, headers=kept)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
