"""Checks of the text of the agent's last message. Pure."""

from __future__ import annotations

import re

from scenario.checks.check import Check, demand, shown
from scenario.dialogue.state import ScenarioState
from scenario.errors import ScriptError, ScriptTypeError


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


def text_equals(text: str) -> Check:
    """The agent's last message is this text; white space around it does not count."""

    def check(state: ScenarioState) -> None:
        said = state.last_agent_message()
        demand(said.strip() == text.strip(), f"text_equals: it is {shown(said)}, not {shown(text)}")

    return check


def matches(pattern: str) -> Check:
    """A regular expression is found in the agent's last message.

    Args:
        pattern: in Python's syntax, looked for anywhere; `^` and `(?i)` say otherwise.

    Raises:
        ScriptError: it is no regular expression.
    """
    compiled = _compiled("matches", pattern)

    def check(state: ScenarioState) -> None:
        said = state.last_agent_message()
        demand(compiled.search(said), f"matches: {pattern!r} is not found in {shown(said)}")

    return check


def matches_not(pattern: str) -> Check:
    """A regular expression is not found in the agent's last message.

    Args:
        pattern: in Python's syntax, looked for anywhere.

    Raises:
        ScriptError: it is no regular expression.
    """
    compiled = _compiled("matches_not", pattern)

    def check(state: ScenarioState) -> None:
        said = state.last_agent_message()
        found = compiled.search(said)
        demand(not found, f"matches_not: {pattern!r} is found in {shown(said)}: {found and found[0]!r}")

    return check


def longer_than(characters: int) -> Check:
    """The agent's last message has more characters than this."""

    def check(state: ScenarioState) -> None:
        said = state.last_agent_message()
        demand(len(said) > characters, f"longer_than: {len(said)} characters, not above {characters}: {shown(said)}")

    return check


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


def _compiled(name: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except (re.error, TypeError) as error:
        raise ScriptError(f"scenario.checks.{name}({pattern!r}): that is no regular expression: {error}.") from error
