"""What a probe found, as code: a `RemoteAgent(…)` and a pytest file. Secrets become environment variables. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from scenario.agents.remote.form import MULTIPART
from scenario.probe.probing import Attempt, Probed, pasted_shape
from scenario.probe.shape import Shape
from scenario.probe.target import Target
from scenario.protocols.json_text import is_utf8
from scenario.protocols.registry import AUTO
from scenario.redaction import is_secret_header, is_secret_name, redacted_url

# Sent anyway, or belonging to the browser that the command was copied from.
_LEFT_OUT: Final = re.compile(
    r"content-type|content-length|accept|accept-.*|host|connection|origin|referer|user-agent|sec-.*|priority|pragma"
    r"|cache-control|dnt|te",
    re.IGNORECASE,
)
_TEST: Final = '''\
"""Tests of the agent at {shown}."""

import asyncio

import scenario

AGENT = {agent}


def test_it_answers() -> None:
    result = asyncio.run(
        scenario.arun(
            name="it answers",
            description="Somebody says hello.",
            agents=[AGENT],
            script=[
                scenario.user({message}),
                scenario.agent(),
                scenario.checks.outcome("complete"),
                scenario.checks.longer_than(0),
                scenario.checks.stream_conforms(),{today}
                scenario.succeed(),
            ],
        )
    )
    assert result.success, result.reasoning
'''


_UNUSED_COOKIE: Final = """    # cookies="conversation",  # it sets a cookie, and was not seen to need it
"""


class Paste(msgspec.Struct, frozen=True, kw_only=True):
    """Code to paste.

    Attributes:
        agent: the `scenario.RemoteAgent(…)`.
        test: a whole pytest file.
        variables: environment variables that have to be set for it, each with what it stands for.
    """

    agent: str
    test: str
    variables: dict[str, str] = {}


def paste(
    probed: Probed,
    attempt: Attempt,
    *,
    broken: Sequence[str] = (),
    shape: Shape | None = None,
    sets_cookie: bool = False,
) -> Paste:
    """The code for the way of asking that was answered.

    Args:
        probed: what was found.
        attempt: the one that was answered.
        broken: rules that the stream breaks today, as the test says.
        shape: the settings, where they are known to work; else those of the attempt.
        sets_cookie: whether the agent sets a cookie; one of no use is left as a comment.
    """
    variables: dict[str, str] = {}
    shape = shape or pasted_shape(attempt)
    url = template_url(shape.url or probed.target.url, variables)
    settings = _settings(probed.target, shape, variables)
    remark = _UNUSED_COOKIE if sets_cookie and shape.cookies is None else ""
    agent = _call(url, settings, remark=remark)
    shown = redacted_url(url).replace('"', "'").replace("\\", "/")
    test = _TEST.format(
        shown=shown,
        agent=agent,
        message=_text(probed.target.message),
        today=f"  # it breaks {', '.join(broken)} today" if broken else "",
    )
    return Paste(agent=agent, test=test, variables=variables)


def _settings(target: Target, shape: Shape, variables: dict[str, str]) -> dict[str, Any]:
    """The arguments of the `RemoteAgent` beside its URL."""
    settings: dict[str, Any] = {}
    if shape.protocol != AUTO:
        settings["protocol"] = shape.protocol
    if target.model:
        settings["model"] = target.model
    for name in ("reply", "session", "done", "cookies"):
        if (value := getattr(shape, name)) is not None:
            settings[name] = value
    if shape.method != "POST":
        settings["method"] = shape.method
    if headers := template_headers(target.headers, variables):
        settings["headers"] = headers
    if shape.multipart:
        settings["headers"] = {**settings.get("headers", {}), "Content-Type": MULTIPART}
    if shape.template is not None:
        name = "request" if shape.form is None else "form"
        settings[name] = without_secrets(shape.template, variables)
    if target.verify is not True:
        settings["verify"] = target.verify
    return settings if target.cert is None else settings | {"cert": target.cert}


def _call(url: str, settings: dict[str, Any], *, remark: str = "") -> str:
    if not settings and not remark:
        return f"scenario.RemoteAgent({_text(url)})"
    lines = "".join(f"    {name}={_literal(value, 1)},\n" for name, value in settings.items())
    return f"scenario.RemoteAgent(\n    {_text(url)},\n{lines}{remark})"


def _literal(value: Any, depth: int) -> str:
    """A JSON value as Python writes it, on several lines where it is long."""
    if isinstance(value, str):
        return _text(value)
    short = _flat(value)
    if not isinstance(value, dict | list) or len(short) + 4 * depth < 90:
        return short
    inner, outer = "    " * (depth + 1), "    " * depth
    if isinstance(value, dict):
        items = "".join(f"{inner}{_text(str(key))}: {_literal(item, depth + 1)},\n" for key, item in value.items())
        return f"{{\n{items}{outer}}}"
    items = "".join(f"{inner}{_literal(item, depth + 1)},\n" for item in value)
    return f"[\n{items}{outer}]"


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(str(key))}: {_flat(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flat, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_flat, value)) + ")"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """A string literal in double quotes."""
    return json.dumps(text, ensure_ascii=not is_utf8(text)).replace("\x7f", "\\x7f")


def template_url(url: str, variables: dict[str, str]) -> str:
    """The URL with the values of secret parameters, and credentials, as environment variables."""
    parts = urlsplit(url)
    url = url.replace("$", "$$")
    if parts.password or parts.username:
        user = parts.netloc.rpartition("@")[0]
        name = _variable("AGENT_CREDENTIALS", "user:password of the URL", variables)
        url = url.replace(f"{user}@".replace("$", "$$"), f"$env.{name}@", 1)
    for key, value in parse_qsl(parts.query):
        if value and redacted_url(f"http://h/?{key}=x") != f"http://h/?{key}=x":
            name = _variable(f"AGENT_{_upper(key)}", f"the query parameter {key}", variables)
            url = re.sub(rf"(?<=[?&]){re.escape(key)}=[^&#]*", f"{key}=$env.{name}", url)
    return url


def template_headers(headers: dict[str, str], variables: dict[str, str]) -> dict[str, str]:
    """The headers that an agent wants, and not a browser; secrets are environment variables."""
    kept: dict[str, str] = {}
    for name, value in headers.items():
        if _LEFT_OUT.fullmatch(name):
            continue
        if not is_secret_header(name):
            kept[name] = value.replace("$", "$$")
            continue
        scheme, space, _ = value.partition(" ")
        prefix = f"{scheme} " if space and scheme.isalpha() else ""
        wanted = "AGENT_TOKEN" if name.lower() == "authorization" else f"AGENT_{_upper(name)}"
        about = f"the header {name}" + (f", without {scheme}" if prefix else "")
        kept[name] = f"{prefix}$env.{_variable(wanted, about, variables)}"
    return kept


def without_secrets(body: Any, variables: dict[str, str]) -> Any:
    """A body in which what stands under the names of secrets is an environment variable."""
    if isinstance(body, list):
        return [without_secrets(item, variables) for item in body]
    if not isinstance(body, dict):
        return body
    kept: dict[str, Any] = {}
    for key, value in body.items():
        if isinstance(value, str) and value and not value.startswith("$") and is_secret_name(str(key)):
            kept[key] = f"$env.{_variable(f'AGENT_{_upper(str(key))}', f'the field {key}', variables)}"
        else:
            kept[key] = without_secrets(value, variables)
    return kept


def _variable(name: str, about: str, variables: dict[str, str]) -> str:
    variables.setdefault(name, about)
    return name


def _upper(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").upper() or "SECRET"
