"""Which criterion a key, or an entry of a list, is about: by its number, its text, or a name made of it. Pure.

What could mean several criteria means none, and so does what names another thing than any of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

# Under these, an entry of a list says what it is about.
_NUMBER_KEYS: Final = ("index", "number", "criterion_number", "criterion_index", "criterion_id", "id", "key")
_TEXT_KEYS: Final = ("criterion", "criterion_name", "criterion_text", "name", "title")
# Under these it may: they are in the model's own words.
_OWN_WORDS: Final = ("requirement", "text", "description")
_SAID: Final = r"(?:criterion|criteria|number|no|c)?[\s_.:#-]*"
_NUMBER: Final = re.compile(rf"{_SAID}(\d{{1,6}})[\s.:)]*", re.IGNORECASE)
_NUMBERED: Final = re.compile(rf"{_SAID}(\d{{1,6}})\s*[.:)\-–—]\s*(.+)", re.IGNORECASE | re.DOTALL)
_DECORATION: Final = " \t\r\n*_`"
_BRACKETED: Final = re.compile(r"[(\[]\s*([^()\[\]]*?)\s*[)\]]")
_NO_NAME: Final = re.compile(r"[^a-z0-9]+")
# Names as long as this may be cut.
_CUT_NAME: Final = 60


class Named:
    """The criteria, as what is said of them may name them.

    Args:
        criteria: their texts.
        said: all keys and entries of an answer: what one part of it counts from, all do.
    """

    def __init__(self, criteria: Sequence[str], said: Sequence[Any] = ()) -> None:
        self._criteria = criteria
        numbers = {int(found[1]) for one in said if (found := _NUMBER.fullmatch(_bare(one)))}
        self._first = 0 if 0 in numbers and len(criteria) not in numbers else 1
        self._texts: dict[str, list[int]] = {}
        self._loose: dict[str, list[int]] = {}
        for index, criterion in enumerate(criteria):
            self._texts.setdefault(_folded(criterion), []).append(index)
            self._loose.setdefault(_loose(criterion), []).append(index)

    def by_key(self, key: Any) -> list[int]:
        """The criteria that a key means: by their number, or by their text, which several may share.

        A bare number is always that: it is what was asked for, and a criterion may be called so.
        """
        bare = _bare(key)
        found = _NUMBER.fullmatch(bare)
        by_text = self._by_text(str(key)) or self._by_text(bare)
        if by_text and (found is None or found[0] != found[1]):
            return by_text
        if found is None and (numbered := _NUMBERED.fullmatch(bare)) is not None:
            # "2. The agent is polite", as the list of criteria has it.
            index = int(numbered[1]) - self._first
            return [index] if index in self._by_text(numbered[2]) else []
        index = int(found[1]) - self._first if found else -1
        return [index] if 0 <= index < len(self._criteria) else self._named_after(bare)

    def by_entry(self, entry: Any) -> list[int] | None:
        """The criteria that an entry of a list says it is about; None where it names nothing."""
        if not isinstance(entry, Mapping):
            return None
        named = {key: entry[key] for key in (*_NUMBER_KEYS, *_TEXT_KEYS) if entry.get(key) not in (None, "")}
        own_words = [entry[key] for key in _OWN_WORDS if isinstance(entry.get(key), str)]
        found = [self._by_value(key, value) for key, value in named.items()]
        found += [by_text for words in own_words if (by_text := self._by_text(words))]
        meant = [set(one) for one in found if one]
        if not meant:
            return [] if named else None
        return sorted(set.intersection(*meant))

    def _by_value(self, key: str, value: Any) -> list[int]:
        by_key = self.by_key(value)
        by_text = self._by_text(str(value))
        # A number under the name of a text may be a criterion that is called so.
        return [] if key in _TEXT_KEYS and by_text and by_text != by_key else by_key

    def _by_text(self, text: str) -> list[int]:
        exact = self._texts.get(_folded(text), [])
        loose = self._loose.get(_loose(text), [])
        return exact or (loose if len(loose) == 1 else [])

    def _named_after(self, key: str) -> list[int]:
        """The criterion of whose text models make such a name ("agent_is_polite"); none where it could be several."""
        name = _identifier(key)
        if not name:
            return []
        meant = [
            index
            for index, criterion in enumerate(self._criteria)
            if name == (made := _identifier(criterion)) or (len(key) >= _CUT_NAME and made.startswith(name))
        ]
        return meant if len(meant) == 1 else []


def names_of(container: Mapping[str, Any] | list[Any]) -> list[Any]:
    """All that the keys of an object, or the entries of a list, say of what they are about."""
    if isinstance(container, Mapping):
        return list(container)
    return [one[key] for one in container if isinstance(one, Mapping) for key in _NUMBER_KEYS if key in one]


def items(
    containers: Sequence[Mapping[str, Any] | list[Any]], named: Named, count: int
) -> list[tuple[int | None, Any, Any]]:
    """The verdicts, each with the index of its criterion and its key; None where it is on nothing that was asked."""
    found: list[tuple[int | None, Any, Any]] = []
    for container in containers:
        if isinstance(container, Mapping):
            for key, item in container.items():
                found += [(index, key, item) for index in named.by_key(key)] or [(None, key, item)]
            continue
        meant = [named.by_entry(entry) for entry in container]
        # In order; what the entries say of themselves does not speak against it.
        in_order = len(container) == count and all(at is None or n in at for n, at in enumerate(meant))
        for n, entry in enumerate(container):
            indexes = [n] if in_order else meant[n] or []
            found += [(index, "", entry) for index in indexes] or [(None, "", entry)]
    return found


def _bare(key: Any) -> str:
    """A key without what stands around it for looks: "**1**", "(1)", "[1]", 1.0."""
    if isinstance(key, float) and key.is_integer():
        key = int(key)
    text = str(key).strip(_DECORATION)
    bracketed = _BRACKETED.fullmatch(text)
    return bracketed[1] if bracketed else text


def _identifier(text: str) -> str:
    return _NO_NAME.sub("_", text.lower()).strip("_")


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _loose(text: str) -> str:
    """A text as it is repeated: with a full stop more or less, or in quotation marks."""
    return _folded(text).strip("\"'“”„‘’` ").rstrip(". ")
