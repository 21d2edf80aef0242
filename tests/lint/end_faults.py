"""Faults of how replies end, dialect by dialect."""

from __future__ import annotations

from typing import Any

from tests.lint.planting import CHAT, Faults, changed, chat
from tests.lint.streams import (
    HEADERS,
    OLLAMA_HEADERS,
    VERCEL_HEADERS,
    WORDS,
    a2a_events,
    anthropic_events,
    exchange,
    framed,
    home_made,
    langgraph,
    ollama,
    responses_events,
    vercel_events,
)

DATA_HEADERS = HEADERS | {"content-type": "text/plain; charset=utf-8", "x-vercel-ai-data-stream": "v1"}
ERROR = b'data: {"error": {"message": "overloaded", "code": "503"}}\n\n'
FAILED = b'event: error\ndata: {"error": "ValueError", "message": "no"}\n\n'


def data_stream(*more: bytes) -> list[bytes]:
    """Version 4 of the AI SDK's stream, and more lines."""
    finish = b'{"finishReason":"stop","usage":{"promptTokens":1,"completionTokens":5}}\n'
    return [*[b'0:"%s"\n' % word.encode() for word in WORDS], b"e:" + finish, b"d:" + finish, *more]


def converse(*, stop: bool) -> list[bytes]:
    """A message of Converse."""
    texts = [{"event": {"contentBlockDelta": {"delta": {"text": word}, "contentBlockIndex": 0}}} for word in WORDS]
    end = [{"event": {"messageStop": {"stopReason": "end_turn"}}}] if stop else []
    return framed([{"event": {"messageStart": {"role": "assistant"}}}, *texts, *end])


def adk(*values: Any) -> list[bytes]:
    """Events of ADK that bring the words, and more."""
    about = {"invocationId": "i1", "author": "agent", "id": "e1", "timestamp": 1.0}
    words = [{"content": {"parts": [{"text": word}], "role": "model"}, "partial": True, **about} for word in WORDS]
    return framed([*words[:2], *values, *words[2:]])


def dify(*ends: str) -> list[bytes]:
    """A chat of Dify with these events at its end."""
    about = {"conversation_id": "c", "message_id": "m", "task_id": "t"}
    error = {"status": 500, "code": "internal", "message": "no"}
    words = [{"event": "message", "answer": word, **about} for word in WORDS]
    return framed([*words, *[{"event": end, **about, **(error if end == "error" else {})} for end in ends]])


def steps(*ends: Any) -> list[bytes]:
    """A home-made stream whose events have types."""
    return framed([*[{"type": "token", "content": word} for word in WORDS], *ends], named=True)


LATER = {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"content": "Bye."}, "finish_reason": None}]}
STRANGE = {"statusUpdate": {"taskId": "task-1", "contextId": "ctx-1", "status": {"state": "TASK_STATE_ASLEEP"}}}
AGAIN = {"statusUpdate": {"taskId": "task-1", "contextId": "ctx-1", "status": {"state": "TASK_STATE_SUBMITTED"}}}
MESSAGE = framed(anthropic_events(), named=True)
OTHER = responses_events()[-1]["response"] | {
    "output": [responses_events()[-2]["item"] | {"content": [{"type": "output_text", "text": "No."}]}]
}

STEP_ERROR = b'event: step_error\ndata: {"message": "worker lost"}\n\n'

FAULTS: Faults = {
    "only the body's end": ("L58", "info", chat(*home_made()[:-1])),
    "a reason that nobody knows": ("L59", "warning", chat(*[piece.replace(b'"stop"', b'"mood"') for piece in CHAT])),
    "a limit's reason": ("L59", "error", chat(*[piece.replace(b'"stop"', b'"length"') for piece in CHAT])),
    "an error that was overcome": ("L60", "warning", chat(home_made()[0], STEP_ERROR, *home_made()[1:])),
    "an error that is reported soundly": ("L61", "error", chat(*CHAT[:3], ERROR, CHAT[-1])),
    "[DONE] twice": ("L40", "error", chat(*CHAT, CHAT[-1])),
    "[DONE] twice (AI SDK)": ("L40", "error", chat(*framed([*vercel_events(), "[DONE]"]), headers=VERCEL_HEADERS)),
    "a choice that ends twice": ("L40", "error", chat(*CHAT[:7], *CHAT[6:])),
    "text after the finish reason": ("L40", "error", chat(*CHAT[:7], *framed([LATER]), *CHAT[7:])),
    "a piece after message_stop": ("L40", "error", chat(*MESSAGE, MESSAGE[4])),
    "no message (data stream)": ("L40", "error", exchange(data_stream()[:-1], headers=DATA_HEADERS)),
    "two messages (data stream)": ("L40", "error", exchange(data_stream(data_stream()[-1]), headers=DATA_HEADERS)),
    "text after the message (data stream)": (
        "L40",
        "error",
        exchange(data_stream(b'0:"Bye."\n'), headers=DATA_HEADERS),
    ),
    "no messageStop": ("L40", "error", exchange(converse(stop=False))),
    "no message_end": ("L40", "error", exchange(dify())),
    "two message_end": ("L40", "error", exchange(dify("message_end", "message_end"))),
    "going on after an error (LangGraph)": ("L40", "error", chat(*langgraph()[:3], FAILED, *langgraph()[3:])),
    "going on after an error (ADK)": ("L40", "error", exchange(adk({"error": "no", "error_details": "none"}))),
    "a home-made end twice": ("L40", "error", chat(*steps({"type": "done"}, {"type": "done"}))),
    "text after a home-made end": (
        "L40",
        "error",
        chat(*steps({"type": "done"}, {"type": "token", "content": "Bye."})),
    ),
    "success after an error (chat)": ("L41", "error", chat(*CHAT[:3], ERROR, *CHAT[6:])),
    "success after an error (Anthropic)": (
        "L41",
        "error",
        chat(*MESSAGE[:-1], b'event: error\ndata: {"type": "error", "error": {"type": "api_error"}}\n\n', MESSAGE[-1]),
    ),
    "success after an error (Dify)": ("L41", "error", exchange(dify("error", "message_end"))),
    "success after an error (Ollama)": (
        "L41",
        "error",
        exchange([*ollama()[:2], b'{"error": "no"}\n', ollama()[-1]], headers=OLLAMA_HEADERS),
    ),
    "two messages in one stream": ("L44", "error", chat(MESSAGE[0], *MESSAGE)),
    "message_delta after message_stop": ("L44", "error", chat(*MESSAGE[:-2], MESSAGE[-1], MESSAGE[-2])),
    "a response that is not what was streamed": (
        "L45",
        "error",
        chat(*framed(changed(responses_events(), len(responses_events()) - 1, response=OTHER), named=True)),
    ),
    "a state that A2A does not have": ("L46", "error", chat(*framed(changed(a2a_events(), 1, result=STRANGE)))),
    "a task that goes back": (
        "L46",
        "error",
        chat(*framed([*a2a_events()[:4], a2a_events()[1] | {"result": AGAIN}, *a2a_events()[4:]])),
    ),
}
