"""Real runs, recorded once, and a browser to look at their pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from scenario.record.account import RunAccount
from scenario.record.account_recorder import AccountRecorder
from scenario.report.files.html import write_html
from scenario.store.writer import StoreWriter
from tests.viewer.browser import BINARY, MISSING, Browser
from tests.viewer.realistic_runs import lint, record


class Recorded(NamedTuple):
    """The runs of `tests.viewer.realistic_runs`, as accounts, in a store, and as a report."""

    accounts: list[RunAccount]
    store: Path
    report: Path

    def id_of(self, name: str) -> str:
        """The id of the run whose name holds this."""
        return next(account.row.id for account in self.accounts if name in account.row.name)


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Every kind of run, recorded once."""
    folder = tmp_path_factory.mktemp("recorded")
    recorder = AccountRecorder(lint=lint)
    with StoreWriter(folder / "store") as writer:

        def both(event: Any) -> None:
            recorder(event)
            writer(event)

        asyncio.run(record(both, long_turns=4))
    write_html(recorder.accounts, folder / "report.html")
    return Recorded(recorder.accounts, folder / "store", folder / "report.html")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A Chromium for the tests of a module, which share its loop; each opens pages of its own."""
    if BINARY is None:
        pytest.skip(MISSING)
    async with Browser() as browser:
        yield browser
