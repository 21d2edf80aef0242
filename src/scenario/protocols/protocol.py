"""What a dialect is: how a turn is put to an agent, and what its answer's events mean. Pure; one dialect to a file.

A dialect never sees the network. `scenario.protocols.reception` cuts the body into events (`framing`), hands them to
the dialect's reader one at a time, and asks it for the reply when the body has ended.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, ClassVar, Final, Literal, TypeAlias

import msgspec

from scenario.late_pattern import late_pattern
from scenario.protocols.alike import FEW, NO_JSON, differing_texts
from scenario.protocols.assembly import Assembly
from scenario.types import Message, Reply
from scenario.wire.sse import ServerSentEvent

# How a body is cut into events: server-sent events, lines of JSON, the whole body as one JSON value, or pieces of text.
Framing: TypeAlias = Literal["sse", "ndjson", "json", "text"]

# What the texts of a home-made stream are: further pieces, or each all that was said so far.
Pieces: TypeAlias = Literal["add", "replace"]

ACCEPT: Final[Mapping[Framing, str]] = {
    "sse": "text/event-stream",
    "ndjson": "application/x-ndjson",
    "json": "application/json",
    "text": "text/plain",
}

# How sure a dialect is that a response is its own.
CERTAIN: Final = 3
LIKELY: Final = 2
POSSIBLE: Final = 1


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be put to the agent.

    Attributes:
        messages: the conversation as the user wants it sent, OpenAI-style: all of it, or with `history` "last" what
            the user has said since the agent last spoke.
        new_messages: what came since the agent last spoke.
        conversation: all of it, whatever `history` is; empty where it is `messages`.
        history: "full" where each request is to hold the whole conversation; "last" where the agent keeps it.
        thread_id: the conversation's id.
        request_id: unique to this request; dialects that need ids for runs or messages derive them from it.
        session: what earlier replies of this thread left in `Reply.session` and `Reply.carried`.
        model: the model's name, where the dialect names one.
        interrupt: what the thread's last reply waits for: its `Reply.interrupt`; None where it ended by itself.
        resume: the answer to that interrupt: a value, or a mapping with `approve` (true or false).
        stream: whether the answer is to be streamed.
        path: the path of the URL that the user gave: dialects whose paths hold names (a thread's, a workflow's) read
            them from it.
    """

    messages: list[Message]
    new_messages: list[Message] = []
    conversation: list[Message] = []
    history: Literal["full", "last"] = "full"
    thread_id: str = ""
    request_id: str = ""
    session: Mapping[str, Any] = {}
    model: str | None = None
    interrupt: Any = None
    resume: Any = None
    stream: bool = True
    path: str = ""


class RequestDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A dialect's request for a turn.

    Attributes:
        body: the JSON value to send; None for no body.
        headers: what the dialect demands beyond `Accept` and `Content-Type`.
        suffix: where the endpoint lies below an API's base URL.
        url: where the endpoint lies, if not there: a path from the origin's root, or a whole URL.
        session: becomes part of the thread's session once this request has been answered.
        puts_turn: of a request that is not the last one, whether it is the one that carries what was said; then it
            is this one's body that the user may replace, and not the last one's.
    """

    method: str = "POST"
    body: Any = None
    headers: dict[str, str] = {}
    suffix: str = ""
    url: str = ""
    session: dict[str, Any] = {}
    puts_turn: bool = False


class Head(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of a response before its body is read. Header names are in lower case."""

    status: int = 200
    headers: Mapping[str, str] = {}

    @property
    def content_type(self) -> str:
        """The essence of the Content-Type header: no parameters, lower case; empty where there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The charset that the Content-Type header declares, as it stands there; empty where it declares none."""
        declared = _CHARSET.search(self.headers.get("content-type", ""))
        return declared[1] if declared is not None else ""

    @property
    def is_websocket(self) -> bool:
        """Whether it is the handshake of a WebSocket: each piece of the body is then one message."""
        return self.status == 101 and self.headers.get("upgrade", "").lower() == "websocket"


class Answered(msgspec.Struct, frozen=True):
    """The answer to a request that only prepares a turn, whatever its status."""

    head: Head
    body: bytes


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a reply is to be read.

    Attributes:
        framing: how the body was cut into events.
        text_path: a JMESPath to the text in each event's JSON; None leaves it to the dialect.
        done: what ends a home-made stream. None: its terminal event if it has one, else the end of the body. True: a
            terminal event is demanded. False: the end of the body always suffices. Text: the data, event name or
            `type` that is the terminal event, which is then demanded.
        pieces: of a home-made stream, what a text in an event is: a further piece of the answer ("add"), or all of it
            so far, which the next one replaces ("replace").
    """

    framing: Framing = "sse"
    text_path: str | None = None
    done: bool | str | None = None
    pieces: Pieces = "add"


Kind: TypeAlias = Literal["nothing", "text", "reasoning", "tool_call", "error", "end", "malformed"]


class Brought(msgspec.Struct, frozen=True, gc=False):
    """What one event brought.

    Attributes:
        kind: the most telling part of it.
        text: the piece of the answer's text; may come with any kind.
        reason: why the event is malformed; empty where it is no JSON, or where its kind says it.
    """

    kind: Kind
    text: str = ""
    reason: str = ""

    @property
    def content(self) -> bool:
        """Whether it brought a part of the answer."""
        return self.kind in _CONTENT or bool(self.text)


_CHARSET: Final = late_pattern(r";\s*charset\s*=\s*\"?([\w.:-]{1,40})", re.IGNORECASE)
_CONTENT: Final = frozenset({"text", "reasoning", "tool_call"})
# So many times in a row, events that come together may turn out to differ in more than their text.
_TRIES: Final = 4

NOTHING: Final = Brought("nothing")
REASONING: Final = Brought("reasoning")
TOOL_CALL: Final = Brought("tool_call")
ERROR: Final = Brought("error")
END: Final = Brought("end")
MALFORMED: Final = Brought("malformed")


class Sample(msgspec.Struct, frozen=True):
    """One of a stream's first events, with its data read as JSON once for all who look at it.

    Attributes:
        value: the JSON value; `scenario.protocols.json_text.NOT_JSON` where the data is none.
    """

    event: ServerSentEvent
    value: Any

    @property
    def fields(self) -> Mapping[str, Any]:
        """The value, where it is a JSON object; else nothing."""
        return self.value if isinstance(self.value, dict) else {}


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """That a response looks like a dialect's own.

    Attributes:
        certainty: `CERTAIN`, `LIKELY` or `POSSIBLE`.
        reason: what it was seen by, in words that end the sentence "read as X because …".
    """

    certainty: int
    reason: str


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How the body ended.

    Attributes:
        clean: the transfer ended as HTTP says it should, and nobody gave up on it.
        half_event: bytes of an unfinished event were left over.
        left_over: the data of that event, as far as it came.
        last_block: the last block of an event stream that has no data, and is no event by the standard: its lines.
    """

    clean: bool = True
    half_event: bool = False
    left_over: str = ""
    last_block: tuple[str, ...] = ()


class Reader(ABC):
    """Folds the events of one reply, one at a time. Its time is linear in them.

    Most events of most streams bring a piece of text to a message that has begun, and nothing else. A dialect may
    say how these are decoded, as a value of its own that only such an event fits; they are then read many at a time.

    An answer may hold several runs or model calls, each with an end of its own: each has a reader of its own.

    Attributes:
        reply: what has been assembled so far.
        over: the terminal event has been read; nothing after it belongs to the reply.
        begun: an event has been read after which an end is owed, whether or not it brought anything.
        reads_on: of a dialect whose answers go on after what sets `over`: such events are for this reader.
        doubted: the end that has come may be that of whoever stands between, who writes it after a cut too.
        retold: the end has told the whole answer once more.
        closing: the user has said that the next event is the answer's last, and a part of it.
        puzzled: an event that should have had a part of the answer had none that could be found.
        decode_text: decodes the data of an event that brings nothing but text; raises for any other. None where the
            dialect knows no such events.
        shape: decodes the data of any event, and raises where a value that is read here has a kind that it must not
            have: such an event may have held a part of the answer. None where the reader sees to that itself.
    """

    decode_text: ClassVar[Callable[..., Any] | None] = None
    shape: ClassVar[msgspec.json.Decoder[Any] | None] = None
    reads_on: ClassVar[bool] = False

    def __init__(self, protocol: str) -> None:
        self.reply: Assembly = Assembly(protocol)
        self.over = False
        self.begun = False
        self.doubted = False
        self.closing = False
        self.puzzled = False
        self.retold = False
        self._tries = _TRIES

    @property
    def ended(self) -> bool:
        """Whether the answer's own end has been read, though events that belong to it may still come."""
        return self.over

    @property
    def is_raw(self) -> bool:
        """Whether its events bring the answer's text as it is: a line that is no event is then a part of it, too."""
        return False

    def follows(self, before: Reader) -> None:
        """Read what comes after the end that another reader has read, in the same body."""
        self.reply.follows(before.reply)

    def read_texts(self, data: Sequence[str], name: str) -> list[str] | None:
        """Take in events of which each brings nothing but text, as `read` would one after the other.

        Args:
            data: the data of each.
            name: the type of all.

        Returns:
            The piece of each; None, and nothing is taken in, where one of them is anything else.
        """
        decode = self.decode_text
        if decode is None or self.over:
            return None
        try:
            if len(data) >= FEW and self._tries and (alike := self._alike(data, decode)) is not None:
                value, texts = alike
                return self._take_texts(texts, [value], name)
            values = [decode(one) for one in data]
        except NO_JSON:
            return None
        texts = self._texts_in(values)
        return None if len(texts) != len(values) else self._take_texts(texts, values, name)

    def texts_ahead(self, data: Sequence[str]) -> int:
        """How many of the first of these events may bring nothing but text: whether they do, `read_texts` says."""
        decode = self.decode_text
        if decode is None:
            return min(len(data), 1)
        for count, one in enumerate(data):
            try:
                decode(one)
            except NO_JSON:
                return count
        return len(data)

    def _alike(self, data: Sequence[str], decode: Callable[..., Any]) -> tuple[Any, list[str]] | None:
        """What `differing_texts` finds; an agent whose events are never alike is not looked at for ever."""
        found = differing_texts(data, decode, self._text_of)
        self._tries = _TRIES if found is not None else self._tries - 1
        return found

    def _text_of(self, value: Any) -> str | None:
        texts = self._texts_in([value])
        return texts[0] if len(texts) == 1 else None

    def _texts_in(self, _values: list[Any], /) -> list[str]:
        """The text of each decoded event; fewer, where not each has one."""
        return []

    def _take_texts(self, _texts: list[str], _values: list[Any], _name: str, /) -> list[str] | None:
        """Take in the texts of decoded events; of values that differ in their text alone, one stands for all."""
        return None

    @abstractmethod
    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event, whatever it holds: what it brought, `MALFORMED` where it cannot be read."""

    @abstractmethod
    def is_whole(self) -> bool:
        """Whether the reply would be complete if the body ended cleanly now."""

    def finish(self, ending: Ending) -> Reply:
        """The reply, when the body has ended; its outcome is `complete`, `truncated` or `error`.

        A transfer that broke after the terminal event is truncated too: the server did not end what it began.
        """
        if self.reply.error is not None:
            return self.reply.build("error")
        whole = self.over or (not ending.half_event and self.is_whole())
        return self.reply.build("complete" if whole and ending.clean else "truncated")


class Dialect(ABC):
    """One way in which agents speak.

    Attributes:
        name: what users call it.
        framings: how its bodies are cut, the usual one first.
        has_terminal: whether a reply that is whole ends with an event that says so.
        url_endings: ends of URL paths at which this dialect is spoken.
    """

    name: ClassVar[str]
    framings: ClassVar[tuple[Framing, ...]] = ("sse",)
    has_terminal: ClassVar[bool] = True
    url_endings: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def request(self, turn: Turn) -> RequestDraft:
        """The dialect's own request for a turn."""

    def requests(self, turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
        """All of a turn's requests: those that prepare it are yielded, the one that the reply answers is returned.

        Each yield receives that request's answer: dialects which create a session first, or start a run in one place
        and read it in another, override this.

        Raises:
            AgentError: an answer to a preparing request is such that the turn cannot be put.
        """
        yield from ()
        return self.request(turn)

    @abstractmethod
    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply."""

    @abstractmethod
    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """Whether a response looks like this dialect, by its headers and its first events; None where it does not."""
