"""What a rule is: a small function over the evidence, and what it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from scenario.lint.evidence import Evidence
from scenario.lint.finding import Level

# What a rule is about: answers alone, or any response, be it a refusal or a web page in an answer's place.
About: TypeAlias = Literal["answers", "responses"]
# What a rule needs to be shown: one exchange, one that was spoken over HTTP/2, or requests of its own.
Needs: TypeAlias = Literal["exchange", "http/2", "more requests"]


class Seen(NamedTuple):
    """One thing that a rule found.

    Attributes:
        what: what was seen.
        remedy: what to do.
        event: the index of the event that shows it.
        at: when it arrived; that of the event where it is left out.
        level: where it is not the rule's own.
    """

    what: str
    remedy: str
    event: int | None = None
    at: float | None = None
    level: Level | None = None


Check: TypeAlias = Callable[[Evidence], Iterator[Seen]]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule.

    Attributes:
        id: "L01" to "L63".
        level: of most of its findings.
        title: what it demands.
        check: what looks for it; None for rules that need requests of their own.
        dialects: those that it holds for; all where it is empty.
        about: whether refusals and web pages are looked at too.
        needs: what it can be shown by.
        explained_by: rules whose findings it would only repeat: it is silent where one of these has spoken.
    """

    id: str
    level: Level
    title: str
    check: Check | None = None
    dialects: frozenset[str] = frozenset()
    about: About = "answers"
    needs: Needs = "exchange"
    explained_by: frozenset[str] = frozenset()
