"""LangGraph Server: runs as a stream of messages, of state updates, of whole states, or of several of them at once.

Source: https://langchain-ai.github.io/langgraph/cloud/how-tos/streaming/. The same message comes in several forms, and
is counted once, by its id:

- `messages/partial` and `messages/complete`: the message so far, or whole; what it adds is taken.
- `messages` (mode `messages-tuple`): a piece of it with its metadata.
- `updates` and `values`: whole messages in a node's outcome or in the state. The state also has what was said before;
  its first sight shows what that is.
- `tasks` and `debug`: a node's outcome too, with what it asks. `events`: traces; models' pieces and the last state.

A node's name space stands after `|` in an event's name. A stream has no terminal event: its end is the run's end
(servers before 0.2 send `end`), unless a message is left in pieces. Where a graph keeps no messages, the text is looked
for in its last outcome.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import zip_longest
from typing import Any, ClassVar, Final

import msgspec

from scenario.dialects.langgraph import requests as langgraph_requests
from scenario.dialects.langgraph.langchain_folding import MessageFolding
from scenario.dialects.langgraph.langchain_messages import (
    ChatMessage,
    Fields,
    TextPiece,
    has_damage,
    is_of_a_kind,
    message_in,
    own_messages,
    word,
)
from scenario.protocols.errors_in_json import error_of
from scenario.protocols.json_path import JsonPath
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.protocol import (
    CERTAIN,
    END,
    ERROR,
    LIKELY,
    MALFORMED,
    NOTHING,
    POSSIBLE,
    Answered,
    Brought,
    Detection,
    Dialect,
    Ending,
    Framing,
    Head,
    Kind,
    Reader,
    ReadOptions,
    RequestDraft,
    Sample,
    Turn,
)
from scenario.protocols.shapes import misfit
from scenario.protocols.text_in_json import text_in
from scenario.types import Reply
from scenario.wire.sse import ServerSentEvent

KIND: Final = "langgraph-interrupt"
_INTERRUPT: Final = "__interrupt__"
_MODES: Final = ("messages", "messages/partial", "messages/complete", "updates", "values")
_PATH_KEY: Final = "text at the given path"
_BY_WEIGHT: Final[tuple[Kind, ...]] = ("malformed", "tool_call", "text", "reasoning", "nothing")


class LangGraph(Dialect):
    """`/runs/stream` and `/threads/ID/runs/stream`."""

    name: ClassVar[str] = "langgraph"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "json")
    has_terminal: ClassVar[bool] = False
    url_endings: ClassVar[tuple[str, ...]] = ("/runs/stream", "/runs/wait")

    def request(self, turn: Turn) -> RequestDraft:
        """A run with the new messages in the conversation's thread, or with all of them where there is none."""
        return langgraph_requests.run(turn)

    def requests(self, turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
        """The graph is looked up and the thread made first, where the conversation has none."""
        return langgraph_requests.requests(turn)

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply, a stream or the state that a run without a stream ends in."""
        return LangGraphReader(self.name, options)

    def detect(self, head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By the first event, which names the run; by LangChain's messages where a run was joined later."""
        for sample, after in zip_longest(samples, samples[1:]):
            value = sample.value
            name = sample.event.event.partition("|")[0]
            if _is_piece_of_a_node(value):
                return Detection(certainty=CERTAIN, reason="an event is a message and names its node")
            if name in _MODES and _has_messages(value):
                return Detection(certainty=LIKELY, reason=f"an event is called {name} and holds LangChain's messages")
            if not isinstance(value, dict):
                continue
            if (
                sample.event.event == "metadata"
                and value.keys() == {"run_id"}
                and (after is None or _is_a_chains(after))
            ):
                # Chains that are served begin so, too: what comes next tells, and may be anybody's.
                return None if after else Detection(certainty=POSSIBLE, reason="an event names a run_id")
            if sample.event.event == "metadata" and "run_id" in value:
                return Detection(certainty=CERTAIN, reason="an event is called metadata and names a run_id")
            messages = value.get("messages")
            last = message_in(messages[-1]) if isinstance(messages, list) and messages else None
            if head.content_type == "application/json" and last is not None and "response_metadata" in last.fields:
                return Detection(certainty=CERTAIN, reason="its JSON is a state with LangChain's messages")
        return None


def _is_piece_of_a_node(value: object) -> bool:
    """Whether an event without a name is what the mode messages-tuple sends."""
    match value:
        case [dict() as message, dict() as metadata]:
            return "langgraph_node" in metadata and message_in(message) is not None
        case _:
            return False


def _is_a_chains(sample: Sample) -> bool:
    """Whether an event is what a chain that LangServe serves yields, or how that fails."""
    return sample.event.event == "data" or (sample.event.event == "error" and "status_code" in sample.fields)


def _has_messages(value: object) -> bool:
    """Whether what an event holds is a message, a list of them, a state, or a state by its node."""
    match value:
        case [first, *_]:
            return message_in(first) is not None
        case {"messages": [first, *_]}:
            return message_in(first) is not None
        case dict():
            return any(isinstance(one, dict) and "messages" in one and _has_messages(one) for one in value.values())
        case _:
            return False


class _Metadata(msgspec.Struct, gc=False):
    """What stands beside a piece: nothing of it is read."""


class LangGraphReader(Reader):
    """Folds a run's events into a reply."""

    # An event of the mode messages-tuple that brings nothing but text.
    decode_text = msgspec.json.Decoder(tuple[TextPiece, _Metadata]).decode

    def __init__(self, protocol: str, options: ReadOptions) -> None:
        super().__init__(protocol)
        self._whole_state = options.framing == "json"
        self._done = options.done
        self._path = JsonPath(options.text_path, argument="reply") if options.text_path else None
        self._messages = MessageFolding(self.reply)
        self._begun = False
        self._history: _History | None = None
        self._interrupts: dict[str, Any] = {}
        self._outcome: object = None

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        if self.over or not event.data:
            return NOTHING
        value = read_json(event.data)
        if value is NOT_JSON:
            return MALFORMED
        self._begun = True
        if self._whole_state:
            return self._final(value)
        name = event.event.partition("|")[0]
        match name:
            case "updates" | "values":
                return self._state(name, value)
            case "messages" | "data":
                return self._piece(value[0] if isinstance(value, list) and value else value, name)
            case "message" if _is_piece_of_a_node(value):
                return self._piece(value[0], "messages")
            case "messages/partial" | "messages/complete":
                return _joined([self._message(one, name) for one in value]) if isinstance(value, list) else MALFORMED
            case _:
                return self._other(name, value)

    def _texts_in(self, values: list[tuple[TextPiece, _Metadata]], /) -> list[str]:
        return [piece.content for piece, _ in values]

    def _take_texts(
        self, texts: list[str], values: list[tuple[TextPiece, _Metadata]], name: str, /
    ) -> list[str] | None:
        if self._whole_state or name.partition("|")[0] != "messages":
            return None
        return self._messages.more_text(texts, {piece.id for piece, _ in values}, "messages")

    def is_whole(self) -> bool:
        """Whether the end of the body may be the end of the run: none of its messages is left in pieces."""
        return self._begun and self._done is not True and not self._messages.unfinished

    def finish(self, ending: Ending) -> Reply:
        """The reply; where nothing was said in messages, it is what the graph's outcome says."""
        reply = self.reply
        if self._interrupts:
            reply.interrupt = {"kind": KIND, "interrupts": list(self._interrupts.values())}
        elif reply.interrupt is None and reply.is_empty and reply.error is None:
            self._look_elsewhere()
        return super().finish(ending)

    def _look_elsewhere(self) -> None:
        """Where no message is new: the last that the state had, or a text elsewhere in the outcome."""
        held = self._history.held if self._history is not None else []
        for message in held:
            self._messages.take(message)
        if not held and (text := _text_of(self._outcome)):
            self.reply.text(text, "outcome")

    def _other(self, name: str, value: Any) -> Brought:
        match name:
            case "metadata":
                if isinstance(value, dict) and isinstance(run_id := value.get("run_id"), str):
                    self.reply.session["run_id"] = run_id
                return NOTHING
            case "error":
                return self._failed(value)
            case "end":
                self.over = True
                return END
            case "events":
                return self._traced(value)
            case "tasks":
                return self._task(value)
            case "debug":
                return self._task(value.get("payload") if isinstance(value, dict) else None)
            case "custom" if text := self._at_path(value):
                return Brought("text", self.reply.text(text, _PATH_KEY))
            case _:
                return NOTHING

    def _failed(self, value: object) -> Brought:
        error = error_of(value)
        kind = value.get("error") if isinstance(value, dict) else None
        self.reply.fail(error.message, word(kind) if kind != error.message else error.code)
        return ERROR

    def _final(self, value: object) -> Brought:
        """The state that a run without a stream ends in."""
        if not isinstance(value, dict):
            return MALFORMED
        if (error := value.get("__error__")) is not None:
            return self._failed(error)
        self.over = True
        self._outcome = value
        self._interrupted(value)
        if self._path is not None:
            return self._told_at_path(value)
        messages = value.get("messages")
        if has_damage(messages):
            return MALFORMED
        own = own_messages(messages) if isinstance(messages, list) else []
        return _joined([self._messages.take(message) for message in own])

    def _traced(self, value: object) -> Brought:
        """A trace event: of these, the pieces that models give are read, and the state in which the run ends."""
        data = value.get("data") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(data, dict):
            return NOTHING
        name, state = value.get("event"), data.get("output")
        if name == "on_chat_model_stream":
            return self._message(data.get("chunk"), "events")
        if name == "on_chain_end" and value.get("parent_ids") == [] and isinstance(state, dict):
            self._outcome, messages = state, state.get("messages")
            own = own_messages(messages) if isinstance(messages, list) else []
            return _joined([self._messages.take(message) for message in own])
        return NOTHING

    def _task(self, task: object) -> Brought:
        """A node's outcome; how it began, and checkpoints, tell nothing new."""
        if not isinstance(task, dict) or "result" not in task:
            return NOTHING
        return self._state(
            "updates", {word(task.get("name")): task["result"], _INTERRUPT: task.get("interrupts") or None}
        )

    def _piece(self, value: object, channel: str) -> Brought:
        if isinstance(value, str):
            return Brought("text", self.reply.text(value)) if value else NOTHING
        return self._message(value, channel)

    def _message(self, value: object, channel: str) -> Brought:
        message = message_in(value)
        if message is None:
            return NOTHING if isinstance(value, dict) and is_of_a_kind(value) else MALFORMED
        if message.speaker == "other":
            return NOTHING
        if message.chunk and message.speaker == "agent":
            return misfit(message.fields, Fields) or self._messages.add(message, channel)
        return self._messages.take(message, growing=channel == "messages/partial")

    def _state(self, name: str, value: object) -> Brought:
        """The outcome of a step, or the state after it."""
        if not isinstance(value, dict):
            return NOTHING if value is None else MALFORMED
        self._interrupted(value)
        self._messages.unfinished.clear()
        if set(value) == {_INTERRUPT}:
            return NOTHING
        self._outcome = value if name == "values" else list(value.values())
        if self._path is not None:
            return self._told_at_path(value)
        if name == "updates":
            own = [message for node in value.values() for message in _updated(node)]
        elif has_damage(messages := value.get("messages"), are_messages=self._history is not None):
            return MALFORMED
        else:
            own = self._news(messages)
        return _joined([self._messages.take(message) for message in own])

    def _news(self, messages: object) -> list[ChatMessage]:
        """What a state's messages say that was not said before the run."""
        if not isinstance(messages, list):
            return []
        if self._history is None:
            self._history = _History(messages)
            return []
        return self._history.later(messages)

    def _interrupted(self, value: dict[str, Any]) -> None:
        asked = value.get(_INTERRUPT)
        if not isinstance(asked, list):
            return
        if not asked and self.reply.interrupt is None:
            # A breakpoint that asks nothing: the run goes on when it is told to.
            self.reply.interrupt = {"kind": KIND, "interrupts": []}
        for one in asked:
            key = word(one.get("id")) if isinstance(one, dict) else ""
            self._interrupts[key or f"#{len(self._interrupts)}"] = one

    def _at_path(self, value: object) -> str:
        found = self._path.find(value) if self._path is not None else None
        return found if isinstance(found, str) else text_in(found) or ""

    def _told_at_path(self, value: object) -> Brought:
        text = self._at_path(value)
        return Brought("text", self._messages.tell(text, _PATH_KEY)) if text else NOTHING


class _History:
    """What a state's messages held before the first step: said before, unless nothing else follows.

    Attributes:
        held: the agent's messages at its end.
    """

    def __init__(self, messages: list[Any]) -> None:
        self.held = own_messages(messages)
        self._ids = {message.id for value in messages if (message := message_in(value)) is not None}
        self._count = len(messages)

    def later(self, messages: list[Any]) -> list[ChatMessage]:
        """The agent's messages that are new: by their ids, and those without one by their places."""
        nameless = own_messages(messages[self._count :]) if "" in self._ids else None
        own = own_messages(messages)
        if nameless is not None:
            own = own[max(0, len(own) - len(nameless)) :]
        return [message for message in own if not message.id or message.id not in self._ids]


def _updated(node: object) -> list[ChatMessage]:
    """The agent's messages in what a node wrote: one write or several, of one message or a list of them."""
    writes = node if isinstance(node, list) else [node]
    found: list[ChatMessage] = []
    for write in writes:
        messages = write.get("messages") if isinstance(write, dict) else None
        if messages is not None:
            found += own_messages(messages if isinstance(messages, list) else [messages])
    return found


def _text_of(outcome: object) -> str:
    """The text of a graph's outcome, where home-made ones put it; the last that has one."""
    parts = outcome if isinstance(outcome, list) else [outcome]
    found = [text for part in parts if isinstance(part, dict) and (text := text_in(part))]
    return found[-1] if found else ""


def _joined(all_brought: list[Brought]) -> Brought:
    """What several messages of one event brought, as one."""
    telling = [one for one in all_brought if one is not NOTHING]
    if len(telling) < 2:
        return telling[0] if telling else NOTHING
    text = "".join([one.text for one in telling])
    by_kind = {one.kind: one for one in reversed(telling)}
    kind = next(kind for kind in _BY_WEIGHT if kind in by_kind)
    return Brought(kind, text, by_kind[kind].reason)
