"""The steps of a script: values that say what is to happen, and the functions that make them.

A script lists steps as they are; own callables play them by calling them: `await scenario.user("Hi")(state)`.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from scenario.criterion import Criterion, as_criterion
from scenario.errors import ScriptError, ScriptTypeError
from scenario.types import AgentRole, ScenarioResult

if TYPE_CHECKING:
    from scenario.dialogue.state import ScenarioState

StateCallback: TypeAlias = "Callable[[ScenarioState], object]"

# Tests of this API look for these words, as for those of `scenario.dialogue.verdicts`.
_SUCCEEDED: Final = "Scenario marked as successful with scenario.succeed()"
_FAILED: Final = "Scenario marked as failed with scenario.fail()"


class Step(msgspec.Struct, frozen=True):
    """What all steps are; called with a state it plays itself there."""

    def __call__(self, state: ScenarioState) -> Awaitable[ScenarioResult | None]:
        """Play this step now; the awaited value is a result where it ended the conversation."""
        return state.play(self)


class Say(Step, frozen=True):
    """A participant's line: scripted, or asked of the participant where `content` is None."""

    role: AgentRole
    content: Any = None
    wait: bool = True


class Add(Step, frozen=True):
    """A message as it is."""

    message: Any


class Judge(Step, frozen=True):
    """A verdict is demanded: the final one, or a checkpoint on inline criteria."""

    criteria: tuple[str, ...] | None = None
    additional_context: str | None = None


class Proceed(Step, frozen=True):
    """Free play."""

    turns: int | None = None
    on_turn: Any = None
    on_step: Any = None


class Conclude(Step, frozen=True):
    """The end, by the script's own judgment."""

    success: bool
    reason: str


class Resume(Step, frozen=True):
    """The answer to what the agent waits for."""

    answer: Any


class Sleep(Step, frozen=True):
    """A pause, in seconds."""

    seconds: float


# What a script may list, and what the functions below make of their arguments: a callable that takes the state. What it
# returns is awaited where it can be; `Any` beside that lets lists of steps take functions that return something else.
ScriptStep: TypeAlias = "Callable[[ScenarioState], Awaitable[ScenarioResult | None] | Any]"


def message(message: Mapping[str, Any]) -> ScriptStep:
    """Add an OpenAI-style message as it is; the caller's dictionary is copied, never changed."""
    return Add(message)


def user(content: str | Mapping[str, Any] | None = None) -> ScriptStep:
    """Let the user speak: the given text or message, or, without one, what the next user participant says."""
    return Say(AgentRole.USER, content)


def agent(content: str | Mapping[str, Any] | None = None, *, wait: bool = True) -> ScriptStep:
    """Let the agent speak: the given text or message, or, without one, what the next agent answers.

    Args:
        content: a scripted line; None asks the agent.
        wait: False starts the agent in the background; its answer is collected when the next step begins.
    """
    return Say(AgentRole.AGENT, content, wait)


def judge(criteria: Sequence[Criterion] | Criterion | None = None, additional_context: str | None = None) -> ScriptStep:
    """Ask the judge for its verdict.

    Args:
        criteria: a checkpoint on these criteria alone, sentences or checks: all met, and the run goes on; else it
            ends. None asks for the final verdict on the judge's own criteria.
        additional_context: text for the judge that the conversation does not hold.
    """
    if isinstance(criteria, str) or callable(criteria):
        criteria = [criteria]
    return Judge(None if criteria is None else tuple(map(as_criterion, criteria)), additional_context)


def proceed(
    turns: int | None = None,
    on_turn: StateCallback | None = None,
    on_step: StateCallback | None = None,
) -> ScriptStep:
    """Let the participants talk freely.

    Args:
        turns: how many turns; None goes on until a verdict or the turn limit. A turn that a script has begun with a
            user line counts; 0 plays none. Where the user has nothing more to say, free play ends: with None a verdict
            is demanded, else the next step is played.
        on_turn: called with the state after each finished turn.
        on_step: called with the state after each participant's call.

    Raises:
        ScriptError: the number of turns is no whole number of at least 0 (a ValueError).
        ScriptTypeError: a callback cannot be called (a TypeError).
    """
    _check_turns(turns)
    for name, callback in (("on_turn", on_turn), ("on_step", on_step)):
        if callback is not None and not callable(callback):
            raise ScriptTypeError(f"scenario.proceed({name}={callback!r}): give a function of the state.")
    return Proceed(turns, on_turn, on_step)


def resume(value: Any) -> ScriptStep:
    """Answer what the agent waits for (`state.interrupt`), and let it go on.

    Args:
        value: what the agent's protocol takes for an answer: text, or any JSON value. Where several things were asked
            at once, a mapping of their ids to their answers.

    Raises:
        ScriptError: the value is None (a ValueError).
    """
    if value is None:
        raise ScriptError(
            "scenario.resume(None): None is no answer. Give the value that the agent waits for, or use "
            "scenario.approve() or scenario.reject()."
        )
    return Resume(value)


def approve() -> ScriptStep:
    """Say yes to what the agent waits for (`state.interrupt`), in its protocol's own way, and let it go on."""
    return Resume({"approve": True})


def reject(reason: str | None = None) -> ScriptStep:
    """Say no to what the agent waits for (`state.interrupt`), in its protocol's own way, and let it go on.

    Args:
        reason: handed to the agent where its protocol has a place for it.
    """
    return Resume({"approve": False} | ({"reason": reason} if reason else {}))


def succeed(reason: str | None = None, *, reasoning: str | None = None) -> ScriptStep:
    """End the run as a success.

    Args:
        reason: becomes the result's `reasoning`.
        reasoning: another name of `reason`.
    """
    return Conclude(success=True, reason=reason or reasoning or _SUCCEEDED)


def fail(reason: str | None = None, *, reasoning: str | None = None) -> ScriptStep:
    """End the run as a failure.

    Args:
        reason: becomes the result's `reasoning`.
        reasoning: another name of `reason`.
    """
    return Conclude(success=False, reason=reason or reasoning or _FAILED)


def sleep(seconds: float) -> ScriptStep:
    """Pause for a number of seconds.

    Raises:
        ScriptError: it is no number that can be waited for (a ValueError).
    """
    _check_seconds(seconds)
    return Sleep(seconds)


def _check_turns(turns: object) -> None:
    if turns is not None and (isinstance(turns, bool) or not isinstance(turns, int) or turns < 0):
        raise ScriptError(f"scenario.proceed(turns={turns!r}): give a whole number of turns, or None for no limit.")


def _check_seconds(seconds: object) -> None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
        raise ScriptError(f"scenario.sleep({seconds!r}): give a number of seconds, 0 or more.")


def step_name(step: Step) -> str:
    """The function above that makes such a step."""
    match step:
        case Say(role=role):
            return role.value.lower()
        case Conclude(success=success):
            return "succeed" if success else "fail"
        case Add():
            return "message"
        case _:
            return type(step).__name__.lower()


_FACTORIES = (message, user, agent, judge, proceed, resume, approve, reject, succeed, fail, sleep)


def refuse_step(function: object) -> None:
    """Refuse what is listed in a script and can be no step of it.

    Raises:
        ScriptTypeError: it is not callable, or one of the functions above that was listed without being called.
    """
    if not callable(function):
        raise ScriptTypeError(
            f"A script lists steps and functions of the state, not {type(function).__name__} ({function!r})."
        )
    if any(function is factory for factory in _FACTORIES):
        name = getattr(function, "__name__", "")
        raise ScriptTypeError(f"scenario.{name} is listed without being called: write scenario.{name}(...).")
