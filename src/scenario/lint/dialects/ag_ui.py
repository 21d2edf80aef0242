"""L43: AG-UI.

Source: the package ag-ui-protocol 1.0 and the verification that @ag-ui/client applies; the names of 0.1 are taken, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scenario.lint.data import Data
from scenario.lint.dialects.parts import Parts, Step
from scenario.lint.evidence import Evidence
from scenario.lint.heartbeat_rules import heartbeat
from scenario.lint.rule import Seen
from scenario.protocols.json_text import NOT_JSON, read_json

# For each event that belongs to a part: what it does, the part's kind, and the key of its id.
_STEPS: Final = {
    "TEXT_MESSAGE_START": ("start", "message", "messageId"),
    "TEXT_MESSAGE_CONTENT": ("go on", "message", "messageId"),
    "TEXT_MESSAGE_END": ("end", "message", "messageId"),
    "TOOL_CALL_START": ("start", "tool call", "toolCallId"),
    "TOOL_CALL_ARGS": ("go on", "tool call", "toolCallId"),
    "TOOL_CALL_END": ("end", "tool call", "toolCallId"),
    "REASONING_START": ("start", "reasoning", "messageId"),
    "REASONING_END": ("end", "reasoning", "messageId"),
    "REASONING_MESSAGE_START": ("start", "reasoning message", "messageId"),
    "REASONING_MESSAGE_CONTENT": ("go on", "reasoning message", "messageId"),
    "REASONING_MESSAGE_END": ("end", "reasoning message", "messageId"),
    "THINKING_START": ("start", "thinking", ""),
    "THINKING_END": ("end", "thinking", ""),
    "THINKING_TEXT_MESSAGE_START": ("start", "thinking message", ""),
    "THINKING_TEXT_MESSAGE_CONTENT": ("go on", "thinking message", ""),
    "THINKING_TEXT_MESSAGE_END": ("end", "thinking message", ""),
    "STEP_STARTED": ("start", "step", "stepName"),
    "STEP_FINISHED": ("end", "step", "stepName"),
}
_OTHERS: Final = frozenset(
    {
        "RUN_STARTED", "RUN_FINISHED", "RUN_ERROR", "TEXT_MESSAGE_CHUNK", "TOOL_CALL_CHUNK", "TOOL_CALL_RESULT",
        "REASONING_MESSAGE_CHUNK", "REASONING_ENCRYPTED_VALUE", "STATE_SNAPSHOT", "STATE_DELTA", "MESSAGES_SNAPSHOT",
        "ACTIVITY_SNAPSHOT", "ACTIVITY_DELTA", "SUBAGENT_STARTED", "SUBAGENT_FINISHED", "SUBAGENT_ERROR", "RAW",
        "CUSTOM", "META",
    }
)  # fmt: skip
_ENDS: Final = {
    "message": "TEXT_MESSAGE_END",
    "tool call": "TOOL_CALL_END",
    "reasoning": "REASONING_END",
    "reasoning message": "REASONING_MESSAGE_END",
    "thinking": "THINKING_END",
    "thinking message": "THINKING_TEXT_MESSAGE_END",
    "step": "STEP_FINISHED",
}


def follows_ag_ui(evidence: Evidence) -> Iterator[Seen]:
    """L43: the run begins first, parts are balanced, arguments are JSON, types are known, interrupts are not empty."""
    parts = Parts()
    arguments: dict[str, list[str]] = {}
    named = [data for data in evidence.objects if data.word("type")]
    if named and named[0].word("type") not in ("RUN_STARTED", "RUN_ERROR"):
        remedy = "Send RUN_STARTED before everything else."
        yield Seen(f"the first event is {named[0].word('type')[:60]!r}", remedy, named[0].index)
    for data in named:
        yield from _take(data, parts, arguments)
        if data.word("type") in ("RUN_ERROR", "RUN_FINISHED"):
            # What an error leaves open is closed by it.
            if data.word("type") == "RUN_FINISHED":
                yield from parts.left_open(_ENDS)
                yield from _empty_interrupt(data)
            parts = Parts()


def _take(data: Data, parts: Parts, arguments: dict[str, list[str]]) -> Iterator[Seen]:
    name = data.word("type")
    if name not in _STEPS:
        # A heartbeat is another rule's.
        if name not in _OTHERS and not heartbeat(data):
            remedy = "Send events of your own as CUSTOM (with a name and a value) or RAW."
            yield Seen(f"AG-UI has no event {name[:60]!r}", remedy, data.index)
        return
    phase, kind, key_name = _STEPS[name]
    key = data.word(key_name) if key_name else ""
    yield from parts.take(Step(phase, kind, key), data.index, name)  # type: ignore[arg-type]
    if name == "TOOL_CALL_ARGS":
        arguments.setdefault(key, []).append(data.word("delta"))
    elif name == "TOOL_CALL_END" and (text := "".join(arguments.pop(key, []))) and read_json(text) is NOT_JSON:
        remedy = "The pieces of TOOL_CALL_ARGS, joined, are the JSON of the arguments."
        yield Seen(f"the arguments of tool call {key[:60]!r} are no JSON: {text[:80]!r}", remedy, data.index)


def _empty_interrupt(data: Data) -> Iterator[Seen]:
    outcome = data.get("outcome")
    if isinstance(outcome, dict) and outcome.get("type") == "interrupt" and not outcome.get("interrupts"):
        remedy = "Name in `interrupts` what the run waits for: without an id nothing can be answered."
        yield Seen("the run ended with an interrupt and names none", remedy, data.index)
