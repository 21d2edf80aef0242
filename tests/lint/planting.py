"""Sound streams to plant faults into, and how they are planted."""

from __future__ import annotations

from typing import Any

from scenario.exchange import Exchange
from tests.lint.streams import HEADERS, exchange, framed, home_made, openai_chat

# What a fault is called: the rule that speaks, on which level, and the exchange.
Faults = dict[str, tuple[str, str, Exchange]]

CHAT = openai_chat()


def chat(*pieces: bytes, **options: Any) -> Exchange:
    """The exchange of these pieces."""
    return exchange(pieces, **options)


def with_headers(**headers: str) -> dict[str, str]:
    """The usual headers and more, or others; an underscore stands for a hyphen, an empty value takes one out."""
    changed = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
    return {name: value for name, value in changed.items() if value}


def put(index: int, *pieces: bytes) -> list[bytes]:
    """The chat with pieces put before its piece of that index."""
    return [*CHAT[:index], *pieces, *CHAT[index:]]


def empty_chunk(**fields: Any) -> bytes:
    """A chunk of the chat without a choice, with fields of one's own."""
    return framed([{"id": "chatcmpl-1", "choices": [], **fields}])[0]


def tool_call(arguments: str, name: str = "weather") -> list[bytes]:
    """A chat completion that calls a tool."""
    function = {"name": name, "arguments": arguments}
    call = {"index": 0, "id": "call_1", "type": "function", "function": function}

    def chunk(delta: Any, reason: Any = None) -> Any:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return {"id": "c1", "object": "chat.completion.chunk", "choices": [choice]}

    return framed([chunk({"tool_calls": [call]}), chunk({}, "tool_calls"), "[DONE]"])


def swapped(events: list[Any], one: int, other: int) -> list[Any]:
    """The events with two of them in each other's place."""
    events[one], events[other] = events[other], events[one]
    return events


def changed(events: list[Any], index: int, **fields: Any) -> list[Any]:
    """The events with fields of one of them changed."""
    events[index] = events[index] | fields
    return events


def without(events: list[Any], kind: str) -> list[Any]:
    """The events but those of that type."""
    return [event for event in events if event["type"] != kind]


def numbered(**ids: str) -> list[bytes]:
    """The home-made stream with ids; `ids` changes those of single events: at_2="7"."""
    return [f"id: {ids.get(f'at_{number}', number + 1)}\n".encode() + piece for number, piece in enumerate(home_made())]
