"""Which way turns travel, by what an agent was told."""

from __future__ import annotations

from scenario.agents.remote.channel import Channel
from scenario.agents.remote.connecting import Connecting
from scenario.agents.remote.events_channel import EventsChannel
from scenario.agents.remote.http_channel import HttpChannel
from scenario.agents.remote.request import RequestPlan
from scenario.agents.remote.settings import RemoteSettings
from scenario.agents.remote.websocket_channel import WebSocketChannel, is_socket
from scenario.errors import ConfigurationError
from scenario.redaction import redacted_url


def channel_for(settings: RemoteSettings, connecting: Connecting) -> Channel:
    """The way for an agent's URL.

    Args:
        settings: what else the agent was told.
        connecting: what it was told of its connections.

    Raises:
        ConfigurationError: the settings do not fit the URL.
    """
    plan, linger, events_url = settings.plan, settings.linger, connecting.events_url
    if linger is not None and (is_socket(plan.url) or events_url is not None):
        raise ConfigurationError(
            f"RemoteAgent(linger={linger}) is for answers whose body ends; these connections go on from turn to turn, "
            "and an answer ends with its own end: say which with end=… or done=…."
        )
    _refuse_reconnection(plan, connecting)
    # Where the URL comes from the environment, its scheme is known when a turn is put.
    if is_socket(plan.url) or plan.url.startswith("$env."):
        _refuse_http_over_a_socket(plan, connecting)
        channel: Channel = WebSocketChannel(settings, connecting)
    else:
        _refuse_socket_settings(plan.url, quiet=connecting.quiet, keep_open=connecting.keep_open)
        channel = HttpChannel(settings, connecting)
    return channel if events_url is None else EventsChannel(settings, connecting)


def _refuse_reconnection(plan: RequestPlan, connecting: Connecting) -> None:
    if connecting.reconnect is None or (plan.method == "GET" and connecting.events_url is None):
        return
    raise ConfigurationError(
        f"RemoteAgent(reconnect={connecting.reconnect!r}) is for an answer that a GET brings: method='GET'. "
        + ("The stream of events_url= is always connected to again." if connecting.events_url else "")
        + ("A POST would put the question again." if not connecting.events_url else "")
    )


def _refuse_socket_settings(url: str, *, quiet: float | None, keep_open: bool) -> None:
    for argument, given in (("quiet", quiet is not None), ("keep_open", not keep_open)):
        if given:
            raise ConfigurationError(
                f"RemoteAgent({argument}=…) is for WebSockets, and {redacted_url(url)!r} is none: its answers "
                "end by themselves, or with the event for which end=… holds."
            )


def _refuse_http_over_a_socket(plan: RequestPlan, connecting: Connecting) -> None:
    if not is_socket(plan.url):
        return
    if plan.form is not None:
        raise ConfigurationError("RemoteAgent(form=…): over a WebSocket, a message is no form. Give request=….")
    if connecting.cookies is not None:
        raise ConfigurationError(
            "RemoteAgent(cookies=…) is for agents behind HTTP: over a WebSocket, a conversation has its connection; "
            'a cookie for the handshake is given by headers={"Cookie": …}.'
        )
    if connecting.redirects != "same-host":
        raise ConfigurationError(
            f"RemoteAgent(redirects={connecting.redirects!r}) is for agents behind HTTP: a WebSocket's handshake "
            "follows no redirect."
        )
    if connecting.events_url is not None:
        raise ConfigurationError(
            "RemoteAgent(events_url=…) is for agents behind HTTP: over a WebSocket, the answer comes on the "
            "connection that the message was sent on."
        )
    if plan.method != "POST":
        raise ConfigurationError(
            f"RemoteAgent(method={plan.method!r}) is for agents behind HTTP: over a WebSocket, messages have no method."
        )
