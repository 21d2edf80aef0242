"""The HTML report of 100, 1,000 and 10,000 scenarios in a real Chromium, and the live page on a store of 10,000.

Run it alone with `python -m benchmarks.html_report`. Nothing else of the kind knows streams, so the baselines are the
limits; beside what ten thousand scenarios take to be drawn stands what a hundred take, in seconds that its process
computed, and beside the bytes of a scenario those that it takes by itself. Without Chromium, the pages are left out.
"""

from __future__ import annotations

import asyncio
import base64
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.row import Row
from scenario.record.account import (
    CriterionAccount,
    EventAccount,
    MessageAccount,
    RowAccount,
    RunAccount,
    StreamAccount,
)
from scenario.report.files.html import write_html
from scenario.store.database import transaction, writable
from scenario.viewer.server import ViewerServer
from tests.viewer.browser import BINARY, MISSING, Browser, Page

SCENARIOS, TURNS, EVENTS = 1000, 10, 40
STORED = 10_000
ROUNDS = 5
FEW, MANY = 100, 10_000
# Seconds, and megabytes. Below a tenth of a second, people take what they do for the cause of what they see.
LOAD_LIMIT, INTERACTION_LIMIT, SEARCH_LIMIT, FIRST_PAGE_LIMIT = 1.0, 0.1, 2.0, 1.0
WRITE_LIMIT, SIZE_LIMIT = 30.0, 25.0
# How much more the page of many may compute than that of few, and how little a scenario takes among others.
DRAWN_LIMIT, PACKED_LIMIT = 3.0, 0.5
SENTENCE = "The train leaves at 08:14 from platform 9, and there is another one at 08:44 that takes a little longer. "


def accounts(count: int, turns: int = TURNS) -> Iterator[RunAccount]:
    """Runs as they are: ten turns, an answer of some sentences each, forty events to an answer."""
    for number in range(count):
        passed = number % 10 != 0
        messages, streams = [], []
        for turn in range(turns):
            said = f"{SENTENCE * 3}({number}.{turn})"
            messages.append(
                MessageAccount(index=2 * turn, role="user", turn=turn, text=f"Question {turn} of {number}?")
            )
            messages.append(MessageAccount(index=2 * turn + 1, role="assistant", turn=turn, text=said, call=turn))
            streams.append(stream(number, turn, said))
        criteria = [
            CriterionAccount(criterion="The agent names a time", status="passed", reasoning="It does.", message=1),
            CriterionAccount(
                criterion="The agent is brief", status="passed" if passed else "failed", reasoning=SENTENCE, message=3
            ),
        ]
        row = RowAccount(
            id=f"run-{number}",
            name=f"Scenario number {number}: a traveller asks for trains",
            status="passed" if passed else "failed",
            turns=turns,
            messages=len(messages),
            seconds=12.3,
            ttft=0.21 + number / 10_000,
            tokens=4000,
            cost=0.0123,
            met=1 + passed,
            unmet=[] if passed else ["The agent is brief"],
        )
        yield RunAccount(row=row, description=SENTENCE, messages=messages, criteria=criteria, streams=streams)


def stream(number: int, turn: int, said: str) -> StreamAccount:
    """An answer in pieces."""
    size = -(-len(said) // EVENTS)
    pieces = [said[start : start + size] for start in range(0, len(said), size)]
    events = [
        EventAccount(
            at=0.2 + index * 0.025,
            data=msgspec.json.encode(
                {"id": f"c-{number}", "choices": [{"index": 0, "delta": {"content": one}}]}
            ).decode(),
            flags=1,
        )
        for index, one in enumerate(pieces)
    ]
    return StreamAccount(
        turn=turn, call=turn, outcome="complete", status=200, total=1.3, headers=0.1, first_byte=0.2,
        first_content=0.2, last_byte=1.25, size=9000, text=said, events=events,
    )  # fmt: skip


def fill(folder: Path, count: int) -> None:
    """A store with so many runs; written by hand, since only how it is read is measured here."""
    connection = writable(folder)
    names = (
        "id, run_id, invocation, key, repeat, name, file, test, status, started, seconds, turns, messages, tokens, cost"
    )
    values = "?, 'run-' || ?, 1, 'key-' || ?, 0, 'Scenario number ' || ?, '', '', ?, 1.0, 12.3, 10, 20, 4000, 0.01"
    insertion = f"INSERT INTO scenarios ({names}, ttft, changed) VALUES ({values}, 0.2, ?)"  # noqa: S608 - our own words
    with transaction(connection):
        connection.execute(
            "INSERT INTO invocations (id, uid, started, ended, source, command, versions) "
            "VALUES (1, 'u', 1.0, 2.0, 'run', 'scenario run', '{}')"
        )
        for number in range(1, count + 1):
            status = "failed" if number % 10 == 0 else "passed"
            connection.execute(insertion, (number, number, number, number, status, number))
            for criterion in ("The agent names a time", "The agent is brief"):
                connection.execute(
                    "INSERT INTO verdicts (scenario, criterion, requirement, status, reasoning, listed) "
                    "VALUES (?, ?, '', ?, '', 0)",
                    (number, criterion, status),
                )
        connection.execute("UPDATE changes SET value = ?", (count,))
    connection.close()


async def _loaded(page: Page, address: str) -> float:
    """Seconds from the navigation to a drawn list, by the page's own clock."""
    await page.open(address)
    return await page.evaluate(
        "new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now() / 1000))))"
    )


async def _computed(browser: Browser, address: str) -> float:
    """Seconds that the page's process computed until the list was drawn."""
    times = []
    for _ in range(ROUNDS):
        async with browser.page() as page:
            await _loaded(page, address)
            times.append(await page.cpu())
    return sorted(times)[ROUNDS // 2]


async def _took(page: Page, action: str, until: str) -> float:
    """Seconds from an action to the frame that shows what it did, by the page's own clock."""
    return await page.evaluate(
        f"(async () => {{ const began = performance.now(); {action};"
        f" while (!({until})) await new Promise(requestAnimationFrame);"
        " await new Promise(requestAnimationFrame); return (performance.now() - began) / 1000; })()"
    )


async def _report(path: Path, one: Path, few: Path, many: Path) -> dict[str, float]:
    found: dict[str, float] = {}
    async with Browser() as browser:
        found["few"], found["many"] = [await _computed(browser, file.as_uri()) for file in (few, many)]
        for name, file in (("one", one), ("load", path)):
            times = []
            for _ in range(ROUNDS):
                async with browser.page() as page:
                    times.append(await _loaded(page, file.as_uri()))
            found[name] = sorted(times)[ROUNDS // 2]
        async with browser.page() as page:
            await page.open(path.as_uri())
            last = (
                f"[...document.querySelectorAll('.row')].some(one => /number {SCENARIOS - 1}:/.test(one.textContent))"
            )
            found["scroll"] = await _took(page, "scrollTo(0, document.documentElement.scrollHeight)", last)
            failed = "document.querySelector('.chip')"
            found["filter"] = await _took(
                page,
                f"{failed}.click()",
                f"/^{SCENARIOS // 10} /.test(document.querySelector('.list-count').textContent)",
            )
            found["open"] = await _took(
                page, f"location.hash = '#/run/run-{SCENARIOS // 2}'", "document.querySelector('.scenario .timeline')"
            )
            await page.go("#/")
            box = "document.getElementById('search')"
            found["search"] = await _took(
                page,
                f"{box}.value = '({SCENARIOS // 2}.9)'; {box}.dispatchEvent(new Event('input'))",
                "/^1 scenario match/.test(document.querySelector('.list-count').textContent)",
            )
    return found


async def _live(folder: Path) -> float:
    async with ViewerServer(folder) as server, Browser() as browser:
        times = []
        for _ in range(ROUNDS):
            async with browser.page() as page:
                began = time.perf_counter()
                await page.open(f"{server.origin}/#token={server.address.partition('=')[2]}")
                await page.go("#/all")
                await page.until(
                    "document.querySelectorAll('.row').length > 5 && document.querySelector('.rate-value')"
                )
                times.append(time.perf_counter() - began)
        return sorted(times)[ROUNDS // 2]


def _alone(account: RunAccount) -> int:
    """Bytes of a scenario that shares nothing with others: its row, and the whole of it, deflated."""
    packed = zlib.compress(msgspec.json.encode(account), 6)
    return len(msgspec.json.encode(account.row)) + len(base64.b64encode(packed))


def _size_row(path: Path, turns: int) -> Row:
    sample = [_alone(account) for account in accounts(FEW, turns)]
    alone, ours = sum(sample) / FEW, path.stat().st_size / MANY
    name = f"report of {MANY:,} scenarios of {turns} turns, bytes of each"
    target = f"half of what it takes by itself: {PACKED_LIMIT:g}"
    return Row(name, f"{ours:,.0f} B", f"{alone:,.0f} B", alone / ours, target, ours <= PACKED_LIMIT * alone)


def _row(name: str, took: float, limit: float) -> Row:
    target = f"under {limit:g} s"
    return Row(name, f"{took * 1000:,.0f} ms", f"{limit * 1000:,.0f} ms", limit / took, target, took <= limit)


def rows() -> list[Row]:
    """The table's rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, one = folder / "report.html", folder / "one.html"
        began = time.perf_counter()
        write_html(accounts(SCENARIOS), path)
        written = time.perf_counter() - began
        write_html(accounts(1), one)
        few, many, short = (folder / f"{name}.html" for name in ("few", "many", "short"))
        write_html(accounts(FEW), few)
        write_html(accounts(MANY), many)
        write_html(accounts(MANY, 2), short)
        size = path.stat().st_size / 1e6
        reached = written < WRITE_LIMIT and size < SIZE_LIMIT
        target = f"{WRITE_LIMIT:g} s, {SIZE_LIMIT:g} MB"
        ratio = min(WRITE_LIMIT / written, SIZE_LIMIT / size)
        name = f"report of {SCENARIOS:,} scenarios of {TURNS} turns, written"
        table = [Row(name, f"{written:.1f} s, {size:.1f} MB", target, ratio, target, reached)]
        table += [_size_row(many, TURNS), _size_row(short, 2)]
        if BINARY is None:
            print(f"left out: the pages ({MISSING})", file=sys.stderr)
            return table
        found = asyncio.run(_report(path, one, few, many))
        fill(folder / "store", STORED)
        live = asyncio.run(_live(folder / "store"))
        drawn = f"it, until drawn (one scenario: {found['one'] * 1000:,.0f} ms)"
        more = found["many"] / found["few"]
        target = f"at most {DRAWN_LIMIT:g} times as much"
        name = f"report of {MANY:,} scenarios, until drawn, beside {FEW:,}; computed"
        ours, theirs = (f"{1000 * found[name]:,.0f} ms" for name in ("many", "few"))
        table.append(Row(name, ours, theirs, 1 / more, target, more <= DRAWN_LIMIT))
        table += [
            _row(drawn, found["load"], LOAD_LIMIT),
            _row("it, scrolled to its end", found["scroll"], INTERACTION_LIMIT),
            _row("it, filtered by status", found["filter"], INTERACTION_LIMIT),
            _row("it, a scenario opened", found["open"], INTERACTION_LIMIT),
            _row("it, first search of all conversations", found["search"], SEARCH_LIMIT),
            _row(f"live page of {STORED:,} stored scenarios, until drawn", live, FIRST_PAGE_LIMIT),
        ]
        return table


if __name__ == "__main__":
    from benchmarks.__main__ import table as _table

    print(_table(rows()))
