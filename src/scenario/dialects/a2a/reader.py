"""The reading of A2A's answers, in all its versions: with JSON-RPC around them or without, streamed or whole.

What is said in a task is in its artifacts; a status message while it works tells of progress and is no part of the
answer, the one with which it ends may be. A task that asks for input, or for authorisation, waits for a human. An
artifact comes in pieces (`append`), or again and whole, which replaces what it held; servers whose first piece of each
is to be added, too, create them so. Where a completed task has said
nothing else, its answer is the last that it told while it worked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from scenario.protocols.errors_in_json import error_of
from scenario.protocols.json_text import read_json, write_json
from scenario.protocols.protocol import END, ERROR, MALFORMED, NOTHING, Brought, Reader
from scenario.wire.sse import ServerSentEvent

_FAILURES: Final = frozenset({"failed", "canceled", "cancelled", "rejected"})
_WAITING: Final = frozenset({"input-required", "auth-required"})
# What an object is: by its `kind` in version 0.3, by the name that holds it since 1.0 and over REST.
_KINDS: Final[Mapping[str, str]] = {
    "status-update": "status",
    "artifact-update": "artifact",
    "task": "task",
    "message": "message",
}
_NAMES: Final[Mapping[str, str]] = {
    "artifactUpdate": "artifact",
    "statusUpdate": "status",
    "task": "task",
    "message": "message",
    "msg": "message",
}

_Object = Mapping[str, Any]


class _Part(msgspec.Struct, gc=False):
    text: str | None = None
    root: _Part | None = None


class _Said(msgspec.Struct, gc=False):
    """A message or an artifact."""

    parts: list[_Part] | None = None
    content: list[_Part] | None = None


class _Status(msgspec.Struct, gc=False):
    state: str | int | None = None
    message: _Said | None = None


class _Held(msgspec.Struct, gc=False):
    """A task, an update of one, or a message."""

    parts: list[_Part] | None = None
    content: list[_Part] | None = None
    artifact: _Said | None = None
    artifacts: list[_Said] | None = None
    status: _Status | None = None
    history: list[_Said] | None = None


class _Named(msgspec.Struct, gc=False, rename="camel"):
    """Since 1.0, what an object is stands in the name that holds it."""

    artifact_update: _Held | None = None
    status_update: _Held | None = None
    task: _Held | None = None
    message: _Held | None = None
    msg: _Held | None = None


class _Result(_Named, gc=False):
    """In 0.3, an object has its kind beside its fields."""

    kind: str | None = None
    parts: list[_Part] | None = None
    artifact: _Said | None = None
    artifacts: list[_Said] | None = None
    status: _Status | None = None
    history: list[_Said] | None = None


class _Shape(_Named, gc=False):
    """What the places that are read in an answer may hold."""

    result: _Result | None = None


class A2AReader(Reader):
    """Folds tasks, their updates and messages into a reply."""

    shape = msgspec.json.Decoder(_Shape)

    def __init__(self, protocol: str) -> None:
        super().__init__(protocol)
        self._state = ""
        self._artifacts: set[object] = set()
        # Those whose first piece was to be added to them, and whether others were begun before anything was added.
        self._created: dict[str, None] = {}
        self._begins = False
        self._data: list[Any] = []
        self._said = False
        self._completed = False
        # What a task told last while it worked: a message of its status, which goes into its history.
        self._told: object = None

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event, or the whole of an answer that is not streamed."""
        if self.over:
            return NOTHING
        value = read_json(event.data)
        if type(value) is not dict:
            return MALFORMED if event.data.strip() else NOTHING
        if event.event == "error" or value.get("error") is not None:
            return self._failed(value)
        result = value.get("result", value)
        if type(result) is not dict:
            return NOTHING
        if isinstance(kind := result.get("kind"), str):
            return self._object(_KINDS.get(kind, ""), result)
        for name, kind in _NAMES.items():
            if isinstance(inner := result.get(name), dict):
                return self._object(kind, inner)
        return NOTHING

    def is_whole(self) -> bool:
        """Whether the task has come to rest; a message is an answer by itself."""
        return self._state == "completed" or self._state in _WAITING or (self._said and not self._state)

    def _failed(self, value: _Object) -> Brought:
        error = error_of(value)
        self.reply.fail(error.message, error.code)
        self.over = True
        return ERROR

    def _object(self, kind: str, value: _Object) -> Brought:
        self._remember(value, task="id" if kind == "task" else "taskId")
        match kind:
            case "artifact":
                return self._artifact(value.get("artifact"), append=value.get("append") is True)
            case "status":
                return self._status(value.get("status"), final=value.get("final"))
            case "task":
                return self._task(value)
            case "message":
                self._said = True
                text = self._message(value)
                return Brought("text", text) if text else NOTHING
        return NOTHING

    def _remember(self, value: _Object, *, task: str) -> None:
        for name, key in (("contextId", "contextId"), ("taskId", task)):
            if isinstance(found := value.get(key), str) and found:
                self.reply.session[name] = found

    def _task(self, task: _Object) -> Brought:
        """A task as it stands: the first event of a stream, or the whole answer."""
        self._told = _last_told(task.get("history")) or self._told
        artifacts = task.get("artifacts")
        texts = [
            self._artifact(artifact, append=False).text
            for artifact in (artifacts if isinstance(artifacts, list) else ())
        ]
        ended = self._status(task.get("status"), final=None)
        text = "".join([*texts, ended.text])
        return Brought("text" if ended is NOTHING and text else ended.kind, text)

    def _artifact(self, artifact: object, *, append: bool) -> Brought:
        if not isinstance(artifact, dict):
            return MALFORMED
        text, data = _parts(artifact)
        self._data += data
        key = ("artifact", _text(artifact.get("artifactId")))
        self._check_piece(key, append=append)
        self._artifacts.add(key)
        if not text:
            return NOTHING
        return Brought("text", self.reply.text(text, key) if append else self._replace(text, key))

    def _check_piece(self, key: tuple[str, str], *, append: bool) -> None:
        """What is added to an artifact that is not there creates it, as some servers do it throughout."""
        name = key[1]
        if append and key not in self._artifacts:
            self._created[name] = None
            if len(self._created) == 1:
                self.reply.notes += (f"artifact {name[:60]!r} begins with a piece that is to be added to it",)
        elif append:
            self._begins = self._begins or name not in self._created
        if self._created and (self._begins or (not append and name in self._created)):
            first = next(iter(self._created))[:60]
            self.reply.contradict(f"a piece is to be added to artifact {first!r}, which has not begun")

    def _replace(self, text: str, key: object) -> str:
        """Let a message hold this text alone, and return what that adds to it."""
        texts = self.reply.message(key).texts
        if not texts:
            return self.reply.text(text, key)
        before = "".join(texts)
        texts[:] = [text]
        return text.removeprefix(before) if text.startswith(before) else ""

    def _message(self, message: object) -> str:
        """The agent's words in a message, told once even where the message comes again."""
        if not isinstance(message, dict) or message.get("role") in ("user", "ROLE_USER"):
            return ""
        text, data = _parts(message)
        self._data += data
        return self._replace(text, ("message", _text(message.get("messageId")) or object())) if text else ""

    def _status(self, status: object, *, final: object) -> Brought:
        if not isinstance(status, dict):
            return MALFORMED
        state = _text(status.get("state")).removeprefix("TASK_STATE_").lower().replace("_", "-")
        self._state = state
        rests = state == "completed" or state in _FAILURES or state in _WAITING
        if rests or final is True:
            self.reply.finish_reason = state
            # In version 0.3 more may follow a state that is not marked as final.
            self.over = final is not False
            # The stream is said to be at its end, and the task is not.
            self.reply.cut = not rests
        message = status.get("message")
        said = _parts(message)[0] if isinstance(message, dict) else ""
        if state in _FAILURES:
            self.reply.fail(said or f"the task's state is {state}", state)
            return ERROR
        if state in _WAITING:
            self.reply.interrupt = {"kind": state, "message": said}
            return END
        self.reply.interrupt = None
        if state == "working" and said:
            self._told = message
        return self._complete(message) if state == "completed" else END if self.over else NOTHING

    def _complete(self, message: object) -> Brought:
        """The last words of a task, where they are not those of an artifact once more."""
        if self._completed:
            return END
        self._completed = True
        said = _parts(message)[0] if isinstance(message, dict) else ""
        known = any(self.reply.message(key).text == said for key in self._artifacts)
        text = "" if known else self._message(message)
        if not self.reply.has_text and self._data:
            # An agent that answers in data alone has said that.
            text = self.reply.text("\n".join(map(write_json, self._data)))
        elif not self.reply.has_text and not self._artifacts:
            text = self._message(self._told)
        return Brought("end", text)


def _last_told(history: object) -> object:
    """The agent's last message since the user's; None where there is none."""
    last = history[-1] if isinstance(history, list) and history else None
    return last if isinstance(last, dict) and last.get("role") in ("agent", "ROLE_AGENT") else None


def _parts(holder: _Object) -> tuple[str, list[Any]]:
    """The text and the data of a message's or an artifact's parts."""
    parts = holder.get("parts")
    if not isinstance(parts, list):
        parts = holder.get("content")
    texts: list[str] = []
    data: list[Any] = []
    for part in parts if isinstance(parts, list) else ():
        if not isinstance(part, dict):
            continue
        # The JSON of early SDKs had what a part is one level deeper.
        part = inner if isinstance(inner := part.get("root"), dict) else part
        if isinstance(text := part.get("text"), str):
            texts.append(text)
        elif (value := part.get("data")) is not None:
            data.append(value)
    return "".join(texts), data


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
