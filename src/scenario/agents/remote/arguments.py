"""What `RemoteAgent` can be given: each argument checked, and what is wrong with it said before anything is sent."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, ParamSpec
from urllib.parse import urlsplit

from scenario.agents.remote import template as request_template
from scenario.agents.remote.text_template import check_text
from scenario.config import Timeouts
from scenario.errors import ConfigurationError, SettingTypeError
from scenario.late_pattern import late_pattern
from scenario.protocols.finish_reasons import MEANINGS, Judged, plain
from scenario.redaction import redacted_url

_SCHEMES: Final = ("http", "https", "ws", "wss")
# RFC 9110, 5.6.2.
_TOKEN: Final = late_pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


_Settings = ParamSpec("_Settings")


def told_of_unknown(made: Callable[_Settings, None]) -> Callable[_Settings, None]:
    """Make an `__init__` say which setting was meant by one that there is not: Python names the wrong one alone."""
    known = list(inspect.signature(made).parameters)[1:]

    @functools.wraps(made)
    def checked(*values: _Settings.args, **given: _Settings.kwargs) -> None:
        for name in given:
            if name not in known:
                from difflib import get_close_matches  # for a mistake only

                near = get_close_matches(name, known, n=1)
                meant = f"; did you mean {near[0]}=?" if near else f". There are: {', '.join(known)}."
                raise SettingTypeError(f"RemoteAgent({name}=…): there is no such setting{meant}")
        made(*values, **given)

    return checked


def one_of(argument: str, value: object, allowed: tuple[str, ...]) -> None:
    """Refuse a value that is none of those that there are.

    Raises:
        ConfigurationError: it has no meaning.
    """
    if value not in allowed:
        raise ConfigurationError(f"RemoteAgent({argument}={value!r}): give one of {', '.join(map(repr, allowed))}.")


def texts(**given: object) -> None:
    """Refuse what is given and is no text.

    Raises:
        SettingTypeError: it is of a wrong kind (a ConfigurationError, a ValueError and a TypeError).
    """
    for argument, value in given.items():
        if value is not None and not isinstance(value, str):
            raise SettingTypeError(f"RemoteAgent({argument}={value!r:.120}): give a text.")


def at_least_one(**limits: object) -> None:
    """Refuse limits that are no whole numbers, of bytes or of events.

    Raises:
        ConfigurationError: it has no meaning.
    """
    for argument, value in limits.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            counted = "bytes" if argument.endswith("_bytes") else "them"
            raise ConfigurationError(
                f"RemoteAgent({argument}={value!r}): give a whole number of {counted}, at least 1."
            )


def checked_url(url: object) -> str:
    """The URL, if it is one.

    Raises:
        ConfigurationError: it has no meaning.
    """
    if not isinstance(url, str):
        raise ConfigurationError(f"RemoteAgent(url={url!r}): give a URL as text, such as 'http://127.0.0.1:8000/chat'.")
    request_template.check(url, argument="url")
    if url.startswith("$env."):
        return url
    try:
        parts = urlsplit(url)
        valid = parts.scheme in _SCHEMES and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise ConfigurationError(
            f"RemoteAgent(url={redacted_url(url)!r}): give a whole URL with http://, https://, ws:// or wss:// and a "
            "host, such as 'http://127.0.0.1:8000/chat'."
        )
    return url


def checked_headers(headers: Any, *, url: str) -> dict[str, str]:
    """The headers, if they can be sent to `url`.

    Raises:
        ConfigurationError: it has no meaning.
    """
    if not isinstance(headers, Mapping):
        raise ConfigurationError(
            f"RemoteAgent(headers=…) takes a mapping of names to values, not {type(headers).__name__}."
        )
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str) or not name:
            raise ConfigurationError(f"RemoteAgent(headers=…): {name!r} and its value must be text.")
        if any(character in name + value for character in "\r\n\0"):
            raise ConfigurationError(f"RemoteAgent(headers=…): {name!r} or its value holds a line end or a NUL.")
        if not _TOKEN.fullmatch(name):
            raise ConfigurationError(
                f"RemoteAgent(headers=…): {name!r} is no header: write letters, digits and hyphens, no spaces."
            )
    if "@" in urlsplit(url).netloc and any(name.lower() == "authorization" for name in headers):
        raise ConfigurationError(
            f"RemoteAgent({redacted_url(url)!r}): the URL has a user, and headers= an Authorization: a request can "
            "carry one of them only."
        )
    request_template.check(headers, argument="headers")
    return dict(headers)


def checked_body(request: object, *, headers: Mapping[str, str]) -> Any:
    """The template of a body, which these headers go with; None where there is none.

    Raises:
        ConfigurationError: it has no meaning.
    """
    if request is None or callable(request):
        return None
    if not isinstance(request, Mapping | list | str):
        raise ConfigurationError(
            f"RemoteAgent(request={type(request).__name__}): give a mapping with placeholders, such as "
            '{"message": "$message", "thread": "$thread_id"}, a text, or a function of the AgentInput.'
        )
    if isinstance(request, str):
        declared = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
        check_text(request, declared, argument="request")
    else:
        request_template.check(request, argument="request")
    return request


def timeouts_of(seconds: object) -> Timeouts:
    """The deadlines that a number of seconds stands for.

    Raises:
        ConfigurationError: it has no meaning.
    """
    if seconds is None:
        return Timeouts()
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ConfigurationError(
            f"RemoteAgent(timeout={seconds!r}): give Timeouts(connect=…, first_byte=…, idle=…, total=…), or seconds."
        )
    return Timeouts(connect=min(10.0, seconds), first_byte=seconds, idle=seconds, total=seconds)


def checked_linger(seconds: object) -> float | None:
    """A number of seconds, 0 or more; None where none is given.

    Raises:
        ConfigurationError: it is none.
    """
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < float("inf"):
        raise ConfigurationError(f"RemoteAgent(linger={seconds!r}): give a number of seconds, 0 or more.")
    return float(seconds)


def checked_finish_reasons(meanings: object) -> dict[str, Judged]:
    """What finish reasons mean, by their plain form.

    Raises:
        ConfigurationError: it is no mapping of reasons to meanings.
    """
    if meanings is None:
        return {}
    if not isinstance(meanings, Mapping) or not all(isinstance(reason, str) and reason for reason in meanings):
        raise ConfigurationError(
            f'RemoteAgent(finish_reasons={meanings!r}): give a mapping, such as {{"length": "complete"}}.'
        )
    for reason, meaning in meanings.items():
        one_of(f"finish_reasons[{reason!r}]", meaning, MEANINGS)
    return {plain(reason): meaning for reason, meaning in meanings.items()}
