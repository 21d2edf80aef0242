"""The runs that a shrinking asks for: each a shorter script, played against the agent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from scenario.cli.shrink_journal import ShrinkJournal
from scenario.files.building import Overrides
from scenario.files.case import ScenarioCase
from scenario.files.node import mapping_node
from scenario.freezing.frozen_run import FrozenRun
from scenario.freezing.sought import Sought
from scenario.freezing.turns import script_with
from scenario.record.run_record import RunRecord
from scenario.runner.seeds import seed_of
from scenario.runner.suite import Job, Suite
from scenario.shrinking.evidence import Outcome
from scenario.shrinking.search import Search, Turns

_LONGEST_REASON: Final = 300


class ShrinkRuns:
    """Plays what a search asks for, and tells it how that ended.

    Args:
        run: the whole run, fixed.
        sought: the failure that is looked for.
        overrides: models, cassette.
        seed: of the models, run by run.
        journal: what was played before.
        tell: is called before each run.

    Attributes:
        unsaid: why the last run that said nothing did not.
        played: how many runs were played now.
    """

    def __init__(
        self,
        run: FrozenRun,
        sought: Sought,
        *,
        overrides: Overrides,
        seed: int,
        journal: ShrinkJournal,
        tell: Callable[[Search], None],
    ) -> None:
        self._run = run
        self._sought = sought
        self._overrides = overrides
        self._seed = seed
        self._journal = journal
        self._tell = tell
        self.unsaid = ""
        self.played = 0

    async def search(self, search: Search) -> None:
        """Answer a search's questions until it has none."""
        while (turns := search.question) is not None:
            known = self._journal.taken(turns)
            if known is None:
                self._tell(search)
                known = await self._played(turns, search.runs)
                self._journal.put(turns, *known)
                self.played += 1
            outcome, said = known
            self.unsaid = said if outcome == "invalid" else self.unsaid
            search.answer(outcome)

    async def _played(self, turns: Turns, number: int) -> tuple[Outcome, str]:
        case = self._case(turns)
        overrides = msgspec.structs.replace(self._overrides, seed=seed_of(self._seed, case.name, number))
        job = Job(
            name=case.name,
            play=lambda: case.run(verbose=False, overrides=overrides),
            file=case.file,
            parameters=case.parameters,
            # Each run is a recording of its own, where there is a cassette.
            repeat=number,
        )
        played = await Suite([job]).run()
        record = played.records[-1]
        return self._sought.seen_in(record), _reason(record)

    def _case(self, turns: Turns) -> ScenarioCase:
        block = script_with(self._run, turns, self._sought.ending, judged=self._sought.judged)
        file = self._run.record.scenario.file
        return ScenarioCase(
            name=block.name,
            file=file,
            line=0,
            folder=self._run.folder,
            block=block,
            node=mapping_node({}, file, 0),
            place=(),
            parameters=self._run.row,
        )


def _reason(record: RunRecord) -> str:
    """Why a run ended as it did, in a few words."""
    return (record.error or record.reasoning or record.outcome)[:_LONGEST_REASON]
