"""The one loop that awaits: it does what the dialogue's engine asks for, and tells it what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, assert_never

from scenario.dialogue.actions import Answered, Began, Call, Collect, Finished, Invoke, Outcome, Pause, Returned, Woke
from scenario.dialogue.adapter import AgentInput
from scenario.dialogue.engine import Dialogue, Play
from scenario.dialogue.message import answered
from scenario.dialogue.state import ScenarioState
from scenario.dialogue.steps import Step
from scenario.errors import AgentError, JudgeError, ScenarioError, ScriptTypeError, UserSimulatorError
from scenario.runner.foreign import called, check_takes_one, in_thread
from scenario.runner.participants import name_of
from scenario.runner.recording import CallRecording, Recording
from scenario.types import AgentRole, Message, ScenarioResult

T = TypeVar("T")

_FAILURES = {AgentRole.USER: UserSimulatorError, AgentRole.AGENT: AgentError, AgentRole.JUDGE: JudgeError}
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
        self._dialogue = dialogue
        self._recording = recording
        self._ask = ask
        self._background: dict[int, asyncio.Task[list[Message] | ScenarioResult]] = {}
        self.state: ScenarioState

    async def play(self, play: Play) -> ScenarioResult | None:
        """Take one play to its end."""
        while not isinstance(action := play.next_action(), Finished):
            play.apply(await self._done(action))
        return action.result

    async def play_step(self, step: Step) -> ScenarioResult | None:
        """Play one step now, as own callables do."""
        return await self.play(self._dialogue.step(step))

    async def _done(self, action: Call | Collect | Invoke | Pause) -> Outcome:
        match action:
            case Call(background=True):
                self._background[action.call_id] = asyncio.ensure_future(self._answer(action))
                # The agent is to be under way when the next step begins, not just planned.
                await asyncio.sleep(0)
                return Began()
            case Call():
                return Answered(await self._answer(action))
            case Collect(call=call):
                return Answered(await self._background.pop(call.call_id))
            case Invoke(function=function):
                check_takes_one(function)
                return Returned(await called(function, self.state))
            case Pause(seconds=seconds):
                await asyncio.sleep(seconds)
                return Woke()
        assert_never(action)

    async def _answer(self, call: Call) -> list[Message] | ScenarioResult:
        began = self._recording.call_started(call)
        failure: BaseException | None = None
        try:
            return await self._asked(call)
        except BaseException as error:
            failure = error
            raise
        finally:
            self._recording.call_finished(call, began, failure)

    async def _asked(self, call: Call) -> list[Message] | ScenarioResult:
        agent = self._agents[call.participant]
        if self._ask is not None and call.role is AgentRole.USER:
            typed = await in_thread(self._ask, "Your line (Enter lets the simulator speak): ")
            if typed.strip():
                return answered(typed, call.role)
        observer = CallRecording(self._recording, self.state, call)
        given = AgentInput(
            thread_id=self.state.thread_id,
            messages=call.messages,
            new_messages=call.new_messages,
            judgment_request=call.request,
            scenario_state=self.state,
            observer=observer,
        )
        try:
            value = await called(agent.call, given, on_text=observer.text_delta)
        except ScenarioError:
            raise
        except Exception as error:  # whatever an adapter raises is the participant's failure, told as such
            raise _failure(agent, call.role, str(error) or type(error).__name__) from error
        try:
            return answered(value, call.role)
        except ScriptTypeError as error:
            raise _failure(agent, call.role, str(error)) from error

    async def close(self) -> None:
        """Give up what is still going on in the background."""
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


def _failure(agent: Any, role: AgentRole, text: str) -> ScenarioError:
    return _FAILURES[role](f"[{name_of_class(agent)}] {text}")


def name_of_class(agent: Any) -> str:
    """The class of a participant, or the name of a connected agent."""
    return name_of(agent) if type(agent).__name__ == "ConnectedAgentAdapter" else type(agent).__name__
