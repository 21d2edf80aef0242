"""What a model may be asked to do: a small one judges by log-odds, a decision model decides and says nothing."""

from __future__ import annotations

from typing import Literal

import msgspec

from scenario.llm.embedded.measured import MEASURED, Measured


class ModelProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How a model is to be used.

    Attributes:
        judge: "structured" asks for a verdict as JSON; "log-odds" asks yes or no, one criterion at a time;
            "decisions" asks for the probability of each criterion.
        simulate: "chat" gives the model the user's role; "completion" lets it continue a log; None where it cannot.
        tools: whether it can call tools.
        measured: how it does as a judge, on labels; None where nobody measured.
    """

    judge: Literal["structured", "log-odds", "decisions"]
    simulate: Literal["chat", "completion"] | None
    tools: bool
    measured: Measured | None = None


# What is assumed of a model that nobody described.
LARGE_MODEL = ModelProfile(judge="structured", simulate="chat", tools=True)
# Of one that answers questions with probabilities and writes nothing.
DECISION_MODEL = ModelProfile(judge="decisions", simulate=None, tools=False)
# The default of the manifest, qwen2.5-coder-1.5b-instruct.
EMBEDDED_MODEL = ModelProfile(
    judge="log-odds",
    simulate="completion",
    tools=False,
    measured=MEASURED,
)
