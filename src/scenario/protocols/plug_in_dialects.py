"""Dialects that other distributions bring, by the entry point group `scenario.dialects`: a name and a class.

Which there are is looked up once in a process, and only where a name is none of ours or a response has to be found out.
A dialect that cannot be used breaks the runs that ask for it by name; all others are told of it once, and go on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple, get_args

import msgspec

from scenario.errors import ConfigurationError
from scenario.plug_ins import PlugIn, installed
from scenario.protocols.guard import guarded, tell
from scenario.protocols.protocol import Dialect, Framing

GROUP: Final = "scenario.dialects"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A dialect that is offered under a name.

    Attributes:
        plug_ins: what offers it; more than one where several distributions claim the name.
        refusal: why it cannot be used, as far as that is known without importing it; empty where nothing is.
    """

    plug_ins: tuple[PlugIn, ...]
    refusal: str = ""

    @property
    def name(self) -> str:
        """The name."""
        return self.plug_ins[0].name

    @property
    def origin(self) -> str:
        """What brings it, with the version."""
        return " and ".join(one.origin for one in self.plug_ins)


def offers_of(plug_ins: Sequence[PlugIn], *, ours: Collection[str]) -> dict[str, Offer]:
    """What is offered, by name.

    Args:
        plug_ins: of the group, in order.
        ours: names that are taken.
    """
    count = Counter(one.name for one in plug_ins)
    found: dict[str, Offer] = {}
    for name in count:
        claims = tuple(one for one in plug_ins if one.name == name)
        who = " and ".join(one.origin for one in claims)
        refusal = ""
        if name in ours:
            refusal = (
                f"{who} brings a dialect {name!r}, which is a name of Scenario's own: it is not used. Its authors "
                "have to name it otherwise."
            )
        elif count[name] > 1:
            refusal = f"Several dialects are called {name!r}, of {who}: neither is used. Uninstall one of them."
        found[name] = Offer(plug_ins=claims, refusal=refusal)
    return found


class Unusable(NamedTuple):
    """Why a dialect cannot be used.

    Attributes:
        why: what is wrong, with what, and what to do.
        cause: what was raised, where something was.
    """

    why: str
    cause: BaseException | None = None

    def error(self) -> ConfigurationError:
        """The error of a run that asks for it."""
        error = ConfigurationError(self.why)
        error.__cause__ = self.cause
        return error


@cache
def loaded(offer: Offer) -> Dialect | Unusable:
    """The dialect, behind its guard, or why it cannot be used."""
    if offer.refusal:
        return Unusable(offer.refusal)
    (plug_in,) = offer.plug_ins
    try:
        made = plug_in.load()
    # Whatever a module does when it is imported; one that ends the process is as good as none.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return _unusable(plug_in, f"it cannot be imported: {type(error).__name__}: {error}", error)
    if not (isinstance(made, type) and issubclass(made, Dialect)):
        return _unusable(plug_in, f"{plug_in.value} is no class that derives from scenario.protocol.Dialect")
    try:
        dialect: Dialect = made()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - foreign code
        return _unusable(plug_in, f"it cannot be made without arguments: {type(error).__name__}: {error}", error)
    if mistake := mistake_in(dialect):
        return _unusable(plug_in, mistake)
    if dialect.name != plug_in.name:
        return _unusable(plug_in, f"its `name` is {dialect.name!r}, and its entry point's is {plug_in.name!r}")
    return guarded(dialect, plug_in.origin)


class Offered(NamedTuple):
    """What the installed distributions offer.

    Attributes:
        offers: by name; those that cannot be used are among them.
        broken: what is wrong with each distribution that cannot be read.
    """

    offers: Mapping[str, Offer]
    broken: tuple[str, ...]

    def usable(self) -> tuple[Dialect, ...]:
        """The dialects that can be used; of the others, it is told why they cannot.

        Raises:
            DialectError: warnings are to be errors.
        """
        found = [loaded(offer) for offer in self.offers.values()]
        for why in (*self.broken, *(one.why for one in found if isinstance(one, Unusable))):
            tell(why)
        return tuple(one for one in found if isinstance(one, Dialect))


def offered(ours: Collection[str]) -> Offered:
    """Look up what is offered; nothing is imported.

    Args:
        ours: names that are taken.
    """
    found = installed(GROUP)
    return Offered(offers_of(found.plug_ins, ours=ours), found.broken)


def mistake_in(dialect: Any) -> str:
    """What a dialect declares that means nothing; empty where all of it has a meaning."""
    known = get_args(Framing)
    name, framings, endings = getattr(dialect, "name", None), dialect.framings, dialect.url_endings
    if not isinstance(name, str) or not name:
        return f"its `name` is {name!r}; give a text"
    if not isinstance(framings, tuple) or not framings or not all(one in known for one in framings):
        return f"its `framings` are {framings!r}; give a tuple of one or more of {', '.join(known)}"
    if not isinstance(endings, tuple) or not all(isinstance(one, str) and one for one in endings):
        return f"its `url_endings` are {endings!r}; give a tuple of ends of URL paths, such as ('/ask',)"
    if not isinstance(dialect.has_terminal, bool):
        return f"its `has_terminal` is {dialect.has_terminal!r}; give True or False"
    return ""


def _unusable(plug_in: PlugIn, why: str, cause: BaseException | None = None) -> Unusable:
    return Unusable(
        f"The dialect {plug_in.name!r} ({plug_in.origin}, entry point {plug_in.value}) cannot be used: {why}. "
        "Install a version that fits, tell its authors, or uninstall it.",
        cause,
    )
