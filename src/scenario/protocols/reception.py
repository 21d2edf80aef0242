"""The reading of one response: pieces with their times go in, events with their times and the reply come out.

Nothing here waits or knows a clock: a transport's chunks carry their times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from types import MappingProxyType
from typing import Final

import msgspec

from scenario.errors import WireLimitError
from scenario.exchange import Chunk, ReceivedEvent
from scenario.protocols import nearest
from scenario.protocols.body_ends import end_of, note_bytes_that_are_no_text, start_of
from scenario.protocols.detection import Choice, choose
from scenario.protocols.event_names import is_keep_alive
from scenario.protocols.finish_reasons import Judged
from scenario.protocols.folding import Folding, Malformed
from scenario.protocols.framing import Framer
from scenario.protocols.json_path import JsonPath
from scenario.protocols.json_text import NOT_JSON, is_cut_json, is_utf8, read_json, repaired
from scenario.protocols.protocol import Dialect, Ending, Framing, Head, Pieces, ReadOptions, Sample
from scenario.protocols.registry import AUTO, dialect_named
from scenario.protocols.rejection import beside_events, is_page, is_refusal, is_unreadable, refusal, shown
from scenario.protocols.response_framing import framer_of
from scenario.protocols.sniffing import Framed, framing_of
from scenario.protocols.sound_values import make_sound
from scenario.types import Reply, ReplyError
from scenario.wire.event import EventRun, ServerSentEvent, events_of

MIB: Final = 1024 * 1024
DEFAULT_MAX_BODY_BYTES: Final = 64 * MIB
DEFAULT_MAX_EVENT_BYTES: Final = 8 * MIB

_ALL_FRAMINGS: Final[Sequence[Framing]] = ("sse", "ndjson", "json", "text")
# So many events are looked at before a stream that nobody is sure of is taken for home-made.
_EVENTS_TO_LOOK_AT: Final = 4
# Where events that came at once cannot be read at once, so many of them may be, or so few.
_FEWER: Final = (256, 16)
_BROUGHT_CONTENT: Final = repeat(True)


class ReceptionOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a response is to be read.

    Attributes:
        protocol: a dialect's name, or "auto": then headers and first events decide.
        text_path: a JMESPath to the text in each event's JSON.
        session_path: a JMESPath to a value that goes back on the next turn; over each event's JSON, and over the
            response's headers at `headers`.
        session_key: the name under which `Reply.session` gets it.
        done: what ends a home-made stream; see `ReadOptions`.
        end: a JMESPath over each event's JSON: the event for which it holds ends the reply, and is a part of it.
        pieces: what the texts of a home-made stream are; see `ReadOptions`.
        known_terminals: dialects in which this endpoint has sent a terminal event before: where a dialect leaves it
            to the endpoint, it is then demanded.
        malformed: what is done about an event that was meant to be JSON and cannot be read: "error" ends the reply as
            one, "skip" reads on and counts.
        finish_reasons: what the user says that finish reasons mean ("complete", "truncated", "error"), by their plain
            form; see `scenario.protocols.finish_reasons.plain`.
        max_body_bytes: the most that is kept of a body.
        max_event_bytes: the most that one event may have.
    """

    protocol: str = AUTO
    text_path: str | None = None
    session_path: str | None = None
    session_key: str = "session"
    done: bool | str | None = None
    end: str | None = None
    pieces: Pieces = "add"
    known_terminals: frozenset[str] = frozenset()
    malformed: Malformed = "error"
    finish_reasons: Mapping[str, Judged] = MappingProxyType({})
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES


class Reception:
    """Reads one response.

    Args:
        head: its status and headers.
        options: how it is to be read.
        dialect: the one of `options.protocol`, where no name is registered for it.

    Attributes:
        chunks: the body's pieces, as they came.
        events: the events, with the times of the pieces that completed them.
        size: the body's bytes.
        protocol: the dialect; "auto" until it is decided.
        reason: how that was decided.
        late_text: the text that only the end of the body has brought.
        limit_passed: which limit an event was found to pass when the body had ended, in words; empty where none was.
    """

    def __init__(self, head: Head, options: ReceptionOptions, dialect: Dialect | None = None) -> None:
        self.chunks: list[Chunk] = []
        self.events: list[ReceivedEvent] = []
        self.size = 0
        self.late_text = ""
        self.limit_passed = ""
        self.protocol = options.protocol
        self.reason = "" if options.protocol == AUTO else "it was asked for"
        self._head = head
        self._options = options
        self._dialect = dialect
        if dialect is None and options.protocol != AUTO:
            self._dialect = dialect_named(options.protocol)
        self._framing: Framing | None = None
        self._framer: Framer | None = None
        self._folding: Folding | None = None
        self._refused = is_refusal(head)
        self._page = False
        self._next_sniff = 0
        self._waiting: list[tuple[float, EventRun]] | None = None
        self._ends_at = None if options.end is None else JsonPath(options.end, argument="end")
        self._session_path = None
        self._session: object = None
        if options.session_path is not None:
            self._session_path = JsonPath(options.session_path, argument="session")
            self._session = self._session_path.find({"headers": dict(head.headers)})

    @property
    def over(self) -> bool:
        """Whether an end, or an error, has been read that may be the last: a moment tells whether more begins."""
        return self._folding is not None and self._folding.is_over

    @property
    def saw_terminal(self) -> bool:
        """Whether the reply's terminal event has been read."""
        return self._folding is not None and self._folding.reader.over

    @property
    def has_ended(self) -> bool:
        """Whether what was read last has an end of its own, after which more may still come."""
        return self._folding is not None and self._folding.has_ended

    def feed(self, chunk: Chunk) -> str:
        """Take in the next piece of the body.

        Returns:
            What it adds to the answer's text.

        Raises:
            WireLimitError: the body or an event is larger than its limit.
        """
        size = self.size + len(chunk.data)
        if size > self._options.max_body_bytes:
            raise WireLimitError(
                f"The body is longer than max_body_bytes ({self._options.max_body_bytes} bytes) allows.",
                limit="max_body_bytes",
                maximum=self._options.max_body_bytes,
            )
        self.size = size
        self.chunks.append(chunk)
        if self._framer is None:
            return self._sniff(ended=False)
        runs = self._framer.feed(chunk.data)
        return self._take(runs, chunk.at) if runs else ""

    def finish(self, *, clean: bool) -> Reply:
        """The reply, when the body has ended.

        Args:
            clean: the transfer ended as HTTP says it should, and nobody gave up on it.
        """
        if self._refused:
            return self._failed(refusal(self._head, start_of(self.chunks)))
        last = self.chunks[-1].at if self.chunks else 0.0
        try:
            if self._framer is None:
                self.late_text += self._sniff(ended=True)
            if self._framer is not None:
                self.late_text += self._take(self._framer.close(), last)
        except WireLimitError as error:
            # Events that came before it in the same piece were handed out first.
            self.limit_passed = str(error)
            clean = False
        if self._folding is None and self._framer is not None:
            self.late_text += self._decide(ended=True)
        if self._page or (self._folding is None and is_unreadable(self._head)):
            kind = "a web page" if self._page else self._head.content_type
            return self._failed(
                ReplyError(message=f"the answer is {kind}: {shown(start_of(self.chunks))}", code="content")
            )
        beside = self._error_beside_events()
        if self._folding is None:
            return self._nothing(clean=clean) if beside is None else self._failed(beside)
        if beside is not None:
            self._folding.reader.reply.fail(beside.message, beside.code)
        framer = self._framer
        assert framer is not None  # noqa: S101 - its events were folded
        ending = Ending(clean=clean, half_event=framer.half_event, left_over=framer.left_over)
        reply = self._folding.finish(ending, framer.stray_lines)
        self.late_text += self._folding.late_text
        if clean and not framer.half_event and self._is_unreadable(reply):
            return self._nothing(clean=clean)
        return self._complemented(reply)

    def _sniff(self, *, ended: bool) -> str:
        """Decide the framing by the first bytes, and read what has come."""
        if self._refused or is_unreadable(self._head) or (self.size < self._next_sniff and not ended):
            return ""
        start = start_of(self.chunks)
        dialect = self._dialect
        allowed = _ALL_FRAMINGS if dialect is None else dialect.framings
        if self._head.is_websocket:
            # Events as a stream's, whatever the dialect is used to.
            framed: Framed | None = Framed("sse" if "sse" in allowed else allowed[0], "it came over a WebSocket")
        else:
            framed = framing_of(self._head, start, allowed, ended=ended) if start else None
        if framed is None:
            # Seldom once there is much of it, so that a body in tiny pieces is not looked at for each of them.
            self._next_sniff = self.size * 5 // 4 if self.size > 1024 else 0
            return ""
        if framed.framing in ("text", "json") and is_page(self._head, start):
            self._page = True
            self._next_sniff = 1 << 62
            return ""
        self._framing = framed.framing
        self._framer = framer_of(self._head, framed.framing, self._options.max_event_bytes)
        if dialect is None:
            self.reason = framed.reason
        else:
            self._use(dialect)
        return "".join([self._take(self._framer.feed(chunk.data), chunk.at) for chunk in self.chunks])

    def _use(self, dialect: Dialect) -> None:
        assert self._framing is not None  # noqa: S101 - decided before the dialect
        options = self._options
        self.protocol = dialect.name
        done = options.done
        if done is None and (options.end is not None or dialect.name in options.known_terminals):
            done = True
        self._folding = Folding(
            dialect,
            ReadOptions(framing=self._framing, text_path=options.text_path, done=done, pieces=options.pieces),
            malformed=options.malformed,
            finish_reasons=options.finish_reasons,
            before=len(self.events),
        )

    def _take(self, runs: list[EventRun], at: float) -> str:
        """Hand events to the reader, and note them."""
        folding = self._folding
        if folding is None:
            if self._waiting is None and self._framing in ("sse", "ndjson"):
                runs = self._without_keep_alives(runs, at)
            if not runs:
                return ""
            self._waiting = (self._waiting or []) + [(at, run) for run in runs]
            return self._decide(ended=any(map(self._is_end, events_of(runs))))
        looked_into = self._session_path is not None or self._ends_at is not None
        texts: list[str] = []
        for run in runs:
            pieces = None if looked_into else self._read_texts(folding, run, at)
            texts += self._read_apart(folding, run, at, () if looked_into else _FEWER) if pieces is None else pieces
        text = "".join(texts)
        return text if is_utf8(text) else repaired(text)

    def _without_keep_alives(self, runs: list[EventRun], at: float) -> list[EventRun]:
        """Note the keep-alives that a stream begins with: no dialect is known by them, however many there are."""
        for index, run in enumerate(runs):
            for count, data in enumerate(run.data):
                event = ServerSentEvent(run.event, data, run.id, None if count else run.retry)
                if not is_keep_alive(event) or self._is_end(event):
                    rest = EventRun(run.data[count:], run.event, run.id, event.retry) if count else run
                    return [rest, *runs[index + 1 :]]
                self.events.append(ReceivedEvent(at, event.data, event.event, event.id, False, False))
                if self._session_path is not None:
                    self._look_for_session(event)
        return []

    def _read_texts(self, folding: Folding, run: EventRun, at: float) -> list[str] | None:
        """Hand events that are alike to the reader at once, and note them; None where it does not take them so."""
        data = run.data
        pieces = folding.read_texts(data, run.event)
        if pieces is None:
            return None
        if len(data) == 1:
            self.events.append(ReceivedEvent(at, data[0], run.event, run.id, True))
        else:
            self.events += map(ReceivedEvent, repeat(at), data, repeat(run.event), repeat(run.id), _BROUGHT_CONTENT)
        return pieces

    def _read_apart(self, folding: Folding, run: EventRun, at: float, sizes: tuple[int, ...]) -> list[str]:
        """Hand them to the reader in parts, down to one by one, and note them."""
        count = len(run.data)
        if not sizes or count == 1:
            return [self._read(folding, event, at) for event in run.events()]
        size, *smaller = sizes
        if size >= count:
            return self._read_apart(folding, run, at, tuple(smaller))
        texts: list[str] = []
        for part in run.parts(size):
            pieces = self._read_texts(folding, part, at)
            texts += self._read_apart(folding, part, at, tuple(smaller)) if pieces is None else pieces
        return texts

    def _read(self, folding: Folding, event: ServerSentEvent, at: float) -> str:
        """Hand one event to the dialect's reader, and note it; the text that it brought."""
        if ends := self._is_end(event):
            folding.reader.closing = True
        brought = folding.read(event)
        malformed = brought.kind == "malformed"
        self.events.append(ReceivedEvent(at, event.data, event.event, event.id, brought.content, malformed))
        if self._session_path is not None:
            self._look_for_session(event)
        if ends and not folding.reader.over:
            folding.close()
        return brought.text

    def _decide(self, *, ended: bool) -> str:
        """Decide the dialect by the first events, and read them."""
        waiting = self._waiting
        if not waiting or self._framing is None:
            return ""
        first = events_of([run for _, run in waiting])[:_EVENTS_TO_LOOK_AT]
        samples = [Sample(event, read_json(event.data)) for event in first]
        choice: Choice | None = None
        # One event after the other, so that how many came in one piece makes no difference.
        for count in range(1, len(samples) + 1):
            last_chance = count == _EVENTS_TO_LOOK_AT or (ended and count == len(samples))
            choice = choose(self._head, self._framing, samples[:count], last_chance=last_chance)
            if choice is not None:
                break
        if choice is None:
            return ""
        self.reason = f"{self.reason}; {choice.reason}"
        self._use(choice.dialect)
        self._waiting = None
        return "".join([self._take([run], at) for at, run in waiting])

    def _is_end(self, event: ServerSentEvent) -> bool:
        """Whether this event ends the reply by the user's own condition."""
        return (
            self._ends_at is not None
            and (value := read_json(event.data)) is not NOT_JSON
            and self._ends_at.holds(value)
        )

    def _look_for_session(self, event: ServerSentEvent) -> None:
        value = read_json(event.data)
        if self._session_path is not None and value is not NOT_JSON:
            found = self._session_path.find(value)
            self._session = self._session if found is None else found

    def _is_unreadable(self, reply: Reply) -> bool:
        """Whether nothing in the body could be read: no event that brought anything, no end, no reason for one."""
        folding = self._folding
        if folding is None or reply.outcome == "error":
            return False
        malformed = folding.malformed
        reader = folding.reader
        ended = reader.over and not (reader.puzzled or reader.doubted or malformed)
        if (
            reply.text
            or reply.messages
            or reply.reasoning
            or ended
            or (reply.finish_reason is not None and not reader.puzzled)
            or reply.interrupt is not None
        ):
            return False
        if malformed and (self._framing == "json" or (self._framing == "ndjson" and len(self.events) == 1)):
            # JSON whose end is missing has been cut; anything else in it is no answer that anybody could read.
            return not is_cut_json(b"".join([chunk.data for chunk in self.chunks]))
        # Pieces of text are as long as they happen to be: how many of them cannot be read says nothing.
        return reply.outcome == "complete" or (self._framing != "text" and len(self.events) == malformed)

    def _nothing(self, *, clean: bool) -> Reply:
        """No answer at all: an error where the server ended it so, a truncated reply where the transfer broke."""
        if not clean:
            return self._complemented(Reply(protocol=self.protocol, outcome="truncated", complete=False))
        start = start_of(self.chunks)
        hint = f". {nearest.named(start)}" if start else ""
        return self._failed(ReplyError(message=f"nothing in the answer can be read: {shown(start, self.size)}{hint}"))

    def _failed(self, error: ReplyError) -> Reply:
        return self._complemented(Reply(protocol=self.protocol, error=error, outcome="error", complete=False))

    def _complemented(self, reply: Reply) -> Reply:
        if self._session is not None:
            reply.session[self._options.session_key] = self._session
        make_sound(reply)
        note_bytes_that_are_no_text(reply, self._head, self.chunks)
        reply.events = self.events  # they are as they came
        return reply

    def _error_beside_events(self) -> ReplyError | None:
        """The error that a server wrote beside its events, or at the end of its text."""
        framer = self._framer
        if framer is None or self._head.is_websocket:
            return None
        return beside_events(self._framing, framer.error_field, end_of(self.chunks), over=self.over)
