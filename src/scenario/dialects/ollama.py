"""Ollama's `/api/chat` and `/api/generate`: lines of JSON, or one object where no stream is asked for.

Source: https://docs.ollama.com/api. The line with `"done": true` ends a reply. Tool calls come whole, several to a
line, and mostly without ids. A conversation with `/api/generate` goes on by the `context` that its last line brings;
where a server brings none, the prompt holds the whole conversation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import msgspec

from scenario.protocols.content_parts import cannot_carry, media_in
from scenario.protocols.errors_in_json import error_in
from scenario.protocols.json_text import NOT_JSON, read_json, write_arguments, write_json
from scenario.protocols.protocol import (
    CERTAIN,
    END,
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
    Reader,
    ReadOptions,
    RequestDraft,
    Sample,
    Turn,
)
from scenario.types import Message, Usage
from scenario.wire.sse import ServerSentEvent


class Ollama(Dialect):
    """Both of its endpoints; the URL's path tells which is meant."""

    name: ClassVar[str] = "ollama"
    framings: ClassVar[tuple[Framing, ...]] = ("ndjson", "json")
    url_endings: ClassVar[tuple[str, ...]] = ("/api/chat", "/api/generate")

    def request(self, turn: Turn) -> RequestDraft:
        """The whole conversation, or a prompt with the context of the last answer."""
        body: dict[str, Any] = {"model": turn.model or "default", "stream": turn.stream}
        if turn.path.rstrip("/").endswith("/generate"):
            return RequestDraft(body=body | _prompt(turn))
        names = _called(turn.messages)
        return RequestDraft(body=body | {"messages": [_message(one, names) for one in turn.messages]})

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply, lines or the whole object."""
        return OllamaReader(self.name, streaming=options.framing != "json")

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By what each line has."""
        for sample in samples:
            value = sample.value
            if not isinstance(value, dict) or not isinstance(value.get("done"), bool):
                continue
            if isinstance(value.get("message"), dict) or isinstance(value.get("response"), str):
                known = isinstance(value.get("model"), str) and "created_at" in value
                reason = 'a line has "done" beside a "message" or a "response"'
                return Detection(certainty=CERTAIN if known else LIKELY, reason=reason)
        return None


class _TextMessage(msgspec.Struct, gc=False):
    content: str
    thinking: None = None
    tool_calls: None = None


class _TextLine(msgspec.Struct, gc=False):
    """A line of `/api/chat` that brings nothing but text."""

    message: _TextMessage
    done: bool = False
    error: None = None


class _Function(msgspec.Struct, gc=False):
    name: str | None = None


class _Call(msgspec.Struct, gc=False):
    function: _Function | None = None


class _Said(msgspec.Struct, gc=False):
    content: str | None = None
    tool_calls: list[_Call] | None = None


class _Shape(msgspec.Struct, gc=False):
    """What the places that are read in a line may hold."""

    message: _Said | None = None
    response: str | None = None
    tool_calls: list[_Call] | None = None


class OllamaReader(Reader):
    """Folds lines into a reply."""

    decode_text = msgspec.json.Decoder(_TextLine).decode
    shape = msgspec.json.Decoder(_Shape)

    def __init__(self, protocol: str, *, streaming: bool) -> None:
        super().__init__(protocol)
        self._streaming = streaming

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one line."""
        if self.over:
            return NOTHING
        value = read_json(event.data)
        if type(value) is not dict:
            return MALFORMED if event.data.strip() else NOTHING
        if value.get("error") and (error := error_in(value)) is not None:
            self.reply.fail(error.message, error.code)
            return ERROR
        message = value.get("message")
        brought = self._said(message, "content") if isinstance(message, dict) else self._said(value, "response")
        return self._end(value, brought) if value.get("done") is True else brought

    def _texts_in(self, values: list[_TextLine], /) -> list[str]:
        return [value.message.content for value in values]

    def _take_texts(self, texts: list[str], values: list[_TextLine], _name: str, /) -> list[str] | None:
        if True in {value.done for value in values}:
            return None
        return self.reply.more_text(texts)

    def is_whole(self) -> bool:
        """Never before the line that says so; an object that was not streamed is whole once it is there."""
        return not self._streaming and not self.reply.is_empty

    def _said(self, message: dict[str, Any], key: str) -> Brought:
        brought = NOTHING
        if isinstance(thought := message.get("thinking"), str) and thought:
            self.reply.reasoning(thought)
            brought = REASONING
        calls = message.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            if isinstance(call, dict) and isinstance(function := call.get("function"), dict):
                self._call(call.get("id"), function)
                brought = TOOL_CALL
        text = message.get(key)
        if not isinstance(text, str) or not text:
            return brought
        return Brought("text" if brought is NOTHING else brought.kind, self.reply.text(text))

    def _call(self, call_id: object, function: dict[str, Any]) -> None:
        name = function.get("name")
        draft = self.reply.begin_call(
            object(), id=call_id if isinstance(call_id, str) else "", name=name if isinstance(name, str) else ""
        )
        if (arguments := function.get("arguments")) is not None:
            draft.arguments.append(arguments if isinstance(arguments, str) else write_arguments(arguments))

    def _end(self, value: dict[str, Any], brought: Brought) -> Brought:
        self.over = True
        reply = self.reply
        if isinstance(reason := value.get("done_reason"), str) and reason:
            reply.finish_reason = reason
        counts = [value.get(key) for key in ("prompt_eval_count", "eval_count")]
        taken, given = (count if type(count) is int and count >= 0 else 0 for count in counts)
        if any(type(count) is int for count in counts):
            reply.usage = Usage(input_tokens=taken, output_tokens=given, total_tokens=taken + given)
        if isinstance(context := value.get("context"), list):
            reply.carried["context"] = context
        return Brought("end", brought.text) if brought.text else END


def _prompt(turn: Turn) -> dict[str, Any]:
    """The prompt, with the context of the last answer where there is one."""
    context = turn.session.get("context")
    messages = turn.messages if context is None else turn.new_messages
    system = "\n\n".join(_text(one.get("content")) for one in messages if _is_system(one))
    said = [one for one in messages if not _is_system(one)]
    prompt: dict[str, Any] = {}
    if len(said) == 1 and said[0].get("role") == "user":
        prompt["prompt"] = _text(said[0].get("content"))
    else:
        prompt["prompt"] = "\n\n".join(f"{str(one.get('role')).title()}: {_text(one.get('content'))}" for one in said)
    if images := [image for one in said for image in _images(one.get("content"))]:
        prompt["images"] = images
    if system:
        prompt["system"] = system
    return prompt if context is None else prompt | {"context": context}


def _message(message: Message, names: Mapping[Any, str]) -> dict[str, Any]:
    """A message as Ollama has it: text and images apart, arguments as an object, a tool named by its function."""
    content = message.get("content")
    role = "system" if _is_system(message) else message.get("role") or "user"
    made: dict[str, Any] = {"role": role, "content": _text(content)}
    if images := list(_images(content)):
        made["images"] = images
    if calls := message.get("tool_calls"):
        made["tool_calls"] = [_openai_call(call) for call in calls]
    if role == "tool":
        call_id = message.get("tool_call_id")
        if name := message.get("name") or names.get(call_id):
            made["tool_name"] = name
        if call_id:
            made["tool_call_id"] = call_id
    return made


def _openai_call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call.get("function") or {}
    arguments = read_json(function.get("arguments") or "{}")
    made: dict[str, Any] = {"name": function.get("name") or "", "arguments": arguments}
    if arguments is NOT_JSON or not isinstance(arguments, dict):
        made["arguments"] = {}
    return {"id": call["id"], "function": made} if call.get("id") else {"function": made}


def _called(messages: Sequence[Message]) -> dict[Any, str]:
    """The functions' names by the ids of their calls."""
    calls = [call for message in messages for call in message.get("tool_calls") or ()]
    return {call.get("id"): (call.get("function") or {}).get("name") or "" for call in calls}


def _is_system(message: Message) -> bool:
    return message.get("role") in ("system", "developer")


def _text(content: object) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list):
        return "\n".join(filter(None, map(_text, content)))
    if isinstance(content, Mapping):
        text = content.get("text")
        return text if isinstance(text, str) else ""
    return write_json(content)


def _images(content: object) -> Iterable[str]:
    """The images that are in the message itself, in base64: Ollama fetches none."""
    for media in media_in([{"content": content}]):
        if media.kind != "image" or not media.data:
            cannot_carry(media, "Ollama", "it takes pictures by their bytes, as data: URLs, and nothing else")
        yield media.data
