"""Models of providers that are not spoken natively, asked through the package any-llm (the extra `any-llm`).

any-llm takes what OpenAI's API takes and answers as it does, for each of its providers. So it stands in the place of
the network: a transport whose requests and responses are OpenAI's, and whose retries, limits, refusals, cache and usage
are those of every other model.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import inspect
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

import msgspec

from scenario.config import Timeouts
from scenario.errors import ConfigurationError, ModelResponseError
from scenario.exchange import Chunk, HttpRequest
from scenario.transport.transport import Response, TransportError

# The HTTP statuses of any-llm's errors that were raised before a server said one. By name: they are known whether or
# not the package is there.
_STATUSES: Final = {
    "RateLimitError": 429,
    "AuthenticationError": 401,
    "InsufficientFundsError": 402,
    "ModelNotFoundError": 404,
    "UpstreamProviderError": 502,
    "GatewayTimeoutError": 504,
    "InvalidRequestError": 400,
    "UnsupportedParameterError": 400,
    "ContextLengthExceededError": 400,
    "ContentFilterError": 400,
    "NotImplementedError": 501,
}
_SETTINGS: Final = frozenset({"MissingApiKeyError", "UnsupportedProviderError", "ImportError"})
# Sent for every request by our own client; any-llm's clients have their own.
_OWN_HEADERS: Final = frozenset({"content-type", "accept", "authorization"})
_MAX_CAUSES: Final = 10


class Client(Protocol):
    """What is used of any-llm's client of a provider."""

    async def acompletion(self, *, model: str, messages: list[dict[str, Any]], **settings: Any) -> Any:
        """OpenAI's chat completion."""
        ...


Connect = Callable[[str, str | None, str | None], Client]


def is_installed() -> bool:
    """Whether the extra is there; nothing of it is loaded."""
    return importlib.util.find_spec("any_llm") is not None


def connected(provider: str, api_base: str | None, api_key: str | None) -> Client:
    """any-llm's client of a provider. It takes a second when it is the first.

    Raises:
        Exception: of any-llm or the provider's own package.
    """
    from any_llm import AnyLLM

    # Ours are the retries: two layers of them would multiply.
    retries = {} if AnyLLM.get_provider_class(provider).MAX_RETRIES_SUPPORT == "unsupported" else {"max_retries": 0}
    client: Any = AnyLLM.create(provider, api_key=api_key, api_base=api_base, unified_exceptions=True, **retries)
    used: Client = client
    return used


class AnyLlmTransport:
    """Puts requests of OpenAI's chat API to a provider through any-llm.

    One client is kept for each event loop, and closed with it.

    Args:
        provider: any-llm's name of the provider: "bedrock".
        api_base: another address of the provider; None takes any-llm's.
        api_key: None leaves it to any-llm to look into the environment.
        connect: makes a client; called in a thread.
    """

    def __init__(
        self, provider: str, *, api_base: str | None = None, api_key: str | None = None, connect: Connect = connected
    ) -> None:
        self._provider = provider
        self._api_base = api_base
        self._api_key = api_key
        self._connect = connect
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[Client, AsyncGenerator[None, None]]]
        self._clients = WeakKeyDictionary()
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    @asynccontextmanager
    async def open(self, request: HttpRequest, *, timeouts: Timeouts) -> AsyncIterator[Response]:
        """Ask, and hand over the whole answer; of the deadlines only `total` holds. See `Transport.open`.

        Raises:
            ConfigurationError: any-llm does not know the provider, or a key or a package of its is missing.
            ModelResponseError: any-llm could make nothing of the request or the answer.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(timeouts.total) as deadline:
                client = await self._client(loop)
                body = _encoded(await client.acompletion(**_arguments(request)))
            response = _Whole(200, body, loop.time() - began)
        except Exception as error:  # each provider's package has exceptions of its own
            at = loop.time() - began
            if deadline.expired():
                raise TransportError(f"no answer in {timeouts.total:g} s", kind="total", at=at) from error
            response = self._failed(error, at)
        yield response

    async def _client(self, loop: asyncio.AbstractEventLoop) -> Client:
        async with self._locks.setdefault(loop, asyncio.Lock()):
            held = self._clients.get(loop)
            if held is None:
                client = await asyncio.to_thread(self._connect, self._provider, self._api_base, self._api_key)
                self._clients[loop] = held = (client, _lifetime(client))
                # Its first step registers the generator with the loop, which closes it when it is shut down.
                await anext(held[1])
        return held[0]

    def _failed(self, error: Exception, at: float) -> _Whole:
        """The response that an error stands for, or the error that it is where no server has answered."""
        names = {cls.__name__ for cls in type(error).__mro__}
        words = self._without_key(str(getattr(error, "message", None) or error) or type(error).__name__)
        if names & _SETTINGS:
            raise ConfigurationError(self._setting(names, words)) from error
        status = getattr(error, "status_code", None)
        if not isinstance(status, int):
            status = next((known for name, known in _STATUSES.items() if name in names), 0)
        if status >= 400:
            body = msgspec.json.encode({"error": {"message": words}})
            asked = getattr(error, "retry_after", None)
            return _Whole(status, body, at, {"retry-after": str(asked)} if asked else {})
        if (kind := _broken(error)) is not None:
            raise TransportError(words, kind=kind, at=at) from error
        raise ModelResponseError(
            f"any-llm's {self._provider} gave no answer that can be used: {type(error).__name__}: {words}"
        ) from error

    def _setting(self, names: set[str], words: str) -> str:
        if "UnsupportedProviderError" in names:
            return f"any-llm does not know the provider {self._provider!r} either. {words}"
        if "ImportError" in names:
            return f"any-llm needs the provider's own package: pip install 'any-llm-sdk[{self._provider}]' ({words})"
        return words

    def _without_key(self, words: str) -> str:
        """Without the key, wherever any-llm has it from."""
        variables = {getattr(client, "ENV_API_KEY_NAME", None) for client, _ in self._clients.values()}
        for key in (self._api_key, *(os.environ.get(name) for name in variables if name)):
            if key:
                words = words.replace(key, "***")
        return words


class _Whole:
    """A response that is there."""

    def __init__(self, status: int, body: bytes, at: float, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.headers: Mapping[str, str] = {"content-type": "application/json", **(headers or {})}
        self.connect: float | None = None
        self.opened = at
        self._chunk = Chunk(at, body)

    async def chunks(self) -> AsyncIterator[Chunk]:
        """The body in one piece."""
        yield self._chunk


def _arguments(request: HttpRequest) -> dict[str, Any]:
    arguments: dict[str, Any] = msgspec.json.decode(request.body)
    headers = {name: value for name, value in request.headers.items() if name.lower() not in _OWN_HEADERS}
    return arguments | ({"extra_headers": headers} if headers else {})


def _encoded(completion: Any) -> bytes:
    # Providers put values into these models that pydantic would warn of.
    text: str = completion.model_dump_json(exclude_none=True, warnings=False)
    return text.encode()


def _broken(error: Exception) -> str | None:
    """How the connection failed, as `TransportError.kind` says it; None where it did not.

    Each provider's package has its own names for it: what they share are the words in them.
    """
    for cause in _causes(error):
        names = " ".join(cls.__name__ for cls in type(cause).__mro__)
        if "Timeout" in names:
            return "total"
        if "Connect" in names:
            return "connect"
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    following: BaseException | None = error
    for _ in range(_MAX_CAUSES):
        if following is None:
            return
        yield following
        following = getattr(following, "original_exception", None) or following.__cause__ or following.__context__


async def _lifetime(client: Client) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        # What OpenAI's and its kind's clients have; others hold nothing open between their calls.
        inner = getattr(client, "client", None)
        close: Callable[[], Awaitable[object] | None] | None = getattr(inner, "close", None)
        if close is not None:
            with contextlib.suppress(Exception):  # a foreign package's clean-up, when the loop is at its end
                closing = close()
                if inspect.isawaitable(closing):
                    await closing
