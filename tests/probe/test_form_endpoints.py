"""Endpoints that take forms and no JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from scenario.testing.local_server import LocalServer
from tests.cli_run.command import typed

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


class Form(LocalServer):
    """Takes `q` in forms of these kinds, and says that it is missing in everything else.

    Attributes:
        kinds: the Content-Types of the requests, without their parameters, in order.
    """

    def __init__(self, *taken: str, document: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.kinds: list[str] = []
        self._taken = taken
        self._document = document

    def _routes(self) -> list[web.RouteDef]:
        return [web.post("/form", self._answer), web.get("/openapi.json", self._describe)]

    async def _describe(self, _request: web.Request) -> web.Response:
        return web.Response(status=404) if self._document is None else web.json_response(self._document)

    async def _answer(self, request: web.Request) -> web.Response:
        self.kinds.append(request.content_type)
        fields = await request.post() if request.content_type in self._taken else {}
        if "q" not in fields:
            missing = {"loc": ["body", "q"], "msg": "field required", "type": "value_error.missing"}
            return web.json_response({"detail": [missing]}, status=422)
        return web.json_response({"answer": f"You said: {fields['q']}"})


@asynccontextmanager
async def form(*taken: str, document: dict[str, Any] | None = None) -> AsyncIterator[tuple[Form, str]]:
    """The server and its URL."""
    async with Form(*taken, document=document) as server:
        yield server, f"{server.url}/form"


async def test_a_form_is_tried_where_json_was_refused() -> None:
    """With the fields that were named; the line to paste has them."""
    async with form(URLENCODED, MULTIPART) as (server, url):
        code, out, _ = await typed("probe", url)
    assert (code, 'form={"q": "$message"}' in out, MULTIPART in server.kinds) == (0, True, False)


async def test_then_the_same_as_multipart() -> None:
    """Where a urlencoded one is refused, too."""
    async with form(MULTIPART) as (server, url):
        code, out, _ = await typed("probe", url)
    assert (code, 'form={"q": "$message"}' in out, URLENCODED in server.kinds) == (0, True, True)
    assert 'headers={"Content-Type": "multipart/form-data"}' in out


@pytest.mark.parametrize("kind", [URLENCODED, MULTIPART])
async def test_a_form_that_is_described_is_sent_at_once(kind: str) -> None:
    """An OpenAPI document has its fields."""
    schema = {"type": "object", "required": ["q"], "properties": {"q": {"type": "string"}}}
    document = {"paths": {"/form": {"post": {"requestBody": {"content": {kind: {"schema": schema}}}}}}}
    async with form(kind, document=document) as (server, url):
        code, out, _ = await typed("probe", url)
    assert (code, 'form={"q": "$message"}' in out, set(server.kinds)) == (0, True, {kind})


@pytest.mark.parametrize(
    ("option", "kind"),
    [("-F q=hello", MULTIPART), ("--form-string q=hello", MULTIPART), ("-d q=hello", URLENCODED)],
)
async def test_curl_s_forms_are_sent_as_they_are(option: str, kind: str) -> None:
    """And pasted with a placeholder for the text."""
    async with form(URLENCODED, MULTIPART) as (server, url):
        code, out, _ = await typed("probe", "--curl", f"curl {option} {url}")
    assert (code, 'form={"q": "$message"}' in out, set(server.kinds)) == (0, True, {kind})


async def test_data_of_the_command_line_may_be_a_form() -> None:
    """As with curl; a Content-Type that says so changes nothing."""
    async with form(URLENCODED) as (server, url):
        code, out, _ = await typed("probe", url, "-d", "q=hello", "-H", f"Content-Type: {URLENCODED}")
    assert (code, 'form={"q": "$message"}' in out, set(server.kinds)) == (0, True, {URLENCODED})
