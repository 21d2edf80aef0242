"""What an event looked like that brought a piece of the answer: what differs in its text alone brings one, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

# Where a piece stands, and what may stand beside it: nothing that an event has under these keys alone is read by what
# its text says, be it for its kind, for an error, or for where its text is.
_TEXTS: Final = frozenset({"content", "text", "delta", "token", "chunk"})
_BESIDE: Final = frozenset(
    {"type", "event", "role", "id", "session_id", "message_id", "thread_id", "conversation_id"},
)


class TextShape(NamedTuple):
    """An event that brought a piece.

    Attributes:
        name: its SSE name, empty where it has none.
        kind: what its text was taken for.
        key: where that stood.
        beside: what stood beside it.
    """

    name: str
    kind: str
    key: str
    beside: Mapping[str, Any]

    def texts_in(self, values: Sequence[Mapping[str, Any]]) -> list[str]:
        """The texts of objects that are like it; none where one of them is not."""
        key, beside = self.key, self.beside
        texts = [value.get(key, "") for value in values]
        if all(value == {**beside, key: text} for value, text in zip(values, texts, strict=True)):
            return texts
        return []


def text_shape(name: str, kind: str, value: Mapping[str, Any], text: str) -> TextShape | None:
    """The shape of an event that has brought this text; None where another text may be read otherwise."""
    keys = value.keys() - _BESIDE
    if len(keys) != 1 or not keys <= _TEXTS:
        return None
    (key,) = keys
    if not text or value[key] != text:
        return None
    return TextShape(name, kind or f".{key}", key, {one: told for one, told in value.items() if one != key})
