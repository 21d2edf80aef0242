"""A model's server for tests: OpenAI-compatible and Anthropic-compatible, on loopback, without a model."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from aiohttp import web

from scenario.config import ModelConfig
from scenario.protocols.json_text import read_json
from scenario.testing.answering import USER_LINES, default_reply
from scenario.testing.embeddings import embeddings
from scenario.testing.local_server import LocalServer
from scenario.testing.model_reply import (
    ModelReply,
    anthropic_events,
    anthropic_message,
    openai_chunks,
    openai_completion,
)

# A text; a message or a whole response of the API; a `ModelReply`; bytes, sent as they are; None for the default.
Answer: TypeAlias = str | dict[str, Any] | ModelReply | bytes | None
Replies: TypeAlias = Sequence[Answer] | Callable[[dict[str, Any]], Answer | Awaitable[Answer]]


class RecordedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that came.

    Attributes:
        path: such as "/v1/chat/completions".
        headers: names in lower case.
        body: the decoded JSON.
    """

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class ModelServer(LocalServer):
    """A server that answers as a model's does, by a script, a function, or sensible defaults.

    By default a user simulator is given a line, and a judge (or whoever demands a function call or JSON) a value in the
    demanded shape, with "passed" for every criterion; of a judge's controls it says what the transcript says.
    Embeddings are of words: texts with the same words have the same one, those that share none are at right angles or
    nearly. It listens within its `async with` block.

    Args:
        replies: the answers in order, or a function of the request's body; None stands for the default answer. More
            requests than answers are refused with status 400.
        verdicts: a part of a criterion's text → "passed", "failed" or "inconclusive".
        user_lines: what a user simulator says.
        statuses: statuses with which the first requests are answered in place of an answer; 200 answers.
        retry_after: the `Retry-After` header of these.
        refuse: parameters of a request's body that are refused with status 400.
        models: what `/v1/models` lists.

    Attributes:
        requests: the requests for an answer, in order.

    Example:
        async with ModelServer(verdicts={"polite": "failed"}) as server:
            judge = scenario.JudgeAgent(criteria=["The agent is polite"], model="openai/test", api_base=server.base_url)
    """

    def __init__(
        self,
        replies: Replies | None = None,
        *,
        verdicts: Mapping[str, str] | None = None,
        user_lines: Sequence[str] = USER_LINES,
        statuses: Sequence[int] = (),
        retry_after: str | None = None,
        refuse: Sequence[str] = (),
        models: Sequence[str] = ("test-model",),
    ) -> None:
        super().__init__()
        self.requests: list[RecordedRequest] = []
        self._replies = replies
        self._verdicts = dict(verdicts or {})
        self._user_lines = tuple(user_lines)
        self._statuses = tuple(statuses)
        self._retry_after = retry_after
        self._refuse = tuple(refuse)
        self._models = tuple(models)
        self._answered = 0

    @property
    def base_url(self) -> str:
        """What `api_base=` and `OPENAI_BASE_URL` take: `http://127.0.0.1:40001/v1`."""
        return f"{self.url}/v1"

    def config(self, model: str = "openai/test-model", **settings: Any) -> ModelConfig:
        """A `ModelConfig` of a model at this server."""
        return ModelConfig(model, api_base=self.base_url, api_key="test-key", **settings)

    def _routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/chat/completions", self._chat),
            web.post("/v1/messages", self._chat),
            web.get("/v1/models", self._list_models),
            web.post("/v1/embeddings", self._embed),
        ]

    async def _embed(self, request: web.Request) -> web.Response:
        body = read_json(await request.read())
        given = body.get("input") if isinstance(body, dict) else None
        texts = [given] if isinstance(given, str) else given
        if not isinstance(body, dict) or not isinstance(texts, list):
            return self._error(400, "The body of the request has no input.")
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(RecordedRequest(path=request.path, headers=headers, body=body))
        return web.json_response(embeddings(texts, str(body.get("model") or "")))

    async def _list_models(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"object": "list", "data": [{"id": name, "object": "model"} for name in self._models]})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = read_json(await request.read())
        if not isinstance(body, dict):
            return self._error(400, "The body of the request is no JSON object.")
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(RecordedRequest(path=request.path, headers=headers, body=body))
        status = self._statuses[len(self.requests) - 1] if len(self.requests) <= len(self._statuses) else 200
        if status != 200:
            return self._error(status, f"The test's model server was told to answer with {status}.")
        for parameter in self._refuse:
            if _stands_in(parameter, body):
                return self._error(400, f"Unsupported parameter: '{parameter}' is not supported by this server.")
        answer = await self._answer(body)
        if answer is _EXHAUSTED:
            return self._error(400, f"ModelServer was given {self._answered} replies, and this is one request more.")
        if isinstance(answer, bytes):
            return web.Response(body=answer, content_type="application/json")
        if not isinstance(answer, ModelReply):
            return web.json_response(answer)
        return await self._send(request, body, answer)

    async def _answer(self, body: dict[str, Any]) -> Any:
        answer: Any = None
        if callable(self._replies):
            answer = self._replies(body)
            if inspect.isawaitable(answer):
                answer = await answer
        elif self._replies is not None:
            if self._answered == len(self._replies):
                return _EXHAUSTED
            answer = self._replies[self._answered]
            self._answered += 1
        if answer is None:
            return default_reply(body, verdicts=self._verdicts, user_lines=self._user_lines)
        if isinstance(answer, str):
            return ModelReply(text=answer)
        if isinstance(answer, dict) and "role" in answer and "choices" not in answer and "type" not in answer:
            reason = "tool_calls" if answer.get("tool_calls") else "stop"
            whole = openai_completion(ModelReply(), str(body.get("model")))
            whole["choices"][0] |= {"message": answer, "finish_reason": reason}
            return whole
        return answer

    async def _send(self, request: web.Request, body: dict[str, Any], reply: ModelReply) -> web.StreamResponse:
        model = str(body.get("model"))
        native = request.path.endswith("/messages")
        if not body.get("stream"):
            return web.json_response(anthropic_message(reply, model) if native else openai_completion(reply, model))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        async for piece in _pieces(reply, body, native=native):
            await response.write(piece)
        await response.write_eof()
        return response

    def _error(self, status: int, message: str) -> web.Response:
        headers = {} if self._retry_after is None else {"Retry-After": self._retry_after}
        error = {"message": message, "type": "test_error", "param": None, "code": None}
        return web.json_response({"error": error}, status=status, headers=headers)


_EXHAUSTED = object()


def _stands_in(parameter: str, body: Mapping[str, Any]) -> bool:
    if parameter == "strict":
        return any("strict" in tool.get("function", {}) for tool in body.get("tools") or ())
    return parameter in body


async def _pieces(reply: ModelReply, body: Mapping[str, Any], *, native: bool) -> AsyncIterator[bytes]:
    model = str(body.get("model"))
    if native:
        for event in anthropic_events(reply, model):
            yield f"event: {event['type']}\ndata: {msgspec.json.encode(event).decode()}\n\n".encode()
        return
    usage = bool((body.get("stream_options") or {}).get("include_usage"))
    for chunk in openai_chunks(reply, model, usage=usage):
        yield b"data: " + msgspec.json.encode(chunk) + b"\n\n"
    yield b"data: [DONE]\n\n"
