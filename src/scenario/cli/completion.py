"""`scenario completion`: what a shell is told to complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from scenario.cli.exit_codes import help_of
from scenario.cli.main import main

_EXAMPLES = """\b
Examples:
  eval "$(scenario completion bash)"                                        in ~/.bashrc
  eval "$(scenario completion zsh)"                                         in ~/.zshrc, after compinit
  scenario completion fish > ~/.config/fish/completions/scenario.fish

"""


@click.command(epilog=_EXAMPLES + help_of("completion"))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script with which SHELL completes commands, options and their values."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows each of these
    click.echo(kind(main, {}, "scenario", "_SCENARIO_COMPLETE").source())
