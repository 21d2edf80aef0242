"""What kind of value a field takes, and how it is refused where it gets another. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final, NamedTuple, TypeAlias

from scenario.errors import ScriptTypeError, SettingTypeError
from scenario.not_given import NOT_GIVEN

_SHOWN: Final = 120


class Kind(NamedTuple):
    """A kind of value.

    Attributes:
        holds: whether a value is of it.
        words: what to give, as the end of "give …".
    """

    holds: Callable[[Any], bool]
    words: str


Kinds: TypeAlias = Mapping[str, Kind]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_texts(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(text, str) for text in value)


def _are_messages(value: object) -> bool:
    # Also objects of other libraries, which custom judges hand on as they were given them.
    return isinstance(value, list | tuple) and all(
        isinstance(one, Mapping) or hasattr(one, "model_dump") for one in value
    )


TEXT: Final = Kind(lambda value: isinstance(value, str), "a text")
TEXTS: Final = Kind(_are_texts, "a list of texts")
MESSAGES: Final = Kind(_are_messages, "a list of messages, each a dictionary")
NUMBER: Final = Kind(_is_number, "a number")
SECONDS: Final = Kind(lambda value: _is_number(value) and value > 0, "a number of seconds above 0")
WHOLE: Final = Kind(_is_whole, "a whole number")
COUNT: Final = Kind(lambda value: _is_whole(value) and value >= 0, "a whole number of at least 0")
POSITIVE: Final = Kind(lambda value: _is_whole(value) and value >= 1, "a whole number of at least 1")
# 0 and 1 are what other ways of computing a truth give; nothing else stands for one.
TRUTH: Final = Kind(lambda value: isinstance(value, int) and value in (0, 1), "True or False")
MAPPING: Final = Kind(lambda value: isinstance(value, Mapping), "a dictionary")


def one_of(*values: str) -> Kind:
    """One of these texts."""
    shown = [f'"{value}"' for value in values]
    return Kind(lambda value: isinstance(value, str) and value in values, f"{', '.join(shown[:-1])} or {shown[-1]}")


def optional(kind: Kind) -> Kind:
    """A value of a kind, or None."""
    holds = kind.holds
    return Kind(lambda value: value is None or holds(value), f"{kind.words}, or None")


def demand_kinds(
    owner: str, kinds: Kinds, value: object, error: type[ScriptTypeError] | type[SettingTypeError] = ScriptTypeError
) -> None:
    """Refuse a value whose attributes are not what they are to be. What may be a key is not shown.

    Args:
        owner: what the value is called where users make one.
        kinds: by the attributes' names.
        value: what has these attributes.
        error: how it is refused: the test's value, or a setting.

    Raises:
        ScriptTypeError: one is of a wrong kind (a ValueError and a TypeError), or `error` in its place.
    """
    for name, kind in kinds.items():
        given = getattr(value, name)
        if not kind.holds(given):
            if given is NOT_GIVEN:
                raise error(f"{owner} needs `{name}`: give {kind.words}.")
            shown = f"a {type(given).__name__}" if name == "api_key" else _shown(given)
            raise error(f"{owner}({name}={shown}): give {kind.words}.")


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 3]}..."
