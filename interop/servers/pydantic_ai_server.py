"""One agent of pydantic-ai behind its AG-UI adapter (/ag-ui) and its Vercel AI adapter (/api/chat)."""

import sys

import uvicorn
from pydantic_ai import Agent
from pydantic_ai.messages import ModelRequest, ToolReturnPart, UserPromptPart
from pydantic_ai.models.function import DeltaToolCall, FunctionModel
from pydantic_ai.tools import DeferredToolRequests
from pydantic_ai.ui.ag_ui import AGUIAdapter
from pydantic_ai.ui.vercel_ai import VercelAIAdapter
from starlette.applications import Starlette
from starlette.routing import Route


async def model(messages, info):
    parts = [part for message in messages if isinstance(message, ModelRequest) for part in message.parts]
    users = [part for part in parts if isinstance(part, UserPromptPart)]
    text, last = str(users[-1].content), parts[-1]
    if isinstance(last, ToolReturnPart):
        words = ["It is ", "18 °C ", "in Paris."] if last.tool_name == "get_weather" else ["Done: ", str(last.content)]
    elif "weather" in text or "book" in text:
        name = "get_weather" if "weather" in text else "book"
        yield {0: DeltaToolCall(name=name, json_args='{"city": ', tool_call_id=f"call-{len(messages)}")}
        yield {0: DeltaToolCall(json_args='"Paris"}')}
        return
    else:
        words = [f"You have said {len(users)}: ", text]
    for word in words:
        yield word


agent = Agent(FunctionModel(stream_function=model), output_type=[str, DeferredToolRequests])


@agent.tool_plain
def get_weather(city: str) -> dict:
    """The weather."""
    return {"city": city, "celsius": 18}


@agent.tool_plain(requires_approval=True)
def book(city: str) -> str:
    """Book a flight."""
    return f"booked {city}"


async def ag_ui(request):
    return await AGUIAdapter.dispatch_request(request, agent=agent)


async def vercel(request):
    return await VercelAIAdapter.dispatch_request(request, agent=agent, sdk_version=6)


app = Starlette(routes=[Route("/ag-ui", ag_ui, methods=["POST"]), Route("/api/chat", vercel, methods=["POST"])])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
