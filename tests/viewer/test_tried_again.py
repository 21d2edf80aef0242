"""A test that was tried again, as the live page shows it: the last try counts, and the others are there to be seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenario.store.origin import Origin
from scenario.store.writer import StoreWriter
from scenario.viewer.server import ViewerServer
from tests.store.stored_runs import a_run
from tests.viewer.browser import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_earlier_tries_are_told_apart(browser: Browser, tmp_path: Path) -> None:
    """One of one passed; the row says how often it was tried, and the first try's own page says what became of it."""
    with StoreWriter(tmp_path) as writer:
        test = writer.of(Origin(test="test_it.py::test_refund"))
        for event in a_run("11aa", name="refund", success=False):
            test(event)
        writer.tried_again("11aa")
        for event in a_run("22bb", name="refund"):
            test(event)
    async with ViewerServer(tmp_path) as server, browser.page() as page:
        await page.open(server.address)
        await page.go("#/all")
        await page.until("document.querySelectorAll('.row').length === 2")
        figures = await page.evaluate("document.querySelector('.rate').innerText")
        assert "100% passed" in " ".join(figures.split())
        assert "1 tried again" in figures
        assert (
            await page.evaluate("document.querySelector('.row.passed .row-name').textContent") == "refund tried 2 times"
        )
        await page.go("#/run/11aa")
        await page.until("document.querySelector('.badge.retried')")
        assert await page.evaluate("document.querySelector('.badge.retried').textContent") == "↻Tried again"
        assert page.complaints == []
