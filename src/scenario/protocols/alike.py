"""Events whose data differ in one text alone, as those of most answers do: what that text is in each of them.

An encoder writes the next piece of an answer as it wrote the last one. So it is enough to decode one event, and to
compare the others with it, character by character, but for the text: that is far quicker than to decode each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any, Final

import msgspec

from scenario.late_pattern import late_pattern

# Of fewer events, decoding each takes no longer than finding out whether they are alike.
FEW: Final = 20
# Of longer data, what is not the text is hardly ever the same.
_LONGEST: Final = 64 * 1024
# What stands around a text is looked for as one, where it is so short; Python searches for longer ones slowly.
_SHORT: Final = 32
# What cannot stand in a JSON string as it is, or means something else there.
_WRITTEN_OTHERWISE: Final = late_pattern('["\\\\\x00-\x1f\ud800-\udfff]')
_decode_strings: Final = msgspec.json.Decoder(list[str]).decode
# What is no JSON, for msgspec: wrong in itself, nested too deeply, or with lone surrogates.
NO_JSON: Final = (msgspec.DecodeError, RecursionError, UnicodeError)


def differing_texts(
    data: Sequence[str], decode: Callable[[str], Any], text_of: Callable[[Any], str | None]
) -> tuple[Any, list[str]] | None:
    """What events that differ in their text alone have in common, and the text of each.

    Args:
        data: the JSON of each; one or more.
        decode: decodes it; the value is the same for all texts, but for the text. Raises one of `NO_JSON`.
        text_of: the text in a decoded value.

    Returns:
        A value that stands for all of them, whatever its text, and the texts; None where they differ otherwise, or
        it cannot be told.

    Raises:
        msgspec.DecodeError, RecursionError, UnicodeError: one of them cannot be decoded.
    """
    samples = (data[0], data[len(data) // 2], data[-1])
    for sample in samples:
        if len(sample) > _LONGEST:
            return None
        value = decode(sample)
        text = text_of(value)
        if not text:
            continue
        for written in (encode_basestring(text), encode_basestring_ascii(text)):
            before, found, after = sample.partition(written)
            if not found:
                continue
            before, after = f'{before}"', f'"{after}'
            if all(one.startswith(before) and one.endswith(after) for one in samples) and _is_the_text(
                before, after, decode, text_of
            ):
                texts = strings_between(data, before, after)
                return None if texts is None else (value, texts)
    return None


def _is_the_text(before: str, after: str, decode: Callable[[str], Any], text_of: Callable[[Any], str | None]) -> bool:
    """Whether what stands between the two is the inside of the JSON string that is the text.

    It is if another one in its place is read as the text: one that is longer than everything else, so that no other
    string can be it.
    """
    other = "x" * (len(before) + len(after))
    try:
        return text_of(decode(f"{before}{other}{after}")) == other
    except NO_JSON:
        return False


def strings_between(data: Sequence[str], before: str, after: str) -> list[str] | None:
    """The strings that are all that differs in `data`.

    Args:
        data: each with one JSON string in it.
        before: what each begins with, up to the string's opening quotation mark.
        after: what each ends with, from its closing quotation mark on.

    Returns:
        The string of each, as JSON reads it; None where one is otherwise.
    """
    is_short = len(before) + len(after) <= _SHORT and "\n" not in before and "\n" not in after
    inside = _split(data, before, after) if is_short and len(data) > 1 else _stripped(data, before, after)
    if inside is None:
        return None
    joined = "".join(inside)
    if _WRITTEN_OTHERWISE.search(joined) is None:
        return inside
    # JSON has no line's end within a string: each one here stands between two of them, whatever is inside. A string
    # begins after each and one ends before it, so if there are no more, what is inside is one string everywhere.
    try:
        strings = _decode_strings('["' + '"\n,"'.join(inside) + '"]')
    except NO_JSON:
        return None
    return strings if len(strings) == len(data) else None


def _split(data: Sequence[str], before: str, after: str) -> list[str] | None:
    """What is inside of each of several, by what stands between two; wrong where a line's end is in one of them."""
    if not data[0].startswith(before) or not data[-1].endswith(after):
        return None
    inside = "\n".join(data)[len(before) : -len(after)].split(f"{after}\n{before}")
    return inside if len(inside) == len(data) else None


def _stripped(data: Sequence[str], before: str, after: str) -> list[str] | None:
    """The same, by taking away what stands around it: as much, as if each had had both."""
    inside = [one.removeprefix(before).removesuffix(after) for one in data]
    taken = sum(map(len, data)) - sum(map(len, inside))
    return inside if taken == len(data) * (len(before) + len(after)) else None
