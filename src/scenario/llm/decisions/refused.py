"""Error responses of decision servers: what they mean, whatever their status was meant to say. Pure.

501 is "no decision model", and no outage; a window that is too small comes as 413, 400 or 500; 403 is a missing key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

from scenario.errors import ConfigurationError, ModelResponseError, ScenarioError
from scenario.late_pattern import late_pattern
from scenario.llm.complaint import complaint_of
from scenario.llm.endpoint import said_in, server_of, without_secrets
from scenario.llm.fetch import Answer
from scenario.llm.resolve import ModelTarget
from scenario.protocols.errors_in_json import error_of
from scenario.protocols.json_text import NOT_JSON, read_json, write_json

Refusal = Literal["key", "route", "too long", "passing", "configuration"]

REFUSED_ROUTE: Final[Refusal] = "route"
_SHOWN: Final = 500
# Of sizes, and not of how many questions there are: "at most 65536 characters", "state is 70001 bytes".
_TOO_LONG: Final = late_pattern(
    r"(?:exceed\w*|at most|limit(?:ed)?(?: is| of| to)?|maximum(?: is| of)?|(?:longer|larger|more) than)\W+(?:the )?"
    r"(?:limit of )?\d[\d,.]* ?(?:[KM]i?B|bytes|tokens|characters)\b(?! per)"
    r"|\b(?:state|input|text|body|payload|entity|instructions?|questions?) (?:is |are )?"
    r"(?:too (?:long|large)|\d[\d,]* (?:bytes|tokens|characters))",
    re.IGNORECASE,
)
_OTHER: Final = {"systemone": "decisions", "decisions": "systemone"}
_REMEDIES: Final[dict[Refusal, str]] = {
    "key": "Check the key: api_key=, or the variable of the model's provider.",
    # A wrong key is 400 at some gateways.
    "configuration": "Check the model's name, the key (api_key=) and the settings.",
    "passing": "",
    "too long": "",
}


def refusal_of(answer: Answer) -> Refusal:
    """What an error response means."""
    complaint = complaint_of(answer)
    status = answer.status
    if status in (401, 403):
        return "key"
    if status in (404, 405, 501):
        return "route"
    if status == 413 or (complaint is not None and complaint.reason):
        return "too long"
    if status in (408, 429):
        return "passing"
    if _TOO_LONG.search(words_of(answer.body)):
        return "too long"
    return "passing" if status >= 500 else "configuration"


def refused(target: ModelTarget, answer: Answer) -> ScenarioError:
    """The error of an error response, with the server's own words: of the configuration, or of the server."""
    kind = refusal_of(answer)
    words = without_secrets(target, words_of(answer.body)) or "(an empty body)"
    words = words if len(words) <= _SHOWN else words[:_SHOWN] + "…"
    said = f"{target.name} at {server_of(target)} answered with HTTP {answer.status}: {words}"
    if not said.endswith((".", "!", "?", "…")):
        said += "."
    remedy = _route(target) if kind == "route" else _REMEDIES[kind]
    said = f"{said} {remedy}".rstrip()
    if kind in ("key", "route", "configuration"):
        return ConfigurationError(said)
    return ModelResponseError(said, status=answer.status, reason="context_length" if kind == "too long" else "")


def _route(target: ModelTarget) -> str:
    other = _OTHER[target.dialect]
    return (
        f"There is no decision model of that name, or no route /{target.dialect} there. Check api_base=; where the "
        f"server has /{other}, the model is named '{other}/{target.model}'."
    )


def words_of(body: bytes) -> str:
    """What an error says, in one line: an object of OpenAI's shape or FastAPI's, a list of mistakes, or a text."""
    value = read_json(body)
    if value is NOT_JSON:
        return said_in(body)
    detail = value.get("detail") if isinstance(value, Mapping) else None
    if isinstance(detail, list) and detail:
        words = "; ".join(map(_mistake, detail))
    else:
        words = error_of(detail if isinstance(detail, Mapping) else value).message
    return " ".join(words.split())


def _mistake(told: object) -> str:
    """One mistake of a list, with its place: "body.questions.a: Input should be 'choice'"."""
    if not isinstance(told, Mapping) or not isinstance(told.get("msg"), str):
        return write_json(told)
    place = told.get("loc")
    where = ".".join(map(str, place)) if isinstance(place, list) else ""
    return f"{where}: {told['msg']}" if where else str(told["msg"])
