"""`scenario probe` and `scenario lint`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli_run.command import typed
from tests.lint.planting import CHAT
from tests.probe.agents import TOKEN, Agents, ag_ui, home_made, particular, private, refusing

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\nx-accel-buffering: no\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A sound stream as `curl -i -N` writes it."""
    path = tmp_path / "capture.txt"
    path.write_bytes(HEAD + b"".join(CHAT))
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The same without its end."""
    path = tmp_path / "broken.txt"
    path.write_bytes(HEAD + b"".join(CHAT[:-1]))
    return path


async def test_a_sound_capture_exits_0(capture: Path) -> None:
    """And says so."""
    code, out, _ = await typed("lint", str(capture), "--level", "info")
    assert (code, "sound" in out, "openai-chat" in out) == (0, True, True)


async def test_a_broken_capture_exits_1(broken: Path) -> None:
    """With the rule, what was seen and what to do; and 0 where the rule is ignored."""
    code, out, _ = await typed("lint", str(broken))
    assert (code, "L42" in out, "[DONE]" in out) == (1, True, True)
    assert (await typed("lint", str(broken), "--ignore", "L42"))[0] == 0


async def test_what_cannot_be_read_is_no_sound_answer(tmp_path: Path) -> None:
    """No rule forbids the stream, but nobody would understand it: the command says why, and fails."""
    path = tmp_path / "strange.txt"
    path.write_bytes(HEAD + b'data: {"zork": {"deep": "Hi"}}\n\n')
    code, out, _ = await typed("lint", str(path))
    assert (code, "nothing in the answer can be read" in out) == (1, True)
    assert ("no whole answer" in out, "sound" in out) == (True, False)
    assert "zork" in json.loads((await typed("lint", str(path), "--format", "json"))[1])["error"]


async def test_what_the_agent_reports_is_told(tmp_path: Path) -> None:
    """An error inside a stream may be sent soundly; the answer is none all the same, and the command fails."""
    path = tmp_path / "error.txt"
    failed = b'data: {"error": {"message": "out of quota", "code": "quota"}}\n\ndata: [DONE]\n\n'
    path.write_bytes(HEAD + CHAT[0] + failed)
    code, out, _ = await typed("lint", str(path))
    assert (code, "out of quota" in out, "L61" in out) == (1, True, True)
    assert (await typed("lint", str(path), "--ignore", "L61"))[0] == 0


async def test_json_and_sarif(broken: Path) -> None:
    """Both are JSON, and SARIF's results point into its rules."""
    found = json.loads((await typed("lint", str(broken), "--format", "json"))[1])
    assert [finding["rule"] for finding in found["findings"]] == ["L42"]
    log = json.loads((await typed("lint", str(broken), "--format", "sarif"))[1])
    run: dict[str, Any] = log["runs"][0]
    result = run["results"][0]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "L42"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == str(broken)


async def test_sarif_names_places_as_references(tmp_path: Path) -> None:
    """A path with a space is percent-encoded, and each result has a region: code hosts refuse it otherwise."""
    path = tmp_path / "a capture.txt"
    path.write_bytes(HEAD + b"".join(CHAT[:-1]))
    log = json.loads((await typed("lint", str(path), "--format", "sarif"))[1])
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("/a%20capture.txt")
    assert place["region"] == {"startLine": 1}


async def test_what_deep_could_not_look_at_is_told() -> None:
    """In each form, with the reason; SARIF has it among the run's notifications."""
    async with Agents({"/chat": home_made}) as server:
        words = ("lint", f"{server.url}/chat", "--deep", "--level", "error")
        code, out, _ = await typed(*words)
        found = json.loads((await typed(*words, "--format", "json"))[1])
        log = json.loads((await typed(*words, "--format", "sarif", "--ignore", "L54"))[1])
    assert (code, "Not looked at:" in out, "L55" in out) == (0, True, True)
    assert "L55" in found["unchecked"]
    notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert [note["associatedRule"]["id"] for note in notes] == ["L55", "L56"]


async def test_deep_says_that_it_had_nothing_to_look_at() -> None:
    """Without an answer, every rule that needs more requests is told."""
    async with Agents({"/chat": refusing}) as server:
        found = json.loads((await typed("lint", f"{server.url}/chat", "--deep", "--format", "json"))[1])
    assert list(found["unchecked"]) == ["L11", "L53", "L54", "L55", "L56", "L57"]


@pytest.mark.parametrize(
    "words",
    [
        ("lint", "no-such-file.txt"),
        ("lint", "."),
        ("lint",),
        ("lint", "http://127.0.0.1:9/", "--ignore", "L99"),
        ("lint", "http://127.0.0.1:9/", "--protocol", "openai-chta"),
        ("probe",),
        ("probe", "ftp://x"),
        ("probe", "http://127.0.0.1:9/", "-d", "{"),
        ("probe", "http://127.0.0.1:9/", "-H", "no colon"),
        ("probe", "--curl", "wget http://x"),
    ],
)
async def test_what_is_typed_wrong_exits_2(words: tuple[str, ...]) -> None:
    """Before anything is sent, with one sentence."""
    code, out, err = await typed(*words)
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")


@pytest.mark.parametrize("command", ["lint", "probe"])
async def test_no_server_exits_3(command: str) -> None:
    """An error of the outside world, and not of the stream."""
    code, _, err = await typed(command, "http://127.0.0.1:9/chat")
    assert (code, "Is it running" in err) == (3, True)


async def test_a_live_stream_is_checked() -> None:
    """The way to ask is found out, and the answer checked."""
    async with Agents({"/agent": ag_ui}) as server:
        code, out, _ = await typed("lint", f"{server.url}/agent", "--level", "warning")
    assert (code, "ag-ui" in out) == (0, True)


async def test_the_probe_shows_all_that_it_found(tmp_path: Path) -> None:
    """Requests, dialect, timeline, reply, lint and code; the test file is written, and not over another."""
    file = tmp_path / "test_agent.py"
    async with Agents({"/chat": particular}) as server:
        words = ("probe", f"{server.url}/chat", "--write", str(file))
        code, out, _ = await typed(*words)
        again, _, err = await typed(*words)
    assert code == 0
    for part in ("POST", "422", "first content", "It is 18 degrees.", "sound", "scenario.RemoteAgent(", "$message"):
        assert part in out
    assert "def test_it_answers" in file.read_text()
    assert (again, "--force" in err) == (2, True)


async def test_the_probe_s_json() -> None:
    """What is shown, for programs; no secret among it."""
    async with Agents({"/chat": private}) as server:
        code, out, err = await typed("probe", f"{server.url}/chat", "-H", f"Authorization: Bearer {TOKEN}", "--json")
    found = json.loads(out)
    assert (code, found["answered"], found["answer"]["protocol"]) == (0, True, "sse")
    assert TOKEN not in out + err
    assert "AGENT_TOKEN" in found["variables"]


async def test_an_agent_that_takes_nothing_exits_1() -> None:
    """What came of each way to ask is shown."""
    async with Agents({"/chat": refusing}) as server:
        code, out, _ = await typed("probe", f"{server.url}/chat")
    assert (code, "status 400" in out, "--data" in out) == (1, True, True)


@pytest.mark.parametrize("path", ["/chat", "/"])
async def test_a_missing_key_is_told_once(path: str) -> None:
    """With what to do."""
    async with Agents({path: private}) as server:
        code, out, _ = await typed("probe", server.url + path, COLUMNS="200")
    assert (code, out.count("-H "), "--data" in out) == (1, 1, False)
