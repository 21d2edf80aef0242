"""HAR 1.2 as browsers and proxies write it, and what of it is read; see http://www.softwareishard.com/blog/har-12-spec.

Names that begin with an underscore are additions: of Chrome's (`_webSocketMessages`, `_eventSourceMessages`, `_error`,
`_resourceType`), and ours (`_scenario`), which hold what HAR has no place for. Others leave them alone.
"""

from __future__ import annotations

import msgspec

from scenario.cassette.interaction import Conversation, End
from scenario.config import Timeouts


class Named(msgspec.Struct):
    """A header, or a parameter of a query."""

    name: str = ""
    value: str | None = ""


class PostData(msgspec.Struct, rename="camel"):
    """A request's body."""

    text: str | None = None
    mime_type: str | None = None
    params: list[Named] | None = None
    encoding: str | None = msgspec.field(default=None, name="_encoding")


class Request(msgspec.Struct, rename="camel"):
    """A request."""

    method: str
    url: str
    headers: list[Named] | None = None
    post_data: PostData | None = None


class Content(msgspec.Struct, rename="camel"):
    """A response's body, without the codings of its transfer."""

    size: float | None = None
    mime_type: str | None = None
    text: str | None = None
    encoding: str | None = None


class Response(msgspec.Struct, rename="camel"):
    """A response."""

    status: int
    headers: list[Named] | None = None
    content: Content | None = None
    body_size: float | None = None
    error: str | None = msgspec.field(default=None, name="_error")


class Timings(msgspec.Struct):
    """Milliseconds; -1 and nothing say that something did not happen."""

    blocked: float | None = None
    dns: float | None = None
    connect: float | None = None
    send: float | None = None
    wait: float | None = None
    receive: float | None = None


class SocketMessage(msgspec.Struct):
    """A message over a WebSocket, as Chrome has it: its time is in seconds since 1970, binary data is in Base64."""

    type: str = ""
    time: float = 0.0
    opcode: float = 1
    data: str = ""


class EventMessage(msgspec.Struct, rename="camel"):
    """An event of an event stream, as Chrome has it."""

    time: float | str = 0.0
    event_name: str | None = None
    event_id: str | None = None
    data: str = ""


class Ours(msgspec.Struct, rename="camel"):
    """What HAR has no place for.

    Attributes:
        conversation: whose call it is; the first one's has its `thread_id`, and so on, without its calls.
        participant: as `Interaction.participant`.
        end: as `Interaction.end`.
        timeouts: as `Interaction.timeouts`; nothing where they are the usual ones.
        connect: as `Answer.connect`.
        opened: as `Answer.opened`.
        waited: as `Answer.waited`.
        pieces: for each piece of the body when it came, in seconds since the call began, and how many bytes it has.
    """

    conversation: Conversation
    participant: str
    end: End
    timeouts: Timeouts | None = None
    connect: float | None = None
    opened: float = 0.0
    waited: float = 0.0
    pieces: list[tuple[float, int]] = []


class Entry(msgspec.Struct, rename="camel"):
    """One call."""

    request: Request
    response: Response
    started_date_time: str = ""
    time: float | None = None
    timings: Timings | None = None
    resource_type: str | None = msgspec.field(default=None, name="_resourceType")
    web_socket_messages: list[SocketMessage] | None = msgspec.field(default=None, name="_webSocketMessages")
    event_source_messages: list[EventMessage] | None = msgspec.field(default=None, name="_eventSourceMessages")
    error: str | None = msgspec.field(default=None, name="_error")
    ours: Ours | None = msgspec.field(default=None, name="_scenario")


class Log(msgspec.Struct):
    """All calls."""

    entries: list[Entry]


class Har(msgspec.Struct):
    """The file."""

    log: Log
