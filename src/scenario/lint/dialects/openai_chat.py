"""L42: OpenAI's chat completions."""

from __future__ import annotations

from collections.abc import Iterator

from scenario.lint.dialect_groups import is_sentinel
from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen


def is_whole_completion(evidence: Evidence) -> Iterator[Seen]:
    """L42: each choice has its finish reason, `[DONE]` comes, the id stays, usage comes where it was asked for."""
    if evidence.framing != "sse" or not evidence.data:
        return
    yield from _keeps_its_id(evidence)
    if evidence.errors or evidence.is_cut or evidence.has_lost_tail:
        return
    last = len(evidence.data) - 1
    # It is the last event of nearly every stream.
    has_end = any(is_sentinel(data.event.data) for data in reversed(evidence.data))
    if not has_end:
        remedy = "End the stream with `data: [DONE]`: it is how clients tell an end from a cut."
        yield Seen("the stream ended without [DONE]", remedy, last)
    unfinished = _unfinished(evidence)
    for choice in unfinished:
        remedy = 'Send a last chunk with "finish_reason" for each choice: "stop", "length" or "tool_calls".'
        yield Seen(f"choice {choice} has no finish_reason", remedy, last)
    # Usage comes between the two: where one of them is missing, it is missing with it.
    is_whole = has_end and not unfinished
    asked = evidence.asked_for("stream_options", "include_usage") is True
    if is_whole and asked and evidence.exchange.reply.usage is None:
        remedy = 'Send a last chunk with "usage" and "choices": [] where stream_options.include_usage asks for it.'
        yield Seen("usage was asked for, and none came", remedy, level="warning")


def _keeps_its_id(evidence: Evidence) -> Iterator[Seen]:
    first = ""
    for data in evidence.objects:
        name = data.value.get("id")
        if name == first or type(name) is not str:
            continue
        if name and first:
            remedy = "Give all chunks of one completion the same id."
            yield Seen(f"the id changed from {first[:60]!r} to {name[:60]!r}", remedy, data.index)
            return
        first = first or name


def _unfinished(evidence: Evidence) -> list[int]:
    """The choices without a finish reason."""
    finished: dict[int, bool] = {}
    for data in evidence.objects:
        choices = data.value.get("choices")
        for choice in choices if type(choices) is list else ():
            if type(choice) is dict:
                index = choice.get("index")
                key = index if type(index) is int else 0
                finished[key] = bool(choice.get("finish_reason")) or finished.get(key, False)
    return [index for index, done in finished.items() if not done] if finished else [0]
