"""What an agent's answers teach of how it is asked and read, and the way in which a turn is put by it."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import msgspec

from scenario.agents.remote.request import RequestPlan
from scenario.agents.remote.self_description import Wanted
from scenario.agents.remote.settings import RemoteSettings
from scenario.agents.remote.thread import Waiting
from scenario.agents.remote.websocket_channel import fits_a_message, is_socket
from scenario.exchange import Exchange
from scenario.protocols.protocol import ACCEPT, Dialect
from scenario.protocols.reception_options import ReceptionOptions
from scenario.protocols.registry import AUTO, dialect_for_path, dialect_named, load_dialects

# What is asked in where nothing says otherwise.
_USUAL: Final = "sse"


class Learnt(msgspec.Struct, frozen=True):
    """What an agent's answers have taught. A value: it is replaced as a whole, and a turn is put by one of them.

    Attributes:
        wanted: how the server wants to be asked, as it said when it refused the usual request; None where it has not.
        terminals: the dialects in which it has sent a terminal event.
        forgets: whether it has refused to go on from an earlier answer: it is sent the whole conversation then.
        model: the model that it has, where it refused to be asked without one.
        why: how that was found, in words that follow the model's name.
    """

    wanted: Wanted | None = None
    terminals: frozenset[str] = frozenset()
    forgets: bool = False
    model: str | None = None
    why: str = ""

    def options(self, told: ReceptionOptions) -> ReceptionOptions:
        """How answers are read, given how they were told to be."""
        return msgspec.structs.replace(told, known_terminals=self.terminals) if self.terminals else told

    def with_wanted(self, wanted: Wanted) -> Learnt:
        """The same, and that the server wants to be asked so."""
        return msgspec.structs.replace(self, wanted=wanted)

    def with_terminal(self, protocol: str) -> Learnt:
        """The same, and that a terminal event of this dialect has come."""
        if protocol in self.terminals:
            return self
        return msgspec.structs.replace(self, terminals=self.terminals | {protocol})

    def with_no_memory(self) -> Learnt:
        """The same, and that it keeps no answers to go on from."""
        return msgspec.structs.replace(self, forgets=True)

    def with_model(self, model: str, why: str) -> Learnt:
        """The same, and that this is its model."""
        return msgspec.structs.replace(self, model=model, why=why)

    @property
    def reason(self) -> str:
        """Why it is asked as it is: the end of an exchange's `protocol_reason`."""
        told = "" if self.wanted is None else f"; asked as {self.wanted.protocol}, because {self.wanted.why}"
        if self.model is not None:
            told += f"; asked for {self.model!r}, {self.why}"
        return told + ("; asked with the whole conversation, since it refused to go on from an answer" * self.forgets)


class Way(NamedTuple):
    """How a turn is put.

    Attributes:
        dialect: the one that asks; what the answer is read as may be another.
        plan: what its requests are made from.
        reason: why it is put so, where that was learnt: the end of an exchange's `protocol_reason`.
    """

    dialect: Dialect
    plan: RequestPlan
    reason: str = ""

    def may_be_refused_by(self, exchange: Exchange) -> bool:
        """Whether this answer may be a refusal of the usual request, which another way could follow."""
        return self.dialect.name == _USUAL and exchange.outcome == "error"


def way_of(settings: RemoteSettings, learnt: Learnt, waiting: Waiting | None) -> Way:
    """How a turn is put, given what was told and what has been learnt.

    Args:
        settings: what the agent was told.
        learnt: what its answers have taught.
        waiting: what the turn answers, if it is an answer: a question is answered in the dialect that it was asked in.
    """
    plan, wanted = settings.plan, learnt.wanted
    if settings.protocol != AUTO:
        dialect = dialect_named(settings.protocol)
        accepted = ", ".join(ACCEPT[framing] for framing in dialect.framings)
        return Way(dialect, msgspec.structs.replace(plan, accept=accepted), learnt.reason)
    if wanted is not None and wanted.path:
        plan = msgspec.structs.replace(plan, url=urlunsplit(urlsplit(plan.url)._replace(path=wanted.path)))
    if waiting is not None:
        dialect = dialect_named(waiting.protocol)
        if not is_socket(plan.url) or fits_a_message(dialect):
            return Way(dialect, plan, learnt.reason)
    if wanted is not None:
        return Way(dialect_named(wanted.protocol), plan, learnt.reason)
    if is_socket(plan.url):
        load_dialects()
        return Way(dialect_named(_USUAL), plan)
    return Way(dialect_for_path(urlsplit(plan.url).path) or dialect_named(_USUAL), plan, learnt.reason)
