"""Requests with placeholders: a mapping, a URL or a header in which "$thread_id" stands for the conversation's id."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from scenario.errors import ConfigurationError
from scenario.late_pattern import late_pattern
from scenario.redaction import REDACTED, is_secret_name

PLACEHOLDERS: Final[Mapping[str, str]] = {
    "messages": "the conversation, OpenAI-style",
    "new_messages": "what came since the agent last spoke",
    "message": "the text of the last user message",
    "thread_id": "the conversation's id",
    "session": "what session= found in the reply before",
    "model": "model=",
    "resume": "the script's answer to what the agent waits for",
    "request_id": "an id that is new with each request",
}
# These are lists: they can only stand for a whole value.
_LISTS: Final = frozenset({"messages", "new_messages"})

PLACEHOLDER: Final = late_pattern(r"\$(?:(\$)|env\.([A-Za-z_][A-Za-z0-9_]*)|([A-Za-z_][A-Za-z0-9_]*))")

Values = Callable[[str], Any]
Environment = Callable[[str], str]


class _Absent:
    """The type of `_ABSENT`: a whole value whose placeholder has none is left out."""


_ABSENT: Final = _Absent()


def check(template: object, *, argument: str) -> None:
    """Refuse placeholders that mean nothing, anywhere in a template.

    Raises:
        ConfigurationError: there is no such placeholder, or it stands where its value does not fit.
    """
    if isinstance(template, Mapping):
        for key, item in template.items():
            check(item, argument=f"{argument}[{key!r}]")
    elif isinstance(template, list | tuple):
        for index, item in enumerate(template):
            check(item, argument=f"{argument}[{index}]")
    elif isinstance(template, str):
        for match in PLACEHOLDER.finditer(template):
            _check_name(match, template, argument)


def _check_name(match: re.Match[str], template: str, argument: str) -> None:
    name = match[3]
    if name is None:
        return
    if name not in PLACEHOLDERS:
        known = ", ".join(f"${known}" for known in PLACEHOLDERS)
        raise ConfigurationError(
            f"{argument} has the placeholder {match[0]!r}, which does not exist. There are: {known}, $env.NAME. "
            "A dollar sign itself is written $$."
        )
    if name in _LISTS and match[0] != template:
        raise ConfigurationError(
            f"{argument}: {match[0]!r} stands for a list, which cannot be a part of the text {template!r}. "
            "Make it the whole value, or use $message."
        )


def uses_environment(template: object) -> bool:
    """Whether a template has a placeholder for an environment variable."""
    if isinstance(template, Mapping):
        return any(map(uses_environment, template.values()))
    if isinstance(template, list | tuple):
        return any(map(uses_environment, template))
    return isinstance(template, str) and "$env." in template


def rendered(template: object, values: Values, environment: Environment) -> Any:
    """A new value with the placeholders replaced; what has no value and stands for itself is left out.

    Args:
        template: mappings, lists and texts, nested as they like.
        values: the value for a placeholder's name; None where there is none.
        environment: the value of an environment variable.
    """
    if isinstance(template, Mapping):
        pairs = ((key, rendered(item, values, environment)) for key, item in template.items())
        return {key: item for key, item in pairs if item is not _ABSENT}
    if isinstance(template, list | tuple):
        items = (rendered(item, values, environment) for item in template)
        return [item for item in items if item is not _ABSENT]
    if not isinstance(template, str) or "$" not in template:
        return template
    match = PLACEHOLDER.fullmatch(template)
    if match is not None and match[3] is not None:
        value = values(match[3])
        return _ABSENT if value is None else value
    return rendered_text(template, values, environment)


def rendered_text(template: str, values: Values, environment: Environment) -> str:
    """A text with the placeholders in it replaced; what has no value is replaced by nothing."""

    def replaced(match: re.Match[str]) -> str:
        if match[1]:
            return "$"
        if match[2]:
            return environment(match[2])
        value = values(match[3])
        return "" if value is None else str(value)

    return PLACEHOLDER.sub(replaced, template)


def without_secrets(template: object) -> Any:
    """A template whose literal secrets, by the names of their keys, are replaced."""
    if isinstance(template, Mapping):
        return {
            key: REDACTED
            if isinstance(key, str) and isinstance(item, str) and is_secret_name(key)
            else without_secrets(item)
            for key, item in template.items()
        }
    return [without_secrets(item) for item in template] if isinstance(template, list | tuple) else template


def redacted_environment(_name: str) -> str:
    """What stands in a record for the value of an environment variable."""
    return REDACTED
