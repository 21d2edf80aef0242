"""The dialogue as a state machine: pure, it neither waits nor calls anybody.

    play = dialogue.script(steps)
    while not isinstance(action := play.next_action(), Finished):
        play.apply(<what came of the action>)

The transitions are generators: each `yield` hands out one action of `scenario.dialogue.actions` and takes in what came
of it. Steps that own callables play are further plays over the same dialogue.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import msgspec

from scenario.dialogue.actions import Action, Answered, Call, Collect, Finished, Invoke, Outcome, Pause, Rest, Returned
from scenario.dialogue.message import answer_message, scripted, whole_message
from scenario.dialogue.missing_participants import ROLE_OF, no_user, nobody_speaks
from scenario.dialogue.steps import Add, Conclude, Judge, Proceed, Resume, Say, ScriptStep, Sleep, Step, refuse_step
from scenario.dialogue.transcript import Transcript
from scenario.dialogue.turns import Turns
from scenario.dialogue.verdicts import Checkpoints, concluded, limit_reached, script_ended, undecided, waits_for
from scenario.errors import InternalError, ScriptError
from scenario.protocols.interrupts import presentable, takes_words
from scenario.types import (
    AgentRole,
    CriterionResult,
    FinalJudgmentRequest,
    JudgmentRequest,
    Message,
    ScenarioResult,
)

Moves: TypeAlias = Generator[Action, Outcome, ScenarioResult | None]


class DialogueObserver(Protocol):
    """Who is told what happens in the dialogue, as it happens."""

    def turn_started(self, turn: int) -> None:
        """A turn begins."""

    def message_added(self, index: int, turn: int, message: Message, call: Call | None, role: AgentRole | None) -> None:
        """A message joined the conversation; `call` brought it, or a script did."""

    def rolled_back(self, length: int) -> None:
        """The conversation was cut to `length` messages."""

    def checkpoint_passed(self, turn: int, criteria: tuple[CriterionResult, ...]) -> None:
        """Inline criteria were met."""


class Unobserved:
    """An observer that nobody reads: conversations that are built by hand have it."""

    def turn_started(self, turn: int) -> None:
        """Ignore it."""

    def message_added(self, index: int, turn: int, message: Message, call: Call | None, role: AgentRole | None) -> None:
        """Ignore it."""

    def rolled_back(self, length: int) -> None:
        """Ignore it."""

    def checkpoint_passed(self, turn: int, criteria: tuple[CriterionResult, ...]) -> None:
        """Ignore it."""


class Play:
    """One sequence of moves, taken action by action."""

    def __init__(self, moves: Moves) -> None:
        self._moves = moves
        self._action: Action | None = None

    def next_action(self) -> Action:
        """What is to be done now; the same until `apply` is told what came of it."""
        if self._action is None:
            self._action = self._advance(lambda: next(self._moves))
        return self._action

    def apply(self, outcome: Outcome) -> None:
        """Tell what came of the action.

        Raises:
            InternalError: no action is open.
        """
        if self._action is None or isinstance(self._action, Finished):
            raise InternalError(f"{outcome!r} was applied where no action is open.")
        self._action = None
        self._action = self._advance(lambda: self._moves.send(outcome))

    @staticmethod
    def _advance(move: Callable[[], Action]) -> Action:
        try:
            return move()
        except StopIteration as end:
            return Finished(end.value)


class Dialogue:
    """The conversation: its participants by role, its messages, its turns, its checkpoints.

    Args:
        roles: the role of each participant; they are known here by their indexes.
        max_turns: how many turns free play may last.
        criteria: the criteria of the judges, read when they are needed, as tests may change them.
    """

    def __init__(
        self,
        *,
        roles: Sequence[AgentRole],
        max_turns: int,
        observer: DialogueObserver,
        criteria: Callable[[], list[str]] = list,
    ) -> None:
        self.transcript: Transcript = Transcript(len(roles))
        self.turns: Turns = Turns(roles)
        self.checkpoints: Checkpoints = Checkpoints()
        self.criteria = criteria
        self._max_turns = max_turns
        self._observer = observer
        self._calls = 0
        self._announced = -1
        self._background: list[Call] = []
        self._waiting: dict[int, Any] = {}

    # --- plays ---

    def script(self, steps: Iterable[ScriptStep] | None) -> Play:
        """A whole run: the steps, or free play where there are none. It always ends with a result."""
        return Play(self._script(steps))

    def step(self, step: ScriptStep) -> Play:
        """One step by itself, as own callables play it."""
        return Play(self._step(step))

    @property
    def interrupt(self) -> Any:
        """What an agent waits for that stopped for a human, the latest of several; None where none does."""
        return next(reversed(self._waiting.values()), None)

    # --- changes from outside ---

    def add(self, message: Mapping[str, Any]) -> None:
        """Append a message that nobody of the participants said; it reaches everybody."""
        self._append(whole_message(message), call=None, role=None)

    def rollback(self, index: int) -> list[Message]:
        """Cut the conversation from `index` on; returns what was cut."""
        removed = self.transcript.rollback(index)
        if removed:
            self._observer.rolled_back(len(self.transcript.messages))
        return removed

    # --- moves ---

    def _script(self, steps: Iterable[ScriptStep] | None) -> Moves:
        empty = True
        for step in steps or ():
            empty = False
            result = yield from self._step(step)
            if result is not None:
                return self._concluded(result)
        result = yield from self._proceed(Proceed()) if empty else self._collected()
        if result is not None:
            return self._concluded(result)
        return script_ended(self.checkpoints, self.transcript.messages, self.interrupt)

    def _step(self, step: ScriptStep) -> Moves:
        # Scripted lines wait for nobody: without this, an endless script of them could not be cancelled.
        yield Rest()
        result = yield from self._collected()
        if result is not None:
            return result
        if not isinstance(step, Step):
            return (yield from self._invoked(step))
        match step:
            case Say():
                return (yield from self._said(step))
            case Judge():
                return (yield from self._judged(step))
            case Proceed():
                return (yield from self._proceed(step))
            case Resume(answer=answer):
                return (yield from self._resumed(answer))
            case Add(message=message):
                self._added(whole_message(message))
                return None
            case Conclude(success=success, reason=reason):
                result = ScenarioResult(success=success, messages=self.transcript.messages, reasoning=reason)
                return self._concluded(result)
            case Sleep(seconds=seconds):
                yield Pause(seconds)
                return None
        raise InternalError(f"No move is known for the step {step!r}.")

    def _invoked(self, function: object) -> Moves:
        refuse_step(function)
        outcome = yield Invoke(function, callback=False)
        value = outcome.value if isinstance(outcome, Returned) else None
        if isinstance(value, Step):
            return (yield from self._step(value))
        return value if isinstance(value, ScenarioResult) else None

    def _said(self, step: Say) -> Moves:
        role = step.role
        if step.content is not None:
            self._added(scripted(step.content, role), role)
            return None
        if not self.turns.players(role):
            raise nobody_speaks(role)
        player = self.turns.next_player(role)
        call = self._call(player, role, background=not step.wait)
        if not step.wait:
            yield call
            self._background.append(call)  # only now: who collects it must find it begun
            return None
        return (yield from self._asked(call))

    def _resumed(self, answer: object) -> Moves:
        """The human's answer is the user's part of a turn, and the agent that waits for it speaks next."""
        if not self._waiting:
            raise ScriptError(
                "scenario.resume(), approve() and reject() answer what the agent waits for, and it waits for nothing: "
                "let it speak first, and see in `state.interrupt` whether it stopped for a human."
            )
        player = next(reversed(self._waiting))
        self._added(answer_message(answer), AgentRole.USER)
        self.turns.speaks(AgentRole.AGENT, player)
        return (yield from self._asked(self._call(player, AgentRole.AGENT, resume=answer)))

    def _added(self, message: Message, role: AgentRole | None = None) -> None:
        role = role or ROLE_OF.get(str(message.get("role")))
        if role is not None:
            self.turns.scripted(role)
        self._append(message, call=None, role=role)

    def _judged(self, step: Judge) -> Moves:
        if not self.turns.players(AgentRole.JUDGE):
            raise nobody_speaks(AgentRole.JUDGE)
        asked = None if step.criteria is None else list(step.criteria)
        request = JudgmentRequest(criteria=asked, additional_context=step.additional_context)
        player = self.turns.next_player(AgentRole.JUDGE)
        result = yield from self._asked(self._call(player, AgentRole.JUDGE, request=request))
        if result is None or asked is None or not result.success:
            return result if result is None else self._concluded(result)
        self._observer.checkpoint_passed(self.turns.current, self.checkpoints.add(result, asked))
        return None

    def _proceed(self, step: Proceed) -> Moves:
        if not self.turns.anybody:
            return self._limit_reached() if step.turns is None else None
        played = 0
        while step.turns is None or played < step.turns:
            remaining = self.turns.remaining()
            if self.turns.played + (not remaining) > self._max_turns:
                return self._limit_reached()
            if not remaining:
                if self._is_stuck:
                    return self._unanswered()
                if not self._is_talk:
                    raise no_user()
                self.turns.begin()
            # A turn in which only the judge is left was played by the script: the judge is asked, and no turn counted.
            counts = not remaining or remaining[0][0] is not AgentRole.JUDGE
            result, finished = yield from self._turn(step, goes_on=step.turns is None or played + counts < step.turns)
            if counts:
                played += 1
                if finished and step.on_turn is not None:
                    yield Invoke(step.on_turn, callback=True)
            if result is not None:
                return self._concluded(result)
        return None

    def _turn(self, step: Proceed, *, goes_on: bool) -> Generator[Action, Outcome, tuple[ScenarioResult | None, bool]]:
        """What is left of this turn; returns the result, if any, and whether everybody had the chance to speak."""
        self._announce()
        turn, last = self.turns.current, self.turns.played >= self._max_turns
        # A callback may still answer what the agent waits for.
        goes_on = goes_on and step.on_turn is None
        for role, player in self.turns.remaining():
            if not self.turns.may_speak(role, player, turn=turn):
                continue
            self.turns.speaks(role, player)
            ends = last or (goes_on and self._is_stuck)
            request = FinalJudgmentRequest() if ends and role is AgentRole.JUDGE else None
            result = yield from self._asked(self._call(player, role, request=request))
            if step.on_step is not None:
                yield Invoke(step.on_step, callback=True)
            if result is not None:
                return self._noted(result, request), role is AgentRole.JUDGE
        return None, True

    # --- calls ---

    def _call(
        self,
        player: int,
        role: AgentRole,
        *,
        request: JudgmentRequest | None = None,
        background: bool = False,
        resume: Any = None,
    ) -> Call:
        self._announce()
        self._calls += 1
        return Call(
            call_id=self._calls,
            participant=player,
            role=role,
            turn=self.turns.current,
            messages=self.transcript.snapshot(),
            new_messages=self.transcript.take_new(player),
            request=request,
            background=background,
            resume=resume,
        )

    def _asked(self, call: Call) -> Moves:
        return self._heard(call, (yield call))

    def _collected(self) -> Moves:
        """The answers of those who were started in the background."""
        result: ScenarioResult | None = None
        while self._background:
            call = self._background.pop(0)
            answer = self._heard(call, (yield Collect(call)))
            result = result or answer
        return result

    def _heard(self, call: Call, outcome: Outcome) -> ScenarioResult | None:
        if not isinstance(outcome, Answered):
            raise InternalError(f"A call was answered by {outcome!r}.")
        if call.role is AgentRole.AGENT:
            self._waiting.pop(call.participant, None)
            if outcome.interrupt is not None:
                self._waiting[call.participant] = presentable(outcome.interrupt)
        if isinstance(outcome.value, ScenarioResult):
            return outcome.value
        for message in outcome.value:
            self._append(message, call=call, role=call.role)
        return None

    # --- endings ---

    def _concluded(self, result: ScenarioResult) -> ScenarioResult:
        return concluded(result, self.checkpoints, self.transcript.messages)

    def out_of_time(self, seconds: float) -> ScenarioResult:
        """The result of a run that took as long as it may: nobody decided."""
        reasoning = f"The limit of {seconds:g} s was reached without a verdict (max_time={seconds:g})."
        return undecided(reasoning, self.criteria(), self.checkpoints, self.transcript.messages)

    def _limit_reached(self) -> ScenarioResult:
        has_judge = bool(self.turns.players(AgentRole.JUDGE))
        messages = self.transcript.messages
        return limit_reached(self._max_turns, self.criteria(), self.checkpoints, messages, has_judge=has_judge)

    @property
    def _is_talk(self) -> bool:
        """Whether a further turn has something for the agent to answer: a user's line, or another participant's."""
        agents = self.turns.players(AgentRole.AGENT)
        return bool(self.turns.players(AgentRole.USER)) or not agents or self.transcript.is_addressed(agents[0])

    @property
    def _is_stuck(self) -> bool:
        """Whether an agent waits for what nobody in free play can give it: words answer questions, not forms."""
        talking = bool(self.turns.players(AgentRole.USER))
        return any(not (talking and takes_words(interrupt)) for interrupt in self._waiting.values())

    def _unanswered(self) -> ScenarioResult:
        """The result of free play that could not go on: nobody decided, and nobody answered the agent."""
        return undecided(waits_for(self.interrupt), self.criteria(), self.checkpoints, self.transcript.messages)

    def _noted(self, result: ScenarioResult, request: JudgmentRequest | None) -> ScenarioResult:
        """A verdict that was demanded because free play could not go on says so, where it is a failure."""
        if request is None or result.success or not self._is_stuck:
            return result
        reasoning = f"{result.reasoning or ''} {waits_for(self.interrupt)}".lstrip()
        return msgspec.structs.replace(result, reasoning=reasoning)

    # --- records ---

    def _announce(self) -> None:
        if self.turns.current > self._announced:
            self._announced = self.turns.current
            self._observer.turn_started(self._announced)

    def _append(self, message: Message, *, call: Call | None, role: AgentRole | None) -> None:
        self._announce()
        author = None if call is None else call.participant
        turn = self.turns.current if call is None else call.turn
        index = self.transcript.add(message, author=author, turn=turn)
        self._observer.message_added(index, turn, message, call, role)
