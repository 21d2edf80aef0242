"""Faults of the response as HTTP carries it."""

from __future__ import annotations

from tests.lint.planting import CHAT, Faults, chat, with_headers
from tests.lint.streams import exchange

ERROR = b'data: {"error": {"message": "overloaded", "code": "503"}}\n\n'
PAUSES = b": hold on\n\n"


def late(gap: float) -> list[float]:
    """Times of the chat with one gap in the middle."""
    return [0.1 * number + (gap if number > len(CHAT) // 2 else 0) for number in range(1, len(CHAT) + 1)]


FAULTS: Faults = {
    "an error status": ("L01", "error", chat(b'{"error": "no"}', status=503)),
    "an error under status 200": ("L01", "error", chat(ERROR)),
    "an empty body under status 200": ("L01", "error", exchange([])),
    "another type": ("L02", "error", chat(*CHAT, headers=with_headers(content_type="text/html"))),
    "no type": ("L02", "warning", chat(*CHAT, headers=with_headers(content_type=""))),
    "another charset": (
        "L02",
        "warning",
        chat(*CHAT, headers=with_headers(content_type="text/event-stream; charset=latin-1")),
    ),
    "a web page": (
        "L02",
        "error",
        chat(b"<!doctype html><p>Bad gateway", headers=with_headers(content_type="text/html")),
    ),
    "JSON under the type of a stream": ("L02", "error", chat(b'{"detail": "no such agent"}')),
    "may be kept by caches": ("L03", "warning", chat(*CHAT, headers=with_headers(cache_control=""))),
    "a cookie that was dropped": ("L62", "info", chat(*CHAT, headers=with_headers(set_cookie="sid=1"))),
    "may be buffered": ("L03", "info", chat(*CHAT, headers=with_headers(x_accel_buffering=""))),
    "may be buffered behind nginx": (
        "L03",
        "warning",
        chat(*CHAT, headers=with_headers(x_accel_buffering="", server="nginx/1.2")),
    ),
    "compressed": ("L03", "warning", chat(*CHAT, headers=with_headers(content_encoding="gzip"))),
    "a length": ("L04", "warning", chat(*CHAT, headers=with_headers(content_length=str(len(b"".join(CHAT)))))),
    "connection over HTTP/2": (
        "L04",
        "warning",
        chat(*CHAT, headers=with_headers(connection="keep-alive", transfer_encoding=""), http_version="2"),
    ),
    "a broken transfer": (
        "L05",
        "error",
        chat(*CHAT[:4], broke="broken", outcome="truncated", error="the connection was cut"),
    ),
    "a body that only the closed connection ends": (
        "L05",
        "warning",
        chat(*CHAT, headers=with_headers(transfer_encoding="")),
    ),
    "a late first byte": ("L06", "warning", chat(*CHAT, times=[6 + 0.1 * number for number in range(len(CHAT))])),
    "late content": (
        "L06",
        "warning",
        chat(
            PAUSES, PAUSES, PAUSES, *CHAT, times=[1.0, 14.0, 27.0, *[40 + 2.0 * number for number in range(len(CHAT))]]
        ),
    ),
    "silence": ("L07", "warning", chat(*CHAT, times=late(16))),
    "a long silence": ("L07", "error", chat(*CHAT, times=late(61))),
    "a stall": ("L07", "error", chat(*CHAT[:4], outcome="stalled", broke="idle", total=60.0)),
    "any origin with credentials": (
        "L09",
        "info",
        chat(*CHAT, headers=with_headers(access_control_allow_origin="*", access_control_allow_credentials="true")),
    ),
    "one burst": ("L10", "warning", chat(*CHAT, times=[3.0] * len(CHAT))),
    "a burst at the end": (
        "L10",
        "warning",
        chat(*CHAT, times=[1.0, *[4.0 + 0.001 * number for number in range(len(CHAT) - 1)]]),
    ),
}
