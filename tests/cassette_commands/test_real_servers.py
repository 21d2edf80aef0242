"""What the servers of `make interop` answered, committed as cassettes: the dialects against real servers, quickly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import scenario
from interop.conversation import converse
from interop.targets import CASSETTES, TARGETS, Target, cassette_of
from scenario.cassette.cassette_file import CassetteFile
from scenario.cassette.interaction import Conversation
from scenario.cassette.serving.server import Asked, CassetteServer
from scenario.config.cassette import Cassette
from scenario.exchange import Exchange
from scenario.protocols.registry import dialect_named
from scenario.testing import Transcript, check_dialect

RECORDED = [target for target in TARGETS if cassette_of(target).exists()]
NO_ERROR = {"shows-an-error": "these servers made none"}
of_each = pytest.mark.parametrize("target", RECORDED, ids=[target.name for target in RECORDED])


def transcripts(exchanges: Sequence[Exchange]) -> list[Transcript]:
    """Answers with what they were read as, each once."""
    made = {}
    for number, one in enumerate(exchanges, start=1):
        headers = {name: value for name, value in one.headers.items() if name == "content-type"}
        made[one.body] = Transcript(one.body, f"answer {number}", headers, one.status or 200, one.outcome, one.text)
    return list(made.values())


def held(target: Target) -> list[Conversation]:
    """What is recorded of a server."""
    return CassetteFile(cassette_of(target)).conversations()


@of_each
async def test_a_recorded_server_is_read_as_it_was(target: Target) -> None:
    """Protocol, text, tool calls, the question and its answer, by the live run's own checks; in whatever pieces."""
    url = f"http://127.0.0.1:9{target.path}"
    result = await converse(target, url, scenario.Cassette(str(cassette_of(target)), mode="replay"))
    assert result.success, result.reasoning
    check_dialect(dialect_named(target.protocol), transcripts(result.exchanges), exceptions=NO_ERROR)


@of_each
async def test_a_served_recording_passes_what_its_server_passed(target: Target) -> None:
    """With ids of its own, and at another address: `scenario serve` is the agent, as far as it is recorded."""
    asked: list[Asked] = []
    async with CassetteServer(held(target), Cassette("served", speed="instant"), tell=asked.append) as server:
        result = await converse(target, server.origin + target.path)
    assert result.success, result.reasoning
    assert len(asked) >= 4
    assert not [one for one in asked if isinstance(one.answer, str)]


def test_each_cassette_is_one_of_a_server() -> None:
    """None is left over of a server that is no more; each is small, and of this machine's loopback alone."""
    assert {path.name for path in CASSETTES.iterdir()} == {cassette_of(target).name for target in RECORDED}
    for target in RECORDED:
        content = cassette_of(target).read_bytes()
        assert len(content) < 50_000
        assert str(Path.home()).encode() not in content or str(Path.home()) == "/"
