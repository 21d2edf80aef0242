"""What the live page does when its server goes, comes back, or is asked in another tab."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import islice
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from scenario.store.writer import StoreWriter
from scenario.viewer.server import ViewerServer
from tests.report.run_events import weather_run
from tests.viewer.browser import Browser
from tests.viewer.conftest import Recorded

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIVE = "document.querySelector('.live-state.on')"
OLD, NEW = "one", "two"  # tokens
ROWS = "document.querySelectorAll('.row').length"


@pytest_asyncio.fixture(loop_scope="module")
async def store(tmp_path: Path) -> AsyncIterator[StoreWriter]:
    """A store that is empty yet."""
    with StoreWriter(tmp_path) as writer:
        writer.prepare()
        yield writer


def _port(server: ViewerServer) -> int:
    return int(server.origin.rpartition(":")[2])


async def test_a_page_that_lost_its_server_goes_on_when_it_is_back(
    browser: Browser, store: StoreWriter, tmp_path: Path
) -> None:
    """What happened meanwhile is shown, on the page that was open, without a reload."""
    async with browser.page() as page:
        async with ViewerServer(tmp_path, token=OLD) as server:
            await page.open(server.address)
            await page.go("#/all")
            await page.until(LIVE)
        await page.until("/Not connected, trying again/.test(document.querySelector('.live-state').textContent)")
        for event in weather_run():
            store(event)
        async with ViewerServer(tmp_path, port=_port(server), token=OLD):
            await page.until(f"{ROWS} === 1")
            assert await page.evaluate("document.querySelector('.live-state').textContent") == "Live"


async def test_a_page_that_could_not_be_shown_is_shown_when_the_server_is_back(
    browser: Browser, recorded: Recorded
) -> None:
    """Who followed a link while the server was gone need not follow it again."""
    async with browser.page() as page:
        async with ViewerServer(recorded.store, token=OLD) as server:
            await page.open(server.address)
            await page.until(LIVE)
        await page.evaluate(f"location.hash = '#/run/{recorded.id_of('Lisbon')}'")
        await page.until("/Is `scenario view` still running/.test(document.body.innerText)")
        async with ViewerServer(recorded.store, port=_port(server), token=OLD):
            await page.until("/Lisbon/.test(document.querySelector('h1')?.textContent)")


async def test_a_server_that_was_started_anew_is_told_from_one_that_is_gone(
    browser: Browser, recorded: Recorded
) -> None:
    """The old token is refused, which the page says; once another tab has the new one, the old tab goes on with it."""
    async with browser.page() as page:
        async with ViewerServer(recorded.store, token=OLD) as server:
            await page.open(server.address)
            await page.until(LIVE)
        async with ViewerServer(recorded.store, port=_port(server), token=NEW):
            await page.until("/Open the address/.test(document.querySelector('.live-state').textContent)")
            await page.evaluate("localStorage.setItem('scenario-token', 'two')")
            await page.until(LIVE)


async def test_the_new_address_may_be_opened_in_the_old_tab(browser: Browser, recorded: Recorded) -> None:
    """A changed fragment alone does not load a page anew: the token is taken from it all the same."""
    async with browser.page() as page:
        async with ViewerServer(recorded.store, token=OLD) as server:
            await page.open(server.address)
        async with ViewerServer(recorded.store, port=_port(server), token=NEW):
            await page.evaluate("location.hash = '#token=two'")
            await page.until(f"document.querySelector('.invocation') && {LIVE}")
            assert "two" not in await page.evaluate("location.href")


async def test_a_link_opens_in_another_tab(browser: Browser, recorded: Recorded) -> None:
    """A tab that is opened from the page knows the token too."""
    async with ViewerServer(recorded.store) as server, browser.page() as page:
        await page.open(server.address)
        async with browser.page(beside=page) as other:
            await other.open(f"{server.origin}/#/run/{recorded.id_of('Lisbon')}")
            assert "Lisbon" in await other.evaluate("document.querySelector('h1').textContent")


async def test_a_search_that_the_server_cannot_answer_says_so(browser: Browser, recorded: Recorded) -> None:
    """The rows that are there stay, and why there are no others stands above them."""
    async with browser.page() as page:
        async with ViewerServer(recorded.store) as server:
            await page.open(server.address)
            await page.go("#/all")
            await page.until(f"{ROWS} >= 10")
        await page.evaluate("document.querySelector('.chip').click()")
        await page.until("/does not answer/.test(document.querySelector('.list-count').textContent)")
        assert await page.evaluate(ROWS) >= 10
        assert not [text for text in page.complaints if "Uncaught" in text]


async def test_new_runs_come_into_a_filtered_list(browser: Browser, store: StoreWriter, tmp_path: Path) -> None:
    """A list that shows failures alone grows with each new one, and with nothing else."""
    async with ViewerServer(tmp_path) as server, browser.page() as page:
        for event in weather_run():  # it fails
            store(event)
        await page.open(server.address)
        await page.go("#/all")
        await page.until(f"{ROWS} === 1 && {LIVE}")
        await page.evaluate("document.querySelector('.chip').click()")
        await page.until("/1 scenario match/.test(document.querySelector('.list-count').textContent)")
        for name in ("second", "third"):
            for event in weather_run():
                store(msgspec.structs.replace(event, run_id=name))
        for event in islice(weather_run(), 7):
            store(msgspec.structs.replace(event, run_id="running"))
        await page.until(f"{ROWS} === 3")
        await page.until("[...document.querySelectorAll('.tiles dd')][0].firstChild.textContent === '4'")
        assert await page.evaluate(ROWS) == 3


async def test_what_a_reader_opened_stays_open_while_a_run_goes_on(
    browser: Browser, store: StoreWriter, tmp_path: Path
) -> None:
    """Folds that are open and the focus stay as they are while turns are added, and when the judge's notes come."""
    async with ViewerServer(tmp_path) as server, browser.page() as page:
        events = list(weather_run())
        second = next(index for index, event in enumerate(events) if getattr(event, "turn", 0) == 1)
        for event in events[: second + 1]:
            store(event)
        await page.open(server.address)
        await page.go(f"#/run/{events[0].run_id}")
        await page.until(f"{LIVE} && document.querySelector('.turn .message')")
        await page.evaluate("document.querySelector('.turn .message').focus()")
        await page.evaluate("document.querySelector('.turn details').open = true")
        for event in events[second + 1 :]:
            store(event)
        await page.until("document.querySelector('.badge.failed') && document.querySelectorAll('.turn').length === 2")
        assert await page.evaluate("document.querySelector('.turn').contains(document.activeElement)")
        assert await page.evaluate("document.querySelector('.turn details').open")


async def test_a_tab_that_nobody_looks_at_holds_no_connection(
    browser: Browser, store: StoreWriter, tmp_path: Path
) -> None:
    """A browser has six connections for an address: hidden tabs give theirs up, and catch up when they are seen."""
    async with ViewerServer(tmp_path) as server, browser.page() as page:
        await page.open(server.address)
        await page.go("#/all")
        await page.until(LIVE)
        await page.evaluate(_seen(False))
        await page.until("performance.getEntriesByType('resource').some(one => one.name.includes('/api/events'))")
        for event in weather_run():
            store(event)
        await page.evaluate(_seen(True))
        await page.until(f"{ROWS} === 1 && {LIVE}")


def _seen(shown: bool) -> str:
    """Tell the page that it is shown, or hidden."""
    hidden = "false" if shown else "true"
    return (
        f"Object.defineProperty(document, 'hidden', {{value: {hidden}, configurable: true}}); "
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
