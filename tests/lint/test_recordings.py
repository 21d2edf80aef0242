"""A recording does not hold how its transfer ended, and the command says so."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from tests.cli_run.command import typed
from tests.lint.planting import CHAT
from tests.lint.streams import home_made
from tests.remote.raw_server import CHUNKED, STREAM, Connection, RawServer, chunk

CURL = shutil.which("curl")
UNTOLD = "how the transfer ended; a recording does not tell"


async def is_cut(connection: Connection) -> None:
    """Closes the connection after a whole event, before the last chunk."""
    await connection.send(CHUNKED + chunk(b"".join(home_made()[:2])))


@pytest.mark.skipif(CURL is None, reason="the recording is made with curl")
async def test_what_curl_recorded_of_a_cut_is_not_passed_off_as_whole(tmp_path: Path) -> None:
    """Its file looks like that of a whole answer: as text, in JSON and in SARIF, the rule was not looked at."""
    path = tmp_path / "cut.txt"
    async with RawServer(is_cut) as server:
        curl = await asyncio.create_subprocess_exec(str(CURL), "-si", server.url, "-d", "{}", "-o", str(path))
        assert await curl.wait() != 0
    out = " ".join((await typed("lint", str(path))).out.split())
    found = json.loads((await typed("lint", str(path), "--format", "json")).out)
    log = json.loads((await typed("lint", str(path), "--format", "sarif")).out)
    assert ("Not looked at:" in out, UNTOLD in out) == (True, True)
    assert found["unchecked"] == {"L05": UNTOLD}
    (note,) = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == f"not looked at: {UNTOLD}"


async def test_what_is_known_is_not_said_to_be_unknown(tmp_path: Path) -> None:
    """Not where a length tells whether all has come, nor where the rule has spoken or is left out."""
    body = b"".join(CHAT)
    path = tmp_path / "capture.txt"
    for content, words in (
        (STREAM + b"Content-Length: %d\r\n\r\n" % len(body) + body, ()),
        (STREAM + b"\r\n" + body, ()),
        (CHUNKED + body, ("--ignore", "L05")),
    ):
        path.write_bytes(content)
        found = json.loads((await typed("lint", str(path), "--format", "json", *words)).out)
        assert found["unchecked"] == {}
