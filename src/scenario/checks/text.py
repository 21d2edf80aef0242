"""Checks of the text of the agent's last message. Pure."""

from __future__ import annotations

import re

from scenario.checks.check import Check, demand, shown
from scenario.criterion import named
from scenario.dialogue.state import ScenarioState
from scenario.errors import ScriptTypeError
from scenario.patterns.pattern import DEFAULT_TIMEOUT, Pattern


@named
def text_contains(*texts: str, ignore_case: bool = False) -> Check:
    """Each of these stands in the agent's last message.

    Args:
        texts: all of which must be there, in any order.
        ignore_case: whether capitals do not matter.

    Raises:
        ScriptTypeError: there is no text, or one is no string.
    """
    wanted = _texts("text_contains", texts)

    def check(state: ScenarioState) -> None:
        said = state.last_agent_message()
        missing = [text for text in wanted if _cased(text, ignore_case) not in _cased(said, ignore_case)]
        demand(not missing, f"text_contains: {', '.join(map(repr, missing))} is not in {shown(said)}")

    return check


@named
def text_lacks(*texts: str, ignore_case: bool = False) -> Check:
    """None of these stands in the agent's last message.

    Args:
        texts: none of which may be there.
        ignore_case: whether capitals do not matter.

    Raises:
        ScriptTypeError: there is no text, or one is no string.
    """
    unwanted = _texts("text_lacks", texts)

    def check(state: ScenarioState) -> None:
        said = state.last_agent_message()
        found = [text for text in unwanted if _cased(text, ignore_case) in _cased(said, ignore_case)]
        demand(not found, f"text_lacks: {', '.join(map(repr, found))} is in {shown(said)}")

    return check


@named
def text_equals(text: str) -> Check:
    """The agent's last message is this text; white space around it does not count."""

    def check(state: ScenarioState) -> None:
        said = state.last_agent_message()
        demand(said.strip() == text.strip(), f"text_equals: it is {shown(said)}, not {shown(text)}")

    return check


@named
def matches(pattern: str | re.Pattern[str], *, timeout: float = DEFAULT_TIMEOUT) -> Check:
    """A regular expression is found in the agent's last message.

    A search that may take long, as the pattern and the message's length have it, is made in a process of its own. So it
    holds up nothing else, and can be ended: by the timeout, by the run's `max_time`, and with the program.

    Args:
        pattern: in Python's syntax, or compiled, looked for anywhere; `^` and `(?i)` say otherwise.
        timeout: seconds after which the search is given up. Whether the pattern is there is unknown then, and the check
            neither holds nor fails.

    Raises:
        ScriptError: it is no regular expression, or the timeout no number above 0. The check itself raises one where
            the timeout has passed.
    """
    wanted = Pattern(pattern, name="matches", timeout=timeout)

    def check(state: ScenarioState) -> None:
        said = state.last_agent_message()
        demand(wanted.find(said) is not None, f"matches: {wanted.shown} is not found in {shown(said)}")

    return check


@named
def matches_not(pattern: str | re.Pattern[str], *, timeout: float = DEFAULT_TIMEOUT) -> Check:
    """A regular expression is not found in the agent's last message.

    Args:
        pattern: in Python's syntax, or compiled, looked for anywhere.
        timeout: seconds after which the search is given up; as in `matches`.

    Raises:
        ScriptError: as for `matches`.
    """
    unwanted = Pattern(pattern, name="matches_not", timeout=timeout)

    def check(state: ScenarioState) -> None:
        said = state.last_agent_message()
        found = unwanted.find(said)
        demand(found is None, f"matches_not: {unwanted.shown} is found in {shown(said)}: {shown(found)}")

    return check


@named
def longer_than(characters: int) -> Check:
    """The agent's last message has more characters than this."""

    def check(state: ScenarioState) -> None:
        said = state.last_agent_message()
        demand(len(said) > characters, f"longer_than: {len(said)} characters, not above {characters}: {shown(said)}")

    return check


@named
def shorter_than(characters: int) -> Check:
    """The agent's last message has fewer characters than this."""

    def check(state: ScenarioState) -> None:
        said = state.last_agent_message()
        demand(len(said) < characters, f"shorter_than: {len(said)} characters, not below {characters}: {shown(said)}")

    return check


def _texts(name: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    if not texts or not all(isinstance(text, str) for text in texts):
        raise ScriptTypeError(f"scenario.checks.{name}{texts!r}: give one text or more, each as an argument.")
    return texts


def _cased(text: str, ignore_case: bool) -> str:
    return text.casefold() if ignore_case else text
