"""`scenario init`: a first scenario file and a pytest file."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from scenario.agents.remote.agent import RemoteAgent
from scenario.atomic_file import write_atomically
from scenario.cli.exit_codes import help_of
from scenario.config import in_force
from scenario.errors import ConfigurationError
from scenario.files.loading import load
from scenario.llm.resolve import ModelSettings, resolve_model
from scenario.protocols.registry import AUTO, check_name

_EXAMPLES = """\b
Examples:
  scenario init
  scenario init --url http://localhost:8000/chat
  scenario init --url https://agent.example/chat --header 'Authorization=Bearer $env.AGENT_TOKEN'
  scenario init --url http://localhost:8000/chat --protocol openai-chat --folder tests/scenarios
  scenario init --url http://localhost:8000/chat --checks-only

"""

_SCENARIO: Final = """\
# Run it:  scenario run {file}
# Editors complete this file after `scenario schema -o {schema}`.
# yaml-language-server: $schema=scenario.schema.json
name: {name}
description: {description}
agent:
  url: {url}
{more}\
{played}\
"""
_CHECKS: Final = """\
  - user: {opening}
  - agent
  # These need no model: the answer came whole, it has text, and it began within so many seconds.
  - check: {{outcome: complete, longer_than: 0, ttft_below: 10}}
  # Nor do these: what it says, what it calls, whether its stream keeps the rules.
  # - check: {{text_contains: [Paris], matches: '\\d+ °C', tool_called: get_weather, stream_conforms: true}}
"""
_WITH_MODELS: Final = """\
user: {user}
judge:
{criteria}\
script:
{checks}\
  # A model goes on as the user, and another judges what no function can tell.
  - proceed: 2
  - judge
"""
_CHECKS_ONLY: Final = """\
# A model (`scenario doctor` shows which would be used) can play the user, and judge what no function can tell:
# user: {user}
# judge:
{criteria}\
script:
{checks}\
  # - proceed: 2
  # - judge
  - succeed  # with a judge, its verdict decides: leave this line out
"""
_TEST: Final = '''\
"""The scenario files beside this one, each as a test."""

import asyncio
from pathlib import Path

import pytest
from scenario.files import ScenarioCase, load


@pytest.mark.parametrize("case", load(Path(__file__).parent), ids=str)
def test_scenario(case: ScenarioCase) -> None:
    result = asyncio.run(case.run())
    assert result.success, result.reasoning
'''


@click.command(epilog=_EXAMPLES + help_of("init"))
@click.option("--url", metavar="URL", help="Where the agent answers; asked for where it is left out.")
@click.option("--protocol", metavar="NAME", default=AUTO, help="How it speaks; found out where it is left out.")
@click.option("--header", "headers", multiple=True, metavar="NAME=VALUE", help="Sent with each request.")
@click.option("--name", metavar="NAME", default="first", help="Of the scenario.  [default: first]")
@click.option("--criterion", "criteria", multiple=True, metavar="TEXT", help="What the conversation must meet.")
@click.option(
    "--checks-only/--with-models",
    default=None,
    help="Whether no model plays the user or judges.  [default: by whether one is found, the embedded one aside]",
)
@click.option("--folder", type=click.Path(path_type=Path), default=Path("scenarios"), help="[default: scenarios]")
@click.option("--force", is_flag=True, help="Write over files that are there.")
def init(
    url: str | None,
    protocol: str,
    headers: tuple[str, ...],
    name: str,
    criteria: tuple[str, ...],
    folder: Path,
    *,
    checks_only: bool | None,
    force: bool,
) -> None:
    """Write a first scenario file and a pytest file for your agent. Nothing is written over without --force."""
    description = "A customer asks the agent for help."
    opening = "Hi, what can you do for me?"
    if url is None:
        if not sys.stdin.isatty():
            raise click.UsageError("Nobody can be asked here: give --url.")
        url = click.prompt("Where does your agent answer? (URL)", default="http://localhost:8000/chat")
        description = click.prompt("What is the situation?", default=description)
        opening = click.prompt("What does the user say first?", default=opening)
        criteria = criteria or (click.prompt("What must the conversation meet?", default=_CRITERIA[0]),)
    if protocol != AUTO:
        try:
            check_name(protocol)
        except ConfigurationError as error:
            raise click.BadParameter(str(error), param_hint="--protocol") from error
    parsed = dict(_header(header) for header in headers)
    RemoteAgent(
        str(url), protocol=protocol, headers=parsed
    )  # what is wrong with them is said before anything is written
    file, test = folder / f"{_file_name(name)}.yaml", folder / "test_scenarios.py"
    _refuse_existing(file, test, force=force)
    more = "" if protocol == AUTO else f"  protocol: {protocol}\n"
    more += "".join(
        ["  headers:\n", *(f"    {json.dumps(key)}: {json.dumps(value)}\n" for key, value in parsed.items())]
        if parsed
        else []
    )
    why_bare = _why_bare() if checks_only is None else ""
    bare = bool(why_bare) if checks_only is None else checks_only
    text = _SCENARIO.format(
        file=file.as_posix(),
        schema=(folder / "scenario.schema.json").as_posix(),
        name=json.dumps(name, ensure_ascii=False),
        description=json.dumps(description, ensure_ascii=False),
        url=json.dumps(url),
        more=more,
        played=_played(opening, criteria or _CRITERIA, checks_only=bare),
    )
    write_atomically(file, text.encode())
    write_atomically(test, _TEST.encode())
    load(file)
    click.echo(f"Written: {file}\nWritten: {test}\n\nNext:\n  scenario run {file}\n  pytest {test}")
    click.echo("  scenario doctor          shows which model plays user and judge")
    if why_bare:
        click.echo(f"\n{why_bare}")


_CRITERIA: Final = (
    "The agent answers what it was asked",
    "The agent does not ask for what it was already told",
)


_ADDED: Final = (
    "A judge would add a verdict on what no function can tell (its lines are in the file, as comments), and a "
    "simulated user a conversation of several turns. For both, set OPENAI_API_KEY or ANTHROPIC_API_KEY, or "
    "OPENAI_BASE_URL to a server of your own; --with-models writes them in any case."
)


def _played(opening: str, criteria: Sequence[str], *, checks_only: bool) -> str:
    """Who takes part, and the script."""
    mark = "# " if checks_only else ""
    return (_CHECKS_ONLY if checks_only else _WITH_MODELS).format(
        user=json.dumps("A friendly customer who writes short messages"),
        criteria="".join(f"{mark}  - {json.dumps(one, ensure_ascii=False)}\n" for one in criteria),
        checks=_CHECKS.format(opening=json.dumps(opening, ensure_ascii=False)),
    )


def _why_bare() -> str:
    """Why no model is to judge, and what one would add; "" where there is one that is fit to."""
    from scenario.llm.participant_model import open_model

    try:
        target = resolve_model(ModelSettings(), os.environ, in_force().default_model, who="user and judge")
    except ConfigurationError:
        return f"No model is found here: the file has checks alone, which need none. {_ADDED}"
    if open_model(target).profile.judge != "log-odds":
        return ""
    return (
        "The only model that is found here is the embedded one. As a judge it is experimental and leaves most criteria "
        f"undecided, so the file has checks alone, which need none. {_ADDED}"
    )


def _header(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name.strip():
        raise click.BadParameter(f"{given!r}: write it as NAME=VALUE.", param_hint="--header")
    return name.strip(), value.strip()


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name.lower()).strip("-_") or "first"


def _refuse_existing(*files: Path, force: bool) -> None:
    there = [str(file) for file in files if file.exists()]
    if there and not force:
        raise ConfigurationError(f"{' and '.join(there)} would be written over. Name another --folder, or use --force.")
