"""Words of others that go into a scenario file: bounded, on one line, and nothing in them is ever filled in. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, Final

LONGEST_LINE: Final = 600
LONGEST_TITLE: Final = 80
# A file fills in ${name} anywhere, and $env.NAME in what a model is told of the user.
_FILLED_IN: Final = (("${", "$ {"), ("$env.", "$ env."))


def said(value: Any, longest: int = LONGEST_LINE) -> str:
    """A text of theirs as it may stand in a file; empty where it is no text."""
    if not isinstance(value, str):
        return ""
    kept = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in value[: 4 * longest])
    text = " ".join(kept.split())
    for mark, harmless in _FILLED_IN:
        text = text.replace(mark, harmless)
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def all_said(values: Any, most: int, longest: int = LONGEST_LINE) -> tuple[str, ...]:
    """The texts of a list, each once; none where it is no list."""
    return tuple(_first(dict.fromkeys(said(one, longest) for one in _some(values)), most))


def _some(values: Any) -> list[Any]:
    return values[:1000] if isinstance(values, list) else []


def _first(texts: Iterable[str], most: int) -> Iterator[str]:
    for text in texts:
        if text and most > 0:
            most -= 1
            yield text
