"""What a planned user is told: what to say and when, what to tell when asked, and when to give up. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from scenario.errors import ConfigurationError, SettingTypeError
from scenario.late_pattern import late_pattern

When: TypeAlias = str | re.Pattern[str] | Callable[[str], bool]
"""A condition on what the agent has said since the user's last line: a text that stands in it, whatever its case; a
regular expression that is found in it; or a function of it."""

_IN_BRACES: Final = late_pattern(r"\{([^{}\n]{1,60})\}")


class PlannedTurn(msgspec.Struct, frozen=True):
    """A line of a plan.

    Attributes:
        says: the line; {order number} stands for the value of that slot.
        when: what the agent must have said just before; None says it in its turn, whatever the agent said.
    """

    says: str
    when: Any = None


class Slot(msgspec.Struct, frozen=True):
    """What the user knows, and tells when the agent asks for it.

    Attributes:
        value: what is told.
        asked: words, or regular expressions, by which the agent asks for it, beside the slot's own name.
        says: how it is told; {value} stands for the value. "The order number is 4711." by default.
    """

    value: str
    asked: Sequence[str | re.Pattern[str]] = ()
    says: str = ""


class DialoguePlan(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, checked and filled in.

    Attributes:
        turns: the lines.
        slots: what is told when it is asked for, by name.
        done_when: what the agent must have said for the user to be content; None is content when all is said.
        patience: how often, beyond the first time, the agent may ask for the same slot.
        persistence: how often the user insists where it has said all and is not content.
        insists: what it says then, in turn; the plan's first line where there is none.
        farewell: its last line where it is content; "" says nothing more.
        gives_up: its last line where it is not.
    """

    turns: tuple[PlannedTurn, ...]
    slots: Mapping[str, Slot]
    done_when: Any
    patience: int
    persistence: int
    insists: tuple[str, ...]
    farewell: str
    gives_up: str

    @property
    def takes_time(self) -> bool:
        """Whether there are functions or regular expressions in it, which may."""
        conditions = [self.done_when, *(turn.when for turn in self.turns)]
        conditions += [one for slot in self.slots.values() for one in slot.asked]
        return any(one is not None and not isinstance(one, str) for one in conditions)


def checked_plan(
    turns: Any,
    *,
    slots: Any = None,
    done_when: Any = None,
    patience: Any = None,
    persistence: Any = None,
    insists: Any = (),
    farewell: Any = "",
    gives_up: Any = "That does not help me. Goodbye.",
) -> DialoguePlan:
    """The plan of these settings.

    Raises:
        ConfigurationError: one has no meaning or no effect.
        SettingTypeError: one is of a wrong kind.
    """
    if isinstance(turns, str | bytes) or not isinstance(turns, Sequence) or not turns:
        raise SettingTypeError(_wrong("turns", turns, "a list of lines, each a text or a scenario.PlannedTurn"))
    known = _slots(slots)
    lines = tuple(_turn(one, known) for one in turns)
    if all(one.when is not None for one in lines):
        raise ConfigurationError(
            "PlannedUserAgent(turns=...): each line waits for words of the agent's, and nobody would begin: give one "
            "without `when`."
        )
    _check_condition("done_when", done_when)
    for name, value in (("patience", patience), ("persistence", persistence)):
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise SettingTypeError(_wrong(name, value, "a whole number of at least 0"))
    again = _lines("insists", insists)
    for name, given, without in (("insists", again or None, done_when), ("persistence", persistence, done_when)):
        if given is not None and without is None:
            raise ConfigurationError(
                f"PlannedUserAgent({name}=...) has no effect without `done_when`: the user is content when all is said."
            )
    if patience is not None and not known:
        raise ConfigurationError("PlannedUserAgent(patience=...) has no effect without `slots`: nothing is asked for.")
    for name, said in (("farewell", farewell), ("gives_up", gives_up), *(("insists", one) for one in again)):
        if not isinstance(said, str) or (name != "farewell" and not said.strip()):
            raise SettingTypeError(_wrong(name, said, "a text"))
    first = next(one.says for one in lines if one.when is None)
    return DialoguePlan(
        turns=lines,
        slots=known,
        done_when=done_when,
        patience=2 if patience is None else patience,
        persistence=1 if persistence is None else persistence,
        insists=tuple(_filled(one, known) for one in again) or (first,),
        farewell=_filled(farewell, known),
        gives_up=_filled(gives_up, known),
    )


def _lines(name: str, given: Any) -> tuple[Any, ...]:
    lines = (given,) if isinstance(given, str) else given
    if not isinstance(lines, Sequence):
        raise SettingTypeError(_wrong(name, given, "a text, or a list of texts"))
    return tuple(lines)


def _turn(given: Any, slots: Mapping[str, Slot]) -> PlannedTurn:
    turn: Any = PlannedTurn(given) if isinstance(given, str) else given
    if not isinstance(turn, PlannedTurn) or not _is_said(turn.says):
        raise SettingTypeError(_wrong("turns", given, "lines, each a text or a scenario.PlannedTurn, none empty"))
    _check_condition("when", turn.when)
    return PlannedTurn(_filled(turn.says, slots), turn.when)


def _slots(given: Any) -> dict[str, Slot]:
    if given is not None and not isinstance(given, Mapping):
        raise SettingTypeError(_wrong("slots", given, "a dictionary of values by name"))
    return {name: _slot(name, value) for name, value in (given or {}).items()}


def _slot(name: Any, given: Any) -> Slot:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    slot = given if isinstance(given, Slot) else Slot(str(given) if is_number else given)
    here = f"slots[{name!r:.40}]"
    if not _is_said(name) or not _is_said(slot.value):
        raise SettingTypeError(_wrong(here, given, "a text, a number or a scenario.Slot"))
    words: Any = (slot.asked,) if isinstance(slot.asked, str | re.Pattern) else slot.asked
    if not isinstance(words, Sequence) or not all(isinstance(one, re.Pattern) or _is_said(one) for one in words):
        raise SettingTypeError(_wrong(f"{here}.asked", words, "words or compiled regular expressions"))
    if slot.says and "{value}" not in slot.says:
        raise ConfigurationError(
            f"PlannedUserAgent({here}.says={slot.says!r:.80}) tells no value: put {{value}} into it."
        )
    return Slot(slot.value, tuple(words), slot.says or f"The {name} is {{value}}.")


def _is_said(given: object) -> bool:
    return isinstance(given, str) and bool(given.strip())


def _check_condition(name: str, given: Any) -> None:
    if given is None or callable(given) or isinstance(given, re.Pattern) or _is_said(given):
        return
    raise SettingTypeError(_wrong(name, given, "a text, a compiled regular expression or a function of a text"))


def _filled(text: str, slots: Mapping[str, Slot]) -> str:
    """A line with the slots' values."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in slots:
            raise ConfigurationError(
                f"PlannedUserAgent: {match[0]!r} in {text!r:.80} is no slot. There are: {', '.join(slots)}."
            )
        return slots[match[1]].value

    return _IN_BRACES.sub(value, text) if slots else text


def _wrong(name: str, value: Any, wanted: str) -> str:
    return f"PlannedUserAgent({name}={value!r:.80}): give {wanted}."
