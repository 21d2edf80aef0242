"""A stored run as a scenario whose every step is fixed: what a regression file is written of."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from scenario.files.blocks import AgentBlock, ScenarioBlock
from scenario.files.building import agent_block
from scenario.store.records import ScenarioRecord

UNKNOWN_AGENT = AgentBlock()
"""Stands where the store does not say how the agent was made."""


class FrozenRun(msgspec.Struct, frozen=True, kw_only=True):
    """A stored run, fixed.

    Attributes:
        record: the run.
        block: the scenario, with a script in which nobody speaks freely.
        folder: what the block names is looked for there.
        row: the parameters that the agent or a check of Python may read; empty where none can.
        not_known: what must hold at the end and the store does not know; empty where the script says it.
        notes: what whoever uses the file has to know, a sentence each.
    """

    record: ScenarioRecord
    block: ScenarioBlock
    folder: Path
    row: dict[str, object] = msgspec.field(default_factory=dict)
    not_known: str = ""
    notes: tuple[str, ...] = ()

    @property
    def agent(self) -> AgentBlock:
        """How the agent is made; `UNKNOWN_AGENT` where that is not known."""
        return agent_block(self.block)

    def with_agent(self, agent: AgentBlock) -> FrozenRun:
        """The same with this agent."""
        return msgspec.structs.replace(self, block=msgspec.structs.replace(self.block, agent=agent))

    @staticmethod
    def beside(path: Path, folder: Path) -> str:
        """A path from the working directory on, as a file in that folder names it."""
        return Path(os.path.relpath(path, folder)).as_posix()
