"""Why no connection could be made, in words for who typed the URL."""

from __future__ import annotations

import os
import socket
import ssl

import aiohttp

from scenario.transport.room import number_of
from scenario.transport.transport import SSL_CERT_FILE


def why_not_connected(error: BaseException) -> str:
    """What kept a connection from being made, and what to do where that is known."""
    where = _place(error)
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = cause.verify_message or "it cannot be verified"
        return f"the certificate of {where} is not trusted ({why}): {SSL_CERT_FILE}"
    if isinstance(cause, ssl.SSLError):
        return f"{where} speaks no TLS that is understood ({_reason(cause)}): is it http:// instead of https://?"
    if isinstance(cause, socket.gaierror) or isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"there is no host of the name {where.rpartition(':')[0] or where}"
    number = number_of(cause)
    if number is not None and number > 0:
        return f"{where}: {os.strerror(number).lower()}"
    return " ".join(str(error).split()) or type(error).__name__


def _place(error: BaseException) -> str:
    host, port = getattr(error, "host", None), getattr(error, "port", None)
    if not isinstance(host, str):
        return "the server"
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port else shown


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()
