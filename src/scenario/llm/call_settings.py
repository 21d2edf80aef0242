"""What a `ModelConfig` holds beyond the model: settings of the call, and keys of the request's body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from scenario.config.model_parameters import CLIENT_SETTINGS
from scenario.errors import ConfigurationError

_OF_EVERY_CLIENT: Final = ("accept", "content-type", "user-agent", "x-stainless-")


class CallSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How requests are sent, and what else stands in them.

    Attributes:
        timeout: seconds for a whole call; None takes the built-in deadlines.
        headers: more headers.
        query: more parameters of the URL.
        attempts: how often a request is tried.
        api_base: a base URL that came under another name.
        api_key: a key that came with a client object.
        body: what goes into the request's body as it is.
    """

    timeout: float | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    query: dict[str, str] = msgspec.field(default_factory=dict)
    attempts: int = 3
    api_base: str | None = None
    api_key: str | None = None
    body: dict[str, Any] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        """Without what may hold a key: tracebacks show it."""
        return f"CallSettings(timeout={self.timeout!r}, attempts={self.attempts!r})"


def call_settings(extra: Mapping[str, Any]) -> CallSettings:
    """Sort the additional keys of a model's settings.

    `timeout`, `extra_headers` (or `headers`), `extra_query`, `max_retries` (or `num_retries`), `base_url` and `client`
    are settings of the call; of a client object its base URL, its key, and its headers and URL parameters are taken.
    `extra_body` and everything else is sent, but for settings of another client, of which `ModelConfig` and the
    participants warn.

    Raises:
        ConfigurationError: a value has no meaning there, or JSON cannot hold it.
    """
    rest = {name: value for name, value in extra.items() if name not in CLIENT_SETTINGS and value is not None}
    client = rest.pop("client", None)
    headers = {**_headers_of(client), **_mapping(rest, "headers"), **_mapping(rest, "extra_headers")}
    query = {**_attribute(client, "default_query"), **_mapping(rest, "extra_query")}
    retries = rest.pop("max_retries", rest.pop("num_retries", 2))
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
        raise ConfigurationError(f"max_retries={retries!r}: give a whole number of at least 0.")
    base = rest.pop("base_url", None) or getattr(client, "base_url", None)
    body = _mapping(rest, "extra_body")
    return CallSettings(
        timeout=_seconds(rest.pop("timeout", None)),
        headers={str(name): str(value) for name, value in headers.items()},
        query={str(name): str(value) for name, value in query.items()},
        attempts=retries + 1,
        api_base=None if base is None else str(base),
        api_key=getattr(client, "api_key", None),
        body={**_sendable(rest), **_sendable(body)},
    )


def _headers_of(client: object) -> dict[str, str]:
    """The headers that a client was made with; those that every one of its kind sends say who it is, and are left."""
    given = _attribute(client, "default_headers")
    key = f"Bearer {getattr(client, 'api_key', None)}"
    return {
        name: value
        for name, value in given.items()
        if isinstance(value, str) and value != key and not name.lower().startswith(_OF_EVERY_CLIENT)
    }


def _attribute(client: object, name: str) -> Mapping[str, Any]:
    value = getattr(client, name, None)
    return value if isinstance(value, Mapping) else {}


def _mapping(settings: dict[str, Any], name: str) -> Mapping[str, Any]:
    value = settings.pop(name, {})
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{name}={value!r}: give a dictionary.")
    return value


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ConfigurationError(f"timeout={value!r}: give a number of seconds above 0.")
    return float(value)


def _sendable(values: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in values.items():
        try:
            msgspec.json.encode(value)
        except (TypeError, ValueError) as error:
            raise ConfigurationError(
                f"{name}={value!r} cannot be sent to a model, as JSON cannot hold it ({error}). "
                "What a model's settings do not know is put into the request's body."
            ) from error
    return dict(values)
