"""What an answer of a decision server says, held against what it may say. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from scenario.llm.decisions.question import DecisionAnswer, Question
from scenario.types import Usage

# Of the probability of all tokens, what the labels must have: below, the model wanted to say something else.
_LEAST_MASS: Final = 0.5
_SHOWN: Final = 80
_LONGEST_WARNING: Final = 300
_PARTLY_READ: Final = re.compile(r"truncat|\bcut (?:off|short|to)\b|\bdropped\b|too long", re.IGNORECASE)
# Members that tell of the whole answer, beside the response itself.
_ABOUT_THE_WHOLE: Final = ("meta", "usage", "diagnostics")
_NOTHING: Final[tuple[object, ...]] = (None, False, 0, "", [], {})
_UNFINISHED: Final = frozenset({"failed", "error", "incomplete", "cancelled", "canceled", "queued", "in_progress"})
_LOW_MASS: Final = re.compile(r"\bmass\b", re.IGNORECASE)


def probability_in(answer: object, *, type_asked: str, member: str) -> DecisionAnswer:
    """The probability of yes in one answer, or why there is none.

    Args:
        answer: as it came.
        type_asked: the type that it has to have.
        member: where the probability stands.
    """
    if not isinstance(answer, Mapping):
        return DecisionAnswer(why_none="The server's answer to it is no object.")
    kind = answer.get("type")
    if kind == "refusal":
        return DecisionAnswer(why_none="The server refused to answer it, or has lost the answer.")
    if kind != type_asked:
        return DecisionAnswer(why_none=f"The server's answer to it is of the type {_shown(kind)}, not {type_asked!r}.")
    if why := _why_partly(answer):
        return DecisionAnswer(why_none=why)
    value = answer.get(member)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return DecisionAnswer(why_none=f"The server's answer to it has no probability ({member}: {_shown(value)}).")
    # Compared before it becomes a float: a whole number may be too large for one.
    if not 0 <= value <= 1 or not math.isfinite(value):
        return DecisionAnswer(why_none=f"The server answered a probability of {_shown(value)}, which is none.")
    return DecisionAnswer(probability=float(value))


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def with_diagnostics(
    answers: Sequence[DecisionAnswer], questions: Sequence[Question], response: Mapping[str, Any]
) -> list[DecisionAnswer]:
    """The answers without those of which the server itself tells that the model wanted to say something else."""
    told = response.get("diagnostics")
    if not isinstance(told, Mapping):
        return list(answers)
    return [
        DecisionAnswer(why_none=why) if (why := _beside_labels(told.get(question.id))) else answer
        for question, answer in zip(questions, answers, strict=True)
    ]


def _beside_labels(told: object) -> str:
    if not isinstance(told, Mapping):
        return ""
    mass = told.get("label_mass")
    if mass is not None and (isinstance(mass, bool) or not isinstance(mass, int | float)):
        return f"What the server tells of the label mass is no number: {_shown(mass)}."
    if mass is not None and not mass >= _LEAST_MASS:
        return f"The model hardly wanted to say yes or no (label mass {mass:.2f})."
    if told.get("argmax_is_label") is False:
        return "The model's likeliest word was neither yes nor no."
    return _why_partly(told)


def why_nothing_counts(response: Mapping[str, Any]) -> str:
    """Why no answer counts, by what the server tells of the whole: it has not read all, or failed; "" where nothing."""
    for told in (response, *(response.get(name) for name in _ABOUT_THE_WHOLE)):
        if isinstance(told, Mapping) and (why := _why_partly(told)):
            return why
    status = response.get("status")
    if isinstance(status, str) and status.lower() in _UNFINISHED:
        return f"The server says that its answer is {status.lower()}."
    for warning in _warnings(response):
        if _PARTLY_READ.search(warning):
            return f"The server warns that it may have judged a part: {warning}"
        if _LOW_MASS.search(warning):
            return f"The server warns that the model hardly wanted to say yes or no: {warning}"
    return ""


def _why_partly(told: Mapping[str, Any]) -> str:
    """Why what this is told of does not count: an error, or a text that was cut. What is not understood counts so."""
    dropped = told.get("state_tokens_dropped")
    if dropped not in _NOTHING and not (isinstance(dropped, int | float) and dropped < 0):
        return (
            f"The server says that it left out {_shown(dropped)} tokens of the conversation, so that it judged a part."
        )
    if told.get("truncated") not in _NOTHING:
        return "The server says that it cut the conversation, so that it judged a part of it."
    for name in ("error", "errors"):
        if told.get(name) not in _NOTHING:
            return f"The server tells of an error beside its answer: {_shown(told[name])}"
    return ""


def remarks_on(response: Mapping[str, Any], *, asked: str, answers: Sequence[DecisionAnswer]) -> list[str]:
    """What there is to know of an answer on the whole, a sentence each.

    Args:
        response: the decoded body.
        asked: the model that was asked.
        answers: what was read in it.
    """
    remarks = []
    model = response.get("model")
    if not isinstance(model, str) or not model:
        remarks.append("The server does not say which model answered.")
    elif model != asked:
        remarks.append(f"{_shown(model)} answered, where {asked!r} was asked.")
    remarks += [f"The server warns: {warning}" for warning in _warnings(response)]
    given = [answer.probability for answer in answers if answer.probability is not None]
    if given and all(probability == 0.5 for probability in given):
        remarks.append("Every answer is exactly 0.5: there may be no model behind this server.")
    if (usage := usage_in(response)) is not None and usage.input_tokens == 0:
        remarks.append("The server says that it has read 0 tokens: there may be no model behind it.")
    return remarks


def _warnings(response: Mapping[str, Any]) -> Iterator[str]:
    """In words, wherever they stand, and whether they are texts or objects with one."""
    meta = response.get("meta")
    for told in (meta if isinstance(meta, Mapping) else {}, response):
        warnings = told.get("warnings")
        for warning in warnings if isinstance(warnings, list) else [warnings]:
            text = warning.get("message") if isinstance(warning, Mapping) else warning
            if isinstance(text, str) and text.strip():
                yield " ".join(text.split())[:_LONGEST_WARNING]


def usage_in(response: Mapping[str, Any]) -> Usage | None:
    """The tokens; None where the server tells none that can be. Some name them as their chat API does."""
    told = response.get("usage")
    if not isinstance(told, Mapping):
        return None
    read = _count(told, "input_tokens", "prompt_tokens")
    if read is None:
        return None
    said = _count(told, "output_tokens", "completion_tokens") or 0
    return Usage(input_tokens=read, output_tokens=said, total_tokens=_count(told, "total_tokens") or read + said)


def _count(told: Mapping[str, Any], *names: str) -> int | None:
    counts = (told.get(name) for name in names)
    return next((n for n in counts if isinstance(n, int) and not isinstance(n, bool) and 0 <= n < 2**53), None)
