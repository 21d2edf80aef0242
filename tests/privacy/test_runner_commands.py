"""What an agent says is no command to the machine of a CI service, wherever it is printed there."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings, strategies as st

import scenario
from scenario.cli.main import main
from scenario.report.terminal.runner_commands import Unobeyed, reads_commands, unobeyed_stream, unobeyed_text

pytest_plugins = ["pytester"]

SERVICES = [
    {"GITHUB_ACTIONS": "true"},
    {"GITLAB_CI": "true"},
    {"TF_BUILD": "True"},
    {"TEAMCITY_VERSION": "2026.1"},
    {"BUILDKITE": "true"},
]
COMMANDS = [
    "::debug::harmless",
    "::notice file=a,line=1::harmless",
    "##[group]harmless",
    "##vso[task.debug]harmless",
    "##teamcity[message text='harmless']",
    "section_start:1700000000:harmless",
    "--- harmless",
    "+++ harmless",
    "~~~ harmless",
]
ENDS = ["\n", "\r", "\r\n", "\v", "\x85", "\u2028"]
BEFORE = ["", " ", "\t", "\x1b[31m", "\ufeff", "\u200b", "\x00", "\xa0"]


@pytest.mark.parametrize("environ", SERVICES, ids=lambda environ: next(iter(environ)))
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_text(environ: dict[str, str], command: str) -> None:
    """At a line's begin, after whatever a service passes over; and it can be read as it was."""
    for end in ENDS:
        for before in BEFORE:
            text = unobeyed_text(f"He says:{end}{before}{command}", environ)
            assert command not in text
            assert text.replace(" ", "") == f"He says:{end}{before}{command}".replace(" ", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_elsewhere_it_is_printed_as_it_is(command: str) -> None:
    """On a developer's machine nobody obeys it; and the stream itself is written to."""
    stream = io.StringIO()
    assert unobeyed_text(command, {"CI": "true"}) == command
    assert unobeyed_stream(stream, {"CI": "true"}) is stream
    assert not reads_commands({"GITHUB_ACTIONS": "false", "BUILDKITE": ""})


@settings(max_examples=300, deadline=None)
@given(
    parts=st.lists(
        st.sampled_from([*COMMANDS, *ENDS, *BEFORE, "text", ":", "#", "-", "##v", "so[", "sect"]), max_size=12
    ),
    cuts=st.lists(st.integers(1, 7), min_size=1),
)
def test_no_command_is_made_of_two_pieces(parts: list[str], cuts: list[int]) -> None:
    """However the text is cut on its way to the stream: the printed text holds no command any more."""
    text, printed, position, index, unobeyed = "".join(parts), [], 0, 0, Unobeyed()
    while position < len(text):
        length = cuts[index % len(cuts)]
        printed.append(unobeyed.text(text[position : position + length]))
        position, index = position + length, index + 1
    whole = "".join(printed)
    assert unobeyed_text(whole, SERVICES[0]) == whole
    assert whole.replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("text", ["a::b", "a -- b\n- item\n-- x", "## [x]", "1:2", "C++", "a ---\n"])
def test_what_is_no_command_stays(text: str) -> None:
    """Marks within a line, lists, and the like."""
    assert unobeyed_text(text, SERVICES[0]) == text


class Talker(scenario.AgentAdapter):
    """An agent that says what it is told to."""

    def __init__(self, line: str) -> None:
        self.line = line

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        return self.line


async def test_a_conversation_that_is_printed_holds_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Line by line, as `-v` shows it; and the error of a check that quotes it."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    said = "One.\n" + "\n".join(COMMANDS)
    script = [scenario.user("Hi"), scenario.agent(), scenario.checks.text_contains("##[absent]")]
    with pytest.raises(AssertionError) as failed:
        await scenario.run("r", "d", agents=[Talker(said)], script=script, verbose=True)
    printed = capsys.readouterr().out + str(failed.value)
    assert "One." in printed
    assert unobeyed_text(printed, {"GITHUB_ACTIONS": "true"}) == printed


def test_what_the_command_prints_holds_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On both of its streams, which are its caller's again afterwards."""
    out = sys.stdout
    result = CliRunner().invoke(main, ["run", str(tmp_path / "##[group]x.yaml")], env={"TF_BUILD": "True"})
    assert result.exit_code == 2
    assert "## [group]x.yaml" in result.stderr
    assert sys.stdout is out
    result = CliRunner().invoke(main, ["run", str(tmp_path / "##[group]x.yaml")], env={"TF_BUILD": None})
    assert "##[group]x.yaml" in result.stderr


def test_the_section_of_pytest_holds_none(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, errors and reasons of scenarios, in pytest's own summary."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    pytester.makepyfile(
        """
        import asyncio, scenario

        class Talker(scenario.AgentAdapter):
            async def call(self, input):
                return "##[group]harmless"

        def test_it():
            script = [scenario.user("Hi"), scenario.agent(), scenario.fail("It says ##[group]harmless")]
            result = asyncio.run(scenario.run("##[group]r", "d", agents=[Talker()], script=script))
            assert not result.success
        """
    )
    told = pytester.runpytest_subprocess("-p", "scenario.pytest_plugin", "-v").stdout.str()
    section = told[told.index("= scenarios =") :]
    assert "## [group]" in section
    assert "##[group]" not in section
