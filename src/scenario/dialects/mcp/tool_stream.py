"""A tool of an MCP server as the agent under test, over streamable HTTP: 2025-11-25 and before, and 2026-07-28.

Sources: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports and the `mcp` package. The tool is
called once for a turn with the user's words, and what it returns is the reply; `model=` names the tool, as "tool" or
as "tool:argument", where there are several. The response to the call is the last event that counts; notifications
come before it. A server that asks the user for something (an elicitation) ends the reply with an interrupt.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, ClassVar, Final

import msgspec

from scenario.dialects.mcp.requests import WAITING, requests
from scenario.errors import InternalError
from scenario.protocols.errors_in_json import error_of
from scenario.protocols.json_text import read_json, write_json
from scenario.protocols.protocol import (
    CERTAIN,
    END,
    ERROR,
    LIKELY,
    MALFORMED,
    NOTHING,
    Answered,
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
from scenario.wire.sse import ServerSentEvent

_SERVERS_REQUESTS: Final = frozenset({"elicitation/create", "sampling/createMessage", "roots/list", "ping"})
_RESULT_KEYS: Final = frozenset({"content", "structuredContent", "isError", "resultType", "protocolVersion", "tools"})


class Mcp(Dialect):
    """An MCP server's endpoint."""

    name: ClassVar[str] = "mcp"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "json")
    url_endings: ClassVar[tuple[str, ...]] = ("/mcp",)

    def request(self, turn: Turn) -> RequestDraft:
        """Never asked for: a call needs what `requests` finds out first."""
        del turn
        raise InternalError(f"The dialect {self.name!r} puts a turn by several requests.")

    def requests(self, turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
        """The handshake and the list of tools, once for a conversation; then the call."""
        return requests(turn)

    def reader(self, options: ReadOptions) -> Reader:  # noqa: ARG002 - a whole body is one message
        """A reader for one reply, events or one message."""
        return McpReader(self.name)

    def detect(self, head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By the session's header, or by JSON-RPC messages as MCP has them."""
        if "mcp-session-id" in head.headers:
            return Detection(certainty=CERTAIN, reason="the response has an Mcp-Session-Id")
        for sample in samples:
            value = sample.value
            if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
                continue
            method, result = value.get("method"), value.get("result")
            if isinstance(method, str) and (method.startswith("notifications/") or method in _SERVERS_REQUESTS):
                return Detection(certainty=CERTAIN, reason=f"a JSON-RPC message has the method {method[:40]!r}")
            if isinstance(result, dict) and not _RESULT_KEYS.isdisjoint(result):
                return Detection(certainty=CERTAIN, reason="a JSON-RPC result has what a tool's result has")
            if isinstance(value.get("error"), dict):
                return Detection(certainty=LIKELY, reason="it is an error in JSON-RPC")
        return None


class _Resource(msgspec.Struct, gc=False):
    text: str | None = None


class _Block(msgspec.Struct, gc=False):
    text: str | None = None
    resource: _Resource | None = None


class _Result(msgspec.Struct, gc=False, rename="camel"):
    content: list[_Block] | None = None
    is_error: bool | None = None
    result_type: str | None = None


class _Shape(msgspec.Struct, gc=False):
    """What the places that are read in a message may hold."""

    method: str | None = None
    result: _Result | None = None


class McpReader(Reader):
    """Reads the messages up to the call's response."""

    shape = msgspec.json.Decoder(_Shape | list[_Shape])

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event; its message, or the messages of a batch."""
        if self.over:
            return NOTHING
        value = read_json(event.data)
        if isinstance(value, list):
            brought = [self._message(one, event.id) for one in value]
            told = [one for one in brought if one is not NOTHING]
            return Brought(told[-1].kind, "".join(one.text for one in told)) if told else NOTHING
        if not isinstance(value, dict):
            # Servers begin with an event that has an id and no data, so that the stream can be taken up again.
            return MALFORMED if event.data.strip() else NOTHING
        return self._message(value, event.id)

    def is_whole(self) -> bool:
        """Never before the response."""
        return False

    def _message(self, message: object, event_id: str) -> Brought:
        if self.over or not isinstance(message, dict):
            return NOTHING
        if "method" in message:
            if message["method"] == "elicitation/create" and isinstance(message.get("id"), int | str):
                return self._asked(message["id"], message.get("params"), event_id)
            return NOTHING
        if isinstance(error := message.get("error"), dict):
            told = error_of(error)
            self.reply.fail(told.message, told.code)
            self.over = True
            return ERROR
        return self._result(message["result"]) if isinstance(message.get("result"), dict) else NOTHING

    def _result(self, result: dict[str, Any]) -> Brought:
        self.over = True
        if result.get("resultType") == "input_required":
            return self._input_required(result)
        blocks = result.get("content")
        texts = [text for text in map(_text, blocks if isinstance(blocks, list) else []) if text]
        structured = result.get("structuredContent")
        if not texts and structured is not None:
            texts.append(write_json(structured))
        text = "\n".join(texts)
        brought = self.reply.text(text) if text else ""
        if result.get("isError") is True:
            self.reply.fail(text or "the tool failed, without saying why", "tool")
            return Brought("error", brought)
        return Brought("end", brought) if brought else END

    def _input_required(self, result: dict[str, Any]) -> Brought:
        """The edition of 2026: the call is repeated with what was asked for."""
        given = result.get("inputRequests")
        asked = (
            {key: one.get("params") for key, one in given.items() if isinstance(one, dict)}
            if isinstance(given, dict)
            else {}
        )
        self._interrupt(asked)
        self.reply.carried[WAITING]["state"] = result.get("requestState")
        return END

    def _asked(self, request_id: int | str, params: object, event_id: str) -> Brought:
        """The editions before: the answer is a request of its own, and the stream goes on."""
        self._interrupt({str(request_id): params})
        self.reply.carried[WAITING] |= {"request_id": request_id, "event_id": event_id}
        self.over = True
        return END

    def _interrupt(self, asked: dict[str, Any]) -> None:
        interrupts = [{"id": key, **(params if isinstance(params, dict) else {})} for key, params in asked.items()]
        self.reply.interrupt = {"kind": "elicitation", "interrupts": interrupts}
        self.reply.carried[WAITING] = {"asked": {key: _fields(params) for key, params in asked.items()}}


def _fields(params: object) -> list[str]:
    """The names of the fields that are asked for."""
    schema = params.get("requestedSchema") if isinstance(params, dict) else None
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return list(properties) if isinstance(properties, dict) else []


def _text(block: object) -> str:
    """The text in a block of a tool's result; a resource's, where it is a text; a link's address."""
    if not isinstance(block, dict):
        return ""
    resource = block.get("resource")
    for text in (block.get("text"), resource.get("text") if isinstance(resource, dict) else None, block.get("uri")):
        if isinstance(text, str) and text:
            return text
    return ""
