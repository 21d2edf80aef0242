"""The judge, where code for this API looks for it."""

from scenario.agents.judge_agent import JudgeAgent

__all__ = ["JudgeAgent"]
