"""Faults of what events say."""

from __future__ import annotations

from tests.lint.planting import CHAT, Faults, changed, chat, swapped, tool_call, with_headers, without
from tests.lint.streams import (
    LANGGRAPH_HEADERS,
    OLLAMA_HEADERS,
    VERCEL_HEADERS,
    WORDS,
    a2a_events,
    ag_ui_events,
    anthropic_events,
    exchange,
    framed,
    home_made,
    langgraph,
    mcp_events,
    ollama,
    responses_events,
    vercel_events,
)

ERROR = b'data: {"error": {"message": "overloaded", "code": "503"}}\n\n'
OTHER_TASK = {"statusUpdate": {"taskId": "task-2", "contextId": "ctx-1", "status": {"state": "TASK_STATE_WORKING"}}}
GROWING = framed([*[{"content": "".join(WORDS[: count + 1])} for count in range(5)], "[DONE]"])
PADDED = framed(
    [*[{"content": "".join(WORDS[: count + 1]), "pad": "x" * (90 - 20 * count)} for count in range(5)], "[DONE]"]
)
INTERRUPTED = [{"type": "RUN_STARTED"}, {"type": "RUN_FINISHED", "outcome": {"type": "interrupt", "interrupts": []}}]

FAULTS: Faults = {
    "no terminal event (Anthropic)": ("L40", "error", chat(*framed(anthropic_events()[:-1], named=True))),
    "no terminal event (AG-UI)": ("L40", "error", chat(*framed(ag_ui_events()[:-1]))),
    "no terminal event (Responses)": ("L40", "error", chat(*framed(responses_events()[:-1], named=True))),
    "no terminal event (AI SDK)": (
        "L40",
        "error",
        chat(*framed([*vercel_events()[:-2], "[DONE]"]), headers=VERCEL_HEADERS),
    ),
    "no terminal event (Ollama)": ("L40", "error", exchange(ollama()[:-1], headers=OLLAMA_HEADERS)),
    "two terminal events": ("L40", "error", chat(*framed([*ag_ui_events(), ag_ui_events()[-1]]))),
    "an event after the end": ("L40", "error", chat(*CHAT, CHAT[7])),
    "an event after a home-made end": ("L40", "error", chat(*home_made(), home_made()[0])),
    "going on after an error": ("L40", "error", chat(*CHAT[:2], ERROR, *CHAT[2:3])),
    "success after an error": (
        "L41",
        "error",
        chat(*framed([*ag_ui_events()[:6], {"type": "RUN_ERROR", "message": "no"}, ag_ui_events()[-1]])),
    ),
    "no [DONE]": ("L42", "error", chat(*CHAT[:-1])),
    "no finish reason": ("L42", "error", chat(*CHAT[:6], *CHAT[7:])),
    "another id": ("L42", "error", chat(*CHAT[:2], CHAT[2].replace(b"chatcmpl-1", b"chatcmpl-2"), *CHAT[3:])),
    "no usage": ("L42", "warning", chat(*CHAT[:7], CHAT[8], asked={"stream_options": {"include_usage": True}})),
    "a run that is not begun": ("L43", "error", chat(*framed(ag_ui_events()[1:]))),
    "content after its end": ("L43", "error", chat(*framed(swapped(ag_ui_events(), 11, 12)))),
    "a message that is not ended": ("L43", "error", chat(*framed([*ag_ui_events()[:12], ag_ui_events()[-1]]))),
    "an event that AG-UI does not have": (
        "L43",
        "error",
        chat(*framed([ag_ui_events()[0], {"type": "TEXT_MESAGE"}, *ag_ui_events()[1:]])),
    ),
    "an interrupt without a name": ("L43", "error", chat(*framed(INTERRUPTED))),
    "no message_start": ("L44", "error", chat(*framed(anthropic_events()[1:], named=True), protocol="anthropic")),
    "a block that is not stopped": (
        "L44",
        "error",
        chat(*framed(without(anthropic_events(), "content_block_stop"), named=True)),
    ),
    "no message_delta": ("L44", "error", chat(*framed(without(anthropic_events(), "message_delta"), named=True))),
    "a gap in the numbers": (
        "L45",
        "error",
        chat(*framed(changed(responses_events(), 11, sequence_number=99), named=True)),
    ),
    "another item": ("L45", "error", chat(*framed(changed(responses_events(), 8, item_id="msg_2"), named=True))),
    "a whole that is not the sum": (
        "L45",
        "error",
        chat(*framed(changed(responses_events(), 8, text="Else"), named=True)),
    ),
    "another task": ("L46", "error", chat(*framed(changed(a2a_events(), 1, result=OTHER_TASK)))),
    "a task that is left working": ("L46", "error", chat(*framed(a2a_events()[:-1]))),
    "an update after the final state": ("L46", "error", chat(*framed(swapped(a2a_events(), 3, 4)))),
    "an artifact that is only appended to": ("L46", "error", chat(*framed([*a2a_events()[:2], *a2a_events()[3:]]))),
    "another request's id": ("L46", "error", chat(*framed(a2a_events()), asked={"jsonrpc": "2.0", "id": "req-2"})),
    "no start": ("L47", "error", chat(*framed(vercel_events()[1:]), headers=VERCEL_HEADERS)),
    "no [DONE] (AI SDK)": ("L47", "error", chat(*framed(vercel_events()[:-1]), headers=VERCEL_HEADERS)),
    "no header": ("L47", "error", chat(*framed(vercel_events()))),
    "text that is not begun": (
        "L47",
        "error",
        chat(*framed([vercel_events()[0], *vercel_events()[3:4], *vercel_events()[9:]]), headers=VERCEL_HEADERS),
    ),
    "a response to another request": ("L48", "error", chat(*framed(mcp_events()), asked={"jsonrpc": "2.0", "id": 2})),
    "a notification after the response": ("L48", "error", chat(*framed(mcp_events()[::-1]))),
    "two responses": ("L48", "error", chat(*framed([*mcp_events(), mcp_events()[1]]))),
    "another run": (
        "L49",
        "error",
        chat(*langgraph(), headers=with_headers(content_location="/threads/t1/runs/run-2")),
    ),
    "metadata that is late": ("L49", "error", chat(*langgraph()[1:2], *langgraph(), headers=LANGGRAPH_HEADERS)),
    "cut arguments": ("L50", "error", chat(*tool_call('{"city": "Par'))),
    "arguments that are no object": ("L50", "error", chat(*tool_call('"Paris"'))),
    "a tool that was not offered": (
        "L50",
        "error",
        chat(*tool_call("{}"), asked={"tools": [{"type": "function", "function": {"name": "time"}}]}),
    ),
    "a call without a result": ("L50", "error", chat(*framed(without(ag_ui_events(), "TOOL_CALL_RESULT")))),
    "no text": ("L51", "warning", chat(CHAT[0], *CHAT[6:])),
    "cumulative texts": ("L52", "warning", chat(*GROWING)),
    "cumulative texts that are padded": ("L52", "warning", chat(*PADDED)),
    "the whole text once more": (
        "L52",
        "warning",
        chat(*home_made()[:-1], framed([{"content": "".join(WORDS)}])[0], home_made()[-1]),
    ),
    "two kinds with texts of their own": (
        "L63",
        "warning",
        chat(*framed([{"type": "note", "text": "One."}, {"type": "hint", "text": "Two."}, {"type": "done"}])),
    ),
}
