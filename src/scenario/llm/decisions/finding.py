"""Which protocol a decision server speaks of which only the address is known: found by asking it, and remembered."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from types import ModuleType
from typing import Final, Literal

import msgspec

from scenario.errors import ConfigurationError
from scenario.llm.decisions import openai_decisions, systemone
from scenario.llm.decisions.question import Question
from scenario.llm.decisions.readings import usage_in
from scenario.llm.decisions.refused import REFUSED_ROUTE, refusal_of, refused, words_of
from scenario.llm.endpoint import server_of, url_of, without_secrets
from scenario.llm.fetch import Answer
from scenario.llm.learned import Learned
from scenario.llm.model import Model
from scenario.llm.resolve import ModelTarget
from scenario.protocols.json_text import read_json
from scenario.types import Usage

Protocol = Literal["systemone", "decisions"]

PROTOCOLS: Final[dict[str, ModuleType]] = {"systemone": systemone, "decisions": openai_decisions}
SPOKEN: Final[dict[str, str]] = {"systemone": "System One", "decisions": "OpenAI Decisions"}

# System One first: what a gateway of both knows of a conversation that was cut, it tells there alone.
_IN_TURN: Final[tuple[Protocol, ...]] = ("systemone", "decisions")
_TEXT: Final = "The user says: Hello."
_QUESTION: Final = Question(id="q1", text="Is this true of the text? The user says hello.")
_ATTRIBUTE: Final = "_scenario_protocols_being_found"


async def settled(model: Model, reported: Callable[[Usage | None, float], None]) -> ModelTarget:
    """The model's target with the protocol that its server speaks.

    Each route is asked once, about a text of one line, and the first that answers as its protocol has it is remembered,
    also for later processes.

    Args:
        model: which.
        reported: is told of the usage and the seconds of a question that was answered.

    Raises:
        ConfigurationError: neither route is there, an answer is not clear, or the key is refused.
        ModelResponseError: the server failed.
        ModelUnreachableError: it did not answer.
    """
    target = model.target
    if target.dialect != "decide":
        return target
    learned = Learned(target, os.environ)
    async with _lock(url_of(target)):
        protocol = learned.needs.protocol
        if protocol is None:
            protocol = await _found(model, reported)
            learned.learn(lambda needs: msgspec.structs.replace(needs, protocol=protocol))
    return spoken_by(target, protocol)


def forget(target: ModelTarget) -> None:
    """Ask again next time: what was found is refused now."""
    Learned(target, os.environ).learn(lambda needs: msgspec.structs.replace(needs, protocol=None))


def spoken_by(target: ModelTarget, protocol: Protocol) -> ModelTarget:
    """The target, asked by this protocol."""
    return msgspec.structs.replace(target, dialect=protocol)


async def _found(model: Model, reported: Callable[[Usage | None, float], None]) -> Protocol:
    said: list[str] = []
    for protocol in _IN_TURN:
        target = spoken_by(model.target, protocol)
        body = PROTOCOLS[protocol].request_body(target.model, _TEXT, [_QUESTION])
        answer, seconds, cached = await model.answered(body, target)
        if answer.status >= 400 and refusal_of(answer) == REFUSED_ROUTE:
            said.append(f"/{protocol} answered with HTTP {answer.status}: {_words(target, answer)}")
            continue
        if answer.status >= 400 and refusal_of(answer) != "configuration":
            raise refused(target, answer)
        if not _is_answer(protocol, answer):
            raise _unclear(target, protocol, answer)
        if not cached:
            value = read_json(answer.body)
            reported(usage_in(value) if isinstance(value, dict) else None, seconds)
        return protocol
    raise ConfigurationError(
        f"{model.name} at {server_of(model.target)}: it answers neither as System One nor as OpenAI Decisions. "
        f"{'; '.join(said)}. Check api_base= and the model's name."
    )


def _is_answer(protocol: Protocol, answer: Answer) -> bool:
    """Whether this is an answer to the question, in the protocol's shape, whatever it says."""
    value = read_json(answer.body) if answer.status < 300 else None
    answers = value.get("answers") if isinstance(value, dict) else None
    if protocol == "systemone":
        one = answers.get(_QUESTION.id) if isinstance(answers, dict) else None
    else:
        one = answers[0] if isinstance(answers, list) and len(answers) == 1 else None
    return isinstance(one, dict) and isinstance(one.get("type"), str)


def _unclear(target: ModelTarget, protocol: Protocol, answer: Answer) -> ConfigurationError:
    name = target.model
    return ConfigurationError(
        f"{target.name} at {server_of(target)}: which protocol it speaks is not clear: /{protocol} answered with HTTP "
        f"{answer.status}: {_words(target, answer)}. Name it: model='systemone/{name}' or model='decisions/{name}'."
    )


def _words(target: ModelTarget, answer: Answer) -> str:
    return without_secrets(target, words_of(answer.body)).rstrip(".") or "(an empty body)"


def _lock(url: str) -> asyncio.Lock:
    """One for each server on this event loop, on which it hangs, so that no module holds it."""
    loop = asyncio.get_running_loop()
    locks: dict[str, asyncio.Lock] | None = getattr(loop, _ATTRIBUTE, None)
    if locks is None:
        locks = {}
        setattr(loop, _ATTRIBUTE, locks)
    return locks.setdefault(url, asyncio.Lock())
