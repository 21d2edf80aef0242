"""An MCP server of the SDK before 2.0, with sessions and elicitation within the call (2025-11-25)."""

import sys

from mcp.server.fastmcp import Context, FastMCP
from mcp.server.streamable_http import EventMessage, EventStore
from pydantic import BaseModel


class Memory(EventStore):
    """Keeps events, so that a stream can be taken up again once an answer is known."""

    def __init__(self):
        self.events = []

    async def store_event(self, stream_id, message):
        self.events.append((stream_id, message))
        return str(len(self.events))

    async def replay_events_after(self, last_event_id, send_callback):
        after = int(last_event_id)
        stream = self.events[after - 1][0]
        for number, (stream_id, message) in enumerate(self.events[after:], after + 1):
            if stream_id == stream and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream


server = FastMCP("weather", host="127.0.0.1", port=int(sys.argv[1]), event_store=Memory())
said = []


class Answer(BaseModel):
    """What the user is asked."""

    sure: bool


@server.tool()
async def ask(question: str, ctx: Context) -> str:
    """Answer a question about the weather."""
    said.append(question)
    await ctx.report_progress(1, 2)
    if "book" in question:
        answer = await ctx.elicit("Shall I book it?", Answer)
        return f"You answered: {answer.action} {getattr(answer, 'data', None)}."
    return "It is 18 °C in Paris." if "weather" in question else f"You have said {len(said)}: {question}"


server.run("streamable-http")
