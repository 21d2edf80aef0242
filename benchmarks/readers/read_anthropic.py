"""Read bodies with the public stream of the `anthropic` package, over a transport that gives them as a server would."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx2


def _client(body: bytes) -> anthropic.Anthropic:
    answer = httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=body)
    http_client = httpx2.Client(transport=httpx2.MockTransport(lambda request: answer))
    return anthropic.Anthropic(api_key="none", base_url="http://agent.test", max_retries=0, http_client=http_client)


def _message(client: anthropic.Anthropic) -> tuple[str, bool]:
    """Takes the message that the package has put together."""
    hello: list[Any] = [{"role": "user", "content": "hello"}]
    with client.messages.stream(model="m", max_tokens=100, messages=hello) as stream:
        message = stream.get_final_message()
    text = "".join(block.text for block in message.content if block.type == "text")
    return text, message.stop_reason is not None


def _readings(way: str, bodies: list[str]) -> Iterator[dict[str, Any]]:
    for body in bodies:
        try:
            with _client(body.encode()) as client:
                text, signed = _message(client)
        except Exception as error:  # noqa: BLE001 - whatever it raises, it is no whole answer
            yield {"text": None, "signed": False, "error": repr(error)}
        else:
            yield {"text": text, "signed": signed}


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text())
    print(json.dumps({"version": anthropic.__version__, "readings": list(_readings(**given))}))
