"""Holds requests and answers of OpenAI Decisions against the types of the `openai` package; a line of JSON for each.

From standard input: {"request": …} or {"answer": …}. To standard output: "" where it has that shape, else a mistake.
"""

from __future__ import annotations

import json
import sys

import pydantic
from openai.types.decision import Decision
from openai.types.decision_create_params import DecisionCreateParams, QuestionQuestionParamPredicate

# Servers refuse what is not documented.
for _kind in (DecisionCreateParams, QuestionQuestionParamPredicate):
    _kind.__pydantic_config__ = pydantic.ConfigDict(extra="forbid")
_REQUEST = pydantic.TypeAdapter(DecisionCreateParams)


def mistake_in(told: dict[str, dict[str, object]]) -> str:
    """What is wrong with a request or an answer; "" where nothing is."""
    try:
        if "request" in told:
            # Lists of a request are read when they are gone through.
            list(_REQUEST.validate_python(told["request"], strict=True)["questions"])
        else:
            Decision.model_validate(told["answer"], strict=True)
    except pydantic.ValidationError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(mistake_in(json.loads(line))) + "\n")
