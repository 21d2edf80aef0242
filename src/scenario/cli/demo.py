"""`scenario demo`: the bundled streaming agent, tested in front of you."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import click

from scenario.errors import ConfigurationError, ModelError

if TYPE_CHECKING:
    from scenario.demo.cast import Cast

EXAMPLES = """\b
Examples:
  scenario demo
      with what is found: a key, a server, the embedded model, or rules
  scenario demo --model none
      by rules alone, with no model at all
  scenario demo --pull qwen2.5-coder-1.5b-instruct
      where no model is found, fetch the embedded one first
  OPENAI_BASE_URL=http://127.0.0.1:8000/v1 scenario demo
      any OpenAI-compatible server"""


@click.command(epilog=EXAMPLES)
@click.option("--model", metavar="MODEL", help="Who plays user and judge: provider/model, 'embedded', or 'none'.")
@click.option("--pull", metavar="NAME", help="Where no model is found, fetch this embedded one; 'none': go by rules.")
@click.option("--llm", is_flag=True, help="Let the embedded model be the agent, too; models of others are anyway.")
def demo(model: str | None, pull: str | None, llm: bool) -> None:
    """Test the bundled streaming weather agent and show the conversation, the verdict and the timing.

    The agent streams OpenAI-style chunks on a loopback port. Two scenarios are played: one that it passes, and one
    that shows what a failure looks like. Exits 0 where both end as they should.
    """
    from scenario.demo.demonstration import demonstrate

    cast = _cast(model, pull, llm)
    sys.exit(asyncio.run(demonstrate(cast, said="none" in (model, pull))))


def _cast(model: str | None, pull: str | None, llm: bool) -> Cast:
    from scenario.demo.cast import NO_MODEL, by_rules_alone, find_model, with_model
    from scenario.llm.model_name import EMBEDDED

    found = find_model(model, os.environ)
    if found is None and model != NO_MODEL and pull not in (None, NO_MODEL):
        found = _pulled(str(pull))
    if found is None:
        return by_rules_alone()
    name, how = found
    embedded = name.partition("/")[0] == EMBEDDED
    if embedded and model is None and not _can_run():
        return by_rules_alone()
    return with_model(name, how, agent_too=llm or not embedded)


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
    """Fetch the embedded model; where it cannot be had, say so and go by rules."""
    from scenario.cli.models import pull_model
    from scenario.llm.model_name import EMBEDDED

    if not _can_run():
        return None
    try:
        pull_model(name)
    except ModelError as error:
        click.echo(f"{error}\nThe demo goes on by rules.\n", err=True)
        return None
    return f"{EMBEDDED}/{name}", "--pull"
