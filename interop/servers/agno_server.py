"""An Agno agent behind AgentOS, with a model of rules: a tool, one that waits for a confirmation, and failures."""

import sys
from dataclasses import dataclass

import uvicorn
from agno.agent import Agent
from agno.db.in_memory import InMemoryDb
from agno.models.base import Model
from agno.models.response import ModelResponse
from agno.os import AgentOS
from agno.tools import tool


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return "18 °C in " + city


@tool(requires_confirmation=True)
def book_flight(city: str) -> str:
    """Book a flight."""
    return "booked a flight to " + city


def call(name, number):
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": '{"city": "Paris"}'}}


@dataclass
class Rules(Model):
    id: str = "rules"
    name: str = "Rules"
    provider: str = "None"

    def _answer(self, messages):
        last = messages[-1]
        users = [str(one.content) for one in messages if one.role == "user"]
        if last.role == "tool":
            return ModelResponse(role="assistant", content=f"It is {last.content}.")
        text = users[-1] if users else ""
        if "weather" in text:
            return ModelResponse(role="assistant", tool_calls=[call("get_weather", len(messages))])
        if "book" in text:
            return ModelResponse(role="assistant", tool_calls=[call("book_flight", len(messages))])
        return ModelResponse(role="assistant", content=f"You have said {len(users)}: {text}")

    def _pieces(self, messages):
        users = [str(one.content) for one in messages if one.role == "user"]
        answer = self._answer(messages)
        if answer.tool_calls:
            yield answer
            return
        for word in str(answer.content).split(" "):
            if users and "break" in users[-1] and word.startswith("it"):
                raise RuntimeError("the model broke")
            yield ModelResponse(role="assistant", content=word + " ")

    def invoke(self, messages, *args, **kwargs):
        return self._answer(messages)

    async def ainvoke(self, messages, *args, **kwargs):
        return self._answer(messages)

    def invoke_stream(self, messages, *args, **kwargs):
        yield from self._pieces(messages)

    async def ainvoke_stream(self, messages, *args, **kwargs):
        for piece in self._pieces(messages):
            yield piece

    def _parse_provider_response(self, response, **kwargs):
        return response

    def _parse_provider_response_delta(self, response):
        return response


agent = Agent(
    id="traveller",
    name="Traveller",
    model=Rules(),
    tools=[get_weather, book_flight],
    db=InMemoryDb(),
    add_history_to_context=True,
    telemetry=False,
)
app = AgentOS(agents=[agent], telemetry=False).get_app()

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
