"""Whether JSON in a model's answer only repeats what it was shown, such as what an agent has planted. Pure."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from scenario.llm.json_in_text import json_objects
from scenario.protocols.json_text import write_json

_ESCAPED: Final = re.compile(r"\\{1,8}u([0-9a-fA-F]{4})")
_NO_LETTER: Final = re.compile(r"[\W_]+")
_ESCAPED_SPACE: Final = re.compile(r"\\{1,8}[nrtbf]")
_SHAPED: Final = re.compile(r"\{.*\}", re.DOTALL)
_QUOTED: Final = re.compile(r"[\s\"'“”‘’`\\]+")
# Less than this stands in any text by chance.
_TELLING: Final = 12
_MAX_DEPTH: Final = 8


def repeats(value: Any, written: str, shown: Sequence[str]) -> bool:
    """Whether a JSON value stands in one of these texts, in whatever spacing, escaping or order of its keys.

    Args:
        value: the value.
        written: how the model wrote it.
        shown: what it was shown of others' words.
    """
    forms = {one for one in (_letters(written), _letters(write_json(value))) if len(one) >= _TELLING}
    whole = {_unquoted(written), _unquoted(write_json(value))}
    for text in shown:
        # Words that happen to be the same are no JSON.
        shaped = _SHAPED.search(_unescaped(text))
        if shaped is None:
            continue
        letters, unquoted = _letters(shaped[0]), _unquoted(shaped[0])
        if any(one in letters for one in forms) or any(one in unquoted for one in whole) or _holds(text, value, 0):
            return True
    return False


def _holds(given: Any, wanted: Any, depth: int) -> bool:
    """Whether a value stands anywhere in another one, or in the JSON that a text has in it."""
    if given == wanted:
        return True
    if depth == _MAX_DEPTH:
        return False
    if isinstance(given, str):
        inner: list[Any] = [*json_objects(given), *(json_objects(given.replace('\\"', '"')) if "\\" in given else [])]
    elif isinstance(given, dict):
        inner = list(given.values())
    else:
        inner = given if isinstance(given, list) else []
    return any(_holds(one, wanted, depth + 1) for one in inner)


def _letters(text: str) -> str:
    """The letters and digits of a text, whatever stands between them."""
    return _NO_LETTER.sub("", _unescaped(text))


def _unquoted(text: str) -> str:
    """A text without spaces, quotation marks and backslashes."""
    return _QUOTED.sub("", _unescaped(text))


def _unescaped(text: str) -> str:
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), html.unescape(text))
    return unicodedata.normalize("NFKC", _ESCAPED_SPACE.sub(" ", plain)).casefold()
