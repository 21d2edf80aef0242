"""Read bodies with the public streams of the `openai` package, over a transport that gives them as a server would."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai

_HELLO: list[Any] = [{"role": "user", "content": "hello"}]


def _client(body: bytes) -> openai.OpenAI:
    answer = httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=body)
    http_client = httpx2.Client(transport=httpx2.MockTransport(lambda request: answer))
    return openai.OpenAI(api_key="none", base_url="http://agent.test", max_retries=0, http_client=http_client)


def _chat_create(client: openai.OpenAI) -> tuple[str, bool]:
    """Joins the deltas, as the documentation's own loop."""
    text, finish_reason = "", None
    for chunk in client.chat.completions.create(model="m", messages=_HELLO, stream=True):
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finish_reason = choice.finish_reason or finish_reason
    return text, finish_reason is not None


def _chat_stream(client: openai.OpenAI) -> tuple[str, bool]:
    """Takes the completion that the package has put together."""
    with client.chat.completions.stream(model="m", messages=_HELLO) as stream:
        choice = stream.get_final_completion().choices[0]
    return choice.message.content or "", choice.finish_reason is not None


def _responses_create(client: openai.OpenAI) -> tuple[str, bool]:
    """Joins the deltas, as the documentation's own loop."""
    text, completed = "", False
    for event in client.responses.create(model="m", input="hello", stream=True):
        if event.type == "response.output_text.delta":
            text += event.delta
        elif event.type == "error":
            raise RuntimeError(event.message)
        completed = completed or event.type == "response.completed"
    return text, completed


def _responses_stream(client: openai.OpenAI) -> tuple[str, bool]:
    """Takes the response that the package has put together."""
    with client.responses.stream(model="m", input="hello") as stream:
        response = stream.get_final_response()
    return response.output_text, response.status == "completed"


_WAYS: dict[str, Callable[[openai.OpenAI], tuple[str, bool]]] = {
    "chat.completions.create": _chat_create,
    "chat.completions.stream": _chat_stream,
    "responses.create": _responses_create,
    "responses.stream": _responses_stream,
}


def _readings(way: str, bodies: list[str]) -> Iterator[dict[str, Any]]:
    for body in bodies:
        try:
            with _client(body.encode()) as client:
                text, signed = _WAYS[way](client)
        except Exception as error:  # noqa: BLE001 - whatever it raises, it is no whole answer
            yield {"text": None, "signed": False, "error": repr(error)}
        else:
            yield {"text": text, "signed": signed}


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text())
    print(json.dumps({"version": openai.__version__, "readings": list(_readings(**given))}))
