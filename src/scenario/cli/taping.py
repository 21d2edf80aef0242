"""What the command line says of cassettes, and what it tells of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from scenario.cassette.tapes import in_effect, may_be_played
from scenario.config import NOT_GIVEN
from scenario.config.cassette import MATCHES, MODE_VARIABLE, MODES, Cassette, check_mode_of_option
from scenario.files.building import Overrides, agent_block, needs_judge, needs_user
from scenario.files.case import ScenarioCase
from scenario.report.terminal.lines import counted

Function = TypeVar("Function", bound=Callable[..., Any])


class CassetteOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options, as they were given."""

    cassette: Cassette | None = None
    mode: str | None = None


def cassette_options(function: Function) -> Function:
    """The options of a command that runs scenarios; `options_of` reads them."""
    options = [
        click.option(
            "--cassette",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Record agent and models into this file, and play what is recorded.",
        ),
        click.option(
            "--cassette-mode",
            type=click.Choice(MODES),
            help="record: all anew. replay: no socket, and what is not recorded is an error.  [default: auto]",
        ),
        click.option("--cassette-match", type=click.Choice(MATCHES), help="How calls are found.  [default: content]"),
        click.option(
            "--cassette-speed",
            metavar="SPEED",
            help="instant, recorded, or so many times as fast.  [default: instant]",
        ),
        click.option(
            "--cassette-ignore", multiple=True, metavar="PATH", help="A JMESPath in requests that does not count."
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def options_of(
    cassette: Path | None, mode: str | None, match: str | None, speed: str | None, ignore: Sequence[str]
) -> CassetteOptions:
    """What the options say.

    Raises:
        ConfigurationError: one of them has no meaning, or the environment says another mode.
        UsageError: one of them has no effect.
    """
    check_mode_of_option("--cassette-mode", mode, os.environ)
    if cassette is None:
        others = {"--cassette-match": match, "--cassette-speed": speed, "--cassette-ignore": ignore}
        for name, other in others.items():
            if other:
                raise click.UsageError(f"{name} goes with --cassette FILE.")
        return CassetteOptions(mode=mode)
    given = Cassette(
        str(cassette),
        mode=mode or "auto",  # type: ignore[arg-type]
        match=match or "content",  # type: ignore[arg-type]
        ignore=tuple(ignore),
        speed=_speed(speed),
    )
    return CassetteOptions(cassette=given)


def _speed(given: str | None) -> Any:
    if given is None:
        return "instant"
    try:
        return float(given)
    except ValueError:
        return given


def cassettes_of(cases: Iterable[ScenarioCase], overrides: Overrides) -> list[Cassette]:
    """The cassettes of scenarios that are in effect, each once.

    Raises:
        UsageError: there is a mode, and no cassette; or all is to be played, and one of them would be asked live.
    """
    given = [(case, case.cassette(overrides)) for case in cases]
    found = dict.fromkeys(one for _, one in given if one is not NOT_GIVEN)
    remedy = "Give --cassette FILE, or `cassette:` in the file."
    if not found and overrides.cassette_mode is not None:
        raise click.UsageError(f"--cassette-mode: none of these scenarios has a cassette. {remedy}")
    mode = overrides.cassette_mode or os.environ.get(MODE_VARIABLE)
    live = [case.name for case, one in given if one is NOT_GIVEN and _is_wired(case)]
    if mode == "replay" and live:
        asked = f"{MODE_VARIABLE}=replay" if overrides.cassette_mode is None else "--cassette-mode replay"
        more = f" and {len(live) - 3} more" if len(live) > 3 else ""
        raise click.UsageError(
            f"{asked} opens no socket, and {', '.join(map(repr, live[:3]))}{more} would be asked live, without a "
            f"cassette. {remedy}"
        )
    return [one for given in found if (one := in_effect(given, os.environ)) is not None]


def _is_wired(case: ScenarioCase) -> bool:
    """Whether somebody of a scenario is asked over the network; an agent may have a cassette of its own."""
    block, agent = case.block, agent_block(case.block)
    return (agent.url is not None and agent.cassette is None) or needs_judge(block) or needs_user(block)


def needs_network(case: ScenarioCase, overrides: Overrides) -> bool:
    """Whether the network's packages are loaded before a scenario is run."""
    cassette = case.cassette(overrides)
    return cassette is NOT_GIVEN or not may_be_played(cassette, os.environ)


class CassetteWatch:
    """What becomes of the cassettes of a suite.

    Args:
        cassettes: those in effect.
    """

    def __init__(self, cassettes: Sequence[Cassette]) -> None:
        self._cassettes = cassettes
        self._before = {cassette: self._held(cassette) for cassette in cassettes}

    def told(self, runs: int) -> list[str]:
        """What is to be said at the end; files that were recorded into are put in order.

        Args:
            runs: how many scenarios were run to their end.

        Raises:
            ConfigurationError: a file cannot be written.
        """
        if not self._cassettes:
            return []
        from scenario.cassette.cassette_file import CassetteFile

        said: list[str] = []
        for cassette in self._cassettes:
            if cassette.mode == "replay":
                continue
            CassetteFile(cassette.file).put_in_order()
            held = self._held(cassette)
            new = len(held - self._before[cassette])
            if held and (new or cassette.mode == "record"):
                said.append(f"Cassette: {cassette.file} holds {counted(len(held), 'scenario')}, {new} of them new.")
            elif held and runs:
                said.append(
                    f"Cassette: nothing new was recorded into {cassette.file}: what it holds is played. To ask anew: "
                    "--cassette-mode record."
                )
            elif not held and runs:
                said.append(
                    f"Cassette: nothing was recorded into {cassette.file}: no call of these scenarios goes over "
                    "Scenario's network. An agent that runs in this process is not recorded."
                )
        return said

    def _held(self, cassette: Cassette) -> frozenset[tuple[object, ...]]:
        from scenario.cassette.cassette_file import CassetteFile

        return frozenset(CassetteFile(cassette.file).blocks()) if cassette.file.exists() else frozenset()
