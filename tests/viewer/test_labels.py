"""What a person says of a run's criteria in its page: the one thing that the page's server writes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from scenario.calibration.label_file import LabelFile
from scenario.store.labelled import LABELS
from scenario.store.reader import StoreReader
from scenario.store.writer import StoreWriter
from scenario.viewer.server import ViewerServer
from tests.report.run_events import weather_run
from tests.viewer.browser import Browser
from tests.viewer.conftest import Recorded

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "a-token-of-the-test"  # noqa: S105 - it opens nothing but this test's server
KNOWN = {"Authorization": f"Bearer {TOKEN}"}


@pytest_asyncio.fixture(loop_scope="module")
async def server(tmp_path: Path) -> AsyncIterator[ViewerServer]:
    """The server of a store with one run."""
    with StoreWriter(tmp_path) as writer:
        for event in weather_run():
            writer(event)
    async with ViewerServer(tmp_path, token=TOKEN) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that nobody steers."""
    async with aiohttp.ClientSession() as http:
        yield http


def run_of(folder: Path) -> tuple[str, list[str]]:
    """The id of the one run, and its criteria."""
    with StoreReader(folder) as reader:
        (row,) = reader.scenarios()
        record = reader.scenario(row.run_id, with_bytes=False)
    return row.run_id, list(dict.fromkeys(one.result.criterion for one in record.verdicts if one.turn is None))


def kept(folder: Path) -> dict[str, bool]:
    """What stands in the file."""
    return {label.criterion: label.met for label in LabelFile(folder / LABELS).labels().values()}


def is_there(folder: Path) -> bool:
    """Whether anything was written."""
    return (folder / LABELS).exists()


async def put(http: aiohttp.ClientSession, server: ViewerServer, run: str, body: Any, **headers: str) -> int:
    """The status of an attempt to keep a label."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {
        **KNOWN,
        "Content-Type": "application/json",
        **{name.replace("_", "-"): one for name, one in headers.items()},
    }
    async with http.put(f"{server.origin}/api/scenarios/{run}/labels", data=data, headers=sent) as response:
        return response.status


async def test_a_label_is_kept_changed_and_taken_back(
    server: ViewerServer, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """In the file that `scenario judge --calibrate mine` reads, with the run, and that the verdict was in sight."""
    run, (first, second, *_) = run_of(tmp_path)
    assert await put(http, server, run, {"criterion": first, "met": True}) == 200
    assert await put(http, server, run, {"criterion": second, "met": True}) == 200
    assert await put(http, server, run, {"criterion": second, "met": False}) == 200
    assert kept(tmp_path) == {first: True, second: False}
    async with http.get(f"{server.origin}/api/scenarios/{run}/labels", headers=KNOWN) as response:
        told = {one["criterion"]: one["met"] for one in await response.json()}
    assert (told[first], told[second]) == (True, False)
    line = json.loads((tmp_path / LABELS).read_bytes().splitlines()[0])
    assert (line["run"], line["saw_verdict"]) == (run, True)
    assert await put(http, server, run, {"criterion": first, "met": None}) == 200
    assert kept(tmp_path) == {second: False}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": ""}, 401),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
async def test_nobody_but_its_own_page_writes(
    server: ViewerServer, http: aiohttp.ClientSession, tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    """A page of another site, a form, or who has no token: they are refused, and nothing is written."""
    run, (first, *_) = run_of(tmp_path)
    assert await put(http, server, run, {"criterion": first, "met": True}, **headers) == status
    assert not is_there(tmp_path)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"criterion": "It sings", "met": True}, 404),
        ({"criterion": 3, "met": True}, 400),
        ({"met": True}, 400),
        ({"criterion": "It sings", "met": "yes"}, 400),
        ({"criterion": "It sings", "met": True, "path": "/etc/passwd"}, 400),
        (b"{", 400),
        (b"\xff", 400),
        (b'{"criterion": "' + b"a" * 300_000 + b'", "met": true}', 413),
    ],
)
async def test_what_is_no_label_of_the_run_is_refused(
    server: ViewerServer, http: aiohttp.ClientSession, tmp_path: Path, body: Any, status: int
) -> None:
    """Neither another criterion nor another field is written, nor a body of any length read."""
    run, _ = run_of(tmp_path)
    assert await put(http, server, run, body) == status
    assert await put(http, server, "none", {"criterion": "It sings", "met": True}) == 404
    assert not is_there(tmp_path)


async def test_a_person_labels_in_the_page(browser: Browser, server: ViewerServer, tmp_path: Path) -> None:
    """One press keeps it, another takes it back; who opens the page again sees it."""
    run, _ = run_of(tmp_path)
    button = "document.querySelector('.label-choice button')"
    async with browser.page() as page:
        await page.open(server.address)
        await page.go(f"#/run/{run}")
        await page.until(button)
        await page.evaluate(f"{button}.click()")
        await page.until(f"{button}.getAttribute('aria-pressed') === 'true'")
        assert len(kept(tmp_path)) == 1
        # What stands there until the page is loaded anew is not looked at; a button is found and pressed in one step.
        await page.evaluate("window.isOld = true; location.reload()")
        pressed = f"{button}?.getAttribute('aria-pressed') === 'true'"
        await page.until(f"!window.isOld && {pressed} && ({button}.click(), true)")
        await page.until(f"{button}.getAttribute('aria-pressed') === 'false'")
        assert kept(tmp_path) == {}
        assert page.complaints == []


async def test_a_label_that_cannot_be_kept_is_said(browser: Browser, server: ViewerServer, tmp_path: Path) -> None:
    """The button does not show what is nowhere."""
    run, _ = run_of(tmp_path)
    button = "document.querySelector('.label-choice button')"
    async with browser.page() as page:
        await page.open(server.address)
        await page.go(f"#/run/{run}")
        await page.until(button)
        (tmp_path / LABELS).mkdir()
        await page.evaluate(f"{button}.click()")
        await page.until("document.querySelector('.label-problem').textContent.includes('Not kept')")
        assert await page.evaluate(f"{button}.getAttribute('aria-pressed')") == "false"


async def test_a_report_file_has_no_buttons(browser: Browser, recorded: Recorded) -> None:
    """There is nobody behind it who could keep a label."""
    async with browser.page() as page:
        await page.open(f"{recorded.report.as_uri()}#/run/{recorded.accounts[0].row.id}")
        await page.until("document.querySelector('.criteria')")
        assert not await page.evaluate("Boolean(document.querySelector('.label-choice'))")
