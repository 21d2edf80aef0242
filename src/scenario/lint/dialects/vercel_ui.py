"""L47: the AI SDK's UI message stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scenario.lint.data import Data
from scenario.lint.dialect_groups import is_sentinel
from scenario.lint.dialects.parts import Parts, Phase, Step
from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen

_STEPS: Final[dict[str, tuple[Phase, str, str]]] = {
    "text-start": ("start", "text", "id"),
    "text-delta": ("go on", "text", "id"),
    "text-end": ("end", "text", "id"),
    "reasoning-start": ("start", "reasoning", "id"),
    "reasoning-delta": ("go on", "reasoning", "id"),
    "reasoning-end": ("end", "reasoning", "id"),
    "tool-input-start": ("start", "tool input", "toolCallId"),
    "tool-input-delta": ("go on", "tool input", "toolCallId"),
}
_CLOSES_INPUT: Final = frozenset({"tool-input-available", "tool-input-error"})
_HEADER: Final = "x-vercel-ai-ui-message-stream"


def follows_ui_stream(evidence: Evidence) -> Iterator[Seen]:
    """L47: start first, parts are balanced, the header is there, `[DONE]` is last."""
    if evidence.framing != "sse" or not evidence.data:
        return
    if _HEADER not in evidence.headers and evidence.has_whole_head:
        yield Seen(f"there is no header {_HEADER}", f"Send {_HEADER}: v1: clients tell the stream by it.")
    parts = Parts()
    inputs: set[str] = set()
    failed = False
    # Data that is not kept may come before the message: the SDK's own guide sends a status so.
    first = next((data for data in evidence.data if not _is_transient(data)), evidence.data[0])
    if first.word("type") not in ("start", "error"):
        yield Seen(f"the first part is {first.word('type')[:60]!r}", "Begin with a part of type start.", first.index)
    for data in evidence.objects:
        name = data.word("type")
        failed = failed or name in ("error", "abort")
        if name in _STEPS:
            phase, kind, key = _STEPS[name]
            if name == "tool-input-start":
                inputs.add(data.word(key))
            yield from parts.take(Step(phase, kind, data.word(key)), data.index, name)
        elif name in _CLOSES_INPUT and data.word("toolCallId") in inputs:
            inputs.discard(data.word("toolCallId"))
            yield from parts.take(Step("end", "tool input", data.word("toolCallId")), data.index, name)
    if failed or evidence.is_cut or evidence.has_lost_tail:
        return
    yield from parts.left_open({"text": "text-end", "reasoning": "reasoning-end", "tool input": "tool-input-available"})
    if not any(is_sentinel(data.event.data) for data in evidence.data):
        yield Seen("the stream ended without [DONE]", "End it with `data: [DONE]`.", evidence.data[-1].index)


def _is_transient(data: Data) -> bool:
    return data.word("type").startswith("data-")
