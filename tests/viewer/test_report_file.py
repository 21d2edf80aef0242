"""The file of a report in a real browser: what is in it is shown as it was, whatever its size, and damage is said."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scenario.record.account import CriterionAccount, EventAccount, RunAccount, StreamAccount
from scenario.report.files.html import write_html
from tests.viewer.browser import Browser, Page
from tests.viewer.made_runs import answer, run, stream, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROWS = "document.querySelectorAll('.row').length"
SAID = "document.querySelector('.list-count').textContent"
# Words in JSON, whole and cut; letters of two units; ends in the data; nothing; and lines.
DATA = ['{"t":"a"}', '{"t":"\U0001f600"}', '{"t":"\U0001f600\U0001f600"}', "", "[DONE]", '"', "one\ntwo", '{"t":"']


def _with(events: list[EventAccount]) -> RunAccount:
    told = StreamAccount(turn=0, call=1, outcome="complete", total=9.0, first_content=0.1, events=events)
    return run(0, "Odd events", messages=[answer("Hello")], streams=[told])


async def _events(page: Page) -> list[list[str]]:
    await page.evaluate("document.querySelectorAll('.stream details').forEach(one => { one.open = true; })")
    await page.until("document.querySelector('.event')")
    found: list[list[str]] = await page.evaluate(
        "[...document.querySelectorAll('.event')].map(one => ['at', 'kind', 'data']"
        ".map(part => one.querySelector(`.event-${part}`).textContent))"
    )
    return found


@pytest.mark.parametrize("more", [[], ["an\x1eend"]], ids=["apart", "whole"])
async def test_events_are_shown_as_they_came(browser: Browser, tmp_path: Path, more: list[str]) -> None:
    """Their times, kinds and data, in their order, also where the form in which they are kept does not fit them."""
    kinds = ["message", "delta", "__proto__"]
    events = [
        EventAccount(at=index + 0.5, kind=kinds[index % 3], data=data, flags=index % 4)
        for index, data in enumerate(DATA + more)
    ]
    path = tmp_path / "report.html"
    write_html([run(1, "Before", streams=[stream(5)]), _with(events)], path)
    async with browser.page() as page:
        await page.open(f"{path.as_uri()}#/run/r0")
        shown = await _events(page)
    times = [f"{event.at * 1000:.0f} ms" if event.at < 1 else f"{event.at:.2f} s" for event in events]
    assert [one[0] for one in shown] == times
    assert [one[1] for one in shown] == [event.kind for event in events]
    assert [one[2] for one in shown] == [event.data.replace("\x1e", "\\x1e") for event in events]


async def test_runs_of_many_blocks_are_each_found_by_their_address_and_their_words(
    browser: Browser, tmp_path: Path
) -> None:
    """The first and the last of a block, and those of the blocks after it; what was read for it is not mixed up."""
    path = tmp_path / "report.html"
    runs = [
        run(number, f"Run {number}", messages=[answer(f"Answer {number}. " + words(9000))], streams=[stream(3)])
        for number in range(40)
    ]
    write_html(runs, path)
    counts = json.loads(re.findall(r'"blocks":(\[[\d,]+\])', path.read_text("utf-8"))[0])
    assert len(counts) >= 8
    async with browser.page() as page:
        await page.open(f"{path.as_uri()}#/run/r39")
        for number in (39, 0, counts[0] - 1, counts[0], 38):
            if number != 39:
                await page.go(f"#/run/r{number}")
            assert await page.evaluate("document.querySelector('h1').textContent") == f"Run {number}"
            assert (await page.evaluate("document.querySelector('.text').textContent")).startswith(f"Answer {number}. ")
        await page.go("#/")
        await page.evaluate(
            "(box => { box.value = 'answer 37.'; box.dispatchEvent(new Event('input')); })"
            "(document.getElementById('search'))"
        )
        await page.until(f"{ROWS} === 1")
        assert "Run 37" in await page.evaluate("document.querySelector('.row').textContent")


async def test_paper_has_every_row_up_to_a_limit_that_is_said(browser: Browser, tmp_path: Path) -> None:
    """Ten thousand rows would be three hundred pages; what is left out is counted, and the screen is as before."""
    path = tmp_path / "report.html"
    for count in (300, 1200):
        write_html((run(number, f"Run {number}") for number in range(count)), path)
        async with browser.page() as page:
            await page.open(path.as_uri())
            assert await page.evaluate(ROWS) < 60
            await page.evaluate("dispatchEvent(new Event('beforeprint'))")
            assert await page.evaluate(ROWS) == min(count, 1000)
            said = await page.evaluate("document.querySelector('.unprinted')?.textContent ?? ''")
            assert ("200 more are not" in said) is (count > 1000)
            assert not await page.evaluate("document.querySelector('.unprinted')?.checkVisibility() ?? false")


async def test_a_long_list_says_what_the_browsers_own_search_cannot_see(browser: Browser, tmp_path: Path) -> None:
    """Only rows that can be seen are in the page; a list of a few says nothing of the kind."""
    path = tmp_path / "report.html"
    for count in (5, 300):
        write_html((run(number, f"Run {number}") for number in range(count)), path)
        async with browser.page() as page:
            await page.open(path.as_uri())
            assert ("find in page" in await page.evaluate(SAID)) is (count > 100)


def _written(path: Path, content: str) -> str:
    path.write_text(content, "utf-8")
    return path.as_uri()


async def test_what_is_left_out_of_a_run_is_said_above_it(browser: Browser, tmp_path: Path) -> None:
    """With how to see it; of a run that is whole, nothing is said."""
    many = [CriterionAccount(criterion=f"It is good {number}", status="failed") for number in range(500)]
    path = tmp_path / "report.html"
    write_html([run(0, "Whole", criteria=many[:3]), run(1, "Flood", "failed", criteria=many)], path)
    async with browser.page() as page:
        await page.open(f"{path.as_uri()}#/run/r0")
        assert await page.evaluate("document.querySelector('.caution')") is None
        await page.go("#/run/r1")
        told = await page.evaluate("document.querySelector('.caution').textContent")
        assert told.startswith("Left out here, because there is so much: 200 of 500 criteria. `scenario show r1`")


async def _shown_of(page: Page, path: Path, content: str, place: str = "") -> str:
    await page.open(f"{_written(path, content)}{place}", ready="document.querySelector('.notice')")
    told: str = await page.evaluate("document.querySelector('.notice').textContent")
    return told


async def test_a_file_that_is_damaged_or_cut_is_said_to_be(browser: Browser, tmp_path: Path) -> None:
    """Nothing of it is shown as if it were whole; the list stays where only a run cannot be read."""
    path = tmp_path / "report.html"
    write_html([run(0, "Whole", messages=[answer("Hello")])], path)
    whole = path.read_text("utf-8")
    start = whole.index('id="runs-0">') + len('id="runs-0">')
    rows = whole.index('id="rows">') + len('id="rows">')
    cut = whole[: start + 20] + "</script></body></html>"
    changed = whole[: start + 40] + ("A" if whole[start + 40] != "A" else "B") + whole[start + 41 :]
    without = whole[: whole.index('<script type="text/plain" id="runs-0">')]
    for content, place in (
        (cut, "#/run/r0"),
        (changed, "#/run/r0"),
        (without, "#/run/r0"),
        (whole[:rows] + whole[rows + 8 :], ""),
    ):
        async with browser.page() as page:
            assert "damaged" in await _shown_of(page, path, content, place)


async def test_a_browser_that_cannot_inflate_is_told_what_is_needed(browser: Browser, tmp_path: Path) -> None:
    """Rather than an empty page."""
    path = tmp_path / "report.html"
    write_html([run(0, "Whole")], path)
    async with browser.page() as page:
        await page.before("delete globalThis.DecompressionStream")
        assert "browser of 2024 or later" in await _shown_of(page, path, path.read_text("utf-8"))


async def test_a_browser_too_old_for_the_script_is_told_what_is_needed(browser: Browser, tmp_path: Path) -> None:
    """Where the script cannot even be read, what stands in the page comes to be seen; where it runs, it is gone."""
    path = tmp_path / "report.html"
    write_html([run(0, "Whole")], path)
    async with browser.page() as page:
        await page.open(path.as_uri())
        assert await page.evaluate("document.querySelector('.needs')") is None
        await page.open(_changed_script(path), ready="true")
        await page.until("getComputedStyle(document.querySelector('.needs')).opacity === '1'")
        assert "Chrome" in await page.evaluate("document.querySelector('.needs').textContent")


def _changed_script(path: Path) -> str:
    """The page with another script, which its policy does not let run."""
    return _written(path.with_name("other.html"), path.read_text("utf-8").replace('"use strict";', "?", 1))
