"""An agent to try things on: streams OpenAI-style chunks at http://127.0.0.1:8000/chat.

python examples/weather_agent.py
"""

import asyncio
import json

from aiohttp import web

WEATHER = {"paris": "18°C and partly cloudy", "tokyo": "24°C and sunny", "oslo": "6°C and snowy"}


def answer(messages: list[dict[str, str]]) -> str:
    question = messages[-1]["content"].lower()
    for city, weather in WEATHER.items():
        if city in question:
            return f"It is {weather} in {city.title()} today."
    return f"Which city do you mean? I know {', '.join(city.title() for city in WEATHER)}."


HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def chunk(delta: dict[str, str], finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


async def chat(request: web.Request) -> web.StreamResponse:
    body = await request.json()
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    for word in answer(body["messages"]).split(" "):
        await response.write(chunk({"content": f"{word} "}))
        await asyncio.sleep(0.02)
    await response.write(chunk({}, finish_reason="stop"))
    await response.write(b"data: [DONE]\n\n")
    return response


def application() -> web.Application:
    app = web.Application()
    app.router.add_post("/chat", chat)
    return app


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=8000)
