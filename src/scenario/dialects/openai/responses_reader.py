"""How an answer of the Responses API is read, events or a whole response; see `scenario.dialects.openai.responses`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from scenario.dialects.openai.chat import usage_of
from scenario.dialects.openai.responses_items import (
    INPUT_KEYS,
    JSON_CALLS,
    Item,
    Key,
    WholeOutput,
    call_difference,
    difference,
    first,
    is_call,
    key_of,
    text_in,
    told_call,
    word,
)
from scenario.dialects.openai.responses_numbering import Numbering
from scenario.dialects.openai.responses_replays import Replays
from scenario.dialects.openai.responses_shape import SHAPES, Response
from scenario.protocols.call_arguments import settled
from scenario.protocols.errors_in_json import error_in, error_of
from scenario.protocols.json_text import is_same_json, read_json, repaired, write_arguments
from scenario.protocols.protocol import (
    END,
    ERROR,
    MALFORMED,
    NOTHING,
    REASONING,
    TOOL_CALL,
    Brought,
    Ending,
    Reader,
)
from scenario.protocols.shapes import misfit
from scenario.types import Reply
from scenario.wire.sse import ServerSentEvent

_TERMINAL: Final = frozenset(
    {"response.completed", "response.incomplete", "response.failed", "response.cancelled", "response.done"}
)
_ARGUMENTS: Final = (
    "response.function_call_arguments",
    "response.mcp_call_arguments",
    "response.custom_tool_call_input",
    "response.code_interpreter_call_code",
)
_ARGUMENT_DELTAS: Final = frozenset(f"{name}.delta" for name in _ARGUMENTS)
_ARGUMENT_ENDS: Final = frozenset(f"{name}.done" for name in _ARGUMENTS)
_JSON_DELTAS: Final = ("response.function_call_arguments.delta", "response.mcp_call_arguments.delta")
_OUTPUT_KEYS: Final = ("output", "outputs", "results", "tools")


class _TextDelta(msgspec.Struct, gc=False):
    """An event that brings nothing but text."""

    type: Literal["response.output_text.delta"]
    output_index: int
    delta: str
    sequence_number: int | None = None


class OpenAIResponsesReader(Reader):
    """Folds events into a reply; a whole response is read as the items that it has."""

    decode_text = msgspec.json.Decoder(_TextDelta).decode

    def __init__(self, protocol: str) -> None:
        super().__init__(protocol)
        self._items: dict[Key, Item] = {}
        # Calls belong to the message before them, until a tool's result stands in between.
        self._message: object = ""
        self._approvals: dict[str, dict[str, Any]] = {}
        self._results: set[str] = set()
        self._has_reasoning = False
        self._last_call = ""
        self._replays = Replays()
        self._numbering = Numbering()
        self._number: int | None = None
        self._before = ""

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        if self.over:
            return NOTHING
        value = read_json(event.data)
        if type(value) is not dict:
            return MALFORMED if event.data.strip() not in ("", "[DONE]") else NOTHING
        if self._replays.has(value, event.data):
            return NOTHING
        number = value.get("sequence_number")
        self._numbering.note(number if type(number) is int else None)
        self.begun = True
        kind = value.get("type")
        if not isinstance(kind, str):
            kind = event.event
            if not kind.startswith("response.") or "object" in value or "error" in value:
                return self._untyped(kind, value)
        if (shape := SHAPES.get(kind)) and (wrong := misfit(value, shape)) is not None:
            return wrong
        if kind == "response.output_text.delta":
            return self._text(self._item(value), value.get("delta"))
        return self._typed(kind, value)

    def read_texts(self, data: Sequence[str], name: str) -> list[str] | None:
        """Take in pieces of text, and note their numbers."""
        pieces = super().read_texts(data, name)
        if pieces is not None:
            self._replays.note(self._number, data)
            self._numbering.note(self._number, len(data))
        return pieces

    def _texts_in(self, values: list[_TextDelta], /) -> list[str]:
        return [value.delta for value in values]

    def _take_texts(self, texts: list[str], values: list[_TextDelta], _name: str, /) -> list[str] | None:
        index = values[0].output_index
        if self._message != index or {value.output_index for value in values} != {index}:
            return None
        self._number = values[0].sequence_number
        if not self._replays.are_new(self._number, values[-1].sequence_number, len(texts)):
            return None
        return self.reply.more_text(texts, index)

    def follows(self, before: Reader) -> None:
        """Read what comes after a response: another one, or the end of the same one again."""
        super().follows(before)
        self._before = word(before.reply.session.get("response_id"))

    def is_whole(self) -> bool:
        """Never before the terminal event."""
        return False

    def finish(self, ending: Ending) -> Reply:
        """The reply, held against its events' numbers."""
        if (said := self._numbering.contradiction) is not None:
            self.reply.contradict(said)
        return super().finish(ending)

    def _typed(self, kind: str, value: dict[str, Any]) -> Brought:
        if kind in _ARGUMENT_DELTAS:
            return self._fragment(self._item(value), value.get("delta"), free_text=kind not in _JSON_DELTAS)
        if kind.startswith("response.reasoning"):
            return self._thought(kind, self._item(value), value)
        if kind in _ARGUMENT_ENDS:
            return self._whole_arguments(self._item(value), first(value, INPUT_KEYS))
        if kind in _TERMINAL or kind == "response":
            return self._end(kind, value.get("response"))
        match kind:
            case "response.output_item.added" | "response.output_item.done":
                return self._output(self._item(value), value.get("item"), done=kind.endswith("done"))
            case "response.refusal.delta":
                return self._refusal(self._item(value), value.get("delta"))
            case "response.output_text.done" | "response.refusal.done":
                return self._parts(self._item(value), [value])
            case "response.content_part.done":
                return self._parts(self._item(value), [value.get("part")])
            case "error" | "response.error":
                return self._failed(value)
        self._note(value.get("response"))
        return NOTHING

    def _untyped(self, name: str, value: dict[str, Any]) -> Brought:
        """A whole response, or an error in its place."""
        if value.get("object") == "response" and (name == "message" or name in _TERMINAL):
            return misfit(value, Response) or self._end("response" if name == "message" else name, value)
        if name == "error" or error_in(value) is not None:
            return self._failed(value)
        return NOTHING if value.get("type") is None else MALFORMED

    def _item(self, value: dict[str, Any]) -> Item:
        """The output item that an event is of."""
        key = key_of(value)
        item = self._items.get(key)
        if item is None:
            item = self._items[key] = Item(key)
        return item

    def _text(self, item: Item, text: object) -> Brought:
        if not isinstance(text, str) or not text:
            return NOTHING
        item.has_text = True
        self._message = item.key
        return Brought("text", self.reply.text(text, item.key))

    def _refusal(self, item: Item, text: object) -> Brought:
        if not isinstance(text, str) or not text:
            return NOTHING
        item.has_text = True
        self._message = item.key
        self.reply.message(item.key).refusal.append(text)
        return REASONING

    def _thought(self, kind: str, item: Item, value: dict[str, Any]) -> Brought:
        """Reasoning as the model had it, or its summary; whole texts count where there was no delta."""
        text = value.get("delta") if kind.endswith(".delta") else value.get("text")
        if not isinstance(text, str) or not text or (not kind.endswith(".delta") and item.has_reasoning):
            return NOTHING
        item.has_reasoning = True
        self._has_reasoning = True
        self.reply.reasoning(text)
        return REASONING

    def _output(self, item: Item, output: object, *, done: bool) -> Brought:
        """An output item, begun or whole."""
        if not isinstance(output, dict):
            return NOTHING
        kind = word(output.get("type"))
        if kind == "message":
            self._message = item.key
            return self._parts(item, output.get("content"), all_parts=True) if done else NOTHING
        if kind == "reasoning":
            return self._reasoned(item, output) if done and not item.has_reasoning else NOTHING
        if kind == "mcp_approval_request":
            return self._ask(output)
        if is_call(kind):
            return self._called(item, kind, output, done=done)
        if kind.endswith("_output") and done:
            # Some of the API's own tools give their calls no id of their own.
            call_id = word(output.get("call_id")) or self._last_call or word(output.get("id"))
            self._result(call_id, first(output, (*_OUTPUT_KEYS, "result")))
        return NOTHING

    def _parts(self, item: Item, parts: object, *, all_parts: bool = False) -> Brought:
        """Parts of a message that are whole: they count where no delta has brought them, and must equal what has."""
        if item.has_text:
            self._compare(item, parts, all_parts=all_parts)
            return NOTHING
        texts: list[str] = []
        brought = NOTHING
        for part in parts if isinstance(parts, list) else [parts]:
            if isinstance(part, str):
                texts.append(self._text(item, part).text)
            elif isinstance(part, dict) and part.get("type") != "reasoning_text":
                if isinstance(part.get("refusal"), str):
                    brought = self._refusal(item, part["refusal"])
                else:
                    texts.append(self._text(item, part.get("text")).text)
        text = "".join(texts)
        return Brought("text", text) if text else brought

    def _compare(self, item: Item, parts: object, *, all_parts: bool) -> None:
        """Hold what the deltas have brought against the whole that is told at their end."""
        whole, told = text_in(parts), self._told(item)
        if whole and told and (told != whole if all_parts else not told.endswith(whole)):
            self.reply.contradict(difference(item.key, told, whole))

    def _told(self, item: Item) -> str:
        """What the deltas of a message have brought."""
        if not self.reply.has_own(item.key):
            return ""
        draft = self.reply.message(item.key)
        return draft.text + repaired("".join(draft.refusal))

    def _reasoned(self, item: Item, output: dict[str, Any]) -> Brought:
        """The content where there is one; else its summary."""
        for key in ("content", "summary"):
            parts = output.get(key)
            texts = [part.get("text") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
            if text := "".join(text for text in texts if isinstance(text, str)):
                item.has_reasoning = True
                self._has_reasoning = True
                self.reply.reasoning(text)
                return REASONING
        return NOTHING

    def _called(self, item: Item, kind: str, output: dict[str, Any], *, done: bool) -> Brought:
        call_id = word(output.get("call_id") or output.get("id"))
        own = word(output.get("name")) or kind
        if item.call is None:
            item.call = self.reply.begin_call(object(), id=call_id, name=own, message=self._message)
        item.call.free_text = kind not in JSON_CALLS
        item.call.name = item.call.name or own
        self._last_call = item.call.id = item.call.id or call_id
        self._whole_arguments(item, first(output, INPUT_KEYS))
        if done:
            error = output.get("error")
            result = error if error else first(output, _OUTPUT_KEYS)
            if result is not None:
                self._result(item.call.id, result, name=own, is_error=bool(error))
        return TOOL_CALL

    def _fragment(self, item: Item, piece: object, *, free_text: bool) -> Brought:
        if not isinstance(piece, str) or not piece:
            return NOTHING
        if item.call is None:
            item.call = self.reply.begin_call(object(), id=word(item.key), message=self._message)
            item.call.free_text = free_text
        if item.whole_arguments:
            item.call.arguments.clear()
            item.whole_arguments = False
        item.call.arguments.append(piece)
        return TOOL_CALL

    def _whole_arguments(self, item: Item, arguments: object) -> Brought:
        if item.call is None or not arguments:
            return NOTHING
        whole = arguments if isinstance(arguments, str) else write_arguments(arguments)
        told = settled(item.call.arguments).text
        if told and not item.whole_arguments and not is_same_json(told, whole):
            self.reply.contradict(call_difference(told, whole))
        item.call.arguments[:] = [whole]
        item.whole_arguments = True
        return TOOL_CALL

    def _result(self, call_id: str, output: object, *, name: str = "", is_error: bool = False) -> None:
        self._results.add(call_id)
        self.reply.result(call_id, output, name=name, is_error=is_error)
        self._message = object()

    def _ask(self, output: dict[str, Any]) -> Brought:
        """A human is asked to approve a call; the first request stands by itself as well as in the list of all."""
        request = {key: word(output.get(key)) for key in ("id", "name", "arguments")}
        known = self._approvals.get(request["id"])
        if known is not None:
            known |= request
        else:
            self._approvals[request["id"]] = request
        asked = list(self._approvals.values())
        # One request is the usual case, and stands by itself.
        several = {"interrupts": asked} if len(asked) > 1 else {}
        self.reply.interrupt = {"kind": "mcp_approval_request", **asked[0], **several}
        return NOTHING

    def _note(self, response: object) -> None:
        """What a response says of itself."""
        if not isinstance(response, dict):
            return
        if isinstance(response_id := response.get("id"), str) and response_id:
            self.reply.session["response_id"] = response_id
        if response.get("store") is False:
            self.reply.carried["store"] = False
        if isinstance(usage := response.get("usage"), dict):
            self.reply.usage = usage_of(usage)

    def _end(self, kind: str, response: object) -> Brought:
        response = response if isinstance(response, dict) else {}
        if self._before and not self._items and response.get("id") == self._before:
            self.begun = False
            return NOTHING
        self._note(response)
        text = self._hold_against(response.get("output"))
        status = word(response.get("status")) or kind.partition(".")[2]
        if status in ("queued", "in_progress"):
            return Brought("text", text) if text else NOTHING
        details = response.get("incomplete_details")
        reason = details.get("reason") if isinstance(details, dict) else None
        self.reply.finish_reason = word(reason) or status or None
        self.over = True
        if (error := error_in(response)) is not None:
            self.reply.fail(error.message, error.code)
        elif status in ("failed", "cancelled"):
            self.reply.fail(f"the response is {status}, without an error", status)
        return END if self.reply.error is None and not text else Brought("error" if self.reply.error else "end", text)

    def _hold_against(self, output: object) -> str:
        """Compare what has come with a whole response, and read what has not: the text that this adds."""
        if not isinstance(output, list):
            return ""
        items = self._items.values()
        texts = {item.key: told for item in items if (told := self._told(item))}
        whole = WholeOutput(output, texts, {item.key: told_call(item.call) for item in items if item.call is not None})
        if whole.contradiction is not None:
            self.reply.contradict(whole.contradiction)
        known = frozenset(self._results)
        for index, key in whole.calls.items():
            if (call := self._items[key].call) is not None and call.id not in known:
                self._output(self._items[key], whole.items[index], done=True)
        text = "".join([self._unseen(index, inner, known) for index, inner in whole.unseen()])
        if text and whole.texts:
            self.reply.arrange([whole.texts.get(index, _unseen_key(index)) for index in whole.items])
        return text

    def _unseen(self, index: int, inner: dict[str, Any], known: frozenset[str]) -> str:
        """Read an item of which no event before has told; `known` are the calls whose results have come."""
        kind = word(inner.get("type"))
        if kind == "reasoning" and self._has_reasoning:
            return ""
        if kind.endswith("_output") and known and word(inner.get("call_id")) in ("", *known):
            return ""
        # Under keys of their own: servers that send no indexes have used others before.
        item = self._items[_unseen_key(index)] = Item(_unseen_key(index))
        return self._output(item, inner, done=True).text

    def _failed(self, value: dict[str, Any]) -> Brought:
        error = error_of(value.get("error") or {key: one for key, one in value.items() if key != "type"})
        self.reply.fail(error.message, error.code)
        return ERROR


def _unseen_key(index: int) -> str:
    return f"output {index}"
