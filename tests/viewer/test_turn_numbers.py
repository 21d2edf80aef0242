"""One run, seen from every side: people count its turns from 1, programs from 0."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from click.testing import CliRunner

import scenario
from scenario.cli.main import main
from scenario.record.account_recorder import AccountRecorder
from scenario.report.files.html import write_html
from scenario.store.writer import StoreWriter
from scenario.viewer.server import ViewerServer
from tests.runner.players import Says, judge, play, user, verdict
from tests.viewer.browser import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")

TITLES = "[...document.querySelectorAll('.turn')].map(one => [one.querySelector('h3').textContent, one.textContent])"


class Seen(NamedTuple):
    """What the run's own step saw, what it ended with, and where the run is kept."""

    indexes: list[int]
    state: str
    notes: list[str]
    store: Path
    report: Path
    run_id: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Three turns, a checkpoint in the second of them, and a step of the test that breaks in the third."""
    folder = tmp_path_factory.mktemp("turns")
    indexes: list[int] = []
    states: list[str] = []

    def breaks(state: scenario.ScenarioState) -> None:
        indexes.extend((state.current_turn, *(turn.index for turn in state.turns)))
        states.append(repr(state))
        raise KeyError("broken")

    line = [scenario.user(), scenario.agent()]
    script = [*line, *line, scenario.judge(["It answers."]), *line, breaks]
    speakers = [user("one", "two", "three"), Says("first", "second", "third"), judge(verdict())]
    recorder = AccountRecorder()
    with (
        StoreWriter(folder / "store") as writer,
        scenario.subscribed(writer),
        scenario.subscribed(recorder),
        pytest.raises(KeyError) as raised,
    ):
        await play(*speakers, script=script)
    write_html(recorder.accounts, folder / "report.html")
    (account,) = recorder.accounts
    notes = raised.value.__notes__
    return Seen(indexes, states[0], notes, folder / "store", folder / "report.html", account.row.id)


def _show(seen: Seen, *options: str) -> str:
    shown = CliRunner().invoke(main, ["show", seen.run_id, "--store", str(seen.store), *options])
    assert shown.exit_code == 0, shown.output
    return shown.output


async def test_the_test_s_own_code_counts_from_0(seen: Seen) -> None:
    """`state.current_turn` and the turns' indexes are the established API's."""
    assert seen.indexes == [2, 0, 1, 2]


async def test_what_a_failed_test_prints_counts_from_1(seen: Seen) -> None:
    """The note on the exception, and the state as pytest shows it in a failed assertion."""
    assert seen.notes == [
        "In the scenario 'a test', turn 3, after the message assistant: 'third'",
    ]
    assert seen.state == "<ScenarioState 'a test', turn 3, 6 messages>"


async def test_the_command_counts_from_1(seen: Seen) -> None:
    """`scenario show` heads each turn, and says in which one a checkpoint was."""
    shown = _show(seen)
    turns = dict(re.findall(r"-- turn (\d)\n\S+ +(\w+)", shown))
    assert turns == {"1": "one", "2": "two", "3": "three"}
    assert "It answers. (checkpoint in turn 2)" in shown


async def test_json_counts_from_0(seen: Seen) -> None:
    """What programs read has the same numbers as `state.current_turn`."""
    told = json.loads(_show(seen, "--json"))
    assert [message["turn"] for message in told["messages"]] == [0, 0, 1, 1, 2, 2]
    assert [turn["turn"] for turn in told["turns"]] == [0, 1, 2]
    assert [one["turn"] for one in told["verdicts"]] == [1]


async def test_pages_count_from_1(seen: Seen, browser: Browser) -> None:
    """The report and the live page head each turn with the number that `scenario show` gives it."""
    async with ViewerServer(seen.store) as server, browser.page() as page:
        for address in (seen.report.as_uri(), server.address):
            await page.open(address)
            await page.go(f"#/run/{seen.run_id}")
            await page.until("document.querySelectorAll('.turn').length === 3")
            titles = await page.evaluate(TITLES)
            assert [title for title, _ in titles] == ["Turn 1", "Turn 2", "Turn 3"]
            assert ["second" in text for _, text in titles] == [False, True, False]
