"""A scenario of a file, with one row of parameters: what can be run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from scenario.cassette.tapes import expected, may_be_played
from scenario.config import NOT_GIVEN
from scenario.config.cassette import Cassette, cassette_of
from scenario.dialogue.state import ScenarioState
from scenario.errors import ScenarioError
from scenario.files.blocks import CassetteBlock, ScenarioBlock
from scenario.files.building import Overrides, needs_judge, needs_user, participants_of, script_of
from scenario.files.node import Node, Path as Place
from scenario.runner.running import run
from scenario.runner.time_limit import within
from scenario.types import ScenarioResult


class ScenarioCase(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario of a file, checked and ready to be run, as often as you like.

    Attributes:
        name: the scenario's name, with its row of parameters.
        file: the file, from the working directory on.
        line: the line on which it begins.
        folder: the file's folder: what it names is looked for there.
        block: what the file says.
        parameters: the row of parameters; empty where there are none.
        node: the same with the lines where it says so.
        place: where the node stands in the file.
    """

    name: str
    file: str
    line: int
    folder: Path
    block: ScenarioBlock
    node: Node
    place: Place
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.file}::{self.name}"

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        return tuple(self.block.tags)

    @property
    def has_user(self) -> bool:
        """Whether a model plays the user."""
        return needs_user(self.block)

    @property
    def has_judge(self) -> bool:
        """Whether a model judges."""
        return needs_judge(self.block)

    async def run(
        self, *, verbose: bool | int | None = None, overrides: Overrides | None = None, max_time: float | None = None
    ) -> ScenarioResult:
        """Run it: the same as `scenario.run` with the agents and the script that the file describes.

        Args:
            verbose: print the conversation; None takes what is configured.
            overrides: models and seed in the place of the file's.
            max_time: seconds, where the file sets no limit of its own.

        Raises:
            ScenarioError: as `scenario.run`; a `ConfigurationError` too where a participant cannot be made.
            AssertionError: a check in the script does not hold.
        """
        block, limits = self.block, self.block.limits
        overrides = overrides or Overrides()
        cassette = self.cassette(overrides)
        token = expected.set(cassette is not NOT_GIVEN and may_be_played(cassette, os.environ))
        try:
            agents, script = self._played(overrides)
        finally:
            expected.reset(token)
        with within(limits.max_time or max_time):
            return await run(
                name=self.name,
                description=block.description,
                agents=agents,
                script=script,
                max_turns=limits.max_turns,
                min_turns=NOT_GIVEN if limits.min_turns is None else limits.min_turns,
                verbose=verbose,
                cache_key=NOT_GIVEN if block.cache_key is None else block.cache_key,
                cassette=cassette,
                set_id=block.set_id,
                metadata=block.metadata,
                parameters=self.parameters or None,
                fields=self.parameters or None,
            )

    def cassette(self, overrides: Overrides) -> Any:
        """What its calls go to: what the caller says, else the file; NOT_GIVEN where neither does.

        Raises:
            ConfigurationError: a setting of it has no meaning.
        """
        block = CassetteBlock(path=given) if isinstance(given := self.block.cassette, str) else given
        if overrides.cassette is not None:
            return overrides.cassette
        if block is None:
            return NOT_GIVEN
        settings = msgspec.structs.asdict(block)
        cassette = Cassette(**settings | {"path": str(self.folder / block.path)})
        return cassette_of(cassette, overrides.cassette_mode)

    def _played(self, overrides: Overrides) -> tuple[list[Any], list[Any] | None]:
        """Who plays, and the steps. What cannot be made fails the run, which is reported and stored as any other."""
        try:
            return participants_of(self.block, self.folder, overrides), script_of(self.block, self.folder)
        except ScenarioError as error:
            # The name `error` is gone once this block is left.
            failure = error

        def fail(_: ScenarioState) -> None:
            raise failure

        return [], [fail]
