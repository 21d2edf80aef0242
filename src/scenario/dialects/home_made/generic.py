"""The reader of home-made streams: JSON objects, JSON strings or raw text, with or without names.

How such a stream ends. With `[DONE]`, with an event named done, end, finish, … (by its SSE name or by `type` in its
JSON), with {"done": true}, or just with its body: many home-made endpoints have no terminal event, so a clean end is
then the end of the reply. An endpoint that is known to send a terminal event is another matter: its reader is given
`done=True`, and an end without one is a truncated reply.

JSON or raw text is decided by the first event that has data. After that, an event of a JSON stream that is no JSON is
malformed, and one of a raw stream is text, whatever it looks like, unless it is an object with a text in it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any, ClassVar, Final, Literal

import msgspec

from scenario.dialects.home_made.answer import RAW, Answer
from scenario.dialects.home_made.end_reasons import bad_word, reason_in
from scenario.dialects.home_made.text_shape import TextShape, text_shape
from scenario.dialects.home_made.tool_events import ToolEvents
from scenario.dialects.openai.chat import usage_of
from scenario.late_pattern import late_pattern
from scenario.protocols.damage import failed_in_brackets, was_meant_as_text
from scenario.protocols.event_names import Role, Telling, kinds_of, only_carries, role_of, says_step, telling_of
from scenario.protocols.foreign_errors import told
from scenario.protocols.json_path import JsonPath
from scenario.protocols.json_text import NOT_JSON, read_json, shortened, write_json
from scenario.protocols.parts_in_json import reasoning_in
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
    ReadOptions,
)
from scenario.protocols.speakers_in_json import is_of_others
from scenario.protocols.text_in_json import TEXT_KEYS, Found, found_in, says_how_it_went, text_in
from scenario.types import Reply
from scenario.wire.sse import ServerSentEvent

# What JSON can begin with; most raw text is recognised without trying to parse it.
_JSON_STARTS: Final = frozenset('{["-0123456789tfn')
_JSON_OPENINGS: Final = ("{", "[", '"')
# By themselves, these are no words of an answer's: marks of somebody's code, or of a model's own.
_END_MARKS: Final = frozenset(
    {
        "[DONE]",
        "[END]",
        "[EOS]",
        "[EOF]",
        "[STOP]",
        "[FINISHED]",
        "[COMPLETE]",
        "[STREAM_END]",
        "<END>",
        "<EOS>",
        "</S>",
    }
    | {"<|IM_END|>", "<|ENDOFTEXT|>", "<|EOT_ID|>", "<END_OF_TURN>"}
)
_LIFE_MARKS: Final = frozenset({"[ping]", "[pong]", "[heartbeat]", "[keepalive]", "[keep-alive]", "[keep_alive]"})
# The end of a member's name, which stands in damaged JSON wherever the damage is.
_MEMBER: Final = late_pattern(r"[\w-][\"']?\s*:")
_DONE_FLAGS: Final = ("done", "is_done", "finished", "is_finished", "is_final", "final")
# Where an event without a name has a piece; where else it has its text, it may tell the whole.
_PIECE_KEYS: Final = frozenset(("content", "text", "delta", "token", "chunk", "choices"))
# A message beside one of these tells how far the agent is, where other events have the answer.
_STAGES: Final = frozenset(("status", "stage", "step", "phase", "progress", "state"))
# Where an event lies in another one, and where else its kind may be told.
_CARRIED: Final = ("data", "payload", "obj")
_ASIDES: Final = ("subtype", "chunk_type", "category", "channel", "node", "stage", "phase", "classification", "role")
_ASIDE_ROLES: Final = frozenset((Role.SILENT, Role.REASONING, Role.TOOL_CALL, Role.TOOL_RESULT))
_ONLY_KEYS: Final = frozenset(TEXT_KEYS)


class GenericReader(Reader):
    """Folds the events of a home-made stream into a reply."""

    # Most often, an event is nothing but a text under its key.
    decode_text: ClassVar[Callable[..., Any] | None] = msgspec.json.Decoder(dict[str, str]).decode

    def __init__(self, protocol: str, options: ReadOptions) -> None:
        super().__init__(protocol)
        self._path = JsonPath(options.text_path, argument="reply") if options.text_path else None
        self._done = options.done
        self._mode: Literal["json", "raw"] | None = None
        # Raw text that may have been JSON: whether it was, the events after it show.
        self._doubted = ""
        self._has_raw = False
        # Only texts in JSON have come: they may be raw words in quotation marks.
        self._texts_alone = False
        self._tools = ToolEvents(self.reply)
        self._said = Answer(self.reply, replaces=options.pieces == "replace")
        self._before: set[str] = set()
        # What an event looked like that has brought a piece.
        self._shape: TextShape | None = None
        # Where the events of each kind have had their texts.
        self._places: dict[tuple[str, ...], tuple[str, ...]] = {}

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        data = event.data
        if self.over:
            return NOTHING
        if data.startswith("data:"):
            # The field's name twice, by servers that write it around what is written so already.
            data = data[5:].removeprefix(" ")
        name = _own_name(event.event)
        if data.strip().upper() in _END_MARKS or self._ends(name, data):
            return self._end()
        if data.strip().lower() in _LIFE_MARKS:
            return NOTHING
        start = data.lstrip()[:1]
        value = read_json(data) if start in _JSON_STARTS else NOT_JSON
        if type(value) is dict:
            return self._object(name, value, data)
        if type(value) is str and self._mode != "raw":
            self._texts_alone = self._mode is None or self._texts_alone
            self._mode = "json"
            return self._end() if value.strip().upper() == "[DONE]" else self._plain(name, value)
        if type(value) is list and self._mode != "raw":
            return self._list(name, value)
        return self._raw(name, data, value)

    def _texts_in(self, values: list[Any], /) -> list[str]:
        if len(set(chain.from_iterable(values))) > 1:
            return [] if self._shape is None else self._shape.texts_in(values)
        return [text for value in values for text in value.values()]

    def _take_texts(self, texts: list[str], values: list[Any], name: str, /) -> list[str] | None:
        if self._mode != "json" or self._path is not None or isinstance(self._done, str) or self.reply.finish_reason:
            return None
        keys = set(chain.from_iterable(values))
        if len(keys) == 1 and name == "message":
            return self._said.more(texts, f".{keys.pop()}") if keys <= _ONLY_KEYS else None
        shape = self._shape
        if shape is None or shape.name != _own_name(name) or keys != {*shape.beside, shape.key}:
            return None
        return self._said.more(texts, shape.kind)

    def follows(self, before: Reader) -> None:
        """Read what comes after an end: another answer, or the same one once more."""
        super().follows(before)
        self._before = before.reply.texts()

    def finish(self, ending: Ending) -> Reply:
        """The reply, of those texts that are the answer."""
        self._said.settle()
        if self._before:
            self._said.forget_repeated(self._before)
        return super().finish(ending)

    @property
    def is_raw(self) -> bool:
        """Whether its text came as it is, though JSON may have ended it."""
        return self._has_raw

    def is_whole(self) -> bool:
        """Whether the end of the body may be the end of the reply."""
        return self._done is None or self._done is False

    def _ends(self, *words: object) -> bool:
        return isinstance(self._done, str) and self._done in words

    def _end(self) -> Brought:
        self.over = True
        return END

    def _raw(self, name: str, data: str, value: object) -> Brought:
        if not data or role_of(name) in (Role.ERROR, Role.END):
            return self._plain(name, data)
        if self._mode == "json":
            if value is None:
                return NOTHING
            if data.strip().upper() == "DONE":
                return self._end()
            if self._texts_alone and was_meant_as_text(data):
                self.reply.contradict(f"{shortened(data)} is no JSON, and the texts before it were taken for some")
            return MALFORMED
        if self._mode is None and _was_json(data.strip()):
            return MALFORMED
        if failed_in_brackets(data):
            self.reply.fail(data.strip())
            return ERROR
        self._mode = "raw"
        self._has_raw = True
        if not self._doubted and data.lstrip()[:1] in _JSON_OPENINGS:
            self._doubted = data
        return self._plain(name, data)

    def _plain(self, name: str, text: str) -> Brought:
        """Text that stands in an event by itself."""
        match role_of(name):
            case Role.SILENT | Role.TOOL_CALL | Role.TOOL_PIECE | Role.TOOL_RESULT:
                return NOTHING
            case Role.END:
                if self.reply.has_text and (reason := bad_word(text)) is not None:
                    self.reply.finish_reason, text = reason, ""
                # Bare words at an end tell how it went, unless they are all there is.
                return self._closing(Found(text, ("message",)))
            case Role.ERROR:
                self.reply.fail(text or "an error event without words")
                return ERROR
            case Role.REASONING:
                self.reply.reasoning(text)
                return REASONING
            case Role.TEXT:
                return self._text(text, name or (RAW if self._mode == "raw" else ""))

    def _text(self, text: str | None, kind: str = "", telling: Telling = Telling.PIECE) -> Brought:
        if not text:
            return NOTHING
        added = self._said.add(text, kind, telling)
        return Brought("text", added) if added else NOTHING

    def _closing(self, found: Found) -> Brought:
        """The text of a terminal event: usually the whole answer once more; the answer itself if none has come."""
        self.over = True
        text = found.text
        how = found.place[:1] == ("message",) or says_how_it_went(text or "")
        added = self._said.close(text or "", says_how_it_went=how)
        self.retold = bool(text) and "".join(self.reply.message().texts).strip() == (text or "").strip()
        return Brought("end", added)

    def _list(self, name: str, value: list[Any]) -> Brought:
        self._mode = "json"
        if role_of(name) in (Role.TOOL_CALL, Role.TOOL_RESULT):
            return self._by_role(role_of(name), name, {"content": value})
        if self._path is None or role_of(name) not in (Role.TEXT, Role.END):
            return NOTHING
        found = self._found(value)
        return self._closing(found) if role_of(name) is Role.END else self._text(found.text, name)

    def _object(self, name: str, value: dict[str, Any], data: str) -> Brought:
        kinds = kinds_of(name, value)
        kind, role = self._kind(name, value, kinds)
        error = told(kinds, value, inside=role in (Role.TEXT, Role.END))
        if error is not None and (role is Role.SILENT or any(map(says_step, kinds))):
            # What a step could not do: what comes after it decides.
            return NOTHING
        if error is not None:
            self._mode = self._mode or "json"
            self.reply.fail(error.message or "an error event without words", error.code)
            return ERROR
        if self._mode == "raw" and role is Role.TEXT and self._found(value).text is None:
            return self._text(data)
        self._texts_alone = False
        if self._mode == "raw" and self._doubted:
            self.reply.contradict(f"{shortened(self._doubted)} is no JSON, and the events after it are")
        self._mode = "json"
        brought = self._by_role(role, kind, value)
        if brought.kind == "text" and (shape := text_shape(name, kind, value, brought.text)) is not None:
            self._shape = shape if shape.kind == self._said.goes_on else self._shape
        return brought

    def _kind(self, name: str, value: dict[str, Any], kinds: list[str]) -> tuple[str, Role]:
        """What an event is called, and what it is there for.

        Its SSE name, `type` and `event` say it, unless they only carry another one: then lesser names do. Of these,
        those of ends and tools always count.
        """
        first = [one for one in (name, _word(value.get("type")), _word(value.get("event"))) if one]
        telling = [one for one in first if not only_carries(one)]
        lesser = [one for one in kinds if one not in first]
        if not telling:
            inner = next((value[key] for key in _CARRIED if isinstance(value.get(key), dict)), None)
            lesser += kinds_of("", inner) if inner else []
            lesser += [word for key in _ASIDES if (word := _word(value.get(key))) and role_of(word) in _ASIDE_ROLES]
        for one in telling or lesser:
            if (role := role_of(one)) is not Role.TEXT:
                return one, role
        for one in lesser:
            if (role := role_of(one)) in (Role.END, Role.TOOL_RESULT):
                return one, role
        sure = [one for one in lesser if not only_carries(one) and telling_of(one) is not Telling.UNSURE]
        said = telling or sure or first
        return " ".join(said), Role.SILENT if is_of_others(value) else Role.TEXT

    def _by_role(self, role: Role, kind: str, value: dict[str, Any]) -> Brought:
        if isinstance(usage := value.get("usage"), dict):
            self.reply.usage = usage_of(usage)
        if self._ends(kind) or role is Role.END:
            self._note_reason(value, ends=True)
            return self._closing(self._found(value))
        match role:
            case Role.TOOL_CALL:
                wrong = self._tools.call(value)
                return Brought("malformed", reason=wrong) if wrong else TOOL_CALL
            case Role.TOOL_PIECE:
                return TOOL_CALL if self._tools.piece(value) else NOTHING
            case Role.TOOL_RESULT:
                self._tools.result(value)
                return NOTHING
            case Role.REASONING:
                self.reply.reasoning(reasoning_in(value) or text_in(value) or "")
                return REASONING
            case Role.SILENT if self._path is None:
                # Where nothing else has a text, an answer without one is not what it was.
                self.puzzled = self.puzzled or (not is_of_others(value) and bool(self._found(value).text))
                self._tools.beside(value)
                return NOTHING
        brought = self._content(value, kind)
        if brought.content:
            # A step's reason is none of the answer that goes on after it.
            self.reply.finish_reason = None
        ends = any(value.get(flag) is True for flag in _DONE_FLAGS)
        self._note_reason(value, ends=ends)
        if ends:
            self.over = True
            return Brought("end", brought.text)
        return brought

    def _note_reason(self, value: dict[str, Any], *, ends: bool) -> None:
        reason = reason_in(value, ends=ends)
        # A reason alone, where nothing of an answer could be found, does not make an empty one.
        self.puzzled = self.puzzled or (reason is not None and not ends and self.reply.is_empty)
        self.reply.finish_reason = reason or self.reply.finish_reason

    def _content(self, value: dict[str, Any], kind: str = "") -> Brought:
        found = self._found(value)
        if self._path is None and self._has_number(value, kind, found):
            return Brought("malformed", reason="a number stands where others of its kind have their text")
        brought = NOTHING
        if thought := reasoning_in(value):
            self.reply.reasoning(thought)
            brought = REASONING
        if self._tools.beside(value):
            brought = TOOL_CALL
        text = found.text
        if text is None and brought is NOTHING and "usage" not in value:
            self.puzzled = True
        if not text:
            return brought
        self._has_raw = False
        if kind:
            # What the user has said to end the answer is a part of it.
            added = self._said.add(text, kind, Telling.PIECE if self.closing else telling_of(kind))
        else:
            key = found.place[0] if found.place else ""
            telling = Telling.PIECE if key in _PIECE_KEYS or self._path is not None else Telling.WHOLE
            if key == "message" and not _STAGES.isdisjoint(value):
                telling = Telling.UNSURE
            added = self._said.add(text, f".{key}", telling)
        if not added:
            return brought
        return Brought("text" if brought is NOTHING else brought.kind, added)

    def _has_number(self, value: dict[str, Any], name: str, found: Found) -> bool:
        """Whether a number, or true or false, is where an event of the same kind has had its text."""
        kind = (name, _word(value.get("type")), _word(value.get("event")))
        if (place := self._places.get(kind)) is None:
            if found.text and found.place:
                self._places[kind] = found.place
            return False
        inner: Any = value
        for key in place:
            inner = inner.get(key) if isinstance(inner, dict) else None
        return isinstance(inner, int | float)

    def _found(self, value: object) -> Found:
        if self._path is None:
            return found_in(value)
        found = self._path.find(value)
        return Found(found if found is None or isinstance(found, str) else text_in(found) or write_json(found))


def _was_json(data: str) -> bool:
    """Whether a stream's first data was JSON before it was damaged: text does not begin, or end, so."""
    if data.startswith(('{"', "{'", "[{", '["')):
        return True
    return (data[:1] in ("{", "[", '"') or data[-1:] in ("}", "]")) and _MEMBER.search(data) is not None


def _own_name(name: str) -> str:
    """An event's SSE name, empty where it has none."""
    return "" if name == "message" else name


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
