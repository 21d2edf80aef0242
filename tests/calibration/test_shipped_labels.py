"""The labels that come with the package: what they are, and that nothing but judging tells them."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from labelling.composing import labels
from labelling.packed import lines_of
from labelling.rules import truth
from labelling.surface import SURFACES, held_out
from scenario.calibration import shipped_labels as module
from scenario.calibration.shipped_labels import shipped_labels
from scenario.testing import ModelServer
from tests.calibration.test_labels import line
from tests.cli_run.command import typed

FOLDER = Path(module.__file__).parent / "shipped"
OURS = [json.loads(one) for one in gzip.decompress((FOLDER / "scenario/labels.jsonl.gz").read_bytes()).splitlines()]


def test_there_are_enough_of_them() -> None:
    """More than 400, half of ours met and half not in each kind, and none twice."""
    all_of_them = shipped_labels()
    assert len(all_of_them) == len({label.key for label in all_of_them}) == 514
    counts = Counter((label["kind"], label["met"]) for label in OURS)
    assert len(OURS) >= 200
    assert set(counts.values()) == {8}
    assert len({label.group for label in all_of_them}) == 64 + 14 + 24


def test_ours_are_made_anew_as_they_are() -> None:
    """By `python -m labelling`, whose seed is kept."""
    assert lines_of(labels()) == lines_of(OURS)


def test_each_of_ours_is_what_its_rule_says() -> None:
    """Of the transcript alone."""
    for label in OURS:
        assert truth(label["messages"], label["rule"]) is label["met"], (label["group"], label["kind"])


def test_no_word_of_a_criterion_tells_its_label() -> None:
    """Each sentence stands as often with "met" as with "not met", in conversations that differ in little."""
    told: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for label in OURS:
        told[label["group"], label["criterion"]].append(label["met"])
    assert all(sorted(both) == [False, True] for both in told.values())


@pytest.mark.parametrize("name", sorted(SURFACES))
def test_no_surface_tells_labels(name: str) -> None:
    """A regression on words, lengths or kinds guesses near one half of what it was not fitted on."""
    assert 0.4 <= held_out(OURS, SURFACES[name]) <= 0.6


def test_what_the_corpora_say_of_tools_is_so() -> None:
    """A call whose result is no error, of the tool that the criterion describes."""
    tools = {
        "The agent looked up the details of a reservation.": "get_reservation_details",
        "The agent transferred the user to a human agent.": "transfer_to_human_agents",
        "The agent cancelled a reservation in the system.": "cancel_reservation",
        "The agent booked a new reservation.": "book_reservation",
        "The agent looked up the user's profile.": "get_user_details",
    }
    checked = 0
    for label in shipped_labels():
        if (tool := tools.get(label.criterion)) is not None:
            failed = {
                message["tool_call_id"]
                for message in label.messages
                if message["role"] == "tool" and str(message["content"]).startswith("Error")
            }
            calls = [call for message in label.messages for call in message.get("tool_calls") or ()]
            worked = [call for call in calls if call["function"]["name"] == tool and call["id"] not in failed]
            assert bool(worked) is label.met, label.place
            checked += 1
    assert checked > 20


def test_each_set_has_its_licence_beside_it() -> None:
    """The two that are not ours in folders of their own, with who made them and what was changed."""
    assert sorted(path.parent.name for path in FOLDER.glob("*/LICENSE")) == [
        "schema_guided_dialogue",
        "tau_bench_airline",
    ]
    assert "Copyright (c) 2024 Sierra" in (FOLDER / "tau_bench_airline/LICENSE").read_text()
    share_alike = (FOLDER / "schema_guided_dialogue/LICENSE").read_text()
    assert "https://creativecommons.org/licenses/by-sa/4.0/" in share_alike
    assert "Changes: " in share_alike


async def test_a_judge_is_calibrated_on_them_by_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of that name is reached as ./shipped."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shipped").write_text(line())
    async with ModelServer() as server:
        asked = ("--model", "openai/test", "--api-base", server.base_url, "--json")
        ended = await typed("judge", "--calibrate", "shipped", "--limit", "8", *asked, OPENAI_API_KEY="k")
        mine = await typed("judge", "--calibrate", "./shipped", *asked, OPENAI_API_KEY="k")
    assert ended.code == mine.code == 0, ended.err + mine.err
    told, of_mine = (json.loads(one.out)["calibration"] for one in (ended, mine))
    assert told["file"] == "shipped"
    assert told["figures"]["counts"]["true_passes"] + told["figures"]["counts"]["false_passes"] == 8
    assert of_mine["file"] == "./shipped"
    assert of_mine["figures"]["counts"]["true_passes"] == 1
