"""Bands: chosen on one half of the labels, measured on the other, kept, and used where they hold."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, strategies as st

import scenario
from scenario.calibration.band_choice import band_between, halves
from scenario.calibration.labels import read_labels
from scenario.dialogue.adapter import AgentInput
from scenario.testing import AgentServer, DecisionServer
from scenario.types import CriterionResult, FinalJudgmentRequest, Message
from tests.calibration.test_labels import line
from tests.cli_run.command import Ended, typed

_PROBABILITIES: Final = st.lists(st.floats(0, 1), min_size=1, max_size=60)
_MESSAGES: Final[list[Message]] = [
    {"role": "user", "content": "Is it warm in Bonn today?"},
    {"role": "assistant", "content": "Yes, it is 20 degrees and sunny there."},
]
# What a server that says yes too easily makes of each: 0.70 to 0.79 of what is not met, 0.82 to 0.91 of what is.
_BIASED: Final = {f"thing {number} is false": 0.70 + number / 1000 for number in range(90)} | {
    f"thing {number} is true": 0.82 + number / 1000 for number in range(90)
}


def _labels(count: int = 60) -> list[str]:
    return [
        line(
            criterion=f"The agent says that thing {number} is {'true' if met else 'false'}.",
            met=met,
            messages=[{"role": "user", "content": f"Tell me about number {number}"}],
        )
        for number in range(count)
        for met in (True, False)
    ]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store and the labels are in the test's own folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "labels.jsonl").write_text("\n".join(_labels()))


async def _calibrated(server: DecisionServer, *arguments: str, model: str = "systemone/test") -> Ended:
    asked = ("--calibrate", "labels.jsonl", "--model", model, "--api-base", server.base_url)
    ended = await typed("judge", *asked, *arguments)
    assert ended.code == 0, ended
    return ended


def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(Path(".scenario/judge.json").read_text())
    return kept


def _keep(content: str) -> None:
    Path(".scenario").mkdir(mode=0o700, exist_ok=True)
    Path(".scenario/judge.json").write_text(content)


def _write(name: str, content: str) -> None:
    Path(name).write_text(content)


async def _judged(server: DecisionServer, model: str = "systemone/test") -> tuple[list[CriterionResult], str]:
    criteria = ["The agent says that thing 3 is true.", "The agent says that thing 3 is false."]
    judge = scenario.JudgeAgent(criteria=criteria, model=model, api_base=server.base_url)
    request = FinalJudgmentRequest(criteria=None)
    result = await judge.call(AgentInput(thread_id="t", messages=_MESSAGES, judgment_request=request))
    assert isinstance(result, scenario.ScenarioResult)
    return list(result.criteria), str(result.reasoning)


def _server(**settings: Any) -> DecisionServer:
    """A server with a bias to say yes, which reads what it is asked about all the same."""
    return DecisionServer(_BIASED, **settings)


async def test_a_band_is_chosen_on_one_half_and_measured_on_the_other() -> None:
    """The figures are of labels of other conversations than those on which it was chosen, and both are told."""
    async with _server() as server:
        ended = await _calibrated(server)
        url = f"{server.base_url}/systemone"
    kept = _kept()
    (band,) = kept["bands"]
    assert band["chosen_on"] == 60
    assert band["server"] == url
    assert (band["model"], band["answered"]) == ("systemone/test", "test")
    assert band["wording"] == kept["judge"]["wording"]
    assert band["labels"] == kept["labels"]
    assert 0.7 <= band["band"]["false_to"] < 0.8
    assert 0.82 <= band["band"]["true_from"] < 0.9
    counts = kept["figures"]["counts"]
    assert sum(counts.values()) == 60
    assert counts["false_passes"] == counts["false_fails"] == 0
    assert "chosen on 60 labels; the figures are those of the" in " ".join(ended.out.split())


async def test_what_decides_without_the_band_is_told_of_all_labels() -> None:
    """Nothing was chosen for it, so that all labels count: the sentence that is printed of the embedded model."""
    async with _server() as server:
        ended, as_json = await _calibrated(server), await _calibrated(server, "--json")
    told = " ".join(ended.out.partition("Without this calibration:")[2].split())
    by_default = json.loads(as_json.out)["by_default"]
    decided = sum(by_default["counts"][name] for name in ("true_passes", "false_passes", "true_fails", "false_fails"))
    assert sum(by_default["counts"].values()) == 120
    assert told.startswith(f"Of 120 labelled criteria (labels.jsonl) it decided {decided} ("), ended.out
    assert "false passes  0 of 30" in ended.out


async def test_the_judge_goes_by_its_band_and_says_so() -> None:
    """What a wide band leaves undecided is decided by the one that labels gave, and the verdict names it."""
    async with _server() as server:
        before, _ = await _judged(server)
        await _calibrated(server)
        after, reasoning = await _judged(server)
    assert [one.status for one in before] == ["inconclusive"] * 2
    assert [one.status for one in after] == ["passed", "failed"]
    assert "by the band that was calibrated for it" in after[0].reasoning
    assert "read by the band that labels.jsonl of" in reasoning


def _other_port(kept: dict[str, Any]) -> None:
    kept["bands"][0]["server"] = "http://127.0.0.1:1/v1/systemone"


def _other_model(kept: dict[str, Any]) -> None:
    kept["bands"][0]["model"] = "systemone/other"


def _other_wording(kept: dict[str, Any]) -> None:
    kept["bands"][0]["wording"] = "another"


def _other_answers(kept: dict[str, Any]) -> None:
    kept["bands"][0]["answered"] = "test-of-last-week"


def _no_band(kept: dict[str, Any]) -> None:
    kept["bands"][0]["band"] = {"false_to": 0.9, "true_from": 0.1}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_other_port, "calibrated at http://127.0.0.1:1/v1/systemone"),
        (_other_model, "calibrated for systemone/other, and systemone/test is asked"),
        (_other_wording, "another wording"),
        (_other_answers, "test answers, and test-of-last-week was calibrated"),
        (_no_band, "or is none"),
    ],
)
async def test_a_band_of_another_judge_is_not_used(change: Callable[[dict[str, Any]], None], told: str) -> None:
    """Another server, model or wording is another judge: what lies far out counts, and the verdict says why."""
    async with _server() as server:
        await _calibrated(server)
        kept = _kept()
        change(kept)
        _keep(json.dumps(kept))
        results, reasoning = await _judged(server)
    assert [one.status for one in results] == ["inconclusive"] * 2
    assert "no calibration for this server, model and wording" in results[0].reasoning
    assert told in reasoning


@pytest.mark.parametrize("content", ["", "[]", "{", '{"bands": [{"server": 1}]}', '{"bands": 3}'])
async def test_a_broken_file_gives_no_band(content: str) -> None:
    """It is said, and what lies far out counts; nobody is passed or failed for it."""
    _keep(content)
    async with _server() as server:
        results, reasoning = await _judged(server)
        assert [one.status for one in results] == ["inconclusive"] * 2
        assert "cannot be read" in reasoning
        ended = await _calibrated(server)
    assert "written anew" in ended.err
    assert len(_kept()["bands"]) == 1


async def test_each_protocol_has_a_band_of_its_own() -> None:
    """Calibrating another judge leaves the band of the first as it was."""
    async with _server() as server:
        await _calibrated(server)
        await _calibrated(server, model="decisions/test")
        for model in ("systemone/test", "decisions/test"):
            results, _ = await _judged(server, model)
            assert [one.status for one in results] == ["passed", "failed"]
        await _calibrated(server)
    assert [one["model"] for one in _kept()["bands"]] == ["systemone/test", "decisions/test"]


async def test_few_labels_give_no_band() -> None:
    """A band of four conversations would be one of chance; that there is none is said, and a former one is dropped."""
    async with _server() as server:
        await _calibrated(server)
        _write("labels.jsonl", "\n".join(_labels(4)))
        ended = await _calibrated(server)
        results, _ = await _judged(server)
    assert "there are too few labels" in " ".join(ended.out.split())
    assert _kept()["bands"] == []
    assert [one.status for one in results] == ["inconclusive"] * 2


async def test_a_model_that_tells_nothing_apart_gets_no_band() -> None:
    """Where what is met and what is not have the same probabilities nothing is decided."""
    chance = random.Random(7)  # noqa: S311
    noise = {text: round(chance.choice((0.6, 0.7)), 1) for text in _BIASED}
    async with DecisionServer(noise) as server:
        ended = await _calibrated(server)
    assert "does not tell them apart" in " ".join(ended.out.split())
    assert _kept()["bands"] == []


async def test_a_server_without_a_model_decides_nothing_after_calibration_either() -> None:
    """0.5 to everything: no band, no verdict."""
    async with DecisionServer(always=0.5) as server:
        await _calibrated(server)
    assert _kept()["bands"] == []
    counts = _kept()["figures"]["counts"]
    assert counts["undecided_met"] + counts["undecided_not_met"] == 120


async def test_a_calibration_asks_nothing_twice() -> None:
    """Probabilities are kept with the answers: the band is chosen anew, and nobody is asked."""
    async with _server() as server:
        await _calibrated(server)
        first, asked = _kept(), len(server.requests)
        await _calibrated(server)
        assert len(server.requests) == asked
    second = _kept()
    assert first["bands"][0]["band"] == second["bands"][0]["band"]
    assert first["figures"] == second["figures"]


async def test_answers_of_several_models_give_no_band() -> None:
    """What another model answered says nothing of this one."""
    names = iter(range(1000))

    def replies(body: dict[str, Any]) -> dict[str, Any]:
        answers = {name: {"type": "noul", "noul": 0.6} for name in body["questions"]}
        return {"model": f"m{next(names) % 2}", "answers": answers, "usage": {"input_tokens": 9, "output_tokens": 0}}

    async with DecisionServer(replies=replies) as server:
        ended = await _calibrated(server)
    assert "several models answered: m0, m1" in " ".join(ended.out.split())


async def test_a_run_goes_by_the_band_of_the_store_that_is_named() -> None:
    """`--store` names the folder of the calibration, too."""
    _write(
        "told.yaml",
        "agent: $env.AGENT_URL\nname: told\nscript: [{user: Hello}, agent, judge]\n"
        "judge: {criteria: [The agent says that thing 3 is true.]}\n",
    )
    async with _server() as server, AgentServer("Thing 3 is true.") as agent:
        await _calibrated(server, "--store", "elsewhere")
        asked = {"AGENT_URL": agent.url, "TYPESAFE_BASE_URL": server.base_url}
        without = await typed("run", "told.yaml", "--model", "systemone/test", **asked)
        with_it = await typed("run", "told.yaml", "--model", "systemone/test", "--store", "elsewhere", **asked)
    assert without.code != 0
    assert with_it.code == 0, with_it


@given(true=_PROBABILITIES, false=_PROBABILITIES)
def test_a_band_is_never_wrong_by_much_where_it_was_chosen(true: list[float], false: list[float]) -> None:
    """At most one in fifty of either kind, whatever a model says; and it never says two things of one number."""
    band = band_between(true, false)
    if band is None:
        return
    assert band.is_one
    assert sum(band.status_of(one) == "passed" for one in false) <= 0.02 * len(false)
    assert sum(band.status_of(one) == "failed" for one in true) <= 0.02 * len(true)


@given(
    sizes=st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6)), min_size=2, max_size=30),
)
def test_halves_share_no_conversation(sizes: list[tuple[int, int]]) -> None:
    """All labels are in one half, those of a conversation in the same."""
    lines = [
        line(criterion=f"c{number}", met=number < met, messages=[{"role": "user", "content": f"conversation {group}"}])
        for group, (met, not_met) in enumerate(sizes)
        for number in range(met + not_met)
    ]
    labels = read_labels("\n".join(lines).encode(), "labels")
    first, second = halves(labels)
    assert len(first) + len(second) == len(labels)
    assert not {one.group for one in first} & {one.group for one in second}
    assert halves(labels) == (first, second)
