"""What a run keeps and tells: its clock, its events, the calls over the wire, time and tokens by role."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from scenario.dialogue.actions import Call
from scenario.dialogue.events import (
    CallFinished,
    CallStarted,
    CheckpointPassed,
    ExchangeRecorded,
    JudgmentGiven,
    MessageAdded,
    MessagesRolledBack,
    ModelCalled,
    RunEvent,
    RunFinished,
    Subscriber,
    TextDelta,
    TurnStarted,
)
from scenario.exchange import Exchange
from scenario.redaction import NO_SECRETS, Secrets
from scenario.runner.failures import summary_of
from scenario.runner.masked_events import MaskedEvents
from scenario.types import AgentRole, CriterionResult, Judgment, Message, Reply, RoleUsage, Usage
from scenario.usage import MOST_TOKENS, implausible

if TYPE_CHECKING:
    from scenario.dialogue.state import ScenarioState

_ROLES = {AgentRole.AGENT: "agent", AgentRole.USER: "user", AgentRole.JUDGE: "judge"}

Clock = Callable[[], float]


class Recording:
    """The run's clock and its sink of events; as `DialogueObserver` it hears what the engine does.

    Args:
        names: what each participant is called.
        clock: seconds, monotonic.
        secrets: gives what subscribers are never told, with what participants add to it.
    """

    def __init__(
        self,
        *,
        run_id: str,
        names: Sequence[str],
        subscribers: Sequence[Subscriber],
        clock: Clock,
        secrets: Callable[[], Secrets] = lambda: NO_SECRETS,
    ) -> None:
        self.run_id = run_id
        self.names = names
        self.usage: dict[str, RoleUsage] = {}
        self.judgments: list[Judgment] = []
        # Who was asked when the run was given up, in words.
        self.waited_for = ""
        self.agent_time = 0.0
        # Seconds in which a call only waited for more after its answer's end.
        self.lingered: dict[int, float] = {}
        self._subscribers = tuple(subscribers)
        self._masked = MaskedEvents(secrets)
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._began = clock()

    @property
    def heard(self) -> bool:
        """Whether anybody listens: events that nobody hears are not made."""
        return bool(self._subscribers)

    def now(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self._began

    def emit(self, event: RunEvent) -> None:
        """Tell the subscribers, on the run's loop. One that fails hears no more of this run, which its handler is told.

        A participant that runs in another thread reports from there.
        """
        if threading.get_ident() == self._thread:
            self._emit(event)
            return
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits for this participant any more
            self._loop.call_soon_threadsafe(self._emit, event)

    @property
    def secrets(self) -> Secrets:
        """What subscribers are never told."""
        return self._masked.secrets

    def keep_secret(self, secrets: Secrets) -> None:
        """Tell the subscribers nothing of these, from now on."""
        self._masked.keep(secrets)

    def _emit(self, event: RunEvent) -> None:
        for told in self._masked.of(event) if self._subscribers else ():
            self._tell(told)
        if isinstance(event, RunFinished):  # a participant that was given up may still have something to report
            self._subscribers = ()

    def _tell(self, event: RunEvent) -> None:
        for subscriber in self._subscribers:
            try:
                subscriber(event)
            except Exception as error:  # noqa: BLE001 - a reporter's failure is neither the agent's nor the test's
                self._subscribers = tuple(other for other in self._subscribers if other is not subscriber)
                shown = f"{subscriber!r} failed at {type(event).__name__}, and hears no more of this scenario"
                self._loop.call_exception_handler({"message": shown, "exception": error})

    def used(self, role: AgentRole, usage: Usage, *, seconds: float, cost: float | None) -> None:
        """Add what one model call of a role used."""
        key = role.name.lower()
        so_far = self.usage.get(key, RoleUsage(cost=0.0))
        total = None if cost is None or so_far.cost is None else so_far.cost + cost
        self.usage[key] = RoleUsage(
            calls=so_far.calls + 1, usage=so_far.usage + usage, seconds=so_far.seconds + seconds, cost=total
        )

    # --- as the dialogue's observer ---

    def turn_started(self, turn: int) -> None:
        """A turn begins."""
        if self.heard:
            self.emit(TurnStarted(run_id=self.run_id, at=self.now(), turn=turn))

    def message_added(self, index: int, turn: int, message: Message, call: Call | None, role: AgentRole | None) -> None:
        """A message joined the conversation."""
        if self.heard:
            self.emit(
                MessageAdded(
                    run_id=self.run_id,
                    at=self.now(),
                    index=index,
                    turn=turn,
                    message=message,
                    role=role,
                    agent="" if call is None else self.names[call.participant],
                    call_id=None if call is None else call.call_id,
                )
            )

    def rolled_back(self, length: int) -> None:
        """The conversation was cut."""
        if self.heard:
            self.emit(MessagesRolledBack(run_id=self.run_id, at=self.now(), length=length))

    def checkpoint_passed(self, turn: int, criteria: tuple[CriterionResult, ...]) -> None:
        """Inline criteria were met."""
        if self.heard:
            self.emit(CheckpointPassed(run_id=self.run_id, at=self.now(), turn=turn, criteria=criteria))

    # --- calls ---

    def call_started(self, call: Call) -> float:
        """A participant is asked; returns the moment."""
        at = self.now()
        if self.heard:
            name = self.names[call.participant]
            self.emit(
                CallStarted(run_id=self.run_id, at=at, call_id=call.call_id, turn=call.turn, role=call.role, agent=name)
            )
        return at

    def call_finished(self, call: Call, began: float, error: BaseException | None) -> None:
        """A participant has answered, or failed."""
        at = self.now()
        seconds = max(0.0, at - began - self.lingered.pop(call.call_id, 0.0))
        if call.role is AgentRole.AGENT:
            self.agent_time += seconds
        if isinstance(error, asyncio.CancelledError):
            name = self.names[call.participant]
            self.waited_for += f" The {_ROLES[call.role]} ({name}) had been asked for {seconds:.1f} s then."
        if self.heard:
            self.emit(
                CallFinished(
                    run_id=self.run_id,
                    at=at,
                    call_id=call.call_id,
                    turn=call.turn,
                    role=call.role,
                    agent=self.names[call.participant],
                    seconds=seconds,
                    error=summary_of(error),
                )
            )


class CallRecording:
    """What one participant reports while it answers (its `AgentInput.observer`).

    Attributes:
        interrupt: what it waits for, by the last that was heard of it.
    """

    __slots__ = ("_call", "_recording", "_reports", "_state", "interrupt")

    def __init__(self, recording: Recording, state: ScenarioState, call: Call) -> None:
        self._recording = recording
        self._state = state
        self._call = call
        self._reports = 0
        self.interrupt: Any = None

    @property
    def so_far(self) -> tuple[int, int]:
        """How much was reported, and how long the conversation is: it changes with what the participant does."""
        return self._reports, len(self._state.messages)

    def text_delta(self, text: str) -> None:
        """A piece of the answer's text has arrived."""
        self._reports += 1
        recording, call = self._recording, self._call
        if recording.heard and text:
            recording.emit(
                TextDelta(
                    run_id=recording.run_id,
                    at=recording.now(),
                    call_id=call.call_id,
                    role=call.role,
                    agent=recording.names[call.participant],
                    text=text,
                )
            )

    def exchange_recorded(self, exchange: Exchange) -> None:
        """A call over the wire is over, complete or not."""
        self._reports += 1
        recording, call = self._recording, self._call
        exchange.turn = call.turn
        if exchange.lingered:
            recording.lingered[call.call_id] = recording.lingered.get(call.call_id, 0.0) + exchange.lingered
        exchange.agent = exchange.agent or recording.names[call.participant]
        self._state.exchanges.append(exchange)
        self.interrupted(exchange.reply.interrupt)
        _check_usage(exchange.reply)
        if exchange.reply.usage is not None:
            recording.used(call.role, exchange.reply.usage, seconds=exchange.timing.total, cost=None)
        if recording.heard:
            recording.emit(
                ExchangeRecorded(
                    run_id=recording.run_id,
                    at=recording.now(),
                    turn=call.turn,
                    exchange=exchange,
                    call_id=call.call_id,
                )
            )

    def interrupted(self, interrupt: Any) -> None:
        """The agent has stopped for a human; None where it has gone on."""
        self._reports += 1
        self.interrupt = interrupt

    def model_called(self, model: str, usage: Usage, *, seconds: float, cost: float | None) -> None:
        """A model has answered a request."""
        self._reports += 1
        recording, call = self._recording, self._call
        recording.used(call.role, usage, seconds=seconds, cost=cost)
        if recording.heard:
            recording.emit(
                ModelCalled(
                    run_id=recording.run_id,
                    at=recording.now(),
                    role=call.role,
                    model=model,
                    usage=usage,
                    seconds=seconds,
                    cost=cost,
                )
            )

    def keeps_secret(self, secrets: Secrets) -> None:
        """These are sent to an agent or a model."""
        self._recording.keep_secret(secrets)

    def judgment_given(self, judgment: Judgment) -> None:
        """A judge's model has answered what it was asked about the conversation."""
        self._reports += 1
        recording, call = self._recording, self._call
        judgment.turn = call.turn
        recording.judgments.append(judgment)
        if recording.heard:
            recording.emit(
                JudgmentGiven(
                    run_id=recording.run_id,
                    at=recording.now(),
                    call_id=call.call_id,
                    agent=recording.names[call.participant],
                    judgment=judgment,
                )
            )


def _check_usage(reply: Reply) -> None:
    """Leave out a usage that no call can have, and say so: sums of it would tell what nobody has used."""
    if reply.usage is not None and (wrong := implausible(reply.usage)):
        reply.usage = None
        told = f"the agent's own count of tokens is left out: {wrong} is no number from 0 to {MOST_TOKENS:,}"
        reply.reading = msgspec.structs.replace(reply.reading, notes=(*reply.reading.notes, told))
