"""L40, L41: a reply has one end, and nothing after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from scenario.lint.data import Data
from scenario.lint.data_stream_end import ends_its_data_stream
from scenario.lint.dialect_groups import HOME_MADE, SENTINEL, VERCEL, is_sentinel
from scenario.lint.evidence import Evidence
from scenario.lint.finished_choices import after_a_finish, is_finish
from scenario.lint.home_made_end import after_a_home_made_end, is_closing
from scenario.lint.rule import Seen
from scenario.protocols.registry import DIALECTS

End: TypeAlias = Literal["success", "error"]

_RESPONSES_ENDS: Final = frozenset({"response.completed", "response.incomplete"})
_VERCEL_ENDS: Final = frozenset({"finish", "abort"})


def _stops_workflow(data: Data) -> bool:
    types = data.get("types")
    return data.word("type") == "StopEvent" or (isinstance(types, list) and "StopEvent" in types)


def _ends_agno(data: Data) -> bool:
    return (data.word("event") or "").removeprefix("Team") == "RunCompleted" and not data.get("nested_depth")


# By which event a dialect's reply ends well, and what that event is called.
_ENDS: Final[Mapping[str, tuple[Callable[[Data], bool], str]]] = MappingProxyType(
    {
        "openai-chat": (lambda data: data.event.data == SENTINEL, SENTINEL),
        "openai-responses": (lambda data: data.word("type") in _RESPONSES_ENDS, "response.completed"),
        "anthropic": (lambda data: data.word("type") == "message_stop", "message_stop"),
        "ag-ui": (lambda data: data.word("type") == "RUN_FINISHED", "RUN_FINISHED"),
        "vercel-ui": (lambda data: data.word("type") in _VERCEL_ENDS, "finish"),
        "vercel-full": (lambda data: data.word("type") in _VERCEL_ENDS, "finish"),
        "ollama": (lambda data: data.get("done") is True, '"done": true'),
        "dify": (lambda data: data.word("event") == "message_end", "message_end"),
        "llamaindex": (_stops_workflow, "StopEvent"),
        "agno": (_ends_agno, "RunCompleted"),
        "gradio": (lambda data: data.event.event == "complete", "complete"),
        "sse": (lambda data: data.event.data == SENTINEL, SENTINEL),
        "ndjson": (lambda _: False, "its end"),
        # The end of the body is theirs, or an error.
        "langgraph": (lambda _: False, "its end"),
        "langserve": (lambda _: False, "end"),
        "adk": (lambda _: False, "its end"),
    }
)
# Here another rule demands the end, it is the endpoint's to have one, or it is that of the body.
_DEMANDED_ELSEWHERE: Final = frozenset({"openai-chat", "langgraph", "langserve", "adk"}) | HOME_MADE
# Here a reply that waits for a human is told by another event than a reply's end.
_WAITS_WITHOUT_END: Final = frozenset({"dify", "llamaindex", "agno"})
# What closes a step that failed, and what may follow a reply's end.
_AFTER_AN_ERROR: Final = frozenset({"finish-step", "response.failed", "error"})
_AFTER_THE_END: Final = ("tts_message", "ping")


def ends(evidence: Evidence) -> dict[int, End]:
    """The terminal events, by index."""
    known = _ENDS.get(evidence.dialect)
    if known is None:
        return {}
    is_end = known[0]
    found: dict[int, End] = {index: "error" for index in sorted(evidence.errors) if _is_last_word(evidence, index)}
    for data in evidence.data:
        if data.index not in found and is_end(data):
            found[data.index] = "error" if data.word("finishReason") == "error" else "success"
    return dict(sorted(found.items()))


def _is_last_word(evidence: Evidence, index: int) -> bool:
    """Whether an error ends the run: ADK's agents go on after one of their model's."""
    return evidence.dialect != "adk" or "error" in evidence.data[index].value


def has_one_end(evidence: Evidence) -> Iterator[Seen]:
    """L40: one terminal event, and it is the last one."""
    yield from _ends_in_its_own_way(evidence)
    if evidence.dialect not in _ENDS or not evidence.data:
        return
    found = ends(evidence)
    if not found:
        if _is_owed(evidence):
            name = _ENDS[evidence.dialect][1]
            remedy = f"End every reply with {name}: without it, a cut stream looks like a whole answer."
            yield Seen(f"the stream ended without its terminal event ({name})", remedy, event=len(evidence.data) - 1)
    elif found[next(iter(found))] == "success":
        yield from _after_a_success(evidence, found)
    elif not any(True for _ in fails_for_good(evidence)):
        yield from _after_an_error(evidence, found)
    if evidence.dialect == "openai-chat" and not evidence.errors:
        yield from after_a_finish(evidence)
    elif evidence.dialect in ("sse", "ndjson") and not found:
        yield from after_a_home_made_end(evidence)


def _ends_in_its_own_way(evidence: Evidence) -> Iterator[Seen]:
    match evidence.dialect:
        case "agentcore":
            return _closes_its_message(evidence)
        case "vercel-data":
            return ends_its_data_stream(evidence)
        case dialect:
            return iter(()) if dialect in DIALECTS else _ends_as_its_reader_says(evidence)


def _ends_as_its_reader_says(evidence: Evidence) -> Iterator[Seen]:
    """Of a dialect that another package brings: nothing but its reader knows which event ends a reply."""
    if evidence.exchange.outcome != "truncated" or not evidence.data or evidence.framing == "json":
        return
    if not (evidence.errors or evidence.is_cut or evidence.has_lost_tail):
        remedy = "End every reply with the event that says so: without it, a cut stream looks like a whole answer."
        yield Seen("the stream ended without its terminal event", remedy, event=len(evidence.data) - 1)


def _after_a_success(evidence: Evidence, found: dict[int, End]) -> Iterator[Seen]:
    first = next(iter(found))
    name = _ENDS[evidence.dialect][1]
    is_anthropic = evidence.dialect == "anthropic"
    told = not is_anthropic or any(data.word("type") == "message_delta" for data in evidence.data[:first])
    closed = evidence.data[first].event.data == SENTINEL
    for data in evidence.data[first + 1 :]:
        if is_sentinel(data.event.data):
            if closed:
                yield Seen("a second [DONE] came", "Send it once, as the last event.", data.index)
            closed = True
        elif data.index in found:
            yield Seen(f"a second terminal event came: {_name(data)}", "Send it once, as the last event.", data.index)
        elif not told and data.word("type") == "message_delta":
            # It has changed places with the end, as the dialect's own rule tells.
            continue
        elif not _may_follow(data):
            remedy = f"Send nothing after {name}: readers have stopped there."
            yield Seen(f"an event came after the terminal one: {_name(data)}", remedy, data.index)


def _after_an_error(evidence: Evidence, found: dict[int, End]) -> Iterator[Seen]:
    first = next(iter(found))
    for data in evidence.data[first + 1 :]:
        is_close = data.word("type") in _AFTER_AN_ERROR or (evidence.dialect in HOME_MADE and is_closing(data))
        if not (is_close or data.index in found or is_sentinel(data.event.data) or _may_follow(data)):
            remedy = "End a failed run with its error: readers have stopped there."
            yield Seen(f"an event came after the terminal one: {_name(data)}", remedy, data.index)


def _closes_its_message(evidence: Evidence) -> Iterator[Seen]:
    """Of Converse, whose messages each have a stop."""
    opened: int | None = None
    for data in evidence.objects:
        event = data.get("event")
        if isinstance(event, dict):
            opened = data.index if "messageStart" in event else None if "messageStop" in event else opened
    if opened is not None and not (evidence.errors or evidence.is_cut or evidence.has_lost_tail):
        remedy = "End every message with messageStop: without it, a cut stream looks like a whole answer."
        yield Seen("the stream ended without its terminal event (messageStop)", remedy, event=len(evidence.data) - 1)


def _is_owed(evidence: Evidence) -> bool:
    """Whether an end is missing that no other rule misses, and that no other finding explains."""
    if evidence.dialect in _DEMANDED_ELSEWHERE or evidence.framing == "json":
        return False
    if evidence.dialect == "dify" and any(data.word("event") == "workflow_finished" for data in evidence.data):
        # Workflows end with this, chats with message_end after it.
        return False
    waits = evidence.exchange.reply.interrupt is not None and evidence.dialect in _WAITS_WITHOUT_END
    return not (evidence.is_cut or evidence.has_lost_tail or waits)


def _may_follow(data: Data) -> bool:
    return data.event.data == "" or data.word("event").startswith(_AFTER_THE_END)


def fails_for_good(evidence: Evidence) -> Iterator[Seen]:
    """L41: after an error, no event says that the run went well."""
    if evidence.dialect in VERCEL:
        # The AI SDK closes a failed stream with its `finish`, too.
        return
    if not evidence.errors:
        return
    found = ends(evidence)
    if evidence.dialect == "openai-chat":
        found |= {data.index: "success" for data in evidence.objects if data.index not in found and is_finish(data)}
    failed: int | None = None
    for index, end in sorted(found.items()):
        if end == "error":
            failed = index if failed is None else failed
        elif failed is not None and not is_sentinel(evidence.data[index].event.data):
            yield Seen(
                f"{_name(evidence.data[index])} came after the error of event {failed + 1}",
                "End a failed run with its error: a success after it hides it from clients that look at the end.",
                index,
            )


def _name(data: Data) -> str:
    name = data.word("type") or data.word("event") or ("" if data.event.event == "message" else data.event.event)
    return name or repr(data.event.data[:60])
