"""The command that a probe prints at its end can be pasted into a shell as it stands."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import web

from tests.cli_run.command import Ended, typed
from tests.probe.agents import TOKEN, Agents, body_of, events, home_made, private


async def pasted(page: str, **variables: str) -> Ended:
    """What comes of the last line of a page, whose words a shell takes apart."""
    line = page.strip().splitlines()[-1].strip()
    assert line.startswith("scenario probe ")
    script = f"for word in {line}; do printf '%s\\0' \"$word\"; done"
    shell = await asyncio.create_subprocess_exec("sh", "-c", script, env=variables, stdout=asyncio.subprocess.PIPE)
    out, _ = await shell.communicate()
    return await typed(*out.decode().rstrip("\0").split("\0")[1:])


async def odd(request: web.Request) -> web.StreamResponse:
    """Takes a body with quotes, dollars and a key, and nothing else."""
    body = await body_of(request)
    if (body.get("api_key"), body.get("why")) != ("k'1$", 'it\'s $5 `a` \\ "b"!'):
        return web.Response(status=400)
    return await events(request, {"content": f"You said: {body['message']}"})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file is written."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_it_writes_the_file(folder: Path) -> None:
    """At the URL that was found, which is another than was given; a file that is there is left."""
    async with Agents({"/chat": home_made}) as server:
        first = await typed("probe", server.url)
        second = await pasted(first.out)
        assert f"scenario probe {server.url}/chat --write tests/test_agent.py" in first.out
        again = await typed("probe", server.url)
    assert (second.code, "Written: tests/test_agent.py" in second.out) == (0, True)
    assert "def test_it_answers" in (folder / "tests/test_agent.py").read_text()
    assert again.out.strip().endswith("--write tests/test_agent_2.py")


async def test_secrets_are_variables_in_it() -> None:
    """Which have to be set for the test, too."""
    async with Agents({"/chat": private}) as server:
        first = await typed("probe", f"{server.url}/chat?key=topsecret01", "-H", f"Authorization: Bearer {TOKEN}")
        second = await pasted(first.out, AGENT_TOKEN=TOKEN, AGENT_KEY="topsecret01")
    assert second.code == 0, second
    assert TOKEN not in first.out
    assert "topsecret01" not in first.out


async def test_what_was_given_is_in_it() -> None:
    """Quoted for a shell, whatever it holds."""
    body = json.dumps({"message": "Hi", "why": 'it\'s $5 `a` \\ "b"!', "api_key": "k'1$"})
    async with Agents({"/odd": odd}) as server:
        first = await typed("probe", f"{server.url}/odd", "-d", body, "-m", "What's $1?", "--timeout", "20")
        second = await pasted(first.out, AGENT_API_KEY="k'1$")
    assert first.code == 0, first
    assert "--timeout 20" in first.out
    assert second.code == 0, second


@pytest.mark.parametrize("words", [("-d", "q=Hi+%26+you"), ("-F", "q=it's $5")])
async def test_a_form_is_given_again_as_it_was(words: tuple[str, ...]) -> None:
    """Urlencoded or multipart."""
    seen: list[str] = []

    async def form(request: web.Request) -> web.Response:
        seen.append(f"{request.content_type} {(await request.post())['q']}")
        return web.json_response({"answer": "Hi"})

    application = web.Application()
    application.router.add_post("/form", form)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        first = await typed("probe", f"http://127.0.0.1:{runner.addresses[0][1]}/form", *words)
        asked = len(seen)
        second = await pasted(first.out)
    finally:
        await runner.cleanup()
    assert (first.code, second.code) == (0, 0)
    assert seen[asked] == seen[0]
