"""Events of a model's stream, from which the behaviours are made."""

from __future__ import annotations

import json
from typing import Any, Final


def event(value: Any) -> bytes:
    """A value as one event; as it is, where it is bytes."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return b"data: " + data + b"\n\n"


def delta(**fields: Any) -> bytes:
    """What a piece of an answer adds."""
    return event({"choices": [{"index": 0, "delta": fields}]})


def says(text: str) -> bytes:
    """A piece of the answer's text."""
    return delta(content=text)


HELLO: Final = says("Hello")
STOP: Final = event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
DONE: Final = b"data: [DONE]\n\n"
END: Final = STOP + DONE
ANSWER: Final = HELLO + END
