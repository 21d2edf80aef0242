"""How a way to ask becomes a participant that asks so, over a transport of the probe's own."""

from __future__ import annotations

from scenario.agents.remote.agent import RemoteAgent
from scenario.agents.remote.connecting import tls_of
from scenario.agents.remote.form import MULTIPART
from scenario.config import Timeouts
from scenario.dialogue.adapter import SilentObserver
from scenario.exchange import Exchange
from scenario.masking import masked_exchange
from scenario.probe.forms import without_content_type
from scenario.probe.shape import Shape
from scenario.probe.target import Target
from scenario.redaction import NO_SECRETS, Secrets
from scenario.transport.transport import Transport


class Observer(SilentObserver):
    """Keeps the newest exchange."""

    def __init__(self) -> None:
        self.exchange: Exchange | None = None
        self._secrets = NO_SECRETS

    def exchange_recorded(self, exchange: Exchange) -> None:
        """Keep it, without the secrets: all that a probe learns is to be shown."""
        self.exchange = masked_exchange(exchange, self._secrets)

    def keeps_secret(self, secrets: Secrets) -> None:
        """Mask these."""
        self._secrets |= secrets


def remote_agent(target: Target, shape: Shape, *, transport: Transport, timeouts: Timeouts) -> RemoteAgent:
    """The participant that asks so."""
    headers = {name: value.replace("$", "$$") for name, value in target.headers.items()}
    if shape.form is not None:
        headers = without_content_type(headers)
    if shape.multipart:
        headers["Content-Type"] = MULTIPART
    agent = RemoteAgent(
        (shape.url or target.url).replace("$", "$$"),
        protocol=shape.protocol,
        method=shape.method,
        headers=headers,
        request=shape.request,
        form=shape.form,
        reply=shape.reply,
        session=shape.session,
        done=shape.done,
        model=target.model or None,
        timeout=timeouts,
        transport=transport,
    )
    # The probe draws its own conclusions from a refusal.
    agent.learns = False
    return agent


def default_transport(target: Target, *, keeps_cookies: bool = False) -> Transport:
    """Requests over the network, with the certificates that the target is reached by.

    Args:
        target: what is probed.
        keeps_cookies: whether cookies that are set go with later requests.

    Raises:
        ConfigurationError: a certificate's file is none, or cannot be read.
    """
    # The network's packages are loaded when something is sent.
    from scenario.transport.aiohttp_transport import AiohttpTransport
    from scenario.transport.cookies import new_jar

    return AiohttpTransport(tls=tls_of(target.verify, target.cert), cookies=new_jar() if keeps_cookies else None)
