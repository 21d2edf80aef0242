"""`scenario judge`, as it is typed, with a model's server of the test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scenario.store.invocation import Invocation
from scenario.store.writer import StoreWriter
from scenario.testing import ModelServer
from tests.calibration.test_labels import line
from tests.cli_run.command import Ended, typed
from tests.store.stored_runs import a_run

JUDGE = ("--model", "openai/test")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test's store and labels are in its own folder."""
    monkeypatch.chdir(tmp_path)


def kept_calibration() -> tuple[dict[str, Any], int]:
    """What is kept beside the store, and who may look into its folder or into the file."""
    file = Path(".scenario/judge.json")
    return json.loads(file.read_text()), file.parent.stat().st_mode | file.stat().st_mode


def labels(*lines: str) -> None:
    """The file that is calibrated with."""
    Path("labels.jsonl").write_text("\n".join(lines))


async def calibrate(server: ModelServer, *arguments: str) -> Ended:
    """`scenario judge --calibrate labels.jsonl`."""
    asked = ("--calibrate", "labels.jsonl", *JUDGE, "--api-base", server.base_url)
    return await typed("judge", *asked, *arguments, OPENAI_API_KEY="k")


MIXED = [
    line(criterion="It greets", met=True),
    line(criterion="It is rude", met=False),
    line(criterion="It sings", met=False, messages=[{"role": "user", "content": "Sing"}]),
    line(criterion="It helps", met=True, messages=[{"role": "user", "content": "Help"}]),
]
VERDICTS = {"rude": "failed", "sings": "passed", "helps": "inconclusive"}


async def test_wrong_passes_come_first_with_their_interval() -> None:
    """Then wrong fails, what was decided, how far it agrees, and which label was decided wrongly, with the reason."""
    labels(*MIXED)
    async with ModelServer(verdicts=VERDICTS) as server:
        ended = await calibrate(server)
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    figures = lines[3:]
    assert figures[0].startswith("false passes  1 of 2 (50.0%, 95 % interval 9.5% to 90.5%)")
    assert figures[1].startswith("false fails   0 of 2")
    assert figures[2].startswith("decided       3 of 4")
    assert figures[3].startswith("right         2 of 3")
    assert "labels.jsonl:3" in ended.out
    assert "passed, and is not met" in ended.out


async def test_what_was_judged_is_not_asked_again() -> None:
    """The same command asks nobody; another label is asked alone; --anew asks all."""
    labels(*MIXED)
    async with ModelServer(verdicts=VERDICTS) as server:
        await calibrate(server)
        first = len(server.requests)
        again = await calibrate(server)
        assert len(server.requests) == first
        labels(*MIXED, line(criterion="It waits", met=True, messages=[{"role": "user", "content": "Wait"}]))
        await calibrate(server)
        assert len(server.requests) == first + 1
        await calibrate(server, "--anew")
        assert len(server.requests) > first + 2
    assert "false passes  1 of 2" in again.out


async def test_what_was_judged_before_a_failure_is_kept() -> None:
    """The command says so, fails, and goes on from there when it is typed again."""
    labels(*MIXED)
    async with ModelServer(statuses=(200, 200, 401), verdicts=VERDICTS) as server:
        ended = await calibrate(server, "--jobs", "1")
        assert ended.code != 0
        assert "2 of 4 labels judged; they are kept" in ended.err
        asked = len(server.requests)
        assert (await calibrate(server)).code == 0
        assert all("It greets" not in json.dumps(request.body) for request in server.requests[asked:])


@pytest.mark.parametrize(("most", "code"), [("60%", 4), ("0.95", 0)])
async def test_a_judge_that_is_not_shown_to_be_fit_ends_with_4(most: str, code: int) -> None:
    """By the interval's upper end: two labels show nothing of the sort."""
    labels(*MIXED)
    async with ModelServer(verdicts=VERDICTS) as server:
        ended = await calibrate(server, "--require-false-passes", most)
    assert ended.code == code
    assert ("up to 90.5% may" in ended.err) == (code == 4)


async def test_a_judge_that_is_shown_to_be_unfit_is_not_to_get_more_labels() -> None:
    """Where the interval's lower end is above the limit already; where it is not, more labels may help."""
    labels(*(line(criterion="It sings", met=False, messages=[{"role": "user", "content": f"{n}"}]) for n in range(4)))
    async with ModelServer() as server:
        unfit = await calibrate(server, "--require-false-passes", "5%")
        open_still = await calibrate(server, "--require-false-passes", "90%")
    assert unfit.code == open_still.code == 4
    assert "may. Take another judge." in " ".join(unfit.err.split())
    assert "more labels of what is not met" in open_still.err


async def test_without_labels_of_what_is_not_met_no_judge_is_fit() -> None:
    """Nobody has shown that it does not pass everything."""
    labels(MIXED[0])
    async with ModelServer() as server:
        ended = await calibrate(server, "--require-false-passes", "50%")
    assert ended.code == 4
    assert "no label says that a criterion is not met" in ended.err


async def test_a_judge_that_decides_nothing_is_not_fit() -> None:
    """It passes nothing wrongly, as a server does that is not there."""
    labels(*(line(criterion="It sings", met=False, messages=[{"role": "user", "content": f"{n}"}]) for n in range(9)))
    async with ModelServer(verdicts={"sings": "inconclusive"}) as server:
        ended = await calibrate(server, "--require-false-passes", "50%")
    assert ended.code == 4, ended
    assert "it decided none" in ended.err


async def test_the_figures_are_kept_beside_the_store() -> None:
    """With the judge's model, what it is asked, and which labels they were."""
    labels(*MIXED)
    async with ModelServer(verdicts=VERDICTS) as server:
        await calibrate(server)
    kept, mode = kept_calibration()
    assert kept["judge"]["model"] == "openai/test"
    assert kept["judge"]["wording"]
    assert kept["labels"]
    assert kept["figures"]["counts"]["false_passes"] == 1
    assert mode & 0o077 == 0


async def test_a_stored_run_is_judged_again_without_its_agent() -> None:
    """Each verdict beside the one before, and why, where another came."""
    with StoreWriter(Path(".scenario"), invocation=Invocation(uid="a" * 32, started=1.0, source="run")) as writer:
        for event in a_run("11aa", name="refund"):
            writer(event)
    async with ModelServer(verdicts={"": "failed"}) as server:
        asked = ("judge", "last", *JUDGE, "--api-base", server.base_url)
        ended = await typed(*asked, OPENAI_API_KEY="k")
        other = await typed(*asked, "--criterion", "It is short", "--json", OPENAI_API_KEY="k")
    assert ended.code == 0, ended.err
    assert "refund" in ended.out
    assert "passed → failed" in ended.out
    told = json.loads(other.out)["verdicts"]
    assert [(one["criterion"], one["before"], one["now"]) for one in told] == [("It is short", None, "failed")]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("last", "--calibrate", "labels.jsonl"),
        ("last", "--limit", "3"),
        ("last", "--require-false-passes", "5%"),
        ("--calibrate", "labels.jsonl", "--criterion", "x"),
        ("--calibrate", "labels.jsonl", "--require-false-passes", "0"),
        ("--calibrate", "labels.jsonl", "--require-false-passes", "five"),
        ("--calibrate", "missing.jsonl"),
    ],
)
async def test_what_has_no_effect_is_refused(arguments: tuple[str, ...]) -> None:
    """Neither both nor none of runs and labels, and no option of the one with the other."""
    labels(*MIXED)
    assert (await typed("judge", *arguments, *JUDGE)).code == 2
