"""A criterion: a sentence that a judge's model decides, or a check that decides by itself. Pure."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeAlias

from scenario.errors import ScriptTypeError

Criterion: TypeAlias = str | Callable[[Any], Any]
"""A sentence, or a check: a function of the state."""

_P = ParamSpec("_P")
_LONGEST_ARGUMENT: Final = 200
# A key is no part of a name, which every report shows; nor is where a server happens to listen.
_UNTOLD: Final = frozenset({"api_key", "api_base"})


class CheckCriterion(str):
    """A criterion that a check decides; as a text it is how the check is written: "text_contains('Paris')".

    Attributes:
        check: the function of the state.

    Raises:
        ScriptTypeError: the function has no name that would stay the same from run to run.
    """

    check: Callable[[Any], Any]

    def __new__(cls, check: Callable[[Any], Any]) -> CheckCriterion:
        """One that goes by the check's name."""
        criterion = super().__new__(cls, name_of(check))
        criterion.check = check
        return criterion

    def __getnewargs__(self) -> tuple[Any, ...]:
        """What a copy is made of."""
        return (self.check,)


def as_criterion(given: Any) -> Any:
    """What was given as a criterion, as a text: a check is one that knows its function; all else is left as it is."""
    return CheckCriterion(given) if callable(given) and not isinstance(given, type) else given


def name_of(check: Callable[[Any], Any]) -> str:
    """How a check is written; that of a function of one's own is its name with parentheses.

    Raises:
        ScriptTypeError: it has no name, as a lambda has none.
    """
    name = written(check)
    if not is_of_check(name) or "<lambda>" in name or " at 0x" in name:
        raise ScriptTypeError(
            f"{check!r:.120} has no name by which reports could know it from run to run: write it with `def`."
        )
    return name


def written(check: Callable[[Any], Any]) -> str:
    """How a check is written, for messages; "<lambda>()" where it has no name."""
    told = getattr(check, "criterion", None)
    if isinstance(told, str) and told.strip():
        return told
    if isinstance(check, functools.partial):
        return _call(written(check.func).removesuffix("()"), check.args, check.keywords)
    return f"{getattr(check, '__name__', type(check).__name__)}()"


def is_of_check(criterion: str) -> bool:
    """Whether the text of a criterion, as it is stored, is that of a check and no sentence."""
    name = criterion.partition("(")[0]
    return criterion.endswith(")") and name.isascii() and name.isidentifier()


def named(make: Callable[_P, Callable[[Any], Any]]) -> Callable[_P, Callable[[Any], Any]]:
    """The checks that a function makes know how they are written: by its name and what it was called with."""

    @functools.wraps(make)
    def made(*args: _P.args, **kwargs: _P.kwargs) -> Callable[[Any], Any]:
        check: Any = make(*args, **kwargs)
        check.criterion = _call(make.__name__, args, kwargs)
        return check  # type: ignore[no-any-return]

    return made


def _call(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    named_ones = [f"{key}={_shown(value)}" for key, value in kwargs.items() if key not in _UNTOLD]
    return f"{name}({', '.join([*map(_shown, args), *named_ones])})"


def _shown(argument: Any) -> str:
    """An argument as it would be written, its beginning where it is long."""
    if callable(argument) and not isinstance(argument, type):
        return written(argument)
    text = repr(argument)
    return text if len(text) <= _LONGEST_ARGUMENT else f"{text[:_LONGEST_ARGUMENT]}…"
