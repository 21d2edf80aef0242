"""What a model may be asked to do: a small one judges by log-odds, a decision model decides and says nothing."""

from __future__ import annotations

from typing import Literal

import msgspec


class ModelProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How a model is to be used.

    Attributes:
        judge: "structured" asks for a verdict as JSON; "log-odds" asks yes or no, one criterion at a time;
            "decisions" asks for the probability of each criterion.
        simulate: "chat" gives the model the user's role; "completion" lets it continue a log; None where it cannot.
        tools: whether it can call tools.
        agreement: how often it agreed with labels, as a report prints it; empty where nobody measured.
    """

    judge: Literal["structured", "log-odds", "decisions"]
    simulate: Literal["chat", "completion"] | None
    tools: bool
    agreement: str = ""


# What is assumed of a model that nobody described.
LARGE_MODEL = ModelProfile(judge="structured", simulate="chat", tools=True)
# Of one that answers questions with probabilities and writes nothing.
DECISION_MODEL = ModelProfile(judge="decisions", simulate=None, tools=False)
# The default of the manifest, qwen2.5-coder-1.5b-instruct.
EMBEDDED_MODEL = ModelProfile(
    judge="log-odds",
    simulate="completion",
    tools=False,
    # Measured with benchmarks/embedded_judge.py; to be measured again whenever prompt, shift, band or model change.
    agreement=(
        "54 of 68 labelled criteria without its band (79%, 95% interval 68–87%); with it, 49 decided, 42 of these "
        "right, 3 false passes; in-sample: its settings were chosen on the same kind of criteria"
    ),
)
