"""L44: Anthropic's messages."""

from __future__ import annotations

from collections.abc import Iterator

from scenario.lint.dialects.parts import Parts, Phase, Step
from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen

_PHASES: dict[str, Phase] = {
    "content_block_start": "start",
    "content_block_delta": "go on",
    "content_block_stop": "end",
}


def follows_messages(evidence: Evidence) -> Iterator[Seen]:
    """L44: message_start first, each block from start to stop, message_delta before message_stop."""
    if evidence.framing != "sse":
        return
    parts = Parts()
    began = told = False
    for data in evidence.objects:
        name = data.word("type")
        if name in ("ping", "error", ""):
            continue
        if not began and name != "message_start":
            remedy = "Send message_start before everything else."
            yield Seen(f"the first event is {name[:60]!r}", remedy, data.index)
        elif began and name == "message_start":
            yield Seen("message_start came a second time", "Send one message to a stream.", data.index)
        began = True
        told = told or name == "message_delta"
        if name in _PHASES:
            step = Step(_PHASES[name], "block", str(data.get("index")))
            yield from parts.take(step, data.index, name)
        elif name == "message_stop":
            yield from parts.left_open({"block": "content_block_stop"})
            if not told:
                remedy = "Send message_delta with the stop_reason and the usage before it."
                yield Seen("message_stop came without a message_delta", remedy, data.index)
            # What comes after it is another rule's.
            return
