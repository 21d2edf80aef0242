"""L40, L41: a reply has one end, and nothing after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from scenario.lint.data import Data
from scenario.lint.dialect_groups import SENTINEL, VERCEL
from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen

End: TypeAlias = Literal["success", "error"]

_RESPONSES_ENDS: Final = frozenset({"response.completed", "response.incomplete"})
_VERCEL_ENDS: Final = frozenset({"finish", "abort"})


def _stops_workflow(data: Data) -> bool:
    types = data.get("types")
    return data.word("type") == "StopEvent" or (isinstance(types, list) and "StopEvent" in types)


# By which event a dialect's reply ends well, and what that event is called.
_ENDS: Final[Mapping[str, tuple[Callable[[Data], bool], str]]] = MappingProxyType(
    {
        "openai-chat": (lambda data: data.event.data == SENTINEL, SENTINEL),
        "openai-responses": (lambda data: data.word("type") in _RESPONSES_ENDS, "response.completed"),
        "anthropic": (lambda data: data.word("type") == "message_stop", "message_stop"),
        "ag-ui": (lambda data: data.word("type") == "RUN_FINISHED", "RUN_FINISHED"),
        "vercel-ui": (lambda data: data.word("type") in _VERCEL_ENDS, "finish"),
        "ollama": (lambda data: data.get("done") is True, '"done": true'),
        "dify": (lambda data: data.word("event") == "message_end", "message_end"),
        "llamaindex": (_stops_workflow, "StopEvent"),
        "sse": (lambda data: data.event.data == SENTINEL, SENTINEL),
    }
)
# Here another rule demands the end, or it is the endpoint's to have one.
_DEMANDED_ELSEWHERE: Final = frozenset({"openai-chat", "sse"})
# What closes a step that failed, and what may follow a reply's end.
_AFTER_AN_ERROR: Final = frozenset({"finish-step", "response.failed", "error"})
_AFTER_THE_END: Final = ("tts_message", "ping")


def ends(evidence: Evidence) -> dict[int, End]:
    """The terminal events, by index."""
    known = _ENDS.get(evidence.dialect)
    if known is None:
        return {}
    is_end = known[0]
    found: dict[int, End] = dict.fromkeys(sorted(evidence.errors), "error")
    for data in evidence.data:
        if data.index not in found and is_end(data):
            found[data.index] = "error" if data.word("finishReason") == "error" else "success"
    return dict(sorted(found.items()))


def has_one_end(evidence: Evidence) -> Iterator[Seen]:
    """L40: one terminal event, and it is the last one."""
    if evidence.dialect not in _ENDS or not evidence.data:
        return
    name = _ENDS[evidence.dialect][1]
    found = ends(evidence)
    if not found:
        if _is_owed(evidence):
            remedy = f"End every reply with {name}: without it, a cut stream looks like a whole answer."
            yield Seen(f"the stream ended without its terminal event ({name})", remedy, event=len(evidence.data) - 1)
        return
    first = next(iter(found))
    for data in evidence.data[first + 1 :]:
        if data.index in found and found[first] == "error":
            continue
        if data.index in found:
            yield Seen(f"a second terminal event came: {_name(data)}", "Send it once, as the last event.", data.index)
        elif not _may_follow(data, found[first]):
            remedy = f"Send nothing after {name}: readers have stopped there."
            yield Seen(f"an event came after the terminal one: {_name(data)}", remedy, data.index)


def _is_owed(evidence: Evidence) -> bool:
    """Whether an end is missing that no other rule misses, and that no other finding explains."""
    if evidence.dialect in _DEMANDED_ELSEWHERE or evidence.framing == "json":
        return False
    if evidence.dialect == "dify" and any(data.word("event") == "workflow_finished" for data in evidence.data):
        # Workflows end with this, chats with message_end after it.
        return False
    return not (evidence.is_cut or evidence.has_lost_tail or evidence.exchange.reply.interrupt is not None)


def _may_follow(data: Data, end: End) -> bool:
    if data.event.data.strip().upper() in (SENTINEL, "DONE") or data.event.data == "":
        return True
    if end == "error" and data.word("type") in _AFTER_AN_ERROR:
        return True
    return data.word("event").startswith(_AFTER_THE_END)


def fails_for_good(evidence: Evidence) -> Iterator[Seen]:
    """L41: after an error, no event says that the run went well."""
    if evidence.dialect in VERCEL:
        # The AI SDK closes a failed stream with its `finish`, too.
        return
    failed: int | None = None
    for index, end in ends(evidence).items():
        if end == "error":
            failed = index if failed is None else failed
        elif failed is not None and evidence.data[index].event.data != SENTINEL:
            yield Seen(
                f"{_name(evidence.data[index])} came after the error of event {failed}",
                "End a failed run with its error: a success after it hides it from clients that look at the end.",
                index,
            )


def _name(data: Data) -> str:
    name = data.word("type") or data.word("event") or ("" if data.event.event == "message" else data.event.event)
    return name or repr(data.event.data[:60])
