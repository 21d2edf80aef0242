"""The one loop that awaits: it does what the dialogue's engine asks for, and tells it what came of it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, assert_never

from scenario.cassette.tapes import sleep
from scenario.dialogue.actions import (
    Answered,
    Began,
    Call,
    Collect,
    Finished,
    Invoke,
    Outcome,
    Pause,
    Rest,
    Returned,
    Woke,
)
from scenario.dialogue.adapter import AgentAdapter, AgentInput
from scenario.dialogue.current_run import current_observer
from scenario.dialogue.engine import Dialogue
from scenario.dialogue.handed_out import HandedOut
from scenario.dialogue.message import answered
from scenario.dialogue.play import Play
from scenario.dialogue.state import ScenarioState
from scenario.dialogue.steps import Step, step_name
from scenario.errors import ConfigurationError, ScriptError
from scenario.foreign import called, check_takes_one, in_thread
from scenario.runner.dispatch import Dispatch, OutOfPlace
from scenario.runner.failures import failure_of
from scenario.runner.participants import loads_of
from scenario.runner.recording import CallRecording, Recording
from scenario.runner.refutation import refuted_by
from scenario.runner.start_line import start_line
from scenario.runner.trace_headers import trace_headers
from scenario.types import AgentRole, ScenarioResult
from scenario.warning import ScenarioWarning

# After so many actions the loop has a moment for others: in-process participants may answer without ever waiting, and
# the run must neither starve the loop nor be beyond cancelling.
_AT_A_STRETCH = 16
# How long a participant that was cancelled in the background may take to clean up, in seconds.
_GRACE = 0.05


class ScenarioExecutor:
    """Plays one scenario among its participants.

    Args:
        agents: the participants, checked.
        ask: asks the person at the terminal for the next user line (debug mode); "" lets the participant speak.
    """

    def __init__(
        self,
        *,
        agents: Sequence[Any],
        dialogue: Dialogue,
        recording: Recording,
        ask: Callable[[str], str] | None = None,
    ) -> None:
        self._agents = agents
        self.dialogue = dialogue
        self.recording = recording
        self._ask = ask
        self._dispatch = Dispatch(agents)
        self._line = start_line()
        self._background: dict[int, asyncio.Task[Answered]] = {}
        self._actions = 0
        self._steps = HandedOut()
        self.trace_id = recording.run_id
        self.state: ScenarioState

    async def play(self, play: Play) -> ScenarioResult | None:
        """Take one play to its end."""
        while not isinstance(action := play.next_action(), Finished):
            outcome = await self._done(action)
            self._actions += 1
            if self._actions % _AT_A_STRETCH == 0:
                await asyncio.sleep(0)
            play.apply(outcome)
        return action.result

    def play_step(self, step: Step) -> Coroutine[Any, Any, ScenarioResult | None]:
        """Play one step now, as own callables do, which have to await it."""
        played = self.play(self.dialogue.step(step))
        self._steps.add(played, f"scenario.{step_name(step)}(…)")
        return played

    def check_steps(self) -> None:
        """Refuse a run in which a function of the test called a step and left it at that.

        Raises:
            ScriptError: a step was never awaited, so it was not played.
        """
        forgotten = self._steps.never_begun()
        if forgotten:
            raise ScriptError(
                f"{', '.join(forgotten)}: called with the state in a function of the script and never awaited, so not "
                "played. Write `await` before it, in an `async def`, or return it from the function."
            )

    async def _done(self, action: Call | Collect | Invoke | Pause | Rest) -> Outcome:
        if isinstance(action, Call):
            # Before anything is timed, and before one that runs in the background counts as under way.
            await self._line.loaded(loads_of(self._agents[action.participant]))
        match action:
            case Call(background=True):
                self._background[action.call_id] = asyncio.ensure_future(self._answer(action))
                # The agent is to be under way when the next step begins, not just planned.
                await asyncio.sleep(0)
                return Began()
            case Call():
                return await self._answer(action)
            case Collect(call=call):
                return await self._background.pop(call.call_id)
            case Invoke(function=function):
                check_takes_one(function)
                value = await called(function, self.state)
                return Returned(refuted_by(function) if value is False else value)
            case Pause(seconds=seconds):
                await sleep(seconds)
                return Woke()
            case Rest():
                return Woke()
        assert_never(action)

    async def _answer(self, call: Call) -> Answered:
        began = self.recording.call_started(call)
        failure: BaseException | None = None
        try:
            return await self._asked(call)
        except BaseException as error:
            failure = error
            raise
        finally:
            self.recording.call_finished(call, began, failure)

    async def _asked(self, call: Call) -> Answered:
        agent = self._agents[call.participant]
        if self._ask is not None and call.role is AgentRole.USER and call.interrupt is None:
            typed = await in_thread(_typed, self._ask)
            if typed.strip():
                return Answered(answered(typed, call.role))
        observer = CallRecording(self.recording, self.state, call)
        token = current_observer.set(observer)
        try:
            make_input = functools.partial(self._input, call, observer)
            if call.interrupt is not None:
                return Answered([], answer=await _answer_to(agent, call.interrupt, make_input()))
            said = answered(await self._dispatch.ask(call.participant, make_input, observer), call.role)
            return Answered(said, observer.interrupt)
        except ScenarioWarning:  # somebody wishes it to be an error, and it says itself what it is about
            raise
        except OutOfPlace as moved:
            raise failure_of(agent, call.role, moved.error, advice=moved.advice) from moved.error
        except asyncio.CancelledError as error:
            if _being_cancelled():
                raise
            raise failure_of(agent, call.role, error) from error
        except Exception as error:  # whatever an adapter raises or returns is the participant's failure, told as such
            # Where an interrupt is answered, it may be a function of the test that does so.
            of_the_test = call.interrupt is not None and isinstance(error, ScriptError | AssertionError)
            failure = error if of_the_test else failure_of(agent, call.role, error)
            if failure is error:
                raise
            raise failure from error
        finally:
            current_observer.reset(token)

    def _input(self, call: Call, observer: CallRecording) -> AgentInput:
        return AgentInput(
            thread_id=self.state.thread_id,
            messages=call.messages,
            new_messages=call.new_messages,
            judgment_request=call.request,
            scenario_state=self.state,
            propagation_headers=trace_headers(self.trace_id, call),
            observer=observer,
            resume=call.resume,
        )

    async def close(self) -> None:
        """Give up what is still going on in the background, and let the participants let go of the conversation."""
        tasks = list(self._background.values())
        self._background.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE)
        for task in tasks:
            # A failure that nobody collects any more is read, so that asyncio does not report it as forgotten.
            if task.done() and not task.cancelled():
                task.exception()
        try:
            for participant, agent in enumerate(self._agents):
                if _holds_conversations(agent):
                    await self._let_go(participant, agent)
        finally:
            await self._dispatch.close()

    async def _let_go(self, participant: int, agent: AgentAdapter) -> None:
        try:
            await self._dispatch.within(participant, lambda: agent.conversation_over(self.state.thread_id))
        except Exception as error:  # noqa: BLE001 - how a participant cleans up changes nothing of the run's result
            shown = f"{agent!r} failed at conversation_over"
            asyncio.get_running_loop().call_exception_handler({"message": shown, "exception": error})


async def _answer_to(user: Any, interrupt: Any, given: AgentInput) -> Any:
    """What a user answers to what an agent waits for."""
    answer = await called(functools.partial(user.answer_interrupt, interrupt), given)
    if answer is None:
        raise ScriptError(
            f"{type(user).__name__}.answer_interrupt gave None, which is no answer to what the agent waits for. Give "
            '{"approve": True}, {"approve": False, "reason": "…"}, a text, or another value that its protocol takes.'
        )
    return answer


def _holds_conversations(agent: Any) -> bool:
    # By its class itself: stand-ins of tests claim to be of a class that they are not.
    kind = type(agent)
    return issubclass(kind, AgentAdapter) and kind.conversation_over is not AgentAdapter.conversation_over


def _typed(ask: Callable[[str], str]) -> str:
    try:
        return ask("Your line (Enter lets the simulator speak): ")
    except (EOFError, OSError) as error:  # pytest's capture refuses to read with an OSError
        raise ConfigurationError(
            "debug=True asks for each user line on the terminal, and nothing can be typed here: run in a terminal "
            "(pytest with -s), or leave debug out."
        ) from error


def _being_cancelled() -> bool:
    """Whether the run itself is cancelled, and not only something inside a participant."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
