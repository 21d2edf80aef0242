"""How much work a regular expression may be at worst, told by its parts and not by trying it. Pure.

Python's engine tries every way in which a pattern can match from every place of a text, and holds the whole program
while it does so. The ways are counted here, too many rather than too few: characters have one, a repeat as many as it
has lengths, and what follows is tried once for each way of what stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

# A step is some 10 ns at worst, so that a search in place holds the program for 0.2 s at the very most.
_MOST_STEPS: Final = 20_000_000
_ENDLESS: Final = 1 << 40
_LONGEST: Final = 1 << 24
_REFINEMENTS: Final = 5
# What a group, a branch or a loop around more than one character costs beside its content.
_AROUND: Final = 5
_DEAREST_SET: Final = 8
_SINGLE: Final = frozenset({"LITERAL", "NOT_LITERAL", "ANY", "AT", "CATEGORY", "FAILURE"})
_REPEATS: Final = frozenset({"MAX_REPEAT", "MIN_REPEAT"})


@lru_cache(maxsize=1024)
def longest_in_place(pattern: str, flags: int) -> int:
    """Up to how many characters a text may have, so that looking for the pattern in it is certainly quick.

    Args:
        pattern: a regular expression of Python's.
        flags: those that it was compiled with.

    Returns:
        -1 where nothing is certain: even an empty text may be matched in too many ways.
    """
    try:
        tree = _parsed(pattern, flags)
        # Nothing longer can be quick than what is so at the cost of the shortest text.
        most = min(_LONGEST, _MOST_STEPS // (_ways_and_steps(tree, 1)[1] + 1))
        bits = next((bits for bits in range(most.bit_length(), -1, -1) if _is_quick(tree, 1 << bits)), None)
        if bits is None:
            return -1
        least, step = 1 << bits, 1 << bits
        for _ in range(_REFINEMENTS):
            step //= 2
            least += step if step and _is_quick(tree, least + step) else 0
        return least
    except Exception:  # noqa: BLE001 - the parser is no public one: whatever it has become, nothing is certain then
        return -1


def _parsed(pattern: str, flags: int) -> Any:
    parser: Any = vars(re)["_parser"]
    return parser.parse(pattern, flags)


def _is_quick(tree: Any, length: int) -> bool:
    _, steps = _ways_and_steps(tree, length)
    return (length + 1) * (steps + 1) <= _MOST_STEPS


def _ways_and_steps(items: Iterable[Any], length: int) -> tuple[int, int]:
    """In how many ways a sequence matches from one place of a text at most, and what trying all of them costs."""
    ways, steps = 1, 0
    for operation, argument in items:
        inner_ways, inner_steps = _of_item(operation.name, argument, length)
        steps = min(_ENDLESS, steps + ways * inner_steps)
        ways = min(_ENDLESS, ways * inner_ways)
    return ways, steps


def _of_item(name: str, argument: Any, length: int) -> tuple[int, int]:
    if name in _SINGLE:
        return 1, 1
    if name == "IN":
        return 1, min(len(argument), _DEAREST_SET)
    if name in _REPEATS:
        return _of_repeat(argument, length)
    if name == "SUBPATTERN":
        return _of_group(argument[3], length)
    if name == "BRANCH":
        return _of_branches(argument[1], length)
    if name == "GROUPREF_EXISTS":
        return _of_branches([argument[1], argument[2] or ()], length)
    # What none of these is matches in one way, once it does.
    return 1, _steps_of_atomic(name, argument, length)


def _steps_of_atomic(name: str, argument: Any, length: int) -> int:
    if name == "GROUPREF":
        return length
    if name == "POSSESSIVE_REPEAT":
        return _of_repeat(argument, length)[1]
    if name in ("ASSERT", "ASSERT_NOT"):
        return _of_group(argument[1], length)[1]
    if name == "ATOMIC_GROUP":
        return _of_group(argument, length)[1]
    raise NotImplementedError(name)


def _of_group(items: Iterable[Any], length: int) -> tuple[int, int]:
    ways, steps = _ways_and_steps(items, length)
    return ways, steps + _AROUND


def _of_branches(branches: Iterable[Any], length: int) -> tuple[int, int]:
    found = [_of_group(branch, length) for branch in branches]
    return sum(ways for ways, _ in found), sum(steps for _, steps in found)


def _of_repeat(argument: tuple[int, int, Any], length: int) -> tuple[int, int]:
    least, most, item = argument
    narrowest = int(item.getwidth()[0])
    # One that may be empty is repeated as often as it must be, however short the text is.
    count = min(int(most), length // narrowest if narrowest else int(least) + length + 1)
    ways, steps = _ways_and_steps(item, length)
    is_character = len(item) == 1 and item[0][0].name in (_SINGLE | {"IN"})
    once = steps if is_character else steps + _AROUND
    if ways == 1:
        lengths = max(1, count - int(least) + 1)
        return lengths, min(_ENDLESS, count * once + lengths)
    if count * (ways.bit_length() - 1) > _ENDLESS.bit_length():
        return _ENDLESS, _ENDLESS
    tried = min(_ENDLESS, sum(ways**times for times in range(count + 1)))
    return tried, min(_ENDLESS, tried * once)
