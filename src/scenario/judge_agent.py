"""The judge, where code for this API looks for it."""

from scenario.agents.judge.agent import JudgeAgent

__all__ = ["JudgeAgent"]
