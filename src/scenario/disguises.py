"""A value in the forms in which it may come back: escaped for JSON, URLs or HTML, in Base64, in several pieces. Pure.

A text is looked through as it stands, and again with each escape in it replaced by what it stands for, until nothing
is left to replace. As the same is done to the value, it does not matter which of its characters were escaped, how, and
how often. Backslashes are left out of both: how many there are depends on how often a text was put into another.
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from scenario.late_pattern import late_pattern

# Every alternative ends where it is clear that it does, so that no text takes more than one way through it.
# Each begins with a sign as it is, which is how the engine finds the next one at once.
_ESCAPE: Final = late_pattern(
    rb"\\\\*(?:u[dD][89abAB][0-9a-fA-F]{2}\\+u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\"'/bfnrt])?"
    rb"|%(?:25)*[0-9a-fA-F]{2}|&(?:amp;)*(?:#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{1,30};)|\+"
)
# What may be the beginning of an escape that the next piece of a text completes.
_BEGUN: Final = late_pattern(
    rb"(?:\\+(?:u[0-9a-fA-F]{0,3}|u[dD][89abAB][0-9a-fA-F]{2}\\*u?[0-9a-fA-F]{0,3}|x[0-9a-fA-F]?)?"
    rb"|%(?:25){0,8}[0-9a-fA-F]?|&(?:amp;){0,8}(?:#[0-9]{0,7}|#[xX][0-9a-fA-F]{0,6}|[a-zA-Z0-9]{0,31}))\Z"
)
_LONGEST_ESCAPE: Final = 48
SIGNS: Final = (b"\\", b"%", b"&", b"+")
# With fewer signs than one in so many bytes, to look for signs is quicker than to look at each byte.
_FEW: Final = 256
# A text that was escaped more often than so was not escaped in order to be read.
MOST_TIMES: Final = 4
# After a "%" in front of it, a value that begins so loses as much.
_EATEN: Final = late_pattern(rb"[0-9a-fA-F]{2}.{5}", re.DOTALL)
# With digits behind it, a value that ends so loses its end.
_EATING: Final = late_pattern(rb".{5}(?=%[0-9a-fA-F]?\Z)", re.DOTALL)
_CONTROLS: Final = late_pattern(rb"[\x00-\x1f]")
_SHORTEST_IN_OTHER_CASE: Final = 8
_HAS_BOTH: Final = late_pattern(r"(?=.*[0-9])(?=.*[A-Za-z])", re.DOTALL)
# Below this, the middle of a value in Base64 is no longer than a word.
_SHORTEST_INSIDE_BASE64: Final = 8
# In UTF-8, what the second and later bytes of a character have in common.
_OF_LATER_BYTES: Final = 0xC0
_LATER_BYTE: Final = 0x80

Span = tuple[int, int]


def encoded(text: str) -> bytes:
    """The text as UTF-8, whatever stands in it."""
    return text.encode("utf-8", "surrogatepass")


def decoded(data: bytes) -> str:
    """The text that `encoded` got."""
    return data.decode("utf-8", "surrogatepass")


def forms_of(values: tuple[str, ...]) -> tuple[bytes, ...]:
    """All that is looked for in order to find the values, the longest first."""
    forms = {level for value in values for form in _spelt(value) for level in _levels(form)}
    return tuple(sorted(forms - {b""}, key=lambda form: (-len(form), form)))


def _spelt(value: str) -> Iterator[bytes]:
    yield from _forms(encoded(value))
    # Names of headers and hosts come in small letters. With digits in it, what differs in that alone is no other word.
    if len(value) >= _SHORTEST_IN_OTHER_CASE and _HAS_BOTH.match(value):
        for other in {value.lower(), value.upper()} - {value}:
            yield from _as_written(encoded(other))


def _levels(data: bytes) -> Iterator[bytes]:
    """The text, and the same with its escapes replaced, again and again."""
    yield data
    for _ in range(MOST_TIMES):
        if (shown := plain(data)) == data:
            return
        data = shown
        yield data


def _as_written(value: bytes) -> Iterator[bytes]:
    yield value
    if _EATEN.match(value):
        yield value[2:]
    if (eating := _EATING.search(value)) is not None:
        yield value[: eating.end()]
    yield msgspec.json.encode(decoded(value))[1:-1] if _CONTROLS.search(value) else value


def _forms(value: bytes) -> Iterator[bytes]:
    yield from _as_written(value)
    for code in (base64.b64encode, base64.urlsafe_b64encode):
        whole = code(value)
        yield whole
        yield whole.rstrip(b"=")
        if len(value) < _SHORTEST_INSIDE_BASE64:
            continue
        # In the Base64 of a longer text a value begins at any of three places within a group of bytes. What is the
        # same whatever stands before and after it are the characters that hold bits of the value alone.
        for before in range(3):
            text = code(b"\0" * before + value)
            first, bits = -(-before * 8 // 6), (before + len(value)) * 8
            yield text[first : bits // 6]


def plain(data: bytes) -> bytes:
    """The text with each escape in it replaced by what it stands for."""
    # To look for the next one is many times quicker than to look at each byte, as long as there are few.
    signs: list[int] = []
    for sign in SIGNS:
        for at in found(data, sign):
            signs.append(at)
            if len(signs) * _FEW > len(data):
                return _ESCAPE.sub(_meant, data)
    return _plain_of_few(data, sorted(signs)) if signs else data


def _plain_of_few(data: bytes, signs: Iterable[int]) -> bytes:
    """The same for a text with signs in these places alone."""
    parts: list[bytes] = []
    position = 0
    for at in signs:
        if at >= position and (escape := _ESCAPE.match(data, at)) is not None:
            parts += data[position:at], _character(escape[0])
            position = escape.end()
    return b"".join([*parts, data[position:]])


@lru_cache(maxsize=1024)
def _character(escape: bytes) -> bytes:
    kind = escape[:1]
    if kind == b"+":
        return b" "
    if kind == b"%":
        byte = bytes.fromhex(escape[-2:].decode())
        return b" " if byte == b"+" else byte
    if kind == b"&":
        from html import unescape  # its table of entities is large

        # One that is unknown is left, as often as its "&" may have been escaped.
        return _as_plain(unescape(f"&{escape[1:].rpartition(b'amp;')[2].decode()}"))
    letters = escape.lstrip(b"\\")
    if letters[:1] in (b"u", b"x"):
        parts = [part[1:].decode() for part in letters.split(b"\\") if part]
        return _as_plain(_of_units([int(part, 16) for part in parts]))
    return letters


def _of_units(units: list[int]) -> str:
    return b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-le", "surrogatepass")


def _as_plain(meant: str) -> bytes:
    return encoded(meant).replace(b"+", b" ")


def _meant(escape: re.Match[bytes]) -> bytes:
    return _character(escape[0])


class _Places:
    """Where in a text the bytes of its plain form stand."""

    def __init__(self, data: bytes) -> None:
        # Each of these begins a stretch: where in the plain form, where in the text, how long it is in both.
        self._plain: list[int] = []
        self._text: list[int] = []
        self._escaped: list[int] = []
        position = length = 0
        for match in _ESCAPE.finditer(data):
            self._add(length, position, 0)
            length += match.start() - position
            self._add(length, match.start(), match.end())
            length += len(_character(match[0]))
            position = match.end()
        self._add(length, position, 0)

    def _add(self, plain_at: int, text_at: int, escaped_to: int) -> None:
        self._plain.append(plain_at)
        self._text.append(text_at)
        self._escaped.append(escaped_to)

    def begin(self, index: int) -> int:
        """Where the byte's text begins."""
        at = bisect_right(self._plain, index) - 1
        return self._text[at] + (0 if self._escaped[at] else index - self._plain[at])

    def end(self, index: int) -> int:
        """Where the byte's text ends."""
        at = bisect_right(self._plain, index) - 1
        return self._escaped[at] or self._text[at] + index - self._plain[at] + 1


def spans_in(data: bytes, forms: Sequence[bytes]) -> list[Span]:
    """Where in a text any of the forms stands: in order, none touching the next."""
    spans = [(at, at + len(form)) for form in forms for at in found(data, form)]
    reading = Reading(data)
    while reading.deeper():
        for form in forms:
            spans += [reading.stretch(at, at + len(form)) for at in found(reading.text, form)]
    return _joined(of_characters(data, span) for span in spans)


def of_characters(data: bytes, span: Span) -> Span:
    """A stretch with all of the characters that it begins and ends in: a form may have been cut from one ("%A9…")."""
    begin, end = span
    while begin and data[begin] & _OF_LATER_BYTES == _LATER_BYTE:
        begin -= 1
    while end < len(data) and data[end] & _OF_LATER_BYTES == _LATER_BYTE:
        end += 1
    return begin, end


class Reading:
    """A text with its escapes replaced, and where all of that stands in the text itself."""

    def __init__(self, data: bytes) -> None:
        self.text = data
        self._before: list[bytes] = []
        self._places: list[_Places] = []

    def deeper(self) -> bool:
        """Replace the escapes once more; False where there are none."""
        if len(self._before) == MOST_TIMES or (shown := plain(self.text)) == self.text:
            return False
        self._before.append(self.text)
        self.text = shown
        return True

    def stretch(self, begin: int, end: int) -> Span:
        """Where a stretch of the replaced text, or the empty one at its end, stands in the text itself."""
        # Where nothing is found, nobody asks.
        self._places += [_Places(text) for text in self._before[len(self._places) :]]
        last = end - 1
        for places in reversed(self._places):
            begin, last = places.begin(begin), places.end(last) - 1
        return begin, last + 1


def found(data: bytes, value: bytes) -> Iterator[int]:
    """Where in a text a value stands, none of these places within another."""
    at = data.find(value)
    while at >= 0:
        yield at
        at = data.find(value, at + len(value))


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def begun_at(data: bytes, forms: Sequence[bytes]) -> int:
    """Where the longest tail of a text begins that more text could make a form of; its length where there is none."""
    best = len(data)
    reading = Reading(data)
    is_more = True
    while is_more:
        text = reading.text
        escape = _BEGUN.search(text, max(0, len(text) - _LONGEST_ESCAPE))
        cut = escape.start() if escape else len(text)
        at = min(_tail_at(text, form) for form in forms)
        at = min(at, cut, *(_tail_at(text[:cut], form) for form in forms))
        if at < len(text):
            best = min(best, reading.stretch(at, at + 1)[0])
        # What only begins is no escape yet, and would be read as something else.
        reading.text = text[:cut]
        is_more = reading.deeper()
    return best


def _tail_at(data: bytes, value: bytes) -> int:
    """Where the longest tail begins that is a beginning of the value; the length where there is none."""
    at = data.find(value[:1], max(0, len(data) - len(value) + 1))
    while at >= 0:
        if value.startswith(data[at:]):
            return at
        at = data.find(value[:1], at + 1)
    return len(data)
