"""What real servers send and is right, although it looks like a fault."""

from __future__ import annotations

import pytest

from scenario.exchange import Exchange
from scenario.lint.linting import lint
from scenario.wire.sse_writing import encode_comment
from tests.lint.end_faults import DATA_HEADERS, adk, converse, data_stream, dify, steps
from tests.lint.planting import CHAT, changed, chat, tool_call, with_headers
from tests.lint.streams import (
    VERCEL_HEADERS,
    ag_ui_events,
    anthropic_events,
    exchange,
    framed,
    home_made,
    mcp_events,
    openai_chat,
    responses_events,
    vercel_events,
)

AZURE = framed([{"id": "", "object": "", "choices": [], "prompt_filter_results": []}])[0]
DIFY = {"task_id": "t", "conversation_id": "c", "message_id": "m"}
FAILED = [*vercel_events()[:2], {"type": "error", "errorText": "no"}, {"type": "finish"}, "[DONE]"]
KEEPALIVE = [*responses_events()[:3], {"type": "keepalive", "sequence_number": 3}]
LATER = [event | {"sequence_number": number} for number, event in enumerate(responses_events()[3:], start=4)]
CALL = {"toolCallId": "c1", "toolName": "weather"}
REFUSED_INPUT = [
    {"type": "tool-input-start", **CALL},
    {"type": "tool-input-delta", "toolCallId": "c1", "inputTextDelta": '{"city":'},
    {"type": "tool-input-error", **CALL, "input": '{"city":', "errorText": "no JSON"},
    {"type": "tool-output-error", "toolCallId": "c1", "errorText": "no JSON"},
]
SUBAGENT = {"type": "SUBAGENT_STARTED", "subagentId": "s"}
WORKFLOW = [{"event": "workflow_started", **DIFY}, {"event": "text_chunk", **DIFY, "data": {"text": "Hi"}}]

ALLOWED: dict[str, Exchange] = {
    "CRLF throughout": chat(*[piece.replace(b"\n", b"\r\n") for piece in CHAT]),
    "comments between events": chat(CHAT[0], encode_comment(" OPENROUTER PROCESSING"), *CHAT[1:]),
    "Azure's first chunk": chat(AZURE, *CHAT),
    "a call of a tool without arguments": chat(*tool_call("")),
    "an error in the middle, and the sentinel": chat(*CHAT[:3], b'data: {"error": {"message": "no"}}\n\n', CHAT[-1]),
    "Anthropic's pings": chat(*framed(anthropic_events(), named=True)),
    "Anthropic's error in the middle of a block": chat(
        *framed([*anthropic_events()[:4], {"type": "error", "error": {"type": "overloaded_error"}}], named=True)
    ),
    "OpenAI's own keepalive": chat(*framed([*KEEPALIVE, *LATER], named=True)),
    "the AI SDK's finish after an error": chat(*framed(FAILED), headers=VERCEL_HEADERS),
    "AG-UI's error, with a message left open": chat(
        *framed([*ag_ui_events()[:8], {"type": "RUN_ERROR", "message": "no"}])
    ),
    "AG-UI's subagents": chat(*framed([*ag_ui_events()[:1], SUBAGENT, *ag_ui_events()[1:]])),
    "MCP's first event without data": chat(b"id: 1\ndata: \n\n", *framed(mcp_events()), protocol="mcp"),
    "a workflow's end": chat(
        *framed([*WORKFLOW, {"event": "workflow_finished", **DIFY, "data": {"outputs": {"text": "Hi"}}}]),
        protocol="dify",
    ),
    "a record of which only the type is known": exchange(
        openai_chat(), headers={"content-type": "text/event-stream"}, http_version=""
    ),
    "a home-made stream without a sentinel": chat(*home_made()[:-1]),
    "a data stream of the AI SDK": exchange(data_stream(), headers=DATA_HEADERS),
    "a data stream that comes in one piece": exchange([b"".join(data_stream())], headers=DATA_HEADERS),
    "a data stream that is cut anywhere on the way": exchange(
        [b"".join(data_stream())[:30], b"".join(data_stream())[30:]], headers=DATA_HEADERS
    ),
    "an error in a data stream": exchange([*data_stream()[:2], b'3:"no"\n', *data_stream()[5:]], headers=DATA_HEADERS),
    "arguments that the AI SDK has refused": chat(
        *framed([*vercel_events()[:2], *REFUSED_INPUT, *vercel_events()[2:]]), headers=VERCEL_HEADERS
    ),
    "a message of Converse": exchange(converse(stop=True)),
    "a chat of Dify": exchange(dify("message_end")),
    "a stream of ADK": exchange(adk()),
    "a home-made stream with a named end": chat(*steps({"type": "done"})),
    "an error and the end of a home-made stream": chat(
        *framed([{"type": "token", "content": "Hi"}, {"type": "error", "message": "no"}, {"type": "done"}], named=True)
    ),
    "usage after the end of a home-made stream": chat(
        *framed([{"type": "token", "content": "Hi"}, {"type": "done"}, {"type": "usage", "tokens": 3}], named=True)
    ),
    "an answer that ends with the word Done": chat(b"data: All\n\n", b"data: is\n\n", b"data: Done\n\n"),
    "a short answer after a long thought": chat(
        encode_comment(" hold on"),
        *CHAT,
        times=[0.1, *[8 + 0.02 * number for number in range(len(CHAT))]],
    ),
    "a large piece at the end of a stream of small ones": chat(
        *framed([*[{"content": f"word {number} "} for number in range(20)], {"content": "x" * 5000}]),
        times=[0.2 * number for number in range(1, 22)],
    ),
    "keep-alive comments before a first token that is late": chat(
        *[encode_comment(" keep-alive")] * 3,
        *CHAT,
        times=[0.1, 10.0, 20.0, *[28 + 0.05 * number for number in range(len(CHAT))]],
    ),
    "an MCP server's time to reconnect": chat(
        b"id: 1\nretry: 5000\ndata: \n\n", b"retry: 5000\n\n", *framed(mcp_events())
    ),
    "a key that nobody has": chat(
        b'data: {"content": "Set \\"authorization\\": \\"Bearer YOUR_TOKEN\\", or sk-learn"}\n\n'
    ),
    "plain text of a known length": exchange(
        [b"It is 18 degrees."], headers={"content-type": "text/plain", "content-length": "17", "date": "today"}
    ),
    "silence of 14 seconds": chat(*CHAT, times=[14.0 * number + 1 for number in range(len(CHAT))]),
    "a slow answer in one piece": chat(b'data: {"content": "It is 18 degrees."}\n\n', times=[4.0]),
    "text that speaks of keys": chat(b'data: {"content": "Set Authorization: Bearer YOUR_API_KEY"}\n\n'),
    "a coding that is none": chat(*CHAT, headers=with_headers(content_encoding="none")),
    "data parts before the start of the AI SDK's message": chat(
        *framed([{"type": "data-status", "data": {"step": 1}}, {"type": "data-x", "data": 2}, *vercel_events()]),
        headers=VERCEL_HEADERS,
    ),
    "tRPC's pings": chat(b'data: {"content": "Hi"}\n\n', b"event: ping\ndata: \n\n", b'data: {"content": " you"}\n\n'),
    "HTTP/2": chat(*CHAT, headers=with_headers(transfer_encoding=""), http_version="2"),
    "a response that was numbered from one": chat(
        *framed([event | {"sequence_number": number} for number, event in enumerate(responses_events(), 1)], named=True)
    ),
    "an interrupt": chat(
        *framed(
            changed(
                ag_ui_events()[:1] + ag_ui_events()[-1:], 1, outcome={"type": "interrupt", "interrupts": [{"id": "i"}]}
            )
        )
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_right_has_no_finding(name: str) -> None:
    """Where the record is only a part of the response, what is not there is not missed either."""
    made = ALLOWED[name]
    if name.startswith("a record"):
        made.timing = type(made.timing)(bytes=made.timing.bytes)
    # That an error is reported is told, and not that it was sent in a wrong way.
    assert [finding for finding in lint(made) if finding.rule not in ("L58", "L61")] == []
