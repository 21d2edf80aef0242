"""The options by which `scenario probe` and `scenario lint` are told of requests, as curl's users know them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from scenario.config import Timeouts
from scenario.errors import ConfigurationError
from scenario.probe.curl import target_of_curl
from scenario.probe.forms import field_of_curl, gathered
from scenario.probe.probing import TIMEOUTS
from scenario.probe.target import DEFAULT_MESSAGE, Target, checked
from scenario.protocols.registry import AUTO, check_name

_Command = TypeVar("_Command", bound=Callable[..., Any])


def target_options(command: _Command) -> _Command:
    """Add them to a command, which is given them as keyword arguments that `target_from` takes."""
    for option in reversed(
        (
            click.option("-H", "--header", "headers", multiple=True, metavar="LINE", help="'Name: value', sent along."),
            click.option("-d", "--data", metavar="DATA", help="The body: JSON, or a form (q=hi); @FILE reads it."),
            click.option(
                "-F", "--form", "fields", multiple=True, metavar="NAME=VALUE", help="A multipart form's field."
            ),
            click.option("-X", "--method", metavar="METHOD", help="POST where it is left out."),
            click.option("-m", "--message", metavar="TEXT", help=f"What is said.  [default: {DEFAULT_MESSAGE}]"),
            click.option("--curl", metavar="COMMAND", help="A whole curl command; it stands for URL and all of these."),
            click.option("--protocol", metavar="NAME", default=AUTO, help="The dialect; found out by default."),
            click.option("--model", metavar="NAME", help="The model's name, for servers that want to know it."),
            click.option("--verify", metavar="PATH", help="The CA bundle that signed the server's certificate."),
            click.option("--cert", metavar="FILE", help="The client's certificate, as PEM."),
            click.option("--key", metavar="FILE", help="The certificate's key, where it is in a file of its own."),
            click.option("-k", "--insecure", is_flag=True, help="Trust any certificate."),
            click.option("--timeout", type=click.FloatRange(min=0.1), metavar="SECONDS", help="For each answer."),
        )
    ):
        command = option(command)
    return command


def target_from(url: str | None, given: Mapping[str, Any]) -> Target:
    """The target of a command's arguments.

    Raises:
        ConfigurationError: what was given cannot be sent.
    """
    if given["protocol"] != AUTO:
        check_name(given["protocol"])
    target = target_of_curl(given["curl"], environment=os.environ) if given["curl"] else Target(url=url or "")
    if not target.url:
        raise ConfigurationError("Give the agent's URL, or a curl command with --curl.")
    changes: dict[str, Any] = {"headers": {**target.headers, **dict(map(_header, given["headers"]))}}
    changes |= _body(given) | _certificates(given)
    changes |= {name: given[name] for name in ("message", "model") if given[name]}
    if given["method"]:
        changes["method"] = given["method"].upper()
    return checked(msgspec.structs.replace(target, protocol=given["protocol"], **changes))


def _body(given: Mapping[str, Any]) -> dict[str, Any]:
    if given["data"] is not None and given["fields"]:
        raise ConfigurationError("--data and --form: a request has one body, give one of them.")
    if given["data"] is not None:
        return {"data": _data(given["data"]), "form": None, "multipart": False}
    fields = [field_of_curl("--form", field) for field in given["fields"]]
    return {"data": None, "form": gathered(fields), "multipart": True} if fields else {}


def _certificates(given: Mapping[str, Any]) -> dict[str, Any]:
    if given["verify"] and given["insecure"]:
        raise ConfigurationError("--verify trusts one CA bundle, and --insecure any certificate: give one of them.")
    if given["key"] and not given["cert"]:
        raise ConfigurationError("--key is of no use without --cert FILE.")
    changes: dict[str, Any] = {"verify": given["verify"] or False} if given["verify"] or given["insecure"] else {}
    if given["cert"]:
        changes["cert"] = (given["cert"], given["key"]) if given["key"] else given["cert"]
    return changes


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        # What stands in it may be a secret: it is not repeated.
        raise ConfigurationError("A header is given as 'Name: value', with a colon.")
    return name.strip(), value.strip()


def _data(data: str) -> str:
    if not data.startswith("@"):
        return data
    try:
        return Path(data[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"--data {data}: the file cannot be read: {error}.") from error


def timeouts_from(given: Mapping[str, Any]) -> Timeouts:
    """The deadlines of each answer."""
    seconds = given["timeout"]
    if seconds is None:
        return TIMEOUTS
    return Timeouts(connect=min(10.0, seconds), first_byte=seconds, idle=seconds, total=seconds)


def unreachable(place: str, why: str) -> str:
    """What is said of a server that could not be asked."""
    # A server whose certificate is not trusted is there.
    remedy = "" if why.endswith("?") else " Is it running, and is the address right?"
    if "SSL_CERT_FILE" in why:
        remedy = " Or give that with --verify PATH; --insecure (-k) trusts any."
    return f"{place}: {why}{'' if why.endswith(('?', '.')) else '.'}{remedy}"
