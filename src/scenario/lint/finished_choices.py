"""L40 of OpenAI's chat: a choice ends with its finish reason, before `[DONE]`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from scenario.lint.data import Data
from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen

_CONTENT: Final = ("content", "tool_calls", "reasoning_content", "reasoning", "refusal")


def is_finish(data: Data) -> bool:
    """Whether a chunk says that a choice has ended well."""
    return any(choice.get("finish_reason") not in (None, "", "error") for choice in _choices(data))


def after_a_finish(evidence: Evidence) -> Iterator[Seen]:
    """What comes for a choice after its finish reason."""
    finished: set[object] = set()
    for data in evidence.objects:
        for choice in _choices(data):
            index, reason = choice.get("index"), choice.get("finish_reason")
            if index in finished and (what := _late(choice)):
                remedy = "Send finish_reason once, with the choice's last chunk: readers have stopped there."
                yield Seen(f"{what} came for choice {index} after its finish_reason", remedy, data.index)
            if reason and isinstance(index, int | None):
                finished.add(index)


def _late(choice: dict[str, Any]) -> str:
    if choice.get("finish_reason"):
        return "a second finish_reason"
    delta = choice.get("delta")
    return next((key for key in _CONTENT if delta.get(key)), "") if isinstance(delta, dict) else ""


def _choices(data: Data) -> list[dict[str, Any]]:
    choices = data.get("choices")
    return [one for one in choices if type(one) is dict] if type(choices) is list else []
