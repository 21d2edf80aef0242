"""Where an agent's answers are listened to, when it does not answer the request itself: `RemoteAgent(events_url=…)`."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import msgspec

from scenario.agents.remote import template as request_template
from scenario.agents.remote.channel import Carriage, Channel
from scenario.agents.remote.connecting import Connecting
from scenario.agents.remote.preparation import Asking
from scenario.agents.remote.request import Prepared, prepared
from scenario.agents.remote.settings import RemoteSettings
from scenario.errors import ConfigurationError
from scenario.exchange import HttpRequest
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.protocol import Answered, RequestDraft, Turn
from scenario.redaction import redacted_url
from scenario.transport.event_position import StreamPosition
from scenario.transport.event_source import EventSourceTransport
from scenario.transport.transport import Transport

# Streams whose place is remembered; the one that was read longest ago is forgotten first.
_MAX_STREAMS: Final = 1000
_DRAFT: Final = RequestDraft(method="GET", headers={"Cache-Control": "no-cache"})


class EventsChannel(Channel):
    """Turns that are posted, and whose answers come on an event stream of the agent's.

    Args:
        settings: what the agent was told.
        connecting: what it was told of its connections, and where the stream is, absolute or relative to the agent's
            URL. Placeholders may stand in it; with $session in it, the stream is opened when the POST was answered.

    Raises:
        ConfigurationError: the URL is none, or has $session in it without a place to take it from.
    """

    def __init__(self, settings: RemoteSettings, connecting: Connecting) -> None:
        super().__init__(connecting)
        plan, events_url = settings.plan, connecting.events_url or ""
        request_template.check(events_url, argument="events_url")
        joined = urljoin(plan.url, events_url)
        if not events_url.startswith("$env.") and urlsplit(joined).scheme not in ("http", "https"):
            raise ConfigurationError(
                f"RemoteAgent(events_url={redacted_url(events_url)!r}): give a URL with http:// or https://, "
                "or a path on the agent's own host, such as '/events?thread=$thread_id'."
            )
        self._after_answer = "$session" in events_url
        if self._after_answer and plan.session_path is None:
            raise ConfigurationError(
                f"RemoteAgent(events_url={redacted_url(events_url)!r}) has $session in it: say with session=… "
                "where it stands in the answer to the POST, for example session='run_id'."
            )
        self._url = events_url if events_url.startswith("$env.") else joined
        self._session_path = plan.session_path
        self._positions: OrderedDict[str, StreamPosition] = OrderedDict()

    async def carriage(self, request: Prepared, asking: Asking) -> Carriage:
        """See `Channel.carriage`."""
        # The end of its body is no end: it would be connected to again.
        listening = await self._listening(asking)
        return Carriage(request, self.taped(lambda: listening), 0.0)

    async def _listening(self, asking: Asking) -> Transport:
        plan = msgspec.structs.replace(asking.plan, url=self._url, accept="text/event-stream")

        async def request(answer: Answered | None) -> HttpRequest:
            heard = asking.turn if answer is None else self._told(asking.turn, answer)
            return (await prepared(plan, _DRAFT, heard, asking.input, own=False)).request

        # The POST and the stream are one answer, and are recorded as one.
        network = self.network(asking.turn.thread_id)
        if self._after_answer:
            # Each answer names a stream of its own.
            return EventSourceTransport(network, request, after_answer=True)
        known = await request(None)

        async def same(_answer: Answered | None) -> HttpRequest:
            return known

        return EventSourceTransport(network, same, position=self._position(known.url))

    def _position(self, url: str) -> StreamPosition:
        position = self._positions.get(url)
        if position is None:
            position = self._positions[url] = StreamPosition()
            if len(self._positions) > _MAX_STREAMS:
                self._positions.popitem(last=False)
        self._positions.move_to_end(url)
        return position

    def _told(self, turn: Turn, answer: Answered) -> Turn:
        """The turn with what the POST's answer says that the session is."""
        path = self._session_path
        if path is None:
            return turn
        value: Any = read_json(answer.body)
        found = None if value is NOT_JSON else path.find(value)
        if found is None:
            found = path.find({"headers": dict(answer.head.headers)})
        return turn if found is None else msgspec.structs.replace(turn, session={**turn.session, path.last_key: found})
