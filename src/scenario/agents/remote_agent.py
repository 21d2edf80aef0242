"""The agent under test behind a URL: `RemoteAgent("http://127.0.0.1:8000/chat")`."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec

from scenario.agents import request_template
from scenario.agents.remote_call import RemoteCall, fetched
from scenario.agents.remote_errors import incomplete, unreachable
from scenario.agents.remote_events import EventsPlan
from scenario.agents.remote_request import Prepared, RequestFunction, RequestPlan, clean, prepared
from scenario.config import Timeouts
from scenario.dialogue.adapter import AgentAdapter, AgentInput, AgentReturnTypes
from scenario.errors import AgentUnreachableError, ConfigurationError, WireLimitError
from scenario.exchange import Exchange
from scenario.protocols.json_path import JsonPath
from scenario.protocols.protocol import ACCEPT, Answered, Dialect, RequestDraft, Turn
from scenario.protocols.reception import DEFAULT_MAX_BODY_BYTES, DEFAULT_MAX_EVENT_BYTES, ReceptionOptions
from scenario.protocols.registry import AUTO, check_name, dialect_for_path, dialect_named
from scenario.redaction import redacted_url
from scenario.transport.transport import Transport, TransportError
from scenario.types import AgentRole

# Threads whose session is remembered; the one that was used longest ago is forgotten first.
_MAX_SESSIONS: Final = 10_000
_METHODS: Final = ("POST", "GET", "PUT", "PATCH")
_ACCEPT_ANY: Final = "text/event-stream, application/x-ndjson, application/json;q=0.9, text/plain;q=0.8, */*;q=0.5"


class RemoteAgent(AgentAdapter):
    """An agent that is reached over HTTP, streaming or not.

    Every call is recorded as an `Exchange`. An answer that is not whole raises, by default: a stream that was cut is
    never taken for an answer.

    Args:
        url: where the agent answers. Placeholders may stand in it.
        protocol: how it speaks: "auto" decides by the content type and the first events.
        method: "POST", or "GET", which puts simple fields into the query.
        headers: sent with each request. Placeholders may stand in the values: {"Authorization": "Bearer $env.TOKEN"}.
        request: the body. A mapping with placeholders, or a function (plain or async) that is given the `AgentInput`
            and returns a body or an `HttpRequest`; by default it is the protocol's own. The placeholders are
            $messages, $new_messages, $message (the last user text), $thread_id, $session, $model, $request_id and
            $env.NAME; $$ is a dollar sign.
        reply: a JMESPath to the text, in each event's JSON or in the whole body's.
        history: "full" sends the conversation each time; "last" only what the user has said since the agent last
            spoke, for agents that keep the conversation under its thread id.
        session: a JMESPath to a value in the response (its headers are at `headers`, as in headers."x-session") that
            goes back on the thread's next turn: as $session, and in the default body under the path's last name.
        timeout: the deadlines, or a number of seconds for the whole call.
        done: what ends a home-made stream. None: its terminal event ([DONE], an event named done, …) once this
            endpoint has sent one, else the end of the body. True: a terminal event is demanded. False: the end of
            the body always suffices. Text: the data, event name or `type` that is the terminal event.
        on_incomplete: "raise", or "return" the partial answer. No answer at all raises either way.
        name: what the agent is called in reports; the URL's host otherwise.
        model: the model's name, for protocols that send one.
        max_body_bytes: the most that is kept of one response.
        max_event_bytes: the most that one event may have.
        events_url: where the agent answers, if the request is only accepted: an event stream, which is opened before
            the request is sent, and connected to again as browsers do. Absolute or relative to `url`; placeholders may
            stand in it. With $session in it, which `session=` then takes from the answer to the request, it is opened
            after that.
        transport: how requests travel; by default over the event loop's shared connections.

    Raises:
        ConfigurationError: a setting is unknown or has no meaning.
    """

    role = AgentRole.AGENT

    def __init__(
        self,
        url: str,
        *,
        protocol: str = AUTO,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        request: Mapping[str, Any] | RequestFunction | None = None,
        reply: str | None = None,
        history: Literal["full", "last"] = "full",
        session: str | None = None,
        timeout: Timeouts | float | None = None,
        done: bool | str | None = None,
        on_incomplete: Literal["raise", "return"] = "raise",
        name: str | None = None,
        model: str | None = None,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
        events_url: str | None = None,
        transport: Transport | None = None,
    ) -> None:
        if protocol != AUTO:
            check_name(protocol)
        _one_of("history", history, ("full", "last"))
        _one_of("on_incomplete", on_incomplete, ("raise", "return"))
        method = str(method).upper()
        _one_of("method", method, _METHODS)
        _at_least_one(max_body_bytes=max_body_bytes, max_event_bytes=max_event_bytes)
        if reply is not None:
            JsonPath(reply, argument="reply")
        session_path = None if session is None else JsonPath(session, argument="session")
        self.url = _checked_url(url)
        self.name = name or urlsplit(redacted_url(url)).netloc or url
        self.protocol = protocol
        self._plan = RequestPlan(
            url=url,
            method=method,
            headers=_checked_headers(headers or {}),
            body=_checked_body(request),
            function=request if callable(request) else None,
            session_path=session_path,
            accept=_ACCEPT_ANY,
        )
        self._options = ReceptionOptions(
            protocol=protocol,
            text_path=reply,
            session_path=session,
            session_key=session_path.last_key if session_path is not None else "session",
            done=done,
            max_body_bytes=max_body_bytes,
            max_event_bytes=max_event_bytes,
        )
        self._timeouts = timeout if isinstance(timeout, Timeouts) else _timeouts(timeout)
        self._history = history
        self._on_incomplete = on_incomplete
        self._model = model
        self._transport = transport
        self._listening = (
            None if events_url is None else EventsPlan(events_url, url=self.url, session_path=session_path)
        )
        self._asking: Dialect | None = None
        self._sessions: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def __repr__(self) -> str:
        """Without headers and body: they may hold secrets."""
        return f"RemoteAgent({redacted_url(self.url)!r}, protocol={self.protocol!r})"

    async def call(self, input: AgentInput) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        """Put the conversation to the agent and return its answer: text, or messages where it called tools.

        Raises:
            AgentUnreachableError: no response came.
            IncompleteReplyError: the answer is not whole; which of its subclasses says how.
            ConfigurationError: an environment variable that a placeholder names is not set.
        """
        transport = self._transport = self._transport or _default_transport()
        turn = self._turn(input)
        request = await self._final_request(turn, input, transport)
        if self._listening is not None:
            transport = await self._listening.transport(transport, self._plan, turn, input)
        call = RemoteCall(request, timeouts=self._timeouts, options=self._options, agent=self.name or "")
        try:
            await call.run(transport, input.observer.text_delta)
        finally:
            input.observer.exchange_recorded(call.exchange)
        return self._answer(call, input.thread_id)

    def _answer(self, call: RemoteCall, thread_id: str) -> AgentReturnTypes:
        exchange = call.exchange
        reply = exchange.reply
        if exchange.status is None and call.failure is not None and call.failure != "total":
            raise unreachable(exchange, call.failure)
        if exchange.outcome != "complete" and (self._on_incomplete == "raise" or exchange.status is None):
            raise incomplete(exchange)
        self._remember(thread_id, reply.session)
        known = self._options.known_terminals
        if call.saw_terminal and reply.protocol not in known:
            self._options = msgspec.structs.replace(self._options, known_terminals=known | {reply.protocol})
        if reply.tool_calls or reply.tool_results:
            return reply.messages
        return reply.text or next((message["refusal"] for message in reply.messages if "refusal" in message), "")

    def _turn(self, input: AgentInput) -> Turn:  # noqa: A002
        new = clean(input.new_messages)
        if self._history == "last":
            messages = [message for message in new if message.get("role") == "user"]
            messages = messages or [one for one in clean(input.messages) if one.get("role") == "user"][-1:]
        else:
            messages = clean(input.messages)
        return Turn(
            messages=messages,
            new_messages=new,
            thread_id=input.thread_id,
            request_id=uuid.uuid4().hex,
            session=self._sessions.get(input.thread_id, {}),
            model=self._model,
            path=urlsplit(self.url).path,
        )

    async def _final_request(self, turn: Turn, input: AgentInput, transport: Transport) -> Prepared:  # noqa: A002
        """The request whose response is the reply, after those that the dialect needs before it."""
        requests = self._dialect().requests(turn)
        plan = self._plan
        headers = {**input.propagation_headers, **plan.headers} if input.propagation_headers else plan.headers
        plan = msgspec.structs.replace(plan, headers=headers)
        put = False
        try:
            draft = next(requests)
            while True:
                answered = await self._prepare(plan, draft, turn, input, transport)
                put = put or draft.puts_turn
                self._remember(turn.thread_id, draft.session)
                draft = requests.send(answered)
        except StopIteration as stop:
            final: RequestDraft = stop.value
        self._remember(turn.thread_id, final.session)
        return await prepared(plan, final, turn, input, own=not put)

    async def _prepare(
        self,
        plan: RequestPlan,
        draft: RequestDraft,
        turn: Turn,
        input: AgentInput,  # noqa: A002
        transport: Transport,
    ) -> Answered:
        request = await prepared(plan, draft, turn, input, own=draft.puts_turn)
        try:
            return await fetched(request, transport, self._timeouts, max_bytes=self._options.max_body_bytes)
        except (TransportError, WireLimitError) as error:
            shown = f"{request.recorded.method} {request.recorded.url}"
            exchange = Exchange(request=request.recorded, outcome="error", error=str(error), agent=self.name or "")
            raise AgentUnreachableError(
                f"{self.name}: {shown}: a request that prepares the turn failed: {error}.", exchange=exchange
            ) from error

    def _dialect(self) -> Dialect:
        """The dialect that asks; what the answer is read as may be another."""
        if self._asking is None:
            if self.protocol != AUTO:
                self._asking = dialect_named(self.protocol)
                accepted = ", ".join(ACCEPT[framing] for framing in self._asking.framings)
                self._plan = msgspec.structs.replace(self._plan, accept=accepted)
            else:
                self._asking = dialect_for_path(urlsplit(self.url).path) or dialect_named("sse")
        return self._asking

    def _remember(self, thread_id: str, session: Mapping[str, Any]) -> None:
        if not session:
            return
        self._sessions[thread_id] = {**self._sessions.get(thread_id, {}), **session}
        self._sessions.move_to_end(thread_id)
        if len(self._sessions) > _MAX_SESSIONS:
            self._sessions.popitem(last=False)


def _default_transport() -> Transport:
    # The one place where the network's packages are loaded: importing this module stays light.
    from scenario.transport.aiohttp_transport import AiohttpTransport

    return AiohttpTransport()


def _one_of(argument: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigurationError(f"RemoteAgent({argument}={value!r}): give one of {', '.join(map(repr, allowed))}.")


def _at_least_one(**limits: object) -> None:
    for argument, value in limits.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ConfigurationError(f"RemoteAgent({argument}={value!r}): give a whole number of bytes, at least 1.")


def _checked_url(url: object) -> str:
    if not isinstance(url, str):
        raise ConfigurationError(f"RemoteAgent(url={url!r}): give a URL as text, such as 'http://127.0.0.1:8000/chat'.")
    request_template.check(url, argument="url")
    if url.startswith("$env."):
        return url
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise ConfigurationError(
            f"RemoteAgent(url={redacted_url(url)!r}): give a whole URL with http:// or https:// and a host, "
            "such as 'http://127.0.0.1:8000/chat'."
        )
    return url


def _checked_headers(headers: Any) -> dict[str, str]:
    if not isinstance(headers, Mapping):
        raise ConfigurationError(
            f"RemoteAgent(headers=…) takes a mapping of names to values, not {type(headers).__name__}."
        )
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str) or not name:
            raise ConfigurationError(f"RemoteAgent(headers=…): {name!r} and its value must be text.")
        if any(character in name + value for character in "\r\n\0"):
            raise ConfigurationError(f"RemoteAgent(headers=…): {name!r} or its value holds a line end or a NUL.")
    request_template.check(headers, argument="headers")
    return dict(headers)


def _checked_body(request: object) -> Any:
    if request is None or callable(request):
        return None
    if not isinstance(request, Mapping | list):
        raise ConfigurationError(
            f"RemoteAgent(request={type(request).__name__}): give a mapping with placeholders, such as "
            '{"message": "$message", "thread": "$thread_id"}, or a function of the AgentInput.'
        )
    request_template.check(request, argument="request")
    return request


def _timeouts(seconds: object) -> Timeouts:
    if seconds is None:
        return Timeouts()
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ConfigurationError(
            f"RemoteAgent(timeout={seconds!r}): give Timeouts(connect=…, first_byte=…, idle=…, total=…), or seconds."
        )
    return Timeouts(connect=min(10.0, seconds), first_byte=seconds, idle=seconds, total=seconds)
