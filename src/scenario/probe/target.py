"""What is to be probed, as the user gave it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import msgspec

from scenario.errors import ConfigurationError
from scenario.exchange import UNVERIFIED
from scenario.probe.forms import fields_of, without_content_type
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.redaction import redacted_url

DEFAULT_MESSAGE: Final = "Hello! What can you help me with?"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint, and what the user said of its requests.

    Attributes:
        method: empty where it was not said.
        headers: sent with each request.
        data: the request's body; None where the probe is to find it.
        form: the same as the fields of a form.
        multipart: whether that is sent as multipart.
        message: what is said to the agent, where the probe makes the body.
        protocol: the dialect, or "auto".
        model: the model's name, for protocols that send one.
        verify: the path of a CA bundle, or False, which trusts any certificate.
        cert: a client certificate's PEM file, or its path and its key's.
    """

    url: str
    method: str = ""
    headers: dict[str, str] = {}
    data: str | None = None
    form: dict[str, Any] | None = None
    multipart: bool = False
    message: str = DEFAULT_MESSAGE
    protocol: str = "auto"
    model: str = ""
    verify: bool | str = True
    cert: str | tuple[str, str] | None = None

    @property
    def origin(self) -> str:
        """The URL without its path: http://127.0.0.1:8000."""
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc, "", "", ""))

    @property
    def path(self) -> str:
        """The URL's path, "/" where there is none."""
        return urlsplit(self.url).path or "/"

    @property
    def is_given(self) -> bool:
        """Whether the user said what is sent."""
        return self.data is not None or self.form is not None

    @property
    def is_base(self) -> bool:
        """Whether the path looks like the base of an API with endpoints below it: /v1, /api/v1, /openai/v1."""
        return self.path.rstrip("/").endswith("/v1")

    @property
    def body(self) -> Any:
        """The data as JSON; `NOT_JSON` where it is none."""
        return NOT_JSON if self.data is None else read_json(self.data)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is told of its connections, whatever comes of them."""
        return (UNVERIFIED,) if self.verify is False else ()

    def at(self, path: str) -> str:
        """The URL of another path of the same server."""
        return self.origin + path


def checked(target: Target) -> Target:
    """The target, its URL made whole: `http://` is added where no scheme is given.

    Raises:
        ConfigurationError: there is no such URL, or the data cannot be sent.
    """
    url = target.url if "://" in target.url else f"http://{target.url}"
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid and _is_socket(url):
        raise ConfigurationError(
            f"{redacted_url(target.url)!r} is a WebSocket's: it is not probed; test it with "
            'scenario.RemoteAgent("ws://…", end=…).'
        )
    if not valid:
        raise ConfigurationError(
            f"{redacted_url(target.url)!r} is no URL of an agent: give one such as http://127.0.0.1:8000/chat."
        )
    if (target.verify is not True or target.cert is not None) and parts.scheme != "https":
        raise ConfigurationError(
            f"{redacted_url(url)!r} is no https://, and there are no certificates without it: leave out --verify, "
            "--insecure, --cacert, --cert and --key, or give the https:// URL."
        )
    target = _with_form(target)
    if target.data is not None and target.body is NOT_JSON:
        raise ConfigurationError(
            f"The data is no JSON: {target.data[:80]!r}. Agents are sent JSON, or a form as in q=hello."
        )
    if not target.message.strip():
        raise ConfigurationError("The message is empty: give a harmless one.")
    return msgspec.structs.replace(target, url=url)


def _with_form(target: Target) -> Target:
    """The target; where its data is a form, as curl sends what is no JSON, with its fields."""
    declared = next((value for name, value in target.headers.items() if name.lower() == "content-type"), "")
    fields = None if target.data is None or target.method == "GET" else fields_of(target.data, declared)
    if fields is None:
        return target
    return msgspec.structs.replace(target, data=None, form=fields, headers=without_content_type(target.headers))


def _is_socket(url: str) -> bool:
    """Whether a URL is that of a WebSocket."""
    return url.lower().startswith(("ws://", "wss://"))
