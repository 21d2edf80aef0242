#!/usr/bin/env bash
# anthropic (Python SDK) 2.14.0: an event of a stream that has no `event:` line is skipped, without a word.
#
# Every event of the Messages API says in its JSON what it is ("type": "content_block_delta"), and once more in its
# `event:` line. By the standard for server-sent events that line may be missing; relays that write events anew often
# leave it out. The SDK decodes such an event and then passes over it: the text of that piece is missing, and the final
# message has its stop reason "end_turn" all the same.
#
# Seen: with all lines "It is not safe", without one of them "It is safe"; both end with "end_turn".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check anthropic==2.14.0
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.metadata
import json

import anthropic
import httpx2 as http


def body(without: int | None) -> bytes:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
    usage = {"input_tokens": 1, "output_tokens": 1}
    events = [
        {"type": "message_start", "message": {**message, "stop_sequence": None, "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
            for text in ("It is ", "not ", "safe")
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": usage},
        {"type": "message_stop"},
    ]
    lines = []
    for index, event in enumerate(events):
        name = "" if index == without else f"event: {event['type']}\n"
        lines.append(f"{name}data: {json.dumps(event)}\n\n")
    return "".join(lines).encode()


def final(without: int | None) -> tuple[str, str | None]:
    def answer(_request: object) -> object:
        return http.Response(200, headers={"content-type": "text/event-stream"}, content=body(without))

    client = anthropic.Anthropic(
        api_key="none", base_url="http://127.0.0.1:9", http_client=http.Client(transport=http.MockTransport(answer))
    )
    question = [{"role": "user", "content": "Is it safe?"}]
    with client.messages.stream(model="m", max_tokens=9, messages=question) as stream:
        message = stream.get_final_message()
    return message.content[0].text, message.stop_reason


found = final(None), final(3)
print("anthropic", importlib.metadata.version("anthropic"), *found)
assert found == (("It is not safe", "end_turn"), ("It is safe", "end_turn")), found
PYTHON
