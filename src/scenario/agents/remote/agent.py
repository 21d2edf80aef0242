"""The agent under test behind a URL: `RemoteAgent("http://127.0.0.1:8000/chat")`."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import msgspec

from scenario.agents.remote.arguments import (
    at_least_one,
    checked_body,
    checked_headers,
    checked_url,
    one_of,
    timeouts_of,
)
from scenario.agents.remote.call import LINGER_SECONDS, RemoteCall, fetched
from scenario.agents.remote.errors import incomplete, unreachable
from scenario.agents.remote.events import EventsPlan
from scenario.agents.remote.request import (
    INTERRUPT,
    Prepared,
    RequestFunction,
    RequestPlan,
    clean,
    prepared,
    text_of,
)
from scenario.agents.remote.self_description import Asking, wanted_after
from scenario.agents.remote.sockets import SocketPlan, as_message, fits_a_message, is_socket
from scenario.config import Timeouts
from scenario.dialogue.adapter import AgentAdapter, AgentInput, AgentReturnTypes
from scenario.errors import AgentUnreachableError, WireLimitError
from scenario.exchange import Exchange
from scenario.protocols.interrupts import question_of, spoken
from scenario.protocols.json_path import JsonPath
from scenario.protocols.protocol import ACCEPT, Answered, Dialect, RequestDraft, Turn
from scenario.protocols.reception import DEFAULT_MAX_BODY_BYTES, DEFAULT_MAX_EVENT_BYTES, ReceptionOptions
from scenario.protocols.registry import AUTO, check_name, dialect_for_path, dialect_named
from scenario.redaction import redacted_url
from scenario.transport.transport import Transport, TransportError
from scenario.types import AgentRole, Message, Reply

# Threads whose session is remembered; the one that was used longest ago is forgotten first.
_MAX_SESSIONS: Final = 10_000
_METHODS: Final = ("POST", "GET", "PUT", "PATCH")
# What is asked in where nothing says otherwise.
_USUAL: Final = "sse"
_ACCEPT_ANY: Final = "text/event-stream, application/x-ndjson, application/json;q=0.9, text/plain;q=0.8, */*;q=0.5"


class _Waiting(NamedTuple):
    """What a conversation's last reply waits for, and the dialect that it was read as."""

    protocol: str
    interrupt: Any


class RemoteAgent(AgentAdapter):
    """An agent that is reached over HTTP, streaming or not, or over a WebSocket.

    Every call is recorded as an `Exchange`. An answer that is not whole raises, by default: a stream that was cut is
    never taken for an answer.

    Over a WebSocket (ws://, wss://) a turn is one message, and each message that comes back is an event of the answer.
    What ends a turn is the protocol's own end, or one of [DONE], {"type": "done"} and the like; otherwise say it with
    `end` or `quiet`.

    An agent that stops for a human (an approval, a question) leaves what it asks in `state.interrupt`;
    `scenario.resume(value)`, `approve()` and `reject()` answer it in the protocol's own way.

    Args:
        url: where the agent answers. Placeholders may stand in it.
        protocol: how it speaks. "auto" asks as the URL's path suggests (…/chat/completions, /run_sse, /mcp, …), else
            with the conversation as {"messages": …}, and reads the answer by its content type and first events. A
            server that refuses this is asked as its refusal says, or its agent card, or LangGraph's, ADK's or
            LlamaIndex's own paths at a root.
            Others: "openai-chat", "openai-responses", "anthropic", "ag-ui", "a2a-1.0", "a2a-1.0-rest", "a2a-0.3",
            "vercel-ui", "vercel-data", "langgraph", "langgraph-v3", "adk", "mcp", "dify", "ollama", "agentcore",
            "llamaindex"; and "sse", "ndjson", "json", "text".
        method: "POST", or "GET", which puts simple fields into the query.
        headers: sent with each request. Placeholders may stand in the values: {"Authorization": "Bearer $env.TOKEN"}.
        request: the body, or a WebSocket's message. A mapping or a text with placeholders, or a function (plain or
            async) that is given the `AgentInput` and returns a body or an `HttpRequest`; by default it is the
            protocol's own. The placeholders are $messages, $new_messages, $message (the last user text), $thread_id,
            $session, $model, $request_id, $resume (the script's answer to an interrupt) and $env.NAME; $$ is a dollar
            sign.
        reply: a JMESPath to the text, in each event's JSON or in the whole body's.
        history: "full" sends the conversation each time; "last" only what the user has said since the agent last
            spoke, for agents that keep the conversation under its thread id.
        session: a JMESPath to a value in the response (its headers are at `headers`, as in headers."x-session") that
            goes back on the thread's next turn: as $session, and in the default body under the path's last name.
        timeout: the deadlines, or a number of seconds for the whole call.
        done: what ends a home-made stream. None: its terminal event ([DONE], an event named done, …) once this
            endpoint has sent one, else the end of the body. True: a terminal event is demanded. False: the end of
            the body always suffices. Text: the data, event name or `type` that is the terminal event.
        end: a JMESPath condition on each event's or message's JSON, such as "type == 'done'": where it holds, the
            answer ends, with this event; an answer without one is not whole.
        quiet: over a WebSocket, so many seconds without a message, after the first one, end the answer.
        keep_open: over a WebSocket, whether a conversation keeps its connection from one turn to the next.
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

    Attributes:
        learns: whether a refusal may still change how it asks.

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
        end: str | None = None,
        quiet: float | None = None,
        keep_open: bool = True,
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
        one_of("history", history, ("full", "last"))
        one_of("on_incomplete", on_incomplete, ("raise", "return"))
        method = str(method).upper()
        one_of("method", method, _METHODS)
        at_least_one(max_body_bytes=max_body_bytes, max_event_bytes=max_event_bytes)
        for argument, path in (("reply", reply), ("end", end)):
            if path is not None:
                JsonPath(path, argument=argument)
        session_path = None if session is None else JsonPath(session, argument="session")
        self.url = checked_url(url)
        self.name = name or urlsplit(redacted_url(url)).netloc or url
        self.protocol = protocol
        self._plan = RequestPlan(
            url=url,
            method=method,
            headers=checked_headers(headers or {}, url=url),
            body=checked_body(request),
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
            end=end,
            max_body_bytes=max_body_bytes,
            max_event_bytes=max_event_bytes,
        )
        self._timeouts = timeout if isinstance(timeout, Timeouts) else timeouts_of(timeout)
        self._history = history
        self._on_incomplete = on_incomplete
        self._model = model
        self._transport = transport
        self._sockets = SocketPlan.of(
            url,
            protocol=protocol,
            quiet=quiet,
            keep_open=keep_open,
            max_message_bytes=max_event_bytes,
            events_url=events_url,
        )
        self._listening = (
            None if events_url is None else EventsPlan(events_url, url=self.url, session_path=session_path)
        )
        self._asking: Dialect | None = None
        self._asked_so = ""
        self.learns = True
        self._sessions: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()

    def __repr__(self) -> str:
        """Without headers and body: they may hold secrets."""
        return f"RemoteAgent({redacted_url(self.url)!r}, protocol={self.protocol!r})"

    async def call(self, input: AgentInput) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        """Put the conversation to the agent and return its answer: text, or messages where it called tools.

        Raises:
            AgentUnreachableError: no response came.
            IncompleteReplyError: the answer is not whole; which of its subclasses says how.
            ConfigurationError: an environment variable that a placeholder names is not set, or `request=` raised.
        """
        transport = self._transport or _default_transport()
        turn = self._turn(input)
        request = await self._final_request(turn, input, transport)
        asked, linger = self._asking, LINGER_SECONDS
        if self._listening is not None:
            # The end of its body is no end: it would be connected to again.
            transport, linger = await self._listening.transport(transport, self._plan, turn, input), 0.0
        elif self._sockets is not None and is_socket(request.request.url):
            # The connection goes on after the answer: there is no end of it to wait for.
            request, linger = as_message(request), 0.0
            transport = self._transport or self._sockets.transport(turn.thread_id)
        call = RemoteCall(request, timeouts=self._timeouts, options=self._options, agent=self.name or "", linger=linger)
        learnt = False
        try:
            await call.run(transport, input.observer.text_delta)
            call.exchange.protocol_reason += self._asked_so
            if asked is not None:
                ask = Asking(self._plan, turn, input, transport, self._timeouts, self._options.max_body_bytes)
                learnt = await self._learns(call.exchange, asked, ask)
        finally:
            if not learnt:
                input.observer.exchange_recorded(call.exchange)
        return await self.call(input) if learnt else self._answer(call, input.thread_id)

    async def _learns(self, refused: Exchange, asked: Dialect, ask: Asking) -> bool:
        """Whether a refusal of the usual request has shown how the server wants to be asked."""
        plan = self._plan
        own = plan.body is not None or plan.function is not None or plan.method != "POST"
        if self.protocol != AUTO or own or self._sockets is not None or self._listening is not None:
            return False
        if asked.name != _USUAL or not self.learns or refused.outcome != "error":
            return False
        wanted = await wanted_after(refused, ask)
        if wanted is None:
            self.learns = False
            return False
        self._asking = dialect_named(wanted.protocol)
        self._asked_so = f"; asked as {wanted.protocol}, because {wanted.why}"
        if wanted.path:
            url = urlunsplit(urlsplit(plan.url)._replace(path=wanted.path))
            self._plan = msgspec.structs.replace(plan, url=url)
        return True

    def _answer(self, call: RemoteCall, thread_id: str) -> AgentReturnTypes:
        exchange = call.exchange
        reply = exchange.reply
        if exchange.status is None and call.failure is not None and call.failure != "total":
            raise unreachable(exchange, call.failure)
        if exchange.outcome != "complete" and (self._on_incomplete == "raise" or exchange.status is None):
            raise incomplete(exchange)
        self._remember(thread_id, {**reply.session, **reply.carried})
        self._note_interrupt(thread_id, reply)
        known = self._options.known_terminals
        if call.saw_terminal and reply.protocol not in known:
            self._options = msgspec.structs.replace(self._options, known_terminals=known | {reply.protocol})
        if reply.interrupt is not None and not reply.text:
            # The question is shown, and not sent back: it is not among what the agent has said in its protocol.
            asked: Message = {"role": "assistant", "content": question_of(reply.interrupt), INTERRUPT: True}
            return [*reply.messages, asked]
        if reply.tool_calls or reply.tool_results:
            return reply.messages
        return reply.text or next((message["refusal"] for message in reply.messages if "refusal" in message), "")

    async def conversation_over(self, thread_id: str) -> None:
        """Close the conversation's WebSocket, if it has one."""
        if self._sockets is not None:
            await self._sockets.over(thread_id)

    def _turn(self, input: AgentInput) -> Turn:  # noqa: A002
        # A body of the user's own may have no place for an answer to an interrupt: there it is a line of the user's.
        own = self._plan.body is not None or self._plan.function is not None
        new = clean(input.new_messages, answers=own)
        if self._history == "last":
            messages = [message for message in new if message.get("role") == "user"]
            if not messages and input.resume is None:
                messages = [one for one in clean(input.messages, answers=own) if one.get("role") == "user"][-1:]
        else:
            messages = clean(input.messages, answers=own)
        waiting = self._waiting.get(input.thread_id)
        interrupt, resume = None if waiting is None else waiting.interrupt, input.resume
        if interrupt is not None and resume is None:
            resume = spoken(interrupt, _last_text(new))
        return Turn(
            messages=messages,
            new_messages=new,
            thread_id=input.thread_id,
            request_id=uuid.uuid4().hex,
            session=self._sessions.get(input.thread_id, {}),
            model=self._model,
            path=urlsplit(self._plan.url).path,
            interrupt=interrupt,
            resume=resume,
        )

    async def _final_request(self, turn: Turn, input: AgentInput, transport: Transport) -> Prepared:  # noqa: A002
        """The request whose response is the reply, after those that the dialect needs before it."""
        requests = self._dialect_for(turn).requests(turn)
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

    def _dialect_for(self, turn: Turn) -> Dialect:
        """The dialect that asks; a question is answered in the one that it was asked in."""
        waiting = self._waiting.get(turn.thread_id)
        if self.protocol == AUTO and turn.resume is not None and waiting is not None:
            dialect = dialect_named(waiting.protocol)
            if not is_socket(self.url) or fits_a_message(dialect):
                return dialect
        return self._dialect()

    def _dialect(self) -> Dialect:
        """The dialect that asks; what the answer is read as may be another."""
        if self._asking is None:
            if self.protocol != AUTO:
                self._asking = dialect_named(self.protocol)
                accepted = ", ".join(ACCEPT[framing] for framing in self._asking.framings)
                self._plan = msgspec.structs.replace(self._plan, accept=accepted)
            else:
                by_path = None if is_socket(self.url) else dialect_for_path(urlsplit(self.url).path)
                self._asking = by_path or dialect_named(_USUAL)
        return self._asking

    def _note_interrupt(self, thread_id: str, reply: Reply) -> None:
        self._waiting.pop(thread_id, None)
        if reply.interrupt is not None:
            self._waiting[thread_id] = _Waiting(reply.protocol, reply.interrupt)
            if len(self._waiting) > _MAX_SESSIONS:
                self._waiting.popitem(last=False)

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


def _last_text(messages: list[Message]) -> str:
    """The text of the newest line of the user's."""
    lines = [text_of(message.get("content")) for message in messages if message.get("role") == "user"]
    return lines[-1] if lines else ""
