"""Patterns of our own source: compiled late, and each of them is one."""

from __future__ import annotations

import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import pytest

import scenario
from scenario.late_pattern import late_pattern

OPTIONAL = ("scenario.pytest_plugin", "scenario.__main__")
_COUNTING = """
import re._compiler as compiler
made = []
compile = compiler.compile
compiler.compile = lambda pattern, flags=0: made.append(pattern) or compile(pattern, flags)
from scenario.late_pattern import late_pattern
late = late_pattern("a+b")
print(len(made), bool(late.fullmatch("aab")), bool(late.fullmatch("b")), bool(late.search("cab")), len(made))
"""


def values() -> Iterator[tuple[str, object]]:
    """Every value at the top of every module, and what stands in tuples and mappings there."""
    for found in pkgutil.walk_packages(scenario.__path__, "scenario."):
        if not found.name.startswith(OPTIONAL):
            for name, value in list(vars(import_module(found.name)).items()):
                parts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
                yield from ((f"{found.name}.{name}", one) for one in (value, *parts))


def test_each_pattern_of_ours_is_one() -> None:
    """What would be told at import, a mistake in a pattern, is told here."""
    late = [(name, one) for name, one in values() if type(one) is type(late_pattern(""))]
    assert len(late) > 50
    for name, one in late:
        assert isinstance(one.pattern, str | bytes), name
        one.search(one.pattern[:0])


def test_it_is_compiled_once_when_it_is_first_used() -> None:
    """Making one compiles nothing, and using it several times compiles it once."""
    done = subprocess.run([sys.executable, "-c", _COUNTING], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["0", "True", "False", "True", "1"]


def test_a_broken_one_is_told_when_it_is_used() -> None:
    """As the standard library tells it."""
    with pytest.raises(re.error, match="unterminated"):
        late_pattern("(").search("")


def test_it_does_what_a_pattern_does() -> None:
    """Its flags, groups, replacements and its text are those of the pattern."""
    late, pattern = late_pattern(r"(?P<who>[a-z]+)!", re.IGNORECASE), re.compile(r"(?P<who>[a-z]+)!", re.IGNORECASE)
    assert (late.pattern, late.flags, late.groupindex) == (pattern.pattern, pattern.flags, pattern.groupindex)
    assert late.sub(r"\g<who>?", "Hello! you!") == pattern.sub(r"\g<who>?", "Hello! you!")
    assert [one.span() for one in late.finditer("a! b!")] == [one.span() for one in pattern.finditer("a! b!")]
