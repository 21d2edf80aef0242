"""The HTML report in a real browser."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from scenario.record.account import (
    CriterionAccount,
    EventAccount,
    MessageAccount,
    RowAccount,
    RunAccount,
    StreamAccount,
)
from scenario.report.files.html import write_html
from tests.viewer.browser import Browser, Page
from tests.viewer.conftest import Recorded
from tests.viewer.hostile import HOSTILE
from tests.viewer.made_runs import run

pytestmark = pytest.mark.asyncio(loop_scope="module")

# What the page is made of; whatever else stood in it would have come out of data.
ELEMENTS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "noscript",
        "script",
        "div",
        "header",
        "main",
        "nav",
        "section",
    ),
    *("article", "aside", "h1", "h2", "h3", "p", "span", "a", "button", "input", "select", "option", "ul", "li", "dl"),
    *("dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "pre", "b", "mark", "dialog"),
    *("svg", "rect", "line", "text", "circle"),
}
COUNT_SCRIPTS = "document.querySelectorAll('script:not([type])').length"
SET_OF_ELEMENTS = "[...new Set([...document.querySelectorAll('*')].map(one => one.localName))]"
HANDLERS = (
    "[...document.querySelectorAll('*')].flatMap(one => [...one.attributes])"
    ".filter(one => /^on|^srcdoc$/i.test(one.name)).length"
)
OUTWARD = (
    "[...document.querySelectorAll('[href],[src],[action],[data]')]"
    ".filter(one => !one.getAttribute('href')?.startsWith('#')).length"
)
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
FOCUSED = "document.activeElement.textContent"


async def _unfold(page: Page) -> None:
    await page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    await asyncio.sleep(0.05)  # toggle events come with the next frame


async def test_hostile_text_becomes_neither_element_nor_script_nor_request(
    browser: Browser, recorded: Recorded
) -> None:
    """Whatever agents say, on no page does a script run, a request leave, or an element come out of it."""
    hostile = recorded.id_of("iframe")
    async with browser.page() as page:
        await page.open(recorded.report.as_uri())
        for place in ("#/", f"#/run/{hostile}", f"#/pair/{hostile}/{recorded.id_of('hiccup')}", "#/"):
            await page.go(place) if place != "#/" else None
            await _unfold(page)
            assert await page.evaluate("window.pwned") is None
            assert await page.evaluate(COUNT_SCRIPTS) == 1
            assert set(await page.evaluate(SET_OF_ELEMENTS)) <= ELEMENTS
            assert await page.evaluate(HANDLERS) == 0
            assert await page.evaluate(OUTWARD) == 0
        assert page.requests == [recorded.report.as_uri()]
        assert page.complaints == []


async def test_hostile_text_is_shown_as_it_was_said(browser: Browser, recorded: Recorded) -> None:
    """What was said stands there word for word, and what cannot be seen is written out."""
    async with browser.page() as page:
        await page.open(recorded.report.as_uri())
        await page.go(f"#/run/{recorded.id_of('iframe')}")
        shown = await page.evaluate("document.querySelector('.chat').textContent")
    for text in HOSTILE[:16]:
        assert text.strip() in shown
    assert "\u202e" not in shown
    assert "\\u202etxt.exe" in shown
    assert "\x1b" not in shown
    assert "\\x1b[2J" in shown


async def test_a_stream_tells_how_it_was_read(browser: Browser, recorded: Recorded) -> None:
    """What was decided on the way is folded away below each stream, and is there from the first answer on."""
    async with browser.page() as page:
        await page.open(recorded.report.as_uri())
        await page.go(f"#/run/{recorded.id_of('iframe')}")
        assert "end: " in await page.evaluate("document.querySelector('.reading ul').textContent")
        assert await page.evaluate("document.querySelector('.reading').open") is False


@pytest.mark.parametrize(
    "attack",
    [
        "document.body.innerHTML = '<img src=x onerror=pwned=1>'",
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.pwned = 1'}))",
        "setTimeout('window.pwned = 1')",
        "fetch('http://127.0.0.1:9/leak').catch(() => 0)",
        "document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/leak'}))",
    ],
)
async def test_even_a_hole_would_lead_nowhere(browser: Browser, recorded: Recorded, attack: str) -> None:
    """The policy stops what a hole in our own script would let through: markup, scripts, evaluation, requests."""
    async with browser.page() as page:
        await page.open(recorded.report.as_uri())
        # From a timer, since what the debugger evaluates may do more than a page may.
        code = f"new Promise(done => setTimeout(() => {{ try {{ {attack} }} catch {{}} setTimeout(done, 60); }}))"
        await page.evaluate(code)
        assert await page.evaluate("window.pwned") is None
        reached = [address for address in page.requests if not address.startswith(("file:", "data:"))]
        refused = [text for text in page.complaints if "Content Security Policy" in text or "TrustedHTML" in text]
        assert refused or not reached
        assert await page.evaluate("document.images.length === 0 || document.images[0].naturalWidth === 0")


async def test_the_keyboard_is_enough(browser: Browser, recorded: Recorded) -> None:
    """The keys j and k walk the list, Enter opens, j walks the messages, n goes on, Escape comes back."""
    async with browser.page() as page:
        await page.open(recorded.report.as_uri())
        await page.press("j")
        first = await page.evaluate(FOCUSED)
        await page.press("j")
        second = await page.evaluate(FOCUSED)
        assert first != second
        await page.press("k")
        assert await page.evaluate(FOCUSED) == first
        await page.press("Enter")
        await page.until("document.querySelector('.scenario .message')")
        name = await page.evaluate("document.querySelector('h1').textContent")
        assert name in first
        await page.press("j")
        assert await page.evaluate("document.activeElement.classList.contains('message')")
        await page.press("n")
        await page.until(f"document.querySelector('h1')?.textContent !== {json.dumps(name)}")
        await page.press("Escape")
        await page.until("document.querySelector('.overview .row')")


async def test_the_first_stops_of_the_tab_key_skip_to_content_and_search(browser: Browser, recorded: Recorded) -> None:
    """Who goes by the tab key comes first to links that lead past the page's head, and they do."""
    async with browser.page() as page:
        await page.open(recorded.report.as_uri())
        await page.press("Tab")
        assert await page.evaluate(FOCUSED) == "Skip to the content"
        await page.press("Tab")
        await page.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "search"


async def test_filters_and_search_narrow_the_list(browser: Browser, recorded: Recorded) -> None:
    """A status, a criterion and words of a conversation each leave the runs that have them."""
    async with browser.page() as page:
        await page.open(recorded.report.as_uri())
        rows = "document.querySelectorAll('.row').length"
        assert await page.evaluate(rows) >= 10
        await page.evaluate("document.querySelector('.chip').click()")  # failed
        await page.until(f"{rows} === 5")
        await page.evaluate("document.querySelector('.chip').click()")
        await page.until(f"{rows} >= 10")
        await page.evaluate("[...document.querySelectorAll('.link')].find(one => /unit/.test(one.textContent)).click()")
        await page.until(f"{rows} === 1")
        await page.evaluate("document.querySelector('.chip[aria-pressed=true]').click()")
        await page.evaluate(
            "(() => { const box = document.getElementById('search'); box.value = 'miradouro'; "
            "box.dispatchEvent(new Event('input')); })()"
        )
        await page.until(f"{rows} === 1")
        assert "Lisbon" in await page.evaluate("document.querySelector('.row').textContent")
        await page.evaluate(
            "(() => { const box = document.getElementById('search'); box.value = 'no such words'; "
            "box.dispatchEvent(new Event('input')); })()"
        )
        await page.until("/Nothing matches/.test(document.querySelector('.notice')?.textContent)")


async def test_the_judge_stands_beside_the_words_that_it_quotes(browser: Browser, recorded: Recorded) -> None:
    """The quote is marked in its message, and the reasoning is in the same row."""
    async with browser.page() as page:
        await page.open(recorded.report.as_uri())
        await page.go(f"#/run/{recorded.id_of('unit not given')}")
        row = "document.querySelector('mark').closest('.said')"
        assert await page.evaluate(f"{row}.querySelector('mark').textContent") == "it is 18 °C"
        assert "never asks" in await page.evaluate(f"{row}.querySelector('.notes').textContent")


async def test_tool_calls_are_folded_and_open_for_print(browser: Browser, recorded: Recorded) -> None:
    """A tool's arguments and result are folded away on the screen, and stand on paper."""
    async with browser.page() as page:
        await page.open(recorded.report.as_uri())
        await page.go(f"#/run/{recorded.id_of('Refund')}")
        assert await page.evaluate("document.querySelector('.tool-fold').open") is False
        await page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert await page.evaluate("document.querySelector('.tool-fold').open") is True
        assert '"order": "A-1042"' in await page.evaluate("document.querySelector('.tool-fold').textContent")
        assert "refunded" in await page.evaluate("document.querySelector('.tool-fold').textContent")
        await page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert await page.evaluate("document.querySelector('.tool-fold').open") is False


async def test_the_timeline_shows_events_silences_and_findings(browser: Browser, recorded: Recorded) -> None:
    """Each event is a mark, the unreadable one in its own colour, the silence is shaded, the finding at its event."""
    stream = next(one for one in recorded.accounts if "hiccup" in one.row.name).streams[0]
    async with browser.page() as page:
        await page.open(recorded.report.as_uri())
        await page.go(f"#/run/{recorded.id_of('hiccup')}")
        marks = await page.evaluate("document.querySelectorAll('.tl-event, .tl-content, .tl-malformed').length")
        assert marks == len(stream.events)
        assert await page.evaluate("document.querySelectorAll('.tl-malformed').length") == 1
        assert await page.evaluate("document.querySelectorAll('.tl-gap').length") >= 1
        finding = "document.querySelector('.tl-finding').getAttribute('x')"
        unreadable = "document.querySelector('.tl-malformed').getAttribute('x1')"
        assert await page.evaluate(finding) == await page.evaluate(unreadable)


async def test_the_timeline_of_a_stalled_stream_shows_the_deadline(browser: Browser, recorded: Recorded) -> None:
    """Where a deadline ended the stream, it is drawn where it was, after the last byte."""
    async with browser.page() as page:
        await page.open(recorded.report.as_uri())
        await page.go(f"#/run/{recorded.id_of('falls silent')}")
        assert "idle deadline" in await page.evaluate("document.querySelector('.tl-deadline-text').textContent")
        deadline = await page.evaluate("parseFloat(document.querySelector('.tl-deadline').getAttribute('x1'))")
        places = "[...document.querySelectorAll('.tl-content')].map(one => parseFloat(one.getAttribute('x1')))"
        last = await page.evaluate(f"Math.max(...{places})")
        assert deadline > last


async def test_a_replay_ends_with_the_whole_text(browser: Browser, recorded: Recorded) -> None:
    """The text grows event by event, as it did, until it is whole."""
    async with browser.page() as page:
        await page.open(recorded.report.as_uri())
        await page.go(f"#/run/{recorded.id_of('unit not given')}")
        await page.evaluate("document.querySelector('.replay-controls button').click()")
        await page.until("/Replay again/.test(document.querySelector('.replay-controls').textContent)")
        said = await page.evaluate("document.querySelector('.said.agent .text').textContent")
        assert await page.evaluate("document.querySelector('.replay-text').textContent.trim()") == said.strip()


@pytest.mark.parametrize("width", [320, 390, 768])
async def test_no_page_is_wider_than_a_phone(browser: Browser, recorded: Recorded, width: int) -> None:
    """Nothing has to be scrolled sideways, whatever a page shows."""
    async with browser.page(width=width, height=800) as page:
        await page.open(recorded.report.as_uri())
        assert await page.evaluate(OVERFLOW) <= 0
        for account in recorded.accounts:
            await page.go(f"#/run/{account.row.id}")
            await _unfold(page)
            assert await page.evaluate(OVERFLOW) <= 0, account.row.name


async def test_a_report_of_a_thousand_draws_what_can_be_seen(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Of a thousand runs, the page holds a screenful of rows, wherever it is scrolled to, and search reads them all."""
    path = tmp_path_factory.mktemp("thousand") / "report.html"
    write_html((_small(number) for number in range(1000)), path)
    rows = "document.querySelectorAll('.row').length"
    async with browser.page() as page:
        await page.open(path.as_uri())
        assert 0 < await page.evaluate(rows) < 60
        await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        await page.until("[...document.querySelectorAll('.row')].some(one => /run 999/.test(one.textContent))")
        assert await page.evaluate(rows) < 60
        await page.evaluate(
            "(() => { const box = document.getElementById('search'); box.value = 'answer 517'; "
            "box.dispatchEvent(new Event('input')); })()"
        )
        await page.until(f"{rows} === 1")


async def test_an_empty_report_says_so(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A report of no runs is a page, not a blank."""
    path = tmp_path_factory.mktemp("empty") / "report.html"
    write_html([], path)
    async with browser.page() as page:
        await page.open(path.as_uri())
        assert "No scenarios yet" in await page.evaluate("document.body.innerText")
        assert page.complaints == []


def _small(number: int) -> RunAccount:
    events = [EventAccount(at=index / 100, data=f'{{"content": "word {index}"}}', flags=1) for index in range(20)]
    return RunAccount(
        row=RowAccount(id=f"id-{number}", name=f"run {number}", status="passed", turns=1, seconds=0.2, ttft=0.01),
        messages=[MessageAccount(index=0, role="assistant", text=f"answer {number}", call=1)],
        streams=[StreamAccount(turn=0, call=1, outcome="complete", total=0.2, first_content=0.0, events=events)],
    )


async def test_what_is_undecided_or_invalid_is_told_apart(browser: Browser, recorded: Recorded) -> None:
    """Each has a word, a mark and a filter of its own; what is invalid says whose fault it was, and is in no rate."""
    async with browser.page() as page:
        await page.open(recorded.report.as_uri())
        assert await page.evaluate("document.querySelector('.rate-value').textContent") == "45% passed"  # 5 of 11
        words = await page.evaluate("document.querySelector('.rate-words').textContent")
        assert "5 failed" in words
        assert "1 undecided" in words
        assert "1 invalid (judge)" in words
        chips = "[...document.querySelectorAll('.chip')]"
        await page.evaluate(f"{chips}.find(one => /Invalid/.test(one.textContent)).click()")
        await page.until("document.querySelectorAll('.row').length === 1")
        assert "at fault: the judge" in await page.evaluate("document.querySelector('.row.invalid').textContent")
        await page.go(f"#/run/{recorded.id_of('model is down')}")
        assert await page.evaluate("document.querySelector('.badge.invalid').textContent") == "!Invalid"
        assert "the judge's model, not the agent" in await page.evaluate(
            "document.querySelector('.error-box.invalid').textContent"
        )


async def test_what_a_stronger_judge_is_needed_for_is_seen_at_once(browser: Browser, tmp_path: Path) -> None:
    """As a line of text among others: no later than they, and no taller."""
    weak = CriterionAccount(criterion="It warns", status="inconclusive", reasoning="Unsure.", needs="a stronger judge")
    write_html([run(0, "Open", "undecided", criteria=[weak])], tmp_path / "report.html")
    async with browser.page() as page:
        await page.open((tmp_path / "report.html").as_uri())
        await page.go("#/run/r0")
        line = (
            "[...document.querySelectorAll('.criterion-line span')].find(one => /stronger judge/.test(one.textContent))"
        )
        assert await page.evaluate(f"getComputedStyle({line}).animationName") == "none"
        assert await page.evaluate(f"{line}.offsetHeight < 40")


async def test_what_the_judge_answered_on_the_way_is_folded_away(browser: Browser, recorded: Recorded) -> None:
    """Below the verdict: turn, why it was asked, model, answer and each criterion; and how far the votes agreed."""
    async with browser.page() as page:
        await page.open(recorded.report.as_uri())
        await page.go(f"#/run/{recorded.id_of('unit not given')}")
        assert await page.evaluate("document.querySelector('.judgments-fold').open") is False
        told = await page.evaluate("[...document.querySelectorAll('.judgments > li')].map(one => one.textContent)")
        assert [line.partition(":")[0] for line in told] == [
            "…Turn 1, asked after the turn",
            "✗Turn 1, asked for the verdict",
            "✗Turn 1, asked a second time, to confirm it",
        ]
        assert "goes on" in told[0]
        assert "judge-1" in told[1]
        assert "It takes Celsius for granted and never asks." in told[1]
        agreed = await page.evaluate("document.querySelector('.agreement').textContent")
        assert agreed == "Agreement of the votes: alpha 0.60"


async def test_what_an_agent_says_it_used_stands_apart(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Beside the tokens that the user pays for; of an agent that says nothing of them, nothing stands there."""
    report = tmp_path_factory.mktemp("tokens") / "report.html"
    told = RowAccount(id="told", name="told", status="passed", tokens=100, agent_tokens=4200)
    silent = RowAccount(id="silent", name="silent", status="passed", tokens=100)
    write_html([RunAccount(row=told), RunAccount(row=silent)], report)
    facts = "[...document.querySelectorAll('.facts > div')].map(one => one.textContent)"
    async with browser.page() as page:
        await page.open(report.as_uri())
        await page.go("#/run/told")
        shown = await page.evaluate(facts)
        assert "Tokens100" in shown
        assert [fact for fact in shown if "own tokens" in fact] == ["Agent’s own tokens4,200"]
        await page.go("#/run/silent")
        shown = await page.evaluate(facts)
        assert "Tokens100" in shown
        assert not any("own tokens" in fact for fact in shown)
