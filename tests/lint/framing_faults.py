"""Faults of how events are written."""

from __future__ import annotations

from scenario.wire.sse_writing import encode_comment
from tests.lint.planting import CHAT, Faults, chat, empty_chunk, numbered, put
from tests.lint.streams import OLLAMA_HEADERS, exchange, home_made, ollama

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"

FAULTS: Faults = {
    "an event-only heartbeat": ("L08", "error", chat(*put(3, b"event: ping\n\n"))),
    "a heartbeat of JSON": ("L08", "error", chat(*put(3, b'data: {"type": "ping"}\n\n'))),
    "an event-only heartbeat in a home-made stream": (
        "L08",
        "warning",
        chat(*home_made()[:3], b"event: ping\n\n", *home_made()[3:]),
    ),
    "a block of retry alone": ("L08", "warning", chat(*put(3, b"retry: 3000\n\n"))),
    "a comment and an empty line after an id": (
        "L08",
        "warning",
        chat(b"id: 1\n" + CHAT[0], encode_comment(" ping"), *CHAT[1:]),
    ),
    "invalid UTF-8": ("L20", "error", chat(*CHAT[:2], CHAT[2].replace(b"18", b"\xff8"), *CHAT[3:])),
    "a byte-order mark": ("L20", "warning", chat(b"\xef\xbb\xbf" + CHAT[0], *CHAT[1:])),
    "no empty line at the end": ("L21", "error", chat(*CHAT[:-1], CHAT[-1].rstrip(b"\n"))),
    "a cut inside an event": ("L21", "error", chat(*CHAT[:4], CHAT[4][:40])),
    "mixed line ends": ("L22", "warning", chat(CHAT[0].replace(b"\n", b"\r\n"), *CHAT[1:])),
    "bare CR": ("L22", "warning", chat(*[piece.replace(b"\n", b"\r") for piece in CHAT])),
    "an unknown field": ("L23", "warning", chat(*put(2, b"version: 2\n\n"))),
    "a damaged field that holds JSON": ("L23", "error", chat(*put(2, b'dat: {"content": "Hi"}\n\n'))),
    "JSON without a field": ("L23", "error", chat(*put(2, b'{"content": "Hi"}\n\n'))),
    "data in a comment": ("L23", "error", chat(*put(2, b': ping data: {"content": "Hi"}\n\n'))),
    "data behind a name": ("L23", "error", chat(*put(2, b'event: message data: {"content": "Hi"}\n\n'))),
    "a raw line end in text": ("L23", "error", chat(b"data: It is 18\ndegrees.\n\n", b"data: Bye.\n\n")),
    "a raw line end in JSON": ("L24", "error", chat(*CHAT[:2], CHAT[2].replace(b"18 ", b"18\n"), *CHAT[3:])),
    "a missing empty line": ("L24", "error", chat(*CHAT[:2], CHAT[2][:-1], *CHAT[3:])),
    "cut JSON": ("L24", "error", chat(*CHAT[:2], CHAT[2][:40] + b"\n\n", *CHAT[3:])),
    "a cut line of NDJSON": (
        "L24",
        "error",
        exchange([*ollama()[:2], b'{"message": {"con\n', *ollama()[2:]], headers=OLLAMA_HEADERS),
    ),
    "another sentinel": ("L25", "warning", chat(*CHAT[:-1], b"data: [done]\n\n")),
    "a long line": ("L26", "warning", chat(*put(2, empty_chunk(padding="x" * 70_000)))),
    "a huge line": ("L26", "error", chat(*put(2, empty_chunk(padding="x" * 1_100_000)))),
    "a raw U+2028": ("L27", "warning", chat(*CHAT[:2], CHAT[2].replace(b"18", "18\u2028".encode()), *CHAT[3:])),
    "NUL in an id": ("L28", "error", chat(b"id: a\0b\n" + CHAT[0], *CHAT[1:])),
    "two names in one event": ("L28", "error", chat(b"event: message\nevent: message\n" + CHAT[0], *CHAT[1:])),
    "a retry that is no number": ("L28", "warning", chat(b"retry: soon\n" + CHAT[0], *CHAT[1:])),
    "a retry at once": ("L28", "warning", chat(b"retry: 1\n" + CHAT[0], *CHAT[1:])),
    "an id again": ("L29", "info", chat(*numbered(at_2="2"))),
    "ids that fall": ("L29", "info", chat(*numbered(at_2="9", at_3="4"))),
    "a key of letters alone": (
        "L30",
        "error",
        chat(*put(2, empty_chunk(debug="sk-proj-abcdefghijklmnopqrstuvwxyzab"))),
    ),
    "an Authorization header of any form": (
        "L30",
        "error",
        chat(*put(2, empty_chunk(debug='{"authorization": "Basic bWU6c2VjcmV0"}'))),
    ),
    "a length on lines of JSON": (
        "L04",
        "warning",
        exchange(ollama(), headers=OLLAMA_HEADERS | {"content-length": str(len(b"".join(ollama())))}),
    ),
    "a token in the stream": ("L30", "error", chat(*put(2, empty_chunk(debug=JWT)))),
}
