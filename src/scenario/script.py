"""The steps of a script, where code for this API looks for them."""

from scenario.dialogue.steps import (
    ScriptStep,
    agent,
    approve,
    fail,
    judge,
    message,
    proceed,
    reject,
    resume,
    sleep,
    succeed,
    user,
)

__all__ = [
    "ScriptStep",
    "agent",
    "approve",
    "fail",
    "judge",
    "message",
    "proceed",
    "reject",
    "resume",
    "sleep",
    "succeed",
    "user",
]
