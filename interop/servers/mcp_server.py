"""An MCP server with one tool, which asks the user before it books: the edition without sessions (2026-07-28)."""

import sys
from typing import Annotated

from mcp.server.elicitation import ElicitationResult
from mcp.server.mcpserver import Context, Elicit, MCPServer, Resolve
from pydantic import BaseModel

server = MCPServer("weather")
said = []


class Answer(BaseModel):
    """What the user is asked."""

    sure: bool


async def sure(question: str) -> Answer | Elicit[Answer]:
    """Ask only where something is to be booked."""
    return Elicit("Shall I book it?", Answer) if "book" in question else Answer(sure=False)


@server.tool()
async def ask(question: str, ctx: Context, answer: Annotated[ElicitationResult[Answer], Resolve(sure)]) -> str:
    """Answer a question about the weather."""
    said.append(question)
    await ctx.report_progress(1, 2)
    if "book" in question:
        return f"You answered: {answer.action} {getattr(answer, 'data', None)}."
    return "It is 18 °C in Paris." if "weather" in question else f"You have said {len(said)}: {question}"


server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
