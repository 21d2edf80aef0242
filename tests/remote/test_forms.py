"""Bodies that are forms, and placeholders that are escaped for the place they stand in."""

from __future__ import annotations

import email
import json
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest

from scenario.agents.remote.agent import RemoteAgent
from scenario.errors import ConfigurationError
from tests.remote.conftest import Observer, Serve, given
from tests.remote.raw_server import Connection, Request, whole

NASTY = 'Say "hi" & <bye>\nat 100 % + \\ ü'


async def says_ok(connection: Connection) -> None:
    """A JSON answer."""
    connection.keep = True
    await connection.send(whole(b'{"answer": "ok"}', "application/json"))


async def sent(serve: Serve, *texts: str, path: str = "", observer: Observer | None = None, **settings: Any) -> Request:
    """The request for a line that needs escaping everywhere."""
    server = await serve(says_ok)
    assert await RemoteAgent(server.url + path, **settings).call(given(observer, *(texts or (NASTY,)))) == "ok"
    (request,) = server.requests
    return request


def parts_of(request: Request) -> dict[str, Message]:
    """The parts of a multipart body, by their fields' names, as Python's own parser has them."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + request.body).get_payload()
    assert isinstance(parts, list)
    return {str(part.get_param("name", header="content-disposition")): part for part in parts if part is not None}


async def test_a_form_is_urlencoded(serve: Serve) -> None:
    """Texts, numbers, truth, several values of a name, and lists as JSON; what has no value is left out."""
    form = {"q": "$message", "n": 3, "stream": True, "tag": ["a", "b"], "all": "$messages", "s": "$session"}
    request = await sent(serve, form=form)
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    fields = parse_qsl(request.body.decode(), strict_parsing=True)
    assert fields[:5] == [("q", NASTY), ("n", "3"), ("stream", "true"), ("tag", "a"), ("tag", "b")]
    assert [name for name, _ in fields[5:]] == ["all"]
    assert json.loads(fields[5][1]) == [{"role": "user", "content": NASTY}]


async def test_a_form_with_a_file_is_multipart(serve: Serve, tmp_path: Path) -> None:
    """Files as bytes, as a path, and with a name and a type of their own, whatever bytes they hold."""
    letter = tmp_path / 'a "letter".txt'
    letter.write_bytes(b"Dear")
    files = {"raw": b"\x00\r\n--", "letter": letter, "scan": ("scan.bin", b"\xff", "image/png")}
    parts = parts_of(await sent(serve, form={"q": "$message", **files}))
    payloads = {name: part.get_payload(decode=True) for name, part in parts.items()}
    assert payloads == {"q": NASTY.encode(), "raw": b"\x00\r\n--", "letter": b"Dear", "scan": b"\xff"}
    assert [parts[name].get_content_type() for name in files] == ["application/octet-stream", "text/plain", "image/png"]
    assert parts["letter"].get_filename() == "a %22letter%22.txt"


async def test_a_forms_secrets_are_not_recorded(
    serve: Serve, observer: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither those of the environment nor those under a secret's name."""
    monkeypatch.setenv("KEY", "k-0123456789abcdef")
    request = await sent(serve, observer=observer, form={"q": "$env.KEY", "password": "hunter22", "file": b"x"})
    recorded = observer.exchange.request.body
    assert b"k-0123456789abcdef" in request.body
    assert b"hunter22" in request.body
    assert b"k-0123456789abcdef" not in recorded
    assert b"hunter22" not in recorded


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"form": {"q": "$message"}, "request": {}}, "one body"),
        ({"form": {"q": "$message"}, "method": "GET"}, "a GET has no body"),
        ({"form": {"q": "$message"}, "headers": {"content-type": "x/y"}}, "a Content-Type of its own"),
        ({"form": {}}, "mapping of fields"),
        ({"form": {"q": object()}}, "a text, a number"),
        ({"form": {"q": ("name", "text")}}, "a file is bytes"),
        ({"form": {"q": Path("/no/such/file")}}, "cannot be read"),
        ({"form": {"q": "$mesage"}}, "does not exist"),
    ],
)
def test_a_form_that_cannot_be_sent_is_refused(settings: dict[str, Any], said: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ConfigurationError, match=said):
        RemoteAgent("http://127.0.0.1:1/", **settings)


def test_a_form_over_a_websocket_is_refused() -> None:
    """A message is none."""
    with pytest.raises(ConfigurationError, match="a message is no form"):
        RemoteAgent("ws://127.0.0.1:1/", form={"q": "$message"})


async def test_within_json_a_text_stays_one_text(serve: Serve) -> None:
    """Whatever quotes and line ends are in it; unquoted it is a value, and a list is one in either way."""
    template = (
        '{"q": "$message", "m": $message, "l": $messages, "k": "$messages", "s": $session, "p": "$$5 \\" $thread_id"}'
    )
    request = await sent(serve, request=template)
    messages = [{"role": "user", "content": NASTY}]
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {
        "q": NASTY,
        "m": NASTY,
        "l": messages,
        "k": messages,
        "s": None,
        "p": '$5 " thread-1',
    }


async def test_within_json_a_setting_of_the_environment_is_a_value_too(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number stays one where it is not quoted."""
    monkeypatch.setenv("COUNT", "3")
    monkeypatch.setenv("WORD", 'a"b')
    request = await sent(serve, request='{"n": $env.COUNT, "w": $env.WORD, "q": "$env.WORD"}')
    assert json.loads(request.body) == {"n": 3, "w": 'a"b', "q": 'a"b'}


async def test_a_form_without_a_file_may_be_multipart(serve: Serve) -> None:
    """Where its Content-Type says so; the boundary is the body's."""
    request = await sent(serve, form={"q": "$message"}, headers={"content-type": "multipart/form-data"})
    assert "boundary=" in request.headers["content-type"]
    assert parts_of(request)["q"].get_payload(decode=True) == NASTY.encode()


async def test_within_a_text_that_is_a_form_it_is_form_encoded(serve: Serve) -> None:
    """The Content-Type says that it is one."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = await sent(serve, request="q=$message&t=$thread_id", headers=headers)
    assert parse_qsl(request.body.decode()) == [("q", NASTY), ("t", "thread-1")]


async def test_within_xml_it_is_escaped(serve: Serve) -> None:
    """As content and as an attribute."""
    request = await sent(serve, request='<?xml version="1.0"?><q t="$thread_id">$message</q>')
    assert ElementTree.fromstring(request.body).text == NASTY  # noqa: S314 - made here


async def test_a_text_that_is_none_of_these_stays_as_it_is(serve: Serve) -> None:
    """Nothing in it needs escaping."""
    request = await sent(serve, request="{$message}")
    assert request.headers["content-type"].startswith("text/plain")
    assert request.body.decode() == "{" + NASTY + "}"


async def test_within_a_url_it_is_percent_encoded(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also a setting that is a field's value; one that is a part of the URL stays it."""
    monkeypatch.setenv("CITY", "Köln & Bonn")
    monkeypatch.setenv("PLACE", "eu/west")
    request = await sent(serve, path="/$env.PLACE?q=$message&c=$env.CITY")
    parts = urlsplit(request.target)
    assert parts.path == "/chat/eu/west"
    assert parse_qsl(parts.query) == [("q", NASTY), ("c", "Köln & Bonn")]


async def test_a_line_end_in_a_header_is_refused(serve: Serve) -> None:
    """It would begin another header."""
    with pytest.raises(ConfigurationError, match="line end"):
        await sent(serve, headers={"X-Question": "$message"})
