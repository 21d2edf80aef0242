"""Where home-made endpoints put the text of an answer in their JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
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
    *(
        "fulfillment_text",
        "speech",
        "body",
        "outputs",
        "predictions",
        "candidates",
        "generations",
        "parts",
        "messages",
        "results",
    ),
)
_PIECES: Final = ("delta", "token", "chunk")
# Where an envelope says how things went.
_SAY_HOW_IT_WENT: Final = frozenset(("message", "result", "response", "output", "reply", "content", "text", "data"))
_ENVELOPED: Final = ("data", "payload", "result", "body", "response", "output")
# What an envelope has beside its payload.
_MARKS: Final = frozenset(
    {"code", "status", "status_code", "statusCode", "success", "ok", "errcode", "errorCode", "error_code", "isSuccess"}
)
_STATUS: Final = re.compile(
    r"(ok(ay)?|success(ful(ly)?)?|done|complete[d]?|finished|accepted|processed|no error|.{0,60}\bsuccess(ful|fully)?"
    r"|(\w{1,4})?成功"
    r"|(response|answer|reply|message|request) \w{2,20}(ed|sent))[.!]?",
    re.IGNORECASE,
)
_REASONING_KEYS: Final = ("reasoning_content", "reasoning", "thinking", "thought")
# Somebody else's words: endpoints that echo the conversation mark them so.
_SPEAKERS: Final = ("role", "sender", "author", "source", "from", "speaker", "type", "name")
_USER_FLAGS: Final = ("is_user", "isUser", "from_user", "fromUser", "is_human", "isHuman")
# Who speaks, where that is the name of an object with the words.
_BY_SPEAKER: Final = ("assistant", "agent", "bot", "ai", "fulfillment")
_LAST_WORDS: Final = frozenset(("answer", "response", "reply", "completion"))
_OTHERS: Final = frozenset(
    {"user", "human", "system", "tool", "developer", "function", "customer", "humanmessage", "systemmessage"}
    | {"toolmessage", "functionmessage", "user_message", "tool_message", "system_message", "humanmessagechunk"}
)
_MESSAGE_SPEAKERS: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("user", "human", "system", "developer", "humanmessage", "systemmessage"), "user")
    | dict.fromkeys(("assistant", "ai", "aimessage", "aimessagechunk", "agent", "bot", "model"), "assistant")
    | dict.fromkeys(("tool", "toolmessage", "function"), "tool")
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
    if (piece := _beside_all_so_far(value)) is not None:
        return piece
    found = _under_its_name(value, depth)
    if found.text and found.place and found.place[0] in _SAY_HOW_IT_WENT:
        return _enveloped(value, found, depth) or found
    return found


def _beside_all_so_far(value: Mapping[str, Any]) -> Found | None:
    """The piece that an event brings, where it has everything so far beside it."""
    for key in _PIECES:
        piece = value.get(key)
        if isinstance(piece, str) and piece:
            for other in (*_ANSWERS, "content", "text", "message"):
                if isinstance(told := value.get(other), str) and told.endswith(piece):
                    return Found(piece, (key,))
    return None


def _under_its_name(value: dict[str, Any], depth: int) -> Found:
    for key in _ANSWERS:
        inner = value.get(key)
        if inner and (found := found_in(inner, depth - 1)).text:
            return Found(found.text, (key, *found.place))
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
    return any(value.get(key) is True for key in _USER_FLAGS)


def reasoning_in(value: Mapping[str, Any]) -> str:
    """The thinking in a JSON object; "" where there is none."""
    for key in _REASONING_KEYS:
        if isinstance(found := value.get(key), str) and found:
            return found
    return ""


def _enveloped(value: Mapping[str, Any], found: Found, depth: int) -> Found | None:
    """The text in an envelope's payload, where what stands beside it only says how things went."""
    told, (name, *inside) = found.text or "", found.place
    says_how = _STATUS.fullmatch(told.strip()) is not None
    if inside or not (says_how or (name == "message" and not _MARKS.isdisjoint(value))):
        return None
    for key in _ENVELOPED:
        inner = value.get(key)
        if key == name or not inner:
            continue
        if isinstance(inner, str):
            # Functions behind gateways write their JSON into a text.
            parsed = read_json(inner) if inner[:1] in ("{", "[") else NOT_JSON
            if parsed is NOT_JSON and not says_how:
                continue
            inner = inner if parsed is NOT_JSON else parsed
        if (payload := found_in(inner, depth - 1)).text:
            return Found(payload.text, (key, *payload.place))
    return None


def _under_another_name(value: Mapping[str, Any], depth: int) -> Found:
    names = {_CAMEL.sub("_", key).lower().replace("-", "_"): key for key in list(value)[:_NAMES_LOOKED_AT]}
    for name in (*TEXT_KEYS, *_OTHER_NAMES):
        key = names.get(name)
        if key is None or (name == key and name in TEXT_KEYS):
            continue
        inner = value[key]
        if name == "messages" and not (isinstance(inner, list) and own_messages(inner)):
            continue
        if name == "results" and not isinstance(inner, dict):
            # A list of them is what was looked up.
            continue
        if name == "body" and isinstance(inner, str) and inner[:1] in ("{", "["):
            parsed = read_json(inner)
            inner = inner if parsed is NOT_JSON else parsed
        if (found := found_in(inner, depth - 1)).text is not None:
            return Found(found.text, (key, *found.place))
    for name, key in names.items():
        inner = value[key]
        if isinstance(inner, dict) and name in _BY_SPEAKER and (found := found_in(inner, depth - 1)).text:
            return Found(found.text, (key, *found.place))
        if isinstance(inner, str) and name.rpartition("_")[2] in _LAST_WORDS:
            return Found(inner, (key,))
    return _NOTHING


def _parts(parts: list[Any], depth: int) -> str | None:
    """The text of a list: a message's parts ([{"type": "text", "text": "…"}]), or pieces or results one by one."""
    if parts and all(isinstance(part, str) for part in parts):
        return "".join(parts)
    if (messages := own_messages(parts)) is not None:
        said = [text for message in messages if (text := found_in(message.get("content"), depth - 1).text)]
        return "\n".join(said)
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


def own_messages(value: list[Any]) -> list[dict[str, Any]] | None:
    """The agent's own messages, where a list is a conversation: those after the last that is the user's."""
    own: list[dict[str, Any]] = []
    for message in value:
        speaker = speaker_of(message) if isinstance(message, dict) else ""
        if not speaker:
            return None
        if speaker == "user":
            own.clear()
        else:
            own.append(message)
    return own if value else None


def speaker_of(message: Mapping[str, Any]) -> str:
    """Who says a message ("user", "assistant", "tool"), by its role or, as LangChain writes it, by its type.

    Another role is given as it is; "" where it is no message.
    """
    for key in ("role", "type"):
        word = message.get(key)
        if isinstance(word, str) and "content" in message and (found := _MESSAGE_SPEAKERS.get(word.lower())):
            return found
    role = message.get("role")
    return role if isinstance(role, str) else ""
