"""Where the participants' calls run: on the caller's loop or, where they would hold it, in a thread with its own.

A coroutine belongs on the caller's loop, with the caller's objects. One that blocks inside makes all others wait for
it, so what is known of a class decides: once its `call` was seen to hold the loop in its own code, it is run elsewhere,
unless what it holds is bound to a loop; and if it fails elsewhere for such an object, it comes back for good.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from scenario.agents.connected_agent import ConnectedAgentAdapter
from scenario.dialogue.adapter import AgentInput
from scenario.foreign import called
from scenario.runner.loop_bound import bonds_of, is_bound_elsewhere
from scenario.runner.loop_watch import watch_of_this_thread
from scenario.runner.own_loop import OwnLoop, Progress, own_loop_of
from scenario.runner.recording import CallRecording
from scenario.runner.sighting import Sighting
from scenario.warning import ScenarioWarning, is_given, warn_once

# What is known of a class hangs on it, so that no module holds it, and it is gone with the class.
_ATTRIBUTE: Final = "_scenario_habit"
# How long the end of a participant's own loop may take, in seconds.
_GRACE: Final = 0.05
_REMEDY: Final = (
    "Make it `def` instead of `async def` (it then runs in a thread), or await an asynchronous client in it "
    "(`await litellm.acompletion(...)`, `await asyncio.to_thread(...)`)."
)


class Habit:
    """What is known of a class of participants: its calls hold the loop.

    Attributes:
        place: file and line where it was seen.
        stays: they are run on the caller's loop all the same.
    """

    __slots__ = ("place", "stays")

    def __init__(self, place: tuple[str, int]) -> None:
        self.place = place
        self.stays = False


class OutOfPlace(Exception):
    """A call that was run elsewhere failed for an object of another loop, which is the cause; it may not be repeated.

    Attributes:
        advice: what happened, and what to do.
    """

    def __init__(self, error: Exception, name: str) -> None:
        super().__init__(error)
        self.error = error
        self.advice = (
            f"{name} blocks the event loop, and so it was run in a thread with a loop of its own, where objects of "
            f"another loop are of no use; as it may have sent something, it was not called again, and from now on it "
            f"is called on yours. {_REMEDY}"
        )


class Dispatch:
    """Runs the calls of one run's participants, each where it belongs.

    Args:
        agents: the participants.
    """

    def __init__(self, agents: Sequence[Any]) -> None:
        self._agents = agents
        self._kinds = [_kind_of(agent) for agent in agents]
        self._watch = watch_of_this_thread(_note)
        self._own: dict[int, OwnLoop] = {}
        self._used: set[OwnLoop] = set()

    async def ask(self, participant: int, make_input: Callable[[], AgentInput], observer: CallRecording) -> Any:
        """What the participant's `call` gives in the end.

        Args:
            participant: its index.
            make_input: makes what it is handed; again, where it is called again.
            observer: where it reports.

        Raises:
            OutOfPlace: see there.
        """
        agent, kind = self._agents[participant], self._kinds[participant]
        habit = None if kind is None else habit_of(kind)
        if kind is not None and habit is None:
            self._watch.begin(observer, kind)
            try:
                value = await called(agent.call, make_input(), on_text=observer.text_delta)
            finally:
                self._watch.end(observer)
            self._tell(participant)
            return value
        if habit is not None and not habit.stays and (own := self._place_for(participant)) is not None:
            progress, so_far = Progress(), observer.so_far
            try:
                return await own.call(lambda: called(agent.call, make_input(), on_text=observer.text_delta), progress)
            except Exception as error:
                if not is_bound_elsewhere(error):
                    raise
                habit.stays = True
                if progress.waited or observer.so_far != so_far:
                    raise OutOfPlace(error, _name_of(agent)) from error
        return await called(agent.call, make_input(), on_text=observer.text_delta)

    async def within(self, participant: int, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Do something else of a participant, where it was called last."""
        own = self._own.get(participant)
        return await (work() if own is None else own.call(work, Progress()))

    async def close(self) -> None:
        """The run is over: end the loops that nobody needs any more, and say what is still to be said."""
        used = list(self._used)
        self._own.clear()
        self._used.clear()
        await asyncio.gather(*(self._let_go(own) for own in used))
        for participant in range(len(self._agents)):
            with contextlib.suppress(ScenarioWarning):  # the run's own end is what is to be raised
                self._tell(participant)

    def _place_for(self, participant: int) -> OwnLoop | None:
        """The loop that the participant is bound to, if it was made here; a free one for the unbound; else None."""
        own = self._own.get(participant)
        bonds = bonds_of(_subject_of(self._agents[participant]))
        if loops := [bond for bond in bonds if bond is not None]:
            own = own_loop_of(loops[0]) if len(loops) == 1 else None
        elif own is None or own_loop_of(own.loop) is None:
            # What is free until it is used is the caller's, unless it has come to be where the participant was called.
            own = None if bonds else OwnLoop()
        if own is not None:
            self._own[participant] = own
            self._used.add(own)
            own.users.add(self)
        return own

    async def _let_go(self, own: OwnLoop) -> None:
        """End a loop that no other run uses, unless a participant holds what is of use on it alone."""
        own.users.discard(self)
        if own.users:
            return
        if any(own.loop in bonds_of(_subject_of(agent)) for agent in self._agents):
            await own.stay(_GRACE)
        else:
            await own.close(_GRACE)

    def _tell(self, participant: int) -> None:
        """Say, once, that a participant was seen to hold the loop."""
        kind, agent = self._kinds[participant], self._agents[participant]
        habit = None if kind is None else habit_of(kind)
        if habit is None or is_given(habit):
            return
        bound = habit.stays or bonds_of(_subject_of(agent))
        remaining = (
            "It stays there, because it uses objects that belong to that loop."
            if bound
            else "From its next call on it is run in a thread with an event loop of its own."
        )
        warn_once(
            f"{_name_of(agent)} blocks the event loop: all that runs there waits for it, other scenarios too. "
            f"{remaining} {_REMEDY}",
            habit,
            at=habit.place,
        )


def _subject_of(agent: Any) -> Any:
    """The user's own object: a connected agent stands in an adapter of ours."""
    return agent.agent if type(agent) is ConnectedAgentAdapter else agent


def _kind_of(agent: Any) -> type | None:
    """The class whose habits count; None for participants of this package, which hold no loop."""
    subject = _subject_of(agent)
    module = getattr(agent.call, "__module__", None)
    if subject is agent and isinstance(module, str) and module.partition(".")[0] == "scenario":
        return None
    return type(subject)


def _name_of(agent: Any) -> str:
    subject = _subject_of(agent)
    return f"{type(subject).__name__}.{'call' if subject is agent else 'invoke'}"


def habit_of(kind: type) -> Habit | None:
    """What is known of the class itself; what is known of its parents says nothing about it."""
    habit: Habit | None = vars(kind).get(_ATTRIBUTE)
    return habit


def _note(kind: type, seen: Sighting) -> None:
    if habit_of(kind) is None:
        with contextlib.suppress(TypeError):  # a class that takes no attributes is watched again
            type.__setattr__(kind, _ATTRIBUTE, Habit(seen.place))
