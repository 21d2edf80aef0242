"""What a model may be asked to do: a small one judges by log-odds and simulates by continuing a log."""

from __future__ import annotations

from typing import Literal

import msgspec


class ModelProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How a model is to be used.

    Attributes:
        judge: "structured" asks for a verdict as JSON; "log-odds" asks yes or no, one criterion at a time.
        simulate: "chat" gives the model the user's role; "completion" lets it continue a log.
        tools: whether it can call tools.
        agreement: how often it agreed with labels, as a report prints it; empty where nobody measured.
    """

    judge: Literal["structured", "log-odds"]
    simulate: Literal["chat", "completion"]
    tools: bool
    agreement: str = ""


LARGE_MODEL = ModelProfile(judge="structured", simulate="chat", tools=True)
EMBEDDED_MODEL = ModelProfile(
    judge="log-odds",
    simulate="completion",
    tools=False,
    agreement="",
)
