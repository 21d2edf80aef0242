"""`scenario list`, `show`, `export` and `prune`, as they are typed."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from scenario.cli.main import main
from scenario.dialogue.events import (
    CallFinished,
    CallStarted,
    ExchangeRecorded,
    RunFinished,
    RunStarted,
    TurnStarted,
)
from scenario.store.invocation import Invocation
from scenario.store.origin import Origin
from scenario.store.writer import StoreWriter
from scenario.types import AgentRole
from tests.store.stored_runs import a_run, streamed

HOSTILE = "\x1b[2J\x1b]0;owned\x07 \u202egnp.exe <script>alert(1)</script> \x9b31m"


def scenario(folder: Path, *arguments: str) -> Result:
    """The command's answer, in this process."""
    return CliRunner().invoke(main, [*arguments, "--store", str(folder)])


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A store with two invocations: one with a run that passed and one that failed, and one with a single run."""
    started = {"started": 1_760_000_000.0, "source": "run"}
    with StoreWriter(tmp_path, invocation=Invocation(uid="a" * 32, command="scenario run shop", **started)) as writer:
        for event in a_run("11aa", name="refund"):
            writer(event)
        for event in a_run("22bb", name="order", success=False):
            writer.of(Origin(file="shop/order.yaml", parameters={"city": "Rome"}))(event)
    with StoreWriter(tmp_path, invocation=Invocation(uid="b" * 32, command="scenario run one", **started)) as writer:
        for event in a_run("33cc", name="single", answer="It \x1b[31mrains"):
            writer(event)
    return tmp_path


@pytest.mark.parametrize("command", ["list", "show", "export", "prune"])
def test_each_command_has_help_with_examples(command: str) -> None:
    """The help of each command ends with commands that can be copied."""
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert f"  scenario {command} " in result.output.partition("Examples:")[2]
    assert f"  {command} " in CliRunner().invoke(main, ["--help"]).output


def test_show_has_what_came_of_an_answer_that_was_cut(tmp_path: Path) -> None:
    """The text is the evidence; the error stands below it."""
    cut = msgspec.structs.replace(streamed("Hi", "It is twenty"), outcome="truncated")
    agent = {"run_id": "44dd", "call_id": 1, "turn": 0, "agent": "Agent"}
    with StoreWriter(tmp_path) as writer:
        writer(RunStarted(run_id="44dd", at=0, name="cut", description="", thread_id="t"))
        writer(TurnStarted(run_id="44dd", at=0, turn=0))
        writer(CallStarted(at=0.1, role=AgentRole.AGENT, **agent))
        writer(ExchangeRecorded(run_id="44dd", at=0.3, turn=0, exchange=cut, call_id=1))
        writer(
            CallFinished(at=0.3, role=AgentRole.AGENT, seconds=0.2, error="TruncatedReplyError: no end came", **agent)
        )
        writer(RunFinished(run_id="44dd", at=0.4, error="TruncatedReplyError: no end came", fault="agent"))
    lines = scenario(tmp_path, "show", "last").output.splitlines()
    assert "Agent      It is twenty" in lines
    assert lines[lines.index("Agent      It is twenty") + 1].strip() == "TruncatedReplyError: no end came"


def test_list_says_how_many_more_there_are(stored: Path) -> None:
    """Nobody takes the newest few for all of them; where all are listed, nothing is said."""
    assert scenario(stored, "list", "--limit", "1").output.endswith("and 1 invocation and 2 scenarios more (--limit)\n")
    assert "and 1 scenario more (--limit)" in scenario(stored, "list", "aaaa", "--limit", "1").output
    assert "more" not in scenario(stored, "list", "--limit", "3").output


def test_list_shows_invocations_and_scenarios(stored: Path) -> None:
    """The newest come first: what was called, how it went, and each scenario with the id that `show` takes."""
    lines = scenario(stored, "list").output.splitlines()
    assert re.match(r"bbbbbbbb  .*scenario run one +1 passed$", lines[0])
    assert re.match(r"aaaaaaaa  .*scenario run shop +1 passed, 1 failed$", lines[1])
    assert [line.split()[0] for line in lines[3:]] == ["33cc", "22bb", "11aa"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["-k", "ORDER"], ["22bb"]),
        (["--status", "failed"], ["22bb"]),
        (["--status", "passed", "--limit", "1"], ["33cc"]),
        (["aaaa"], ["22bb", "11aa"]),
        (["last"], ["33cc"]),
        (["-k", "nothing"], []),
    ],
)
def test_list_filters(stored: Path, arguments: list[str], found: list[str]) -> None:
    """Scenarios are listed by text, status, number and invocation."""
    result = scenario(stored, "list", *arguments, "--json")
    assert [row["run_id"] for row in json.loads(result.output)["scenarios"]] == found


def test_show_tells_the_conversation_its_timing_and_the_verdict(stored: Path) -> None:
    """A run is shown as it went: who said what, what the wire measured, which criterion failed and why."""
    output = scenario(stored, "show", "22").output
    for part in (
        "order  failed", "shop/order.yaml", "city=Rome", "User       What is the weather in Paris today? (0)",
        "Agent      It is sunny in Paris", "TTFT 210 ms", "15 events", "✗ The agent tells the weather", "It says so.",
        "“sunny”, message 2", "It is not met.",
    ):  # fmt: skip
        assert part in output


def test_show_of_an_invocation_lists_its_scenarios_or_shows_the_only_one(stored: Path) -> None:
    """An invocation with several scenarios lists them; one with a single scenario shows it."""
    assert "11aa" in scenario(stored, "show", "aaaa").output
    assert "single  passed" in scenario(stored, "show", "last").output


def test_show_bytes_shows_each_piece_with_its_time(stored: Path) -> None:
    """The raw stream is shown as it came, and nothing in it is executed."""
    output = scenario(stored, "show", "33", "--bytes", "1").output
    assert re.search(r'^ +210\.1 ms  data: \{"choices".*"It"', output, re.MULTILINE)
    assert "\x1b" not in output
    assert "\\x1b[31mrains" in output


def test_show_json_is_the_whole_record(stored: Path) -> None:
    """The JSON has the conversation, the verdict and the timing."""
    told = json.loads(scenario(stored, "show", "22", "--json").output)
    assert told["scenario"]["status"] == "failed"
    assert told["messages"][1]["message"]["role"] == "assistant"
    assert told["verdicts"][0]["result"]["quote"] == "sunny"
    assert told["exchanges"][0]["exchange"]["timing"]["first_content"] == 0.21


def test_nothing_an_agent_says_reaches_the_terminal(tmp_path: Path) -> None:
    """Names, messages, criteria and commands full of escape sequences are shown, not executed, by every command."""
    invocation = Invocation(uid="a" * 32, started=1.0, source="run", command=HOSTILE)
    with StoreWriter(tmp_path, invocation=invocation) as writer:
        for event in a_run("aa", name=HOSTILE, answer=HOSTILE, question=HOSTILE, wire=False):
            writer.of(Origin(test=HOSTILE, parameters={HOSTILE: HOSTILE}))(event)
    for arguments in (["list"], ["show", "aa"], ["show", "last"], ["list", "--json"], ["show", "aa", "--json"]):
        result = scenario(tmp_path, *arguments)
        assert result.exit_code == 0, result.output
        for sign in "\x1b\x07\u202e\x9b":
            assert sign not in result.output, (arguments, sign)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "zz"], "`scenario list` shows them"),
        (["show", "11", "--bytes", "9"], "2 calls over the wire"),
        (["show", "aaaa", "--bytes", "1"], "one scenario"),
        (["export", "aaaa", "--format", "raw"], "Give its id"),
        (["export", "11", "--exchange", "1"], "--format raw"),
        (["prune"], "--older-than"),
        (["prune", "--older-than", "soon"], "30d"),
        (["prune", "--keep", "1", "--passed-only", "--failed-only"], "exclude"),
        (["list", "11"], "scenario show 11"),
    ],
)
def test_what_is_wrong_is_told_with_its_remedy(stored: Path, arguments: list[str], said: str) -> None:
    """Each mistake ends with exit code 2 and says what to do instead."""
    result = scenario(stored, *arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_without_a_store_the_commands_say_how_to_get_one(tmp_path: Path) -> None:
    """Where nothing was stored, each command says how something is, and makes nothing."""
    for arguments in (["list"], ["show", "last"], ["export", "last"], ["prune", "--keep", "1"]):
        result = scenario(tmp_path / "none", *arguments)
        assert (result.exit_code, "--scenario-store" in result.output) == (2, True)
    assert not (tmp_path / "none").exists()


def test_export_writes_a_run_as_json(stored: Path, tmp_path: Path) -> None:
    """The exported document has everything, bytes as base64."""
    assert scenario(stored, "export", "11", "-o", str(tmp_path / "run.json")).exit_code == 0
    told = json.loads((tmp_path / "run.json").read_text())
    sent = told["exchanges"][0]["exchange"]["chunks"]
    body = b"".join(base64.b64decode(chunk["data"]) for chunk in sent)
    assert body == streamed("", told["messages"][1]["text"]).body
    assert told["exchanges"][0]["exchange"]["events"]
    assert not told["exchanges"][0]["exchange"]["reply"]["events"]
    assert told["result"]["success"] is True


def test_export_writes_an_invocation(stored: Path) -> None:
    """An invocation is one document, or a line to each of its scenarios, the oldest first."""
    told = json.loads(scenario(stored, "export", "aaaa").output)
    assert told["invocation"]["command"] == "scenario run shop"
    lines = scenario(stored, "export", "aaaa", "--format", "jsonl").output.splitlines()
    assert [json.loads(line)["scenario"]["run_id"] for line in lines] == ["11aa", "22bb"]
    assert [each["scenario"]["run_id"] for each in told["scenarios"]] == ["11aa", "22bb"]


def test_export_raw_is_what_the_agent_sent(stored: Path) -> None:
    """Raw bytes are exactly those of the response."""
    expected = streamed("", "It is sunny in Paris, with 21 degrees and a light wind from the west.").body
    assert scenario(stored, "export", "11", "--format", "raw", "--exchange", "2").stdout_bytes == expected
    assert scenario(stored, "export", "11", "--format", "raw").stdout_bytes == 2 * expected


def test_prune_says_what_goes(stored: Path) -> None:
    """A dry run says what would go, and leaves it; without it, it goes."""
    assert scenario(stored, "prune", "--keep", "0", "--failed-only", "--dry-run").output == (
        "Would delete 1 scenario, 0 whole invocations.\n"
    )
    assert scenario(stored, "prune", "--keep", "1").output.startswith("Deleted 2 scenarios, 1 whole invocation: ")
    assert "22bb" not in scenario(stored, "list").output


def test_the_environment_names_the_store(stored: Path) -> None:
    """The command as a process of its own finds the store that SCENARIO_STORE names."""
    environ = {**os.environ, "SCENARIO_STORE": str(stored)}
    command = [sys.executable, "-c", "from scenario.cli.main import main; main()", "list", "-k", "refund"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("11aa")


def test_a_status_that_there_was_once_is_answered_with_those_that_there_are(stored: Path) -> None:
    """Exit code 2, and the new words; any other word is refused with the list."""
    old = scenario(stored, "list", "--status", "errored")
    assert old.exit_code == 2
    for word in ("'errored'", "'failed'", "'invalid'", "'undecided'"):
        assert word in old.output
    assert "passed, failed, undecided, invalid" in " ".join(scenario(stored, "list", "--status", "odd").output.split())
    assert scenario(stored, "list", "--status", "invalid", "--status", "undecided").exit_code == 0
