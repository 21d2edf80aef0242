"""Whose words a JSON object holds: endpoints that echo the conversation mark the user's, a system's and a tool's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from scenario.protocols.looks import MOST_VALUES, TooMuchJsonError

# Where a speaker's kind stands, as a word or as the role or the type of an object.
_SPEAKERS: Final = (
    *("role", "sender", "author", "source", "from", "speaker", "type", "name"),
    *("senderType", "sender_type", "messageType", "message_type", "authorType", "author_type"),
)
_MARKS: Final = tuple(key for key in _SPEAKERS if key not in ("role", "type", "name"))
_INSIDE: Final = ("role", "type", "kind")
_USER_FLAGS: Final = (
    *("is_user", "isUser", "from_user", "fromUser", "is_human", "isHuman", "isCreatedByUser", "is_created_by_user"),
    *("is_from_self", "isFromSelf", "from_me", "fromMe"),
)
_BOT_FLAGS: Final = ("is_bot", "isBot", "from_bot", "fromBot")
# An object with none of these tells nobody who speaks.
_TELLING: Final = frozenset((*_SPEAKERS, *_USER_FLAGS, *_BOT_FLAGS, "direction", "kwargs"))
_OTHERS: Final = frozenset(
    {"user", "human", "system", "tool", "developer", "function", "customer", "humanmessage", "systemmessage"}
    | {"toolmessage", "functionmessage", "user_message", "tool_message", "system_message", "humanmessagechunk"}
    | {"user_proxy", "userproxy"}
)
_MOST_NODES: Final = 32
# What may also be the name or the type of something else.
_ONLY_SPEAKERS: Final = frozenset({"client", "visitor", "me", "guest", "end_user", "enduser"})
_MESSAGE_SPEAKERS: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("user", "human", "system", "developer", "humanmessage", "systemmessage"), "user")
    | dict.fromkeys(("assistant", "ai", "aimessage", "aimessagechunk", "agent", "bot", "model"), "assistant")
    | dict.fromkeys(("tool", "toolmessage", "function"), "tool")
)
_TEXTS: Final = ("content", "text", "message", "parts")


def is_of_others(value: Mapping[str, Any]) -> bool:
    """Whether an object says that its words are a user's, a system's or a tool's."""
    if value.keys().isdisjoint(_TELLING):
        return False
    for key in _SPEAKERS:
        if (speaker := value.get(key)) is not None and _is_another(key, speaker):
            return True
    if value.get("direction") == "inbound" or _is_serialized_human(value):
        return True
    return any(value.get(key) is True for key in _USER_FLAGS) or any(value.get(key) is False for key in _BOT_FLAGS)


def _is_another(key: str, speaker: object) -> bool:
    if isinstance(speaker, dict) and key not in ("type", "name", "source"):
        return any(_is_another("role", speaker[inner]) for inner in _INSIDE if inner in speaker)
    if not isinstance(speaker, str):
        return False
    word = speaker.lower()
    return word in _OTHERS or (word in _ONLY_SPEAKERS and key not in ("type", "name", "source"))


def _is_serialized_human(value: Mapping[str, Any]) -> bool:
    """Whether LangChain has written another's message as its class and its arguments."""
    names = value.get("id") if "kwargs" in value else None
    last = names[-1] if isinstance(names, list) and names else None
    return isinstance(last, str) and last.lower() in _OTHERS


def own_messages(value: list[Any]) -> list[dict[str, Any]] | None:
    """The agent's own messages, where a list is a conversation: those after the last that is the user's.

    Raises:
        TooMuchJsonError: it is one of more messages than are looked into.
    """
    own: list[dict[str, Any]] = []
    has_another = False
    for index, message in enumerate(value):
        if index == MOST_VALUES:
            raise TooMuchJsonError
        if not isinstance(message, dict):
            return None
        speaker = speaker_of(message)
        if not speaker:
            if not (speaker := _marked(message)):
                return None
            # Documents have a source, too: only beside a user's words is it who speaks.
            if not (has_another := has_another or _has_another(value)):
                return None
        if speaker == "user":
            own.clear()
        else:
            own.append(message)
    return own if value else None


def _has_another(value: list[Any]) -> bool:
    return any(isinstance(message, dict) and is_of_others(message) for message in value)


def speaker_of(message: Mapping[str, Any]) -> str:
    """Who says a message ("user", "assistant", "tool"), by its role or, as LangChain writes it, by its type.

    Another role is given as it is; "" where it is no message.
    """
    has_content = "content" in message
    for key in ("role", "type"):
        word = message.get(key)
        if isinstance(word, str) and has_content and (found := _MESSAGE_SPEAKERS.get(word.lower())):
            return found
    role = message.get("role")
    if isinstance(role, str):
        return _MESSAGE_SPEAKERS.get(role.lower(), "user" if role.lower() in _ONLY_SPEAKERS else role)
    kind, data = message.get("type"), message.get("data")
    if isinstance(kind, str) and isinstance(data, dict) and "content" in data:
        return _MESSAGE_SPEAKERS.get(kind.lower(), "")
    return ""


def _marked(message: Mapping[str, Any]) -> str:
    """Who says a message that has no role, by the marks that chats have."""
    if not any(key in message for key in _TEXTS):
        return ""
    marks = [
        key for key in _SPEAKERS if key not in ("role", "type", "name") and isinstance(message.get(key), str | dict)
    ]
    flags = [key for key in (*_USER_FLAGS, *_BOT_FLAGS) if isinstance(message.get(key), bool)]
    if not marks and not flags and "direction" not in message:
        return ""
    return "user" if is_of_others(message) else "assistant"


def conversations_in(value: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], list[dict[str, Any]]]]:
    """The agent's own messages in the conversations of a JSON object, and where each stands.

    At `messages`, or there below one key more, as a graph's updates have them under the names of their nodes.
    """
    for place, inner in ((("messages",), value.get("messages")), *_below(value)):
        if isinstance(inner, list) and (own := own_messages(inner)):
            yield place, own


def _below(value: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, inner in list(value.items())[:_MOST_NODES]:
        if isinstance(inner, dict) and "messages" in inner:
            yield (key, "messages"), inner["messages"]
