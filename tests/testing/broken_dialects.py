"""A sound dialect, and for each rule of `check_dialect` one that breaks it, and no other before it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from scenario.protocol import (
    CERTAIN,
    END,
    ERROR,
    MALFORMED,
    NOTHING,
    Brought,
    Detection,
    Dialect,
    Ending,
    Head,
    Reader,
    ReadOptions,
    Reply,
    RequestDraft,
    Sample,
    ServerSentEvent,
    Turn,
    read_json,
)
from scenario.testing import Transcript


def events(*values: Any) -> bytes:
    """An event stream."""
    return b"".join(b"data: " + json.dumps(value).encode() + b"\n\n" for value in values)


ANSWER = Transcript(
    events({"note": {"by": "x"}}, {"say": "It is "}, {"say": "18."}, {"bye": 1}), "an answer", text="It is 18."
)
FAILED = Transcript(events({"say": "It is "}, {"oops": "busy"}), "a failure", outcome="error")
TRANSCRIPTS = (ANSWER, FAILED)


class SoundReader(Reader):
    """Reads it as it should be."""

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        if self.over:
            return NOTHING
        value = read_json(event.data)
        return self.take(value) if isinstance(value, dict) else MALFORMED

    def take(self, value: dict[str, Any]) -> Brought:
        """Take in an object."""
        if isinstance(words := value.get("say"), str):
            return self.say(words)
        if "oops" in value:
            self.reply.fail(str(value["oops"]) or "an error")
            return ERROR
        self.over = "bye" in value
        return END if self.over else NOTHING

    def say(self, words: str) -> Brought:
        """A piece of the answer."""
        return Brought("text", self.reply.text(words))

    def is_whole(self) -> bool:
        """Never: the end is looked at by itself."""
        return False


class Sound(Dialect):
    """Keeps every rule."""

    name: ClassVar[str] = "sound"
    reads: ClassVar[type[Reader]] = SoundReader

    def request(self, turn: Turn) -> RequestDraft:
        """The whole conversation."""
        return RequestDraft(body={"messages": turn.messages})

    def reader(self, options: ReadOptions) -> Reader:
        """A reader."""
        del options
        return self.reads(self.name)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By its words."""
        if any(isinstance(one.value, dict) and "say" in one.value for one in samples):
            return Detection(certainty=CERTAIN, reason='an event has a "say"')
        return None


class Hushed(SoundReader):
    """`read`: takes half of the answer."""

    def say(self, words: str) -> Brought:
        """A piece of the answer."""
        return super().say(words) if not self.reply.has_text else NOTHING


class Counting(SoundReader):
    """`slices`: thinks that each of its readings by `read_texts` is an event."""

    def read_texts(self, data: Sequence[str], name: str) -> list[str] | None:
        """Several at once."""
        if len(data) > 1:
            self.reply.finish_reason = "many"
        return None


class Whispering(SoundReader):
    """`told`: says nothing of every other piece."""

    def say(self, words: str) -> Brought:
        """A piece of the answer."""
        told = super().say(words)
        return told if words.endswith(" ") else Brought("text")


class Hasty(SoundReader):
    """`at-once`: takes many at once in another way than one by one."""

    def read_texts(self, data: Sequence[str], name: str) -> list[str] | None:
        """Several at once: what would be read one by one has a mark when it is read alone."""
        values = [read_json(one) for one in data]
        if len(data) == 2 and all(isinstance(value, dict) and set(value) == {"say"} for value in values):
            return [self.reply.text(value["say"].upper()) for value in values]
        return None


class Unwritable(SoundReader):
    """`written`: keeps what no JSON can hold."""

    def finish(self, ending: Ending) -> Reply:
        """The reply."""
        self.reply.session = {frozenset({"x"}): 1}  # type: ignore[dict-item]  # that is the fault
        return super().finish(ending)


class Trusting(SoundReader):
    """`end`: takes the end of the body for the end."""

    def is_whole(self) -> bool:
        """Whenever there is something."""
        return self.reply.has_text


class Believing(SoundReader):
    """`transfer`: does not look at how the transfer ended."""

    def finish(self, ending: Ending) -> Reply:
        """The reply."""
        return super().finish(Ending(clean=True, half_event=ending.half_event))


class Forgiving(SoundReader):
    """`errors`: forgets an error when the end comes."""

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        brought = super().read(event)
        if brought is END:
            self.reply.error = None
        return brought


class Overlooking(SoundReader):
    """`spoilt`: passes over what it cannot read."""

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        brought = super().read(event)
        return NOTHING if brought is MALFORMED else brought


class Presuming(SoundReader):
    """`anything`: takes for granted of what kind a value is."""

    def take(self, value: dict[str, Any]) -> Brought:
        """Take in an object."""
        if "note" in value:
            self.reply.session["by"] = value["note"]["by"]
        return super().take(value)


class Scanning(SoundReader):
    """`effort`: goes through all the pieces at each."""

    def __init__(self, protocol: str) -> None:
        super().__init__(protocol)
        self.pieces: list[str] = []

    def say(self, words: str) -> Brought:
        """A piece of the answer."""
        self.pieces.append(words)
        self.length = sum(len(piece) for piece in self.pieces)
        return super().say(words)


class Joining(Scanning):
    """`effort`: puts the whole text together at each piece."""

    def say(self, words: str) -> Brought:
        """A piece of the answer."""
        self.pieces.append(words)
        self.whole = "".join(self.pieces)
        return SoundReader.say(self, words)


class Mute(Sound):
    """`request`: does not pass on what was said."""

    def request(self, turn: Turn) -> RequestDraft:
        """The thread alone."""
        return RequestDraft(body={"thread": turn.thread_id})


class Greedy(Sound):
    """`others`: takes every stream of objects for its own."""

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By nothing in particular."""
        if any(isinstance(one.value, dict) for one in samples):
            return Detection(certainty=CERTAIN, reason="it is JSON")
        return None


class Shy(Sound):
    """`found`: does not know its own answers."""

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """Never."""
        return None


def reading_with(reader: type[Reader]) -> type[Dialect]:
    """A dialect that is sound but for its reader."""
    return type(reader.__name__, (Sound,), {"reads": reader})


BROKEN: Mapping[str, type[Dialect]] = {
    "read": reading_with(Hushed),
    "slices": reading_with(Counting),
    "told": reading_with(Whispering),
    "at-once": reading_with(Hasty),
    "written": reading_with(Unwritable),
    "end": reading_with(Trusting),
    "transfer": reading_with(Believing),
    "errors": reading_with(Forgiving),
    "spoilt": reading_with(Overlooking),
    "anything": reading_with(Presuming),
    "effort": reading_with(Scanning),
    "request": Mute,
    "others": Greedy,
    "found": Shy,
}
