"""Keeping secrets out of what is stored and shown: by the names that secrets go under, and by their values."""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, unquote_plus, urlsplit, urlunsplit

from scenario.cut_edges import SHORTEST_PART, CutEdges, cut_edges
from scenario.disguises import Span, begun_at, decoded, encoded, spans_in
from scenario.errors import ConfigurationError, SettingTypeError
from scenario.late_pattern import late_pattern
from scenario.sought import Sought, sought

REDACTED: Final = "[redacted]"
# What stands for a secret, as it is and in a URL, is none itself.
_MASKS: Final = frozenset({REDACTED, quote(REDACTED)})

_SECRET_NAME: Final = late_pattern(
    r"authori[sz]ation|cookie|secret|passw|credential|signature"
    r"|(?:api|access|auth|refresh|id|private|subscription|functions?|bearer|security|session)[-_]?(?:key|token)"
    r"|^(?:x-)?(?:token|auth|jwt)$",
)
# No name without one of these is a secret's; looking for them first is ten times as quick as the pattern.
_SIGNS: Final = ("auth", "cookie", "secret", "passw", "credential", "signature", "key", "token", "jwt")
_WRITTEN_SIGNS: Final = tuple(sign.encode() for sign in _SIGNS)
# What names of no more characters are is remembered.
_LONGEST_KNOWN: Final = 64
# In a query these are secrets too; in JSON they usually are none.
_SECRET_PARAMETERS: Final = frozenset({"key", "sig", "code"})
# What browsers are allowed to do is a setting, also where it is about credentials or names a header of that kind.
_SETTINGS: Final = "access-control-"
# A header that ends so authenticates (x-gitlab-token); in JSON it may be that of a page (next_page_token).
_ENDS_OF_SECRET_HEADERS: Final = ("-token",)
_SECRET_VARIABLE_ENDS: Final = ("_TOKEN", "_KEY", "_PAT", "_PASS", "_PWD")
# A value as short as this is in every body; replacing it would only spoil the record.
_SHORTEST_SECRET: Final = 8
# What the user names is a secret also where it is short; a syllable would spoil the record all the same.
_SHORTEST_NAMED: Final = 4
_SCHEMES: Final = frozenset({"basic", "bearer", "token"})
NAMED_SECRETS: Final = "SCENARIO_SECRETS"
# Secrets of the environment that are worth the name are longer than the values of settings ("development").
_SHORTEST_OF_ENVIRONMENT: Final = 16


def is_secret_name(name: str) -> bool:
    """Whether a header or JSON key of that name holds a secret."""
    # The same few names come with every call; what an agent thinks up of any length is not kept.
    return _known_name(name) if len(name) <= _LONGEST_KNOWN else _names_secret(name)


def _names_secret(name: str) -> bool:
    lower = name.lower()
    for sign in _SIGNS:
        if sign in lower:
            return _SECRET_NAME.search(lower) is not None and not lower.startswith(_SETTINGS)
    return False


_known_name: Final = lru_cache(maxsize=1024)(_names_secret)


def is_secret_header(name: str) -> bool:
    """Whether a header of that name holds a secret."""
    return _known_header(name) if len(name) <= _LONGEST_KNOWN else _is_secret_header(name)


def _is_secret_header(name: str) -> bool:
    return _names_secret(name) or name.lower().endswith(_ENDS_OF_SECRET_HEADERS)


_known_header: Final = lru_cache(maxsize=1024)(_is_secret_header)


def may_have_secret_names(body: bytes) -> bool:
    """Whether some JSON may have a key that is a secret's; False only where it has none."""
    if not body.isascii() or b"\\u" in body:
        return True
    lower = body.lower()
    return any(sign in lower for sign in _WRITTEN_SIGNS)


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
    """Values that were sent as secrets, and are to be masked where they come back, in whatever form (see `disguises`).

    The mask is as long as what it covers, so that sizes and the cuts between pieces stay as they were.

    Args:
        values: what is secret; of less than 8 characters, what is in every body.
        named: what the user has named as secret, as `named_secrets` has checked it.
    """

    def __init__(self, values: Iterable[str] = (), *, named: Iterable[str] = ()) -> None:
        long = {value for value in values if len(value) >= _SHORTEST_SECRET and value not in _MASKS}
        self._values = tuple(sorted(long.union(named), key=lambda value: (-len(value), value)))
        self._sought: Sought | None = None
        self._edges: CutEdges | None = None

    @classmethod
    def of_request(cls, url: str, headers: Mapping[str, str], more: Iterable[str] = ()) -> Secrets:
        """What is secret in a request's URL, the values of its secret headers without their scheme, and more values."""
        values = list(more)
        for name, value in headers.items():
            if is_secret_header(name):
                values += _secrets_of_header(name, value)
        if "?" in url or "@" in url:
            values += _secrets_of_url(url)
        return cls(values) if values else NO_SECRETS

    def __bool__(self) -> bool:
        return bool(self._values)

    def __repr__(self) -> str:
        """How many, and nothing of them."""
        return f"<{len(self._values)} secrets>"

    def __or__(self, other: Secrets) -> Secrets:
        """These and the other ones; this object where they are all here."""
        if other is self or set(other._values) <= set(self._values):
            return self
        return Secrets((), named={*self._values, *other._values})

    @property
    def sought(self) -> Sought:
        """What is looked for. There must be secrets."""
        if self._sought is None:
            self._sought = sought(self._values)
        return self._sought

    def stand_in(self, data: bytes) -> bool:
        """Whether any of them stands in a text: the same as whether it has `spans`, and known sooner."""
        return bool(self._values) and self.sought.stands_in(data)

    @property
    def has_lines(self) -> bool:
        """Whether one of them goes on over the end of a line, in whatever form."""
        return bool(self._values) and self.sought.has_lines

    def spans(self, data: bytes) -> list[Span]:
        """Where in a text secrets stand."""
        return spans_in(data, self.sought.forms) if self.stand_in(data) else []

    def tail_at(self, text: str) -> int | None:
        """Where a tail begins that may be the beginning of a secret; None where there may be secrets or escapes."""
        return self.sought.tail_in(text) if self._values else len(text)

    def begun_at(self, data: bytes) -> int:
        """Where a tail of the text begins that may be the beginning of a secret; its length where there is none."""
        return begun_at(data, self.sought.forms) if self._values else len(data)

    def in_text(self, text: str) -> str:
        """The text with the secrets in it masked."""
        if not self._values or len(text) < SHORTEST_PART:
            return text
        data = encoded(text)
        spans = [] if self.sought.is_too_short(text) else self.spans(data)
        spans += self._cut_in(data)
        return decoded(covered(data, spans)) if spans else text

    def _cut_in(self, data: bytes) -> list[Span]:
        """Where in a text parts of secrets stand that something else has cut."""
        if self._edges is None:
            self._edges = cut_edges(self.sought.forms)
        return self._edges.spans(data)

    def in_bytes(self, data: bytes) -> bytes:
        """The bytes with the secrets in them masked."""
        spans = self.spans(data)
        return covered(data, spans) if spans else data


def covered(data: bytes, spans: Iterable[Span]) -> bytes:
    """The bytes with a mask in these places."""
    masked = bytearray(data)
    for begin, end in spans:
        masked[begin:end] = b"*" * (end - begin)
    return bytes(masked)


def cut_as(pieces: Sequence[bytes], body: bytes) -> list[bytes]:
    """A body, cut into pieces of the same lengths."""
    cut: list[bytes] = []
    position = 0
    for piece in pieces:
        cut.append(body[position : position + len(piece)])
        position += len(piece)
    return cut


# Most requests have none; they share this value.
NO_SECRETS: Final = Secrets()


def environment_secrets(environ: Mapping[str, str]) -> Secrets:
    """The values of the environment that go under secret names, to be masked wherever they come back.

    Raises:
        ConfigurationError: `SCENARIO_SECRETS` names one that is too short.
    """
    # Each run asks, and hardly ever has anything changed. The process's own is compared as it is held, in bytes:
    # to make texts of all of it takes longer than all else that is done here.
    held = getattr(environ, "_data", environ) if environ is os.environ else environ
    return _environment_secrets(tuple(held.items()))


@lru_cache(maxsize=4)
def _environment_secrets(held: tuple[tuple[str | bytes, str | bytes], ...]) -> Secrets:
    environ = {os.fsdecode(name): os.fsdecode(value) for name, value in held}
    values = [
        value
        for name, value in environ.items()
        if len(value.strip()) >= _SHORTEST_OF_ENVIRONMENT
        and name != NAMED_SECRETS
        and (is_secret_name(name) or name.upper().endswith(_SECRET_VARIABLE_ENDS))
    ]
    named = [value.strip() for value in environ.get(NAMED_SECRETS, "").split(",") if value.strip()]
    return Secrets(values, named=named_secrets(named, NAMED_SECRETS)) if values or named else NO_SECRETS


def named_secrets(given: object, argument: str) -> tuple[str, ...]:
    """What the user has named as secret.

    Args:
        given: a list of texts; None where none were named.
        argument: how the user has named them, in messages.

    Raises:
        ConfigurationError: it is no list of texts, or one of them is too short.
    """
    if given is None:
        return ()
    if not isinstance(given, list | tuple | set | frozenset) or not all(isinstance(value, str) for value in given):
        raise SettingTypeError(f"{argument} is a {type(given).__name__}: give a list of texts.")
    for value in given:
        if len(value) < _SHORTEST_NAMED:
            raise ConfigurationError(
                f"{argument}: one of the secrets has {len(value)} characters. So short a text stands everywhere, and "
                f"masking it would spoil every record: name those of {_SHORTEST_NAMED} or more."
            )
    return tuple(given)


def secrets_of_json(value: object) -> Iterator[str]:
    """The texts that stand under secret names in a JSON value."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(item, str):
                if isinstance(key, str) and is_secret_name(key):
                    yield item
                    if item.partition(" ")[0].lower() in _SCHEMES:
                        yield from _without_scheme(item)
            elif key != "messages":
                yield from secrets_of_json(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secrets_of_json(item)


def _secrets_of_header(name: str, value: str) -> Iterator[str]:
    """The value without its scheme; of Basic also what it stands for, of cookies each."""
    yield from _without_scheme(value)
    if "cookie" in name.lower():
        for cookie in value.split(";"):
            yield cookie.partition("=")[2].strip()


def _without_scheme(value: str) -> Iterator[str]:
    scheme, space, credentials = value.partition(" ")
    if not space or not scheme.isalpha():
        yield value
        return
    yield credentials
    if scheme.lower() == "basic":
        with contextlib.suppress(ValueError):
            both = base64.b64decode(credentials, validate=True).decode()
            yield from (both, both.partition(":")[2])


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
