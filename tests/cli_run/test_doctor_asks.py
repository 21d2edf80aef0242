"""`scenario doctor` tells how a model is asked, and finds it out where it is told to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aiohttp import web

from scenario.protocols.json_text import read_json
from tests.cli_run.command import command, typed
from tests.llm.odd_server import OddServer, complaint
from tests.llm.public_servers import plain, roles

SECTION = "how it is asked"
WORDS = "asks for JSON of a schema; no system role; temperature left out"


def particular(path: str, body: Any) -> web.Response:
    """A server that knows no system role, no tools and one temperature."""
    if path.endswith("/models"):
        return web.json_response({"data": [{"id": "text-embedding-1"}, {"id": "chatty"}]})
    if "system" in roles(body):
        return complaint("System role not supported")
    for name in ("temperature", "tools"):
        if name in body:
            return complaint(f"{name} is not supported")
    return plain(body)


def told(text: str) -> str:
    """What the doctor says of how the model is asked."""
    (finding,) = [one for one in read_json(text)["findings"] if one["section"] == SECTION]
    return str(finding["detail"])


async def test_the_doctor_finds_out_how_a_model_wants_to_be_asked(tmp_path: Path) -> None:
    """Once, when it is told to; later it tells what is known, in words and in JSON, and asks nothing."""
    variables = {"SCENARIO_CACHE_DIR": str(tmp_path / "cache")}
    async with OddServer(particular) as server:
        variables |= {"OPENAI_BASE_URL": f"{server.url}/v1"}
        before = await typed("doctor", "--json", **variables)
        assert "nothing was learned yet" in told(before.out)
        assert [path for path, _ in server.asked] == ["/v1/models"]
        asked = await typed("doctor", "--ask", **variables)
        assert asked.code == 0, asked
        assert WORDS in " ".join(asked.out.split())
        server.asked.clear()
        later = await command(tmp_path, "doctor", "--json", **variables)
        assert told(later.out) == WORDS
        offline = await typed("doctor", "--offline", "--json", "--model", "openai/chatty", **variables)
        assert told(offline.out) == WORDS
    assert [path for path, _ in server.asked] == ["/v1/models"]


async def test_the_doctor_forgets_what_was_known_before_it_asks(tmp_path: Path) -> None:
    """So that a server that was changed is asked in the best way again."""
    variables = {"SCENARIO_CACHE_DIR": str(tmp_path / "cache")}
    answering = [particular]
    async with OddServer(lambda path, body: answering[-1](path, body)) as server:
        variables |= {"OPENAI_BASE_URL": f"{server.url}/v1"}
        await typed("doctor", "--ask", **variables)
        answering.append(lambda path, body: plain(body) if body else particular(path, body))
        asked = await typed("doctor", "--ask", "--json", **variables)
    assert told(asked.out) == "asks by tools"


async def test_a_model_that_gives_no_answer_is_told(tmp_path: Path) -> None:
    """With the exit code of a server that does not answer."""
    variables = {"SCENARIO_CACHE_DIR": str(tmp_path / "cache")}

    def answering(path: str, body: Any) -> web.Response:
        message = {"role": "assistant", "content": "Well."}
        return web.json_response({"choices": [{"index": 0, "message": message}]}) if body else particular(path, body)

    async with OddServer(answering) as server:
        done = await typed("doctor", "--ask", "--json", OPENAI_BASE_URL=f"{server.url}/v1", **variables)
    assert done.code == 3, done
    assert "no answer that can be read" in told(done.out)
    assert json.loads(done.out)["exit_code"] == 3


async def test_nobody_is_asked_and_not_asked() -> None:
    """The two options contradict each other."""
    done = await typed("doctor", "--ask", "--offline")
    assert done.code == 2
    assert "give one of them" in done.err
