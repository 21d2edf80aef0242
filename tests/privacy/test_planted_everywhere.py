"""Secrets that nobody has named are in no byte of what a run leaves, of whatever kind, wherever they were planted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from scenario.store.reader import StoreReader
from tests.cassette.planted import as_it_stands, planted
from tests.cli_run.command import typed
from tests.remote.raw_server import CHUNKED, LAST, Connection, RawServer, chunk, whole

_FILE = """
name: {place}
agent:
  url: "$env.AGENT_URL/{place}{query}"
  request: {{messages: $messages, system: {system}}}
  on_incomplete: return
script:
  - user: {user}
  - agent
  - succeed
"""
_IN_PROCESS = """
name: {place}
agent: {{python: "planted_agents:{agent}"}}
script:
  - user: hi
  - agent
  - succeed
"""
_AGENTS = """
import scenario
class Says(scenario.AgentAdapter):
    async def call(self, input):
        return {says!r}
class Raises(scenario.AgentAdapter):
    async def call(self, input):
        raise RuntimeError({raises!r})
"""
# Places that an agent plants them at, and those that the test itself writes.
_OF_AGENT = (
    "text",
    "pieces",
    "behind-newlines",
    "reasoning",
    "ids",
    "header",
    "error",
    "page",
    "location",
    "tool",
)
_IN_THIS_PROCESS = ("says", "raises")
_OF_TEST = ("system", "user", "query")


def _event(value: Any) -> bytes:
    return chunk(b"data: " + json.dumps(value).encode() + b"\n\n")


def _streamed(text: str, size: int, key: str = "content") -> Iterator[bytes]:
    for place in range(0, len(text), size):
        yield _event({"choices": [{"index": 0, "delta": {key: text[place : place + size]}}]})


def _page(place: str, text: str) -> bytes:
    """An answer that is no stream, and has a text at a place; empty where it is one."""
    match place:
        case "error":
            return whole(
                json.dumps({"error": {"message": f"bad:\n{text}"}}).encode(), "application/json", status="500 No"
            )
        case "page":
            return whole(f"<pre>{text}</pre>".encode(), "text/html", status="502 Bad Gateway")
        case "location":
            to = f"Location: https://elsewhere.example/?note=use%20{quote(text, safe='')}\r\n"
            return whole(b"", "text/plain", status="302 Found", more=to)
        case _:
            return b""


def _tool_call(arguments: str, size: int) -> Iterator[bytes]:
    for begin in range(0, len(arguments), size):
        function = {"name": "pay" if not begin else None, "arguments": arguments[begin : begin + size]}
        yield _event(
            {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "c", "function": function}]}}]}
        )


def _stream(place: str, text: str) -> Iterator[bytes]:
    """The events of an answer that has a text at a place."""
    match place:
        case "text":
            yield from _streamed(text, 4000)
        case "pieces":
            yield from _streamed(text, 3)
        case "behind-newlines":
            yield _event({"debug": {"log": f"it was\n{text}"}})
        case "reasoning":
            yield from _streamed(text, 5, "reasoning_content")
        case "ids":
            yield from (chunk(f"id: {one}\nevent: {one}\ndata: {{}}\n\n".encode()) for one in text.splitlines())
        case "tool":
            yield from _tool_call(json.dumps({"note": f"with\n{text}"}), 7)
    yield from _streamed(" done", 9)


def _answer(place: str, text: str) -> Iterator[bytes]:
    """The bytes of an answer that has a text at a place."""
    if page := _page(place, text):
        yield page
        return
    head = f"\r\nX-Debug: {' '.join(text.split())}\r\n\r\n" if place == "header" else "\r\n\r\n"
    yield CHUNKED.replace(b"\r\n\r\n", head.encode(), 1)
    yield from _stream(place, text)
    yield chunk(b"data: [DONE]\n\n") + LAST


async def _answered(connection: Connection, texts: dict[str, str]) -> None:
    place = connection.request.target.partition("?")[0].rpartition("/")[2]
    for piece in _answer(place, texts[place]):
        await connection.send(piece)


def _left(folder: Path, needles: dict[str, str]) -> list[str]:
    """Where a needle stands: in the bytes of a file, or in what the store gives back."""
    with StoreReader(str(folder / "kept")) as reader:
        rows = "".join(repr(reader.scenario(row.run_id)) for row in reader.scenarios(limit=-1)).encode()
    seen = {"the store's rows": rows}
    seen |= {
        file.name: file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.suffix not in (".yaml", ".py", ".pyc")
    }
    left = []
    for name, secret in needles.items():
        forms = {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}
        left += [
            f"{name} in {file}" for file, content in seen.items() if any(form.encode() in content for form in forms)
        ]
    return left


async def test_secrets_of_any_kind_planted_anywhere_are_left_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of 37 kinds at each of 15 places, in the store, three reports, a cassette and all that is printed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plans").mkdir()
    secrets = {place: planted(seed) for seed, place in enumerate((*_OF_AGENT, *_OF_TEST, *_IN_THIS_PROCESS))}
    texts = {
        place: "".join(f"{as_it_stands(kind, secret).removeprefix('use ')}\n" for kind, secret in of.items())
        for place, of in secrets.items()
    }
    for place, text in texts.items():
        own = json.dumps(f"see:\n{text}")
        filled = _FILE.format(
            place=place,
            query=f"?note=use%20{quote(text, safe='')}" if place == "query" else "",
            system=own if place == "system" else "none",
            user=own if place == "user" else "hi",
        )
        if place in _IN_THIS_PROCESS:
            filled = _IN_PROCESS.format(place=place, agent=place.capitalize())
        (tmp_path / "plans" / f"{place}.yaml").write_text(filled)
    (tmp_path / "planted_agents.py").write_text(_AGENTS.format(**{place: texts[place] for place in _IN_THIS_PROCESS}))
    monkeypatch.syspath_prepend(tmp_path)
    async with RawServer(lambda connection: _answered(connection, texts | dict.fromkeys(_OF_TEST, "ok"))) as server:
        reports = ("--html", "r.html", "--json", "r.json", "--junit", "r.xml")
        options = ("--cassette", "kept.cassette", "--store", "kept", "-v")
        done = await typed("run", "plans", *options, *reports, AGENT_URL=server.url)
    (tmp_path / "printed.txt").write_text(done.out + done.err)
    assert len(server.requests) == len(_OF_AGENT) + len(_OF_TEST), done
    needles = {f"{kind} ({place})": secret for place, of in secrets.items() for kind, secret in of.items()}
    assert not _left(tmp_path, needles)
