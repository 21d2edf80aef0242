"""What a simulated user answers an agent that stops for a human: fixed, by a function of the test, or by its model."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from scenario.dialogue.adapter import AgentInput
from scenario.errors import ScenarioError, ScriptError, SettingTypeError
from scenario.llm.functions import Call, Function, Unreadable, only_call
from scenario.llm.model import Completion, Model
from scenario.llm.structured import ask
from scenario.protocols.interrupts import question_of
from scenario.types import Message

BY_MODEL: Final = "user"
APPROVE: Final = "approve"
REJECT: Final = "reject"
FIXED: Final = (APPROVE, REJECT, BY_MODEL)
_DECISIONS: Final = ("approve", "reject", "answer")
_FUNCTION: Final = Function(
    name="decide",
    description="The user's decision.",
    parameters={
        "type": "object",
        "properties": {
            "decision": {
                "type": "string",
                "enum": list(_DECISIONS),
                "description": "approve or reject what is asked for; answer, where it asks for words",
            },
            "words": {"type": "string", "description": "the answer, or the reason for a rejection; else empty"},
        },
        "required": ["decision", "words"],
        "additionalProperties": False,
    },
)


def check_on_interrupt(owner: str, value: object) -> None:
    """Refuse what cannot answer an agent.

    Raises:
        SettingTypeError: it is neither None, one of the texts, nor a function that can be called with the interrupt,
            alone or with the state.
    """
    if value is not None and not callable(value) and value not in FIXED:
        raise SettingTypeError(
            f'{owner}(on_interrupt={value!r:.80}): give "approve", "reject", "user" (its model decides in its role), '
            f"or a "
            "function of what the agent waits for."
        )
    if callable(value) and not _can_be_called(value):
        raise SettingTypeError(
            f"{owner}(on_interrupt={_named(value)}): it is called with the interrupt, or with the interrupt and the "
            "state: let it take one or two values by position, and need no other."
        )


def _can_be_called(function: Callable[..., Any]) -> bool:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return True
    for values in ((None,), (None, None)):
        try:
            signature.bind(*values)
        except TypeError:
            continue
        return True
    return False


def _named(function: object) -> str:
    return str(getattr(function, "__qualname__", repr(function)))


def answer_by_test(function: Callable[..., Any], interrupt: Any, given: AgentInput) -> Any:
    """What a function of the test answers; an awaitable of it, where that is what it gives.

    Raises:
        ScriptError: it raised, or gave None or what JSON cannot hold. What the test asserts is raised as it is.
    """
    try:
        answer = function(*_arguments(function, interrupt, given))
    except Exception as error:
        raise _failed(function, error) from error
    return _awaited(function, answer) if inspect.isawaitable(answer) else _checked(function, answer)


async def _awaited(function: Callable[..., Any], answer: Awaitable[Any]) -> Any:
    try:
        value = await answer
    except Exception as error:
        raise _failed(function, error) from error
    return _checked(function, value)


def _arguments(function: Callable[..., Any], interrupt: Any, given: AgentInput) -> tuple[Any, ...]:
    """The interrupt, and the state for a function that takes two, or has one of that name."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return (interrupt,)
    places = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    second = len(places) > 1 and (places[1].default is inspect.Parameter.empty or places[1].name == "state")
    return (interrupt, given.scenario_state) if second else (interrupt,)


def _failed(function: Callable[..., Any], error: Exception) -> Exception:
    if isinstance(error, AssertionError | ScenarioError):
        return error
    return ScriptError(
        f"on_interrupt={_named(function)} raised {type(error).__name__}: {error}. It is a function of the test."
    )


def _checked(function: Callable[..., Any], answer: Any) -> Any:
    takes = (
        'Return what scenario.resume(value) takes: {"approve": True}, {"approve": False, "reason": "…"}, a text, or '
        "another value that the agent waits for."
    )
    if answer is None:
        raise ScriptError(f"on_interrupt={_named(function)} returned None, which is no answer. {takes}")
    try:
        json.dumps(answer, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ScriptError(
            f"on_interrupt={_named(function)} returned {answer!r:.120}, which JSON cannot hold ({error}), so that no "
            f"agent can be sent it. {takes}"
        ) from error
    return answer


async def answer_by_model(
    model: Model, messages: list[Message], interrupt: Any, *, answered: Callable[[Completion], None]
) -> Any:
    """What the user's model decides in its role.

    Args:
        model: it.
        messages: the conversation as it is told it, which ends with somebody else's message.
        interrupt: what the agent waits for.
        answered: told of every completion.

    Raises:
        ModelError: the model's server failed, or gave no answer that can be read.
    """
    question = (
        f"(The agent has stopped and waits for the user's decision: {question_of(interrupt)}\nDecide as this user "
        f"would, "
        "by what the user wants and knows. Approve only what the user would want to happen.)"
    )
    *before, last = messages
    asked = [*before, {**last, "content": f"{last['content']}\n\n{question}"}]
    return await ask(model, asked, [_FUNCTION], _read, answered=answered)


def _read(calls: Sequence[Call]) -> Any:
    given: Any = only_call(calls).arguments
    decision = given.get("decision") if isinstance(given, dict) else None
    if decision not in _DECISIONS:
        raise Unreadable('"decision" must be "approve", "reject" or "answer".')
    words = str(given.get("words") or "").strip()
    if decision == "approve":
        return {"approve": True}
    if decision == "reject":
        return {"approve": False} | ({"reason": words} if words else {})
    if not words:
        raise Unreadable('An "answer" needs "words".')
    return words
