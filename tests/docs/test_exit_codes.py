"""One table of exit codes: what the code says, what each command's help says, and what the page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from scenario import __main__ as start
from scenario.cli import exit_codes
from scenario.cli.exit_codes import MEANINGS, OF_COMMANDS, code_of, codes_of, first_of
from scenario.cli.main import COMMANDS, main
from scenario.cli.stop_signals import code_of_signal
from scenario.record.ending import OUTCOMES

PAGE = (Path(__file__).parents[2] / "docs" / "exit-codes.md").read_text(encoding="utf-8")


def all_commands() -> Iterator[tuple[str, click.Command]]:
    """Each command by what is typed, those below `models` too."""
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                below = command.get_command(context, inner)
                assert below is not None
                yield f"{name} {inner}", below


def test_every_command_has_its_codes() -> None:
    """None is forgotten, and none is there that is no command."""
    names = [name for name, _ in all_commands()]
    assert sorted(names) == sorted(OF_COMMANDS)
    assert set(COMMANDS) <= set(names)


@pytest.mark.parametrize("name", sorted(OF_COMMANDS))
def test_the_help_of_each_command_names_the_codes_that_it_can_end_with(name: str) -> None:
    """With what they mean, a line to each, and no code that the table lacks."""
    out = CliRunner().invoke(main, [*name.split(), "--help"]).output
    said = out[out.index("Exit codes") :]
    told = re.findall(r"^ {4}(\d+) +(\S.*)$", said, re.MULTILINE)
    codes = codes_of(name)
    assert [int(code) for code, _ in told] == list(codes)
    assert [words for _, words in told] == [words.splitlines()[0] for words in codes.values()]
    assert set(codes) <= set(MEANINGS)
    assert max(map(len, said.splitlines())) <= 90


def test_the_help_of_all_has_the_table() -> None:
    """`scenario --help`."""
    out = CliRunner().invoke(main, ["--help"]).output
    assert re.findall(r"^ {4}(\d+) +(\S.*)$", out[out.index("Exit codes") :], re.MULTILINE) == [
        (str(code), words) for code, words in MEANINGS.items()
    ]


def test_the_page_has_the_table() -> None:
    """Each code with its meaning, and each command with its codes."""
    for code, words in MEANINGS.items():
        assert f"| {code} | {words} |\n" in PAGE
    for name in OF_COMMANDS:
        if name != "models":
            assert f"| `scenario {name}` | {', '.join(map(str, codes_of(name)))} |\n" in PAGE
    rows = re.findall(r"^\| (\w+) \| .* \| (\d) \| .*\|$", PAGE, re.MULTILINE)
    assert {outcome for outcome, _ in rows} == set(OUTCOMES)
    assert ("undecided", str(exit_codes.UNDECIDED)) in rows


def test_the_page_is_linked_where_codes_are_told() -> None:
    """From the README, and from the guide to scenario files."""
    root = Path(__file__).parents[2]
    assert "(docs/exit-codes.md)" in (root / "README.md").read_text(encoding="utf-8")
    assert "(exit-codes.md)" in (root / "docs" / "scenario-files.md").read_text(encoding="utf-8")


def test_no_command_has_numbers_of_its_own() -> None:
    """What a process ends with stands in the table alone; only the two that end before it can be read repeat it."""
    folder = Path(exit_codes.__file__).parent
    literal = re.compile(r"(?:sys\.exit|ctx\.exit|os\._exit|exit_code\s*=)\s*\(?\s*\d")
    found = [path.name for path in folder.glob("*.py") if literal.search(path.read_text(encoding="utf-8"))]
    assert found == []
    codes = {int(code) for code in re.findall(r"sys\.exit\((\d+)\)", Path(start.__file__).read_text(encoding="utf-8"))}
    assert codes == {exit_codes.INTERRUPTED, exit_codes.USAGE}


def test_of_several_the_first_counts() -> None:
    """1 before 2 before 3 before 4 before 5; 0 only where there is nothing else."""
    assert [first_of(codes) for codes in ([], [0, 0], [5, 0], [5, 4], [3, 5], [3, 2, 5], [0, 5, 3, 2, 1])] == [
        0, 0, 5, 4, 3, 2, 1,
    ]  # fmt: skip


def test_only_what_the_agent_did_is_1() -> None:
    """Each way to end has its code."""
    assert {outcome: code_of(outcome, "judge") for outcome in OUTCOMES} == {
        "passed": 0, "failed": 1, "undecided": 5, "invalid": 3, "cancelled": 3,
    }  # fmt: skip
    assert [code_of("invalid", fault) for fault in ("test", "configuration")] == [2, 2]


def test_signals_are_told_as_shells_tell_them() -> None:
    """128 and the signal's number."""
    assert [code_of_signal(number) for number in (1, 2, 13, 15)] == [
        exit_codes.HUNG_UP,
        exit_codes.INTERRUPTED,
        exit_codes.UNREAD,
        exit_codes.TERMINATED,
    ]
