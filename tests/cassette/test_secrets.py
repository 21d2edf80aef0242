"""No secret of any kind stands in a cassette, a store, a report or what is printed, wherever it was planted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import scenario
from scenario.found_secrets import secrets_found
from scenario.secret_shapes import shaped_secrets
from scenario.testing import AgentServer
from tests.cassette.planted import as_it_stands, planted
from tests.cli_run.command import typed
from tests.remote.raw_server import CHUNKED, LAST, Connection, RawServer, chunk

_FILE = """
name: leaks
agent:
  url: $env.AGENT_URL
  headers: {Authorization: Bearer $env.HEADER_VALUE, X-Api-Key: $env.OTHER_VALUE}
  request: {messages: $messages, api_key: $env.BODY_VALUE, note: $env.NOTE_VALUE}
  on_incomplete: return
script:
  - user: "please use SAID"
  - agent
  - succeed
"""


def _event(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def _streamed(text: str, size: int) -> list[bytes]:
    """A text as events of so many characters."""
    return [_event({"content": text[place : place + size]}) for place in range(0, len(text), size)]


def _in_files(folder: Path, needles: dict[str, str]) -> list[str]:
    """Which secrets stand in which files, as they are or in the usual disguises."""
    found = []
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or file.suffix == ".yaml":
            continue
        content = file.read_bytes()
        for name, secret in needles.items():
            forms = {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}
            found += [f"{name} in {file.name}" for form in forms if form.encode() in content]
    return found


def _in_store(folder: Path, needles: dict[str, str]) -> list[str]:
    """Which secrets the store has in rows that are packed on disk."""
    from scenario.store.reader import StoreReader

    with StoreReader(str(folder)) as reader:
        shown = "".join(repr(reader.scenario(row.run_id)) for row in reader.scenarios(limit=-1))
    return [f"{name} in the store" for name, secret in needles.items() if secret in shown]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("size", [4000, 3], ids=["whole", "in pieces"])
async def test_what_an_agent_leaks_of_any_kind_is_written_nowhere(folder: Path, size: int) -> None:
    """37 kinds: streamed back whole and in pieces, in headers, ids, names of events, tools' arguments; and sent."""
    secrets = planted(seed=size)
    kinds = list(secrets)
    said = "".join(f"{as_it_stands(kind, secret)}\n" for kind, secret in secrets.items())
    tool = json.dumps({"key": secrets["openai"], "url": as_it_stands("database", secrets["database"])})
    call = {"index": 0, "id": "call_1", "function": {"name": "pay", "arguments": tool}}

    async def behaviour(connection: Connection) -> None:
        head = f"X-Debug: {secrets['github']}\r\nSet-Cookie: sid={secrets['session token']}\r\n".encode()
        await connection.send(CHUNKED.replace(b"\r\n\r\n", b"\r\n" + head + b"\r\n", 1))
        for piece in _streamed(said, size):
            await connection.send(chunk(piece[:11]) + chunk(piece[11:]))
        await connection.send(chunk(f"id: {secrets['slack']}\nevent: {secrets['npm']}\ndata: {{}}\n\n".encode()))
        await connection.send(chunk(_event({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})))
        await connection.send(chunk(b"data: [DONE]\n\n") + LAST)

    sent = {name: planted(seed=99)[name] for name in ("openai", "password", "client secret", "session token")}
    (folder / "leaks.yaml").write_text(_FILE.replace("SAID", secrets["stripe"]))
    async with RawServer(behaviour) as server:
        variables = dict(zip(("HEADER_VALUE", "OTHER_VALUE", "BODY_VALUE", "NOTE_VALUE"), sent.values(), strict=True))
        reports = ("--html", "r.html", "--json", "r.json", "--junit", "r.xml")
        options = ("--cassette", "leaks.cassette", "--store", "kept", "-v")
        done = await typed(
            "run", "leaks.yaml", *options, *reports, AGENT_URL=f"{server.url}?t={sent['openai']}", **variables
        )
    (folder / "printed.txt").write_text(done.out + done.err)
    assert (folder / "leaks.cassette").exists(), done
    needles = {kind: secrets[kind] for kind in kinds} | {f"sent: {name}": value for name, value in sent.items()}
    assert not _in_files(folder, needles)
    assert not _in_store(folder / "kept", needles)
    again = await typed("run", "leaks.yaml", "--cassette", "leaks.cassette", "--cassette-mode", "replay", "--no-store")
    assert again.code == done.code, again


async def test_a_secret_of_a_row_of_parameters_is_written_nowhere(folder: Path) -> None:
    """Neither in the run's name nor where it is said; what stands beside it is shown, and two rows are two runs."""
    secrets = [planted(seed=seed)["password"] for seed in (1, 2)]
    rows = ", ".join(f"{{password: '{secret}', city: Paris, token: weather}}" for secret in secrets)
    (folder / "rows.yaml").write_text(
        f"agent: $env.AGENT_URL\nparameters: {{rows: [{rows}]}}\n"
        "script: [{user: 'in ${city} it is ${password}'}, agent, succeed]\n"
    )
    options = ("--cassette", "rows.cassette", "-v", "--store", "kept")
    reports = ("--html", "r.html", "--json", "r.js", "--junit", "r.xml")
    async with AgentServer(lambda body: f"You said {body['messages'][-1]['content']}") as agent:
        done = await typed("run", "rows.yaml", *options, *reports, AGENT_URL=agent.url)
        assert len(agent.requests) == 2
        assert secrets[0] in agent.requests[0]["messages"][-1]["content"]
    assert done.code == 0, done
    (folder / "printed.txt").write_text(done.out + done.err)
    needles = dict(zip("12", secrets, strict=True))
    assert not _in_files(folder, needles)
    assert not _in_store(folder / "kept", needles)
    assert "Paris, weather" in done.out
    again = await typed("run", "rows.yaml", *options, "--cassette-mode", "replay")
    assert (again.code, "2 passed" in again.out) == (0, True), again


async def test_a_secret_in_a_runs_name_is_masked_and_its_recording_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its form, by the user's word, and as the environment's; a name that an agent was sent as a key stays."""
    by_form, said, known = planted(seed=5)["openai"], "Anna Maria", "t0k3n-of-the-environment"
    monkeypatch.setenv("AGENT_API_KEY", known)
    scenario.configure(secrets=[said])
    try:
        for name in (f"with {by_form}", f"for {said}", f"with {known}", "plain-name"):
            async with AgentServer("Fine.") as agent:
                for mode in ("record", "replay"):
                    result = await scenario.run(
                        name=name,
                        description="",
                        agents=[scenario.RemoteAgent(agent.url, headers={"Authorization": "Bearer plain-name"})],
                        script=[scenario.user("Hi"), scenario.agent(), scenario.succeed()],
                        cassette=scenario.Cassette(str(tmp_path / "names.cassette"), mode=mode),  # type: ignore[arg-type]
                    )
                    assert result.success
                assert len(agent.requests) == 1
    finally:
        scenario.configure(secrets=None)
    content = (tmp_path / "names.cassette").read_text()
    assert not [one for one in (by_form, said, known) if one in content]
    assert '"scenario":"plain-name"' in content


def test_each_kind_is_known_by_its_form_or_its_name() -> None:
    """Of several random ones each."""
    missed = [
        kind
        for seed in range(20)
        for kind, secret in planted(seed).items()
        if not secrets_found(as_it_stands(kind, secret).encode()).in_text(f"({secret})").count("****")
    ]
    assert not missed


@pytest.mark.parametrize(
    "text",
    [
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "d41d8cd98f00b204e9800998ecf8427e",
        "msg_01XFDUDYJgAACzvnptvVoYEL",
        "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
        "call_12345xyzABCDEFGHIJKLMNOP",
        "thread_3f0d4c61a1b2c3d4",
        "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
        "toolu_01A09q90qw90lq917835lq9",
        "a task-force of risk-averse people asks-again",
        "the Bearer of good news came; Bearer token",
        "Authorization: Bearer YOUR_API_KEY",
        "sk-...",
        "export OPENAI_API_KEY=sk-your-key-here",
        '{"api_key": "$OPENAI_API_KEY"}',
        '{"token": "Hello"}',
        '{"token": " world, how are you"}',
        '{"next_page_token": "page-two"}',
        '{"prompt_tokens": 12, "completion_tokens": 3}',
        '{"key": "name", "value": "Paris"}',
        '{"password": "required"}',
        '{"secret": "the secret of good bread is time"}',
        "postgresql://localhost:5432/prod",
        "https://example.com/a:b@c",
        "http://user@example.com/",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        "the key-value store and its key-ring",
        "SKU 12345, SKELETON, SG. and hf_ alone",
        "do_v1_ and lin_api_ are names of forms",
        "My card ends in 4242.",
        "-----BEGIN CERTIFICATE-----",
        "npm_config_registry=https://registry.example.com",
        "pypi-AgE",
        "ghp_short",
        "glpat-",
        "The AKIA prefix marks an access key.",
        "x-api-key: required",
        "client_secret: see the vault",
    ],
)
def test_an_ordinary_text_has_none(text: str) -> None:
    """Ids, hashes, pictures, documentation, and words in which a form begins."""
    assert shaped_secrets(text) == []
    assert not secrets_found(text.encode())
