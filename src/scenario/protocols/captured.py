"""Responses that were captured with curl: `curl -i` writes the status line and the headers before the body."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from scenario.protocols.protocol import Head

_STATUS_LINE: Final = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})(?: [^\r\n]*)?\r?\n")
_BOM: Final = b"\xef\xbb\xbf"
_INTERIM: Final = range(100, 200)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class Captured(msgspec.Struct, frozen=True, kw_only=True):
    """A response as it was captured.

    Attributes:
        head: its status and headers; None where only the body was captured.
        version: the version of HTTP, such as "1.1" or "2"; empty where it is not known.
    """

    head: Head | None
    body: bytes
    version: str = ""


def captured(content: bytes) -> Captured:
    """Take a capture apart.

    Of several heads the last one counts: interim answers (100 Continue), a proxy's and redirects come before it.
    """
    rest = content.removeprefix(_BOM)
    found: Captured | None = None
    while (match := _STATUS_LINE.match(rest)) is not None and _goes_on(found):
        lines, body = _head_lines(rest[match.end() :])
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.decode("latin-1").partition(":")
            name, value = name.strip().lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        version = match[0][5:].partition(b" ")[0].decode()
        found = Captured(head=Head(status=int(match[1]), headers=headers), body=body, version=version)
        rest = body
    return found or Captured(head=None, body=content)


def _goes_on(found: Captured | None) -> bool:
    """Whether another head may follow: after the first one, where that was none of a whole answer."""
    if found is None or found.head is None:
        return True
    status = found.head.status
    return status in _INTERIM or status in _REDIRECTS or status == 401 or not found.head.headers


def _head_lines(rest: bytes) -> tuple[list[bytes], bytes]:
    """The lines up to the first empty one, and what comes after that."""
    lines: list[bytes] = []
    while rest:
        line, _, rest = rest.partition(b"\n")
        line = line.removesuffix(b"\r")
        if not line:
            break
        lines.append(line)
    return lines, rest
