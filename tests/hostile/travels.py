"""Redirects, cookies and values of a session that lead where nothing may go."""

from __future__ import annotations

from typing import Final

from tests.hostile.behaviour import Kind, json_answer, sends
from tests.remote.raw_server import Behaviour, Connection, whole

_OK: Final = json_answer(b'{"answer": "Hello"}', more="Connection: close\r\n")
_AUTO: Final = {"protocol": "auto"}


def _leads(location: str, status: str = "307 Temporary Redirect") -> Behaviour:
    """Sends everybody elsewhere."""
    more = f"Location: {location}\r\nConnection: close\r\n"
    return sends(json_answer(b'{"answer": "no answer"}', status=status, more=more))


async def _leads_to_itself(connection: Connection) -> None:
    await connection.send(
        json_answer(
            b"{}",
            status="308 Permanent Redirect",
            more=f"Location: {connection.request.target}x\r\nConnection: close\r\n",
        )
    )


async def _sets_cookies(connection: Connection) -> None:
    """Sets many cookies."""
    cookies = "".join(f"Set-Cookie: c{i}={'x' * 100}\r\n" for i in range(200))
    await connection.send(json_answer(b'{"answer": "Hello"}', more=f"{cookies}Connection: close\r\n"))


def _session(value: bytes) -> Behaviour:
    """Answers with that value, which is to come back."""
    return sends(json_answer(b'{"answer": "Hello", "id": ' + value + b"}", more="Connection: close\r\n"))


travels = Kind("travel")

for name, location in {
    "to a file": "file:///etc/passwd",
    "to a script": "javascript:alert(1)",
    "to data": "data:text/plain,Hello",
    "to another host": "http://localhost:9/chat",
    "to another host, without a scheme": "//localhost:9/chat",
    "to another host, behind a name": "http://127.0.0.1@localhost:9/chat",
    "to another host, with a backslash": "http://localhost:9\\@127.0.0.1/chat",
    "to a metadata service's address": "http://169.254.169.254/latest",
    "to a port that there is not": "http://127.0.0.1:99999/chat",
    "to an address that is none": "http://[::1/chat",
    "to another protocol": "ftp://127.0.0.1:9/chat",
}.items():
    travels.add(f"a redirect {name}", _leads(location), "error", fault="wire", said="redirect", agent=_AUTO)
travels.add("a redirect to nothing", _leads(""), "error", fault="wire", agent=_AUTO)
travels.add(
    "a redirect in a circle", _leads("/chat"), "error", fault="wire", said="redirects in a row", reaches=6, agent=_AUTO
)
travels.add(
    "redirects for ever", _leads_to_itself, "error", fault="wire", said="redirects in a row", reaches=6, agent=_AUTO
)
travels.add("a redirect of 30 KiB", _leads("/" + "x" * 30_000), "error", fault="wire", reaches=6, agent=_AUTO)
travels.add(
    "a redirect that drops the conversation",
    _leads("/other", "302 Found"),
    "error",
    fault="wire",
    said="/other",
    agent=_AUTO,
)
travels.add(
    "a refresh",
    sends(whole(b"Hello", "text/plain", more="Refresh: 0; url=http://localhost:9/\r\n")),
    "complete",
    text="Hello",
    agent=_AUTO,
)
travels.add(
    "200 cookies",
    _sets_cookies,
    "complete",
    text="Hello",
    turns=3,
    reaches=3,
    agent=_AUTO | {"cookies": "conversation"},
)
travels.add(
    "a cookie of 30 KiB",
    sends(json_answer(b'{"answer": "Hello"}', more=f"Set-Cookie: a={'x' * 30_000}\r\nConnection: close\r\n")),
    "complete",
    text="Hello",
    turns=2,
    reaches=2,
    agent=_AUTO | {"cookies": "conversation"},
)
travels.add(
    "a cookie for another host",
    sends(
        json_answer(
            b'{"answer": "Hello"}',
            more="Set-Cookie: a=b; Domain=localhost\r\nSet-Cookie: __Host-x=\x01; Path=/..\r\nConnection: close\r\n",
        )
    ),
    "complete",
    text="Hello",
    turns=2,
    reaches=2,
    agent=_AUTO | {"cookies": "conversation"},
)

# What an agent names its session, and whether that can stand in a header.
_SESSIONS: Final = {
    "a line end": (b'"a\\r\\nX-Injected: 1"', False),
    "a path upwards": (b'"../../admin"', True),
    "a query": (b'"x?admin=1#y"', True),
    "another host": (b'"@localhost:9/"', True),
    "a NUL": (b'"a\\u0000b"', False),
    "20 KB": (b'"' + b"x" * 20_000 + b'"', True),
    "an object": (b'{"a": 1}', True),
    "a list in lists": (b"[" * 50 + b"]" * 50, True),
    "ten to the thirtieth": (b"1" + b"0" * 30, True),
    "null": (b"null", True),
}
_PLACES: Final = {
    "a header": {"headers": {"X-Session": "$session"}},
    "the address": {},
    "the body": {"request": {"text": "$message", "id": "$session"}},
}
for name, (value, may_be_sent) in _SESSIONS.items():
    for place, settings in _PLACES.items():
        sent = may_be_sent or place != "a header"
        travels.add(
            f"a session of {name}, in {place}",
            _session(value),
            "complete",
            fault=None if sent else "agent",
            said="" if sent else "a line end or a NUL",
            turns=2,
            reaches=2 if sent else 1,
            path="/chat/$session" if place == "the address" else "/chat",
            agent=_AUTO | settings | {"session": "id"},
        )
travels.add(
    "a session nested 1,000 deep", _session(b"[" * 1000 + b"]" * 1000), "error", agent=_AUTO | {"session": "id"}
)
