"""Keeping secrets out of what is stored and shown: by the names that secrets go under, and by their values."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, unquote_plus, urlsplit, urlunsplit

REDACTED: Final = "[redacted]"

_SECRET_NAME: Final = re.compile(
    r"authori[sz]ation|cookie|secret|passw|credential|signature"
    r"|(?:api|access|auth|refresh|id|private|subscription|functions?|bearer|security|session)[-_]?(?:key|token)"
    r"|^(?:x-)?(?:token|auth|jwt)$",
)
# No name without one of these is a secret's; looking for them first is ten times as quick as the pattern.
_SIGNS: Final = ("auth", "cookie", "secret", "passw", "credential", "signature", "key", "token", "jwt")
# In a query these are secrets too; in JSON they usually are none.
_SECRET_PARAMETERS: Final = frozenset({"key", "sig", "code"})
# What browsers are allowed to do is a setting, also where it is about credentials or names a header of that kind.
_SETTINGS: Final = "access-control-"
# A header that ends so authenticates (x-gitlab-token); in JSON it may be that of a page (next_page_token).
_ENDS_OF_SECRET_HEADERS: Final = ("-token",)
_SECRET_VARIABLE_ENDS: Final = ("_TOKEN", "_KEY", "_PAT", "_PASS", "_PWD")
# A value as short as this is in every body; replacing it would only spoil the record.
_SHORTEST_SECRET: Final = 8
# Secrets of the environment that are worth the name are longer than the values of settings ("development").
_SHORTEST_OF_ENVIRONMENT: Final = 16


def is_secret_name(name: str) -> bool:
    """Whether a header or JSON key of that name holds a secret."""
    lower = name.lower()
    for sign in _SIGNS:
        if sign in lower:
            return _SECRET_NAME.search(lower) is not None and not lower.startswith(_SETTINGS)
    return False


def is_secret_header(name: str) -> bool:
    """Whether a header of that name holds a secret."""
    return is_secret_name(name) or name.lower().endswith(_ENDS_OF_SECRET_HEADERS)


def _is_secret_parameter(name: str) -> bool:
    return name.lower() in _SECRET_PARAMETERS or is_secret_name(name)


def redacted_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers with the secret ones' values replaced; of URLs in others, what is secret in those."""
    return {
        name: REDACTED if is_secret_header(name) else redacted_url(value) if "://" in value else value
        for name, value in headers.items()
    }


def redacted_url(url: str) -> str:
    """A URL without its user information, and without the values of secret query parameters."""
    try:
        parts = urlsplit(url)
        query = parts.query
        if query and any(_is_secret_parameter(name) for name, _ in parse_qsl(query, keep_blank_values=True)):
            query = "&".join(map(_redacted_parameter, query.split("&")))
        user, _, host = parts.netloc.rpartition("@")
    except ValueError:
        return url
    if not user and query == parts.query:
        return url
    return urlunsplit(parts._replace(netloc=host, query=query))


def redacted_json(value: Any) -> Any:
    """A copy of a JSON value in which what stands under secret keys is replaced; messages are left as they are."""
    if isinstance(value, dict):
        return {
            key: REDACTED
            if isinstance(key, str) and isinstance(item, str) and is_secret_name(key)
            else item
            if key == "messages"
            else redacted_json(item)
            for key, item in value.items()
        }
    return [redacted_json(item) for item in value] if isinstance(value, list) else value


class Secrets:
    """Values that were sent as secrets, and are to be masked where they come back.

    The mask is as long as what it covers, so that sizes and the cuts between pieces stay as they were.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        long = {value for value in values if len(value) >= _SHORTEST_SECRET}
        self._values = tuple(sorted(long, key=len, reverse=True))
        self._bytes = tuple([value.encode("utf-8", "replace") for value in self._values])

    @classmethod
    def of_request(cls, url: str, headers: Mapping[str, str], more: Iterable[str] = ()) -> Secrets:
        """What is secret in a request's URL, the values of its secret headers without their scheme, and more values."""
        values = list(more)
        for name, value in headers.items():
            if is_secret_header(name):
                scheme, space, credentials = value.partition(" ")
                values.append(credentials if space and scheme.isalpha() else value)
        if "?" in url or "@" in url:
            values += _secrets_of_url(url)
        return cls(values) if values else NO_SECRETS

    def __bool__(self) -> bool:
        return bool(self._values)

    def in_text(self, text: str) -> str:
        """The text with the secrets in it masked."""
        for value in self._values:
            if value in text:
                text = text.replace(value, "*" * len(value))
        return text

    def in_pieces(self, pieces: Sequence[bytes]) -> list[bytes] | None:
        """Pieces of a body with the secrets in it masked, also those cut between two pieces; None without any."""
        body = b"".join(pieces)
        if not any(value in body for value in self._bytes):
            return None
        for value in self._bytes:
            body = body.replace(value, b"*" * len(value))
        masked: list[bytes] = []
        position = 0
        for piece in pieces:
            masked.append(body[position : position + len(piece)])
            position += len(piece)
        return masked


# Most requests have none; they share this value.
NO_SECRETS: Final = Secrets()


def environment_secrets(environ: Mapping[str, str]) -> Secrets:
    """The values of the environment that go under secret names, to be masked wherever they come back."""
    return Secrets(
        value
        for name, value in environ.items()
        if len(value.strip()) >= _SHORTEST_OF_ENVIRONMENT
        and (is_secret_name(name) or name.upper().endswith(_SECRET_VARIABLE_ENDS))
    )


def _secrets_of_url(url: str) -> Iterator[str]:
    """The password and the values of secret parameters, as they are written and as they are sent."""
    try:
        parts = urlsplit(url)
        user, password = unquote(parts.username or ""), parts.password
    except ValueError:
        return
    if password:
        yield from (password, unquote(password))
        yield base64.b64encode(f"{user}:{unquote(password)}".encode()).decode()
    for parameter in parts.query.split("&"):
        name, _, value = parameter.partition("=")
        if _is_secret_parameter(unquote_plus(name)):
            yield from (value, unquote_plus(value))


def _redacted_parameter(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    return f"{name}={quote(REDACTED)}" if equals and _is_secret_parameter(name) else parameter
