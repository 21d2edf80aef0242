"""OpenAI Decisions, `POST …/v1/decisions`: an input, and a list of questions. Pure.

The input is one text: messages of other roles and calls are refused by many servers. Only documented fields are sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenario.llm.decisions.question import DecisionAnswer, Question
from scenario.llm.decisions.readings import probability_in

TYPE = "predicate"


def request_body(model: str, text: str, questions: Sequence[Question]) -> dict[str, Any]:
    """The request's body.

    Args:
        model: the name that the server knows.
        text: what is asked about.
        questions: at least one, each with an id of its own.
    """
    asked = [{"type": TYPE, "name": question.id, "instructions": question.text} for question in questions]
    return {"model": model, "input": text, "questions": asked}


def read_answers(answers: object, questions: Sequence[Question]) -> tuple[list[DecisionAnswer], list[str]]:
    """The answer to each question, in their order, and what is wrong with the whole, in words.

    An answer belongs to the question whose name it bears. Where two bear the same, or one bears none, places have to
    tell, and the name at each to be the right one: some gateways hand answers on in another order.

    Args:
        answers: the member `answers` of a response.
        questions: what was asked.
    """
    if not isinstance(answers, list):
        return [DecisionAnswer(why_none="The server's answers are no list.")] * len(questions), []
    named = _by_name(answers)
    asked = {question.id for question in questions}
    more = len(answers) - len(questions) if named is None else len(named.keys() - asked)
    remarks = [f"The server answered {more} questions that nobody asked."] if more > 0 else []
    if named is not None and named.keys() & asked:
        return [_named(named, question) for question in questions], remarks
    return [_answer(answers, place, question) for place, question in enumerate(questions)], remarks


def _by_name(answers: Sequence[Any]) -> dict[str, Any] | None:
    """The answers by their names; None where these do not tell them apart."""
    named = {
        name: answer
        for answer in answers
        if isinstance(answer, Mapping) and isinstance(name := answer.get("name"), str)
    }
    return named if len(named) == len(answers) else None


def _named(answers: Mapping[str, Any], question: Question) -> DecisionAnswer:
    if question.id not in answers:
        return DecisionAnswer(why_none="The server gave no answer to it.")
    return probability_in(answers[question.id], type_asked=TYPE, member="probability")


def _answer(answers: Sequence[Any], place: int, question: Question) -> DecisionAnswer:
    if place >= len(answers):
        return DecisionAnswer(why_none="The server gave no answer to it.")
    answer = answers[place]
    name = answer.get("name") if isinstance(answer, Mapping) else None
    if isinstance(answer, Mapping) and name != question.id:
        named = "bears no name" if name is None else f"is to {str(name)[:80]!r}"
        return DecisionAnswer(why_none=f"The answer at its place {named}, not to {question.id!r}: it may be another's.")
    return probability_in(answer, type_asked=TYPE, member="probability")
