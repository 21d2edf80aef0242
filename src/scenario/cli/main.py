"""The command `scenario`: finds its subcommands, and turns errors into one message and an exit code.

Which exit codes there are, and what they mean, is told in `scenario.cli.exit_codes`.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from scenario._version import __version__
from scenario.cli.exit_codes import INFRASTRUCTURE, INTERRUPTED, UNREAD, code_of_error, help_of
from scenario.cli.uncollected import uncollected
from scenario.errors import ScenarioError
from scenario.report.terminal.runner_commands import unobeyed_output

# Where each command is, and what the list of commands says about it without importing it.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "run": ("scenario.cli.run:run", "Run scenario files: YAML, TOML or JSON."),
    "init": ("scenario.cli.init:init", "Write a first scenario file and a pytest file for your agent."),
    "generate": ("scenario.cli.generate:generate", "Propose scenario files from what is known of your agent."),
    "schema": ("scenario.cli.schema:schema", "Print the JSON Schema of scenario files, for editors."),
    "completion": ("scenario.cli.completion:completion", "Print the script with which bash, zsh or fish complete."),
    "doctor": ("scenario.cli.doctor:doctor", "Show which model would be used, and what is missing."),
    "probe": ("scenario.cli.probe:probe", "Find out how an agent behind a URL is spoken to."),
    "lint": ("scenario.cli.lint:lint", "Check a stream, live or recorded, against the rules of its dialect."),
    "demo": ("scenario.cli.demo:demo", "Test the bundled streaming agent and show what comes out."),
    "models": ("scenario.cli.models:models", "Fetch, list, check and remove the models that run on this machine."),
    "list": ("scenario.cli.list_runs:list_runs", "List the invocations and scenarios in the store."),
    "show": ("scenario.cli.show:show", "Show a stored run: conversation, verdict, timing, bytes."),
    "export": ("scenario.cli.export:export", "Write stored runs as JSON, JSON lines or raw bytes."),
    "freeze": ("scenario.cli.freeze:freeze", "Write a stored run as a scripted regression: pytest or YAML."),
    "shrink": ("scenario.cli.shrink:shrink", "Find the fewest turns of a stored run that still fail the same way."),
    "report": ("scenario.cli.report:report", "Write stored runs as Markdown, HTML, JUnit XML or JSON."),
    "compare": ("scenario.cli.compare:compare", "Hold two invocations against each other: what got worse."),
    "judge": ("scenario.cli.judge:judge", "Find out how often the judge is wrong; judge stored runs again."),
    "label": ("scenario.cli.label:label", "Say which criteria of stored runs are met, to calibrate a judge by."),
    "cassette": ("scenario.cli.cassette:cassette", "Look into recorded calls, check them, make them of stored runs."),
    "serve": ("scenario.cli.serve:serve", "Serve recorded calls as an agent, for front ends and other tools."),
    "view": ("scenario.cli.view:view", "Look at stored runs in a browser, while they happen and after."),
    "prune": ("scenario.cli.prune:prune", "Delete old runs from the store."),
}

_EXAMPLES = f"""\b
Examples:
  scenario demo
  scenario init --url http://localhost:8000/chat
  scenario run scenarios/
  scenario models list
  scenario models pull qwen2.5-coder-1.5b-instruct

{help_of()}"""


class LazyGroup(click.Group):
    """A group that imports a command when it is used, so that `scenario --help` is quick.

    Args:
        lazy: for each command "module:attribute" and its short help.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in order."""
        return sorted({*super().list_commands(ctx), *self._lazy})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None where there is none."""
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        module, attribute = self._lazy[cmd_name][0].split(":")
        with uncollected():
            command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is our own
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        rows = [(name, self._short_help(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _short_help(self, ctx: click.Context, name: str) -> str:
        if name in self._lazy:
            return self._lazy[name][1]
        command = self.get_command(ctx, name)
        return command.get_short_help_str() if command is not None else ""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the program: nothing that it prints of an agent's is a command to a CI service."""
        with unobeyed_output(os.environ):
            return super().main(*args, **extra)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the arguments; click would exit 1 where the help cannot be written, or at an interrupt."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except KeyboardInterrupt as error:
            raise click.exceptions.Exit(INTERRUPTED) from error
        except OSError as error:
            raise click.exceptions.Exit(_refused_by_the_machine(error)) from error

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what it raises becomes one message and an exit code."""
        try:
            result: object = super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort) as error:
            if isinstance(error, click.Abort):
                click.echo(err=True)  # the question that was not answered stands on a line without an end
            ctx.exit(INTERRUPTED)
        except click.FileError as error:
            # click would exit 1, which says that a scenario failed.
            raise click.UsageError(error.format_message()) from error
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            if ctx.params.get("traceback"):
                raise
            ctx.exit(_told(error))
        return result


def _told(error: Exception) -> int:
    """Say what went wrong; the exit code of it."""
    if isinstance(error, ScenarioError):
        click.echo(f"Error: {error}", err=True)
        return code_of_error(error)
    if isinstance(error, OSError):
        return _refused_by_the_machine(error)
    # Whatever else arrives here is a fault of ours, and a user can do nothing with its traceback.
    kind = type(error).__name__
    click.echo(f"Error in Scenario itself ({kind}): {error}. Please report it with --traceback.", err=True)
    return INFRASTRUCTURE


def _refused_by_the_machine(error: OSError) -> int:
    """Say what the machine refused; the exit code of it."""
    if not isinstance(error, BrokenPipeError):
        click.echo(f"Error: {error}. It is this machine that refused; --traceback shows where.", err=True)
        return INFRASTRUCTURE
    # click would exit 1, which says that a scenario failed. Python writes what is left at its end, and would complain
    # once more: it goes nowhere.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return UNREAD


@click.group(cls=LazyGroup, lazy=COMMANDS, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="scenario")
@click.option("--traceback", is_flag=True, help="Show where in the code an error came from.")
def main(traceback: bool) -> None:
    """Test AI agents the way their users meet them."""
    del traceback  # read from the context, where errors are shown
