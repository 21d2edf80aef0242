"""Which redirects are followed: those that keep the request as it is, and lead where the user meant it to go.

307 and 308 mean "send the same request there" (RFC 9110, sections 15.4.8 and 15.4.9): they carry the conversation. 301,
302 and 303 turn a POST into a GET at most clients, which would drop it: for a POST they are handed back as they are, as
are those that lead where nothing may go, and the caller reports them. Nothing secret goes to another origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias
from urllib.parse import urljoin, urlsplit

import msgspec

from scenario.exchange import HttpRequest
from scenario.late_pattern import late_pattern

# Where redirects may lead: to the host that was asked, on any port and never from https to http; anywhere; nowhere.
Redirects: TypeAlias = Literal["same-host", "any", "none"]

REDIRECTS: Final[tuple[Redirects, ...]] = ("same-host", "any", "none")
MAX_REDIRECTS: Final = 5

_SAME_REQUEST: Final = frozenset({307, 308})
_SEE_OTHER: Final = frozenset({301, 302, 303})
# What may go to another origin: everything else may hold a secret under a name that nobody knows.
_PUBLIC_HEADERS: Final = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent"})
_DEFAULT_PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443}
# Readers of URLs do not agree on which host these name.
_AMBIGUOUS: Final = late_pattern(r"[\\\s\x00-\x20\x7f]")
# A browser takes these for slashes, which other readers do not: `http:\\host` is a path to them.
_BACKSLASHES: Final = late_pattern(r"[^?#]*\\")
# Two headers that differ, joined as headers are: which one is meant, nobody can tell.
_TWO: Final = late_pattern(r", (?:[A-Za-z][A-Za-z0-9+.-]*:|/)")


class NotFollowed(NamedTuple):
    """Why a redirect was not followed.

    Attributes:
        why: a sentence.
        setting: what follows it; None where nothing does.
    """

    why: str
    setting: Redirects | None = None


def redirected(
    request: HttpRequest, status: int, headers: Mapping[str, str], follow: Redirects = "same-host"
) -> HttpRequest | None:
    """The request to send next; None where the response is the answer."""
    url = _target(request.method, request.url, status, headers.get("location", ""))
    if url is None or not _is_allowed(request.url, url, follow):
        return None
    same = _origin(url) == _origin(request.url)
    kept = {name: value for name, value in request.headers.items() if same or name.lower() in _PUBLIC_HEADERS}
    return msgspec.structs.replace(request, url=url, headers=kept)


def not_followed(method: str, url: str, status: int, location: str) -> NotFollowed | None:
    """Why the redirect that this response is was not followed; None where it is none.

    Args:
        method: the request's.
        url: the request's, without redirects that were followed before.
        status: the response's.
        location: the response's, or nothing.
    """
    if status not in _SAME_REQUEST | _SEE_OTHER or not location:
        return None
    if urlsplit(url).scheme in ("ws", "wss"):
        return NotFollowed("A WebSocket's handshake follows no redirect.")
    target = _target(method, url, status, location)
    if target is None:
        if status in _SEE_OTHER and method.upper() not in ("GET", "HEAD"):
            return NotFollowed(f"The {method} would become a GET there, without what it carries.")
        if _TWO.search(location):
            return NotFollowed("There are several addresses in it, and nothing says which is meant.")
        if _BACKSLASHES.match(location):
            return NotFollowed("There are backslashes in it, which some take for slashes and others do not.")
        return NotFollowed("That is no address that HTTP reaches.")
    if _is_allowed(url, target, "same-host"):
        return NotFollowed("It leads to the same host, and redirects are not followed.", "same-host")
    if (host := urlsplit(target).hostname) == urlsplit(url).hostname:
        return NotFollowed("It leads from https to http, where what is said can be read on the way.", "any")
    return NotFollowed(f"It leads to another host, {host}, which what is said was not meant for.", "any")


def _target(method: str, url: str, status: int, location: str) -> str | None:
    """Where the same request would go; None where it would not stay the same, or go nowhere."""
    if not location:
        return None
    if status not in _SAME_REQUEST and not (status in _SEE_OTHER and method.upper() in ("GET", "HEAD")):
        return None
    if _TWO.search(location) or _BACKSLASHES.match(location):
        return None
    try:
        target = urljoin(url, location)
        scheme, host, _ = _origin(target)
    except ValueError:
        return None
    is_address = scheme in _DEFAULT_PORTS and host and not _AMBIGUOUS.search(urlsplit(target).netloc)
    return target if is_address else None


def _is_allowed(url: str, target: str, follow: Redirects) -> bool:
    if follow != "same-host":
        return follow == "any"
    here, there = urlsplit(url), urlsplit(target)
    return here.hostname == there.hostname and not (here.scheme == "https" and there.scheme == "http")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
