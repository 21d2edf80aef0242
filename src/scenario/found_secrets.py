"""Secrets that nobody has named, found in what travels: by their forms, and by the names they stand under. Pure."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec

from scenario.late_pattern import late_pattern
from scenario.redaction import NO_SECRETS, Secrets, is_secret_name
from scenario.secret_shapes import distinct_words, may_hold_shapes, shaped_secrets, words_may_hold_shapes

# What is called so is often no secret (a piece of a streamed text, a name), and where it is one, it is long.
_DOUBTFUL: Final = frozenset({"token", "auth", "key", "cookie", "signature"})
_LONG: Final = 20
# No key of a secret is without one of these among the words of a body; a piece of a streamed text is called "token".
_SIGNS: Final = (
    b"uthori",
    b"UTHORI",
    b"ookie",
    b"ecret",
    b"ECRET",
    b"assw",
    b"ASSW",
    b"redential",
    b"ignature",
    b"jwt ",
    b"oken ",
    b"OKEN ",
    b"_key ",
    b"-key ",
    b"Key ",
    b"KEY ",
    b"apikey ",
    b"accesskey ",
    b"authkey ",
    b"privatekey ",
    b"sessionkey ",
    b"oken=",
    b"ey=",
)
# A value that is none: an identifier in words, a sentence, a placeholder.
_WORDS: Final = late_pattern(r"\s|^[a-z]+(?:[-_.][a-z]+)*$|^(?i:none|null|true|false|\[?redacted\]?|\*+)$|^\$|^<")
_DEEPEST: Final = 60


def secrets_found(body: bytes) -> Secrets:
    """The secrets that stand in a body, or in a text: nobody has to have named them.

    Args:
        body: JSON, an event stream, a form or anything else.
    """
    values: list[str] = []
    words = distinct_words(body)
    if words_may_hold_shapes(words):
        values += shaped_secrets(body.decode(errors="replace"))
    if _may_name_secrets(words):
        values += _named(body)
    return Secrets(values) if values else NO_SECRETS


def secrets_in_texts(texts: Iterable[str]) -> Secrets:
    """Those that stand in texts, which may have come in pieces."""
    found = NO_SECRETS
    for text in texts:
        if may_hold_shapes(text.encode(errors="surrogatepass")):
            found |= Secrets(shaped_secrets(text))
    return found


def _may_name_secrets(words: bytes) -> bool:
    """Whether it is worth to read what stands there: nearly no stream has a key that is a secret's."""
    for sign in _SIGNS:  # noqa: SIM110 - a generator takes as long as the search itself
        if sign in words:
            return True
    return False


def _named(body: bytes) -> Iterator[str]:
    """The values that stand under the names of secrets, in JSON, in each line that has some, or in a form."""
    whole = json_in(body)
    if whole is not None:
        yield from _in_value(whole, 0)
        return
    if b"=" in body and not body.strip().count(b"\n"):
        yield from _in_form(body.decode(errors="replace").strip())
    data: list[bytes] = []
    for line in [*body.splitlines(), b""]:
        name, _, value = line.partition(b":")
        if name == b"data":
            data.append(value.strip())
            continue
        if data:
            yield from _in_value(json_in(b"\n".join(data)), 0)
            data = []
        yield from _in_value(json_in(line if line[:1] in (b"{", b"[") else value), 0)


def _in_form(body: str) -> Iterator[str]:
    for parameter in body.split("&"):
        name, _, value = parameter.partition("=")
        name = unquote_plus(name)
        if is_secret_name(name) and _is_secret(name, unquote_plus(value)):
            yield from (value, unquote_plus(value))


def _in_value(value: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for name, one in value.items():
            if isinstance(one, str):
                if isinstance(name, str) and is_secret_name(name) and _is_secret(name, one):
                    yield one
                elif one[:1] in ("{", "["):  # arguments of a tool's call are JSON in a text
                    yield from _in_value(json_in(one.encode(errors="surrogatepass")), depth + 1)
            else:
                yield from _in_value(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            yield from _in_value(one, depth + 1)


def _is_secret(name: str, value: str) -> bool:
    if _WORDS.search(value):
        return False
    return len(value) >= _LONG if name.lower() in _DOUBTFUL else True


def json_in(body: bytes) -> Any:
    """The object or list that a body is; None where it is none."""
    body = body.removeprefix(codecs.BOM_UTF8).strip()
    if body[:1] not in (b"{", b"["):
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
