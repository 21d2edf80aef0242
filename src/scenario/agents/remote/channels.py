"""Which way turns travel, by what an agent was told."""

from __future__ import annotations

from scenario.agents.remote.channel import Channel
from scenario.agents.remote.events_channel import EventsChannel
from scenario.agents.remote.http_channel import HttpChannel
from scenario.agents.remote.request import RequestPlan
from scenario.agents.remote.settings import RemoteSettings
from scenario.agents.remote.websocket_channel import WebSocketChannel, is_socket
from scenario.errors import ConfigurationError
from scenario.redaction import redacted_url
from scenario.transport.transport import Transport


def channel_for(
    settings: RemoteSettings,
    events_url: str | None,
    *,
    quiet: float | None,
    keep_open: bool,
    transport: Transport | None,
) -> Channel:
    """The way for an agent's URL.

    Args:
        settings: what else the agent was told.
        events_url: where it answers, if its requests are only accepted.
        quiet: over a WebSocket, so many seconds without a message end a turn.
        keep_open: over a WebSocket, whether a conversation keeps its connection.
        transport: the user's own; None for the usual one.

    Raises:
        ConfigurationError: the settings do not fit the URL.
    """
    linger = settings.linger
    channel: Channel = HttpChannel(transport) if linger is None else HttpChannel(transport, linger=linger)
    if linger is not None and (is_socket(settings.plan.url) or events_url is not None):
        raise ConfigurationError(
            f"RemoteAgent(linger={linger}) is for answers whose body ends; these connections go on from turn to turn, "
            "and an answer ends with its own end: say which with end=… or done=…."
        )
    # Where the URL comes from the environment, its scheme is known when a turn is put.
    if is_socket(settings.plan.url) or settings.plan.url.startswith("$env."):
        _refuse_http_over_a_socket(settings.plan, events_url)
        channel = WebSocketChannel(settings, quiet=quiet, keep_open=keep_open, transport=transport)
    else:
        _refuse_socket_settings(settings.plan.url, quiet=quiet, keep_open=keep_open)
    return channel if events_url is None else EventsChannel(events_url, settings.plan, transport=transport)


def _refuse_socket_settings(url: str, *, quiet: float | None, keep_open: bool) -> None:
    for argument, given in (("quiet", quiet is not None), ("keep_open", not keep_open)):
        if given:
            raise ConfigurationError(
                f"RemoteAgent({argument}=…) is for WebSockets, and {redacted_url(url)!r} is none: its answers "
                "end by themselves, or with the event for which end=… holds."
            )


def _refuse_http_over_a_socket(plan: RequestPlan, events_url: str | None) -> None:
    if not is_socket(plan.url):
        return
    if events_url is not None:
        raise ConfigurationError(
            "RemoteAgent(events_url=…) is for agents behind HTTP: over a WebSocket, the answer comes on the "
            "connection that the message was sent on."
        )
    if plan.method != "POST":
        raise ConfigurationError(
            f"RemoteAgent(method={plan.method!r}) is for agents behind HTTP: over a WebSocket, messages have no method."
        )
