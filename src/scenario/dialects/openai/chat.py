"""OpenAI's chat completions, streaming and not, as its many compatible servers really send them.

Source: https://platform.openai.com/docs/api-reference/chat. A stream is whole when `[DONE]` has come, or when choice 0
has a finish reason and the body ended cleanly: several compatible servers leave `[DONE]` out. One that has sent it
before owes it: its reader is given `done=True`. An end with neither is a truncated reply. Only choice 0 is the reply.
Fields beyond OpenAI's own are those of compatible servers: `reasoning_content` (DeepSeek) and `reasoning` (OpenRouter),
content as a list of parts (Mistral), `message` in place of `delta`, errors as `{"object": "error"}` (vLLM) or in the
choice (OpenRouter), usage at `x_groq`. The older completions, whose choices have a `text`, are read too. Steps of an
agent's loop may follow one another without `[DONE]` between them: text after a finish reason owes one of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec

from scenario.dialects.openai.chat_shape import Shape, TextChunk
from scenario.dialects.openai.choices import Choices, first_choice
from scenario.dialects.openai.steps import begins_anew, begins_calls
from scenario.dialects.openai.text_once import TextOnce
from scenario.dialects.openai.tool_calls import ToolCallDeltas
from scenario.late_pattern import late_pattern
from scenario.protocols.errors_in_json import error_in, error_of
from scenario.protocols.finish_reasons import asks_for_tools
from scenario.protocols.foreign_errors import is_of_a_part
from scenario.protocols.json_text import read_json, shortened
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
from scenario.types import Message, Reply, Usage
from scenario.wire.sse import ServerSentEvent

# These models refuse `max_tokens` and name it `max_completion_tokens`.
_REASONING_MODELS: Final = late_pattern(r"(?:.*/)?(?:o\d|gpt-5)")
_REASONING_KEYS: Final = ("reasoning_content", "reasoning")
# Whose words are not the agent's: proxies echo the question, and gateways show what a tool gave.
_ASKING: Final = frozenset({"user", "human", "system", "developer"})
_TOOLS: Final = frozenset({"tool", "function"})
# Types of parts of a content whose text nobody is meant to be told.
_THOUGHTS: Final = ("reasoning", "reasoning_text", "thinking", "thought")
_KINDS: Final[tuple[Kind, ...]] = ("error", "tool_call", "reasoning", "text")
_OBJECTS: Final = ("chat.completion.chunk", "chat.completion", "text_completion")


def build_body(
    messages: Sequence[Message],
    *,
    model: str,
    stream: bool = True,
    temperature: float | None = None,
    max_tokens: int | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
    tool_choice: str | Mapping[str, Any] | None = None,
    response_format: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The body of a request. What is None is left out; `extra` is merged in last and wins."""
    body: dict[str, Any] = {"model": model, "messages": list(messages)}
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    limit = "max_completion_tokens" if _REASONING_MODELS.match(model) else "max_tokens"
    options = {
        "temperature": temperature,
        limit: max_tokens,
        "tools": tools,
        "tool_choice": tool_choice if tools else None,
        "response_format": response_format,
    }
    body |= {name: value for name, value in options.items() if value is not None}
    return body | dict(extra or {})


class OpenAIChat(Dialect):
    """`/v1/chat/completions`."""

    name: ClassVar[str] = "openai-chat"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "json", "ndjson")
    url_endings: ClassVar[tuple[str, ...]] = ("/chat/completions",)

    def request(self, turn: Turn) -> RequestDraft:
        """The whole conversation each time: the API keeps no state."""
        body = build_body(turn.messages, model=turn.model or "default", stream=turn.stream)
        return RequestDraft(body=body, suffix="/chat/completions")

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply, chunks or the whole completion."""
        return OpenAIChatReader(self.name, streaming=options.framing != "json", owes_end=options.done is True)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By the object's name, or by choices that hold what choices hold."""
        for sample in samples:
            value = sample.value
            if not isinstance(value, dict):
                continue
            if (kind := value.get("object")) in _OBJECTS:
                return Detection(certainty=CERTAIN, reason=f'an event says "object": "{kind}"')
            choice = first_choice(value.get("choices"))
            if choice is not None and ("delta" in choice or "message" in choice):
                return Detection(certainty=LIKELY, reason='an event has "choices" with a delta or a message')
        return None


class OpenAIChatReader(Reader):
    """Folds chunks into a reply; a whole completion is read as one chunk that has everything."""

    decode_text = msgspec.json.Decoder(TextChunk).decode
    shape = msgspec.json.Decoder(Shape)

    def __init__(self, protocol: str, *, streaming: bool, owes_end: bool = False) -> None:
        super().__init__(protocol)
        self._calls = ToolCallDeltas(self.reply)
        # A finish reason has come since the calls in hand began: others may have their identities.
        self._has_stepped = False
        self._text = TextOnce(self.reply)
        self._choices = Choices()
        self._streaming = streaming
        self._owes_end = owes_end and streaming
        # Whether pieces have come, so that a message is the whole of them.
        self._in_pieces = False
        # Whether it is the question that is being told, and what came in it that names nobody.
        self._echoes = False
        self._nobodys: list[str] = []
        # The id of the completion before this one, where that has failed; "" where it had none.
        self._failed_id: str | None = None

    def follows(self, before: Reader) -> None:
        """Read what comes after an end; chunks of a completion that has failed are no answer of their own."""
        super().follows(before)
        if before.reply.error is not None:
            self._failed_id = before.reply.session.get("response_id", "")

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one chunk."""
        data = event.data
        if self.over:
            return NOTHING
        if data == "[DONE]":
            return self._done()
        value = read_json(data)
        if type(value) is not dict:
            return self._bare(data, value)
        if event.event == "error" or value.get("object") == "error":
            return self._failed(value)
        if value.get("error") and not is_of_a_part(event, value) and (error := error_in(value)) is not None:
            self.reply.fail(error.message, error.code)
            return ERROR
        return self._chunk(value)

    def _texts_in(self, values: list[TextChunk], /) -> list[str]:
        return [value.choices[0].delta.content for value in values]

    def _take_texts(self, texts: list[str], _values: list[TextChunk], name: str, /) -> list[str] | None:
        if name == "error" or "response_id" not in self.reply.session or self.reply.finish_reason is not None:
            return None
        if self._echoes:
            return None
        self._in_pieces = True
        return self._text.more(texts)

    @property
    def ended(self) -> bool:
        """Whether `[DONE]` or a finish reason has come: usage may still follow."""
        return self.over or (self.reply.finish_reason is not None and not self._owes_end)

    def is_whole(self) -> bool:
        """Whether choice 0 has its finish reason; a completion that was not streamed is whole once it is there."""
        if self._owes_end:
            return False
        return self.reply.finish_reason is not None or (not self._streaming and not self.reply.is_empty)

    def _bare(self, data: str, value: object) -> Brought:
        if value is None:
            return NOTHING
        if data.strip(' \n"').upper() in ("[DONE]", "DONE"):
            return self._done()
        return MALFORMED if data.strip() else NOTHING

    def _done(self) -> Brought:
        """The end of the stream. Relays write it after a stream that was cut, too: the model's own is its reason."""
        text = self._rest()
        self.over = True
        if self.reply.finish_reason is None:
            self.doubted = True
            self.reply.note("[DONE] came without a finish_reason: a relay may have written it after a cut")
        return Brought("end", text) if text else END

    def _rest(self) -> str:
        """What is told only now that nothing more will come."""
        texts = [self._choice(choice, {}).text for choice in self._choices.only()]
        if self._nobodys and not self.reply.has_text:
            texts += map(self._text.add, self._nobodys)
        self._nobodys.clear()
        self._take_calls()
        return "".join(texts) + self._text.end()

    def finish(self, ending: Ending) -> Reply:
        """The reply, with what was held back."""
        self._rest()
        return super().finish(ending)

    def _failed(self, value: object) -> Brought:
        error = error_of(value)
        self.reply.fail(error.message, error.code)
        return ERROR

    def _chunk(self, value: dict[str, Any]) -> Brought:
        reply = self.reply
        usage = value.get("usage")
        if usage is None and isinstance(groq := value.get("x_groq"), dict):
            usage = groq.get("usage")
        if isinstance(usage, dict):
            reply.usage = usage_of(usage)
        if "response_id" not in reply.session and isinstance(response_id := value.get("id"), str) and response_id:
            reply.session["response_id"] = response_id
        choices = self._choices.own(value.get("choices"))
        if not choices:
            return NOTHING
        self.begun = self.begun or begins_anew(self._failed_id, value.get("id"), choices)
        if len(choices) == 1:
            return self._choice(choices[0], value)
        return _joined([self._choice(choice, value) for choice in choices])

    def _choice(self, choice: dict[str, Any], chunk: dict[str, Any]) -> Brought:
        reply = self.reply
        if (error := error_in(choice)) is not None:
            reply.fail(error.message, error.code)
            return ERROR
        before, reason = reply.finish_reason, choice.get("finish_reason")
        self._has_stepped = self._has_stepped or before is not None
        if isinstance(reason, str) and reason:
            reply.finish_reason = reason
        brought = self._said(choice, chunk)
        if reason:
            taken = TOOL_CALL if self._take_calls() else NOTHING
            brought = _joined([brought, taken, Brought("text", self._text.end())])
        elif before is not None and brought.content:
            # The model was called again: its answer owes a reason of its own.
            reply.finish_reason = None
        return brought

    def _said(self, choice: dict[str, Any], chunk: dict[str, Any]) -> Brought:
        """What a choice brings: a delta, or a message in its place, which is the whole of the deltas before it."""
        delta, message = choice.get("delta"), choice.get("message")
        brought = self._delta(delta) if isinstance(delta, dict) else NOTHING
        if brought.content or self._echoes:
            self._in_pieces = True
            return brought
        if isinstance(message, dict):
            return self._whole(message, chunk) if self._in_pieces else self._delta(message)
        if isinstance(text := choice.get("text"), str) and text:
            return Brought("text", self._text.add(text))
        return brought

    def _whole(self, message: dict[str, Any], chunk: dict[str, Any]) -> Brought:
        """A whole message after its pieces: what it tells once more is left out."""
        content = message.get("content")
        text = content if isinstance(content, str) else self._parts(content)
        if not text:
            rest: str | None = ""
        elif (rest := self._text.whole(text)) is None:
            came_before = self.reply.session.get("response_id")
            if not self.reply.has_text or chunk.get("id") not in (None, "", came_before):
                return self._delta(message)
            self.reply.contradict(f"a whole completion has {shortened(text)}, and its pieces have brought another text")
        calls = self._calls.add_whole(message.get("tool_calls"), message.get("function_call"))
        return Brought("tool_call" if calls else "text" if rest else "nothing", rest or "")

    def _take_calls(self) -> bool:
        """Take the calls that stand in a choice of their own; whether there are any."""
        reply = self.reply
        if reply.has_calls:
            return False
        parts = [
            part
            for choice in self._choices.calls(asked=asks_for_tools(reply.finish_reason))
            if isinstance(part := choice.get("delta") or choice.get("message"), dict)
        ]
        for part in parts:
            self._calls.add(part.get("tool_calls"), part.get("function_call"))
        if parts:
            reply.note("the tool calls stood in a choice of their own")
        return bool(parts)

    def _delta(self, delta: dict[str, Any]) -> Brought:
        role: object = delta.get("role") or self._echoes
        if role and role != "assistant" and isinstance(role, str | bool):
            if self._is_somebody_elses(role, delta):
                return NOTHING
        elif role:
            self._echoes = False
        brought = NOTHING
        for key in _REASONING_KEYS:
            if isinstance(thought := delta.get(key), str) and thought:
                self.reply.reasoning(thought)
                brought = REASONING
                break
        calls, legacy = delta.get("tool_calls"), delta.get("function_call")
        if (calls or legacy) and self._called(calls, legacy):
            brought = TOOL_CALL
        if isinstance(refusal := delta.get("refusal"), str) and refusal:
            self.reply.message().refusal.append(refusal)
            brought = REASONING if brought is NOTHING else brought
        content = delta.get("content")
        if not content and isinstance(audio := delta.get("audio"), dict):
            # What was spoken.
            content = audio.get("transcript")
        if not content:
            return brought
        text = content if type(content) is str else self._parts(content)
        return Brought("text" if brought is NOTHING else brought.kind, self._text.add(text)) if text else brought

    def _called(self, calls: object, legacy: object) -> bool:
        """Take in calls, or pieces of them; whether there was anything to read."""
        if self._has_stepped and begins_calls(calls, legacy, self.reply.message().calls):
            self._calls, self._has_stepped = ToolCallDeltas(self.reply), False
        return self._calls.add(calls, legacy)

    def _is_somebody_elses(self, role: object, delta: dict[str, Any]) -> bool:
        """Whether a delta is none of the agent's: the question, or what a tool gave."""
        content = delta.get("content")
        if role in _TOOLS:
            if isinstance(call_id := delta.get("tool_call_id"), str) and call_id:
                self.reply.result(call_id, content)
            return True
        if role is True and isinstance(content, str) and content:
            self._nobodys.append(content)
        self._echoes = role is True or role in _ASKING
        return self._echoes

    def _parts(self, content: object) -> str:
        """The text of content that is a list of parts; thinking parts are taken as reasoning."""
        if isinstance(content, dict):
            content = [content]
        if not isinstance(content, list):
            return ""
        texts: list[str] = []
        for part in content:
            if isinstance(part, str):
                texts.append(part)
            if not isinstance(part, dict):
                continue
            if isinstance(text := part.get("text"), str):
                if part.get("type") in _THOUGHTS:
                    self.reply.reasoning(text)
                else:
                    texts.append(text)
            elif (thinking := part.get("thinking")) is not None:
                self.reply.reasoning(thinking if isinstance(thinking, str) else self._parts(thinking))
            elif isinstance(refusal := part.get("refusal"), str) and refusal:
                self.reply.message().refusal.append(refusal)
        return "".join(texts)


def usage_of(usage: Mapping[str, Any]) -> Usage:
    """OpenAI's usage, and those that name it as Anthropic does, in the one shape."""
    taken = _count(usage, "prompt_tokens", "input_tokens")
    given = _count(usage, "completion_tokens", "output_tokens")
    return Usage(input_tokens=taken, output_tokens=given, total_tokens=_count(usage, "total_tokens") or taken + given)


def _count(usage: Mapping[str, Any], *keys: str) -> int:
    for key in keys:
        value = usage.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return 0


def _joined(brought: list[Brought]) -> Brought:
    """What several parts have brought, as one: of the most telling kind among them."""
    text = "".join([one.text for one in brought])
    kinds = {one.kind for one in brought if one.kind != "text" or one.text}
    kind = next((kind for kind in _KINDS if kind in kinds), None)
    return NOTHING if kind is None else Brought(kind, text)
