"""`scenario demo`: the bundled streaming agent, tested in front of you."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from scenario.cli.exit_codes import help_of
from scenario.errors import ConfigurationError, ModelError
from scenario.llm.extras import INSTALL_RUNTIME

if TYPE_CHECKING:
    from scenario.demo.cast import Cast

NO_MODEL = "none"

CHOICES = f"""\
No model was found, so rules play every part. With a model, the user improvises and the judge reads. Any of these:
  OPENAI_API_KEY=… or ANTHROPIC_API_KEY=… scenario demo
  OPENAI_BASE_URL=http://127.0.0.1:8000/v1 scenario demo    any OpenAI-compatible server
  ollama serve                                              an Ollama server on this machine
  {INSTALL_RUNTIME} && scenario demo --pull qwen2.5-coder-1.5b-instruct
"""

EXAMPLES = """\b
Examples:
  scenario demo
      with what is found: a key, a server, the embedded model, or rules
  scenario demo --model none
      by rules alone, with no model at all, whatever could be found
  scenario demo --pull qwen2.5-coder-1.5b-instruct
      where no key and no server is found, with this embedded model, fetched first
  OPENAI_BASE_URL=http://127.0.0.1:8000/v1 scenario demo
      any OpenAI-compatible server
  scenario demo --serve
      the agent alone, until Ctrl-C: something to write a first test for with `scenario init --url …`

"""


@click.command(epilog=EXAMPLES + help_of("demo"))
@click.option("--model", metavar="MODEL", help="Who plays user and judge: provider/model, 'embedded', or 'none'.")
@click.option(
    "--pull",
    metavar="NAME",
    help="Where no key and no server is found, use this embedded model, and fetch it first; 'none': as --model none.",
)
@click.option("--llm", is_flag=True, help="Let the embedded model be the agent, too; models of others are anyway.")
@click.option("--serve", is_flag=True, help="Only serve the agent, for tests of your own, until Ctrl-C.")
def demo(model: str | None, pull: str | None, llm: bool, serve: bool) -> None:
    """Test the bundled streaming weather agent and show the conversation, the verdict and the timing.

    The agent streams OpenAI-style chunks on a loopback port. Two scenarios are played: one that it passes, and one
    that shows what a failure looks like. Exits 0 where both end as they should.
    """
    if serve:
        if model is not None or pull is not None or llm:
            raise click.UsageError("--serve serves the agent by rules, and nobody else plays: leave the others out.")
        asyncio.run(_served())
        return
    cast = _cast(model, pull, llm)
    from scenario.demo.demonstration import demonstrate

    sys.exit(asyncio.run(demonstrate(cast)))


async def _served() -> None:
    from scenario.demo.weather_agent import weather_agent

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        except NotImplementedError:
            break  # Windows: there, the interrupt ends the loop itself
    async with weather_agent() as url:
        click.echo(f"The agent answers at\n  {url}\nCtrl-C ends it. In another terminal:")
        click.echo(f"  scenario init --url {url}\n  scenario run")
        await stopped.wait()
    click.echo("Ended.")


def _cast(model: str | None, pull: str | None, llm: bool) -> Cast:
    from scenario.demo.cast import by_rules_alone

    _refuse_contradictions(model, pull, llm)
    if NO_MODEL in (model, pull):
        return by_rules_alone()
    found = (model, "--model") if model is not None else _found(pull)
    if found is None:
        return by_rules_alone()
    from scenario.demo.cast_with_model import with_model
    from scenario.llm.model_name import EMBEDDED

    embedded = found[0].partition("/")[0] == EMBEDDED
    return with_model(*found, agent_too=llm or not embedded)


def _refuse_contradictions(model: str | None, pull: str | None, llm: bool) -> None:
    if NO_MODEL in (model, pull):
        named = (("--model", model), ("--pull", pull))
        others = [f"{option} {value}" for option, value in named if value not in (None, NO_MODEL)]
        if others := [*others, *(["--llm"] if llm else [])]:
            raise click.UsageError(
                f"'{NO_MODEL}' is without a model: leave it out, or leave out {' and '.join(others)}."
            )
    elif model is not None and pull is not None:
        raise click.UsageError(f"--model {model} names the model, so none is fetched: leave out --pull {pull}.")


def _found(pull: str | None) -> tuple[str, str] | None:
    """The model that a key, a server or this machine's cache offers, or the fetched one, and how it was found."""
    from scenario.config import in_force
    from scenario.llm.embedded.manifest import embedded_model
    from scenario.llm.model_name import EMBEDDED
    from scenario.llm.resolve import found_model

    if pull is not None:
        embedded_model(pull)  # a name that there is not is an error, also where nothing would be fetched
    found = found_model(os.environ, in_force().default_model)
    if found is not None and found[0].partition("/")[0] != EMBEDDED:
        return found
    if pull is not None:
        return _pulled(pull)
    if found is None:
        click.echo(CHOICES)
    return found if found is not None and _can_run() else None


def _can_run() -> bool:
    """Whether the embedded model's runtime works on this machine; where it was not asked for by name, rules do."""
    from scenario.llm.embedded.machine import demand_runtime

    try:
        demand_runtime()
    except ConfigurationError as error:
        click.echo(f"{error}\nThe demo goes on by rules.\n", err=True)
        return False
    return True


def _pulled(name: str) -> tuple[str, str] | None:
    """The embedded model, fetched where it is not there; where it cannot be had, that is said, and rules do."""
    from scenario.cli.models import pull_model
    from scenario.llm.embedded.cache_folder import is_pulled
    from scenario.llm.model_name import EMBEDDED

    if not _can_run():
        return None
    if not is_pulled(name, os.environ):
        try:
            pull_model(name)
        except ModelError as error:
            click.echo(f"{error}\nThe demo goes on by rules.\n", err=True)
            return None
    return f"{EMBEDDED}/{name}", "--pull"
