"""Some values in all the forms in which they may come back, and quick ways to see that none stands in a text. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from scenario.disguises import MOST_TIMES, SIGNS, decoded, encoded, forms_of, plain

# A text is looked through in parts of so many bytes, and each ends where it can soon after that.
_PART: Final = 128 * 1024
_SOON: Final = 4096


class Sought:
    """All that is looked for in order to find some values, and quick ways of finding that none of it is in a text.

    Args:
        values: the values.

    Attributes:
        forms: in which they may come, the longest first.
        reach: how many bytes the longest form has.
        has_lines: whether one of them goes on over the end of a line.
    """

    def __init__(self, values: tuple[str, ...]) -> None:
        self.forms = forms_of(values)
        # A form that holds another one cannot be in a text without it.
        self._needles = tuple(
            form for form in self.forms if not any(other in form for other in self.forms if other != form)
        )
        self.reach = len(self.forms[0])
        self.has_lines = any(b"\n" in form or b"\r" in form for form in self.forms)
        # Whatever stands before it, a text can be cut before the first of these bytes.
        self._cut = re.compile(rb"[^0-9A-Za-z\\%%&;#+\"'/][^\\%%&]{%d}" % self.reach)
        texts = _texts_of(self.forms)
        self._shortest = min(map(len, _texts_of(self._needles)), default=0)
        self._first = frozenset(text[0] for text in texts)
        self._pairs = frozenset(text[at : at + 2] for text in texts for at in range(len(text) - 1))
        self._begins = frozenset(text[:end] for text in texts for end in range(1, len(text)))
        self._longest = max(map(len, texts), default=0)

    def stands_in(self, data: bytes) -> bool:
        """Whether `spans_in` would find anything in these bytes.

        A text that is long is looked through in parts, as what is made of its escapes is a text of its own. A part ends
        before a byte that is in no escape, and that byte is followed by no sign for as long as the longest form is. No
        escape, at whatever level, reaches over such a byte, and behind it each byte stands for itself; so a form that
        begins before it ends within that length, which is looked through with both parts.
        """
        if len(data) <= 2 * _PART:
            return self._is_in_part(data)
        if self._is_in(data):
            return True
        begin = 0
        while any(data.find(sign, begin) >= 0 for sign in SIGNS):
            end = self._end_of_part(data, begin)
            if self._is_in_part(data[begin : end + self.reach]):
                return True
            begin = end
        return False

    def cut(self, data: bytes, begin: int) -> int | None:
        """Where, not far from there, a text can be cut as `stands_in` says; None where it cannot."""
        place = self._cut.search(data, begin, begin + _SOON + self.reach)
        return None if place is None else place.start()

    def cut_near_end(self, data: bytes) -> int | None:
        """Where, not far from its end, a text can be cut in the same way; None where it cannot."""
        return self.cut(data, max(0, len(data) - _SOON - self.reach))

    def _end_of_part(self, data: bytes, begin: int) -> int:
        for end in range(begin + _PART, len(data), _PART):
            if (place := self.cut(data, end)) is not None:
                return place
        return len(data)

    def _is_in_part(self, data: bytes) -> bool:
        for _ in range(MOST_TIMES):
            if self._is_in(data):
                return True
            if (shown := plain(data)) is data or shown == data:
                return False
            data = shown
        return self._is_in(data)

    def _is_in(self, data: bytes) -> bool:
        for needle in self._needles:  # noqa: SIM110 - a generator would cost as much as the search itself
            if needle in data:
                return True
        return False

    def is_too_short(self, text: str) -> bool:
        """Whether a text has fewer characters than any form: no escape stands for more of them than it has."""
        return len(text) < self._shortest

    def tail_in(self, text: str) -> int | None:
        """What `begun_at` says of a text, counted in characters, where that has neither escapes nor a form in it.

        None where it may have. Without a sign there is no escape, whole or begun. The longest tail that is a beginning
        of a form then is one character that some form begins with, or ends with two that stand so in a form.
        """
        if "\\" in text or "%" in text or "&" in text or "+" in text or not self._shortest:
            return None
        length = len(text)
        if length >= self._shortest and self._is_in(encoded(text)):
            return None
        if text[-2:] in self._pairs:
            for at in range(max(0, length - self._longest + 1), length - 1):
                if text[at:] in self._begins:
                    return at
        return length - 1 if text[-1:] in self._first else length


def _texts_of(forms: Sequence[bytes]) -> list[str]:
    """The forms as texts; none where one is no text, and so may begin in the middle of a character."""
    try:
        return [decoded(form) for form in forms]
    except UnicodeDecodeError:
        return []


sought: Final = lru_cache(maxsize=64)(Sought)
