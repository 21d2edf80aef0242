"""The request that `scenario cassette why` is about: told by options, or by a whole curl command."""

from __future__ import annotations

import os
from typing import IO

import click

from scenario.cassette.masked import masked_request
from scenario.exchange import HttpRequest
from scenario.found_secrets import secrets_found


def request_asked(url: str | None, body: IO[bytes] | None, method: str, curl: str | None) -> HttpRequest:
    """The request, with its secrets masked as those of recorded ones are.

    Args:
        url: where it goes.
        body: what is sent.
        method: how.
        curl: a command that says all three.

    Raises:
        UsageError: it is told twice, or not at all.
        ConfigurationError: the command cannot be read.
    """
    if (url is None) == (curl is None) or (curl is not None and body is not None):
        raise click.UsageError("Say the request by --url and --body, or by --curl alone.")
    request = HttpRequest(method=method.upper(), url=url or "", body=b"" if body is None else body.read().strip())
    if curl is not None:
        request = _of_curl(curl)
    return masked_request(request, secrets_found(request.body), headers=False)


def _of_curl(command: str) -> HttpRequest:
    from scenario.probe.curl import target_of_curl

    target = target_of_curl(command, environment=os.environ)
    if target.form is not None:
        raise click.UsageError("--curl: the boundary of a form (-F) is another one each time: give --url and --body.")
    method = target.method or ("GET" if target.data is None else "POST")
    return HttpRequest(method=method, url=target.url, body=(target.data or "").encode())
