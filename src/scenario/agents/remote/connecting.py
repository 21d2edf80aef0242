"""How an agent's server is connected to: certificates, cookies, and whether a cut stream is connected to again."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from scenario.cassette.request_ids import AGENT
from scenario.config.cassette import Cassette, cassette_of
from scenario.errors import ConfigurationError, SettingTypeError
from scenario.exchange import UNVERIFIED
from scenario.redaction import redacted_url
from scenario.transport.redirects import REDIRECTS, Redirects
from scenario.transport.transport import Transport

Verify: TypeAlias = bool | str | os.PathLike[str]
Certificate: TypeAlias = str | os.PathLike[str] | tuple[str | os.PathLike[str], str | os.PathLike[str]]
Cookies: TypeAlias = Literal["conversation"]


class Connecting(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent was told of its connections; see `scenario.agents.remote.agent.RemoteAgent`.

    Attributes:
        tls: the certificates that are trusted and shown; None for the usual ones.
        participant: what the agent's calls are known by in a cassette.
    """

    events_url: str | None = None
    quiet: float | None = None
    keep_open: bool = True
    reconnect: bool | int | None = None
    cookies: Cookies | None = None
    redirects: Redirects = "same-host"
    tls: Any = None
    transport: Transport | None = None
    cassette: Cassette | None = None
    participant: str = AGENT

    @property
    def notes(self) -> tuple[str, ...]:
        """What each answer's record tells of the connection."""
        return (UNVERIFIED,) if self.tls is not None and self.tls.verify_mode is ssl.CERT_NONE else ()


def checked_connecting(
    url: str,
    *,
    events_url: str | None,
    quiet: float | None,
    keep_open: bool,
    reconnect: bool | int | None,
    cookies: Cookies | None,
    redirects: Redirects,
    verify: Verify,
    cert: Certificate | None,
    transport: Transport | None,
    cassette: object,
    name: str | None,
) -> Connecting:
    """The arguments of `RemoteAgent` that are about its connections.

    Raises:
        ConfigurationError: one of them is unknown, cannot be read or has no effect.
    """
    if cookies not in (None, "conversation"):
        raise ConfigurationError(
            f"RemoteAgent(cookies={cookies!r}): give 'conversation', which keeps them for one conversation, or nothing."
        )
    if redirects not in REDIRECTS:
        raise ConfigurationError(
            f"RemoteAgent(redirects={redirects!r}): give 'same-host', which follows those that stay on the agent's "
            "host, 'any' or 'none'."
        )
    times: object = reconnect
    if times is not None and (not isinstance(times, int) or times < 0):
        raise ConfigurationError(f"RemoteAgent(reconnect={reconnect!r}): give True, False, or how many times.")
    tls = tls_of(verify, cert)
    sent_by = {
        "cookies": cookies is not None,
        "redirects": redirects != "same-host",
        "verify and cert": tls is not None,
    }
    for setting, given in sent_by.items():
        if given and transport is not None:
            raise ConfigurationError(f"RemoteAgent(transport=…) sends by itself: {setting} would have no effect.")
    if tls is not None and not any(
        one.lower().startswith(("https:", "wss:", "$env.")) for one in (url, events_url or "")
    ):
        raise ConfigurationError(
            f"RemoteAgent(verify=…, cert=…) are for https:// and wss://, and {redacted_url(url)!r} is neither."
        )
    return Connecting(
        events_url=events_url,
        quiet=quiet,
        keep_open=keep_open,
        reconnect=reconnect,
        cookies=cookies,
        redirects=redirects,
        tls=tls,
        transport=transport,
        cassette=cassette_of(cassette),
        # The host in its place would be another one where the agent runs elsewhere.
        participant=AGENT if name is None else f"{AGENT} {name}",
    )


def tls_of(verify: Verify, cert: Certificate | None) -> ssl.SSLContext | None:
    """The certificates that are trusted and shown; None for the usual ones.

    Raises:
        ConfigurationError: a file is none, or cannot be read.
    """
    if not isinstance(verify, bool | str | os.PathLike):
        raise SettingTypeError(f"RemoteAgent(verify={verify!r:.120}): give the path of a CA bundle, or False.")
    if verify is True and cert is None:
        return None
    try:
        bundle = None if isinstance(verify, bool) else os.fspath(verify)
        is_folder = bundle is not None and Path(bundle).is_dir()
        context = ssl.create_default_context(cafile=None if is_folder else bundle, capath=bundle if is_folder else None)
    except OSError as error:
        raise ConfigurationError(f"RemoteAgent(verify={verify!r}): no CA bundle: {error}.") from None
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if cert is not None:
        _show(context, cert)
    return context


def _show(context: ssl.SSLContext, cert: Certificate) -> None:
    match cert:
        case str() | os.PathLike():
            certificate, key = cert, None
        case (str() | os.PathLike(), str() | os.PathLike()):
            certificate, key = cert
        case _:
            raise SettingTypeError(
                f"RemoteAgent(cert={cert!r:.120}): give the path of a PEM file, or (certificate, key)."
            )
    try:
        # With a password, so that nobody is asked for one at the terminal.
        context.load_cert_chain(certificate, key, password="")
    except OSError as error:
        raise ConfigurationError(
            f"RemoteAgent(cert={cert!r}): no client certificate with its key, without a password: {error}."
        ) from None
