"""The live page in a real browser, on a store that is written meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import islice
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from scenario.store.writer import StoreWriter
from scenario.viewer.server import ViewerServer
from tests.report.run_events import Run, met, not_met, weather_run
from tests.viewer.browser import Browser
from tests.viewer.conftest import Recorded

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROWS = "document.querySelectorAll('.row').length"


@pytest_asyncio.fixture(loop_scope="module")
async def server(recorded: Recorded) -> AsyncIterator[ViewerServer]:
    """The server of the recorded store."""
    async with ViewerServer(recorded.store) as server:
        yield server


async def test_the_address_opens_the_runs_and_hides_its_token(browser: Browser, server: ViewerServer) -> None:
    """The printed address shows the runs; the token is gone from the address bar, and a reload still works."""
    async with browser.page() as page:
        await page.open(server.address)
        await page.until("document.querySelector('.invocation')")
        assert "token" not in await page.evaluate("location.href")
        await page.evaluate("location.reload()")
        await page.until("document.querySelector('.invocation') && document.querySelector('.live-state.on')")
        assert page.complaints == []
        assert {address.split("?")[0].removeprefix(server.origin) for address in page.requests} <= {
            f"/#{server.address.split('#')[1]}",
            "/",
            "/#/",
            "/api/invocations",
            "/api/events",
        }


async def test_without_the_token_the_page_says_what_to_do(browser: Browser, server: ViewerServer) -> None:
    """Who comes without the token sees nothing of the store, and reads why."""
    async with browser.page() as page:
        await page.open(f"{server.origin}/", ready="document.querySelector('.notice')")
        assert "Open the address that `scenario view` printed" in await page.evaluate("document.body.innerText")


async def test_runs_are_found_opened_and_searched(browser: Browser, server: ViewerServer, recorded: Recorded) -> None:
    """From the list of invocations to its runs, by words of a conversation to one of them."""
    async with browser.page() as page:
        await page.open(server.address)
        await page.evaluate("document.querySelector('.invocation-link').click()")
        await page.until(f"{ROWS} >= 10 && document.querySelector('.rate-value')")
        await page.evaluate(
            "(() => { const box = document.getElementById('search'); box.value = 'miradouro'; "
            "box.dispatchEvent(new Event('input')); })()"
        )
        await page.until(f"{ROWS} === 1")
        await page.press("j")
        await page.press("Enter")
        await page.until("document.querySelector('.scenario .timeline')")
        assert "Lisbon" in await page.evaluate("document.querySelector('h1').textContent")


async def test_the_keyboard_walks_the_invocations(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The keys j and k, and the arrows once the focus is there, go from one invocation to the next, and Enter opens."""
    folder = tmp_path_factory.mktemp("two")
    _record(folder, {"a": True})
    _record(folder, {"b": True})
    focused = "[...document.querySelectorAll('.invocation-link')].indexOf(document.activeElement)"
    async with ViewerServer(folder) as server, browser.page() as page:
        await page.open(server.address)
        await page.until("document.querySelectorAll('.invocation').length === 2")
        for key, place in (("j", 0), ("ArrowDown", 1), ("k", 0), ("j", 1)):
            await page.press(key)
            assert await page.evaluate(focused) == place
        await page.press("Enter")
        await page.until("document.querySelector('.row')")


async def test_hostile_runs_stay_text_on_the_live_page(
    browser: Browser, server: ViewerServer, recorded: Recorded
) -> None:
    """Nothing that an agent said runs, asks for anything, or becomes an element."""
    async with browser.page() as page:
        await page.open(server.address)
        for place in ("#/all", f"#/run/{recorded.id_of('iframe')}"):
            await page.go(place)
            await page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            assert await page.evaluate("window.pwned") is None
            assert await page.evaluate("document.querySelectorAll('script:not([type]), img, iframe').length") == 1
        assert all(address.startswith(f"{server.origin}/") for address in page.requests)
        assert page.complaints == []


async def test_runs_appear_while_an_answer_streams_without_a_pause(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """News that never cease hold up neither the list of runs nor the figures above the scenarios."""
    folder = tmp_path_factory.mktemp("busy")
    with StoreWriter(folder) as writer:
        writer.prepare()
        async with ViewerServer(folder) as server, browser.page() as page:
            await page.open(server.address)
            await page.until("document.querySelector('.live-state.on')")
            begun = list(islice(weather_run(), 7))
            for event in begun:
                writer(event)

            async def stream() -> None:
                while True:
                    writer(begun[-1])
                    await asyncio.sleep(0.1)

            streaming = asyncio.create_task(stream())
            try:
                await page.until("document.querySelector('.invocation')")
                await page.go("#/all")
                for event in weather_run():
                    writer(msgspec.structs.replace(event, run_id="other"))
                await page.until("document.querySelector('.tiles dd')?.firstChild.textContent === '2'")
            finally:
                streaming.cancel()


async def test_a_run_appears_and_grows_as_it_happens(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nobody reloads: the invocation comes, then the answer as far as it has come, then the verdict."""
    folder = tmp_path_factory.mktemp("live")
    with StoreWriter(folder) as writer:
        writer.prepare()
        async with ViewerServer(folder) as server, browser.page() as page:
            await page.open(server.address)
            await page.until("/Nothing is stored yet/.test(document.body.innerText)")
            await page.until("document.querySelector('.live-state.on')")
            events = iter(weather_run())
            for event in islice(events, 7):  # up to the third word of the first answer
                writer(event)
            await page.until("document.querySelector('.invocation')")
            await page.go("#/all")
            await page.until("document.querySelector('.row.running')")
            await page.evaluate("document.querySelector('.row').click()")
            await page.until("/Let me/.test(document.querySelector('.arriving .text')?.textContent)")
            for event in events:
                writer(event)
            await page.until("document.querySelector('.scenario-head .badge.failed')")
            await page.until("document.querySelectorAll('.turn').length === 2")
            assert await page.evaluate("document.querySelector('.arriving')") is None
            assert page.complaints == []


async def test_two_runs_stand_side_by_side(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two runs of one scenario: their turns in rows, and the criterion that flipped marked."""
    folder = tmp_path_factory.mktemp("pair")
    _record(folder, {"a": True, "b": True})
    _record(folder, {"a": True, "b": False})
    async with ViewerServer(folder) as server, browser.page() as page:
        await page.open(server.address)
        await page.evaluate("document.querySelectorAll('.invocation input').forEach(one => one.click())")
        await page.evaluate("document.querySelectorAll('.invocation input:not(:checked)').forEach(one => one.click())")
        await page.until("document.querySelector('.button.primary')")
        await page.evaluate("document.querySelector('.button.primary').click()")
        await page.until("document.querySelector('.diff-list')")
        assert await page.evaluate("document.querySelector('.diff-list').textContent") == "b 1/1 → 0/1 passed"
        assert "100% → 50%" in await page.evaluate("document.querySelector('.facts').textContent")
        assert await page.evaluate("[...document.querySelectorAll('.about-run a')].map(one => one.hash)") == [
            f"#/in/{uid}" for uid in await page.evaluate("location.hash.split('/').slice(2)")
        ]
        await page.evaluate("document.querySelector('.diff-list a').click()")
        await page.until("document.querySelectorAll('.pair-side .turn').length === 2")
        assert await page.evaluate("document.querySelectorAll('tr.flipped').length") == 1


async def test_who_comes_back_to_a_long_list_finds_their_place(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Rows that were loaded while scrolling are still there, and the row that was opened has the focus again."""
    folder = tmp_path_factory.mktemp("many")
    _record(folder, {f"run {number}": True for number in range(260)})
    shown = "[...document.querySelectorAll('.row')].find(one => /run 0/.test(one.textContent))"
    async with ViewerServer(folder) as server, browser.page() as page:
        await page.open(server.address)
        await page.go("#/all")
        await page.until(f"(scrollTo(0, document.documentElement.scrollHeight), {shown})")
        place = await page.evaluate("scrollY")
        await page.evaluate(f"{shown}.focus()")
        await page.press("Enter")
        await page.until("document.querySelector('.scenario .message')")
        await page.press("Escape")
        await page.until(f"scrollY === {place} && document.activeElement === {shown}")


async def test_the_page_says_when_the_server_has_gone(browser: Browser, recorded: Recorded) -> None:
    """Ended, the server leaves a page that says so, not one that seems to be live."""
    async with browser.page() as page:
        async with ViewerServer(recorded.store) as server:
            await page.open(server.address)
            await page.until("document.querySelector('.live-state.on')")
        await page.until("/Not connected/.test(document.querySelector('.live-state').textContent)")
        await page.evaluate("location.hash = '#/all'")
        await page.until("/Is `scenario view` still running/.test(document.body.innerText)")


def _record(folder: Path, passed: dict[str, bool]) -> None:
    """An invocation with a run of each name, which passes or not."""
    with StoreWriter(folder) as writer:
        for name, passes in passed.items():
            run = Run(name)
            criterion = met("It is polite") if passes else not_met("It is polite", "It is rude.", "Go away", 1)
            events = [
                *run.start(),
                *run.turn(),
                *run.says("Hello?"),
                *run.answers("Good day" if passes else "Go away"),
                *run.judged(criterion),
            ]
            for event in events:
                # The ids of runs are their own; their names are what makes them the same scenario.
                writer(msgspec.structs.replace(event, run_id=f"{name}-{writer.invocation.uid}"))
