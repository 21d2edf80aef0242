"""L40 to L52: the order of a dialect's events, and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scenario.lint.explanations.explanation import Explanation

DIALOGUE: Final[Mapping[str, Explanation]] = {
    "L40": Explanation(
        what="A reply has the terminal event of its dialect, once, and nothing after it.",
        why="Without one, an answer that was cut looks like a whole one. What comes later is read by nobody.",
        example='data: {"type": "TEXT_MESSAGE_END", "messageId": "m"}\n\n(the body ends, without RUN_FINISHED)',
        remedy="End every reply with its terminal event, and close the body there.",
        source="The dialects' own specifications, as L42 to L49 name them",
    ),
    "L41": Explanation(
        what="After an error, no event says that all went well. (The AI SDK's own `finish` after an error may come.)",
        why="Clients that look at the end never see the error.",
        example='data: {"choices": [{"index": 0, "delta": {"content": "It"}}]}\n\n'
        'data: {"error": {"message": "overloaded"}}\n\n'
        'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n',
        remedy="End a failed run with its error.",
        source="https://platform.openai.com/docs/guides/error-codes; the dialects' own specifications",
    ),
    "L42": Explanation(
        what="OpenAI's chat completions: each choice has a finish_reason, the id stays, `[DONE]` comes, and usage "
        "where stream_options.include_usage asked for it.",
        why="It is how clients tell an end from a cut, and how tokens are billed.",
        example='data: {"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": null}]}\n\n(the end)',
        remedy="Send a last chunk with the finish_reason, then usage, then `data: [DONE]`.",
        source="https://platform.openai.com/docs/api-reference/chat-streaming",
    ),
    "L43": Explanation(
        what="AG-UI: RUN_STARTED first; messages, tool calls and steps are begun before they go on and are ended; "
        "types are known; arguments are JSON; an interrupt names what it waits for.",
        why="AG-UI's client verifies the order, and ends the run with an error.",
        example='data: {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "Hi"}        (no START before it)',
        remedy="Send start, content and end of each part in this order and under one id.",
        source="https://docs.ag-ui.com/concepts/events",
    ),
    "L44": Explanation(
        what="Anthropic's messages: message_start first and once, each block from content_block_start to "
        "content_block_stop, message_delta before message_stop.",
        why="SDKs put a message together by these: a block that was not begun raises in them.",
        example='data: {"type": "content_block_delta", "index": 1, …}        (1 was not begun)',
        remedy="Pass the events on as they came, in their order.",
        source="https://docs.anthropic.com/en/docs/build-with-claude/streaming",
    ),
    "L45": Explanation(
        what="OpenAI's responses: sequence_number without a gap, ids of items that stay, and texts that are the sum of "
        "their deltas.",
        why="A gap or a sum that is wrong says that a piece was lost, doubled or cut.",
        example='"delta": "It is"  …  response.output_text.done with "text": "It is 18."',
        remedy="Count up by one, and let the whole be the deltas joined.",
        source="https://platform.openai.com/docs/api-reference/responses-streaming",
    ),
    "L46": Explanation(
        what="A2A: the request's id, ids of task and context that stay, states that there are, artifacts that begin "
        "before they are appended to, and a last update that ends or waits.",
        why="A task in no final state is waited for without end.",
        example='"status": {"state": "TASK_STATE_WORKING"}        (the last update)',
        remedy="End the stream with a message, or with a task that is completed, failed, canceled, rejected or waits.",
        source="https://a2a-protocol.org/latest/specification/",
    ),
    "L47": Explanation(
        what="The AI SDK's UI message stream: `start` first (data parts may come before it), text, reasoning and tool "
        "input from start to end under one id, the header x-vercel-ai-ui-message-stream, and `[DONE]`.",
        why="useChat throws at a delta of a part that was not begun, and drops what is no part of a message.",
        example='data: {"type": "text-delta", "id": "0", "delta": "Hi"}        (no text-start with this id)',
        remedy="Send text-start, text-delta and text-end under one id, and a finish.",
        source="https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol",
    ),
    "L48": Explanation(
        what="MCP's streamable HTTP: one response with the id of the request, as the stream's last message.",
        why="Clients wait for the id that they sent, and take nothing after it.",
        example='{"jsonrpc": "2.0", "id": 7, "result": {}}        (the request had the id 1)',
        remedy="Answer once, with the request's id; notifications come before it.",
        source="https://modelcontextprotocol.io/specification/2025-06-18/basic/transports",
    ),
    "L49": Explanation(
        what="LangGraph Server: `metadata` with the run's id is the first event, and it is the run that "
        "Content-Location names.",
        why="Clients cancel and join the run by this id.",
        example='event: values\ndata: {"messages": []}        (the first event)',
        remedy="Send metadata first, with the run's own id in both places.",
        source="https://docs.langchain.com/langsmith/streaming",
    ),
    "L50": Explanation(
        what="The arguments of a tool call are one JSON object; the tool is one that was offered; where tools run in "
        "the server, a call has its result before the agent goes on talking.",
        why="Whoever runs the tool cannot parse what it gets, or has no such tool.",
        example='"arguments": "{\\"city\\": \\"Par"        (and no more of it)',
        remedy="Stream the arguments whole: their pieces, joined, are one JSON object.",
        source="https://platform.openai.com/docs/guides/function-calling; the dialects' own specifications",
    ),
    "L51": Explanation(
        what="An answer that ended well has a text, a tool call, a refusal or a question.",
        why="Users see nothing. Often the text stands in a field that nobody reads, or only reasoning came.",
        example='data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n',
        remedy="Say why there is no text, in text; or see where it stands.",
        source="Our own experience with agents and models",
    ),
    "L52": Explanation(
        what="A piece of the text does not repeat all that came before it.",
        why="Users read the answer twice, or growing over and over.",
        example='data: {"content": "It is warm in "}\n\ndata: {"content": "It is warm in Paris."}\n\n',
        remedy="Send either pieces, or the whole text so far, and not both under one name.",
        source="Our own experience with agents and models",
    ),
}
