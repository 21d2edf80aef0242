"""A model that answers: a protocol over a transport, in the form that its server takes, and answers kept on disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any, Final

import msgspec

from scenario.call_cache import CallCache, cache_folder
from scenario.call_key import call_key
from scenario.cassette.tapes import current_tapes, is_played
from scenario.dialects.anthropic import messages as anthropic
from scenario.dialects.openai import chat as openai_chat
from scenario.dialogue.current_run import current_config
from scenario.errors import ConfigurationError, ModelResponseError
from scenario.llm.adapting_calls import AdaptingCalls, RefusedParameter
from scenario.llm.cost import cost_of
from scenario.llm.embedded.cache_folder import model_path
from scenario.llm.embedded.manifest import DEFAULT_MODEL, embedded_models
from scenario.llm.embedded.profile import DECISION_MODEL, EMBEDDED_MODEL, LARGE_MODEL, ModelProfile
from scenario.llm.endpoint import error_response, missing_key, server_of, url_of
from scenario.llm.fetch import Answer, answer_of, fetch
from scenario.llm.learned import Learned
from scenario.llm.listed_models import listed_model
from scenario.llm.model_name import DECIDING
from scenario.llm.needs import WAYS, Way
from scenario.llm.reading import first_chat_model, read_reply
from scenario.llm.resolve import OPENAI_DEFAULT, ModelTarget
from scenario.protocols.json_text import read_json
from scenario.transport.transport import Transport
from scenario.types import Message, Reply, Usage

# Kept on disk in an answer's place: that the server does not take a parameter.
_REFUSES: Final = "scenario:refuses"


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """What a model answered.

    Attributes:
        seconds: from the request to the whole answer.
        cost: US dollars; None where the price is not known.
        cached: whether it came from disk, and nobody was asked.
        asked_by: how a structured answer was asked for; None where none was.
        key: under which it is kept on disk; None where it is not.
    """

    reply: Reply
    usage: Usage = Usage()
    seconds: float = 0.0
    cost: float | None = None
    cached: bool = False
    asked_by: Way | None = None
    key: str | None = None


def _raise_if_refusal(stored: bytes) -> None:
    value = read_json(stored) if _REFUSES.encode() in stored else None
    if isinstance(value, dict) and _REFUSES in value:
        unknown = value.get("unknown") is True
        raise RefusedParameter(str(value.get("why")), status=400, parameter=str(value[_REFUSES]), is_unknown=unknown)


def _as_recorded(target: ModelTarget, embedded: str) -> ModelTarget:
    """The target of an embedded model that is played: nothing runs."""
    return msgspec.structs.replace(target, api_base="http://127.0.0.1/v1", model=embedded)


class _Kept(msgspec.Struct, frozen=True):
    cache: CallCache
    key: str


class Model:
    """One model at one server, asked in the form that the server was found to take. It is bound to no event loop.

    Args:
        target: which model, and where.
        transport: what sends its requests, again where that may help.
        environ: the environment, for the embedded model's folder and the cache's.
        clock: a monotonic clock, in seconds.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        target: ModelTarget,
        *,
        transport: Transport,
        environ: Mapping[str, str],
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.target: ModelTarget = target
        self._calls = AdaptingCalls(transport, environ, sleep)
        self._transport = transport
        self._environ = environ
        self._clock = clock
        self._way: Way | None = None

    @property
    def name(self) -> str:
        """As it is shown: "openai/gpt-4o-mini"."""
        named, model = self.target.name, self.target.embedded or self.target.model
        return f"{named}/{model}" if model and named in ("openai", "ollama", "embedded") else named

    @property
    def profile(self) -> ModelProfile:
        """How it is to be used."""
        embedded = self.target.embedded
        if self.target.dialect in DECIDING:
            return DECISION_MODEL
        if embedded is None:
            return LARGE_MODEL
        known = embedded_models()
        name = next((name for name, model in known.items() if name == embedded or embedded.endswith(model.file)), None)
        if name == DEFAULT_MODEL:
            return EMBEDDED_MODEL
        if name is not None:
            # Used alike; what was measured is the default model's alone.
            return msgspec.structs.replace(EMBEDDED_MODEL, measured=None)
        # A file of the user's own was chosen for what it can do, but its runtime has no tool calls.
        return ModelProfile(judge="structured", simulate="chat", tools=False)

    async def ways(self) -> tuple[Way, ...]:
        """How a structured answer can be asked for, in the order in which to try: first what has worked before.

        Raises:
            ModelError: the server was asked for its models, and failed.
            ConfigurationError: a key or the embedded model is missing.
        """
        target = await self._writing()
        ways = [way for way in WAYS if way != "tools" or self.profile.tools]
        if target.dialect == "anthropic":
            ways = [way for way in ways if way in ("tools", "text")]
        known = self._way or Learned(target, self._environ).needs.way
        return tuple(sorted(ways, key=lambda way: way != known))

    def asked_by(self, way: Way, *, after_another: bool = False) -> None:
        """Remember that a way of asking has worked, for everybody.

        Args:
            way: which.
            after_another: an answer was asked for in another way before, and was of no use.
        """
        config = current_config.get()
        if after_another and config is not None and config.cache_key is not None:
            # Served from disk, a run puts the same questions again in the same order, whatever others have found.
            self._way = way
            return
        Learned(self.target, self._environ).learn(lambda needs: msgspec.structs.replace(needs, way=way))

    @property
    def refuses_images(self) -> bool:
        """Whether the server was found to refuse images, by anybody."""
        return Learned(self.target, self._environ).needs.no_images

    def images_were_refused(self) -> None:
        """Remember it, for everybody."""
        Learned(self.target, self._environ).learn(lambda needs: msgspec.structs.replace(needs, no_images=True))

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        tool_choice: str | Mapping[str, Any] | None = None,
        response_format: Mapping[str, Any] | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        extra: Mapping[str, Any] | None = None,
        attempt: int = 0,
        is_again: bool = False,
    ) -> Completion:
        """Ask for the next message.

        Args:
            messages: OpenAI-style.
            tools: functions it may call, OpenAI-style.
            tool_choice: which of them it must call.
            response_format: the shape of its text, OpenAI-style.
            temperature: in the place of the target's.
            max_tokens: in the place of the target's.
            extra: more keys of the body.
            attempt: counts how often the same question is put, so that an answer on disk that was of no use is not
                served again.
            is_again: whether the server has refused this once already, so that a refusal is certain now.

        Raises:
            ModelResponseError: the server answered with an error, or with nothing that can be read.
            ModelUnreachableError: it did not answer.
            ConfigurationError: a key or the embedded model is missing.
        """
        target = await self._writing()
        build = anthropic.build_body if target.dialect == "anthropic" else openai_chat.build_body
        body = build(
            messages,
            model=target.model,
            stream=False,
            temperature=target.temperature if temperature is None else temperature,
            max_tokens=target.max_tokens if max_tokens is None else max_tokens,
            tools=tools or None,
            tool_choice=tool_choice if tools else None,
            response_format=response_format,
            extra={**target.settings.body, **(extra or {})},
        )
        kept = self._kept(target, body, attempt)
        if kept is not None and (stored := kept.cache.get(kept.key)) is not None:
            _raise_if_refusal(stored)
            return Completion(reply=read_reply(target, answer_of(stored)), cached=True, key=kept.key)
        try:
            async with self.alone():
                began = self._clock()
                answer, reply = await self._calls.answered(target, body)
                seconds = self._clock() - began
        except RefusedParameter as error:
            if kept is not None and (is_again or not error.is_doubtful):
                # The same question in another shape is served from disk only if nobody has to find this out again.
                refusal = {_REFUSES: error.parameter, "why": str(error), "unknown": error.is_unknown}
                kept.cache.put(kept.key, msgspec.json.encode(refusal))
            raise
        if kept is not None:
            kept.cache.put(kept.key, answer.body)
        usage = reply.usage or Usage()
        cost = cost_of(target.model, usage, api_base=target.api_base) if reply.usage else None
        key = None if kept is None else kept.key
        return Completion(reply=reply, usage=usage, seconds=seconds, cost=cost, key=key)

    def forget(self, completions: Sequence[Completion]) -> None:
        """Do not keep these on disk: nothing could be made of them, and asked anew the model may do better."""
        folder = cache_folder(self._environ)
        for completion in completions:
            if folder is not None and completion.key is not None:
                CallCache(folder).remove(completion.key)

    async def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Send a JSON body to a path of the model's server ("/v1/completions") and return the object that it answers.

        Raises:
            ModelError: it answered with an error or with no JSON object, or not at all.
        """
        target = await self._reachable()
        named = {"model": target.model, **body} if path.startswith("/v1/") else body
        answer = await fetch(self._transport, target, target.api_base.removesuffix("/v1") + path, named)
        if answer.status >= 400:
            raise error_response(target, answer.status, answer.body)
        value = read_json(answer.body)
        if not isinstance(value, dict):
            raise ModelResponseError(f"{self.name} at {server_of(target)} answered no JSON.", status=answer.status)
        return value

    def alone(self) -> AbstractAsyncContextManager[None]:
        """An embedded model to oneself, once it is one's turn; nothing to wait for with any other.

        `complete` waits for its own turn, so it must not be called inside. `post` does not wait.
        """
        if self.target.embedded is None or not self.is_ours or is_played():
            return nullcontext()
        from scenario.llm.embedded.turns import turns_at

        return turns_at(self._embedded_path(self.target.embedded))

    @property
    def is_ours(self) -> bool:
        """Whether it runs in a server that this process starts."""
        return self.target.embedded is not None and not self.target.api_base

    async def answered(self, body: dict[str, Any], spoken: ModelTarget | None = None) -> tuple[Answer, float, bool]:
        """Send a JSON body to where its server answers, or find its answer on disk.

        Args:
            body: what is sent.
            spoken: the target with the protocol in which the body is written, where its own tells none.

        Returns:
            the answer, whatever its status; the seconds that it took; whether it came from disk.

        Raises:
            ModelUnreachableError: none came.
            ConfigurationError: a key is missing.
        """
        target = await self._reachable()
        target = target if spoken is None else spoken
        body = {**target.settings.body, **body}
        kept = self._kept(target, body, 0)
        if kept is not None and (stored := kept.cache.get(kept.key)) is not None:
            return answer_of(stored), 0.0, True
        began = self._clock()
        answer = await self._calls.sent(target, None, body)
        if kept is not None and answer.status < 300 and isinstance(read_json(answer.body), dict):
            kept.cache.put(kept.key, answer.body)
        return answer, self._clock() - began, False

    async def _writing(self) -> ModelTarget:
        """The target of a model that is to write something."""
        if self.target.dialect in DECIDING:
            raise ConfigurationError(
                f"{self.name} is a decision model: it answers yes-or-no questions of a judge, and writes nothing. Name "
                "another model here."
            )
        return await self._reachable()

    async def _reachable(self) -> ModelTarget:
        """The target with what only shows once it is used: the embedded server's address, the server's own models."""
        target = self.target
        played = is_played()
        if target.embedded is not None and self.is_ours:
            return _as_recorded(target, target.embedded) if played else await self._embedded(target, target.embedded)
        if not played and (missing := missing_key(target)) is not None:
            raise ConfigurationError(missing)
        if not target.model:

            async def ask() -> str | None:
                answer = await self._calls.sent(target, "/models", None)
                return first_chat_model(answer.body) if answer.status < 400 else None

            listed = await listed_model(url_of(target, "/models"), target.api_key, ask, clock=self._clock)
            # A server with one model often lists none, and takes any name.
            if listed is None and target.name == "ollama":
                raise ConfigurationError("The Ollama server has no model: `ollama pull` one, or name another model.")
            self.target = target = msgspec.structs.replace(target, model=listed or OPENAI_DEFAULT)
        return target

    async def _embedded(self, target: ModelTarget, embedded: str) -> ModelTarget:
        from scenario.llm.embedded import runtime  # loads subprocess, which nobody else needs

        base = await runtime.base_url(self._embedded_path(embedded))
        return msgspec.structs.replace(target, api_base=f"{base}/v1", model=embedded)

    def _embedded_path(self, embedded: str) -> Path:
        return Path(embedded) if embedded.lower().endswith(".gguf") else model_path(embedded, self._environ)

    def _kept(self, target: ModelTarget, body: dict[str, Any], attempt: int) -> _Kept | None:
        """Where the answer is kept; None where the running scenario has no cache key."""
        config = current_config.get()
        if current_tapes.get() is not None:
            return None  # what came from disk would be missing in the cassette
        if config is None or config.cache_key is None or (folder := cache_folder(self._environ)) is None:
            return None
        # The embedded server has another port each time.
        asked = {"at": target.embedded or url_of(target), "body": body, "attempt": attempt}
        key = call_key(config.cache_key, "a model's answer", asked)
        return _Kept(cache=CallCache(folder), key=key)
