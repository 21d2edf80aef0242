"""The dialogue as a state machine: pure, it neither waits nor calls anybody.

    play = dialogue.script(steps)
    while not isinstance(action := play.next_action(), Finished):
        play.apply(<what came of the action>)

The transitions are generators: each `yield` hands out one action of `scenario.dialogue.actions` and takes in what came
of it. Steps that own callables play are further plays over the same dialogue.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from scenario.dialogue import verdicts
from scenario.dialogue.actions import Action, Answered, Call, Collect, Invoke, Outcome, Pause, Rest, Returned
from scenario.dialogue.message import answer_message, scripted, whole_message
from scenario.dialogue.missing_participants import ROLE_OF, no_user, nobody_speaks
from scenario.dialogue.observer import DialogueObserver
from scenario.dialogue.play import Moves, Play
from scenario.dialogue.steps import Add, Conclude, Judge, Proceed, Resume, Say, ScriptStep, Sleep, Step, refuse_step
from scenario.dialogue.transcript import Transcript
from scenario.dialogue.turns import Turns
from scenario.dialogue.verdicts import Checkpoints, concluded, undecided, waits_for
from scenario.dialogue.waiting import Waiting
from scenario.errors import InternalError, ScriptError
from scenario.types import AgentRole, FinalJudgmentRequest, JudgmentRequest, Message, ScenarioResult


class Dialogue:
    """The conversation: its participants by role, its messages, its turns, its checkpoints.

    Args:
        roles: the role of each participant; they are known here by their indexes.
        max_turns: how many turns free play may last.
        criteria: the criteria of the judges, read when they are needed, as tests may change them.
        answers: whether a participant, by its index, answers what an agent waits for.
    """

    def __init__(
        self,
        *,
        roles: Sequence[AgentRole],
        max_turns: int,
        observer: DialogueObserver,
        criteria: Callable[[], list[str]] = list,
        answers: Callable[[int], bool] = lambda _: False,
    ) -> None:
        self.transcript: Transcript = Transcript(len(roles))
        self.turns: Turns = Turns(roles)
        self.checkpoints: Checkpoints = Checkpoints()
        self.criteria = criteria
        self._max_turns = max_turns
        self._observer = observer
        self._silent_in = -1
        self._calls = 0
        self._announced = -1
        self._background: list[Call] = []
        self._waiting = Waiting(self.turns.players(AgentRole.USER), answers)

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
        return self._waiting.interrupt

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
        return verdicts.script_ended(self.checkpoints, self.transcript.messages, self.interrupt)

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
        waiting = self._waiting.agent
        if waiting is None:
            raise ScriptError(
                "scenario.resume(), approve() and reject() answer what the agent waits for, and it waits for nothing: "
                "let it speak first, and see in `state.interrupt` whether it stopped for a human."
            )
        self._added(answer_message(answer), AgentRole.USER)
        return (yield from self._gone_on(waiting, answer))

    def _gone_on(self, player: int, answer: object) -> Moves:
        self.turns.speaks(AgentRole.AGENT, player)
        return (yield from self._asked(self._call(player, AgentRole.AGENT, resume=answer)))

    def _answered(self, player: int, waiting: int, step: Proceed) -> Moves:
        """A user's part of a turn of free play that is the answer to what an agent waits for; then this goes on."""
        self.turns.speaks(AgentRole.USER, player)
        call = self._call(player, AgentRole.USER, interrupt=self._waiting.of(waiting))
        outcome = yield call
        if not isinstance(outcome, Answered):
            raise InternalError(f"A call was answered by {outcome!r}.")
        self._append(answer_message(outcome.answer), call=call, role=AgentRole.USER)
        if step.on_step is not None:
            yield Invoke(step.on_step, callback=True)
        return (yield from self._gone_on(waiting, outcome.answer))

    def _added(self, message: Message, role: AgentRole | None = None) -> None:
        role = role or ROLE_OF.get(str(message.get("role")))
        if role is not None:
            self.turns.scripted(role)
        self._append(message, call=None, role=role)

    def _judged(self, step: Judge) -> Moves:
        if not self.turns.has(AgentRole.JUDGE):
            raise nobody_speaks(AgentRole.JUDGE)
        asked = None if step.criteria is None else list(step.criteria)
        request = JudgmentRequest(criteria=asked, additional_context=step.additional_context)
        player = self.turns.next_player(AgentRole.JUDGE)
        result = yield from self._asked(self._call(player, AgentRole.JUDGE, request=request))
        if asked is None:
            result = yield from self._of_all_judges(player, result, request)
        if result is None or asked is None or not result.success:
            return result if result is None else self._concluded(result)
        self._observer.checkpoint_passed(self.turns.current, self.checkpoints.add(result, asked))
        return None

    def _of_all_judges(self, player: int, result: ScenarioResult | None, request: JudgmentRequest) -> Moves:
        """A judge's pass is the run's when the other judges pass it too: their criteria are judged by nobody else."""
        for other in self.turns.players(AgentRole.JUDGE):
            if result is None or not result.success:
                break
            if other == player:
                continue
            self.turns.speaks(AgentRole.JUDGE, other)
            verdict = yield from self._asked(self._call(other, AgentRole.JUDGE, request=request))
            if verdict is not None and not verdicts.says_nothing(verdict):
                result = verdicts.joined(result, verdict)
        return result

    def _proceed(self, step: Proceed) -> Moves:
        if not self.turns.anybody:
            return self._limit_reached() if step.turns is None else None
        played = 0
        while step.turns is None or played < step.turns:
            # A turn in which the user fell silent is over: in a further one the user is asked anew.
            remaining = [] if self._is_silent else self.turns.remaining()
            if self.turns.played + (not remaining) > self._max_turns:
                return self._limit_reached()
            if not remaining:
                if self._waiting.is_stuck:
                    return self._undecided(waits_for(self.interrupt))
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
            if result is not None or self._is_silent:
                return (yield from self._talked_out(step)) if result is None else self._concluded(result)
        return None

    def _talked_out(self, step: Proceed) -> Moves:
        """The user has nothing more to say: a verdict is demanded, unless free play is a number of turns only."""
        if step.turns is not None:
            return None
        if self.turns.players(AgentRole.AGENT) and not any(
            message.get("role") == "assistant" for message in self.transcript.messages
        ):
            return self._undecided(verdicts.NEVER_ASKED)
        for role, player in self.turns.remaining():
            if role is not AgentRole.JUDGE:
                continue
            self.turns.speaks(role, player)
            result = yield from self._asked(self._call(player, role, request=FinalJudgmentRequest()))
            result = yield from self._of_all_judges(player, result, FinalJudgmentRequest())
            if step.on_step is not None:
                yield Invoke(step.on_step, callback=True)
            if result is not None:
                return self._concluded(self._noted(result, stuck=bool(self._waiting)))
        return self._undecided(verdicts.talked_out(self.interrupt, has_judge=self.turns.has(AgentRole.JUDGE)))

    def _turn(self, step: Proceed, *, goes_on: bool) -> Generator[Action, Outcome, tuple[ScenarioResult | None, bool]]:
        """What is left of this turn; returns the result, if any, and whether everybody had the chance to speak."""
        self._announce()
        turn, last = self.turns.current, self.turns.played >= self._max_turns
        # A callback may still answer what the agent waits for.
        goes_on = goes_on and step.on_turn is None
        for role, player in self.turns.remaining():
            if not self.turns.may_speak(role, player, turn=turn):
                continue
            if role is not AgentRole.USER and self._is_silent:
                break
            ends = last or (goes_on and self._waiting.is_stuck)
            request = FinalJudgmentRequest() if ends and role is AgentRole.JUDGE else None
            answering = self._waiting.answering if role is AgentRole.USER else None
            if answering is not None:
                result = yield from self._answered(*answering, step)
            else:
                self.turns.speaks(role, player)
                result = yield from self._asked(self._call(player, role, request=request))
                if role is AgentRole.JUDGE:
                    # A pass has to wait where the user is about to answer what the agent waits for.
                    early = request is None and goes_on and self._waiting.answering is not None
                    result = None if early and result is not None and result.success else result
                    result = yield from self._of_all_judges(player, result, FinalJudgmentRequest())
            if step.on_step is not None:
                yield Invoke(step.on_step, callback=True)
            if result is not None:
                stuck = request is not None and self._waiting.is_stuck
                return self._noted(result, stuck=stuck), role is AgentRole.JUDGE
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
        interrupt: Any = None,
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
            interrupt=interrupt,
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
            self._waiting.heard(call.participant, outcome.interrupt)
        if isinstance(outcome.value, ScenarioResult):
            return outcome.value
        if call.role is AgentRole.USER:
            self._silent_in = -1 if outcome.value else call.turn
        for message in outcome.value:
            self._append(message, call=call, role=call.role)
        return None

    # --- endings ---

    def _concluded(self, result: ScenarioResult) -> ScenarioResult:
        return concluded(result, self.checkpoints, self.transcript.messages)

    def out_of_time(self, seconds: float, waited_for: str = "") -> ScenarioResult:
        """The result of a run that took as long as it may: nobody decided.

        Args:
            seconds: how long that was.
            waited_for: who was asked then and had not answered, in words; empty where nobody was.
        """
        limit = f"The limit of {seconds:g} s was reached without a verdict (max_time={seconds:g})."
        return self._undecided(limit + waited_for)

    def _limit_reached(self) -> ScenarioResult:
        return self._undecided(verdicts.limit_reached(self._max_turns, has_judge=self.turns.has(AgentRole.JUDGE)))

    @property
    def _is_talk(self) -> bool:
        """Whether a further turn has something for the agent to answer: a user's line, or another participant's."""
        agents = self.turns.players(AgentRole.AGENT)
        return bool(self.turns.players(AgentRole.USER)) or not agents or self.transcript.is_addressed(agents[0])

    @property
    def _is_silent(self) -> bool:
        """Whether the users were asked in this turn and said nothing, and no line of a user's is left to answer."""
        if self._silent_in != self.turns.current:
            return False
        return not self.transcript.ends_with_user_line(self.turns.players(AgentRole.AGENT))

    def _undecided(self, reasoning: str) -> ScenarioResult:
        return undecided(reasoning, self.criteria(), self.checkpoints, self.transcript.messages)

    def _noted(self, result: ScenarioResult, *, stuck: bool) -> ScenarioResult:
        """A verdict that was demanded because free play could not go on says so, where it is a failure."""
        if result.success or not stuck:
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
