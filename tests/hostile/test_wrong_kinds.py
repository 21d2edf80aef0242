"""A value of a wrong kind in any field of any dialect: the run has an outcome, and no text that nobody sent."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import scenario
from scenario.errors import IncompleteReplyError, fault_of
from scenario.exchange import Exchange
from scenario.store.reader import StoreReader
from scenario.store.writer import StoreWriter
from scenario.testing.conformance.small_answers import small_answers
from scenario.testing.conformance.transcript import Transcript
from tests.remote.raw_server import Connection, RawServer

_ODD: Final[tuple[Any, ...]] = (None, True, -1, 10**40, 1e300, "", "odd \x1b[2J", [], [None], {}, {"odd": 1}, "\ud83d")
_WORDS: Final = re.compile(r"[A-Za-z]+")
_FAULTS: Final = {"complete": None, "truncated": "agent", "error": "agent"}
# They put requests of their own before a turn; without their name the answer alone is theirs.
_PREPARED: Final = frozenset({"mcp", "langgraph", "langgraph-v3", "adk", "llamaindex", "agno", "gradio", "langserve"})
_TRANSCRIPTS: Final = [transcript for transcript in small_answers() if transcript.name != "text"]
# Each field gets one of the odd values, the next field the next one; so many fields of an answer have their turn.
_MOST: Final = 30


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every field, however deep."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from _places(one, (*path, key))


def _spoilt(body: str) -> Iterator[str]:
    """The body, each time with another field spoilt."""
    number = 0
    for line in re.finditer(r"(?<=data: )[\[{].*|^[\[{].*|(?<=^[a-z0-9]:)[\[{].*", body, re.MULTILINE):
        try:
            value = json.loads(line[0])
        except ValueError:
            continue
        for place in _places(value):
            changed = json.loads(line[0])
            at = changed
            for key in place[:-1]:
                at = at[key]
            at[place[-1]] = _ODD[number % len(_ODD)]
            number += 1
            yield body[: line.start()] + json.dumps(changed) + body[line.end() :]


def _answers(transcript: Transcript) -> list[str]:
    """Spoilt answers of a dialect, spread over all of its fields."""
    found = list(_spoilt(transcript.body.decode()))
    return found[:: -(-len(found) // _MOST) or 1]


def _response(transcript: Transcript, body: str) -> bytes:
    headers = {"Content-Type": "text/event-stream", **transcript.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    data = body.encode()
    return f"HTTP/1.1 200 OK\r\n{head}Connection: close\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


async def _played(transcript: Transcript, answers: list[str]) -> list[tuple[Exchange, BaseException | None]]:
    """A run with each of the answers."""

    async def behave(connection: Connection) -> None:
        await connection.send(_response(transcript, answers[len(played)]))

    protocol = "auto" if transcript.name in _PREPARED else transcript.name
    played: list[tuple[Exchange, BaseException | None]] = []
    script = [scenario.user("Hi"), scenario.agent(), scenario.succeed()]
    async with RawServer(behave) as server:
        for _ in answers:
            agent = scenario.RemoteAgent(server.url, protocol=protocol, request={"say": "$message"}, linger=0)
            try:
                result = await scenario.run("odd", "", agents=[agent], script=script, verbose=False)
                played.append((result.exchanges[-1], None))
            except IncompleteReplyError as error:
                played.append((error.exchange, error))
    return played


@pytest.mark.parametrize("transcript", _TRANSCRIPTS, ids=lambda transcript: transcript.name)
def test_a_field_of_a_wrong_kind_has_an_outcome(transcript: Transcript, tmp_path: Path) -> None:
    """Complete, truncated or an error of the agent's; what is stored of it can be read again, and is the same."""
    answers = _answers(transcript)
    with StoreWriter(tmp_path) as writer, scenario.subscribed(writer):
        played = asyncio.run(_played(transcript, answers))
    assert not writer.broken
    for body, (exchange, error) in zip(answers, played, strict=True):
        assert fault_of(error) == _FAULTS[exchange.outcome], body
        assert exchange.body == body.encode()
        # Nothing is said that the agent did not send.
        assert set(_WORDS.findall(exchange.text)) <= set(_WORDS.findall(body)), body
    with StoreReader(tmp_path) as reader:
        rows = reader.scenarios(limit=-1)[::-1]
        stored = [reader.scenario(row.run_id).exchanges[0].exchange for row in rows]
    assert [one.outcome for one in stored] == [exchange.outcome for exchange, _ in played]
    assert [one.text for one in stored] == [exchange.text for exchange, _ in played]
