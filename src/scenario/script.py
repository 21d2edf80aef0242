"""The steps of a script, where code for this API looks for them."""

from scenario.dialogue.steps import agent, fail, judge, message, proceed, sleep, succeed, user

__all__ = ["agent", "fail", "judge", "message", "proceed", "sleep", "succeed", "user"]
