"""Lines of an event stream that the standard skips, and that may have been meant as an event's data."""

from __future__ import annotations

from typing import Final

import msgspec

from scenario.late_pattern import late_pattern

_FIELDS: Final = frozenset({b"data", b"event", b"id", b"retry"})
_WORD: Final = late_pattern(rb"[A-Za-z][A-Za-z_-]*")
# The field's name in the middle of a line, where a line's end was lost.
_GLUED: Final = late_pattern(rb"data ?: ?[\[{\"]")
_MEMBER: Final = late_pattern(rb'"\s*:')
# A field that a server may have of its own, as `usage: 5`; a text that begins so is written otherwise.
_OWN_FIELD: Final = late_pattern(rb"[a-z][a-z_-]*:(?!//)")
_LONGEST: Final = 200
_MOST: Final = 16


class StrayLine(msgspec.Struct, frozen=True):
    """A line that is skipped.

    Attributes:
        index: how many events were complete before it.
        text: its beginning.
    """

    index: int
    text: str


class StrayLines:
    """Those of one stream.

    Attributes:
        lost: the first of those that may have been meant as data.
        count: how many these are.
        others: how many more had a field that the standard does not know, or none.
        texts: the first of these that are no field at all: where events bring text as it is, they are a part of it.
    """

    def __init__(self) -> None:
        self.lost: list[StrayLine] = []
        self.count = 0
        self.others = 0
        self.texts: list[StrayLine] = []

    def look_at(self, line: bytes, index: int) -> None:
        """Count a line that brings no data, and keep it if it may have been meant to."""
        if may_be_lost_data(line):
            self.count += 1
            if len(self.lost) < _MOST:
                self.lost.append(StrayLine(index, line[:_LONGEST].decode("utf-8", "replace")))
        else:
            name, colon, _ = line.partition(b":")
            if colon and (not name or name in _FIELDS):
                return
            self.others += 1
            is_text = line.strip() and line not in _FIELDS and _OWN_FIELD.match(line) is None
            if is_text and len(self.texts) < _MOST:
                self.texts.append(StrayLine(index, line[:_LONGEST].decode("utf-8", "replace")))


def may_be_lost_data(line: bytes) -> bool:
    """Whether a skipped line may have been meant to bring data, or to say what kind of event it is.

    JSON, and before it a damaged `data:` or nothing; or a damaged `event:`. A word that is nothing like these is a
    field of the server's own, which the standard lets it have; so is a comment, unless it holds a whole `data:` line.
    """
    if _GLUED.search(line) is not None:
        return True
    name, colon, value = line.partition(b":")
    if (colon and not name) or name in _FIELDS:
        return False
    if colon and _WORD.fullmatch(name) is not None:
        name = name.lower()
        return (_is_like(name, b"data") and _holds_json(value)) or (len(name) > 2 and _is_like(name, b"event"))
    return _holds_json(line) or line.startswith(b"event ")


def _holds_json(text: bytes) -> bool:
    text = text.strip()
    return bool(text) and (text[:1] in b'{["' or text[-1:] in b'}]"' or _MEMBER.search(text) is not None)


def _is_like(name: bytes, meant: bytes) -> bool:
    """Whether a name is another one with letters missing, or with one too many, wrong, or in its neighbour's place."""
    missing = len(meant) - len(name)
    if missing == 0:
        wrong = [index for index, (one, other) in enumerate(zip(name, meant, strict=True)) if one != other]
        return len(wrong) < 2 or (len(wrong) == 2 and wrong[1] - wrong[0] == 1 and sorted(name) == sorted(meant))
    return _is_in_order(meant, name) if missing == -1 else missing > 0 and _is_in_order(name, meant)


def _is_in_order(letters: bytes, within: bytes) -> bool:
    rest = iter(within)
    return all(letter in rest for letter in letters)
