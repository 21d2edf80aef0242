"""The requests of a turn that is put to a tool of an MCP server.

Sources: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports, and the edition of 2026-07-28,
which has neither a handshake nor sessions: each request says by itself who asks. A server is asked for the newer one
first, as the official clients do, since only there an elicitation can always be answered later; a server that does
not know the question is greeted in the older way. That is done once for a conversation; what it found is kept in the
thread's session.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final

import msgspec

from scenario._version import __version__
from scenario.dialects.mcp.tool import Tool, header_value, tool_for
from scenario.errors import AgentError, ConfigurationError
from scenario.protocols.framing import framer
from scenario.protocols.json_text import read_json
from scenario.protocols.protocol import Answered, Head, RequestDraft, Turn
from scenario.protocols.rejection import refusal, shown
from scenario.wire.event import events_of

WITH_SESSIONS: Final = "2025-11-25"
STATELESS: Final = "2026-07-28"
# What a server waits for, in the thread's session: see `scenario.dialects.mcp.tool_stream`.
WAITING: Final = "mcp_elicitation"

_SERVER: Final = "mcp"
_CLIENT: Final = {"name": "scenario", "version": __version__}
_CAPABILITIES: Final[dict[str, Any]] = {"elicitation": {}}
_META: Final = "io.modelcontextprotocol/"
_UNAUTHORIZED: Final = (401, 403)
_MAX_PAGES: Final = 50
_MAX_ANSWER: Final = 8 * 1024 * 1024

_Steps = Generator[RequestDraft, Answered, Any]


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a server, and of the call that is open.

    Attributes:
        version: the edition that was agreed upon.
        session_id: None where the server keeps no session.
        requests: how many requests have been numbered.
        tool: None until it is chosen.
        arguments: those of the last call.
    """

    version: str = WITH_SESSIONS
    session_id: str | None = None
    requests: int = 0
    tool: Tool | None = None
    arguments: dict[str, Any] = {}

    @property
    def is_stateless(self) -> bool:
        """Whether each request must say by itself who asks."""
        return self.version >= STATELESS

    def headers(self) -> dict[str, str]:
        """What each request has."""
        headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": self.version}
        return headers | ({"Mcp-Session-Id": self.session_id} if self.session_id else {})

    def draft(self, method: str, params: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> RequestDraft:
        """A request with the next number."""
        number = self.requests + 1
        sent = dict(params)
        own = self.headers()
        if self.is_stateless:
            identity = {"protocolVersion": self.version, "clientInfo": _CLIENT, "clientCapabilities": _CAPABILITIES}
            sent["_meta"] = {f"{_META}{key}": value for key, value in identity.items()}
            own["Mcp-Method"] = method
        if method == "tools/call":
            sent["_meta"] = sent.get("_meta", {}) | {"progressToken": number}
        after = msgspec.structs.replace(self, requests=number)
        return RequestDraft(
            body={"jsonrpc": "2.0", "id": number, "method": method, "params": sent},
            headers=own | dict(headers or {}),
            session={_SERVER: msgspec.to_builtins(after)},
        )

    def counted(self, **changes: Any) -> Server:
        """After one more request, with these changes."""
        return msgspec.structs.replace(self, requests=self.requests + 1, **changes)


def requests(turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
    """All of a turn's requests; see `scenario.protocols.protocol.Dialect.requests`.

    Raises:
        AgentError: the server refused what prepares the call.
        ConfigurationError: which tool is meant, or which argument, cannot be told.
    """
    server = _known(turn)
    if server is None or server.tool is None:
        server = yield from _connect()
        server, tools = yield from _tools(server)
        server = msgspec.structs.replace(server, tool=tool_for(tools, turn.model))
    waiting = turn.session.get(WAITING)
    if turn.resume is not None and isinstance(waiting, dict):
        return (yield from _resumed(server, waiting, turn.resume))
    assert server.tool is not None  # noqa: S101 - chosen above
    server = msgspec.structs.replace(server, arguments=server.tool.arguments(turn))
    return _call(server, {})


def _known(turn: Turn) -> Server | None:
    try:
        return msgspec.convert(turn.session.get(_SERVER), Server)
    except msgspec.ValidationError:
        return None


def _call(server: Server, extra: Mapping[str, Any]) -> RequestDraft:
    tool = server.tool
    assert tool is not None  # noqa: S101 - chosen before
    headers: dict[str, str] = {}
    if server.is_stateless:
        headers["Mcp-Name"] = header_value(tool.name)
        headers |= {
            header: header_value(server.arguments[key])
            for key, header in tool.headers.items()
            if server.arguments.get(key) is not None
        }
    return server.draft("tools/call", {"name": tool.name, "arguments": server.arguments, **extra}, headers)


def _connect() -> Generator[RequestDraft, Answered, Server]:
    """Whether the server speaks the edition of 2026; where it does not, the handshake of those before."""
    modern = Server(version=STATELESS)
    discovered = yield modern.draft("server/discover", {})
    if discovered.head.status in _UNAUTHORIZED:
        raise _refused("server/discover", discovered)
    versions = _result(discovered).get("supportedVersions")
    if isinstance(versions, list) and STATELESS in versions:
        return modern.counted()
    server = Server()
    params = {"protocolVersion": WITH_SESSIONS, "capabilities": _CAPABILITIES, "clientInfo": _CLIENT}
    draft = server.draft("initialize", params)
    # The version is not agreed upon yet.
    del draft.headers["MCP-Protocol-Version"]
    answered = yield draft
    if not isinstance(version := _result(answered).get("protocolVersion"), str):
        raise _refused("initialize", answered)
    server = server.counted(version=version, session_id=answered.head.headers.get("mcp-session-id"))
    yield RequestDraft(body={"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=server.headers())
    return server


def _tools(server: Server) -> Generator[RequestDraft, Answered, tuple[Server, list[dict[str, Any]]]]:
    """All the server's tools, page by page, and the server after that."""
    tools: list[dict[str, Any]] = []
    cursor: str | None = None
    for _ in range(_MAX_PAGES):
        answered = yield server.draft("tools/list", {} if cursor is None else {"cursor": cursor})
        server = server.counted()
        result = _result(answered)
        page = result.get("tools")
        if not isinstance(page, list):
            raise _refused("tools/list", answered)
        tools += [tool for tool in page if isinstance(tool, dict) and isinstance(tool.get("name"), str)]
        cursor = result.get("nextCursor")
        if not isinstance(cursor, str) or not cursor:
            break
    return server, tools


def _resumed(
    server: Server, waiting: Mapping[str, Any], answer: Any
) -> Generator[RequestDraft, Answered, RequestDraft]:
    """What the server asked for, and then the request whose response is the rest of the reply."""
    asked = waiting.get("asked")
    answers = {key: elicited(answer, fields) for key, fields in asked.items()} if isinstance(asked, dict) else {}
    if "request_id" not in waiting:
        state = waiting.get("state")
        extra = {"inputResponses": answers} | ({} if state is None else {"requestState": state})
        return _call(server, extra)
    body = {"jsonrpc": "2.0", "id": waiting["request_id"], "result": next(iter(answers.values()), {})}
    event_id = waiting.get("event_id")
    if not event_id:
        raise AgentError(
            "The MCP server asked for input in an event without an id, so its stream cannot be taken up again once the "
            "answer is known. Give the server an event store, or let it speak the edition of 2026-07-28."
        )
    answered = yield RequestDraft(body=body, headers=server.headers())
    if answered.head.status >= 300:
        raise _refused("the answer to elicitation/create", answered)
    headers = server.headers() | {"Accept": "text/event-stream", "Last-Event-ID": str(event_id)}
    return RequestDraft(method="GET", headers=headers)


def elicited(answer: Any, fields: Any) -> dict[str, Any]:
    """The answer to an elicitation.

    Args:
        answer: the protocol's own {"action": …}; {"approve": true|false}; the fields' values; or, where there is one
            field, its value.
        fields: the names of the fields that were asked for.

    Raises:
        ConfigurationError: a single value was given, and there is not one field that it could be of.
    """
    names = list(fields) if isinstance(fields, list) else []
    if isinstance(answer, Mapping):
        if "action" in answer:
            return dict(answer)
        if "approve" not in answer:
            return {"action": "accept", "content": dict(answer)}
        if answer["approve"] is not True:
            return {"action": "decline"}
        content = answer.get("content")
        return {"action": "accept", "content": content if isinstance(content, Mapping) else dict.fromkeys(names, True)}
    if len(names) != 1:
        raise ConfigurationError(
            f"The MCP server asks for {', '.join(map(repr, names)) or 'no field'}, and was answered {answer!r}. "
            "Answer with a mapping of these fields to their values, or approve or reject."
        )
    return {"action": "accept", "content": {names[0]: answer}}


def _result(answered: Answered) -> dict[str, Any]:
    """The result in the answer to a request; empty where there is none."""
    for message in _messages(answered):
        if isinstance(message, dict) and "method" not in message and isinstance(result := message.get("result"), dict):
            return result
    return {}


def _messages(answered: Answered) -> list[Any]:
    if answered.head.content_type != "text/event-stream":
        return [read_json(answered.body)]
    cut = framer("sse", max_event_bytes=_MAX_ANSWER)
    return [read_json(event.data) for event in events_of([*cut.feed(answered.body), *cut.close()])]


def _refused(what: str, answered: Answered) -> AgentError:
    head: Head = answered.head
    if head.status >= 300:
        return AgentError(f"The MCP server refused {what}: {refusal(head, answered.body).message}.")
    for message in _messages(answered):
        error = message.get("error") if isinstance(message, dict) else None
        if isinstance(error, dict):
            return AgentError(f"The MCP server refused {what}: {error.get('message')} (code {error.get('code')}).")
    return AgentError(f"The MCP server answered {what} with what is no result: {shown(answered.body)}.")
