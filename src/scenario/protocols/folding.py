"""The events of one body folded into one reply: segment after segment, with what was decided on the way.

An agent may stream several model calls, runs or messages in one body, each with an end of its own. Each is a segment,
read by a reader of its own; the end of one is the reply's only if nothing begins after it. What could not be read may
have been a part of the answer: the reply is then an error, unless the user has said to skip it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

import msgspec

from scenario.protocols.damage import SHOWN, failing_words, misshapen, unreadable, was_meant_as_json
from scenario.protocols.event_names import is_keep_alive, kind_of_event
from scenario.protocols.finish_reasons import Judged, asks_for_tools, explained, is_refusal_reason, judged
from scenario.protocols.foreign_errors import error_beside_content, foreign_error, is_step
from scenario.protocols.joined_replies import finished, joined
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.looks import TOO_MUCH_CODE, TooMuchJsonError
from scenario.protocols.lost_lines import lost_lines
from scenario.protocols.protocol import ERROR, MALFORMED, NOTHING, Brought, Dialect, Ending, Reader, ReadOptions
from scenario.types import Damage, EventKind, Reading, Reply, ReplyError
from scenario.wire.event import ServerSentEvent
from scenario.wire.stray_lines import StrayLines

# What is done about an event that cannot be read.
Malformed: TypeAlias = Literal["error", "skip"]

# The codes of errors that no agent has told: of events that cannot be read, and of a stream that contradicts itself.
MALFORMED_CODE: Final = "malformed"
CONTRADICTION_CODE: Final = "contradiction"
# Kinds of events, damages and remarks that are kept; an agent may send any number.
_MOST_KINDS: Final = 64
_MOST_NOTES: Final = 16
_LUCK: Final = 8
_LOOKED_INTO: Final = 400
_DONE: Final = ("[DONE]", "DONE")


class Folding:
    """Folds events, one at a time or many that are alike.

    Args:
        dialect: whose they are.
        options: how they are read.
        malformed: what is done about an event that cannot be read.
        finish_reasons: what the user says that finish reasons mean, by their plain form.
        before: how many events of the body were read by nobody, since they are keep-alives.

    Attributes:
        reader: of the segment that is being read.
        malformed: how many events could not be read.
        goes_on: the last event has brought text, after which others have mostly been found to be nothing but text.
        late_text: what the body's last event has brought, which was complete but for a blank line.
    """

    def __init__(
        self,
        dialect: Dialect,
        options: ReadOptions,
        *,
        malformed: Malformed = "error",
        finish_reasons: Mapping[str, Judged] = MappingProxyType({}),
        before: int = 0,
    ) -> None:
        self.reader: Reader = dialect.reader(options)
        self.malformed = 0
        self.late_text = ""
        self.goes_on = False
        self._luck = _LUCK
        self._dialect = dialect
        self._options = options
        self._policy = malformed
        self._finish_reasons = finish_reasons
        self._whole_body = options.framing in ("json", "text")
        self._read = before
        self._texts = 0
        self._text_example: tuple[str, str] | None = None
        # Made when there is something to keep: many replies are read at once.
        self._ended: list[Reader] = []
        self._next: Reader | None = None
        self._kinds: Counter[tuple[str, str]] | None = None
        self._damage: list[Damage] | None = None
        self._left_out: Counter[str] | None = None
        # What went wrong before the end, each with how much of the answer had come then.
        self._step_error: tuple[ReplyError, int] | None = None
        self._run_error: tuple[ReplyError, int] | None = None
        self._bad_reason: tuple[str, int] | None = None
        self._reason: str | None = None
        self._content = 0
        self._closed = False

    def close(self) -> None:
        """End the reply here, by the user's own condition: nothing after it is read."""
        self.reader.over = self._closed = True

    @property
    def is_over(self) -> bool:
        """Whether an end or an error has been read that may be the last thing worth waiting for."""
        reader = self.reader
        if reader.reply.error is not None or self._closed:
            return True
        return (reader.over or reader.ended) and not self._awaits_tools()

    @property
    def has_ended(self) -> bool:
        """Whether the segment that was read last has reached an end of its own, final or not."""
        return self.reader.over or self.reader.ended

    def _awaits_tools(self) -> bool:
        """Whether it ended to have tools called: the answer is still to come, unless a human is asked first."""
        reply = self.reader.reply
        if reply.interrupt is not None:
            return False
        return asks_for_tools(reply.finish_reason) or reply.has_open_calls()

    def read_texts(self, data: list[str], name: str) -> list[str] | None:
        """Take in events that are alike, if each brings nothing but text; see `Reader.read_texts`."""
        if self.reader.reply.error is not None:
            # What comes after an error may begin an answer of its own.
            return None
        pieces = self.reader.read_texts(data, name)
        count = len(data)
        if pieces is None:
            self._luck -= count == 1
            return None
        self._luck, self.goes_on = min(self._luck + 1, _LUCK), True
        self._read += count
        self._texts += count
        self._content += count
        if self._text_example is None:
            self._text_example = (name, data[0][:_LOOKED_INTO])
        return pieces

    def texts_ahead(self, data: list[str]) -> int:
        """How many of the first of these events are worth a try to read them as texts; they follow what was read."""
        if not self.goes_on:
            return 0
        count = self.reader.texts_ahead(data)
        self._luck -= count == 0
        return count

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event: what it brought."""
        reader = self.reader
        ended = reader.over or reader.reply.error is not None
        try:
            if ended:
                brought = self._after_the_end(event)
            else:
                brought = reader.read(event)
                if brought.kind == "nothing":
                    brought = self._overlooked(event)
                elif brought.content and (error := error_beside_content(event.data)) is not None:
                    reader.reply.fail(error.message, error.code)
            # What comes after the end and begins nothing may be anything.
            said = brought.kind not in ("malformed", "error") and (brought.kind != "nothing" or not ended)
            if reader.shape is not None and said:
                reason = misshapen(reader.shape, event.data)
                brought = Brought("malformed", brought.text, reason) if reason else brought
        except RecursionError:  # JSON that is nested almost as deep as can be read
            brought = MALFORMED
        except TooMuchJsonError as error:
            self.reader.reply.fail(str(error), TOO_MUCH_CODE)
            brought = ERROR
        if brought.kind == "malformed" and (ended or reader.ended) and isinstance(read_json(event.data), list):
            # How the answer came about, as some servers tell it at last, and no event of the dialect.
            self._leave_out("what came after the end")
            brought = NOTHING
        if brought.kind == "malformed":
            self._note_damage(event, brought.reason)
        self._read += 1
        self.goes_on = bool(brought.text) and self._luck > 0
        if brought.content:
            self._content += 1
        self._note_reason()
        self._note_kind(event, brought.kind)
        return brought

    def _after_the_end(self, event: ServerSentEvent) -> Brought:
        """An event after an end: it opens a segment, or belongs to none."""
        if self._closed or is_keep_alive(event) or event.data.strip().upper() in _DONE:
            return NOTHING
        ended = self.reader
        if ended.reads_on and (brought := ended.read(event)).kind != "nothing":
            return brought
        following = self._next
        if following is None:
            done = True if self._options.done is None else self._options.done
            following = self._dialect.reader(msgspec.structs.replace(self._options, done=done))
            following.follows(ended)
            self._next = following
        brought = following.read(event)
        opens = brought.kind in ("text", "reasoning", "tool_call") or brought.kind == "error" or following.begun
        if ended.reply.error is not None and not following.begun:
            # What comes after an error is no new answer: it is the rest of the one that has failed.
            self._next = None
            return NOTHING if ended.over else ended.read(event)
        if opens or following.reply.error is not None:
            if ended.reply.error is not None:
                self._run_error = (ended.reply.error, self._content)
            self._ended.append(ended)
            self.reader, self._next = following, None
            return brought
        if brought.kind == "nothing" and (error := foreign_error(event)) is not None:
            self._fail(error, event)
            return ERROR
        if brought.kind == "malformed":
            return brought
        if brought.text or brought.content:
            self._leave_out("what came after the end")
        return NOTHING

    def _overlooked(self, event: ServerSentEvent) -> Brought:
        """An event that meant nothing to the dialect: it may be an error of whoever stands between."""
        if self._whole_body or (error := foreign_error(event)) is None:
            return NOTHING
        self._fail(error, event)
        return ERROR

    def _fail(self, error: ReplyError, event: ServerSentEvent) -> None:
        if is_step(event) and not self.reader.over:
            # A step may be tried again: what comes after it decides.
            self._step_error = self._step_error or (error, self._content)
            return
        self.reader.reply.fail(error.message, error.code)

    def _note_reason(self) -> None:
        """A good reason that comes after a bad one, and after nothing else, takes nothing back."""
        reason = self.reader.reply.finish_reason
        if reason is self._reason:
            return
        self._reason = reason
        if reason and judged(reason, self._finish_reasons) in ("truncated", "error"):
            self._bad_reason = (reason, self._content)

    def _note_damage(self, event: ServerSentEvent, reason: str) -> None:
        self.malformed += 1
        meant = was_meant_as_json(event.data) or self._whole_body
        if not meant and (words := failing_words(event.data)) and not self.has_ended:
            self._fail(ReplyError(message=words[:SHOWN]), event)
            return
        if not meant:
            self._leave_out("words that are no JSON")
            return
        self._damage = self._damage or []
        if len(self._damage) < _MOST_NOTES:
            self._damage.append(Damage(index=self._read, event=event.event, data=event.data[:SHOWN], reason=reason))

    def _note_kind(self, event: ServerSentEvent, taken_for: str) -> None:
        kinds = self._kinds
        if kinds is None:
            kinds = self._kinds = Counter()
        key = (kind_of_event(event.event, event.data[:_LOOKED_INTO]), taken_for)
        if key in kinds or len(kinds) < _MOST_KINDS:
            kinds[key] += 1
        else:
            kinds["…", taken_for] += 1

    def _leave_out(self, what: str) -> None:
        if self._left_out is None:
            self._left_out = Counter()
        self._left_out[what] += 1

    def _note_stray_lines(self, stray: StrayLines) -> None:
        in_text = any(one.is_raw for one in (*self._ended, self.reader))
        if lost := lost_lines(stray, in_text=in_text, end=self._read if self.has_ended else None):
            self.malformed += max(stray.count, len(lost))
            self._damage = sorted([*(self._damage or ()), *lost], key=lambda one: one.index)[:_MOST_NOTES]
        if stray.others:
            self._left_out = (self._left_out or Counter()) + Counter({"lines that are no fields": stray.others})

    def finish(self, ending: Ending, stray_lines: StrayLines) -> Reply:
        """The reply of the whole body, and how it was read."""
        self._note_stray_lines(stray_lines)
        last = self.reader
        if last.reply.cut and last.reply.error is None:
            ending = msgspec.structs.replace(ending, clean=False, left_over="")
        elif ending.half_event and self._is_harmless(ending):
            ending = msgspec.structs.replace(ending, half_event=False, left_over="")
        reply = finished(last, ending)
        marked = last.over or last.ended or (self._options.framing == "json" and reply.outcome == "complete")
        marked = marked and not last.doubted and not last.reply.cut
        overcome: list[str] = []
        if self._ended:
            overcome = [one.reply.error.message for one in self._ended if one.reply.error is not None]
            reply = joined([*(finished(one, Ending()) for one in self._ended), reply])
        reading = self._judge(reply, marked=marked, overcome=overcome)
        reply.malformed = self.malformed
        reply.reading = reading
        return reply

    def _is_harmless(self, ending: Ending) -> bool:
        """Whether an event that no blank line completed is nothing that the reply could miss.

        It is JSON that came whole after the answer's own end, or that end itself, which is then read.
        """
        event = ServerSentEvent(data=ending.left_over)
        data = event.data.strip()
        is_done = data.upper() in _DONE
        if not is_done and (data[:1] != "{" or read_json(data) is NOT_JSON):
            return False
        if ending.clean and not self.has_ended:
            alone = Folding(self._dialect, self._options)
            alone.read(event)
            if alone.has_ended and alone.reader.reply.error is None and not alone.malformed:
                self.late_text = self.read(event).text
        return is_done or self.has_ended

    def _judge(self, reply: Reply, *, marked: bool, overcome: list[str]) -> Reading:
        """Hold the reply against what was noted on the way, and say how it was read."""
        notes: list[str] = []
        self._judge_errors(reply, marked, overcome)
        damage = tuple(self._damage or ())
        if damage and self._policy == "error" and not self._is_only_cut(reply, damage):
            _fail(reply, ReplyError(message=unreadable(damage, self.malformed), code=MALFORMED_CODE))
        if reply.outcome == "complete" and reply.interrupt is None:
            marked = self._judge_finish(reply, marked, notes)
        if reply.outcome == "complete" and (said := self._contradiction()) is not None:
            _fail(reply, ReplyError(message=f"the stream contradicts itself: {said}", code=CONTRADICTION_CODE))
        if is_refusal_reason(reply.finish_reason):
            notes.append("the agent declined to answer")
        notes += [f"an error was followed by an answer of its own: {said[:SHOWN]}" for said in overcome[:_MOST_NOTES]]
        return Reading(
            kinds=self._all_kinds(),
            segments=len(self._ended) + 1,
            left_out=tuple(f"{what}: {count}" for what, count in (self._left_out or {}).items()),
            damage=damage,
            end="marked" if marked else "assumed" if reply.outcome == "complete" else "missing",
            notes=tuple(
                dict.fromkeys([*notes, *(note for one in (*self._ended, self.reader) for note in one.reply.notes)])
            ),
        )

    def _judge_errors(self, reply: Reply, marked: bool, overcome: list[str]) -> None:
        """An error is overcome where an answer came after it; what only begins and ends anew, or is cut, is none."""
        if self._run_error is not None and (self._content == self._run_error[1] or reply.outcome == "truncated"):
            overcome.clear()
            _fail(reply, self._run_error[0])
        if self._step_error is not None and reply.error is None:
            error, content = self._step_error
            if marked and (self._content > content or self.reader.retold):
                overcome.append(error.message)
            else:
                _fail(reply, error)
        if self._bad_reason is not None and self._content == self._bad_reason[1] and reply.outcome == "complete":
            reply.finish_reason = self._bad_reason[0]

    def _contradiction(self) -> str | None:
        """What a segment has told twice and not alike; where damage is passed over, that is what is missing."""
        if self.malformed and self._policy == "skip":
            return None
        return next((said for one in (*self._ended, self.reader) if (said := one.reply.contradiction)), None)

    def _is_only_cut(self, reply: Reply, damage: tuple[Damage, ...]) -> bool:
        """Whether it is known already that something is missing: the body ends in the middle of its last event."""
        if reply.outcome not in ("complete", "truncated"):
            return True
        return reply.outcome == "truncated" and len(damage) == 1 and damage[0].index == self._read - 1

    def _judge_finish(self, reply: Reply, marked: bool, notes: list[str]) -> bool:
        """Take the finish reason at its word; whether the end is still marked."""
        reason = reply.finish_reason
        meant = judged(reason, self._finish_reasons)
        if asks_for_tools(reason) and not reply.tool_calls and meant == "complete":
            notes.append(f"the finish reason {(reason or '')[:SHOWN]!r} asks for a tool, and no call came")
            return False
        if not reason or meant == "complete":
            return marked
        if meant == "truncated":
            reply.outcome, reply.complete = "truncated", False
            notes.append(explained(reason))
        elif meant == "error":
            _fail(reply, ReplyError(message=explained(reason), code=reason[:SHOWN]))
        else:
            notes.append(f"the finish reason {reason[:SHOWN]!r} is not known: the answer is taken for whole")
            return False
        return marked

    def _all_kinds(self) -> tuple[EventKind, ...]:
        if self._options.framing == "text":
            # Pieces of text are as long as they happen to be: there is nothing to count.
            return ()
        kinds = Counter(self._kinds or {})
        if self._text_example is not None:
            kinds[kind_of_event(*self._text_example), "text"] += self._texts
        return tuple(EventKind(name=name, taken_for=taken, count=count) for (name, taken), count in kinds.items())


def _fail(reply: Reply, error: ReplyError) -> None:
    reply.error = reply.error or error
    reply.outcome, reply.complete = "error", False
