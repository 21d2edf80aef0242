"""Yes-or-no questions put to a decision model, and the checked answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from scenario.errors import ModelResponseError
from scenario.llm.complaint import complaint_of
from scenario.llm.decisions.finding import PROTOCOLS, SPOKEN, forget, settled
from scenario.llm.decisions.question import MOST_QUESTIONS, DecisionAnswer, Decisions, Question
from scenario.llm.decisions.readings import remarks_on, usage_in, why_nothing_counts, with_diagnostics
from scenario.llm.decisions.refused import REFUSED_ROUTE, refusal_of, refused
from scenario.llm.endpoint import said_in, server_of, without_secrets
from scenario.llm.fetch import Answer
from scenario.llm.model import Model
from scenario.llm.resolve import ModelTarget
from scenario.protocols.json_text import key_said_twice, read_json
from scenario.types import Usage

_SHOWN: Final = 200


def read_decisions(target: ModelTarget, answer: Answer, questions: Sequence[Question]) -> Decisions:
    """What a response says to the questions. Pure.

    Raises:
        ConfigurationError: it is an error: of a key, a route, a model or a setting.
        ModelResponseError: it is another error (`reason` is "context_length" where the text is too long), or nothing
            that can be read.
    """
    if answer.status >= 400:
        raise refused(target, answer)
    try:
        value = _without_secrets(target, read_json(answer.body))
    except RecursionError:
        value = None
    if not isinstance(value, dict) or "answers" not in value:
        came = without_secrets(target, said_in(answer.body))[:_SHOWN] or "(an empty body)"
        complaint = complaint_of(answer)
        raise ModelResponseError(
            f"{target.name} at {server_of(target)} answered with what is no {target.dialect} response: {came}",
            status=answer.status,
            reason="" if complaint is None else complaint.reason,
        )
    if key := key_said_twice(answer.body):
        raise ModelResponseError(
            f"{target.name} at {server_of(target)} answered with two values under one key, "
            f"{without_secrets(target, key)[:_SHOWN]!r}: readers differ in which of them counts.",
            status=answer.status,
        )
    answers, wrong = PROTOCOLS[target.dialect].read_answers(value["answers"], questions)
    remarks = remarks_on(value, asked=target.model, answers=answers)
    if nothing := why_nothing_counts(value):
        answers = [DecisionAnswer(why_none=nothing)] * len(questions)
    answers = with_diagnostics(answers, questions, value)
    model = value.get("model")
    return Decisions(
        answers=tuple(answers),
        model=model if isinstance(model, str) else "",
        remarks=(*wrong, *remarks),
        usage=usage_in(value),
    )


def _without_secrets(target: ModelTarget, value: Any) -> Any:
    """The value without the key in any of its texts, which may be shown in part: a part of the key is secret, too."""
    if isinstance(value, str):
        return without_secrets(target, value)
    if isinstance(value, dict):
        return {name: _without_secrets(target, one) for name, one in value.items()}
    return [_without_secrets(target, one) for one in value] if isinstance(value, list) else value


async def decide(
    model: Model, text: str, questions: Sequence[Question], reported: Callable[[Usage | None, float], None]
) -> Decisions:
    """The answers to at most 64 questions about a text.

    Args:
        model: who is asked.
        text: what is asked about.
        questions: each with an id of its own.
        reported: is told of the usage and the seconds of each request that was answered, but from disk.

    Raises:
        ConfigurationError: the server refuses the key, the route, the model or the request.
        ModelResponseError: it failed, or its answer cannot be read; `reason` is "context_length" where the text is
            too long for it.
        ModelUnreachableError: it did not answer.
    """
    if not 0 < len(questions) <= MOST_QUESTIONS:
        raise ValueError(f"{len(questions)} questions: a request has 1 to {MOST_QUESTIONS}.")
    target = await settled(model, reported)
    is_found = target is not model.target
    body = PROTOCOLS[target.dialect].request_body(target.model, text, questions)
    answer, seconds, cached = await model.answered(body, target)
    if is_found and answer.status >= 400 and refusal_of(answer) == REFUSED_ROUTE:
        forget(model.target)
    decisions = read_decisions(target, answer, questions)
    if not cached:
        reported(decisions.usage, seconds)
    if not is_found:
        return decisions
    found = f"Its server was found to speak {SPOKEN[target.dialect]} (/{target.dialect})."
    return msgspec.structs.replace(decisions, remarks=(found, *decisions.remarks))
