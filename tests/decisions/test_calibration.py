"""`scenario judge --calibrate` with a decision model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenario.testing import DecisionServer
from tests.calibration.test_labels import line
from tests.cli_run.command import typed

_LABELS = [
    line(criterion="It greets", met=True),
    line(criterion="It is rude", met=False),
    line(criterion="It sings", met=False, messages=[{"role": "user", "content": "Sing"}]),
]


def _kept(folder: Path) -> dict[str, str]:
    judge: dict[str, str] = json.loads((folder / ".scenario" / "judge.json").read_text())["judge"]
    return judge


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store and the labels are in the test's own folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "labels.jsonl").write_text("\n".join(_LABELS))


async def test_a_decision_model_is_calibrated_like_any_judge(tmp_path: Path) -> None:
    """Its figures are kept under its name with its protocol, so that none hold for the same model asked otherwise."""
    kept = []
    async with DecisionServer({"rude": 0.01, "sings": 0.6}) as server:
        for model in ("systemone/test", "decisions/test"):
            ended = await typed(
                *("judge", "--calibrate", "labels.jsonl", "--model", model, "--api-base", server.base_url)
            )
            assert ended.code == 0, ended.err
            kept.append(_kept(tmp_path))
            assert "false passes  0 of 2" in ended.out
    assert [one["model"] for one in kept] == ["systemone/test", "decisions/test"]
    paths = [request.path for request in server.requests]
    assert paths == ["/v1/systemone"] * 4 + ["/v1/decisions"] * 4


async def test_where_no_band_is_chosen_nothing_is_told_twice() -> None:
    """The figures are then those of what decides without a calibration, of all labels, once."""
    async with DecisionServer({"greets": 0.99, "rude": 0.01, "sings": 0.6}) as server:
        judge = ("judge", "--calibrate", "labels.jsonl", "--model", "systemone/test", "--api-base", server.base_url)
        ended, as_json = await typed(*judge), await typed(*judge, "--json")
    assert "Without this calibration" not in ended.out
    found = json.loads(as_json.out)
    assert found["by_default"]["counts"] == found["calibration"]["figures"]["counts"]
