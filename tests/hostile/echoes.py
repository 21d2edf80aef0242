"""The key that came with the request, said back in every way in which somebody can read it."""

from __future__ import annotations

from tests.hostile.behaviour import SECRET, Kind, json_answer, sends, stream
from tests.hostile.events import END, delta, event, says
from tests.privacy.disguised import DISGUISES
from tests.remote.raw_server import whole

echoes = Kind("echo")

for name, disguise in DISGUISES.items():
    said = f"Your key is {disguise(SECRET)} , I think."
    echoes.add(name, sends(stream(says(said), END)), "complete")
    echoes.add(f"{name}, in pieces", sends(stream(*map(says, said), END)), "complete")
echoes.add(
    "in its reasoning", sends(stream(delta(reasoning_content=SECRET), says("Hello"), END)), "complete", text="Hello"
)
echoes.add(
    "in an event's name and id",
    sends(stream(f"event: {SECRET}\nid: {SECRET}\n".encode() + says("Hello"), END)),
    "complete",
    text="Hello",
)
echoes.add("in a comment", sends(stream(f": {SECRET}\n\n".encode() + says("Hello"), END)), "complete", text="Hello")
echoes.add(
    "in an error",
    sends(stream(event({"error": {"message": f"no key {SECRET}", "code": SECRET}}))),
    "error",
    said="no key",
)
echoes.add(
    "in a refusal",
    sends(json_answer(b'{"detail": "no key ' + SECRET.encode() + b'"}', status="401 No")),
    "error",
    fault="wire",
    said="no key",
)
echoes.add(
    "in a header",
    sends(whole(b"Hello", "text/plain", more=f"X-Echo: {SECRET}\r\nSet-Cookie: a={SECRET}\r\n")),
    "complete",
    text="Hello",
    agent={"protocol": "auto"},
)
echoes.add(
    "in a redirect",
    sends(whole(b"", "text/plain", status="307 Go", more=f"Location: http://localhost:9/?of={SECRET}\r\n")),
    "error",
    fault="wire",
)
echoes.add("in its reason", sends(f"HTTP/1.1 500 {SECRET}\r\nContent-Length: 0\r\n\r\n".encode()), "error")
echoes.add(
    "in a page",
    sends(whole(f"<!doctype html><p>{SECRET}".encode(), "text/html")),
    "error",
    fault="wire",
    agent={"protocol": "auto"},
)
echoes.add(
    "in a call of a tool",
    sends(
        stream(
            delta(
                tool_calls=[
                    {
                        "index": 0,
                        "id": SECRET,
                        "type": "function",
                        "function": {"name": "note", "arguments": f'{{"of": "{SECRET}"}}'},
                    }
                ]
            ),
            event({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
            b"data: [DONE]\n\n",
        )
    ),
    "complete",
)
