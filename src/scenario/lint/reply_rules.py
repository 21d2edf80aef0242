"""L50 to L52, L63: what was assembled makes sense."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, Final

from scenario.lint.dialect_groups import SHOWS_RESULTS
from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen
from scenario.protocols.folding import CONTRADICTION_CODE
from scenario.protocols.protocol import ReadOptions
from scenario.protocols.registry import DIALECTS, dialect_named
from scenario.types import FunctionCall
from scenario.wire.sse import ServerSentEvent

# These ask for something else than text.
_WITHOUT_TEXT: Final = frozenset({"tool_calls", "tool_use", "tool-calls", "function_call", "content_filter", "refusal"})
# What is shorter than this may be said twice by chance.
_ONE_WAY: Final = "Send either pieces or the whole text so far, and not both under one name."
_SHORTEST_REPEAT: Final = 12
_FEWEST_REPEATS: Final = 3
_LONGEST_FIRST: Final = 200


def calls_tools_soundly(evidence: Evidence) -> Iterator[Seen]:
    """L50: arguments are a JSON object, the tool was offered, and a call has its result."""
    reply = evidence.exchange.reply
    failed = reply.error is not None and reply.error.code != CONTRADICTION_CODE
    if evidence.is_cut or evidence.has_lost_tail or failed:
        return
    offered = _offered(evidence)
    free_form = _free_form(evidence)
    # What a model made of its tool's input, and the server has refused and told of, is no fault of the stream.
    refused: set[str] = set()
    if reply.tool_calls:
        refused = {data.word("toolCallId") for data in evidence.objects if data.word("type") == "tool-input-error"}
    for call in reply.tool_calls:
        if call.id in refused:
            continue
        if call.name not in free_form and call.arguments_raw and not isinstance(call.arguments, dict):
            remedy = "Stream the arguments whole: their pieces, joined, are one JSON object."
            what = f"the arguments of {call.name[:60]!r} are no JSON object: {call.arguments_raw[:80]!r}"
            yield Seen(what, remedy, event=_event_of(evidence, call))
        if offered and call.name not in offered:
            remedy = f"Offered were: {', '.join(sorted(offered))[:200]}."
            yield Seen(f"the tool {call.name[:60]!r} was not offered", remedy, event=_event_of(evidence, call))
    if evidence.dialect in SHOWS_RESULTS and reply.interrupt is None:
        yield from _without_result(evidence, offered)


def _without_result(evidence: Evidence, offered: set[str]) -> Iterator[Seen]:
    """Calls after which the agent went on talking, although nothing says what they gave."""
    reply = evidence.exchange.reply
    answered = {result.id for result in reply.tool_results}
    talked: set[str] = set()
    waiting: list[str] = []
    for message in reply.messages:
        if message.get("role") == "assistant" and message.get("content"):
            talked.update(waiting)
        waiting += [call["id"] for call in message.get("tool_calls") or ()]
    for call in reply.tool_calls:
        if call.id in talked and call.id not in answered and call.name not in offered:
            remedy = "Send the tool's result before what follows from it."
            yield Seen(f"the call of {call.name[:60]!r} has no result", remedy, event=_event_of(evidence, call))


def _offered(evidence: Evidence) -> set[str]:
    """The names of the tools that the request offers; empty where it offers none, or is not known."""
    tools = evidence.asked_for("tools")
    names: set[str] = set()
    for tool in tools if isinstance(tools, list) else ():
        if not isinstance(tool, dict):
            continue
        function = tool.get("function")
        name = function.get("name") if isinstance(function, dict) else tool.get("name")
        if not isinstance(name, str):
            # A tool of the provider's own: what it is called by is not told.
            return set()
        names.add(name)
    # Agents behind AG-UI have tools of their own; what is offered are the client's.
    return set() if evidence.dialect == "ag-ui" else names


def _free_form(evidence: Evidence) -> set[str]:
    """Tools whose input is text by design: OpenAI's custom tools."""
    names: set[str] = set()
    if evidence.dialect != "openai-responses":
        return names
    for data in evidence.objects:
        item: Any = data.get("item")
        if isinstance(item, dict) and item.get("type") == "custom_tool_call":
            names.add(str(item.get("name")))
    return names


def _event_of(evidence: Evidence, call: FunctionCall) -> int | None:
    """The last event that names the call."""
    if not call.id:
        return None
    events = evidence.exchange.events
    return next((index for index in reversed(range(len(events))) if call.id in events[index].data), None)


def says_something(evidence: Evidence) -> Iterator[Seen]:
    """L51: an answer that ended well holds something."""
    reply = evidence.exchange.reply
    if evidence.exchange.outcome != "complete" or reply.text.strip() or reply.interrupt is not None:
        return
    spoke = reply.tool_calls or reply.tool_results or any(message.get("refusal") for message in reply.messages)
    if spoke or reply.finish_reason in _WITHOUT_TEXT or not evidence.was_answered or not evidence.body:
        return
    why = f" (finish reason {reply.finish_reason!r})" if reply.finish_reason else ""
    thought = ", only reasoning came" if reply.reasoning else ""
    yield Seen(
        f"the answer ended well{why} and has no text{thought}",
        "If it is meant to be empty, say why in text; else see whether the text stands in a field that is not read.",
    )


def sends_each_text_once(evidence: Evidence) -> Iterator[Seen]:
    """L52: a piece of a stream of deltas does not repeat what came before it."""
    for note in evidence.exchange.reading.notes:
        if "held everything so far" in note:
            yield Seen(note, _ONE_WAY)
            return
    if not _may_repeat(evidence):
        return
    whole, before, growing = "", "", 0
    for index, text in _texts(evidence):
        repeats = len(whole) >= _SHORTEST_REPEAT and text.startswith(whole)
        growing = growing + 1 if before and text.startswith(before) and len(text) > len(before) else 0
        if repeats or growing >= _FEWEST_REPEATS:
            yield Seen(
                f"the piece {text[:60]!r} repeats the text before it",
                _ONE_WAY,
                event=index,
            )
            return
        whole, before = whole + text, text


def has_one_kind_of_text(evidence: Evidence) -> Iterator[Seen]:
    """L63: what a home-made stream's text is was not left to be guessed."""
    for note in evidence.exchange.reading.notes:
        if note.startswith("joined: "):
            yield Seen(note, 'Say where the text is: RemoteAgent(reply="…"), or name its events "token".')


def _may_repeat(evidence: Evidence) -> bool:
    """Whether it is worth reading the events once more: hardly any stream repeats anything."""
    text = evidence.exchange.reply.text
    if text.find(text[:_SHORTEST_REPEAT], _SHORTEST_REPEAT) > 0:
        return True
    # Two texts of which the second begins with the first: pieces that grow begin so.
    most = min(_LONGEST_FIRST, len(text) // 2) + 1
    size = text.find(text[:1], 1, most) if text else -1
    while size > 0:
        if text.startswith(text[:size], size):
            return True
        size = text.find(text[0], size + 1, most)
    pieces = [event.data for event in evidence.exchange.events if event.content]
    return _grow([*map(len, pieces)]) and _extend(pieces)


def _grow(sizes: Sequence[int]) -> bool:
    """Whether so many sizes are each larger than the one before, which is quick to see."""
    growing, before = 0, 0
    for size in sizes:
        growing = growing + 1 if size > before else 0
        if growing >= _FEWEST_REPEATS:
            return True
        before = size
    return False


def _extend(pieces: Sequence[str]) -> bool:
    """Whether so many pieces are each the one before with something put in."""
    growing, before = 0, ""
    for data in pieces:
        growing = growing + 1 if len(data) > len(before) and _extends(data, before) else 0
        before = data
        if growing >= _FEWEST_REPEATS:
            return True
    return False


def _extends(data: str, before: str) -> bool:
    """Whether one event's data is that of the event before with something put in."""
    same = bisect_left(range(len(before)), 1, key=lambda place: data[: place + 1] != before[: place + 1])
    return data.endswith(before[same:])


def _texts(evidence: Evidence) -> Iterator[tuple[int, str]]:
    """The pieces of text, as the dialect's reader finds them, each with its event."""
    if evidence.dialect not in DIALECTS or evidence.framing not in ("sse", "ndjson"):
        return
    reader = dialect_named(evidence.dialect).reader(ReadOptions(framing=evidence.framing))
    for index, event in enumerate(evidence.exchange.events):
        text = reader.read(ServerSentEvent(event=event.event, data=event.data, id=event.id)).text
        if text:
            yield index, text
