"""Labelled criteria: conversations, a criterion of each, and whether somebody who knows says that it is met. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

import msgspec

from scenario.errors import ConfigurationError
from scenario.protocols.json_text import key_said_twice
from scenario.types import Message

_ROLES: Final = frozenset({"user", "assistant", "system", "developer", "tool"})
_NEEDED: Final = ("messages", "criterion", "met")
_OURS: Final = (*_NEEDED, "group", "kind")
_NEAR: Final = 0.8  # "kindd" is meant for "kind"; "source" and "method" are others' own


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled criterion.

    Attributes:
        messages: the conversation, OpenAI-style.
        criterion: the sentence that is judged.
        met: whether the conversation meets it.
        group: labels of one group are not independent; by default those of the same conversation.
        kind: what figures are also told apart by; "" for none.
        key: the same for the same conversation and criterion in any file.
        conversation: the same for the same messages.
        place: where it stands, for messages.
    """

    messages: Sequence[Message]
    criterion: str
    met: bool
    group: str
    kind: str
    key: str
    conversation: str
    place: str


def read_labels(content: bytes, name: str) -> list[Label]:
    """The labels of a file: JSON lines, or one JSON list.

    Each has `messages`, `criterion` and `met`, and may have `group` and `kind`; what else stands there is left alone,
    unless its name is nearly one of these.

    Args:
        content: of the file.
        name: of the file, for messages.

    Raises:
        ConfigurationError: something in it is no label, or is one twice.
    """
    labels: list[Label] = []
    places: dict[str, Label] = {}
    for place, value in _values(content, name):
        label = _label(value, place)
        if (before := places.get(label.key)) is not None:
            said = "says the opposite of" if before.met != label.met else "says again what is said in"
            raise ConfigurationError(
                f"{place}: it {said} {before.place}, of the same messages and criterion. A label counts once: "
                "remove one of the two."
            )
        places[label.key] = label
        labels.append(label)
    if not labels:
        raise ConfigurationError(f"{name}: there is no label in it. Give JSON lines with {', '.join(_NEEDED)}.")
    return labels


def key_of(messages: Sequence[Message], criterion: str) -> str:
    """What a label is known by: the same for the same conversation and criterion in any file."""
    return _key(msgspec.json.encode(messages, order="deterministic"), criterion)


def digest_of(labels: Sequence[Label]) -> str:
    """What a set of labels is known by: their keys and what they say, whatever their order."""
    told = sorted(f"{label.key} {label.met}" for label in labels)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _values(content: bytes, name: str) -> list[tuple[str, object]]:
    if content.lstrip()[:1] == b"[":
        return [(f"{name}, item {count}", one) for count, one in enumerate(_decoded(content, name, list), start=1)]
    lines = content.removeprefix(b"\xef\xbb\xbf").splitlines()
    return [
        (place, _decoded(line, place, dict))
        for number, line in enumerate(lines, start=1)
        if line.strip() and (place := f"{name}:{number}")
    ]


def _decoded(text: bytes, place: str, kind: type) -> Any:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise ConfigurationError(f"{place}: this is no JSON: {error}. Write one label a line.") from error
    if not isinstance(value, kind):
        raise ConfigurationError(f"{place}: a label is an object with {', '.join(_NEEDED)}.")
    # A second look costs as much as the first: only where a name stands there twice.
    if any(text.count(f'"{name}"'.encode()) > 1 for name in _OURS) and (twice := key_said_twice(text)):
        raise ConfigurationError(f"{place}: {twice!r:.60} has two values in one object. Remove one of the two.")
    return value


def _label(value: object, place: str) -> Label:
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{place}: a label is an object with {', '.join(_NEEDED)}.")
    _refuse_near_misses(value, place)
    if missing := [key for key in _NEEDED if key not in value]:
        raise ConfigurationError(f"{place}: {' and '.join(missing)} missing.")
    messages, criterion, met = (value[key] for key in _NEEDED)
    if not isinstance(met, bool):
        raise ConfigurationError(f"{place}: met is true or false, and not {met!r:.60}.")
    if not isinstance(criterion, str) or not criterion.strip():
        raise ConfigurationError(f"{place}: criterion is a sentence, and not {criterion!r:.60}.")
    if not isinstance(messages, list) or not messages:
        raise ConfigurationError(f"{place}: messages is a list of at least one message.")
    for count, message in enumerate(messages, start=1):
        role = message.get("role") if isinstance(message, dict) else message
        if not isinstance(message, dict) or not isinstance(role, str) or role not in _ROLES:
            raise ConfigurationError(f"{place}: message {count} has no role that is known: {role!r:.60}.")
    told = msgspec.json.encode(messages, order="deterministic")
    conversation = hashlib.sha256(told).hexdigest()
    return Label(
        messages=messages,
        criterion=criterion,
        met=met,
        group=_text(value, "group", place) or conversation,
        kind=_text(value, "kind", place),
        key=_key(told, criterion),
        conversation=conversation,
        place=place,
    )


def _key(told: bytes, criterion: str) -> str:
    return hashlib.sha256(told + b"\n" + criterion.encode("utf-8", "surrogatepass")).hexdigest()


def _refuse_near_misses(value: Mapping[str, object], place: str) -> None:
    """A field that is misspelt would be left alone in silence, and the figures would be of something else."""
    for key in value:
        if key in _OURS:
            continue
        if near := get_close_matches(key.strip().lower(), _OURS, n=1, cutoff=_NEAR):
            raise ConfigurationError(
                f"{place}: {key!r:.60} is no field of a label. Did you mean {near[0]!r}? Write that, or another name."
            )


def _text(value: Mapping[str, object], key: str, place: str) -> str:
    found = value.get(key)
    if found is None:
        return ""
    if not isinstance(found, str | int) or isinstance(found, bool):
        raise ConfigurationError(f"{place}: {key} is a text, and not {found!r:.60}.")
    return str(found)
