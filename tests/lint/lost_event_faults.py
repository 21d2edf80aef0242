"""Faults from which others follow: only the first is told."""

from __future__ import annotations

from tests.lint.planting import CHAT, Faults, chat, with_headers
from tests.lint.streams import (
    HEADERS,
    OLLAMA_HEADERS,
    VERCEL_HEADERS,
    a2a_events,
    ag_ui_events,
    anthropic_events,
    exchange,
    framed,
    ollama,
    responses_events,
    vercel_events,
)


def torn(pieces: list[bytes], index: int) -> list[bytes]:
    """The pieces with the JSON of one of them cut."""
    return [*pieces[:index], pieces[index].rstrip()[:-1] + b"\n\n", *pieces[index + 1 :]]


def merged(pieces: list[bytes], index: int) -> list[bytes]:
    """The pieces without the empty line behind one of them."""
    return [*pieces[:index], pieces[index][:-1], *pieces[index + 1 :]]


NAMED = framed(anthropic_events(), named=True)
RESPONSES = framed(responses_events(), named=True)
STEPS = framed(
    [{"type": "token", "content": "It is "}, {"type": "token", "content": "18."}, {"type": "done"}], named=True
)
SLOW_BURST = [*[0.1] * 2, *[17.0] * (len(CHAT) - 2)]

FAULTS: Faults = {
    "a cut piece of arguments (AG-UI)": ("L24", "error", chat(*torn(framed(ag_ui_events()), 3))),
    "a cut end of a call (AG-UI)": ("L24", "error", chat(*torn(framed(ag_ui_events()), 4))),
    "a cut end of the run (AG-UI)": ("L24", "error", chat(*torn(framed(ag_ui_events()), 13))),
    "a cut event (Responses)": ("L24", "error", chat(*torn(RESPONSES, 5))),
    "a cut event (A2A)": ("L24", "error", chat(*torn(framed(a2a_events()), 4))),
    "a cut event (AI SDK)": ("L24", "error", chat(*torn(framed(vercel_events()), 2), headers=VERCEL_HEADERS)),
    "a cut end (Anthropic)": ("L24", "error", chat(*torn(NAMED, len(NAMED) - 1))),
    "a missing empty line between events with names": ("L24", "error", chat(*merged(NAMED, 4))),
    "a missing empty line between numbered events": ("L24", "error", chat(*merged(RESPONSES, 4))),
    "a missing empty line before the end of a home-made stream": ("L24", "error", chat(*merged(STEPS, 1))),
    "text under the type of JSON": (
        "L02",
        "error",
        chat(b"It is 18 degrees.", headers=with_headers(content_type="application/json")),
    ),
    "an error under status 200 and the type of a stream": ("L01", "error", chat(b'{"error": "no such agent"}')),
    "a length that is wrong": (
        "L05",
        "error",
        chat(
            *CHAT[:-1],
            headers=with_headers(content_length="9999", transfer_encoding=""),
            broke="broken",
            outcome="truncated",
            error="the connection was cut",
        ),
    ),
    "a transfer that breaks inside a line of JSON": (
        "L05",
        "error",
        exchange([*ollama()[:2], ollama()[2][:20]], headers=OLLAMA_HEADERS, broke="broken", outcome="truncated"),
    ),
    "a late first byte, and all at once": ("L06", "warning", chat(*CHAT, times=[6.0] * len(CHAT))),
    "a silence, and all at once": ("L07", "warning", chat(*CHAT, times=SLOW_BURST)),
    "a silence before the first content": (
        "L07",
        "error",
        exchange([b": hello\n\n", *CHAT], headers=HEADERS, times=[0.1, *[60 + 0.5 * n for n in range(len(CHAT))]]),
    ),
    "another sentinel, in quotes": ("L25", "warning", chat(*CHAT[:-1], b'data: "[DONE]"\n\n')),
    "another sentinel, in quotes (AI SDK)": (
        "L25",
        "warning",
        chat(*framed([*vercel_events()[:-1], '"[DONE]"']), headers=VERCEL_HEADERS),
    ),
    "an answer that stops before its end": (
        "L42",
        "error",
        chat(*CHAT[:4], asked={"stream_options": {"include_usage": True}}),
    ),
    "arguments whose pieces are no JSON (AG-UI)": (
        "L43",
        "error",
        chat(*framed([*ag_ui_events()[:3], *ag_ui_events()[4:]])),
    ),
    "a heartbeat of JSON (AG-UI)": (
        "L08",
        "warning",
        chat(*framed([*ag_ui_events()[:2], {"type": "ping"}, *ag_ui_events()[2:]])),
    ),
    "a heartbeat of JSON in a home-made stream": (
        "L08",
        "warning",
        chat(STEPS[0], b'data: {"type": "ping"}\n\n', *STEPS[1:]),
    ),
}
