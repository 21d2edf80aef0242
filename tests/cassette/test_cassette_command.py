"""`scenario cassette`: what it shows, what it finds, and what it makes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenario.testing import AgentServer
from tests.cli_run.command import typed

_FILE = "name: greeting\nagent: $env.AGENT_URL\nscript: [{user: Hi}, agent, {user: Bye}, agent, succeed]\n"
_MASKED = """
agent:
  url: $env.AGENT_URL
  headers: {Authorization: Bearer $env.AGENT_KEY, Cookie: sid=$env.AGENT_KEY}
  request: {messages: $messages, password: $env.AGENT_KEY}
script: [{user: "a key, [redacted] here"}, agent, succeed]
"""
_HOSTILE = "You said\x1b[2J so"


def read(path: str | Path) -> str:
    """What is in a file."""
    return Path(path).read_text()


def write(path: str | Path, text: str) -> None:
    """Put this into it."""
    Path(path).write_text(text)


@pytest.fixture
async def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cassette of one scenario, beside a store with its run."""
    monkeypatch.chdir(tmp_path)
    write("greeting.yaml", _FILE)
    async with AgentServer(lambda body: f"{_HOSTILE} {body['messages'][-1]['content']}") as agent:
        done = await typed("run", "greeting.yaml", "--cassette", "a.cassette", AGENT_URL=agent.url)
    assert done.code == 0, done
    return tmp_path / "a.cassette"


async def test_it_lists_and_shows_what_is_recorded(recorded: Path) -> None:
    """Each call, and one of them whole; what a terminal would obey is shown."""
    listed = await typed("cassette", "list", "a.cassette")
    assert listed.code == 0
    assert "1 conversation, 2 calls" in listed.out
    assert "greeting.yaml::greeting" in listed.out
    shown = await typed("cassette", "show", "a.cassette", "greet")
    assert shown.out.count("POST") == 2
    whole = await typed("cassette", "show", "a.cassette", "--call", "2")
    assert '"content":"Bye"' in whole.out
    assert "[DONE]" in whole.out
    assert "\x1b[2J" not in whole.out
    assert (await typed("cassette", "show", "a.cassette", "--call", "3")).code == 2
    assert (await typed("cassette", "show", "a.cassette", "nobody")).code == 2
    raw = await typed("cassette", "show", "a.cassette", "--call", "1", "--raw")
    assert raw.out.startswith("data: ")


async def test_it_finds_a_secret_and_masks_it(recorded: Path) -> None:
    """By its form, and by the user's word; twice changes nothing more."""
    assert (await typed("cassette", "verify", "a.cassette")).code == 0
    leaked = "gh" + "p_" + "a1B2" * 9
    write(recorded, read(recorded).replace("You said", f"You said {leaked}"))
    verified = await typed("cassette", "verify", "a.cassette")
    assert verified.code == 1
    assert "has a secret in it" in verified.out
    assert leaked not in verified.out
    assert "1 call masked" in (await typed("cassette", "redact", "a.cassette")).out
    assert leaked not in read(recorded)
    assert (await typed("cassette", "verify", "a.cassette")).code == 0
    assert "nothing to mask" in (await typed("cassette", "redact", "a.cassette")).out
    assert "masked" in (await typed("cassette", "redact", "a.cassette", "--env", "NAMED", NAMED="You said")).out
    assert "You said" not in read(recorded)


async def test_a_mask_is_no_secret(recorded: Path) -> None:
    """What was masked in headers, URLs and bodies as it was recorded is left as it is, and is nothing to warn of."""
    write("masked.yaml", _MASKED)
    async with AgentServer("Fine.") as agent:
        url = f"{agent.url}?api_key={'k3Y' * 7}"
        done = await typed("run", "masked.yaml", "--cassette", "m.cassette", AGENT_URL=url, AGENT_KEY="v4L" * 9)
    assert done.code == 0, done
    before = read("m.cassette")
    assert '"Authorization":"[redacted]"' in before
    verified = await typed("cassette", "verify", "m.cassette")
    assert (verified.code, "all whole" in verified.out) == (0, True), verified
    assert "nothing to mask" in (await typed("cassette", "redact", "m.cassette")).out
    assert read("m.cassette") == before
    write("m.cassette", before.replace('"Authorization":"[redacted]"', f'"Authorization":"Bearer {"q7Z" * 9}"'))
    assert (await typed("cassette", "verify", "m.cassette")).code == 1


async def test_a_secret_in_a_name_is_found_and_masked(recorded: Path) -> None:
    """A test that is given a token is called by it."""
    leaked = "gh" + "p_" + "a1B2" * 9
    write(recorded, read(recorded).replace('"scenario":"greeting"', f'"scenario":"greeting {leaked}"'))
    verified = await typed("cassette", "verify", "a.cassette")
    assert (verified.code, "the name of" in verified.out) == (1, True)
    assert leaked not in verified.out
    assert "1 name masked" in (await typed("cassette", "redact", "a.cassette")).out
    assert leaked not in read(recorded)
    assert (await typed("cassette", "verify", "a.cassette")).code == 0
    assert "1 name masked" in (await typed("cassette", "redact", "a.cassette", "--secret", "greeting ")).out


async def test_it_says_why_a_request_is_answered_or_not(recorded: Path) -> None:
    """With the difference, and with what does not count."""
    body = {"messages": [{"role": "user", "content": "Hi"}], "thread_id": "", "stream": True}
    thread = json.loads(read(recorded).splitlines()[1])["thread_id"]
    write("q.json", json.dumps(body | {"thread_id": thread}))
    asked = ("cassette", "why", "a.cassette", "--body", "q.json", "--url", "http://127.0.0.1:7/chat")
    done = await typed(*asked)
    assert (done.code, "It is answered by call 1" in done.out) == (0, True)
    write("q.json", json.dumps(body | {"thread_id": thread, "sent": 7}))
    done = await typed(*asked)
    assert done.code == 1
    assert "sent: 7 here, nothing recorded" in done.out
    assert (await typed(*asked, "--ignore", "sent")).code == 0
    whole = json.dumps(body | {"thread_id": thread})
    command = ("cassette", "why", "a.cassette", "--curl", f"curl http://127.0.0.1:7/chat -d '{whole}'")
    done = await typed(*command)
    assert (done.code, "It is answered by call 1" in done.out) == (0, True)
    assert (await typed(*command, "--url", "http://127.0.0.1:7/chat")).code == 2
    assert (await typed("cassette", "why", "a.cassette")).code == 2


async def test_a_stored_run_becomes_a_cassette(recorded: Path) -> None:
    """Which plays as the one that was recorded."""
    assert (await typed("cassette", "from", "last", "-o", "b.cassette")).code == 0
    options = ("run", "greeting.yaml", "--cassette-mode", "replay", "--no-store", "--json")
    for name in "ab":
        done = await typed(*options, f"{name}.json", "--cassette", f"{name}.cassette")
        assert done.code == 0, done
    first, second = (json.loads(read(f"{name}.json"))["scenarios"][0] for name in "ab")
    for key in ("outcome", "turns", "ttfts"):
        assert first[key] == second[key]


async def test_conversations_are_removed_by_name(recorded: Path) -> None:
    """Only said, with --dry-run."""
    before = read(recorded)
    assert "would be removed" in (await typed("cassette", "prune", "a.cassette", "greet", "--dry-run")).out
    assert (await typed("cassette", "prune", "a.cassette")).code == 0
    assert read(recorded) == before
    assert (await typed("cassette", "prune", "a.cassette", "greet")).code == 0
    assert read(recorded) == '{"scenario_cassette":1}\n'
