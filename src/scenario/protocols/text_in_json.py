"""Where home-made endpoints put the text of an answer in their JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from scenario.protocols.json_text import NOT_JSON, read_json

# A text under one of these is the answer, whatever stands beside it: {"text": "What?", "answer": "Because."}.
_ANSWERS: Final = ("answer", "reply", "response", "output")
# In this order: an object with several of them has the piece of text at the earlier one, as in
# {"token": {"text": "a"}, "generated_text": null} or {"content": "a", "message": "ok"}.
TEXT_KEYS: Final = (
    "content",
    "text",
    "delta",
    "token",
    "chunk",
    "answer",
    "response",
    "output",
    "reply",
    "message",
    "completion",
    "generated_text",
    "output_text",
    "result",
    "data",
    "payload",
)
# What the same is called elsewhere, and what such values lie in.
_OTHER_NAMES: Final = (
    *("final_answer", "final_output", "final_response", "response_text", "answer_text", "reply_text", "bot_response"),
    *("ai_response", "agent_response", "assistant_response", "assistant_message", "ai_message", "bot_message"),
    *("body", "outputs", "predictions", "generations", "parts"),
)
_ENVELOPED: Final = ("data", "payload", "result", "body", "response", "output")
# What an envelope has beside its payload.
_MARKS: Final = frozenset(
    {"code", "status", "status_code", "statusCode", "success", "ok", "errcode", "errorCode", "error_code", "isSuccess"}
)
_STATUS: Final = re.compile(
    r"(ok(ay)?|success(ful(ly)?)?|done|complete[d]?|finished|accepted|processed|no error|.{0,60}\bsuccess(ful|fully)?"
    r"|(response|answer|reply|message|request) \w{2,20}(ed|sent))[.!]?",
    re.IGNORECASE,
)
_REASONING_KEYS: Final = ("reasoning_content", "reasoning", "thinking", "thought")
# Somebody else's words: endpoints that echo the conversation mark them so.
_SPEAKERS: Final = ("role", "sender", "author", "source", "from", "speaker", "type")
_OTHERS: Final = frozenset(
    {"user", "human", "system", "tool", "developer", "function", "customer", "humanmessage", "systemmessage"}
    | {"toolmessage", "functionmessage", "user_message", "tool_message", "system_message", "humanmessagechunk"}
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_DEPTH: Final = 8
_NAMES_LOOKED_AT: Final = 64


class Found(NamedTuple):
    """A text, and the keys under which it stands.

    Attributes:
        text: None where there is none, "" where its place is there and empty.
    """

    text: str | None
    place: tuple[str, ...] = ()


_NOTHING: Final = Found(None)


def text_in(value: object) -> str | None:
    """The text in a JSON value; None where there is none, "" where its place is there and empty."""
    return found_in(value).text


def found_in(value: object, depth: int = _DEPTH) -> Found:
    """The text in a JSON value, and where it stands."""
    if isinstance(value, str):
        return Found(value)
    if depth == 0:
        return _NOTHING
    if isinstance(value, list):
        return Found(_parts(value, depth))
    return _in_object(value, depth) if isinstance(value, dict) else _NOTHING


def _in_object(value: dict[str, Any], depth: int) -> Found:
    if is_of_others(value):
        return _NOTHING
    if value.get("special") is True:
        # A token of the model's own, such as the one that ends its answer.
        return Found("")
    for key in _ANSWERS:
        if isinstance(text := value.get(key), str) and text:
            return Found(text, (key,))
    if (inside := _enveloped(value, depth)) is not None:
        return inside
    for key in TEXT_KEYS:
        if key in value and (found := found_in(value[key], depth - 1)).text is not None:
            return Found(found.text, (key, *found.place))
    return _under_another_name(value, depth)


def is_of_others(value: Mapping[str, Any]) -> bool:
    """Whether an object says that its words are a user's, a system's or a tool's."""
    for key in _SPEAKERS:
        speaker = value.get(key)
        if isinstance(speaker, str) and speaker.lower() in _OTHERS:
            return True
    return False


def reasoning_in(value: Mapping[str, Any]) -> str:
    """The thinking in a JSON object; "" where there is none."""
    for key in _REASONING_KEYS:
        if isinstance(found := value.get(key), str) and found:
            return found
    return ""


def _enveloped(value: Mapping[str, Any], depth: int) -> Found | None:
    """The text in an envelope's payload, where the message beside it only says how things went."""
    message = value.get("message")
    if not isinstance(message, str) or any(value.get(key) for key in ("content", "text", "delta", "token", "chunk")):
        return None
    status = _STATUS.fullmatch(message.strip()) is not None
    if not status and _MARKS.isdisjoint(value):
        return None
    for key in _ENVELOPED:
        inner = value.get(key)
        if isinstance(inner, str):
            # Functions behind gateways write their JSON into a text.
            parsed = read_json(inner) if inner[:1] in ("{", "[") else NOT_JSON
            if parsed is NOT_JSON and not status:
                continue
            inner = inner if parsed is NOT_JSON else parsed
        if inner and (found := found_in(inner, depth - 1)).text:
            return Found(found.text, (key, *found.place))
    return None


def _under_another_name(value: Mapping[str, Any], depth: int) -> Found:
    names = {_CAMEL.sub("_", key).lower().replace("-", "_"): key for key in list(value)[:_NAMES_LOOKED_AT]}
    for name in (*TEXT_KEYS, *_OTHER_NAMES):
        key = names.get(name)
        if key is None or (name == key and name in TEXT_KEYS):
            continue
        inner = value[key]
        if name == "body" and isinstance(inner, str) and inner[:1] in ("{", "["):
            parsed = read_json(inner)
            inner = inner if parsed is NOT_JSON else parsed
        if (found := found_in(inner, depth - 1)).text is not None:
            return Found(found.text, (key, *found.place))
    return _NOTHING


def _parts(parts: list[Any], depth: int) -> str | None:
    """The text of a list: a message's parts ([{"type": "text", "text": "…"}]), or pieces or results one by one."""
    if parts and all(isinstance(part, str) for part in parts):
        return "".join(parts)
    texts = [
        text
        for part in parts
        if isinstance(part, dict) and "text" in part and (text := found_in(part["text"], depth - 1).text) is not None
    ]
    if not texts and (len(parts) == 1 or depth == _DEPTH):
        texts = [
            text
            for part in parts
            if isinstance(part, dict | list) and (text := found_in(part, depth - 1).text) is not None
        ]
    return "".join(texts) if texts else None
