"""Agents on loopback that stop for a human, one to each dialect that knows how to, and go on once they are answered.

What they send is what the real SDKs send, in the recordings of `tests/dialects/recorded` where there are some.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from aiohttp import web

_RECORDED = Path(__file__).parent.parent / "dialects" / "recorded"
FINAL = "It is paid."


def recorded(name: str) -> bytes:
    """A body that a real SDK sent."""
    return (_RECORDED / name).read_bytes()


def events(*values: object) -> bytes:
    """A stream of server-sent events."""
    return b"".join(b"data: " + json.dumps(value).encode() + b"\n\n" for value in values)


class Asking:
    """An agent that stops once.

    Attributes:
        path: where it is.
        answers: what it was told when it had stopped, as its protocol has it.
        turns: the bodies of the requests that put a turn.
    """

    path = "/chat"
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.turns: list[Any] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        text = await request.text()
        body = json.loads(text) if text else None
        prepared = self.prepare(request, body)
        if prepared is not None:
            return prepared
        self.turns.append(body)
        answer = self.answer_in(request, body)
        if answer is None:
            return self.stream(self.question(body))
        self.answers.append(answer)
        return self.stream(self.final(body))

    def stream(self, body: bytes) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": "text/event-stream", **self.headers})

    def prepare(self, _request: web.Request, _body: Any) -> web.StreamResponse | None:
        """The response to a request that only prepares a turn."""
        return None

    def answer_in(self, _request: web.Request, body: Any) -> Any:
        raise NotImplementedError

    def question(self, body: Any) -> bytes:
        raise NotImplementedError

    def final(self, body: Any) -> bytes:
        raise NotImplementedError


class AgUi(Asking):
    def answer_in(self, _request: web.Request, body: Any) -> Any:
        return body.get("resume")

    def question(self, _body: Any) -> bytes:
        return recorded("ag-ui-1.0-interrupt.sse")

    def final(self, body: Any) -> bytes:
        ids = {"threadId": body["threadId"], "runId": body["runId"]}
        return events(
            {"type": "RUN_STARTED", **ids},
            {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "role": "assistant", "delta": FINAL},
            {"type": "RUN_FINISHED", **ids, "outcome": {"type": "success"}},
        )


class A2A(Asking):
    path = "/message:stream"

    def answer_in(self, _request: web.Request, body: Any) -> Any:
        message = body["message"]
        return message["parts"] if message.get("taskId") == "591a592d-72cb-43f1-9876-343e2a50fc34" else None

    def question(self, _body: Any) -> bytes:
        return recorded("a2a-1.0-rest-asks.sse")

    def final(self, body: Any) -> bytes:
        ids = {name: body["message"][name] for name in ("taskId", "contextId")}
        artifact = {"artifactId": "a", "parts": [{"text": FINAL}]}
        return events(
            {"artifactUpdate": {**ids, "artifact": artifact, "lastChunk": True}},
            {"statusUpdate": {**ids, "status": {"state": "TASK_STATE_COMPLETED"}}},
        )


class VercelUi(Asking):
    path = "/api/chat"
    headers = MappingProxyType({"x-vercel-ai-ui-message-stream": "v1"})

    def answer_in(self, _request: web.Request, body: Any) -> Any:
        parts = [part for message in body["messages"] for part in message.get("parts", ())]
        return [part["approval"] for part in parts if "approval" in part] or None

    def question(self, _body: Any) -> bytes:
        return recorded("vercel-ui-7-approval.sse")

    def final(self, _body: Any) -> bytes:
        text = ({"type": kind, "id": "0"} for kind in ("text-start", "text-end"))
        start, end = text
        delta = {"type": "text-delta", "id": "0", "delta": FINAL}
        return events({"type": "start"}, start, delta, end, {"type": "finish", "finishReason": "stop"}) + (
            b"data: [DONE]\n\n"
        )


class LangGraph(Asking):
    path = ""
    value: ClassVar[Any] = {"action_requests": [{"name": "pay", "args": {"eur": 5}, "description": "Pay 5 euros?"}]}

    def prepare(self, request: web.Request, _body: Any) -> web.StreamResponse | None:
        if request.path == "/assistants/search":
            return web.json_response([{"assistant_id": "a1", "graph_id": "agent", "name": "agent"}])
        return web.json_response({"thread_id": "t1"}) if request.path == "/threads" else None

    def answer_in(self, request: web.Request, body: Any) -> Any:
        assert request.path == "/threads/t1/runs/stream"
        return body.get("command", {}).get("resume")

    def question(self, _body: Any) -> bytes:
        return self.named(("updates", {"__interrupt__": [{"value": self.value, "id": "i1"}]}))

    def final(self, _body: Any) -> bytes:
        message = {"type": "ai", "id": "m1", "content": FINAL}
        return self.named(("updates", {"model": {"messages": [message]}}))

    @staticmethod
    def named(*named: tuple[str, Any]) -> bytes:
        pairs = [("metadata", {"run_id": "r1", "attempt": 1}), *named]
        return b"".join(f"event: {name}\r\ndata: {json.dumps(data)}\r\n\r\n".encode() for name, data in pairs)


class LangGraphQuestion(LangGraph):
    """A graph that asks in words."""

    value: ClassVar[Any] = "Which account?"


class Adk(Asking):
    path = "/run_sse"

    def prepare(self, request: web.Request, _body: Any) -> web.StreamResponse | None:
        if request.path == "/list-apps":
            return web.json_response(["payer"])
        return web.json_response({"id": "s1"}) if request.path.endswith("/sessions") else None

    def answer_in(self, _request: web.Request, body: Any) -> Any:
        responses = [part.get("functionResponse") for part in body["newMessage"]["parts"]]
        return [response for response in responses if response] or None

    def question(self, _body: Any) -> bytes:
        confirmation = {"hint": "Pay 5 euros?", "confirmed": False}
        call = {"name": "adk_request_confirmation", "id": "adk-1", "args": {"toolConfirmation": confirmation}}
        return events(self.said({"functionCall": call}) | {"longRunningToolIds": ["adk-1"]})

    def final(self, _body: Any) -> bytes:
        return events(self.said({"text": FINAL}) | {"finishReason": "STOP"})

    @staticmethod
    def said(part: Any) -> dict[str, Any]:
        return {"invocationId": "e-1", "author": "payer", "content": {"role": "model", "parts": [part]}}


class Mcp(Asking):
    path = "/mcp"

    def prepare(self, _request: web.Request, body: Any) -> web.StreamResponse | None:
        schema = {"type": "object", "properties": {"message": {"type": "string"}}}
        results = {
            "server/discover": {"supportedVersions": ["2026-07-28"], "capabilities": {}},
            "tools/list": {"tools": [{"name": "pay", "inputSchema": schema}]},
        }
        result = results.get(body["method"])
        return None if result is None else web.json_response(self.response(body, result))

    def answer_in(self, _request: web.Request, body: Any) -> Any:
        return body["params"].get("inputResponses")

    def question(self, body: Any) -> bytes:
        params = {"message": "Pay 5 euros?", "requestedSchema": {"properties": {"sure": {"type": "boolean"}}}}
        asked = {"ask": {"method": "elicitation/create", "params": params}}
        return events(self.response(body, {"resultType": "input_required", "inputRequests": asked}))

    def final(self, body: Any) -> bytes:
        return events(self.response(body, {"content": [{"type": "text", "text": FINAL}]}))

    @staticmethod
    def response(body: Any, result: Any) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": body["id"], "result": result}


class Responses(Asking):
    path = "/v1/responses"

    def answer_in(self, _request: web.Request, body: Any) -> Any:
        return [item for item in body["input"] if item.get("type") == "mcp_approval_response"] or None

    def question(self, _body: Any) -> bytes:
        item = {"type": "mcp_approval_request", "id": "mcpr_1", "name": "pay", "arguments": '{"eur":5}'}
        return self.response(item)

    def final(self, _body: Any) -> bytes:
        content = [{"type": "output_text", "text": FINAL}]
        return self.response({"type": "message", "id": "msg_1", "role": "assistant", "content": content})

    @staticmethod
    def response(item: Any) -> bytes:
        begun = {"id": "resp_1", "object": "response", "status": "in_progress", "output": []}
        done = {"id": "resp_1", "object": "response", "status": "completed", "output": [item]}
        return events(
            {"type": "response.created", "sequence_number": 0, "response": begun},
            {"type": "response.output_item.done", "sequence_number": 1, "output_index": 0, "item": item},
            {"type": "response.completed", "sequence_number": 2, "response": done},
        )


Make = Callable[[], Asking]
