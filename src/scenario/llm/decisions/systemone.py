"""System One, `POST …/v1/systemone`: a state, and a map of questions. Pure.

Only the fields that every server documents are sent: some refuse all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenario.llm.decisions.question import DecisionAnswer, Question
from scenario.llm.decisions.readings import probability_in

TYPE = "noul"


def request_body(model: str, text: str, questions: Sequence[Question]) -> dict[str, Any]:
    """The request's body.

    Args:
        model: the name that the server knows.
        text: what is asked about.
        questions: at least one, each with an id of its own.
    """
    asked = {question.id: {"type": TYPE, "instructions": question.text} for question in questions}
    return {"model": model, "state": text, "questions": asked}


def read_answers(answers: object, questions: Sequence[Question]) -> tuple[list[DecisionAnswer], list[str]]:
    """The answer to each question, in their order, and what is wrong with the whole, in words.

    Args:
        answers: the member `answers` of a response.
        questions: what was asked.
    """
    if not isinstance(answers, Mapping):
        return [DecisionAnswer(why_none="The server's answers are no map of ids.")] * len(questions), []
    unasked = len(answers.keys() - {question.id for question in questions})
    remarks = [f"The server answered {unasked} questions that nobody asked."] if unasked else []
    return [_answer(answers, question) for question in questions], remarks


def _answer(answers: Mapping[str, Any], question: Question) -> DecisionAnswer:
    if question.id not in answers:
        return DecisionAnswer(why_none="The server gave no answer to it.")
    return probability_in(answers[question.id], type_asked=TYPE, member="noul")
