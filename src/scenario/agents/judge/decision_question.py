"""What a decision model is asked about a statement. Pure."""

from __future__ import annotations


def question_about(stated: str) -> str:
    """What a decision model is asked about a statement, a criterion's or a control's."""
    return f"Is this true of the conversation in the transcript? {stated}"
