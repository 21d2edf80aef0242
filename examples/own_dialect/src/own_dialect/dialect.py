"""The dialect: server-sent events, each a JSON object with its `kind` and the `talk` that it belongs to.

{"kind": "say",  "talk": "t1", "words": "It is "}                        a piece of the answer
{"kind": "use",  "talk": "t1", "id": "c1", "tool": "weather", "with": {"city": "Paris"}}
{"kind": "got",  "talk": "t1", "id": "c1", "result": 18}                 what the tool gave
{"kind": "oops", "talk": "t1", "why": "the model is busy"}               an error, which ends the answer
{"kind": "over", "talk": "t1", "tokens": {"in": 12, "out": 5}}           the end
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from scenario.protocol import (
    CERTAIN,
    END,
    ERROR,
    MALFORMED,
    NOTHING,
    TOOL_CALL,
    Brought,
    Detection,
    Dialect,
    Head,
    Reader,
    ReadOptions,
    RequestDraft,
    Sample,
    ServerSentEvent,
    Turn,
    Usage,
    read_object,
    write_json,
)

KINDS = frozenset({"say", "use", "got", "oops", "over"})


class Own(Dialect):
    """Spoken at `/talk`."""

    name: ClassVar[str] = "own"
    url_endings: ClassVar[tuple[str, ...]] = ("/talk",)

    def request(self, turn: Turn) -> RequestDraft:
        """What the user has said since the agent last spoke, and the talk that the agent gave the conversation."""
        said = [message["content"] for message in turn.new_messages if message.get("role") == "user"]
        return RequestDraft(body={"said": said, "talk": turn.session.get("talk")})

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply."""
        del options
        return OwnReader(self.name)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By a kind of its own beside a talk."""
        for sample in samples:
            if _word(sample.fields, "kind") in KINDS and "talk" in sample.fields:
                return Detection(certainty=CERTAIN, reason='an event has a "kind" and a "talk"')
        return None


class OwnReader(Reader):
    """Folds the events of one reply."""

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event, whatever it holds."""
        if self.over:
            return NOTHING
        value = read_object(event.data)
        if value is None or not isinstance(value.get("kind"), str):
            return MALFORMED
        if isinstance(talk := value.get("talk"), str):
            self.reply.session["talk"] = talk
        match value["kind"]:
            case "say":
                words = value.get("words")
                return Brought("text", self.reply.text(words)) if isinstance(words, str) else MALFORMED
            case "use":
                call = self.reply.begin_call(_word(value, "id"), id=_word(value, "id"), name=_word(value, "tool"))
                call.arguments.append(write_json(value.get("with", {})))
                return TOOL_CALL
            case "got":
                self.reply.result(_word(value, "id"), value.get("result"))
                return NOTHING
            case "oops":
                self.reply.fail(_word(value, "why") or "an error without a reason")
                return ERROR
            case "over":
                self.over = True
                self.reply.usage = _usage(value.get("tokens"))
                return END
            case _:  # a kind that a later version has
                return NOTHING

    def is_whole(self) -> bool:
        """Never before the event that says so: `over` is looked at by itself."""
        return False


def _word(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _usage(tokens: object) -> Usage | None:
    read, written = (tokens.get("in"), tokens.get("out")) if isinstance(tokens, dict) else (None, None)
    if type(read) is not int or type(written) is not int:
        return None
    return Usage(input_tokens=read, output_tokens=written, total_tokens=read + written)
