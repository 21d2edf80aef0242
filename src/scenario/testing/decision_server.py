"""A decision model's server for tests: System One and OpenAI Decisions, on loopback, without a model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from aiohttp import web

from scenario.config import ModelConfig
from scenario.protocols.json_text import read_json
from scenario.testing.answering import in_one_line
from scenario.testing.local_server import LocalServer
from scenario.testing.model_server import RecordedRequest

# A probability; a text: an answer of that type, such as "refusal"; None: no answer to this question.
Said: TypeAlias = float | str | None
Reply: TypeAlias = dict[str, Any] | bytes | None

_YES: Final = 0.99
_NO: Final = 0.01
_QUOTED: Final = re.compile("“([^”]*)”")


class DecisionServer(LocalServer):
    """A server that answers as a decision model's does: `/v1/systemone` and `/v1/decisions`.

    It takes yes-or-no questions alone. By default it can read and agrees: one that quotes something in “quotation
    marks” is answered by whether that stands in the text, every other one with 0.99. It listens within its `async with`
    block.

    Args:
        probabilities: a part of a question → what is said to it: a probability, the type of an answer without one (such
            as "refusal"), or None for no answer at all.
        always: what is said to every question, read or not.
        reads: what it reads of the text, such as `lambda text: text[len(text) // 2 :]`.
        model: the name under which it answers; the asked one by default.
        extra: more members of an answer, such as `{"truncated": True}`.
        statuses: statuses with which the first requests are answered in place of an answer; 200 answers.
        retry_after: the `Retry-After` header of these.
        speaks: the routes that it has, of "systemone" and "decisions"; another one is 404.
        replies: a function of the request's body: a whole answer, bytes that are sent as they are, or None for the
            usual one.

    Attributes:
        requests: the requests, in order.

    Example:
        async with DecisionServer({"polite": 0.02}) as server:
            judge = scenario.JudgeAgent(
                criteria=["The agent is polite"], model="systemone/test", api_base=server.base_url
            )
    """

    def __init__(
        self,
        probabilities: Mapping[str, Said] | None = None,
        *,
        always: float | str | None = None,
        reads: Callable[[str], str] = str,
        model: str | None = None,
        extra: Mapping[str, Any] | None = None,
        statuses: Sequence[int] = (),
        retry_after: str | None = None,
        speaks: Sequence[str] = ("systemone", "decisions"),
        replies: Callable[[dict[str, Any]], Reply] | None = None,
    ) -> None:
        super().__init__()
        self.requests: list[RecordedRequest] = []
        self._probabilities = dict(probabilities or {})
        self._always = always
        self._reads = reads
        self._model = model
        self._extra = dict(extra or {})
        self._statuses = tuple(statuses)
        self._retry_after = retry_after
        self._speaks = tuple(speaks)
        self._replies = replies

    @property
    def base_url(self) -> str:
        """What `api_base=` takes: `http://127.0.0.1:40001/v1`."""
        return f"{self.url}/v1"

    def config(self, model: str = "systemone/test", **settings: Any) -> ModelConfig:
        """A `ModelConfig` of a model at this server: "systemone/…", "decisions/…", or "decide/…", which finds out."""
        return ModelConfig(model, api_base=self.base_url, api_key="test-key", **settings)

    def _routes(self) -> list[web.RouteDef]:
        routes = {"systemone": self._systemone, "decisions": self._decisions}
        return [web.post(f"/v1/{name}", routes[name]) for name in self._speaks]

    async def _systemone(self, request: web.Request) -> web.Response:
        body, refused = await self._taken(request)
        if refused is not None:
            return refused
        said = {
            name: self._said(question["instructions"], body["state"]) for name, question in body["questions"].items()
        }
        answers = {name: _answer("noul", "noul", one) for name, one in said.items() if one is not None}
        return self._answered(body, answers)

    async def _decisions(self, request: web.Request) -> web.Response:
        body, refused = await self._taken(request)
        if refused is not None:
            return refused
        said = [(one.get("name"), self._said(one["instructions"], body["input"])) for one in body["questions"]]
        answers = [{"name": name} | _answer("predicate", "probability", one) for name, one in said if one is not None]
        return self._answered(body, answers)

    async def _taken(self, request: web.Request) -> tuple[dict[str, Any], web.Response | None]:
        """The body, and what is answered in an answer's place."""
        body = read_json(await request.read())
        if not isinstance(body, dict):
            return {}, self._error(400, "The body of the request is no JSON object.")
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(RecordedRequest(path=request.path, headers=headers, body=body))
        number = len(self.requests) - 1
        status = self._statuses[number] if number < len(self._statuses) else 200
        if status != 200:
            return body, self._error(status, f"The test's decision server was told to answer with {status}.")
        if unknown := body.keys() - {"model", "questions", "state" if request.path.endswith("one") else "input"}:
            return body, self._error(422, f"Extra inputs are not permitted: {', '.join(sorted(unknown))}")
        questions = body.get("questions")
        asked = list(questions.values()) if isinstance(questions, dict) else questions
        if not isinstance(asked, list) or not asked or not all(map(_is_yes_or_no, asked)):
            return body, self._error(422, "This server answers yes-or-no questions that have instructions.")
        reply = None if self._replies is None else self._replies(body)
        if isinstance(reply, bytes):
            return body, web.Response(body=reply, content_type="application/json")
        return body, None if reply is None else web.json_response(reply)

    def _said(self, question: str, text: str) -> Said:
        if self._always is not None:
            return self._always
        for part, said in self._probabilities.items():
            if part in question:
                return said
        quoted = _QUOTED.search(question)
        return _YES if quoted is None or quoted.group(1) in in_one_line(self._reads(text)) else _NO

    def _answered(self, body: Mapping[str, Any], answers: object) -> web.Response:
        tokens = len(str(body)) // 4
        usage: dict[str, Any] = {"input_tokens": tokens, "output_tokens": 0}
        if isinstance(answers, list):
            usage |= {"total_tokens": tokens, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0}}
            usage["output_tokens_details"] = {"reasoning_tokens": 0}
        model = self._model or body.get("model")
        return web.json_response({"model": model, "answers": answers, "usage": usage} | self._extra)

    def _error(self, status: int, message: str) -> web.Response:
        headers = {} if self._retry_after is None else {"Retry-After": self._retry_after}
        error = {"message": message, "type": "test_error", "param": None, "code": None}
        return web.json_response({"error": error}, status=status, headers=headers)


def _is_yes_or_no(question: object) -> bool:
    is_one = isinstance(question, dict) and question.get("type") in ("noul", "predicate")
    return is_one and isinstance(cast(dict[str, Any], question).get("instructions"), str)


def _answer(kind: str, member: str, said: float | str) -> dict[str, Any]:
    return {"type": said} if isinstance(said, str) else {"type": kind, member: said}
