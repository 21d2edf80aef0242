"""What the dialogue wants done, and what comes back: the two closed unions between the pure engine and the loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from scenario.types import AgentRole, JudgmentRequest, Message, ScenarioResult


class Call(msgspec.Struct, frozen=True):
    """Ask a participant.

    Attributes:
        call_id: unique within the run.
        participant: its index.
        background: start it and go on at once; a later `Collect` waits for it.
        resume: the answer to what the participant waits for; None where it waits for nothing, or has no answer.
        interrupt: what an agent waits for, where the participant is asked for the answer to it instead of for a line.
    """

    call_id: int
    participant: int
    role: AgentRole
    turn: int
    messages: Callable[[], list[Message]]
    new_messages: Callable[[], list[Message]]
    request: JudgmentRequest | None = None
    background: bool = False
    resume: Any = None
    interrupt: Any = None


class Collect(msgspec.Struct, frozen=True):
    """Wait for a participant that was started in the background."""

    call: Call


class Invoke(msgspec.Struct, frozen=True):
    """Call a function of the test with the state.

    Attributes:
        function: a step of the script, or a callback.
        callback: whether it is a callback, whose result is ignored.
    """

    function: Any
    callback: bool


class Pause(msgspec.Struct, frozen=True):
    """Wait for a number of seconds."""

    seconds: float


class Rest(msgspec.Struct, frozen=True):
    """Nothing to wait for: a moment in which others may run, and the run may be cancelled."""


class Finished(msgspec.Struct, frozen=True):
    """There is nothing more to do; `result` is None where the steps came to their end without one."""

    result: ScenarioResult | None


Action: TypeAlias = Call | Collect | Invoke | Pause | Rest | Finished


class Answered(msgspec.Struct, frozen=True):
    """A participant's answer to a `Call` or `Collect`.

    Attributes:
        interrupt: what it waits for, where it stopped for a human.
        answer: its answer to what another one waits for, where that was asked.
    """

    value: list[Message] | ScenarioResult
    interrupt: Any = None
    answer: Any = None


class Began(msgspec.Struct, frozen=True):
    """A `Call` in the background was started."""


class Returned(msgspec.Struct, frozen=True):
    """What an invoked function returned."""

    value: Any = None


class Woke(msgspec.Struct, frozen=True):
    """A `Pause` or a `Rest` is over."""


Outcome: TypeAlias = Answered | Began | Returned | Woke
