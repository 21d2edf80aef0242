"""What the page of one run does for its reader, in a real browser."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from pathlib import Path

import pytest
import pytest_asyncio

from scenario.record.account import CallAccount, CriterionAccount, Finding, MessageAccount, RunAccount, ToolUseAccount
from scenario.report.files.html import write_html
from scenario.report.terminal.glyphs import visible
from tests.viewer.browser import Browser, Page
from tests.viewer.hostile import HOSTILE
from tests.viewer.made_runs import answer, run, stream, very_long_stream, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

CUT_ERROR = "TruncatedReplyError: agent: POST http://agent/: the answer is not whole (truncated): it was cut"
# Each character that is no letter, mark, digit or sign, with one between that is; and letters that are blank.
UNSEEN = "x".join(
    character
    for character in [*map(chr, range(0xD800)), *map(chr, range(0xE000, 0xE1000))]
    if character == "\u3164"
    or (unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} and character not in "\t\r\n")
)
# Resolved once the browser has drawn several times: what it moves by itself it has moved by then.
_FRAMES = (
    "new Promise((drawn) => { const wait = (left) => requestAnimationFrame(() => left ? wait(left - 1) : drawn(0)); "
    "wait(5); })"
)
QUOTE = '"It\'s fine", he said'


def _runs() -> list[RunAccount]:
    talk = [answer(f"Answer {turn}. " + words(120), index=turn, turn=turn, call=turn) for turn in range(20)]
    quoted = answer("I asked.\n\n“It’s\n  fine”, he said,\x1b[31m and left.")
    verdict = CriterionAccount(criterion="He is quoted", status="passed", reasoning="It is.", quote=QUOTE, message=0)
    lost = CallAccount(call=1, role="agent", agent="agent", seconds=0.3, error=CUT_ERROR)
    return [
        run(0, "Many turns", messages=talk, streams=[stream(9, turn=turn, call=turn) for turn in range(20)]),
        run(1, "Quoted", messages=[quoted], criteria=[verdict]),
        run(2, "Very long stream", messages=[answer(words(5000))], streams=[very_long_stream(5000, listed=2000)]),
        run(3, "Cut", "failed", row={"error": CUT_ERROR}, streams=[stream(3, outcome="truncated")], calls=[lost]),
        run(4, "Slow stream", messages=[answer(words(4))], streams=[stream(4, pause=100.0)]),
        run(5, "Hostile", "failed", **_hostile_parts()),
        run(6, "Unseen", messages=[answer(UNSEEN)]),
        run(7, "Unverified", messages=[answer("Hello")], row={"unverified": True}),
        run(8, "Refused", "failed", row={"error": "ErrorReplyError: status 401", "fault": "wire"}),
    ]


def _hostile_parts() -> dict[str, object]:
    everything = "\n".join(HOSTILE)
    tool = ToolUseAccount(name=HOSTILE[0], id="t", arguments=json.dumps({HOSTILE[1]: HOSTILE[2]}))
    result = MessageAccount(index=1, role="tool", text=everything, answers="t", name=HOSTILE[3])
    headers = {HOSTILE[number]: HOSTILE[number + 1] for number in range(0, len(HOSTILE) - 1, 2)}
    wire = stream(2, url=f"http://agent/{HOSTILE[5]}", sent=headers, received=headers, error=everything)
    wire.protocol, wire.reason, wire.method, wire.body = HOSTILE[0], HOSTILE[1], HOSTILE[2], everything
    wire.findings = [Finding(rule=HOSTILE[4], message=everything, level="error", event=0)]
    verdicts = [
        CriterionAccount(criterion=one, status="failed", reasoning=one, quote=one, message=0) for one in HOSTILE
    ]
    row = {"error": everything, "fault": HOSTILE[0], "test": HOSTILE[1], "file": HOSTILE[2], "set_id": HOSTILE[3]}
    message = answer(everything)
    message.tools, message.agent = [tool], HOSTILE[6]
    parts = {"row": row | {"unmet": list(HOSTILE)}, "messages": [message, result], "streams": [wire]}
    return parts | {"criteria": verdicts, "tags": list(HOSTILE), "parameters": {HOSTILE[7]: HOSTILE[8]}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report of runs that are made by hand."""
    path: Path = tmp_path_factory.mktemp("made") / "report.html"
    write_html(_runs(), path, title=f"Nightly {HOSTILE[16]}")
    return path.as_uri()


def _in_view(element: str) -> str:
    """Whether some of it can be seen, below the page's bar."""
    return f"(({{top, bottom}}) => top < innerHeight && bottom > 52)({element}.getBoundingClientRect())"


async def _texts(page: Page, selector: str) -> list[str]:
    found: list[str] = await page.evaluate(
        f"[...document.querySelectorAll({json.dumps(selector)})].map(one => one.textContent)"
    )
    return found


@pytest.mark.parametrize(
    ("place", "target"),
    [("message/16", "document.getElementById('m-15')"), ("turn/12", "document.getElementById('m-turn-11')")],
)
async def test_an_address_leads_to_a_message_or_a_turn(browser: Browser, report: str, place: str, target: str) -> None:
    """Who is sent the link of a message or a turn sees it at once, and has the focus there."""
    async with browser.page() as page:
        await page.open(f"{report}#/run/r0/{place}")
        await page.until(_in_view(target))
        assert await page.evaluate(f"document.activeElement === {target}")


async def test_links_inside_a_run_move_and_the_back_button_returns(browser: Browser, report: str) -> None:
    """Each message has its link; following one leaves the page as it is, and going back restores the place."""
    async with browser.page() as page:
        await page.open(f"{report}#/run/r0")
        await page.evaluate("document.querySelector('.fold').open = true")
        await page.evaluate("scrollTo(0, 200)")
        # The browser keeps in place what is seen while the fold grows: where that leaves the reader is the place.
        await page.evaluate(_FRAMES)
        click = "document.querySelector('#m-13 .anchor').click()"
        left = await page.evaluate(f"(() => {{ const at = scrollY; {click}; return at; }})()")
        assert left > 0
        await page.until(_in_view("document.getElementById('m-13')"))
        assert (await page.evaluate("location.hash")).endswith("/message/14")
        assert await page.evaluate("document.querySelector('.fold').open"), "the page was drawn anew"
        await page.evaluate("history.back()")
        await page.until(f"Math.abs(scrollY - {left}) <= 1")


async def test_who_goes_back_at_once_is_not_carried_on_to_the_message(browser: Browser, report: str) -> None:
    """A message is looked for over several frames; going back ends that, and the place stays restored."""
    async with browser.page() as page:
        await page.open(f"{report}#/run/r0")
        await page.evaluate("scrollTo(0, 200)")
        await page.evaluate(_FRAMES)
        left = await page.evaluate("scrollY")
        await page.evaluate(
            "new Promise((gone) => { addEventListener('hashchange', () => { addEventListener('hashchange', gone, "
            "{ once: true }); history.back(); }, { once: true }); document.querySelector('#m-13 .anchor').click(); })"
            ".then(() => 0)"
        )
        await page.evaluate(_FRAMES)
        assert abs(await page.evaluate("scrollY") - left) <= 1


async def test_a_quote_is_marked_whatever_its_spaces_and_quotation_marks(browser: Browser, report: str) -> None:
    """A judge's quote is found as it is where it is checked: line ends and shapes of marks do not count."""
    async with browser.page() as page:
        await page.open(f"{report}#/run/r1")
        assert await _texts(page, "mark.passed") == ["It’s\n  fine”, he said"]
        assert await _texts(page, ".text .escape") == ["\\x1b"]


async def test_pages_and_terminals_write_out_the_same_characters(browser: Browser, report: str) -> None:
    """Whatever character cannot be seen, both write it out, and in the same way."""
    async with browser.page() as page:
        await page.open(f"{report}#/run/r6")
        assert await _texts(page, ".text") == [visible(UNSEEN)]


async def test_words_that_were_searched_for_are_marked(browser: Browser, report: str) -> None:
    """In the row that was found, and in the conversation, which opens where they stand."""
    async with browser.page() as page:
        await page.open(report)
        await page.evaluate(
            "(() => { const box = document.getElementById('search'); box.value = 'ANSWER 17'; "
            "box.dispatchEvent(new Event('input')); })()"
        )
        await page.until("document.querySelectorAll('.row').length === 1")
        assert await _texts(page, ".row mark.found") == ["Answer 17"]
        await page.go("#/run/r0")
        assert await _texts(page, ".text mark.found") == ["Answer 17"]
        await page.until(_in_view("document.querySelector('.text mark.found')"))


async def test_a_failure_is_told_once(browser: Browser, report: str) -> None:
    """What the head of the page says of a call that failed is not said again below; the list says what went wrong."""
    async with browser.page() as page:
        await page.open(report)
        assert "TruncatedReplyError: it was cut" in await _texts(page, ".row-reason")
        await page.go("#/run/r3")
        assert (await page.evaluate("document.body.textContent")).count("it was cut") == 1
        assert "after 300 ms" in " ".join(await _texts(page, ".said.lost .who"))


async def test_very_long_streams_are_whole(browser: Browser, report: str) -> None:
    """Of 5,000 events, the last is drawn too, no silence is invented, and a finding stands at its event."""
    async with browser.page() as page:
        await page.open(f"{report}#/run/r2")
        places = "[...document.querySelectorAll('.tl-content')].map(one => parseFloat(one.getAttribute('x1')))"
        assert await page.evaluate(f"Math.max(...{places}) > 95")
        assert await page.evaluate(f"{places}.length") < 1000
        assert await page.evaluate("document.querySelectorAll('.tl-gap').length") == 0
        assert await page.evaluate("parseFloat(document.querySelector('.tl-finding').getAttribute('x')) > 95")
        assert "5,000 events" in await page.evaluate("document.querySelector('.stream-figures').textContent")


async def test_a_very_long_text_is_shown_whole_on_demand(browser: Browser, report: str) -> None:
    """A text of 29,000 characters does not bury the page, and a press shows all of it."""
    async with browser.page() as page:
        await page.open(f"{report}#/run/r2")
        text = "document.querySelector('.text').textContent"
        assert await page.evaluate(f"{text}.length") < 5000
        await page.evaluate("document.querySelector('.text .all').click()")
        assert await page.evaluate(text) == words(5000)
        await page.go("#/")
        await page.go("#/run/r2")
        await page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert await page.evaluate(text) == words(5000), "paper has no buttons"


async def test_a_replay_is_paused_moved_and_ended(browser: Browser, report: str) -> None:
    """It waits where it is paused, shows what had come at the place that it is moved to, and goes away."""
    async with browser.page() as page:
        await page.open(f"{report}#/run/r4")
        button = "document.querySelector('.replay-controls button')"
        await page.evaluate(f"{button}.click()")
        assert "Pause" in await page.evaluate(f"{button}.textContent")
        await page.evaluate(f"{button}.click()")
        assert "Go on" in await page.evaluate(f"{button}.textContent")
        for at, said in ((150, "w0 w1 "), (250, "w0 w1 w2 "), (50, "w0 "), (0, "")):
            await page.evaluate(
                f"(seek => {{ seek.value = {at}; seek.dispatchEvent(new Event('input')); }})"
                "(document.querySelector('.seek'))"
            )
            assert await _texts(page, ".replay-text") == [said]
        await page.evaluate("document.querySelector('[aria-label=\"End the replay\"]').click()")
        assert await page.evaluate("document.querySelector('.replay').hidden")


async def test_hostile_text_stays_text_wherever_it_stands(browser: Browser, report: str) -> None:
    """In names, criteria, tools, headers, addresses, errors, findings and titles, nothing runs or is hidden."""
    async with browser.page() as page:
        await page.open(report)
        for place in ("#/run/r5", "#/pair/r5/r1", "#/"):
            await page.go(place)
            await page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            await asyncio.sleep(0.05)  # toggle events come with the next frame
            assert await page.evaluate("window.pwned") is None
            assert await page.evaluate("document.querySelectorAll('script:not([type]), img, iframe').length") == 1
            seen = await page.evaluate("document.querySelector('main').textContent + document.title")
            assert not set(seen) & set("\x00\x08\x1b\x7f\x9b\u200b\u202e\u2066\u2028\ufeff\U000e0041"), place
        assert page.requests == [report]
        assert page.complaints == []


async def test_what_is_copied_is_what_is_shown(browser: Browser, report: str) -> None:
    """A copied message has no control character that a terminal would obey when it is pasted."""
    async with browser.page() as page:
        await page.open(f"{report}#/run/r1")
        await page.evaluate(
            "Object.defineProperty(navigator, 'clipboard', "
            "{value: {writeText: async text => { window.copied = text; }}})"
        )
        await page.evaluate("document.querySelector('#m-0 .copy').click()")
        await page.until("window.copied")
        copied = await page.evaluate("window.copied")
        assert "\\x1b[31m and left." in copied
        assert "\x1b" not in copied


@pytest.mark.parametrize("dark", [False, True])
async def test_texts_can_be_read_on_their_grounds(browser: Browser, report: str, dark: bool) -> None:
    """Whatever text is shown has a contrast of 4.5 to 1 with the ground that it is really drawn on."""
    async with browser.page(dark=dark) as page:
        await page.open(report)
        for place in ("#/run/r1", "#/run/r2", "#/run/r3", "#/"):
            await page.go(place)
            await page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            assert await page.evaluate(FAINT) == []


# Texts whose colour is too close to the nearest opaque ground behind them, by the formula of WCAG 2.2.
FAINT = """(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([red, green, blue]) => {
    const linear = (one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(red / 255) + 0.7152 * linear(green / 255) + 0.0722 * linear(blue / 255);
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll("main *, header *")) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!text || element.closest("svg, option") || !element.checkVisibility()) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faint.push(`${element.className}: ${contrast.toFixed(2)}`);
  }
  return faint;
})()"""


async def test_a_certificate_that_was_not_verified_is_seen_at_once(browser: Browser, report: str) -> None:
    """Above the conversation, and not folded; where nothing is known of it, nothing is said."""
    async with browser.page() as page:
        for number, told in ((7, True), (1, False)):
            await page.open(f"{report}#/run/r{number}")
            await page.until("document.querySelector('.turn, .message, h1')")
            caution = await page.evaluate("document.querySelector('.caution')?.checkVisibility() ?? false")
            assert caution is told


async def test_a_refusal_is_told_as_either_side_s(browser: Browser, report: str) -> None:
    """Under the error, in the words of the other reports."""
    async with browser.page() as page:
        await page.open(f"{report}#/run/r8")
        await page.until("document.querySelector('.error-box')")
        assert "At fault: the request, or the agent" in (await _texts(page, ".error-box"))[0]
