"""Google's Gemini API and Vertex AI: `generateContent` and `streamGenerateContent`.

Source: https://ai.google.dev/api/generate-content. A stream is server-sent events where `alt=sse` asks for them, else a
JSON array of the same chunks. An answer is whole when a chunk has had its `finishReason`; usage may follow. Parts with
`thought` are reasoning. A prompt that was blocked has no candidates, and is an error. The key belongs into the header
`x-goog-api-key`. Google's own tools wrap each chunk into a `response`, and its Python library writes snake_case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec

from scenario.protocols.content_parts import Media, calls_of, cannot_carry, parts_of, text_of
from scenario.protocols.errors_in_json import error_in
from scenario.protocols.json_text import NOT_JSON, read_json, write_arguments
from scenario.protocols.looks import check_number
from scenario.protocols.protocol import (
    CERTAIN,
    ERROR,
    LIKELY,
    MALFORMED,
    NOTHING,
    REASONING,
    TOOL_CALL,
    Brought,
    Detection,
    Dialect,
    Framing,
    Head,
    Kind,
    Reader,
    ReadOptions,
    RequestDraft,
    Sample,
    Turn,
)
from scenario.types import Message, Usage
from scenario.wire.sse import ServerSentEvent

_STREAMED: Final = ":streamGenerateContent"
_WHOLE: Final = ":generateContent"
_VERSION: Final = "/v1beta"
_MARKS: Final = ("usageMetadata", "usage_metadata", "modelVersion", "model_version", "responseId", "response_id")
_KINDS: Final[tuple[Kind, ...]] = ("malformed", "error", "text", "tool_call", "reasoning")
_NO_REASON: Final = ("", "FINISH_REASON_UNSPECIFIED")

_Value = Mapping[str, Any]


class Gemini(Dialect):
    """A model behind `/v1beta/models/NAME`, or a server that answers as it does."""

    name: ClassVar[str] = "gemini"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "json", "ndjson")
    url_endings: ClassVar[tuple[str, ...]] = (_STREAMED, _WHOLE)

    def request(self, turn: Turn) -> RequestDraft:
        """The whole conversation each time; the model stands in the URL."""
        body: dict[str, Any] = {"contents": _contents(turn.messages)}
        if system := "\n\n".join(text_of(one.get("content")) for one in turn.messages if _is_system(one)):
            body["systemInstruction"] = {"parts": [{"text": system}]}
        return RequestDraft(body=body, url=_url(turn))

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply: chunks, an array of them, or the whole."""
        return GeminiReader(self.name, streaming=options.framing != "json")

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By candidates that hold what candidates hold, or by what is told of a blocked prompt."""
        for sample in samples:
            value = sample.value[0] if isinstance(sample.value, list) and sample.value else sample.value
            value = _unwrapped(value) if isinstance(value, dict) else {}
            if isinstance(feedback := _at(value, "promptFeedback"), dict) and _at(feedback, "blockReason"):
                return Detection(certainty=CERTAIN, reason='it has "promptFeedback" with a reason for a block')
            candidates = value.get("candidates")
            first = candidates[0] if isinstance(candidates, list) and candidates else None
            if not isinstance(first, dict):
                continue
            content = first.get("content")
            said = isinstance(content, dict) and (isinstance(content.get("parts"), list) or "role" in content)
            if said or isinstance(_at(first, "finishReason"), str):
                by_role = isinstance(content, dict) and content.get("role") == "model"
                known = by_role or any(mark in value for mark in _MARKS)
                reason = 'it has "candidates" with a content of parts, or a finish reason'
                return Detection(certainty=CERTAIN if known else LIKELY, reason=reason)
        return None


class _Call(msgspec.Struct, gc=False):
    name: str | None = None


class _Part(msgspec.Struct, gc=False, rename="camel"):
    text: str | None = None
    function_call: _Call | None = None


class _Content(msgspec.Struct, gc=False):
    parts: list[_Part | None] | None = None


class _Candidate(msgspec.Struct, gc=False, rename="camel"):
    content: _Content | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct, gc=False):
    """What the places that are read in a chunk may hold."""

    candidates: list[_Candidate | None] | None = None


class _Wrapped(_Chunk, gc=False):
    response: _Chunk | str | None = None


class GeminiReader(Reader):
    """Folds chunks into a reply."""

    shape = msgspec.json.Decoder(_Wrapped | list[_Wrapped | None])

    def __init__(self, protocol: str, *, streaming: bool) -> None:
        super().__init__(protocol)
        self._streaming = streaming
        self._index: object = None

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one chunk, or all that an array holds."""
        value = read_json(event.data)
        if isinstance(value, list):
            check_number(value)
            self._streaming = True
            brought = [self._chunk(one) if isinstance(one, dict) else MALFORMED for one in value]
            kinds = {one.kind for one in brought}
            kind = next((kind for kind in _KINDS if kind in kinds), NOTHING.kind)
            return Brought(kind, "".join([one.text for one in brought]))
        if not isinstance(value, dict):
            return MALFORMED if event.data.strip() not in ("", "[DONE]") else NOTHING
        return self._chunk(value)

    @property
    def ended(self) -> bool:
        """Whether a finish reason has come: usage may still follow."""
        return self.over or self.reply.finish_reason is not None

    def is_whole(self) -> bool:
        """Whether there is a finish reason; an answer that was not streamed is whole once it is there."""
        return self.reply.finish_reason is not None or (not self._streaming and not self.reply.is_empty)

    def _chunk(self, value: dict[str, Any]) -> Brought:
        value = _unwrapped(value)
        if (error := error_in(value)) is not None:
            self.reply.fail(error.message, error.code)
            return ERROR
        if isinstance(usage := _at(value, "usageMetadata"), dict):
            self.reply.usage = _usage(usage)
        feedback = _at(value, "promptFeedback")
        if isinstance(feedback, dict) and (reason := _at(feedback, "blockReason")):
            said = _at(feedback, "blockReasonMessage")
            self.reply.fail(f"the prompt was blocked ({reason}){f': {said}' if said else ''}", str(reason))
            return ERROR
        candidate = self._own(value.get("candidates"))
        return NOTHING if candidate is None else self._candidate(candidate)

    def _own(self, candidates: object) -> dict[str, Any] | None:
        """The candidate that is the reply: the first one of the answer."""
        found = [one for one in candidates if isinstance(one, dict)] if isinstance(candidates, list) else []
        if found and self._index is None:
            self._index = min(_index(one) for one in found)
        return next((one for one in found if _index(one) == self._index), None)

    def _candidate(self, candidate: dict[str, Any]) -> Brought:
        before, reason = self.reply.finish_reason, _at(candidate, "finishReason")
        ended = isinstance(reason, str) and reason not in _NO_REASON
        if ended:
            self.reply.finish_reason = reason
        content = candidate.get("content")
        parts = content.get("parts") if isinstance(content, dict) else None
        brought = [self._part(part) for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
        content_kinds = [one.kind for one in brought if one.content]
        if not content_kinds:
            return NOTHING
        self.begun = True
        if before is not None and not ended:
            # The model was called again: its answer owes a reason of its own.
            self.reply.finish_reason = None
        return Brought(content_kinds[0], "".join([one.text for one in brought]))

    def _part(self, part: dict[str, Any]) -> Brought:
        text = part.get("text")
        if isinstance(text, str) and text:
            if part.get("thought") is True:
                self.reply.reasoning(text)
                return REASONING
            return Brought("text", self.reply.text(text))
        if isinstance(call := _at(part, "functionCall"), dict):
            draft = self.reply.begin_call(object(), id=_text(call.get("id")), name=_text(call.get("name")))
            draft.arguments.append(write_arguments(call.get("args") or {}))
            return TOOL_CALL
        if isinstance(result := _at(part, "functionResponse"), dict):
            self.reply.result(_text(result.get("id")), result.get("response"), name=_text(result.get("name")))
        return NOTHING


def _unwrapped(value: dict[str, Any]) -> dict[str, Any]:
    inner = value.get("response")
    return inner if isinstance(inner, dict) and "candidates" not in value else value


def _at(value: _Value, name: str) -> Any:
    """A field, in whichever case it is written."""
    found = value.get(name)
    if found is not None:
        return found
    return value.get("".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name))


def _index(candidate: _Value) -> int:
    index = candidate.get("index")
    return index if type(index) is int else 0


def _usage(usage: _Value) -> Usage:
    """Thoughts are a part of what was given."""
    names = ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "totalTokenCount")
    taken, given, thought, total = (
        count if type(count := _at(usage, name)) is int and count > 0 else 0 for name in names
    )
    return Usage(input_tokens=taken, output_tokens=given + thought, total_tokens=total or taken + given + thought)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _url(turn: Turn) -> str:
    """Where the turn goes; nothing where the user's own URL says it."""
    path = turn.path.rstrip("/")
    if path.endswith((_STREAMED, _WHOLE)):
        return ""
    method = f"{_STREAMED}?alt=sse" if turn.stream else _WHOLE
    if "/models/" in path:
        return path + method
    return f"{path or _VERSION}/models/{turn.model or 'default'}{method}"


def _is_system(message: Message) -> bool:
    return message.get("role") in ("system", "developer")


def _contents(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The conversation in turns of the user and the model; neighbours of one role are one turn."""
    names = {call_id: name for message in messages for call_id, name, _ in calls_of(message)}
    turns: list[dict[str, Any]] = []
    for message in messages:
        if _is_system(message):
            continue
        role = "model" if message.get("role") == "assistant" else "user"
        parts = list(_parts(message, names))
        if parts and turns and turns[-1]["role"] == role:
            turns[-1]["parts"] += parts
        elif parts:
            turns.append({"role": role, "parts": parts})
    return turns


def _parts(message: Message, names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    if message.get("role") == "tool":
        call_id, content = message.get("tool_call_id"), message.get("content")
        value = read_json(content) if isinstance(content, str) else content
        response = value if isinstance(value, dict) else {"result": content}
        yield {"functionResponse": {"name": names.get(str(call_id), ""), "response": response}}
        return
    for part in parts_of(message.get("content")):
        yield _file(part) if isinstance(part, Media) else {"text": part}
    for _, name, arguments in calls_of(message):
        value = read_json(arguments)
        yield {"functionCall": {"name": name, "args": {} if value is NOT_JSON else value}}


def _file(media: Media) -> dict[str, Any]:
    if media.data:
        return {"inlineData": {"mimeType": media.type_or_any, "data": media.data}}
    if not media.url:
        cannot_carry(media, "Gemini", "it takes files by their bytes or their URL")
    return {"fileData": {"mimeType": media.type_or_any, "fileUri": media.url}}
