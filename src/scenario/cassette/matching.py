"""Which recorded call answers a request: by what it says, or by its place in the conversation. Pure."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

import msgspec

from scenario.cassette.form_fields import fields_of
from scenario.cassette.ignored_fields import Ignored, without
from scenario.cassette.interaction import Interaction
from scenario.cassette.request_ids import AGENT, UNKNOWN, request_id_of
from scenario.exchange import HttpRequest
from scenario.late_pattern import late_pattern
from scenario.redaction import REDACTED

_BEGINNING: Final = late_pattern(r"^.*(?:/v1(?:beta)?|\*{4})/|^/")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
# A secret's mask is as long as the secret, which is another one on another machine; a variable that is not set is sent
# as four stars, which a URL or a form may have percent-encoded.
_MASK: Final = late_pattern(r"\*{4,}|(?:%2A){4,}")
_MASK_OF_BYTES: Final = late_pattern(rb"\*{4,}|(?:%2A){4,}")
# What stands for a secret in a URL that was recorded elsewhere.
_QUOTED: Final = quote(REDACTED)
_THREAD: Final = "<thread>"
_REQUEST: Final = "<request>"
# So many turns of a conversation are known by the ids that they were asked with.
MOST_TURNS: Final = 2000
_LONGEST_SHOWN: Final = 300
_MOST_SHOWN: Final = 6
# Of a difference between bodies, no more than so many characters are compared to find which call is nearest.
_COMPARED: Final = 20_000


class Ids:
    """The ids that change with each recording: the conversation's, and those that are made of it.

    Args:
        thread_id: the conversation's.
    """

    def __init__(self, thread_id: str) -> None:
        self._thread_id = thread_id
        self._made: dict[str, str] | None = None

    @property
    def thread_id(self) -> str:
        """The conversation's."""
        return self._thread_id

    def is_one(self, text: str) -> bool:
        """Whether a text is one of them."""
        return text not in (_THREAD, _REQUEST) and self._of(text) in (_THREAD, _REQUEST)

    def mapped(self, value: Any) -> Any:
        """A JSON value with what stands for the ids in their places, wherever they are a whole text."""
        if isinstance(value, str):
            return self._of(value)
        if isinstance(value, dict):
            return {key: self.mapped(one) for key, one in value.items()}
        return [self.mapped(one) for one in value] if isinstance(value, list) else value

    def in_url(self, url: str) -> str:
        """A URL with what stands for the conversation's id in its place."""
        url = url.replace(self._thread_id, _THREAD) if self._thread_id else url
        url = url.replace(REDACTED, UNKNOWN).replace(_QUOTED, UNKNOWN)
        return _MASK.sub("****", url) if "****" in url or "%2A" in url else url

    def _of(self, text: str) -> str:
        if "****" in text:
            text = _MASK.sub("****", text)
        if text == self._thread_id and text:
            return _THREAD
        if len(text) not in (32, 36):
            return text
        if self._made is None:
            ids = [request_id_of(self._thread_id, turn) for turn in range(MOST_TURNS)]
            self._made = dict.fromkeys([*ids, *(str(uuid.UUID(one)) for one in ids)], _REQUEST)
        return self._made.get(text, text)


class Told(NamedTuple):
    """What a request is compared by.

    Attributes:
        method: upper case.
        url: without what changes from one start of a server to the next, or does not count.
        body: parsed where it is JSON or a multipart form, else as it is.
    """

    method: str
    url: str
    body: Any

    def says_the_same(self, other: Told) -> bool:
        """Whether the other request says the same; to JSON, 1 and true are two things, which they are not to Python."""
        return self == other and _typed(self.body) == _typed(other.body)


def _typed(body: Any) -> bytes:
    return body if isinstance(body, bytes) else msgspec.json.encode(body, order="deterministic")


def counts_host(participant: str) -> bool:
    """Whether it matters which host a participant asks: a model is the same one behind another gateway."""
    return participant.startswith(AGENT)


def told(request: HttpRequest, ids: Ids, what: Ignored, *, counts_host: bool = True) -> Told:
    """What a request is compared by.

    Args:
        request: with its secrets masked.
        ids: those of its conversation.
        what: does not count.
        counts_host: whether the host does.
    """
    body: Any = request.body
    if b"****" in body or b"%2A" in body:
        body = _MASK_OF_BYTES.sub(b"****", body)
    if body[:1] in (b"{", b"["):
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            body = without(ids.mapped(msgspec.json.decode(body)), what.paths)
    elif body[:2] == b"--" and (fields := fields_of(body)) is not None:
        body = ids.mapped(fields)
    return Told(request.method.upper(), place_of(ids.in_url(request.url), what, counts_host=counts_host), body)


@lru_cache(maxsize=256)
def place_of(url: str, what: Ignored, *, counts_host: bool) -> str:
    """A URL as it is compared: on this machine, whatever the port, which is another one in each run."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return url
    netloc = "this-machine" if host in _LOOPBACK else parts.netloc.lower().rpartition("@")[2]
    query = parts.query
    if what.parameters and query:
        query = "&".join([one for one in query.split("&") if one.partition("=")[0] not in what.parameters])
    if counts_host:
        return urlunsplit((parts.scheme.lower(), netloc, parts.path or "/", query, ""))
    # Behind another gateway the same model is asked under another beginning.
    return urlunsplit(("", "", _BEGINNING.sub("", parts.path), query, ""))


def path_of(url: str) -> str:
    """The path that a URL leads to."""
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return url


# --- why none answers it ---


def nearest(asked: Told, recorded: Sequence[tuple[Interaction, Told]]) -> tuple[Interaction, Told] | None:
    """The recorded call that is most like a request; None where there is none."""
    if not recorded:
        return None
    from difflib import SequenceMatcher  # which only an error needs

    text = _text(asked.body)[:_COMPARED]

    def likeness(one: tuple[Interaction, Told]) -> tuple[bool, bool, float]:
        _, told_ = one
        matcher = SequenceMatcher(None, text, _text(told_.body)[:_COMPARED], autojunk=False)
        ratio = matcher.ratio() if len(text) < 2000 else matcher.quick_ratio()
        return told_.method == asked.method, told_.url == asked.url, ratio

    return max(recorded, key=likeness)


def differences(asked: Told, other: Told) -> list[str]:
    """How a request differs from a recorded one, a line for each place; no more than a few."""
    lines = list(_differences(asked, other))
    return lines if len(lines) <= _MOST_SHOWN else [*lines[:_MOST_SHOWN], f"… and {len(lines) - _MOST_SHOWN} more"]


def _differences(asked: Told, other: Told) -> Iterator[str]:
    if asked.method != other.method:
        yield f"method: {asked.method} here, {other.method} recorded"
    if asked.url != other.url:
        yield from _in_urls(asked.url, other.url)
    if _typed(asked.body) != _typed(other.body):
        yield from _in_values("", asked.body, other.body)


def _in_urls(asked: str, other: str) -> Iterator[str]:
    mine, its = urlsplit(asked), urlsplit(other)
    if mine._replace(query="") != its._replace(query=""):
        yield f"URL: {_shown(asked)} here, {_shown(other)} recorded"
        return
    own, recorded = dict(parse_qsl(mine.query, True)), dict(parse_qsl(its.query, True))
    for name in sorted(own.keys() | recorded.keys()):
        if own.get(name) != recorded.get(name):
            yield f"?{name}: {_shown(own.get(name))} here, {_shown(recorded.get(name))} recorded"


def _in_values(place: str, asked: Any, other: Any) -> Iterator[str]:
    if isinstance(asked, dict) and isinstance(other, dict):
        for key in dict.fromkeys([*asked, *other]):
            name = f"{place}.{key}" if place else str(key)
            if key not in other:
                yield f"{name}: {_shown(asked[key])} here, nothing recorded"
            elif key not in asked:
                yield f"{name}: nothing here, {_shown(other[key])} recorded"
            elif _typed(asked[key]) != _typed(other[key]):
                yield from _in_values(name, asked[key], other[key])
    elif isinstance(asked, list) and isinstance(other, list):
        for number in range(min(len(asked), len(other))):
            if _typed(asked[number]) != _typed(other[number]):
                yield from _in_values(f"{place}[{number}]", asked[number], other[number])
        if len(asked) != len(other):
            yield f"{place or 'the list'}: {len(asked)} entries here, {len(other)} recorded"
    else:
        yield f"{place or 'body'}: {_shown_apart(asked, other)}"


def _shown_apart(asked: Any, other: Any) -> str:
    """Two values, from a little before where they differ."""
    if isinstance(asked, str) and isinstance(other, str):
        same = next((n for n, (a, b) in enumerate(zip(asked, other, strict=False)) if a != b), 0)
        begin = max(0, same - 40) if min(len(asked), len(other)) > 100 else 0
        lead = "…" if begin else ""
        return f"{lead}{_shown(asked[begin:])} here, {lead}{_shown(other[begin:])} recorded"
    return f"{_shown(asked)} here, {_shown(other)} recorded"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def _text(body: Any) -> str:
    if isinstance(body, bytes):
        return body.decode(errors="replace")
    return msgspec.json.encode(body).decode()


def of_participant(interactions: Iterable[Interaction], participant: str) -> list[Interaction]:
    """A participant's calls, in order."""
    return [one for one in interactions if one.participant == participant]
