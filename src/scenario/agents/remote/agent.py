"""The agent under test behind a URL: `RemoteAgent("http://127.0.0.1:8000/chat")`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from scenario.agents.remote.arguments import texts, told_of_unknown
from scenario.agents.remote.calling import CallingAgent
from scenario.agents.remote.channels import channel_for
from scenario.agents.remote.connecting import Certificate, Cookies, Verify, checked_connecting
from scenario.agents.remote.request import RequestFunction
from scenario.agents.remote.settings import checked_settings
from scenario.config import Timeouts
from scenario.config.cassette import Cassette, cassette_of
from scenario.protocols.framing import DEFAULT_MAX_EVENTS
from scenario.protocols.protocol import Pieces
from scenario.protocols.reception_options import DEFAULT_MAX_BODY_BYTES, DEFAULT_MAX_EVENT_BYTES
from scenario.protocols.registry import AUTO
from scenario.redaction import redacted_url
from scenario.transport.redirects import Redirects
from scenario.transport.transport import Transport


class RemoteAgent(CallingAgent):
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
            server that refuses is asked as its refusal says, or its agent card, or LangGraph's, ADK's, LlamaIndex's,
            AgentOS's or Gradio's own paths at a root. Others: "openai-chat", "openai-responses", "anthropic", "ag-ui",
            "a2a-1.0", "a2a-1.0-rest", "a2a-0.3", "vercel-ui", "vercel-full", "vercel-data", "langgraph",
            "langgraph-v3", "adk", "mcp", "dify", "ollama", "gemini", "chatkit", "agentcore", "llamaindex", "agno",
            "langserve", "gradio"; and "sse", "ndjson", "json", "text"; and what installed packages add
            (`scenario.protocol`).
        method: "POST", or "GET", which puts simple fields into the query.
        headers: sent with each request. Placeholders may stand in the values: {"Authorization": "Bearer $env.TOKEN"}.
        request: the body, or a WebSocket's message. A mapping or a text with placeholders, or a function (plain or
            async) that is given the `AgentInput` and returns a body or an `HttpRequest`; by default it is the
            protocol's own. The placeholders are $messages, $new_messages, $message (the last user text), $thread_id,
            $session, $model, $request_id, $resume (the script's answer to an interrupt) and $env.NAME; $$ is a dollar
            sign. In a text that is JSON, a form or XML, what replaces them is escaped for that.
        form: the body as a form, instead of `request`: fields with placeholders, and files (bytes, a Path, or a tuple
            of name, bytes and type), which make it multipart; so does a Content-Type of multipart/form-data.
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
        pieces: of a home-made stream whose events each hold all of the answer so far: "replace".
        quiet: over a WebSocket, so many seconds without a message, after the first one, end the answer.
        keep_open: over a WebSocket, whether a conversation keeps its connection from one turn to the next.
        on_incomplete: "raise", or "return" the partial answer. No answer at all raises either way.
        malformed: an event that was meant to be JSON and cannot be read is an "error", or it is counted: "skip".
        finish_reasons: what a model's reasons to stop mean here, as {"length": "complete"}; else "truncated", "error".
        linger: so many seconds (1.0) are waited for more after an end, where the body stays open; in no timing.
        name: what the agent is called in reports; the URL's host otherwise.
        model: the model's name, for protocols that send one.
        max_body_bytes: the most that is kept of one response.
        max_event_bytes: the most that one event may have.
        max_events: the most that one response may have; of lines of an event stream that bring none, too.
        events_url: where the agent answers, if the request is only accepted: an event stream, opened before the request
            is sent and connected to again as browsers do. Absolute or relative to `url`, with placeholders; with
            $session in it, which `session=` takes from the answer to the request, it is opened after that.
        reconnect: a GET's event stream that is cut is connected to again as browsers do, where the server sent ids:
            True, which is usual, False, or so many times.
        cookies: "conversation" keeps a conversation's cookies until its end; otherwise they are dropped.
        redirects: "same-host" follows those that stay on the agent's host (another port and https too, never from https
            to http); "any" takes the conversation wherever they lead, without headers that may hold secrets; "none".
        verify: the path of a CA bundle, or False, which every report tells.
        cert: a client certificate's PEM file, or its path and its key's.
        secrets: texts of 4 characters or more that are masked in whatever is kept or shown, as the values of secret
            headers, of $env.NAME and of secret names in `request` are without being named; or $env.NAME itself.
        transport: how requests travel; by default over the event loop's shared connections.
        cassette: what this agent's calls are recorded into or played from, in the place of the run's own cassette: a
            path, or a `scenario.Cassette`.

    Attributes:
        learns: whether a refusal may still change how it asks.

    Raises:
        ConfigurationError: a setting is unknown or has no meaning.
    """

    @told_of_unknown
    def __init__(
        self,
        url: str,
        *,
        protocol: str = AUTO,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        request: Mapping[str, Any] | list[Any] | str | RequestFunction | None = None,
        form: Mapping[str, Any] | None = None,
        reply: str | None = None,
        history: Literal["full", "last"] = "full",
        session: str | None = None,
        timeout: Timeouts | float | None = None,
        done: bool | str | None = None,
        end: str | None = None,
        pieces: Pieces = "add",
        quiet: float | None = None,
        keep_open: bool = True,
        on_incomplete: Literal["raise", "return"] = "raise",
        malformed: Literal["error", "skip"] = "error",
        finish_reasons: Mapping[str, Literal["complete", "truncated", "error"]] | None = None,
        linger: float | None = None,
        name: str | None = None,
        model: str | None = None,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
        max_events: int = DEFAULT_MAX_EVENTS,
        events_url: str | None = None,
        reconnect: bool | int | None = None,
        cookies: Cookies | None = None,
        redirects: Redirects = "same-host",
        verify: Verify = True,
        cert: Certificate | None = None,
        secrets: Collection[str] | None = None,
        transport: Transport | None = None,
        cassette: Cassette | str | None = None,
    ) -> None:
        settings = checked_settings(
            url,
            protocol=protocol,
            method=method,
            headers=headers,
            request=request,
            form=form,
            reply=reply,
            history=history,
            session=session,
            timeout=timeout,
            done=done,
            end=end,
            pieces=pieces,
            on_incomplete=on_incomplete,
            malformed=malformed,
            finish_reasons=finish_reasons,
            linger=linger,
            model=model,
            max_body_bytes=max_body_bytes,
            max_event_bytes=max_event_bytes,
            max_events=max_events,
            secrets=secrets,
        )
        texts(name=name)
        cassette = cassette_of(cassette)
        settings = msgspec.structs.replace(settings, plan=msgspec.structs.replace(settings.plan, cassette=cassette))
        self.url: str = url
        self.name: str | None = name or urlsplit(redacted_url(url)).netloc or url
        self.protocol = protocol
        connecting = checked_connecting(
            url,
            events_url=events_url,
            quiet=quiet,
            keep_open=keep_open,
            reconnect=reconnect,
            cookies=cookies,
            redirects=redirects,
            verify=verify,
            cert=cert,
            transport=transport,
            cassette=cassette,
            name=name,
        )
        super().__init__(settings, channel_for(settings, connecting))

    def __repr__(self) -> str:
        """Without headers and body: they may hold secrets."""
        return f"RemoteAgent({redacted_url(self.url)!r}, protocol={self.protocol!r})"
