"""What a cassette holds: conversations, and in each the calls that were made, with every piece and its time. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from scenario.config import Timeouts
from scenario.exchange import Chunk, HttpRequest

# How a call ended: as HTTP says; because its reader let go of it; or as `TransportError.kind` names it.
Ending: TypeAlias = str
COMPLETE: Ending = "complete"
LEFT: Ending = "left"
LIMIT: Ending = "limit"


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which run a conversation is of: what finds it again.

    Attributes:
        scenario: the scenario's name.
        file: the scenario file; in a cassette the way to it from there. Empty where it comes from none.
        test: the test's node id, its file as that of a scenario; empty outside of pytest.
        parameters: the row of parameters, as JSON.
        repeat: which repetition, from 0.
        run: which of several runs of that name in one test or program, from 0.
    """

    scenario: str
    file: str = ""
    test: str = ""
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    repeat: int = 0
    run: int = 0

    @property
    def sorted_by(self) -> tuple[str, str, str, str, int, int]:
        """The order in which conversations stand in a file."""
        return self.file, self.test, self.scenario, self.parameters_text, self.repeat, self.run

    @property
    def parameters_text(self) -> str:
        """The parameters as one text, their keys in order."""
        return msgspec.json.encode(self.parameters, order="deterministic").decode() if self.parameters else ""

    def __str__(self) -> str:
        """As it is shown."""
        where = self.test or self.file
        told = f"{where}::{self.scenario}" if where else self.scenario
        told += f" {self.parameters_text}" if self.parameters else ""
        told += f" (repetition {self.repeat + 1})" if self.repeat else ""
        return told + (f" (run {self.run + 1})" if self.run else "")


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A response, up to its body.

    Attributes:
        connect: as `Response.connect`, in seconds.
        opened: as `Response.opened`, in seconds.
        waited: seconds for which this machine had no connection to spare.
    """

    status: int
    headers: Mapping[str, str] = {}
    connect: float | None = None
    opened: float = 0.0
    waited: float = 0.0


class End(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a call ended.

    Attributes:
        how: see `Ending`.
        at: seconds since the call began.
        message: what the error said.
        connect: as `TransportError.connect`.
        limit: which limit was passed, where that is how it ended.
        maximum: that limit.
        notes: what the connection told of itself.
        size: in a file, how many bytes the pieces of the body have together, so that none of them goes missing there;
            None elsewhere, and where somebody has written it by hand.
    """

    how: Ending = COMPLETE
    at: float = 0.0
    message: str = ""
    connect: float | None = None
    limit: str = ""
    maximum: int = 0
    notes: tuple[str, ...] = ()
    size: int | None = None


class Interaction(msgspec.Struct, frozen=True, kw_only=True):
    """One call.

    Attributes:
        participant: who made it, such as "agent", "judge".
        request: what was sent, secrets masked.
        timeouts: the deadlines that it was held to.
        answer: None where no response came.
        chunks: the body's pieces with their times, in seconds since the call began.
    """

    participant: str
    request: HttpRequest
    timeouts: Timeouts = Timeouts()
    answer: Answer | None = None
    chunks: tuple[Chunk, ...] = ()
    end: End = End()

    @property
    def body(self) -> bytes:
        """The response's body, joined."""
        return b"".join([chunk.data for chunk in self.chunks])


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """All calls of one run.

    Attributes:
        identity: which run.
        thread_id: the conversation's id, with which it is played again.
        models: which model each participant used, by the participant's name: one that is found by a key needs none to
            be played.
        addresses: by their names, the schemes of variables of the environment that hold a URL.
        interactions: in the order in which they began.
    """

    identity: Identity
    thread_id: str
    models: dict[str, str] = msgspec.field(default_factory=dict)
    addresses: dict[str, str] = msgspec.field(default_factory=dict)
    interactions: tuple[Interaction, ...] = ()
