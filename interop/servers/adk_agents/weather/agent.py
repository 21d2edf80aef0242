"""An ADK agent with a model without a model: a tool call, and one that asks for confirmation."""

from google.adk.agents import LlmAgent
from google.adk.models import BaseLlm, LlmResponse
from google.adk.tools import FunctionTool
from google.genai import types


def said(parts, *, partial):
    return LlmResponse(content=types.Content(role="model", parts=parts), partial=partial)


class Scripted(BaseLlm):
    """Says what the last content asks for, in pieces where it is to stream."""

    async def generate_content_async(self, llm_request, stream=False):
        contents = llm_request.contents
        users = [one for one in contents if one.role == "user" and one.parts and one.parts[0].text]
        last = contents[-1].parts[-1]
        text = last.text or ""
        if last.function_response:
            words = ["Result: ", str(last.function_response.response)]
        elif "weather" in text or "book" in text:
            name = "get_weather" if "weather" in text else "book"
            call = types.FunctionCall(id=f"call-{len(contents)}", name=name, args={"city": "Paris"})
            yield said([types.Part(function_call=call)], partial=False)
            return
        else:
            words = [f"You have said {len(users)}: ", text]
        if stream:
            for word in words:
                yield said([types.Part(text=word)], partial=True)
        yield said([types.Part(text="".join(words))], partial=False)


def get_weather(city: str) -> dict:
    """The weather in a city."""
    return {"city": city, "celsius": 18}


def book(city: str) -> dict:
    """Book a flight."""
    return {"booked": city}


root_agent = LlmAgent(
    name="weather",
    model=Scripted(model="scripted"),
    tools=[get_weather, FunctionTool(book, require_confirmation=True)],
)
